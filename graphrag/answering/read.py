"""From evidence to a short answer with checkable citations, without an LLM.

The reader walks the question's chain of relations over the facts and sentences of the passages found, or compares
the values of the things named.  Every step keeps its sentence.  What asks for no known relation is left to
:mod:`graphrag.answering.spotting`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphrag.answering.compare import Side, Verdict, decide, side_of
from graphrag.answering.countries import country_of
from graphrag.answering.fitting import asked_type, fits
from graphrag.answering.forms import Branch, Chain, Comparison, QuestionForm
from graphrag.answering.listing import distinct_names, joined, names_beside
from graphrag.answering.sources import Sources, Thing
from graphrag.answering.telling import Reached
from graphrag.answering.units import with_unit
from graphrag.answering.walk import follow
from graphrag.answering.wording import shorten_year, stem
from graphrag.text import STOP_WORDS, name_key, strip_disambiguation, words
from graphrag.types import EntityId, Quote, Step

__all__ = ["THRESHOLD", "Reading", "read"]

THRESHOLD = 0.12
"""Below this confidence the documents are said not to hold the answer.

Chosen on one half of two public question sets and checked on the other: questions about another corpus are refused in
99 of 100 cases, questions whose passages were all taken away in 97; of answers between .12 and .2 four in ten are
right, above .8 nine in ten.
"""


# What is left of the confidence where the first sentence says nothing of the thing asked about.
_UNRELATED = 0.2

# What is left of it where a clause of the question is not read: the answer may be one about something else.
_CLAUSE_UNREAD = 0.3

_WHO = re.compile(r"\W*who\s+(?!is\b|was\b)", re.IGNORECASE)

# How sure another value must be, as a share of the best one, where several are asked for.
_AS_SURE = 0.6

# Titles before a name that are no part of it.
_HONORIFIC = re.compile(
    r"^(?:(?:HM|HRH|King|Queen|Emperor|Empress|Sultan|President|Sir|Dr\.?|Mr\.?|Mrs\.?|General|Admiral)\s+)+(?=[A-Z])"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A short answer, what it rests on, and how sure it is.  ``text`` is empty where the evidence is too weak."""

    text: str
    citations: tuple[Quote, ...]
    path: tuple[Step, ...]
    confidence: float
    explanation: str


@dataclass(frozen=True, slots=True)
class _Trail:
    """A way through the evidence: the steps taken and the thing reached."""

    steps: tuple[Reached, ...]
    thing: Thing
    score: float


def read(form: QuestionForm, sources: Sources, threshold: float = THRESHOLD) -> Reading:
    """Answer a question from passages and facts.

    Parameters
    ----------
    form : QuestionForm
        What :func:`graphrag.answering.plan.analyse` made of the question.
    sources : Sources
        The passages found, and the facts that they support.
    threshold : float
        The least confidence of an answer.

    Returns
    -------
    Reading
        Citations are whole sentences of the documents, in the order of the steps, without repeats.
    """
    comparison = form.comparison
    reading = _walk(sources, form) if comparison is None else _compare(sources, form, comparison)
    if reading is not None and form.unread:
        reading = replace(reading, confidence=round(_CLAUSE_UNREAD * reading.confidence, 4))
    if reading is None:
        return Reading("", (), (), 0.0, "Nothing in the passages found answers the question.")
    if reading.confidence < threshold:
        note = f"The best guess, {reading.text!r}, is too weak ({reading.confidence:.2f})."
        return replace(reading, text="", citations=(), path=(), explanation=note)
    return reading


def _trails(sources: Sources, branch: Branch, chain: Chain, form: QuestionForm) -> list[_Trail]:
    """Walk a chain from a branch, keeping the best ways."""
    start = sources.thing(branch.name)
    if not start.sources and not start.ids and branch.written != branch.name:
        start = sources.thing(branch.written)
    own = name_key(strip_disambiguation(branch.name))
    asked = asked_type(form.question) if chain in branch.chains else ""  # a part of a chain leads to no answer
    trails = [_Trail((), start, 1.0)]
    for number, hop in enumerate(chain):
        grown: list[_Trail] = []
        for trail in trails[:3]:
            values = [] if hop.open else follow(sources, trail.thing, hop)
            if number + 1 == len(chain) and form.comparison is None:
                values = [value for value in values if fits(sources, value, asked)]
            for value in values:
                if name_key(value.text) in {own, *(name_key(step.text) for step in trail.steps)}:
                    continue  # a way never comes back
                thing = _thing_of(sources, value) if number + 1 < len(chain) else trail.thing
                grown.append(_Trail((*trail.steps, value), thing, trail.score * value.score))
        grown.sort(key=lambda t: -t.score)  # stable: equal scores keep the order of the hop
        trails = grown[:6]
    return trails


