"""Clauses of a question: each asks for one hop, so a passage that answers one of them well is likely evidence."""

import re
from itertools import pairwise

from graphrag.text import STOP_WORDS, words

__all__ = ["split_clauses"]

# Commas and the words that open a relative clause or a place or time phrase.
_CUT = re.compile(
    r",|;|\b(?:that|which|who|whom|whose|where|when|in which|of the|in the|by the|from the|to the|and|but)\b",
    re.IGNORECASE,
)
_LEAST_WORDS = 2
_MOST_CLAUSES = 4


def split_clauses(question: str) -> list[str]:
    """Return the clauses of a question, in order; none where it is one clause.

    A clause holds at least two words that say something; shorter pieces stay with the piece before.  Of more than
    four clauses the four with the most words are kept.
    """
    cuts = [0, *(match.start() for match in _CUT.finditer(question) if match.start() > 0), len(question)]
    clauses: list[str] = []
    for start, end in pairwise(cuts):
        piece = question[start:end].strip(" ,;?")
        if sum(word not in STOP_WORDS for word in words(piece)) >= _LEAST_WORDS:
            clauses.append(piece)
        elif clauses and piece:
            clauses[-1] += " " + piece
    if len(clauses) < 2:
        return []
    longest = sorted(range(len(clauses)), key=lambda i: (-len(words(clauses[i])), i))[:_MOST_CLAUSES]
    return [clauses[i] for i in sorted(longest)]
