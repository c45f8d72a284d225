"""What one document tells of the thing it is about, in words rather than facts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from graphrag.answering.countries import nationality_spans
from graphrag.answering.cues import cue_values, nationality_values, place_values
from graphrag.answering.dates import find_dates
from graphrag.answering.forms import Hop
from graphrag.answering.lives import life_of
from graphrag.answering.sources import Sentence, Source, Thing
from graphrag.answering.spans import names_in, sentence_subject
from graphrag.text import words
from graphrag.types import EntityId, Quote, Span

__all__ = ["MAN", "WOMAN", "Reached", "own_part", "read_source", "value_at"]

WOMAN = re.compile(
    r"(?:Queen|Princess|Lady|Duchess|Countess|Empress|Dame|Mrs|Grand Duchess|Archduchess|Infanta|Baroness)\b"
)
MAN = re.compile(r"(?:King|Prince|Lord|Duke|Count|Emperor|Sir|Mr|Grand Duke|Archduke|Baron|Earl|Sultan|Infante)\b")
"""Titles before a name that tell whose it is."""

_PRONOUNS = frozenset("he she it they his her its their the this born after in".split())


@dataclass(frozen=True, slots=True)
class Reached:
    """A value that a hop led to."""

    text: str
    ids: tuple[EntityId, ...]
    score: float
    quote: Quote
    predicate: str
    start: int = -1  # where the value stands in its document; -1 where only a fact tells


def read_source(source: Source, thing: Thing, hop: Hop) -> Iterator[Reached]:
    """Yield what the words of a document about the thing say."""
    relation = hop.relation
    if relation in ("born on", "died on", "born in", "died in"):
        yield from _from_brackets(source, relation)
    if relation in ("born on", "died on", "released in", "founded on"):
        yield from _from_dates(source, relation)
    elif relation in ("nationality", "country"):
        yield from _from_countries(source, hop)
    elif relation == "located in":
        for sentence in source.sentences[:4]:
            for value in place_values(sentence.text, hop.wanted):
                yield value_at(sentence, value.span, value.score * 0.9**sentence.number, relation)
    elif relation == "occupation":
        yield from _from_copula(source)
    elif hop.kind == "number":
        yield from _from_numbers(source, relation)
    else:
        names = set(words(thing.name)) | set(words(source.title))
        for sentence in source.sentences:
            values = cue_values(sentence.text, relation)
            if not values:
                continue
            factor = 0.985**sentence.number * _about_subject(sentence.text, names)
            order = {value.span: place for place, value in enumerate(sorted(values, key=lambda v: v.span))}
            for value in values:
                score = value.score * factor
                span = own_part(sentence.text, value.span, names, hop.kind)
                if relation == "spouse" and _of_another(sentence.text[: span.start]):
                    score *= 0.25
                if relation in ("father", "mother"):
                    score *= _parent_factor(sentence.text, value.span, relation, order[value.span], len(values))
                reached = value_at(sentence, span, score, relation)
                yield replace(reached, text=_full_name(source, reached.text)) if hop.kind == "person" else reached


_AND_HIS = re.compile(
    r"\b(?:is|was|were|of|to|by|from)\s.*[^\W\d_][\w.'’-]*,?\s+(?:and|by|with)\s+(?:his|her)\s+(?:[\w-]+\s+){0,2}"
    r"(?:wife|husband|consort|spouse)[,\s]*(?:\w+\s+){0,3}$"
)


def _of_another(before: str) -> bool:
    """Tell whether "and his wife" follows the name of someone else: "was the son of Hans Lind and his wife …"."""
    return _AND_HIS.search(before) is not None


def own_part(sentence: str, span: Span, names: set[str], kind: str) -> Span:
    """Cut the subject's own name from the end of a place: "Born in St. Louis, Missouri, Berry …"."""
    head, comma, tail = sentence[span.start : span.end].rpartition(",")
    if kind == "place" and comma:
        before = head.rpartition(",")[2].strip()
        if set(words(tail)) <= names or tail.strip().startswith(before):  # "New York, New York"
            return Span(span.start, span.start + len(head))
    return span


