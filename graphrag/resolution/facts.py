"""Triples to facts: both sides resolved to entities, equal statements of different sentences joined."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from graphrag.resolution.entities import Meanings, commonest, count
from graphrag.resolution.names import is_name_like
from graphrag.text import Numbers, name_key
from graphrag.types import Chunk, ChunkId, DocumentId, EntityId, Extraction, Fact, FactId, Quote, Span, stable_id

if TYPE_CHECKING:
    from graphrag.resolution.memo import Ragged

__all__ = ["descriptions", "facts_of", "statements"]

# Predicates whose object says what the subject is, the most telling first.
_DESCRIBING = ("instance of", "be", "occupation")


# Of the table "statements" of a memo, as :func:`statements` gives them, behind the number of the document.
_COLUMNS = (
    *("fact", "subject", "predicate", "object", "value", "when"),
    *("chunk", "position", "start", "end", "sentence", "confidence"),
)
_VALUE, _WHEN = (1 + _COLUMNS.index(name) for name in ("value", "when"))


def statements(chunk: Chunk, extraction: Extraction, meanings: Meanings, numbers: Numbers) -> Iterator[float]:
    """Yield the values of the columns "statements" of :class:`graphrag.resolution.memo.Memo`, row by row.

    A triple whose subject is no known entity is not a fact of the graph.
    """
    offset = chunk.span.start
    for triple in extraction.triples:
        value = triple.object.text
        value_key = name_key(value)
        subject, target = _entity(triple.subject.text, meanings), _entity(value, meanings)
        if subject is None or not value_key or target == subject:
            continue
        # An object that is an entity is one whatever it is called; one that is none goes by its words.
        identity = stable_id("fact", subject, triple.predicate, target or "", "" if target else value_key)
        span = triple.sentence
        for text in (identity, subject, triple.predicate, target or "", value, triple.when, chunk.id):
            yield numbers[text]
        yield from (chunk.position, offset + span.start, offset + span.end)
        yield numbers[chunk.text[span.start : span.end]]
        yield triple.confidence


def facts_of(
    table: "Ragged", documents: Sequence[DocumentId], texts: Sequence[str], ids: Mapping[int, EntityId]
) -> list[Fact]:
    """Return the facts of all statements, ordered by id.

    Parameters
    ----------
    table : Ragged
        The statements of each document.
    documents : sequence of DocumentId
        The documents.
    texts : sequence of str
        What the numbers stand for.
    ids : mapping of int to EntityId
        The ids of the entities that sides of statements are.
    """
    rows = list(zip(table.owners().tolist(), *(table.columns[name].tolist() for name in _COLUMNS), strict=True))
    order = np.argsort(table.columns["fact"], kind="stable")
    ordered = table.columns["fact"][order]
    bounds = [*np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)]).tolist(), len(ordered)]
    at = order.tolist()
    facts = []
    for begin, end in pairwise(bounds):
        document, fact, subject, predicate, target, value, when, chunk, _, start, stop, sentence, confidence = rows[
            at[begin]
        ]
        if end == begin + 1:  # as most facts
            said, dated, sure = texts[value], texts[when], round(1.0 - (1.0 - confidence), 4)
            evidence: tuple[Quote, ...] = (
                Quote(documents[document], ChunkId(texts[chunk]), Span(start, stop), texts[sentence]),
            )
        else:
            some = [rows[row] for row in at[begin:end]]
            said, dated = (_commonest(texts[row[column]] for row in some) for column in (_VALUE, _WHEN))
            sure, evidence = _support(some, documents, texts)
        facts.append(
            Fact(
                id=FactId(texts[fact]),
                subject=ids[subject],
                predicate=texts[predicate],
                object=ids[target] if texts[target] else None,
                value=said,
                when=dated,
                confidence=sure,
                evidence=evidence,
            )
        )
    facts.sort(key=attrgetter("id"))
    return facts


def _support(
    rows: Sequence[tuple[Any, ...]], documents: Sequence[DocumentId], texts: Sequence[str]
) -> tuple[float, tuple[Quote, ...]]:
    """Return how sure a fact is that several statements say, and the sentences that say it."""
    quotes: dict[tuple[DocumentId, int, int, int, str, str], float] = {}  # the surest reading of each sentence
    for row in rows:
        chunk, position, start, end, sentence, confidence = row[_WHEN + 1 :]
        place = (documents[row[0]], start, end, position, texts[chunk], texts[sentence])
        quotes[place] = max(confidence, quotes.get(place, 0.0))
    # Each further independent sentence halves the doubt that is left.
    doubt = 1.0
    for confidence in quotes.values():
        doubt *= 1.0 - confidence
    evidence = tuple(
        Quote(document, ChunkId(chunk), Span(start, end), text)
        for document, start, end, _, chunk, text in sorted(quotes)
    )
    return round(1.0 - doubt, 4), evidence


def _commonest(said: Iterable[str]) -> str:
    """Return what is said most often, ties by alphabet; what is said by nothing does not count."""
    counts: dict[str, int] = {}
    for text in said:
        if text:
            count(counts, text)
    return commonest(counts)


def descriptions(facts: Iterable[Fact]) -> dict[EntityId, str]:
    """Return what each entity is said to be ("English mathematician")."""
    best: dict[EntityId, tuple[int, int, str]] = {}
    for fact in facts:
        if fact.predicate in _DESCRIBING:
            rank = (_DESCRIBING.index(fact.predicate), -len(fact.evidence), fact.value)
            if fact.subject not in best or rank < best[fact.subject]:
                best[fact.subject] = rank
    return {subject: text for subject, (_, _, text) in best.items()}


def _entity(text: str, meanings: Meanings) -> str | None:
    """Return the canonical key of the entity that a side of a triple names, None where it is a plain value."""
    key = name_key(text)
    return meanings[key] if is_name_like(text) or meanings.is_own_name(key) else None
