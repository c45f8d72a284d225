"""Answers about things: what the documents say of each, what connects them, and what they are part of."""

from collections.abc import Sequence

import numpy as np

from graphrag.answering.structured import Section, Statement
from graphrag.communities.wording import is_complete, points_back
from graphrag.overview.reading import Reading, quote, said
from graphrag.retrieval.reader import Rows
from graphrag.types import Chunk, ChunkId, Entity, EntityId, Fact, Span

__all__ = ["about_of", "link", "subject"]

_PASSAGES = 40  # passages that are read about one thing
_LINKS = 3  # sentences that connect two things
_LEAD = 0.9  # score of the sentence that says what a thing is
_FACT_BONUS = 0.1
_NEIGHBOURS = 4

Place = tuple[int, int]  # chunk row, start of the sentence


def about_of(reading: Reading, chunks: Rows) -> list[int]:
    """Return the entities that passages are mostly about, one for each passage, in the passages' order."""
    entities, owners, weights = reading.passages.index.own_entities(chunks)
    best: dict[int, tuple[float, int]] = {}
    for entity, owner, weight in zip(entities.tolist(), owners.tolist(), weights.tolist(), strict=True):
        best[owner] = max(best.get(owner, (0.0, -entity)), (weight, -entity))
    return list(dict.fromkeys(-best[owner][1] for owner in sorted(best)))


def subject(reading: Reading, row: int, most: int) -> Section:
    """Return what the documents say about an entity: what it is, then what is nearest to the question.

    Parameters
    ----------
    reading : Reading
        The question.
    row : int
        The entity.
    most : int
        The most sentences.
    """
    passages, asked = reading.passages, reading.asked
    entity = next(passages.store.entities([row]))
    one = np.array([row], dtype=np.int64)
    own = reading.load(asked.only_allowed(passages.index.abouts(one)[0]))
    naming = reading.load(_nearest(reading, passages.index.namers(one)[0]))
    facts = [f for f in passages.store.facts_in([chunk.id for chunk in naming]) if entity.id in (f.subject, f.object)]
    of_facts = [(reading.chunks[q.chunk_id], q.span) for f in facts for q in f.evidence if q.chunk_id in reading.chunks]
    lead = next(((chunk, span) for chunk in own for span in chunk.sentences if is_complete(said(chunk, span))), None)
    candidates = [(chunk, span, 0.0) for chunk in own for span in chunk.sentences]
    candidates += [(chunk, span, _FACT_BONUS) for chunk, span in of_facts]
    home = {chunk.id for chunk in own}
    found: dict[Place, Statement] = {}
    for chunk, span, bonus in candidates:
        text = said(chunk, span)
        # "He" is clear in the document about him.
        if is_complete(text) and (chunk.id in home or not points_back(text)) and (chunk, span) != lead:
            place = (passages.row_of[chunk.id], span.start)
            found[place] = Statement(text, (quote(chunk, span),), min(1.0, reading.near(chunk, span) + bonus))
    best = sorted(found, key=lambda place: (-found[place].score, place))[: most - 1]
    rows_at_home = {passages.row_of[identity] for identity in home}
    best.sort(key=lambda place: (place[0] not in rows_at_home, place))
    statements = [found[place] for place in best]
    if lead is not None:
        statements.insert(0, Statement(said(*lead), (quote(*lead),), _LEAD))
    return Section(_title(reading, entity, facts), tuple(statements))


def _nearest(reading: Reading, chunks: Rows) -> Rows:
    """Return the chunks that a filter leaves and that are nearest to the question."""
    chunks = reading.asked.only_allowed(chunks)
    cosines = reading.passages.index.passages[chunks] @ reading.asked.vector
    return chunks[np.argsort(-cosines, kind="stable")][:_PASSAGES]


def _title(reading: Reading, entity: Entity, facts: Sequence[Fact]) -> str:
    """Return an entity's name with the things that facts join it to most."""
    others: dict[str, int] = {}
    for fact in facts:
        for side in (fact.subject, fact.object):
            if side is not None and side != entity.id:
                others[side] = others.get(side, 0) + 1
    nearest = sorted(others, key=lambda side: (-others[side], side))[:_NEIGHBOURS]
    names = [" ".join(other.name.split()) for other in reading.passages.store.entities_by_id(nearest)]
    return f"{entity.name} (with {', '.join(names)})" if names else entity.name


def link(reading: Reading, one: int, other: int) -> Section:
    """Return what connects two entities: sentences that name both, else one on each side that names a third."""
    index, store = reading.passages.index, reading.passages.store
    first, second = (index.namers(np.array([row], dtype=np.int64))[0] for row in (one, other))
    ends = [next(store.entities([row])) for row in (one, other)]
    title = f"{ends[0].name} and {ends[1].name}"
    direct = _naming(reading, np.intersect1d(first, second), [end.id for end in ends])
    if direct:
        return Section(title, tuple(direct[:_LINKS]))
    between = _between(reading, first, second, {one, other})
    if between is None:
        return Section(title, ())
    middle = next(store.entities([between]))
    namers = index.namers(np.array([between], dtype=np.int64))[0]
    steps = [_naming(reading, np.intersect1d(chunks, namers), [end.id, middle.id])[:1]
             for chunks, end in zip((first, second), ends, strict=True)]  # fmt: skip
    return Section(f"{title}, by way of {middle.name}", tuple(s for step in steps for s in step) if all(steps) else ())


def _between(reading: Reading, first: Rows, second: Rows, ends: set[int]) -> int | None:
    """Return the rarest entity that passages of both sides name."""
    index = reading.passages.index
    one, _, _ = index.mentions(_nearest(reading, first))
    other, _, _ = index.mentions(_nearest(reading, second))
    shared = np.setdiff1d(np.intersect1d(one, other), np.array(sorted(ends), dtype=np.int64))
    return int(shared[np.lexsort((shared, -index.entity_idf[shared]))[0]]) if len(shared) else None


def _naming(reading: Reading, chunks: Rows, ids: Sequence[EntityId]) -> list[Statement]:
    """Return the whole sentences of some chunks that name all of some entities, the nearest first.

    The subject of a document counts as named in each of its sentences.
    """
    store = reading.passages.store
    read = {chunk.id: chunk for chunk in reading.load(_nearest(reading, chunks))}
    about: dict[str, set[EntityId]] = {}
    for item in store.abouts_of(list(ids)):
        about.setdefault(item.document_id, set()).add(item.entity_id)
    named: dict[tuple[ChunkId, Span], set[EntityId]] = {}
    for mention in store.mentions(list(read)):
        if mention.entity_id in ids:
            chunk = read[mention.chunk_id]
            for span in chunk.sentences:
                if span.start <= mention.span.start < span.end:
                    known = named.setdefault((chunk.id, span), set(about.get(chunk.document_id, ())))
                    known.add(mention.entity_id)
    found = [_connecting(reading, read[identity], span) for (identity, span), who in named.items() if who >= set(ids)]
    homes = set(about)
    whole = [s for s in found if is_complete(s.text) and (s.quotes[0].document_id in homes or not points_back(s.text))]
    return sorted(whole, key=lambda s: (-s.score, s.quotes[0].document_id, s.quotes[0].span))


def _connecting(reading: Reading, chunk: Chunk, span: Span) -> Statement:
    """Return a sentence that connects as a statement: worth more than one about either side."""
    return Statement(said(chunk, span), (quote(chunk, span),), 0.5 + 0.5 * reading.near(chunk, span))
