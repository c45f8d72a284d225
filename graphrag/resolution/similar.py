"""Names that share most of their words with the name of a document ("Aram Khachaturian", "Aram Il'yich Khachaturian").

Such names may well be the same, but not surely enough to merge; they link to the document instead, with less weight.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

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
        (name key, document, weight), at most three documents a name.
    """
    known = sorted(about_names)
    words_of = {key: _telling_words(key) for key in known}
    frequency = Counter(word for words in words_of.values() for word in words)
    idf = {word: math.log1p(len(known) / count) for word, count in frequency.items()}
    unseen = math.log1p(len(known))
    holders: dict[str, set[str]] = defaultdict(set)
    for key in known:
        for word in words_of[key]:
            holders[word].add(key)
    links: list[tuple[str, DocumentId, float]] = []
    # Exact sums, because sets have no order: the last bit of a plain sum would decide ties by the hash seed.
    weight_of: dict[str, float] = {}
    for name in sorted(names):
        words = _telling_words(name)
        shared = [word for word in words if word in holders]
        if len(shared) < 2:  # one word of several that are not known weighs less than they do
            continue
        # A similar name shares one of the two rarest known words.
        rarest = sorted([(len(holders[word]), word) for word in shared])[:2]
        rare = [word for count, word in rarest if count <= _MAX_POSTINGS]
        if not rare:
            continue
        own_weight = math.fsum([idf.get(word, unseen) for word in words])
        # One shared word is enough only where it outweighs the others by far, which few do.
        if any(idf[word] >= 0.99 * _LEAST * own_weight for word in rare):
            candidates = set[str]().union(*(holders[word] for word in rare))
        else:
            pairs = [(word, other) for word in rare for other in shared if other != word]
            candidates = set[str]().union(*[holders[word] & holders[other] for word, other in pairs])
        scored = []
        for key in candidates:
            if key not in weight_of:
                weight_of[key] = math.fsum([idf[word] for word in words_of[key]])
            both = words & words_of[key]
            weight = math.fsum([idf[word] for word in both])
            score = weight / (own_weight + weight_of[key] - weight)
            contained = len(both) >= 2 and len(both) == min(len(words), len(words_of[key]))
            if (score >= _LEAST or contained) and numbers(key) == numbers(name):
                scored.append((-score, key))
        best: dict[DocumentId, float] = {}
        for negative, key in sorted(scored)[:_MOST_LINKS]:
            for document, weight in about_names[key]:
                best[document] = max(best.get(document, 0.0), round(-negative * weight * _DAMPING, 4))
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:_MOST_LINKS]
        links += [(name, document, weight) for document, weight in ranked]
    return links


def _telling_words(key: str) -> frozenset[str]:
    """Return the words of a name key that tell it from others."""
    return frozenset(key.split()) - STOP_WORDS
