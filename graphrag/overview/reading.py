"""What answers of several sentences are made from: passages with the nearness of each sentence, and citations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graphrag.answering.structured import Section
from graphrag.retrieval.reader import FloatRows, Index, Rows
from graphrag.stores.reading import Reader
from graphrag.types import Chunk, Evidence, Quote, Span

__all__ = ["Asked", "Passages", "Reading", "Told", "may_cite", "nearness", "quote", "said"]

_LEAST_COSINE, _MOST_COSINE = 0.45, 0.75  # between unrelated and equal sentences of the bundled embedder


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in sections, how sure it is, and the passages it rests on, best first."""

    sections: tuple[Section, ...] = ()
    confidence: float = 0.0
    passages: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its unit vector (dim,), the passages that may be cited (None: all), and the level asked for."""

    text: str
    vector: FloatRows
    allowed: NDArray[np.bool_] | None = None
    level: int | None = None

    def only_allowed(self, chunks: Rows) -> Rows:
        """Return the chunk rows that a filter leaves."""
        return chunks if self.allowed is None else chunks[self.allowed[chunks]]


class Passages:
    """Finds the rows of chunks and entities of one store, and the passages that statements cite.

    Parameters
    ----------
    store : Reader
        Where they are read.
    index : Index
        The arrays of the same build.
    """

    def __init__(self, store: Reader, index: Index) -> None:
        self.store = store
        self.index = index

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each chunk id."""
        return {str(identity): row for row, identity in enumerate(self.store.chunk_ids())}

    @cached_property
    def entity_row_of(self) -> dict[str, int]:
        """The row of each entity id."""
        return {str(identity): row for row, identity in enumerate(self.store.entity_ids())}

    def cited(self, sections: Iterable[Section]) -> tuple[Evidence, ...]:
        """Return the passages that statements cite, the best first, with the reports that led to them."""
        scores: dict[str, float] = {}
        found_by: dict[str, dict[str, float]] = {}
        quotes: dict[str, list[Quote]] = {}
        for statement in (statement for section in sections for statement in section.statements):
            by = f"report {statement.community}" if statement.community else "local"
            score = round(statement.score, 4)
            for item in statement.quotes:
                scores[item.chunk_id] = max(scores.get(item.chunk_id, 0.0), score)
                reasons = found_by.setdefault(item.chunk_id, {})
                reasons[by] = max(reasons.get(by, 0.0), score)
                quotes.setdefault(item.chunk_id, []).append(item)
        order = sorted(scores, key=lambda identity: (-scores[identity], self.row_of[identity]))
        return tuple(
            Evidence(chunk, scores[chunk.id], found_by[chunk.id], (), tuple(quotes[chunk.id]))
            for chunk in self.store.chunks_by_id(order)
        )


@dataclass(slots=True)
class Reading:
    """The chunks that were read for one question, and the cosine with it of each of their sentences."""

    passages: Passages
    asked: Asked
    chunks: dict[str, Chunk] = field(default_factory=dict)
    cosines: dict[tuple[str, int], float] = field(default_factory=dict)  # by chunk id and start of the sentence

    def load(self, rows: Rows) -> list[Chunk]:
        """Return the chunks of some rows, ascending; each is read once."""
        wanted = np.unique(rows)
        known = {self.passages.row_of[identity] for identity in self.chunks}
        new = np.array([row for row in wanted.tolist() if row not in known], dtype=np.int64)
        if len(new):
            vectors, owners = self.passages.index.sentences(new)
            cosines = vectors @ self.asked.vector
            for number, chunk in enumerate(self.passages.store.chunks(new.tolist())):
                self.chunks[chunk.id] = chunk
                for span, cosine in zip(chunk.sentences, cosines[owners == number].tolist(), strict=True):
                    self.cosines[chunk.id, span.start] = cosine
        by_row = {self.passages.row_of[identity]: chunk for identity, chunk in self.chunks.items()}
        return [by_row[row] for row in wanted.tolist()]

    def near(self, chunk: Chunk, span: Span) -> float:
        """Return how near a sentence is to the question, 0 to 1."""
        return nearness(self.cosines.get((chunk.id, span.start), 0.0))


def nearness(cosine: float) -> float:
    """Map the cosine of two sentences to 0…1."""
    return min(max((cosine - _LEAST_COSINE) / (_MOST_COSINE - _LEAST_COSINE), 0.0), 1.0)


def said(chunk: Chunk, span: Span) -> str:
    """Return a piece of a chunk."""
    return chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]


def quote(chunk: Chunk, span: Span) -> Quote:
    """Return a sentence of a chunk as a checkable quote."""
    return Quote(chunk.document_id, chunk.id, span, said(chunk, span))


def may_cite(quotes: Sequence[Quote], asked: Asked, passages: Passages) -> bool:
    """Tell whether there are quotes and all lie in passages that a filter leaves."""
    allowed = asked.allowed
    return bool(quotes) and (allowed is None or all(allowed[passages.row_of[item.chunk_id]] for item in quotes))
