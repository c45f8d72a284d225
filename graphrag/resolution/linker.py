"""Finds known names in text: the longest match at each place, over folded words."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from graphrag.text import WORD, words

__all__ = ["Match", "NameMatcher", "Words"]


class Match(NamedTuple):
    """A known name at a place of a text."""

    key: str
    start: int
    end: int


class Words:
    """The words of a text, folded, with where each stands; made once for all dictionaries that look through it."""

    __slots__ = ("capital", "capitals", "ends", "folded", "starts")

    def __init__(self, text: str) -> None:
        self.folded = words(text)
        spans = [match.span() for match in WORD.finditer(text)]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        # A name in prose opens with something else than a lower-case letter.
        self.capital = [not text[start].islower() for start in self.starts]
        self.capitals = [place for place, capital in enumerate(self.capital) if capital]


class NameMatcher:
    """A dictionary of name keys that finds the longest key at each word of a text.

    Parameters
    ----------
    keys : iterable of str
        Name keys as :func:`graphrag.text.name_key` makes them.
    common : iterable of str
        Those of the keys that are names in lower case too.
    """

    def __init__(self, keys: Iterable[str], common: Iterable[str] = ()) -> None:
        self._keys = frozenset(keys)
        self._common = self._keys & frozenset(common)
        self._longest = _longest(self._keys)
        self._longest_common = _longest(self._common)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def find(self, text: Words) -> list[Match]:
        """Return the names in a text, longest first at each place, not overlapping, in order.

        A name must open with something else than a lower-case letter, unless it is a common one: the film "Home" is
        not found in "at home", the "payment gateway" is.
        """
        folded, end = text.folded, len(text.folded)
        found: list[Match] = []
        free = 0  # where the last match ended
        for i in self._openings(text):
            capital = text.capital[i]
            longest = (self._longest if capital else self._longest_common).get(folded[i])
            if longest is None or i < free:
                continue
            keys = self._keys if capital else self._common
            for length in range(min(longest, end - i), 0, -1):
                key = folded[i] if length == 1 else " ".join(folded[i : i + length])
                if key in keys:
                    found.append(Match(key, text.starts[i], text.ends[i + length - 1]))
                    free = i + length
                    break
        return found

    def _openings(self, text: Words) -> Sequence[int]:
        """Return the places where a name may open, in order."""
        first = self._longest_common
        if first.keys().isdisjoint(text.folded):
            return text.capitals
        return sorted({*text.capitals, *(i for i, word in enumerate(text.folded) if word in first)})


def _longest(keys: Iterable[str]) -> dict[str, int]:
    """Return the length in words of the longest key that begins with a word: how far a match has to look."""
    longest: dict[str, int] = {}
    for key in keys:
        first, _, rest = key.partition(" ")
        length = 1 + rest.count(" ") + bool(rest)
        if longest.get(first, 0) < length:
            longest[first] = length
    return longest
