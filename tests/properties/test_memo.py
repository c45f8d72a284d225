"""What an earlier build found in documents changes the time of a resolution, never its result."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from graphrag.resolution.links import Link
from graphrag.resolution.memo import Memo
from graphrag.resolution.resolve import resolve
from graphrag.text import sentence_spans
from graphrag.types import Chunk, ChunkId, DocumentId, Extraction, Mention, Resolution, Span, Term, Triple, stable_id

Passage = tuple[Chunk, Extraction]

# Few words, so that names of one document stand in others, inside one another, in lower case, and with articles.
WORDS = ("Ada", "Lovelace", "Jon", "Lovelase", "March", "Home", "the", "The", "Prince", "died", "gate", "O'Hara", "7")
ENDS = (" is a film.", " (1990) was a man.", " died in March.", ", also known as Home, met Ada.", " and the gate.")


@dataclass
class Memory:
    """Keeps the memo as a build does."""

    documents: Mapping[DocumentId, list[Passage]]
    memo: Memo = field(default_factory=Memo)
    read: int = 0

    @property
    def digests(self) -> dict[DocumentId, str]:
        return {
            document: hashlib.sha256(repr(self.documents[document]).encode()).hexdigest()
            for document in sorted(self.documents)
            if self.documents[document]
        }

    def passages(self, documents: Collection[DocumentId]) -> Iterable[Passage]:
        self.read += len(documents)
        return [passage for document in sorted(documents) for passage in self.documents[document]]

    def all(self) -> Iterable[Passage]:
        self.read += len(self.documents)
        return [passage for document in sorted(self.documents) for passage in self.documents[document]]


names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


@st.composite
def passages(draw: st.DrawFn, document: str) -> list[Passage]:
    """Draw the passages of a document, with mentions and triples as an extractor may give them."""
    title = draw(names)
    found = []
    offset = 0
    for position in range(draw(st.integers(1, 2))):
        said = draw(st.lists(names, min_size=1, max_size=4))
        text = " ".join(name + draw(st.sampled_from(ENDS)) for name in said)
        spans = [Span(text.index(name), text.index(name) + len(name)) for name in said]
        labels = draw(st.lists(st.sampled_from(["PERSON", "ORG", "DATE", "NAME"]), min_size=4, max_size=4))
        mentions = tuple(Mention(s, text[s.start : s.end], label) for s, label in zip(spans, labels, strict=False))
        sides = [Term(span, text[span.start : span.end]) for span in spans]
        triples = tuple(
            Triple(a, "met", b, Span(0, len(text)), draw(st.sampled_from(["", "1990"])), 0.5)
            for a, b in pairwise(sides)
        )
        sentences = tuple(span.shift(offset) for span in sentence_spans(text))
        identity = ChunkId(stable_id("chunk", document, str(position)))
        place = Span(offset, offset + len(text))
        chunk = Chunk(identity, DocumentId(document), position, place, text, title, "", sentences)
        found.append((chunk, Extraction(mentions, triples)))
        offset += len(text) + 1
    return found


IDS = [DocumentId(f"d{number}") for number in range(6)]
links = st.lists(st.builds(Link, st.sampled_from(["same", "apart", "name"]), names, names), max_size=2)


@st.composite
def corpora(draw: st.DrawFn) -> list[tuple[dict[DocumentId, list[Passage]], list[Link]]]:
    """Draw a corpus and what becomes of it step by step, with decisions of people."""
    documents: dict[DocumentId, list[Passage]] = {}
    steps = []
    decided = draw(links)
    for _ in range(draw(st.integers(2, 5))):
        for identity in draw(st.sets(st.sampled_from(IDS), min_size=1, max_size=3)):
            if identity in documents and draw(st.booleans()):
                del documents[identity]
            else:
                documents[identity] = draw(passages(identity))
        if draw(st.integers(0, 2)) == 0:
            decided = draw(links)
        steps.append((dict(documents), list(decided)))
    return steps


@settings(max_examples=300)
@given(corpora())
def test_a_resolution_with_a_memo_is_one_without(
    steps: list[tuple[dict[DocumentId, list[Passage]], list[Link]]],
) -> None:
    memo = Memo()
    for documents, decided in steps:
        memory = Memory(documents, Memo.unpack(*memo.pack()) if memo.digests else memo)
        fresh = Memory(documents)
        assert resolve(memory.all, links=decided, kept=memory) == resolve(fresh.all, links=decided)
        memo = memory.memo


def written(title: str, text: str, *said: str) -> list[Passage]:
    """Return a document of one passage with mentions of persons."""
    spans = [Span(text.index(name), text.index(name) + len(name)) for name in said]
    mentions = tuple(Mention(span, name, "PERSON") for span, name in zip(spans, said, strict=True))
    whole = Span(0, len(text))
    identity = stable_id("chunk", title, text)
    return [
        (Chunk(ChunkId(identity), DocumentId(title), 0, whole, text, title, "", (whole,)), Extraction(mentions, ()))
    ]


def after(
    first: dict[str, list[Passage]], second: dict[str, list[Passage]], decided: Sequence[Link] = ()
) -> tuple[Resolution, Resolution]:
    """Return what the second corpus is after the first, and by itself."""
    memory = Memory({DocumentId(name): some for name, some in first.items()})
    resolve(memory.all, kept=memory)
    memory.documents = {DocumentId(name): some for name, some in second.items()}
    fresh = Memory(memory.documents)
    return resolve(memory.all, links=decided, kept=memory), resolve(fresh.all, links=decided)


def test_a_decision_that_changes_a_short_form_alone() -> None:
    (chunk, _), *_ = written("A tale", "Ada Lovelace met Jon. Lovelace died.")
    mentions = (Mention(Span(0, 12), "Ada Lovelace", "PERSON"), Mention(Span(22, 30), "Lovelace", "PERSON"))
    corpus = {"A tale": [(chunk, Extraction(mentions, ()))]}
    with_it, without_it = after(corpus, corpus, [Link("apart", "Lovelace", "Ada Lovelace")])
    assert with_it == without_it
    assert len(with_it.entities) > len(resolve(lambda: corpus["A tale"]).entities)


def test_a_document_that_loses_a_name_to_another_alone() -> None:
    tales = {f"Tale {number}": written(f"Tale {number}", "They went Home.") for number in range(6)}
    corpus = tales | {"Home (film)": written("Home (film)", "Nobody is at Home.")}
    more = corpus | {"Home (a song)": written("Home (a song)", "A song of 1990.")}
    with_it, without_it = after(corpus, more)
    assert with_it == without_it


def test_a_document_that_nothing_concerns_is_not_read_again() -> None:
    def document(name: str, text: str) -> list[Passage]:
        chunk = Chunk(ChunkId(name), DocumentId(name), 0, Span(0, len(text)), text, name, "", (Span(0, len(text)),))
        mention = Mention(Span(0, len(name)), name, "PERSON")
        return [(chunk, Extraction((mention,), ()))]

    memory = Memory(
        {DocumentId(n): document(n, f"{n} was a man.") for n in ("Ada Byron", "Charles Babbage", "Jon Snow")}
    )
    before = resolve(memory.all, kept=memory)
    memory.read = 0
    assert resolve(memory.all, kept=memory) == before
    assert memory.read == 0
    memory.documents = {**memory.documents, DocumentId("Luigi"): document("Luigi", "Luigi knew Jon Snow.")}
    after = resolve(memory.all, kept=memory)
    assert memory.read == 3  # the new one alone, for each layer
    assert len(after.entities) == len(before.entities) + 1