def _thing_of(sources: Sources, value: Reached) -> Thing:
    """Return the thing that a value names; a people's adjective means its country."""
    country = country_of(value.text)
    thing = sources.thing(value.text, value.ids)
    if country is not None and not thing.sources:
        return sources.thing(country)
    return thing


def _walk(sources: Sources, form: QuestionForm) -> Reading | None:
    """Answer by the chains of the first branch."""
    best: list[tuple[float, Branch, _Trail]] = []
    for branch in form.branches[:1]:
        for place, chain in enumerate(branch.chains):
            if chain:
                best += [(trail.score * 0.95**place, branch, trail) for trail in _trails(sources, branch, chain, form)]
    best.sort(key=lambda item: -item[0])
    if best:
        score, branch, trail = best[0]
        last = trail.steps[-1]
        if form.answer_kind == "year":
            last = shorten_year(last)
        elif form.answer_kind == "number" and last.start >= 0:
            last = replace(last, text=_measured(last, form.question))
        if form.several or _WHO.match(form.question):
            trails = [(trail, s) for s, from_, trail in best if from_ is branch]
            return _several(sources, trails if form.several else _in_one_list(trails), branch)
        return _reading(sources, _shown(last), score, branch, trail.steps)
    return None


def _shown(value: Reached) -> str:
    """Return a value as an answer says it, without a title before a name."""
    return _HONORIFIC.sub("", value.text) if value.start >= 0 and value.text.count(" ") > 1 else value.text


def _several(sources: Sources, trails: Sequence[tuple[_Trail, float]], branch: Branch) -> Reading:
    """Put all values that a chain leads to nearly as surely as to its best one."""
    least = _AS_SURE * trails[0][1]
    readings = [
        _reading(sources, name, score, branch, trail.steps)
        for trail, score in trails
        if score >= least
        for name in _parts(sources, _shown(trail.steps[-1]))
    ]
    names = distinct_names(reading.text for reading in readings)
    kept = [next(reading for reading in readings if reading.text == name) for name in names]
    order = list(dict.fromkeys(reading.citations[-1] for reading in kept))
    kept.sort(key=lambda r: (order.index(r.citations[-1]), r.citations[-1].text.find(r.text)))
    citations = tuple(dict.fromkeys(quote for reading in kept for quote in reading.citations))
    path = tuple(step for path in dict.fromkeys(reading.path for reading in kept) for step in path)
    return replace(
        kept[0], text=joined([r.text for r in kept]), citations=citations, path=path, confidence=readings[0].confidence
    )


def _in_one_list(trails: Sequence[tuple[_Trail, float]]) -> list[tuple[_Trail, float]]:
    """Return the ways to the values that stand in one list with the best one: "by Jens Orr and Ida Krog"."""
    *before, best = trails[0][0].steps
    same = [item for item in trails if [*item[0].steps[:-1]] == before and item[0].steps[-1].quote == best.quote]
    listed = names_beside(best.quote.text, [trail.steps[-1].text for trail, _ in same])
    return [item for item in same if item[0].steps[-1].text in listed]


def _parts(sources: Sources, name: str) -> list[str]:
    """Return the names in a value that is a list of them: "Sea Auk and Sea Tern", but not "Simon and Garfunkel"."""
    parts = re.split(r",\s+(?:and\s+)?|\s+(?:and|&)\s+", name)
    return parts if all(" " in part or sources.thing(part).ids for part in parts) else [name]


def _measured(value: Reached, question: str) -> str:
    """Return a number with its unit, but where the question says it: "how many metres"."""
    start = value.start - value.quote.span.start
    span = with_unit(value.quote.text, start, start + len(value.text), set(map(stem, words(question))))
    return value.text if span is None else value.quote.text[span.start : span.end]


def _compare(sources: Sources, form: QuestionForm, comparison: Comparison) -> Reading | None:
    """Answer a comparison."""
    if comparison.order == "verify":
        return _verify(sources, form, comparison)
    if comparison.order == "both":
        return _both(sources, form, comparison)
    sides = [_side(sources, branch, form, comparison) for branch in form.branches]
    verdict = decide(comparison, sides)
    return None if verdict is None else _verdict(sources, verdict, sides)


