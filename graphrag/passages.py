"""The passages of a corpus as columns, so that what looks at all of them need not hold or even read their texts."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graphrag.types import Chunk, ChunkId, DocumentId

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

__all__ = ["Passages", "Place"]


class Place(NamedTuple):
    """All of a passage but its text."""

    id: ChunkId
    document_id: DocumentId
    position: int
    start: int
    digest: str  # as Chunk.digest
    title: str
    heading: str
    sentences: Sequence[int]  # start and end of each, from the start of the passage


class Passages:
    """The passages of a corpus, by document id and position: their positions in this order are their rows.

    Parameters
    ----------
    places : iterable of Place
        In this order.
    read : callable
        Returns the passages of some rows, which are ascending.

    Attributes
    ----------
    ids, documents, titles, headings, digests : sequence of str
        Of each passage.
    row_of : dict
        Id -> row.
    position, offset : ndarray (n_passages,)
        Which passage of its document each is, and where it begins there.
    sentences, begins, ends : ndarray
        Where the sentences of each passage begin in the other two columns, which say where they lie in the document.
    """

    def __init__(self, places: Iterable[Place], read: Callable[[Sequence[int]], Iterable[Chunk]]) -> None:
        self._read = read
        self.ids, self.documents = list[ChunkId](), list[DocumentId]()
        self.titles, self.headings, self.digests = list[str](), list[str](), list[str]()
        position, offset, counts, bounds = array("q"), array("q"), array("q"), array("q")
        for place in places:
            self.ids.append(place.id)
            self.documents.append(place.document_id)
            self.titles.append(place.title)
            self.headings.append(place.heading)
            self.digests.append(place.digest)
            position.append(place.position)
            offset.append(place.start)
            counts.append(len(place.sentences) // 2)
            bounds.extend(place.sentences)
        self.row_of = {chunk: row for row, chunk in enumerate(self.ids)}
        self.position, self.offset = np.array(position, dtype=np.int64), np.array(offset, dtype=np.int64)
        self.sentences = np.concatenate([[0], np.cumsum(np.asarray(counts))]).astype(np.int64)
        inside = np.array(bounds, dtype=np.int64).reshape(-1, 2)
        self.begins, self.ends = (inside + np.repeat(self.offset, np.diff(self.sentences))[:, None]).T.copy()

    @classmethod
    def of(cls, chunks: Iterable[Chunk]) -> "Passages":
        """Return chunks in any order as passages, and passages as they are."""
        if isinstance(chunks, cls):
            return chunks
        ordered = sorted(chunks, key=attrgetter("document_id", "position", "id"))
        return cls(map(_place, ordered), lambda rows: [ordered[row] for row in rows])

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Chunk]:
        return iter(self.chunks(range(len(self))))

    def chunks(self, rows: Sequence[int]) -> Iterable[Chunk]:
        """Read the passages of some rows, which are ascending."""
        return self._read(rows)


def _place(chunk: Chunk) -> Place:
    """Return all of a chunk but its text."""
    start = chunk.span.start
    sentences = [end - start for span in chunk.sentences for end in (span.start, span.end)]
    return Place(
        *(chunk.id, chunk.document_id, chunk.position, start),
        *(chunk.digest, chunk.title, chunk.heading, sentences),
    )
