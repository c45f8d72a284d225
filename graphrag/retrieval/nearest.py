"""How near every passage is to a question: exactly, or in large corpora by one-byte vectors and exactly for the best.

Above :data:`graphrag.retrieval.codes.EXACT_ROWS` passages a question is compared with all passages in one-byte
integers, a quarter of the memory traffic of an exact comparison, and the best of them are compared exactly.  A graph
of neighbours (HNSW) would touch fewer rows, but finds little where vectors have no structure, holds no filter, and
costs more to build than all the rest of the index; ``docs/benchmarks.md`` has the figures.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from graphrag.retrieval.codes import codes_of
from graphrag.retrieval.reader import FloatRows, Index, Rows

__all__ = ["NearScores", "Scores", "passage_scores", "top_rows"]

_SPARE = 8  # times as many passages are compared exactly as are wanted
_BLOCK = 1024


class Scores:
    """One score for each passage.

    Parameters
    ----------
    values : ndarray (n_chunks,)
        The scores.
    """

    def __init__(self, values: FloatRows) -> None:
        self._values = values

    def of(self, rows: Rows) -> FloatRows:
        """Return the scores (n,) of some rows."""
        scores: FloatRows = self._values[rows]
        return scores

    def top(self, k: int, then: "Scores | None" = None) -> Rows:
        """Return the rows of the ``k`` greatest scores, in no particular order; ``then`` decides between equal ones."""
        return top_rows(self._values, k, None if then is None else then.of)


class NearScores(Scores):
    """Cosines with a question: exact for any rows asked for, the best found by one-byte vectors.

    Parameters
    ----------
    index : Index
        Holds the passages and their one-byte codes.
    vector : ndarray (dim,)
        The question's unit vector.
    allowed : ndarray of bool (n_chunks,), optional
        Passages that a filter leaves; the score of any other is -1.
    """

    def __init__(self, index: Index, vector: FloatRows, allowed: NDArray[np.bool_] | None) -> None:
        codes, scale = codes_of(vector[None, :])
        near = _products(codes, index.arrays["passage_codes"]) * (index.arrays["passage_scale"] * scale[0])
        super().__init__(near if allowed is None else np.where(allowed, near, np.float32(-1.0)))
        self._passages = index.passages
        self._vector = vector
        self._allowed = allowed

    def of(self, rows: Rows) -> FloatRows:
        """Return the exact cosines (n,) of some rows."""
        scores: FloatRows = self._passages[rows] @ self._vector
        if self._allowed is not None:
            scores[~self._allowed[rows]] = -1.0
        return scores

    def top(self, k: int, then: Scores | None = None) -> Rows:
        """Return the rows of the ``k`` greatest exact cosines among the nearest by one-byte vectors."""
        rows = _greatest(self._values, _SPARE * k)
        return rows[top_rows(self.of(rows), k, None if then is None else lambda places: then.of(rows[places]))]


def passage_scores(index: Index, vector: FloatRows, allowed: NDArray[np.bool_] | None = None) -> Scores:
    """Return the cosine of every passage with a unit vector (dim,); -1 for those that a filter excludes."""
    if "passage_codes" in index.arrays and _has_kernel():
        return NearScores(index, vector, allowed)
    scores: FloatRows = index.passages @ vector
    return Scores(scores if allowed is None else np.where(allowed, scores, np.float32(-1.0)))


def top_rows(scores: FloatRows, k: int, then: Callable[[Rows], FloatRows] | None = None) -> Rows:
    """Return the rows of the ``k`` greatest scores, in no particular order.

    Parameters
    ----------
    scores : ndarray (n,)
        What counts.
    k : int
        How many rows.
    then : callable, optional
        Rows -> second scores, by which rows of equal score at the cut are told apart, so that the order of rows (which
        is that of document ids) decides only between passages that are equal in both.
    """
    if k >= len(scores):
        return np.arange(len(scores), dtype=np.int64)
    rows = np.argpartition(-scores, k - 1)[:k].astype(np.int64)
    least = scores[rows].min()
    equal = np.flatnonzero(scores == least)
    sure = np.flatnonzero(scores > least)
    if len(sure) + len(equal) == k:
        return rows
    order = np.arange(len(equal)) if then is None else np.argsort(-then(equal), kind="stable")
    return np.concatenate([sure, equal[order[: k - len(sure)]]])


def _products(code: NDArray[np.int8], codes: NDArray[np.int8]) -> FloatRows:
    """Return the product of one code (1, dim) with each of many (n, dim)."""
    import numkong

    return np.asarray(numkong.cdist(code, codes, "dot")).reshape(-1).astype(np.float32)


@cache
def _has_kernel() -> bool:
    """Tell whether the optional library of one-byte products can be used; without it, products are exact."""
    try:
        import numkong  # noqa: F401 - its OpenMP may find no room where many libraries are loaded already
    except ImportError:
        return False
    return True


def _greatest(scores: FloatRows, k: int) -> Rows:
    """Return the rows of at least the ``k`` greatest scores, more than that only where scores are equal.

    The ``k`` greatest are at or above the ``k``-th greatest of the maxima of blocks, so few rows have to be sorted.
    """
    blocks = len(scores) // _BLOCK
    if k >= blocks:
        return top_rows(scores, k)
    peaks = scores[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
    rows = np.flatnonzero(scores >= np.partition(peaks, -k)[-k])
    return rows[top_rows(scores[rows], k)]
