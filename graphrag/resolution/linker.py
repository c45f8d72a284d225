"""Finds known names in text: the longest match at each place, over folded words."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from graphrag.text import Words

__all__ = ["Match", "NameMatcher"]


class Match(NamedTuple):
    """A known name at a place of a text."""

    key: str
    start: int
    end: int


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
        lower = self._common_openings(text)
        for i in sorted([*text.capitals, *lower]) if lower else text.capitals:
            keys, lengths = (self._common, self._longest_common) if i in lower else (self._keys, self._longest)
            longest = lengths.get(folded[i])
            if longest is None or i < free:
                continue
            for length in range(min(longest, end - i), 0, -1):
                key = folded[i] if length == 1 else " ".join(folded[i : i + length])
                if key in keys:
                    found.append(Match(key, text.starts[i], text.ends[i + length - 1]))
                    free = i + length
                    break
        return found

    def _common_openings(self, text: Words) -> set[int]:
        """Return the numbers of the words in lower case that open a common name."""
        first = self._longest_common
        if first.keys().isdisjoint(text.folded):
            return set()
        return {i for i, word in enumerate(text.folded) if word in first}.difference(text.capitals)


def _longest(keys: Iterable[str]) -> dict[str, int]:
    """Return the length in words of the longest key that begins with a word: how far a match has to look."""
    by_length: dict[int, list[str]] = defaultdict(list)
    for key in keys:
        by_length[key.count(" ")].append(key.partition(" ")[0])
    longest: dict[str, int] = {}
    for spaces in sorted(by_length):  # what is longer comes later, and stays
        longest.update(dict.fromkeys(by_length[spaces], spaces + 1))
    return longest
