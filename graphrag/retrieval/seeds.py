"""Names of the question: which entities it speaks of, and what remains of it without them."""

from dataclasses import dataclass

from graphrag.retrieval.index import stem
from graphrag.retrieval.reader import Index
from graphrag.text import STOP_WORDS, word_spans, words
from graphrag.types import Span

__all__ = ["NamedSpan", "find_seeds", "residual", "respelled", "unknown_names"]

_LONGEST_NAME = 12
_MOST_WORDS = 1000  # of a question that are looked at
# Where a question has no capitals, a name whose words mostly stand in lower case in the corpus is not taken as one.
_COMMON = 0.3
_COMMON_FIRST_WORD = 0.1

# (first word, words) -> (entity row, commonness) of each entity that goes by these words
_Names = dict[tuple[int, int], list[tuple[int, float]]]


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
    spans = word_spans(question)[:_MOST_WORDS]
    folded = folded[:_MOST_WORDS]
    known = _known_names(index, folded)
    # "Place of birth" may be a document, but in a question that names something else it is what is asked.
    return _find(known, question, folded, spans, common=False) or _find(known, question, folded, spans, common=True)


def _known_names(index: Index, folded: list[str]) -> _Names:
    """Return every run of words that is a known name, by where it starts and how long it is, in one look-up."""
    runs = [
        (start, length)
        for length in range(1, min(_LONGEST_NAME, len(folded)) + 1)
        for start in range(len(folded) - length + 1)
    ]
    places = index.named([" ".join(folded[start : start + length]) for start, length in runs])
    return {run: index.entities_at(where) for run, where in zip(runs, places, strict=True) if where}


def _find(known: _Names, question: str, folded: list[str], spans: list[Span], *, common: bool) -> list[NamedSpan]:
    """Return the names found, common nouns that documents are about among them or not."""
    has_capitals = any(question[span.start].isupper() for span in spans[1:])
    taken = [False] * len(folded)
    found: list[NamedSpan] = []
    for length in range(min(_LONGEST_NAME, len(folded)), 0, -1):
        for start in range(len(folded) - length + 1):
            if any(taken[start : start + length]):
                continue
            named = known.get((start, length))
            if not named or all(word in STOP_WORDS for word in folded[start : start + length]):
                continue
            commonness = min(share for _, share in named)
            lower = question[spans[start].start].islower()
            alone = start == 0 and length == 1  # any question opens with a capital
            if _is_meant(commonness, lower=lower, has_capitals=has_capitals, alone=alone, common=common):
                taken[start : start + length] = [True] * length
                span = Span(spans[start].start, spans[start + length - 1].end)
                found.append(NamedSpan(span, tuple(entity for entity, _ in named)))
    return sorted(found, key=lambda name: name.span)


def _is_meant(commonness: float, *, lower: bool, has_capitals: bool, alone: bool, common: bool) -> bool:
    """Tell whether words that are a known name are meant as one; commonness below 0 marks a common noun."""
    if lower and commonness < 0:
        return common
    if lower and (has_capitals or commonness > _COMMON):
        return False
    return not (alone and commonness > _COMMON_FIRST_WORD)


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


def unknown_names(index: Index, question: str) -> list[str]:
    """Return the capitalised words of a question that no text of the corpus holds.

    The first word says nothing, for any question opens with a capital; nor do capitals where all words have them; and
    texts may write out what a question abbreviates ("UN").
    """
    typed = [question[span.start : span.end] for span in word_spans(question)[:_MOST_WORDS]]
    if not any(word[0].islower() for word in typed[1:]):
        return []
    folded = zip(typed[1:], words(question)[1:], strict=False)
    return [word for word, key in folded if word[0].isupper() and not word.isupper() and index.term(stem(key)) is None]


def residual(question: str, seeds: list[NamedSpan]) -> str:
    """Return the question without the names in it: what is asked about them."""
    rest = list(question)
    for named in seeds:
        rest[named.span.start : named.span.end] = " " * (named.span.end - named.span.start)
    return " ".join("".join(rest).split())
