"""Numbers of 64 bits that stand for what reports are made of, a column at a time: equal numbers, equal things."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    Numbers = NDArray[np.uint64]

__all__ = ["distinct", "id_numbers", "mixed", "numbers_of", "runs", "starts_of", "summed"]

_SHIFT = np.uint64(29)


def id_numbers(ids: Sequence[str]) -> "Numbers":
    """Return a number for each id (NUL characters at its end aside)."""
    stored = np.array([one.encode("utf-8", "surrogatepass") for one in ids], dtype=np.bytes_)
    words = -(-stored.dtype.itemsize // 8)
    found = np.zeros(len(ids), dtype=np.uint64)
    for place, word in enumerate(stored.astype(f"S{8 * words}").view("<u8").reshape(len(ids), words).T):
        # A shorter id ends in zeros, of which there are as many as the longest id of the others asks for.
        found += np.where(word != 0, mixed(word, np.full(len(ids), place)), np.uint64(0))
    return found


def numbers_of(ids: Sequence[str | None], number_of: Mapping[Any, int]) -> "IntArray":
    """Return the number of each id, -1 where it has none."""
    return np.fromiter(map(number_of.get, ids, repeat(-1)), dtype=np.int64, count=len(ids))


def mixed(*columns: "NDArray[np.uint64] | NDArray[np.int64]") -> "Numbers":
    """Return a number for each row that changes with every column (steps of splitmix64)."""
    found = np.full(len(columns[0]), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in columns:
        found ^= column.astype(np.uint64)
        found *= np.uint64(0xBF58476D1CE4E5B9)
        found ^= found >> _SHIFT
        found *= np.uint64(0x94D049BB133111EB)
        found ^= found >> _SHIFT
    return found


def summed(numbers: "Numbers", starts: "IntArray") -> "Numbers":
    """Return the sum of the numbers of each owner, whatever their order; ``starts`` as of :func:`starts_of`."""
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(numbers, dtype=np.uint64)])
    return np.asarray(sums[starts[1:]] - sums[starts[:-1]])


def distinct(numbers: "IntArray") -> "IntArray":
    """Return each number once, ascending; where most are different, faster than :func:`numpy.unique`."""
    ordered = np.sort(numbers)
    return np.asarray(ordered[np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)]])


def starts_of(owners: "IntArray", count: int) -> "IntArray":
    """Return where the items of each of ``count`` owners begin in an ascending column of owners, and its end."""
    return np.searchsorted(owners, np.arange(count + 1)).astype(np.int64)


def runs(starts: "IntArray", owners: "IntArray") -> "IntArray":
    """Return the positions of the items of some owners, one owner after the other."""
    counts = starts[owners + 1] - starts[owners]
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(np.repeat(starts[owners], counts) + steps)
