"""Finds known names in text: the longest match at each place, over folded words."""

from collections.abc import Iterable
from dataclasses import dataclass

from graphrag.text import word_spans, words
from graphrag.types import Span

__all__ = ["NameMatcher"]


@dataclass(frozen=True, slots=True)
class Match:
    """A known name at a place of a text."""

    key: str
    span: Span


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

    def find(self, text: str, *, cased: bool = True) -> list[Match]:
        """Return the names in ``text``, longest first at each place, not overlapping, in order.

        Parameters
        ----------
        text : str
            Any text.
        cased : bool
            Whether a name must open with something else than a lower-case letter, as names in prose do; this keeps
            the film "Home" from being found in "at home".
        """
        folded = words(text)
        spans = word_spans(text)
        found: list[Match] = []
        i = 0
        while i < len(folded):
            longest = min(self._longest.get(folded[i], 0), len(folded) - i)
            if longest == 0 or (cased and text[spans[i].start].islower()):
                i += 1
                continue
            for length in range(longest, 0, -1):
                key = " ".join(folded[i : i + length])
                if key in self._keys:
                    found.append(Match(key, Span(spans[i].start, spans[i + length - 1].end)))
                    i += length
                    break
            else:
                i += 1
        return found
