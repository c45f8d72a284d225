"""Names that share most of their words with the name of a document ("Aram Khachaturian", "Aram Il'yich Khachaturian").

Such names may well be the same, but not surely enough to merge; they link to the document instead, with less weight.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter

from graphrag.text import STOP_WORDS, numbers
from graphrag.types import DocumentId

__all__ = ["similar_abouts"]

_LEAST = 0.6
_MOST_LINKS = 3
_DAMPING = 0.7
_MAX_POSTINGS = 300


def similar_abouts(
    names: Iterable[str], about_names: Mapping[str, Iterable[tuple[DocumentId, float]]]
) -> list[tuple[str, DocumentId, float]]:
    """Link names that no document goes by to documents with a similar name.

    Two names are similar when the words they share carry at least .6 of the weight (idf) of all their words, or when
    one holds all words of the other and they share at least two; names that differ in a number never are.

    Parameters
    ----------
    names : iterable of str
        Name keys that no document goes by.
    about_names : mapping
        Name key to the documents that go by it, with weights.

    Returns
    -------
    list of (str, DocumentId, float)
        (name key, document, weight), at most three documents a name, ordered by name.
    """
    known = _Known(about_names)
    links: list[tuple[str, DocumentId, float]] = []
    for name in names:
        similar = known.similar(name)
        if not similar:  # as most
            continue
        best: dict[DocumentId, float] = {}
        for negative, key in sorted(similar)[:_MOST_LINKS]:
            for document, weight in about_names[key]:
                best[document] = max(best.get(document, 0.0), round(-negative * weight * _DAMPING, 4))
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:_MOST_LINKS]
        links += [(name, document, weight) for document, weight in ranked]
    return sorted(links, key=itemgetter(0))


class _Known:
    """Names of documents, with what their words weigh.

    All sums are exact, because sets have no order: the last bit of a plain sum would decide ties by the hash seed.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._words_of = {key: _telling_words(key) for key in names}
        frequency = Counter(chain.from_iterable(self._words_of.values()))
        self._idf = {word: math.log1p(len(names) / count) for word, count in frequency.items()}
        self._unseen = math.log1p(len(names))
        self._weight_of = {key: self._weight(words) for key, words in self._words_of.items()}
        self._holders: dict[str, set[str]] = {word: set() for word in frequency}
        for key, words in self._words_of.items():
            for word in words:
                self._holders[word].add(key)

    def similar(self, name: str) -> list[tuple[float, str]]:
        """Return the names that are similar to one, each with its negative score."""
        holders = self._holders
        said = {word for word in name.split(" ") if word in holders}
        if len(said) < 2:  # one word of several that are not known weighs less than they do
            return []
        words = _telling_words(name)
        candidates = self._candidates(words, [word for _, word in sorted((len(holders[word]), word) for word in said)])
        if not candidates:
            return []
        own_weight = self._weight(words)
        scored = []
        for key in candidates:
            both = words & self._words_of[key]
            weight = self._weight(both)
            score = weight / (own_weight + self._weight_of[key] - weight)
            contained = len(both) >= 2 and len(both) == min(len(words), len(self._words_of[key]))
            if (score >= _LEAST or contained) and numbers(key) == numbers(name):
                scored.append((-score, key))
        return scored

    def _candidates(self, words: Iterable[str], shared: Sequence[str]) -> set[str]:
        """Return the names that may be similar to one.

        A similar name shares one of its two rarest known words, and another known one; or the rarest alone, where that
        outweighs all others by far.

        Parameters
        ----------
        words : iterable of str
            The words of the name.
        shared : sequence of str
            Those that are known, the rarest first.
        """
        holders, idf = self._holders, self._idf
        candidates: set[str] = set()
        for place, word in enumerate(shared[:2]):
            if len(holders[word]) <= _MAX_POSTINGS:
                for other in shared[place + 1 :]:
                    candidates |= holders[word] & holders[other]
        rarest = shared[0]
        # What two names may weigh together that share this word alone; a little more, because sums are rounded.
        most = 1.001 * idf[rarest] * (1 + 1 / _LEAST)
        if len(holders[rarest]) <= _MAX_POSTINGS and sum(map(idf.__getitem__, shared)) + idf[rarest] <= most:
            left = most - self._weight(words)
            candidates.update(key for key in holders[rarest] if self._weight_of[key] <= left)
        return candidates

    def _weight(self, words: Iterable[str]) -> float:
        """Return the weight of some words together."""
        return math.fsum([self._idf.get(word, self._unseen) for word in words])


def _telling_words(key: str) -> frozenset[str]:
    """Return the words of a name key that tell it from others."""
    return frozenset(key.split()) - STOP_WORDS
