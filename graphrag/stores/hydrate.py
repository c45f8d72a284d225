"""The queries by which a workspace is read, and how their rows become values."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from graphrag.stores.codec import make_chunk
from graphrag.stores.rows import document_from_row, report_from_row
from graphrag.types import (
    About,
    Chunk,
    ChunkId,
    Community,
    CommunityId,
    CommunityReport,
    Document,
    DocumentId,
    Entity,
    EntityId,
    EntityMention,
    Fact,
    FactId,
    Merge,
    Quote,
    Span,
)

__all__ = [
    "ABOUTS",
    "ABOUTS_OF",
    "CHUNKS",
    "COMMUNITIES",
    "COMMUNITIES_OF",
    "DOCUMENTS",
    "DOCUMENTS_WHERE",
    "ENTITIES",
    "EVIDENCE",
    "FACTS",
    "FACTS_IN",
    "FACTS_OF",
    "FRESH",
    "MENTIONS",
    "MERGES",
    "REPORTS",
    "abouts",
    "chunks",
    "communities",
    "documents",
    "entities",
    "facts",
    "mentions",
    "merges",
    "reports",
]

_BLOCK = 500

DOCUMENTS = "SELECT id, title, source, metadata, headings, text FROM document ORDER BY row"
DOCUMENTS_WHERE = "SELECT id, title, source, metadata, headings, text FROM document WHERE"
CHUNKS = (
    "SELECT c.row, c.id, d.id, c.position, c.start, c.stop, c.heading, c.sentences, c.text, d.title "
    "FROM chunk c JOIN document d ON d.row = c.document"
)
FRESH = CHUNKS.replace("SELECT ", "SELECT f.vectors, ", 1) + " JOIN fresh f ON f.chunk = c.row ORDER BY c.row"
ENTITIES = (
    "SELECT e.row, e.id, e.name, e.label, e.description, e.mention_count, "
    "(SELECT json_group_array(a.name) FROM (SELECT name FROM alias WHERE entity = e.row ORDER BY position) a) "
    "FROM entity e"
)
MENTIONS = (
    "SELECT e.id, c.id, d.id, m.start, m.stop, m.text, m.source FROM mention m JOIN chunk c ON c.row = m.chunk "
    "JOIN document d ON d.row = c.document JOIN entity e ON e.row = m.entity"
)
ABOUTS = (
    "SELECT e.id, d.id, a.weight, a.reason FROM about a JOIN entity e ON e.row = a.entity "
    "JOIN document d ON d.row = a.document ORDER BY a.document, a.entity"
)
FACTS = (
    "SELECT f.row, f.id, s.id, f.predicate, o.id, f.value, f.said_when, f.confidence FROM fact f "
    "JOIN entity s ON s.row = f.subject LEFT JOIN entity o ON o.row = f.object"
)
FACTS_OF = (
    "WITH wanted AS (SELECT row FROM entity WHERE id IN (SELECT value FROM json_each(?))) "
    f"{FACTS} WHERE f.row IN (SELECT row FROM fact WHERE subject IN wanted UNION "
    "SELECT row FROM fact WHERE object IN wanted) ORDER BY f.row"
)
FACTS_IN = (
    f"{FACTS} WHERE f.row IN (SELECT v.fact FROM evidence v JOIN chunk c ON c.row = v.chunk "
    "WHERE c.id IN (SELECT value FROM json_each(?))) ORDER BY f.row"
)
ABOUTS_OF = (
    "SELECT e.id, d.id, a.weight, a.reason FROM entity e JOIN about a ON a.entity = e.row "
    "JOIN document d ON d.row = a.document WHERE e.id IN (SELECT value FROM json_each(?)) ORDER BY a.document, a.entity"
)
EVIDENCE = (
    "SELECT v.fact, d.id, c.id, v.start, v.stop, v.text FROM evidence v JOIN chunk c ON c.row = v.chunk "
    "JOIN document d ON d.row = c.document WHERE v.fact IN (SELECT value FROM json_each(?)) "
    "ORDER BY v.fact, v.position"
)
MERGES = "SELECT entity, name, target, method, score FROM merge ORDER BY row"
COMMUNITIES = (
    "SELECT c.row, c.id, c.level, p.id, e.id FROM community c LEFT JOIN community p ON p.row = c.parent "
    "LEFT JOIN member m ON m.community = c.row LEFT JOIN entity e ON e.row = m.entity ORDER BY c.row, m.position"
)
COMMUNITIES_OF = (
    "SELECT c.id FROM member m JOIN community c ON c.row = m.community "
    "WHERE m.entity = (SELECT row FROM entity WHERE id = ?) ORDER BY c.row"
)
REPORTS = (
    "SELECT c.id, r.title, r.rank, r.first_year, r.last_year, r.digest, r.made_by, r.summary, r.findings, "
    "r.key_entities, r.documents FROM report r JOIN community c ON c.row = r.community"
)


def documents(rows: Iterable[Any]) -> Iterator[Document]:
    """Make documents."""
    return map(document_from_row, rows)


def chunks(rows: Iterable[Any]) -> Iterator[Chunk]:
    """Make chunks."""
    return (make_chunk(*row[1:]) for row in rows)


def entities(rows: Iterable[Any]) -> Iterator[Entity]:
    """Make entities."""
    for _, identity, name, label, description, count, aliases in rows:
        yield Entity(EntityId(identity), name, label, tuple(json.loads(aliases)), description, count)


def mentions(rows: Iterable[Any]) -> Iterator[EntityMention]:
    """Make mentions."""
    for entity, chunk, document, start, stop, text, source in rows:
        yield EntityMention(EntityId(entity), ChunkId(chunk), DocumentId(document), Span(start, stop), text, source)


def abouts(rows: Iterable[Any]) -> Iterator[About]:
    """Make links from documents to what they are about."""
    return (About(EntityId(entity), DocumentId(document), weight, reason) for entity, document, weight, reason in rows)


def facts(rows: Iterator[Any], evidence: Callable[[list[int]], Iterable[Any]]) -> Iterator[Fact]:
    """Make facts; ``evidence`` returns the evidence of some rows, by fact and position."""
    while block := list(islice(rows, _BLOCK)):
        quotes: dict[int, list[Quote]] = {row[0]: [] for row in block}
        for fact, document, chunk, start, stop, text in evidence(list(quotes)):
            quotes[fact].append(Quote(DocumentId(document), ChunkId(chunk), Span(start, stop), text))
        for row, identity, subject, predicate, target, value, when, confidence in block:
            objected = EntityId(target) if target is not None else None
            yield Fact(
                *(FactId(identity), EntityId(subject), predicate, objected, value, when, confidence),
                evidence=tuple(quotes[row]),
            )


def merges(rows: Iterable[Any]) -> Iterator[Merge]:
    """Make records of merges."""
    return (Merge(EntityId(entity), name, into, method, score) for entity, name, into, method, score in rows)


def communities(rows: Iterable[Any]) -> Iterator[Community]:
    """Make communities of one row a member."""
    for (_, identity, level, parent), group in groupby(rows, key=lambda row: row[:4]):
        members = tuple(EntityId(row[4]) for row in group if row[4] is not None)
        yield Community(CommunityId(identity), level, CommunityId(parent) if parent else None, members)


def reports(rows: Iterable[Any]) -> Iterator[CommunityReport]:
    """Make reports."""
    return map(report_from_row, rows)
