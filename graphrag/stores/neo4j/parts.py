"""The parts into which the retrieval index is cut: each is the data of one node, under the digest of its bytes."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PART_BYTES", "cut", "part_id"]

PART_BYTES = 1_000_000  # in one node, at most
_ROWS_IN_PART = 128  # of a matrix, on average; a power of two


def part_id(data: "bytes | memoryview") -> str:
    """Return the id of a part of the index: the digest of its bytes, so that equal parts are one."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def cut(array: NDArray[Any]) -> Iterator[memoryview]:
    """Yield an array in parts.

    A matrix is cut after rows whose checksum says so: a row that comes or goes changes the part that it is in, not all
    behind it.
    """
    whole = memoryview(np.ascontiguousarray(array).data).cast("B") if array.size else memoryview(b"")
    if array.ndim == 1 or not array.size:
        yield from (whole[start : start + PART_BYTES] for start in range(0, len(whole), PART_BYTES))
        return
    size = len(whole) // len(array)
    most = max(1, PART_BYTES // size)
    begin = 0
    for end in [*_cuts(whole, size), len(array)]:
        while begin < end:
            stop = min(end, begin + most)
            yield whole[begin * size : stop * size]
            begin = stop


def _cuts(whole: memoryview, size: int) -> list[int]:
    """Return after how many rows of some bytes each a matrix is cut."""
    rows = np.frombuffer(whole, dtype=np.uint8).reshape(-1, size)
    words = rows[:, : size // 8 * 8].view(np.uint64)
    mixed = np.bitwise_xor.reduce(words, axis=1) ^ rows[:, size // 8 * 8 :].sum(axis=1, dtype=np.uint64)
    mixed = (mixed ^ np.uint64(0x2545F4914F6CDD1D)) * np.uint64(0x9E3779B97F4A7C15)  # also zeros are spread
    return (np.flatnonzero(mixed >> np.uint64(32) & np.uint64(_ROWS_IN_PART - 1) == 0) + 1).tolist()
