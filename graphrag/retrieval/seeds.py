"""Names of the question: which entities it speaks of, and what remains of it without them."""

from dataclasses import dataclass

from graphrag.retrieval.reader import Index
from graphrag.text import STOP_WORDS, word_spans
from graphrag.types import Span

__all__ = ["NamedSpan", "find_seeds", "residual", "respelled"]

_LONGEST_NAME = 12
# Where a question has no capitals, a name whose words mostly stand in lower case in the corpus is not taken as one.
_COMMON = 0.3
_COMMON_FIRST_WORD = 0.1


@dataclass(frozen=True, slots=True)
class NamedSpan:
    """A name in the question and the entities that go by it."""

    span: Span
    entities: tuple[int, ...]


def find_seeds(index: Index, question: str, folded: list[str]) -> list[NamedSpan]:
    """Return the known names in a question, not overlapping, in the question's order; longer names win.

    Parameters
    ----------
    index : Index
        Holds the dictionary of names.
    question : str
        As typed; it may be all in lower case.
    folded : list of str
        Its folded words, with misspelt ones corrected.
    """
    spans = word_spans(question)
    has_capitals = any(question[span.start].isupper() for span in spans[1:])
    taken = [False] * len(folded)
    found: list[NamedSpan] = []
    for length in range(min(_LONGEST_NAME, len(folded)), 0, -1):
        for start in range(len(folded) - length + 1):
            if any(taken[start : start + length]):
                continue
            entities = _entities(index, question, folded, spans, start, length, has_capitals)
            if entities:
                taken[start : start + length] = [True] * length
                found.append(NamedSpan(Span(spans[start].start, spans[start + length - 1].end), entities))
    return sorted(found, key=lambda named: named.span)


def _entities(
    index: Index, question: str, folded: list[str], spans: list[Span], start: int, length: int, has_capitals: bool
) -> tuple[int, ...]:
    """Return the entities that go by the words at a place of the question; none where they are plain words."""
    if all(word in STOP_WORDS for word in folded[start : start + length]):
        return ()
    named = index.entities_named(" ".join(folded[start : start + length]))
    if not named:
        return ()
    commonness = min(common for _, common in named)
    lower = question[spans[start].start].islower()
    if lower and commonness >= 0 and (has_capitals or commonness > _COMMON):  # below 0: a name in lower case too
        return ()
    if start == 0 and length == 1 and commonness > _COMMON_FIRST_WORD:  # any question opens with a capital
        return ()
    return tuple(entity for entity, _ in named)


def respelled(question: str, folded: list[str], corrected: list[str]) -> str:
    """Return the question with its corrected words in place of those typed."""
    spans = word_spans(question)
    pieces, last = [], 0
    for span, typed, meant in zip(spans, folded, corrected, strict=True):
        if typed != meant:
            capital = question[span.start].isupper()
            pieces += [question[last : span.start], meant.capitalize() if capital else meant]
            last = span.end
    return "".join([*pieces, question[last:]])


def residual(question: str, seeds: list[NamedSpan]) -> str:
    """Return the question without the names in it: what is asked about them."""
    rest = list(question)
    for named in seeds:
        rest[named.span.start : named.span.end] = " " * (named.span.end - named.span.start)
    return " ".join("".join(rest).split())
