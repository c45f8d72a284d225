"""Which sentences can be sources of a report: how each stands by its own words.

What is read here is kept from build to build for as long as this file is the same.
"""

from collections.abc import Callable, Sequence

from graphrag.communities.wording import is_complete, is_english, points_back, subject_pronoun
from graphrag.types import Chunk

__all__ = ["INCOMPLETE", "POINTS_BACK", "Standings", "standings"]

INCOMPLETE, POINTS_BACK = -2, -1
"""What :func:`standings` says of a sentence that cannot stand alone."""

Standings = Callable[[Chunk], Sequence[int]]
"""Returns how each sentence of a chunk stands, see :func:`standings`."""

# Longer ones are lists and citations more often than statements.
_MAX_LENGTH = 500


def standings(chunk: Chunk) -> list[int]:
    """Return how each sentence of a chunk stands, by its own words alone.

    Returns
    -------
    list of int
        Where the first personal pronoun of a complete sentence stands, or its length where it has none;
        :data:`POINTS_BACK` where it needs the sentence before it, :data:`INCOMPLETE` where it is none.
    """
    english = is_english(chunk.text)
    found = []
    for span in chunk.sentences:
        text = chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]
        if len(text) > _MAX_LENGTH or not is_complete(text, english=english):
            found.append(INCOMPLETE)
        else:
            found.append(POINTS_BACK if points_back(text) else subject_pronoun(text))
    return found
