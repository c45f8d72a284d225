"""Which sentences bear most on a question: by its rare words, by nearness of meaning, by what other documents say."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphrag.answering.sources import Sentence, Source, Sources
from graphrag.answering.tables import cells_of, is_row
from graphrag.answering.wanted import Wanted
from graphrag.answering.wording import stems_of
from graphrag.text import name_key
from graphrag.types import Quote

__all__ = ["Bearing", "bearing_sentences"]

_SOURCES = 5  # documents that are read
_SENTENCES = 14  # that are parsed
_BEARS = 0.35  # of the question's words, by rarity
_HEADING = re.compile(r"#*\s*\w[^|]{0,80}[\w)\]]")


@dataclass(slots=True)
class Bearing:
    """A sentence, and how it bears on the question."""

    source: Source
    sentence: Sentence
    nearness: float  # cosine of the sentence with the question
    stems: frozenset[str]
    shared: float = 0.0  # rarity of the question's words that it or its title has, as a share
    shared_close: float = 0.0  # the same, with words near the question word weighing more
    shared_before: float = 0.0  # of words that only the sentence before it has
    shared_by_other: float = 0.0  # of words that only a sentence of another document has, which names this document
    other: Sentence | None = None  # that sentence
    before: str = ""  # the sentence before it in the document
    heading: str = ""  # under which it stands
    headed: Sentence | None = None  # that heading, where it is a sentence of the same passage
    columns: tuple[str, ...] = ()  # the heads of the table of which it is a row

    @property
    def score(self) -> float:
        """How worthwhile reading it is."""
        return self.shared + self.nearness + 0.5 * self.shared_by_other - 0.02 * self.source.rank

    @property
    def bears(self) -> bool:
        """Whether it has enough of the question for grammar to speak for it."""
        return self.shared + self.shared_before + self.shared_by_other >= _BEARS


def bearing_sentences(
    question: str, wanted: Wanted, sources: Sources, nearness: Callable[[Quote], float]
) -> tuple[list[Bearing], dict[str, float]]:
    """Return the sentences that are worth reading, best first, and how rare each word of the question is."""
    same = wanted.same
    reads = [
        Bearing(
            source,
            sentence,
            nearness(sentence.quote()),
            frozenset(same.get(word, word) for word in stems_of(sentence.text)),
        )
        for source in sources.documents[:_SOURCES]
        for sentence in source.sentences
        if sentence.text.strip()
    ]
    count = len(reads) or 1
    rarity = {
        word: math.log(1 + count / (1 + sum(word in read.stems for read in reads))) for word in sorted(wanted.closeness)
    }
    total = sum(rarity.values()) or 1.0
    total_close = sum(rarity[word] * close for word, close in wanted.closeness.items()) or 1.0
    titles = {read.source.document_id: frozenset(stems_of(read.source.title)) for read in reads}
    before: Bearing | None = None
    for read in reads:
        read.headed = _heading_of(read, before)
        read.heading = read.sentence.chunk.heading if read.headed is None else read.headed.text
        read.columns = _columns_of(read, before)
        over = stems_of(" ".join([read.heading, *read.columns]))
        said = read.stems.union(titles[read.source.document_id], over)
        read.shared = sum(rare for word, rare in rarity.items() if word in said) / total
        read.shared_close = (
            sum(rare * wanted.closeness[word] for word, rare in rarity.items() if word in said) / total_close
        )
        if before is not None and before.source is read.source:
            read.before = before.sentence.text
            only = before.stems - said
            read.shared_before = sum(rare for word, rare in rarity.items() if word in only) / total
        before = read
    _bridge(question, reads, titles, rarity, total)
    reads.sort(key=lambda read: (-read.score, read.source.rank, read.sentence.number))
    return reads[:_SENTENCES], rarity


def _heading_of(read: Bearing, before: Bearing | None) -> Sentence | None:
    """Return the heading under which a sentence stands in its passage, itself where it is one."""
    if _is_heading(read.sentence):
        return read.sentence
    if before is None or before.sentence.chunk is not read.sentence.chunk:
        return None
    return before.headed


def _is_heading(sentence: Sentence) -> bool:
    """Tell whether a sentence is a short line by itself without a full stop."""
    after = sentence.chunk.text[sentence.span.end - sentence.chunk.span.start :]
    return after.startswith("\n") and "\n" not in sentence.text and _HEADING.fullmatch(sentence.text) is not None


def _columns_of(read: Bearing, before: Bearing | None) -> tuple[str, ...]:
    """Return the first row of the table of which a sentence is a later row."""
    if before is None or before.sentence.chunk is not read.sentence.chunk or not is_row(read.sentence.text):
        return ()
    text = before.sentence.text
    if not is_row(text):
        return ()
    return before.columns or tuple(text[cell.start : cell.end] for cell in cells_of(text))


def _bridge(
    question: str,
    reads: Sequence[Bearing],
    titles: Mapping[Any, frozenset[str]],
    rarity: Mapping[str, float],
    total: float,
) -> None:
    """Credit sentences of a document that another names with the words of the question that are said there."""
    asked = f" {name_key(question)} "
    padded = [f" {name_key(read.sentence.text)} " for read in reads]
    names = {read.source.document_id: name_key(read.source.name) for read in reads}
    for read in reads:
        name = names[read.source.document_id]
        if len(name) < 3 or f" {name} " in asked:
            continue  # a document that the question names itself needs no bridge
        said = read.stems | titles[read.source.document_id]
        for other, text in zip(reads, padded, strict=True):
            if other.source is read.source or f" {name} " not in text:
                continue
            only = (other.stems | titles[other.source.document_id]) - said
            share = sum(rare for word, rare in rarity.items() if word in only) / total
            if share > read.shared_by_other:
                read.shared_by_other, read.other = share, other.sentence
