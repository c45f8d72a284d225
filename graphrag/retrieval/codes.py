"""One-byte copies of passage vectors, by which questions are compared with very many passages."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXACT_ROWS", "codes_of", "passage_codes"]

EXACT_ROWS = 200_000
"""Up to this many passages a question is compared exactly with each."""

_ROWS_AT_ONCE = 1_000  # small enough for the processor's cache


def passage_codes(passages: NDArray[np.float32], exact_rows: int = EXACT_ROWS) -> dict[str, NDArray[Any]]:
    """Return the one-byte codes (n, dim) of passage vectors and what one step of each row is worth (n,).

    Parameters
    ----------
    passages : ndarray (n, dim)
        Unit vectors.
    exact_rows : int
        Up to this many rows there are no codes, because all are compared exactly.
    """
    if len(passages) <= exact_rows:
        return {}
    codes, scale = np.empty(passages.shape, dtype=np.int8), np.empty(len(passages), dtype=np.float32)
    for start in range(0, len(passages), _ROWS_AT_ONCE):
        some = slice(start, start + _ROWS_AT_ONCE)
        codes[some], scale[some] = codes_of(passages[some])
    return {"passage_codes": codes, "passage_scale": scale}


def codes_of(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return vectors as integers from -127 to 127, and what one of them is worth in each row."""
    peak = np.maximum(vectors.max(axis=1), -vectors.min(axis=1))
    step = np.maximum(peak, 1e-12).astype(np.float32) / np.float32(127.0)
    scaled = vectors * (1.0 / step)[:, None]
    return np.rint(scaled, out=scaled).astype(np.int8), step
