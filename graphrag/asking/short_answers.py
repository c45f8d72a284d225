"""Short answers from passages: known relations are walked first; where they lead nowhere sure, words are read."""

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
    if spotter is None or form.comparison is not None or reading.confidence >= _SURE:
        return reading
    spotted = _spotted(spotter, form, sources, nearness())
    if spotted is not None and spotted.confidence > max(reading.confidence, _STRICTER * threshold):
        return spotted
    return reading


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
