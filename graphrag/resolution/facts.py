"""Triples to facts: both sides resolved to entities, equal statements of different sentences joined."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from graphrag.resolution.entities import Meanings
from graphrag.resolution.many import make_many
from graphrag.resolution.names import is_name_like
from graphrag.text import Numbers, name_key
from graphrag.types import Chunk, ChunkId, DocumentId, EntityId, Extraction, Fact, Quote, Span, stable_id

if TYPE_CHECKING:
    from graphrag.resolution.memo import Ragged, TextArray

__all__ = ["descriptions", "facts_of", "statements"]

# Predicates whose object says what the subject is, the most telling first.
_DESCRIBING = {"instance of": 0, "be": 1, "occupation": 2}


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


def facts_of(table: "Ragged", documents: "TextArray", texts: "TextArray", ids: "TextArray") -> list[Fact]:
    """Return the facts of all statements, ordered by id.

    Parameters
    ----------
    table : Ragged
        The statements of each document.
    documents : array of str
        The documents.
    texts : array of str
        What the numbers stand for.
    ids : array of str
        By the number of its key, the id of each entity that is a side of a statement.
    """
    columns = table.columns
    order = np.argsort(columns["fact"], kind="stable")
    numbers, begins, counts = np.unique(columns["fact"][order], return_index=True, return_counts=True)
    identities = texts[numbers].tolist()
    by_id = np.array(sorted(range(len(identities)), key=identities.__getitem__), dtype=np.int64)
    begins, counts = begins[by_id], counts[by_id]
    rows = order[begins]  # the first statement of each fact: most have no other
    quotes = _quotes(table, documents, texts)
    evidence: list[tuple[Quote, ...]] = [(quotes[row],) for row in rows.tolist()]
    predicates, targets, values, whens = (
        texts[columns[name][rows]].tolist() for name in ("predicate", "object", "value", "when")
    )
    sure, which = np.unique(columns["confidence"][rows], return_inverse=True)  # few values, that Python rounds
    confidences = np.array([round(1.0 - (1.0 - value), 4) for value in sure.tolist()])[which].tolist()
    for place in np.flatnonzero(counts > 1).tolist():
        some = order[begins[place] : begins[place] + counts[place]]
        values[place], whens[place] = (_commonest(texts[columns[name][some]]) for name in ("value", "when"))
        said = zip(
            (quotes[row] for row in some.tolist()),
            columns["position"][some].tolist(),
            columns["confidence"][some].tolist(),
            strict=True,
        )
        confidences[place], evidence[place] = _support(said)
    objects = ids[columns["object"][rows]].tolist()
    return make_many(
        Fact,
        texts[numbers[by_id]].tolist(),
        ids[columns["subject"][rows]].tolist(),
        predicates,
        [identity if target else None for identity, target in zip(objects, targets, strict=True)],
        values,
        whens,
        confidences,
        evidence,
    )


def _quotes(table: "Ragged", documents: "TextArray", texts: "TextArray") -> list[Quote]:
    """Return the sentence that says each statement."""
    columns = table.columns
    spans = make_many(Span, columns["start"].tolist(), columns["end"].tolist())
    chunks, sentences = (texts[columns[name]].tolist() for name in ("chunk", "sentence"))
    pages = repeat(None)  # told only where a quote is shown
    return make_many(Quote, documents[table.owners()].tolist(), chunks, spans, sentences, pages)


def _support(said: Iterable[tuple[Quote, int, float]]) -> tuple[float, tuple[Quote, ...]]:
    """Return how sure a fact is that several statements say, and the sentences that say it.

    Parameters
    ----------
    said : iterable of (Quote, int, float)
        Of each statement its sentence, the position of the passage, and how sure it is.
    """
    quotes: dict[tuple[DocumentId, int, int, int, str, str], float] = {}  # the surest reading of each sentence
    for quote, position, confidence in said:
        place = (quote.document_id, quote.span.start, quote.span.end, position, quote.chunk_id, quote.text)
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
    counts = Counter(text for text in said if text)
    return min(counts, key=lambda text: (-counts[text], text), default="")


def descriptions(facts: Iterable[Fact]) -> dict[EntityId, str]:
    """Return what each entity is said to be ("English mathematician")."""
    best: dict[EntityId, tuple[int, int, str]] = {}
    for fact in facts:
        telling = _DESCRIBING.get(fact.predicate)
        if telling is not None:
            rank = (telling, -len(fact.evidence), fact.value)
            if fact.subject not in best or rank < best[fact.subject]:
                best[fact.subject] = rank
    return {subject: text for subject, (_, _, text) in best.items()}


def _entity(text: str, meanings: Meanings) -> str | None:
    """Return the canonical key of the entity that a side of a triple names, None where it is a plain value."""
    key = name_key(text)
    return meanings[key] if is_name_like(text) or meanings.is_own_name(key) else None
