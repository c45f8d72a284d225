"""Finds known names in text: the longest match at each place, over folded words."""

from collections.abc import Iterable
from dataclasses import dataclass

from graphrag.text import WORD, words
from graphrag.types import Span

__all__ = ["Match", "NameMatcher", "Words"]


@dataclass(frozen=True, slots=True)
class Match:
    """A known name at a place of a text."""

    key: str
    span: Span


class Words:
    """The words of a text, folded, with where each stands; made once for all dictionaries that look through it."""

    __slots__ = ("capital", "ends", "folded", "starts")

    def __init__(self, text: str) -> None:
        self.folded = words(text)
        spans = [match.span() for match in WORD.finditer(text)]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        # A name in prose opens with something else than a lower-case letter.
        self.capital = [not text[start].islower() for start in self.starts]


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
        folded, capital = text.folded, text.capital
        found: list[Match] = []
        free, end = 0, len(folded)  # where the last match ended
        for i, word in enumerate(folded):
            longest = (self._longest if capital[i] else self._longest_common).get(word)
            if longest is None or i < free:
                continue
            keys = self._keys if capital[i] else self._common
            for length in range(min(longest, end - i), 0, -1):
                key = word if length == 1 else " ".join(folded[i : i + length])
                if key in keys:
                    found.append(Match(key, Span(text.starts[i], text.ends[i + length - 1])))
                    free = i + length
                    break
        return found


def _longest(keys: Iterable[str]) -> dict[str, int]:
    """Return the length in words of the longest key that begins with a word: how far a match has to look."""
    longest: dict[str, int] = {}
    for key in keys:
        first, _, rest = key.partition(" ")
        length = 1 + rest.count(" ") + bool(rest)
        if longest.get(first, 0) < length:
            longest[first] = length
    return longest
