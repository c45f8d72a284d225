"""Every mention, term and sentence of an extraction is a slice of its chunk."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrag.extraction.cleaning import clean
from graphrag.extraction.spacy_ie import SpacyExtractor
from graphrag.text import sentence_spans
from graphrag.types import Chunk, ChunkId, DocumentId, Span

PIECES = st.sampled_from(
    ["Ada Lovelace", "John Foo", "(", ")", "( 1 May 1900 – 1950)", "(born 1900)", '"', "“", "”", "**", "_", "`",
     "#", "> ",
     "[x](http://a.b/c)", "was born in", "Paris", "directed by", "a film", "and", ",", ".", "\n", "\n\n", " ", "  ",
     "- ",
     "three- term", "'s", "his wife", "the son of", "King", "II", "of", "He", "She", "😀", "é", "e\u0301", "שלום",
     "\u200f",
     "1990", "is", "starring", "|", "<b>", "It", "\t", "\u00a0", "–", "(also known as Foo Bar)", "(German: Das Haus)"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map(" ".join), st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80)
)


@pytest.fixture(scope="module")
def extractor() -> SpacyExtractor:
    return SpacyExtractor()


@settings(max_examples=150, deadline=None)
@given(
    text=TEXTS,
    title=st.sampled_from(["", "Ada Lovelace", "John Foo", "John\nFoo", "It", "is"]),
    offset=st.integers(0, 50),
)
def test_slices(extractor: SpacyExtractor, text: str, title: str, offset: int) -> None:
    sentences = tuple(span.shift(offset) for span in sentence_spans(text))
    chunk = Chunk(ChunkId("c"), DocumentId("d"), 0, Span(offset, offset + len(text)), text, title, "", sentences)
    extraction = extractor.extract([chunk])[0]
    for mention in extraction.mentions:
        said = text[mention.span.start : mention.span.end]
        assert mention.text == (" ".join(said.split()) if "\n" in said else said)
        assert mention.text.strip()
    allowed = {span.shift(-offset) for span in sentences}
    for triple in extraction.triples:
        assert triple.sentence in allowed
        assert 0 < triple.confidence <= 1
        for term in (triple.subject, triple.object):
            assert 0 <= term.span.start < term.span.end <= len(text)
            assert term.text
            assert "\n" not in term.text


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, title=st.sampled_from(["", "Ada Lovelace", "It"]))
def test_cleaning_knows_where_every_character_came_from(text: str, title: str) -> None:
    import numpy as np

    cleaned = clean(text, title)
    origin = cleaned.original(np.arange(len(cleaned.text), dtype=np.int64)).tolist()
    assert origin == sorted(origin)
    stand_in = 0 if cleaned.lead is None else 4
    for position, source in list(enumerate(origin))[stand_in:]:
        if not cleaned.text[position].isspace():
            assert cleaned.text[position] == text[source]
