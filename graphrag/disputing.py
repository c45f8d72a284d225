"""What the sources disagree about, of all that an answer rests on."""

from collections.abc import Iterator

from graphrag.resolution.review import FUNCTIONAL, Conflict, find_conflicts
from graphrag.stores.reading import Reader
from graphrag.text import name_key
from graphrag.types import Answer, EntityId, Fact

__all__ = ["disputes"]

_MOST_FACTS = 200  # of a subject
_MOST_SIDES = 4


def disputes(store: Reader, answer: Answer) -> tuple[str, ...]:
    """Return a sentence for each conflict of facts of which the answer, or the way to it, is one side.

    Parameters
    ----------
    store : Reader
        What was asked.
    answer : Answer
        An answer with its citations.

    Returns
    -------
    tuple of str
        By subject and predicate; nearly always empty.
    """
    if not answer.found:
        return ()
    found = list(_conflicts(store, _rested_on(store, answer)))
    names = {entity.id: entity.name for entity in store.entities_by_id([conflict.subject for conflict in found])}
    return tuple(_sentence(names[conflict.subject], conflict) for conflict in found)


def _rested_on(store: Reader, answer: Answer) -> dict[EntityId, set[str]]:
    """Return the ids of the facts that an answer tells from a sentence that it cites, by their subject."""
    cited = {(quote.document_id, quote.span) for quote in answer.citations}
    told = [set(name_key(name).split()) for name in (answer.text, *(step.name for step in answer.path))]
    rests: dict[EntityId, set[str]] = {}
    for fact in store.facts_in(sorted({quote.chunk_id for quote in answer.citations})):
        if fact.predicate in FUNCTIONAL and any((quote.document_id, quote.span) in cited for quote in fact.evidence):
            value = set(name_key(fact.value).split())
            if any(words and (words <= value or value <= words) for words in told):
                rests.setdefault(fact.subject, set()).add(fact.id)
    return rests


def _conflicts(store: Reader, rests: dict[EntityId, set[str]]) -> Iterator[Conflict]:
    """Yield the conflicts that some facts are in."""
    for subject in sorted(rests):
        facts = [fact for fact in store.browse().facts_of(subject, _MOST_FACTS) if fact.subject == subject]
        for conflict in find_conflicts(facts):
            if rests[subject].intersection(fact.id for fact in conflict.facts):
                yield conflict


def _sentence(name: str, conflict: Conflict) -> str:
    """Say what the sides are, and a source of each."""
    sides: dict[str, Fact] = {}
    for fact in conflict.facts:
        sides.setdefault(name_key(fact.value), fact)
    shown = [f"{fact.value} ({fact.evidence[0].document_id})" for fact in list(sides.values())[:_MOST_SIDES]]
    more = f" or {len(sides) - _MOST_SIDES} more" if len(sides) > _MOST_SIDES else ""
    return f"The sources disagree about {name}, {conflict.predicate}: {' or '.join(shown)}{more}."
