"""Which sentences can be sources of a report: how each stands by its own words.

What is read here is kept from build to build for as long as this file is the same.
"""

from collections.abc import Callable, Iterable, Sequence

from graphrag.communities.wording import is_complete, is_english, points_back, subject_pronoun
from graphrag.passages import Passages
from graphrag.types import Chunk

__all__ = ["INCOMPLETE", "POINTS_BACK", "Standings", "standings", "standings_of"]

INCOMPLETE, POINTS_BACK = -2, -1
"""What :func:`standings` says of a sentence that cannot stand alone."""

Standings = Callable[[Passages, Sequence[int]], Iterable[Sequence[int]]]
"""Returns how each sentence of the passages of some rows stands, see :func:`standings`."""

# Longer ones are lists and citations more often than statements.
_MAX_LENGTH = 500
_TITLE_ENDS = ("!", "?", "...", "…")


def standings(chunk: Chunk) -> list[int]:
    """Return how each sentence of a chunk stands, by its own words alone.

    Returns
    -------
    list of int
        Where the first personal pronoun of a complete sentence stands, or its length where it has none;
        :data:`POINTS_BACK` where it needs the sentence before it, :data:`INCOMPLETE` where it is none, or what a mark
        in a title cut off ("Oh!" of "Oh! Calcutta").
    """
    english = is_english(chunk.text)
    found: list[int] = []
    cut = False
    for span in chunk.sentences:
        text = chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]
        if cut or len(text) > _MAX_LENGTH or not is_complete(text, english=english):
            found.append(INCOMPLETE)
        else:
            found.append(POINTS_BACK if points_back(text) else subject_pronoun(text))
        cut = found[-1] == INCOMPLETE and text.endswith(_TITLE_ENDS)
    return found


def standings_of(passages: Passages, rows: Sequence[int]) -> list[list[int]]:
    """Return how the sentences of some passages stand, each read anew."""
    return [standings(chunk) for chunk in passages.chunks(rows)]
