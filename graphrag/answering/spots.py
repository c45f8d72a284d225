"""What in a sentence may be an answer: its names, values, noun phrases and clauses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from graphrag.answering.dates import is_day
from graphrag.answering.tables import cell_around, cells_of, label_over, values_of
from graphrag.types import ParsedSentence

__all__ = ["TITLES", "Spot", "spots_of"]

# spaCy's labels of names -> types of answers.
_TYPES = {
    "PERSON": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "people",
    "DATE": "date",
    "TIME": "time",
    "CARDINAL": "number",
    "ORDINAL": "number",
    "QUANTITY": "amount",
    "MONEY": "amount",
    "PERCENT": "amount",
    "WORK_OF_ART": "work",
    "PRODUCT": "work",
    "EVENT": "work",
    "LAW": "work",
    "LANGUAGE": "language",
}
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_NEVER_FIRST = frozenset("DT PRP$ POS , `` '' : -LRB- -RRB- . HYPH IN TO CC".split())
_NEVER_LAST = frozenset("POS , `` '' : -LRB- . IN TO CC DT".split())
_INNER = frozenset("det amod compound nummod poss case nmod quantmod advmod".split())
_WITH_PLACES = _INNER | {"prep", "pobj"}
_WITH_OTHERS = _WITH_PLACES | {"conj", "cc", "punct"}
_CLAUSES = frozenset("xcomp advcl pcomp ccomp".split())
TITLES = frozenset(
    "king queen prince princess emperor empress pope president sir lord lady dame saint st st. general colonel captain "
    "major admiral dr dr. mr mr. mrs mrs. ms ms. professor prof. judge justice senator governor minister father sister "
    "brother count duke baron bishop cardinal sultan tsar khan".split()
)
_LONGEST, _LONGEST_VALUE = 14, 30  # tokens; the second behind a label and in a cell


@dataclass(frozen=True, slots=True)
class Spot:
    """A run of tokens of a sentence that may be an answer."""

    start: int
    end: int
    kind: str  # "person", "place", …, "name" and "phrase" for noun phrases, "quality", "clause"
    is_name: bool  # whether the recogniser found it, rather than the parser


def spots_of(sentence: ParsedSentence) -> list[Spot]:
    """Return everything in a sentence that may be an answer, each run of tokens once."""
    found: dict[tuple[int, int], Spot] = {}
    for spot in (*_names(sentence), *_phrases(sentence), *_clauses(sentence)):
        start, end = _trim(sentence, spot.start, spot.end)
        if not start < end <= start + _LONGEST or _is_day(sentence, start, end):
            continue
        if not (_is_cut(sentence, start) or _crosses(sentence, start, end)):
            found.setdefault((start, end), Spot(start, end, spot.kind, spot.is_name))
    for spot in _lines(sentence):
        start, end = _trim(sentence, spot.start, spot.end)
        if start < end <= start + _LONGEST_VALUE:
            found.setdefault((start, end), Spot(start, end, spot.kind, spot.is_name))
    return list(found.values())


def _trim(sentence: ParsedSentence, start: int, end: int) -> tuple[int, int]:
    """Cut articles, prepositions and punctuation from both ends."""
    while start < end and (sentence.tags[start] in _NEVER_FIRST or not _says(sentence.words[start])):
        if sentence.tags[start + 1 : min(start + 2, end)] == ("HYPH",) and sentence.tags[start] == "IN":
            break  # "on-call engineer"
        start += 1
    while end > start and (sentence.tags[end - 1] in _NEVER_LAST or not _says(sentence.words[end - 1], ")")):
        end -= 1
    return start, end


def _is_cut(sentence: ParsedSentence, start: int) -> bool:
    """Tell whether tokens begin inside a word: "call engineer" of "on-call engineer"."""
    return start > 0 and sentence.tags[start - 1] == "HYPH" and sentence.tags[start].startswith("NN")


def _crosses(sentence: ParsedSentence, start: int, end: int) -> bool:
    """Tell whether tokens reach from one cell of a row to another, or out of the value behind a label."""
    first, last = sentence.starts[start], sentence.starts[end - 1]
    return any(around(sentence.text, first) != around(sentence.text, last) for around in (cell_around, label_over))


def _says(word: str, also: str = "") -> bool:
    """Tell whether a word has a letter or a digit."""
    return any(sign.isalnum() or sign in also for sign in word)


def _is_day(sentence: ParsedSentence, start: int, end: int) -> bool:
    """Tell whether tokens are the day of a date alone: "3" of "3 March" and of "March 3"."""
    beside = sentence.words[max(start - 1, 0)], sentence.words[min(end, len(sentence.words) - 1)]
    number = sentence.words[start]
    return end == start + 1 and number.isdigit() and len(number) < 3 and any(w.istitle() and is_day(w) for w in beside)


def _names(sentence: ParsedSentence) -> Iterator[Spot]:
    """Yield what the recogniser found, the year inside a date, and numbers."""
    for start, end, label in sentence.names:
        if label == "PERSON" and _has_first_name(sentence, start, end):
            start -= 1
        yield Spot(start, end, _TYPES.get(label, "name"), is_name=True)
        if label == "DATE":
            for token in range(start, end):
                if _YEAR.fullmatch(sentence.words[token]) and sentence.words[token + 1 : token + 2] != ("years",):
                    yield Spot(token, token + 1, "year", is_name=True)
    for token, tag in enumerate(sentence.tags):
        if tag == "CD":
            yield Spot(token, token + 1, "number", is_name=True)


def _has_first_name(sentence: ParsedSentence, start: int, end: int) -> bool:
    """Tell whether the recogniser left out the first name: "Petter" of "Petter Hove"."""
    before = start - 1
    return (
        end == start + 1
        and before >= 0
        and sentence.tags[before] == "NNP"
        and sentence.relations[before] == "compound"
        and sentence.heads[before] == start
        and sentence.words[before].lower() not in TITLES
        and not any(first <= before < last for first, last, _ in sentence.names)
    )


def _phrases(sentence: ParsedSentence) -> Iterator[Spot]:
    """Yield each noun with what stands before it, then with its "of …", then with what it is joined to."""
    kids = _kids(sentence)
    for token, tag in enumerate(sentence.tags):
        if not tag.startswith("NN") or sentence.relations[token] in ("compound", "nmod"):
            continue
        start, _ = _reach(sentence, kids, token, _INNER)
        proper = any(sentence.tags[inner].startswith("NNP") for inner in range(start, token + 1))
        kind = "name" if proper else "phrase"
        yield Spot(start, token + 1, kind, is_name=False)
        for relations in (_WITH_PLACES, _WITH_OTHERS):
            first, end = _reach(sentence, kids, token, relations)
            yield Spot(first, end, kind, is_name=False)


def _clauses(sentence: ParsedSentence) -> Iterator[Spot]:
    """Yield qualities ("blue" in "is blue") and clauses that stand for a thing ("to save water")."""
    kids = _kids(sentence)
    for token, relation in enumerate(sentence.relations):
        if relation in ("acomp", "oprd") or (sentence.tags[token].startswith("JJ") and relation in ("attr", "amod")):
            yield Spot(token, token + 1, "quality", is_name=False)
        if relation in _CLAUSES:
            yield Spot(*_reach(sentence, kids, token, None), "clause", is_name=False)


def _lines(sentence: ParsedSentence) -> Iterator[Spot]:
    """Yield the cells of rows of tables, and the values of lines with a label."""
    values = [value for _, value in values_of(sentence.text)]
    for part in (*cells_of(sentence.text), *values):
        tokens = [token for token, at in enumerate(sentence.starts) if part.start <= at < part.end]
        if tokens:
            kind = "amount" if any(map(str.isdigit, sentence.text[part.start : part.end])) else "phrase"
            yield Spot(tokens[0], tokens[-1] + 1, kind, is_name=False)


def _kids(sentence: ParsedSentence) -> list[list[int]]:
    """Return the tokens below each token."""
    kids: list[list[int]] = [[] for _ in sentence.words]
    for token, head in enumerate(sentence.heads):
        if head != token:
            kids[head].append(token)
    return kids


def _reach(
    sentence: ParsedSentence, kids: list[list[int]], token: int, relations: frozenset[str] | None
) -> tuple[int, int]:
    """Return the tokens that hang on one by some relations, or by any, as one run."""
    first = last = token
    todo = [token]
    while todo:
        for kid in kids[todo.pop()]:
            if relations is None or sentence.relations[kid] in relations:
                first, last = min(first, kid), max(last, kid)
                todo.append(kid)
    return first, last + 1
