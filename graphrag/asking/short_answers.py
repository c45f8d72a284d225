"""Short answers from passages: known relations are walked first; where they lead nowhere sure, words are read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from graphrag.answering.forms import Branch, QuestionForm
from graphrag.answering.read import Reading, read
from graphrag.answering.relations import OF_PERSONS
from graphrag.answering.sources import Sources
from graphrag.answering.spotting import Spotter
from graphrag.stores.reading import Reader
from graphrag.types import DocumentId, EntityId, Evidence, Quote, Seed, Step

__all__ = ["read_short", "sources_of"]

_SURE = 0.5  # of a reading by relations: from here on nothing else is tried
_WHO = re.compile(r"\W*(?:who|which|what)\b", re.IGNORECASE)
_TIMED = re.compile(r"\b(?:former|previous|(?:1\d|20)\d\d)\b", re.IGNORECASE)
_JOINED = re.compile(r"\sand\s")
_STRICTER = 5 / 3  # how much surer than a reading by relations an answer found without one must be


def sources_of(store: Reader, passages: Sequence[Evidence], seeds: Sequence[Seed]) -> Sources:
    """Return passages with their facts, ready for reading.

    Parameters
    ----------
    store : Reader
        Where facts and entities are read.
    passages : sequence of Evidence
    seeds : sequence of Seed
        The entities that the question names.
    """
    facts = store.facts_in([evidence.chunk.id for evidence in passages])
    ids = {fact.subject for fact in facts} | {fact.object for fact in facts if fact.object is not None}
    known = sorted({*ids, *(seed.entity_id for seed in seeds)})
    entities = {entity.id: entity for entity in store.entities_by_id(known)}
    about: dict[EntityId, list[DocumentId]] = {}
    for item in store.abouts_of(known):
        about.setdefault(item.entity_id, []).append(item.document_id)
    return Sources(passages, facts, entities, about)


def read_short(
    form: QuestionForm,
    sources: Sources,
    spotter: Spotter | None,
    nearness: Callable[[], Callable[[Quote], float]],
    threshold: float,
) -> Reading:
    """Return a short answer; one of empty text where none is sure enough.

    Parameters
    ----------
    form : QuestionForm
    sources : Sources
        What may be read.
    spotter : Spotter, optional
        Reads answers to questions whose relation is not known; none where the question speaks of what nobody knows.
    nearness : callable
        Returns how near a sentence is to the question; asked only where words are read.
    threshold : float
        The least confidence.
    """
    reading = read(form, sources, threshold)
    if spotter is None or form.comparison is not None:
        return reading
    if reading.confidence >= _SURE:
        return _seconded(spotter, form, sources, nearness, reading)
    spotted = _spotted(spotter, form, sources, nearness())
    if spotted is not None and spotted.confidence > max(reading.confidence, _STRICTER * threshold):
        return spotted
    return reading


def _seconded(
    spotter: Spotter,
    form: QuestionForm,
    sources: Sources,
    nearness: Callable[[], Callable[[Quote], float]],
    reading: Reading,
) -> Reading:
    """Return a sure reading by one relation, or what words lead to where its sentence tells that or more.

    That is so where the sentence speaks of another time or deed than the question, and where several are asked for and
    words lead to a list that holds the one.
    """
    hops = {len(chain) for branch in form.branches for chain in branch.chains}
    several = form.several or _WHO.match(form.question) is not None
    if hops != {1} or not reading.citations or not (several or _TIMED.search(form.question)):
        return reading
    against = spotter.speaks_against(form.question, reading.text, reading.citations[-1])
    if not against and (not several or not _JOINED.search(reading.citations[-1].text)):
        return reading
    spotted = spotter.read(form.question, sources, nearness())
    if spotted is None or spotted.confidence < _SURE or spotted.text == reading.text:
        return reading
    fuller = (
        _JOINED.search(spotted.text) and reading.text in spotted.text and reading.citations[-1] in spotted.citations
    )
    if not against and not fuller:
        return reading
    return Reading(spotted.text, spotted.citations, (), spotted.confidence, "")


def _spotted(
    spotter: Spotter, form: QuestionForm, sources: Sources, nearness: Callable[[Quote], float]
) -> Reading | None:
    """Return an answer by words; what words lead to and a known relation is asked of is found first."""
    beyond = _over_bridge(spotter, form, sources, nearness)
    if beyond is not None:
        return beyond
    spotted = spotter.read(form.question, sources, nearness)
    if spotted is None:
        return None
    return Reading(spotted.text, spotted.citations, (), spotted.confidence, "")


def _over_bridge(
    spotter: Spotter, form: QuestionForm, sources: Sources, nearness: Callable[[Quote], float]
) -> Reading | None:
    """Return the answer that known relations lead to from what the first hop leads to by words."""
    branch = next(iter(form.branches), None)
    chain = branch.chains[0] if branch is not None else ()
    if branch is None or len(chain) < 2 or not chain[0].open or any(hop.open for hop in chain[1:]):
        return None
    if chain[1].relation not in OF_PERSONS:  # of other things the words before them seldom tell which
        return None
    bridge = spotter.read(f"Who is the {chain[0].relation} of {branch.written}?", sources, nearness)
    if bridge is None:
        return None
    onward = Branch(bridge.text, bridge.text, branch.span, tuple(chain[1:] for chain in branch.chains))
    reading = read(replace(form, branches=(onward,)), sources)
    if not reading.text:
        return None
    first, *others = reading.path
    path = (
        Step(EntityId(""), branch.written, None, "", None),
        replace(first, predicate=chain[0].relation, quote=bridge.citations[-1]),
        *others,
    )
    citations = tuple(dict.fromkeys((*bridge.citations, *reading.citations)))
    sure = round(bridge.confidence * reading.confidence, 4)
    return replace(reading, citations=citations, path=path, confidence=sure)
