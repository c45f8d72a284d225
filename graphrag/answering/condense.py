"""Follow-up questions made to stand alone by rules: pronouns become the names they stand for.

No model is asked.  A pronoun is read as the nearest thing of the turns before that can be meant: a person for "he" and
"her", anything else for "it", a place for "there".  What the rules do not know is left as it is typed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from graphrag.types import Span

__all__ = ["Thing", "Turn", "standalone"]

Turn = tuple[str, str]
"""A question of a conversation, and the answer that was given."""

_TURNS = 4  # of a conversation that are looked back at
_PLACES = frozenset({"GPE", "LOC", "FAC"})
_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|she|him|himself|herself)|(?P<persons>his|her)|(?P<thing>it|itself)|(?P<things>its)"
    r"|(?P<many>they|them|themselves)|(?P<manys>their)|(?P<place>there))\b",
    re.IGNORECASE,
)
_EXISTENTIAL = re.compile(r"\b(?:is|are|was|were|be|been)\s*$", re.IGNORECASE)
_ABOUT = re.compile(r"\s*(?:and|but)?,?\s*(?:(?:what|how)\s+about|and)\s+(?P<name>.+?)\s*\?*\s*", re.IGNORECASE)
_QUESTION = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Thing:
    """A name said in a text."""

    name: str
    label: str  # spaCy's label, empty where unknown
    span: Span


def standalone(question: str, history: Sequence[Turn], things: Callable[[str], Iterable[Thing]]) -> str:
    """Return a follow-up question as one that can be understood alone.

    Parameters
    ----------
    question : str
        As typed.
    history : sequence of (question, answer)
        The turns before, first to last.
    things : callable
        Returns the known names in a text, in its order.

    Returns
    -------
    str
        The question itself where it says all, or where there is no history.
    """
    if not history:
        return question
    changed = _what_about(question, history, things)
    if changed is not None:
        return changed
    own = list(things(question))
    known = [thing for turn in reversed(history[-_TURNS:]) for said in reversed(turn) for thing in things(said)]
    pieces, last = [], 0
    for match in _PRONOUN.finditer(question):
        kind = match.lastgroup or ""
        if any(thing.span.start < match.start() for thing in own):
            break  # a name of the question itself is nearer than one of the turns before
        meant = _meant(kind, known)
        if meant is None or (kind == "place" and _EXISTENTIAL.search(question[: match.start()])):
            continue
        pieces += [question[last : match.start()], _put(meant.name, kind, question[match.end() :])]
        last = match.end()
    return "".join([*pieces, question[last:]])


def _what_about(question: str, history: Sequence[Turn], things: Callable[[str], Iterable[Thing]]) -> str | None:
    """Return the question before with its last name replaced: "And Seven Women?"; None for any other question."""
    match = _ABOUT.fullmatch(question)
    if match is None or _QUESTION.search(match["name"]):
        return None
    before = history[-1][0]
    named = list(things(before))
    if not named:
        return None
    span = named[-1].span
    return before[: span.start] + match["name"] + before[span.end :]


def _meant(kind: str, known: Sequence[Thing]) -> Thing | None:
    """Return the nearest thing that a pronoun can stand for."""
    if kind.startswith("person"):
        unsure = [thing for thing in known if not thing.label]
        return next((thing for thing in known if thing.label == "PERSON"), unsure[0] if unsure else None)
    if kind.startswith("thing"):
        return next((thing for thing in known if thing.label != "PERSON"), None)
    if kind == "place":
        return next((thing for thing in known if thing.label in _PLACES), None)
    return known[0] if known else None


def _put(name: str, kind: str, after: str) -> str:
    """Return a name in place of a pronoun: with "'s" for a possessive, with "in" for "there"."""
    if kind == "place":
        return f"in {name}"
    # "her" is "his" before a noun and "him" elsewhere: "Who married her?", "Who was her father?".
    possessive = kind.endswith("s") and re.match(r"\s+\w", after) is not None
    return f"{name}'s" if possessive else name
