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
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = frozenset(keys)
        # The longest key, in words, that begins with a word: bounds how far a match has to look.
        self._longest: dict[str, int] = {}
        for key in self._keys:
            first, _, rest = key.partition(" ")
            length = 1 + rest.count(" ") + bool(rest)
            if self._longest.get(first, 0) < length:
                self._longest[first] = length

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def find(self, text: Words) -> list[Match]:
        """Return the names in a text, longest first at each place, not overlapping, in order.

        A name must open with something else than a lower-case letter: the film "Home" is not found in "at home".
        """
        folded, capital, longest_of, keys = text.folded, text.capital, self._longest, self._keys
        found: list[Match] = []
        i, end = 0, len(folded)
        while i < end:
            longest = longest_of.get(folded[i], 0) if capital[i] else 0
            for length in range(min(longest, end - i), 0, -1):
                key = folded[i] if length == 1 else " ".join(folded[i : i + length])
                if key in keys:
                    found.append(Match(key, Span(text.starts[i], text.ends[i + length - 1])))
                    i += length
                    break
            else:
                i += 1
        return found