def _full_name(source: Source, name: str) -> str:
    """Return the full name that the document gave before to a person it now calls by the last name."""
    if " " in name or len(name) < 3:
        return name
    for sentence in source.sentences:
        for span in names_in(sentence.text):
            written = sentence.text[span.start : span.end]
            if written.endswith(" " + name) and 1 <= written.count(" ") <= 3:
                return written
    return name


def _about_subject(sentence: str, names: set[str]) -> float:
    """Weigh a sentence by whether it speaks of the document's subject."""
    subject = sentence_subject(sentence)
    return 1.0 if subject in _PRONOUNS or subject in names else 0.8


def _parent_factor(sentence: str, span: Span, relation: str, place: int, count: int) -> float:
    """Tell fathers from mothers: by title, by "his wife" before the name, else the father is named first."""
    before = sentence[max(0, span.start - 22) : span.start]
    written = sentence[span.start : span.end]
    if re.search(r"\b(?:mother)\b[\s,]*(?:\w+\s){0,2}$", before):
        return 1.0 if relation == "mother" else 0.1
    if re.search(r"\b(?:father)\b[\s,]*(?:\w+\s){0,2}$", before):
        return 1.0 if relation == "father" else 0.1
    if re.search(r"\b(?:wife|consort|concubine|spouse|mistress)\b[,\s]+(?:\w+\s+)?$", before) or WOMAN.match(written):
        return 1.0 if relation == "mother" else 0.1
    if MAN.match(written):
        return 1.0 if relation == "father" else 0.1
    given = written.split()[0]
    if count == 2 and given[-1] == "a" and place == 0 and " " in written:
        return 0.9 if relation == "mother" else 0.5
    if count == 1:
        return 0.9 if relation == "father" else 0.45
    return (1.0 if place == 0 else 0.35) if relation == "father" else (1.0 if place == 1 else 0.35)


def value_at(sentence: Sentence, span: Span, score: float, relation: str) -> Reached:
    """Make a value of a part of a sentence."""
    text = sentence.text[span.start : span.end].strip()
    return Reached(text, (), score, sentence.quote(), relation, sentence.span.start + span.start)


def _sentence_at(source: Source, offset: int) -> Sentence | None:
    """Return the sentence that holds an offset of the source's text."""
    if not source.sentences:
        return None
    base = source.sentences[0].chunk.span.start
    at = base + offset
    return next((s for s in source.sentences if s.span.start <= at < s.span.end), None)


def _from_brackets(source: Source, relation: str) -> Iterator[Reached]:
    """Yield birth and death from the brackets after the name."""
    if not source.opening:
        return
    life = life_of(source.text[:500])
    span = {"born on": life.born_on, "died on": life.died_on, "born in": life.born_in, "died in": life.died_in}[
        relation
    ]
    if span is None:
        return
    sentence = _sentence_at(source, span.start)
    if sentence is None:
        return
    if relation.endswith(" in"):
        span = own_part(source.text, span, set(), "place")
    text = source.text[span.start : span.end]
    yield Reached(text, (), 0.93, sentence.quote(), relation, sentence.chunk.span.start + span.start)


_DATE_CUES = {
    "born on": re.compile(r"\bborn\b|\bbirth\b", re.IGNORECASE),
    "died on": re.compile(
        r"\b(?:died|(?:his|her|their|until|the) death|killed|passed away|assassinated|executed|murdered|drowned"
        r"|dead)\b",
        re.IGNORECASE,
    ),
    "released in": re.compile(
        r"\b(?:released?|premiered?|published|aired|broadcast|debuted|issued|opened|came out|recorded)\b", re.IGNORECASE
    ),
    "founded on": re.compile(
        r"\b(?:founded|established|formed|created|built|opened|incorporated|inaugurated|constructed|launched"
        r"|started|began|completed|foundation)\b",
        re.IGNORECASE,
    ),
}


