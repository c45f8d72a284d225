"""Misspelt names in a question: an unknown word becomes the word of a known name that it most likely means."""

from bisect import bisect_left
from functools import cached_property
from itertools import pairwise

from rapidfuzz.distance import OSA

from graphrag.retrieval.index import stem
from graphrag.retrieval.reader import Index
from graphrag.text import STOP_WORDS

__all__ = ["Speller"]

_LEAST_LETTERS = 4
_LETTERS_FOR_TWO_SLIPS = 9
_MOST_UNKNOWN = 8  # words of one question that are looked at
_LONGEST_NAME = 4  # words of a name by which a correction is confirmed


class Speller:
    """Corrects words by the words of all names.

    A slip is a letter left out, added, replaced, or two swapped (optimal string alignment distance); one is allowed,
    two in words of nine letters and more.  The first letter must be right.

    Parameters
    ----------
    index : Index
        Holds the words of all texts and names.
    """

    def __init__(self, index: Index) -> None:
        self._index = index

    @cached_property
    def _words(self) -> list[str]:
        """The words of all names, in order; read when a question first holds an unknown word."""
        data, ptr = self._index.arrays["name_word_bytes"].tobytes(), self._index.arrays["name_word_ptr"].tolist()
        return [data[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(ptr)]

    def correct(self, words: list[str]) -> list[str]:
        """Return the folded words of a question with unknown ones replaced where a likely meaning is known."""
        unknown = [
            i
            for i, word in enumerate(words)
            if len(word) >= _LEAST_LETTERS and word not in STOP_WORDS and self._index.term(stem(word)) is None
        ]
        corrected = list(words)
        for i in unknown[:_MOST_UNKNOWN]:
            candidates = self._candidates(words[i])
            if candidates:
                named = [word for word in candidates if self._makes_a_name(corrected, i, word)]
                corrected[i] = (named or candidates)[0]
        return corrected

    def _candidates(self, word: str) -> list[str]:
        """Return the known words nearest to a word, the nearest first, then the commonest, then by alphabet."""
        most = 2 if len(word) >= _LETTERS_FOR_TWO_SLIPS else 1
        lo, hi = bisect_left(self._words, word[0]), bisect_left(self._words, chr(ord(word[0]) + 1))
        counts = self._index.arrays["name_word_count"]
        found = []
        for place in range(lo, hi):
            other = self._words[place]
            if abs(len(other) - len(word)) <= most:
                distance = OSA.distance(word, other, score_cutoff=most)
                if distance <= most:
                    found.append((distance, -int(counts[place]), other))
        return [other for _, _, other in sorted(found)]

    def _makes_a_name(self, words: list[str], i: int, word: str) -> bool:
        """Tell whether ``word`` at place ``i`` makes a known name with the words beside it."""
        tried = [*words[:i], word, *words[i + 1 :]]
        for length in range(2, _LONGEST_NAME + 1):
            for start in range(max(0, i - length + 1), min(i, len(words) - length) + 1):
                if self._index.entities_named(" ".join(tried[start : start + length])):
                    return True
        return False
