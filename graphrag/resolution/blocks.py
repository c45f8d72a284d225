"""Names that agree in all words but one: only these are compared letter by letter."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

__all__ = ["alike"]

_WORDS = range(2, 7)  # in a name
_MIN_FUZZY_WORD = 6
_MAX_BLOCK = 200


def alike(names: Iterable[str]) -> Iterator[list[tuple[str, str]]]:
    """Yield names that agree in all words but one, which has six letters or more and begins with the same.

    A block of more than 200 names that agree so ("… county") says nothing and is left out.

    Parameters
    ----------
    names : iterable of str
        Name keys, each once.

    Yields
    ------
    list of (str, str)
        Two or more names, each with the word in which it differs from the others.
    """
    by_length: dict[int, list[list[str]]] = defaultdict(list)
    for name in names:
        parts = name.split(" ")
        by_length[len(parts)].append(parts)
    for length in _WORDS:
        some = by_length[length]
        for place, rows in _groups(some, length):
            yield [(" ".join(some[row]), some[row][place]) for row in rows]


def _groups(names: list[list[str]], length: int) -> Iterator[tuple[int, list[int]]]:
    """Yield the place of the word in which names of one length differ, and the rows of these names."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(names)))}
    table = np.array([numbers[word] for name in names for word in name], dtype=np.int64).reshape(-1, length)
    # By its first letter, a word that is long enough.
    initials = np.array([ord(word[0]) if len(word) >= _MIN_FUZZY_WORD else 0 for word in numbers], dtype=np.int64)
    for place in range(length):
        block = _numbered(np.delete(table, place, axis=1))
        initial = initials[table[:, place]]
        group = _numbered(np.stack([block, initial], axis=1))
        fits = (initial > 0) & (np.bincount(block)[block] <= _MAX_BLOCK) & (np.bincount(group)[group] > 1)
        rows = np.flatnonzero(fits)
        rows = rows[np.argsort(group[rows], kind="stable")]
        for together in np.split(rows, np.flatnonzero(np.diff(group[rows])) + 1) if len(rows) else ():
            yield place, together.tolist()


def _numbered(rows: "IntArray") -> "IntArray":
    """Return a number for each row of a table of numbers: equal rows have one number."""
    found = rows[:, 0]
    for column in rows.T[1:]:
        _, found = np.unique(found * (column.max(initial=0) + 1) + column, return_inverse=True)
    return found