def _from_dates(source: Source, relation: str) -> Iterator[Reached]:
    """Yield the dates that stand beside words for the event."""
    cue = _DATE_CUES[relation]
    for sentence in source.sentences:
        dates = find_dates(sentence.text)
        if not dates:
            continue
        decay = 0.97**sentence.number
        for match in cue.finditer(sentence.text):
            for date in dates:
                gap = date.span.start - match.end() if date.span.start >= match.end() else match.start() - date.span.end
                if gap > 90:
                    continue
                after = 1.0 if date.span.start >= match.end() else 0.6
                yield value_at(sentence, date.span, 0.8 * decay * after * (1 - gap / 200), relation)
        if sentence.number == 0 and relation in ("released in", "founded on"):
            copula = re.search(r"\b(?:is|was|are|were)\b", sentence.text)
            for date in dates:
                near = copula is not None and 0 <= date.span.start - copula.end() <= 40
                yield value_at(sentence, date.span, 0.85 if near else 0.5, relation)
    if relation == "released in":
        titled = re.search(r"\((\d{4})\b[^()]*\)\s*$", source.title)
        if titled and source.sentences:
            yield Reached(titled.group(1), (), 0.7, source.sentences[0].quote(), relation)


def _from_countries(source: Source, hop: Hop) -> Iterator[Reached]:
    """Yield what the passage calls its subject: "an Indian film", "in Iran"."""
    text = source.text
    for value in nationality_values(text):
        sentence = _sentence_at(source, value.span.start)
        if sentence is not None:
            decay = 0.85**sentence.number
            word = text[value.span.start : value.span.end]
            start = sentence.chunk.span.start + value.span.start
            yield Reached(word, (), value.score * decay, sentence.quote(), hop.relation, start)


def _from_copula(source: Source) -> Iterator[Reached]:
    """Yield the description after "is a"."""
    for sentence in source.sentences[:1]:
        match = re.search(
            r"\b(?:is|was)\s+(?:an?|the)\s+([^.;()]{3,80}?)(?=\s+(?:who|which|that|from|in|of|and is|best)\b|[.;,]|$)",
            sentence.text,
        )
        if match:
            start = match.start(1)
            nations = [e for s, e, _, _ in nationality_spans(match.group(1)) if s < 20]
            start += (max(nations) + 1) if nations and max(nations) + 1 < len(match.group(1)) else 0
            yield value_at(sentence, Span(start, match.end(1)), 0.8, "occupation")


_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:\s+(?:million|billion|thousand))?")
_UNIT_CUES = {
    "population": r"\bpopulation|\binhabitants|\bresidents|\bpeople\b",
    "area": r"\barea\b|\bsquare|\bkm2|\bkm²|\bhectares|\bacres",
    "length": r"\blength|\blong\b|\bkilomet|\bmiles|\bminutes",
    "height": r"\bheight|\btall|\bhigh\b|\belevation|\bfeet|\bmet(?:re|er)s|\baltitude",
}


def _plausible(written: str, relation: str, year: bool) -> float:
    """Weigh a number by its size: years and ranks are seldom counts."""
    if relation != "population":
        return 0.3 if year else 1.0
    return 1.0 if "," in written or "illion" in written else 0.3 if year or len(written) < 3 else 0.8


def _from_numbers(source: Source, relation: str) -> Iterator[Reached]:
    """Yield the numbers that stand beside the word for what is counted."""
    cue = re.compile(_UNIT_CUES.get(relation, re.escape(relation)), re.IGNORECASE)
    for sentence in source.sentences:
        for match in cue.finditer(sentence.text):
            for number in _NUMBER.finditer(sentence.text):
                written = number.group().rstrip(",")
                gap = max(number.start() - match.end(), match.start() - number.end(), 0)
                if gap > 60:
                    continue
                year = re.fullmatch(r"1[5-9]\d\d|20\d\d", written) is not None
                span = Span(number.start(), number.start() + len(written))
                yield value_at(
                    sentence,
                    span,
                    0.75 * (1 - gap / 90) * _plausible(written, relation, year) * 0.97**sentence.number,
                    relation,
                )
