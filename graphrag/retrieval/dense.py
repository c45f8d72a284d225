"""Passages by their vectors: the sentences of the candidates."""

import numpy as np

from graphrag.retrieval.reader import FloatRows, Index, Rows, among, distinct

__all__ = ["SentenceScores"]


class SentenceScores:
    """Cosines of the sentences of chunks with some vectors; each is made once, when it is first asked for.

    Parameters
    ----------
    index : Index
        Holds the sentence vectors.
    vectors : ndarray (m, dim)
        Unit vectors.
    """

    def __init__(self, index: Index, vectors: FloatRows) -> None:
        self._index = index
        self._vectors = vectors
        self._rows: Rows = np.zeros(0, dtype=np.int64)  # of the chunks that were read, ascending
        self._starts: Rows = np.zeros(0, dtype=np.int64)  # where the sentences of each begin
        self._best: FloatRows = np.zeros((0, len(vectors)), dtype=np.float32)
        self._each: FloatRows = np.zeros((0, len(vectors)), dtype=np.float32)

    def best(self, chunks: Rows) -> FloatRows:
        """Return the cosine (n, m) of the best sentence of each chunk; 0 for a chunk without sentences."""
        places = self._places(chunks)
        return self._best[places]

    def each(self, chunks: Rows, vector: int = 0) -> tuple[FloatRows, Rows]:
        """Return cosines of sentences with one of the vectors, and where in them those of each chunk (n,) start."""
        places = self._places(chunks)
        return self._each[:, vector], self._starts[places]

    def _places(self, chunks: Rows) -> Rows:
        """Return where the scores of some chunks are; reads those that were not read yet."""
        new = distinct(chunks[~among(chunks, self._rows)])
        if len(new):
            self._read(new)
        return np.searchsorted(self._rows, chunks)

    def _read(self, chunks: Rows) -> None:
        """Make the scores of chunks."""
        sentences, owners = self._index.sentences(chunks)
        cosines = sentences @ self._vectors.T
        best = np.zeros((len(chunks), len(self._vectors)), dtype=np.float32)
        first = np.flatnonzero(np.diff(owners, prepend=-1))  # owners ascend
        if len(first):
            best[owners[first]] = np.maximum.reduceat(cosines, first, axis=0)
        rows = np.concatenate([self._rows, chunks])
        order = np.argsort(rows)
        starts = len(self._each) + np.searchsorted(owners, np.arange(len(chunks)))
        self._rows, self._starts = rows[order], np.concatenate([self._starts, starts])[order]
        self._best = np.concatenate([self._best, best])[order]
        self._each = np.concatenate([self._each, cosines])
