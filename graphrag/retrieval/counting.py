"""Counting the words of a corpus: how often each stands in each chunk, and how often it stands in lower case.

Words become numbers as they come, so that numpy counts them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrag.text import Numbers

__all__ = ["ReadWords", "WordCounter", "numbered", "stem"]

_BLOCK = 1024  # chunks that are counted together


def stem(word: str) -> str:
    """Return a word without the English plural or third-person ending; nothing more, so that names stay apart."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def numbered(numbers: Numbers, found: Iterable[str]) -> NDArray[np.int32]:
    """Return the number of each word."""
    return np.fromiter(map(numbers.__getitem__, found), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class ReadWords:
    """The words of the texts of all chunks.

    Attributes
    ----------
    words : sequence of str
        Each word once.
    numbers : ndarray (m,)
        Which of them stands at each place of the corpus.
    capital : ndarray (m,)
        Whether it opens with a capital there.
    ptr : ndarray (n_chunks + 1,)
        Where the text of each chunk begins.
    """

    words: Sequence[str]
    numbers: NDArray[np.int32]
    capital: NDArray[np.bool_]
    ptr: NDArray[np.int64]


class WordCounter:
    """Counts the words of each chunk, all words of one stem as one term, and how often a word is in lower case.

    Attributes
    ----------
    numbers : Numbers
        The number of each word, as it stands.
    """

    def __init__(self) -> None:
        self.numbers = Numbers()
        self._terms = Numbers()
        self._term_of = np.zeros(0, dtype=np.int32)  # by number of a word
        self._lengths: list[int] = []
        nothing = np.zeros(0, dtype=np.int32)
        self._counted = [(nothing, nothing, nothing)]
        # Of the texts alone, by number of a word: how often it stands there, and how often with a capital.
        self._total = self._capital = np.zeros(0, dtype=np.int64)
        self._waiting: list[tuple[Sequence[str], int, Sequence[int]]] = []  # as they were added

    def add(self, found: Sequence[str], above: int = 0, capitals: Sequence[int] = ()) -> None:
        """Add the words of the next chunk.

        Parameters
        ----------
        found : sequence of str
            As :func:`graphrag.text.words` gives them.
        above : int
            How many of them, at the beginning, are titles: how these are written says nothing.
        capitals : sequence of int
            The numbers of the words of the text that open with a capital, as :class:`graphrag.text.Words` has them.
        """
        self._waiting.append((found, above, capitals))
        if len(self._waiting) == _BLOCK:
            self._count_waiting()

    def add_read(self, read: ReadWords, titles: Sequence[Sequence[str]]) -> None:
        """Add chunks whose words are numbered already.

        Parameters
        ----------
        read : ReadWords
            The words of the texts of all chunks.
        titles : sequence of sequence of str
            The words above the text of each chunk.
        """
        self._count_waiting()
        number_of = numbered(self.numbers, read.words)
        for begin in range(0, len(titles), _BLOCK):
            some = titles[begin : begin + _BLOCK]
            bounds = read.ptr[begin : begin + _BLOCK + 1]
            place = slice(bounds[0], bounds[-1])
            self._count(number_of[read.numbers[place]], np.diff(bounds), read.capital[place], some)

    def _count_waiting(self) -> None:
        """Count the chunks that wait."""
        if not self._waiting:
            return
        said = numbered(self.numbers, chain.from_iterable(found[above:] for found, above, _ in self._waiting))
        length = np.array([len(found) - above for found, above, _ in self._waiting])
        capital = np.zeros(len(said), dtype=bool)
        numbers = [numbers for _, _, numbers in self._waiting]
        places = np.fromiter(chain.from_iterable(numbers), dtype=np.int64)
        capital[places + np.repeat(np.cumsum(length) - length, [len(one) for one in numbers])] = True
        titles = [found[:above] for found, above, _ in self._waiting]
        self._waiting = []
        self._count(said, length, capital, titles)

    def _count(
        self,
        said: NDArray[np.int32],
        length: NDArray[np.int64],
        capital: NDArray[np.bool_],
        titles: Sequence[Sequence[str]],
    ) -> None:
        """Count the words of some chunks: of each its text's number of words, and the words above it."""
        self._total = _sum(self._total, np.bincount(said))
        self._capital = _sum(self._capital, np.bincount(said[capital]))
        above = numbered(self.numbers, chain.from_iterable(titles))
        lengths = np.concatenate([length, [len(title) for title in titles]]).astype(np.int64)
        chunks = np.repeat(np.tile(np.arange(len(length)), 2), lengths)
        new = numbered(self._terms, map(stem, islice(self.numbers, len(self._term_of), None)))
        self._term_of = np.concatenate([self._term_of, new])
        width = max(len(self._terms), 1)
        pair, count = np.unique(chunks * width + self._term_of[np.concatenate([said, above])], return_counts=True)
        chunk, term = np.divmod(pair, width)
        chunk += len(self._lengths)
        self._counted.append((term.astype(np.int32), chunk.astype(np.int32), count.astype(np.int32)))
        self._lengths += lengths.reshape(2, -1).sum(axis=0).tolist()

    def counts(self) -> tuple[list[str], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[np.float32]]:
        """Return the terms; which of them stands in which chunk how often, by chunk; and the words in each chunk."""
        self._count_waiting()
        term, chunk, count = (np.concatenate(parts) for parts in zip(*self._counted, strict=True))
        return list(self._terms), term, chunk, count, np.array(self._lengths, dtype=np.float32)

    def commonness(self, name_words: NDArray[np.int32], starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how likely each name is meant as plain words: the least share of lower case among its words.

        Parameters
        ----------
        name_words : ndarray (k,)
            The numbers of the words of all names, one name after the other.
        starts : ndarray (n,)
            Where each name begins; none is without words.
        """
        self._count_waiting()
        none = np.zeros(len(self.numbers), dtype=np.int64)
        total, capital = _sum(self._total, none), _sum(self._capital, none)
        share = (total - capital) / np.maximum(total, 1)
        return np.minimum.reduceat(share[name_words], starts) if len(starts) else np.zeros(0)


def _sum(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add counts, of which the shorter ones are zero behind their end."""
    short, long = sorted((one, other), key=len)
    both = long.copy()
    both[: len(short)] += short
    return both