def _side(sources: Sources, branch: Branch, form: QuestionForm, comparison: Comparison) -> Side:
    """Walk from a compared thing to what is compared of it; the surest way that ends in a value wins."""
    best: Side | None = None
    for chain in branch.chains:
        for trail in _trails(sources, branch, chain, form)[:4]:
            thing = _thing_of(sources, trail.steps[-1]) if trail.steps else trail.thing
            side = side_of(sources, branch, trail.steps, thing, comparison)
            if best is None or side.score > best.score:
                best = side
    return best or Side(branch, (), sources.thing(branch.name), ())


def _verdict(sources: Sources, verdict: Verdict, sides: list[Side]) -> Reading:
    """Put a verdict with its steps."""
    steps: list[Step] = []
    for side in sides:
        steps += _steps(
            sources, side.branch, (*side.trail, *(v for v in verdict.used if v in side.values[:4] or v in side.more))
        )
    citations = tuple(dict.fromkeys(value.quote for value in verdict.used))
    said = "; ".join(f"{s.branch.written}: {', '.join(v.text for v in (*s.trail, *s.values[:1]))}" for s in sides)
    return Reading(verdict.text, citations, tuple(steps), round(verdict.confidence, 4), said)


def _verify(sources: Sources, form: QuestionForm, comparison: Comparison) -> Reading | None:
    """Say yes where a value of the first thing is the second, no where it has other values."""
    branch = form.branches[0]
    trails = [trail for chain in branch.chains for trail in _trails(sources, branch, chain, form)]
    if not trails:
        return None
    claim = set(name_key(comparison.value).split())
    for trail in trails:
        value = set(name_key(trail.steps[-1].text).split())
        if value and (claim <= value or value <= claim):
            return _reading(sources, "yes", trail.score, branch, trail.steps)
        country = country_of(comparison.value)
        if country is not None and country == country_of(trail.steps[-1].text):
            return _reading(sources, "yes", trail.score, branch, trail.steps)
    return _reading(sources, "no", 0.8 * trails[0].score, branch, trails[0].steps)


def _both(sources: Sources, form: QuestionForm, comparison: Comparison) -> Reading | None:
    """Say yes where the first sentences of both things hold the words of the claim."""
    claim = [word[:5] for word in name_key(comparison.value).split() if len(word) > 2]
    steps: list[Reached] = []
    holds = True
    for branch in form.branches:
        thing = sources.thing(branch.name)
        if not thing.sources or not thing.sources[0][0].sentences:
            return None
        sentence = thing.sources[0][0].sentences[0]
        lead = [word[:5] for word in name_key(sentence.text).split()]
        holds = holds and all(word in lead for word in claim)
        steps.append(Reached(sentence.text, (), thing.sources[0][1], sentence.quote(), "instance of"))
    confidence = 0.5 * min(step.score for step in steps)
    citations = tuple(dict.fromkeys(step.quote for step in steps))
    path = tuple(step for branch in form.branches for step in _steps(sources, branch, ()))
    return Reading("yes" if holds else "no", citations, path, confidence, f"Both: {comparison.value}")


def _reading(sources: Sources, text: str, score: float, branch: Branch | None, steps: Sequence[Reached]) -> Reading:
    """Put an answer with its citations and its path."""
    citations = tuple(dict.fromkeys(step.quote for step in steps))
    path = tuple(_steps(sources, branch, steps)) if branch is not None else ()
    said = " → ".join(
        [branch.written if branch else "?", *(f"{step.predicate or 'words'}: {step.text}" for step in steps)]
    )
    if branch is not None and steps and not _is_about(sources, branch, steps[0].quote):
        score *= _UNRELATED
    return Reading(text, citations, path, round(score, 4), said)


def _is_about(sources: Sources, branch: Branch, quote: Quote) -> bool:
    """Tell whether a quote speaks of the thing named: it stands in a document about it, or says a word of its name."""
    about = {source.document_id for source, _ in sources.thing(branch.name).sources}
    if quote.document_id in about:
        return True
    said = set(words(quote.text))
    return any(word in said for word in words(branch.written) if word not in STOP_WORDS)


def _steps(sources: Sources, branch: Branch, steps: Sequence[Reached]) -> list[Step]:
    """Turn a way into the path of an answer."""
    start = sources.thing(branch.name)
    return [
        _step(sources, start, branch.written, "", None),
        *(_step(sources, sources.thing(v.text, v.ids), v.text, v.predicate, v.quote) for v in steps),
    ]


def _step(sources: Sources, thing: Thing, name: str, predicate: str, quote: Quote | None) -> Step:
    """Make one step; a value without an entity has an empty id."""
    document = thing.sources[0][0].document_id if thing.sources and thing.sources[0][1] >= 0.6 else None
    entity_id = thing.ids[0] if thing.ids else EntityId("")
    return Step(entity_id, strip_disambiguation(name), document, predicate, quote)
