"""Rows of Neo4j as values of :mod:`graphrag.types`: the way back from :mod:`graphrag.stores.neo4j.content`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphrag.stores.rows import dump, report_from_row
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
    "about_from",
    "chunk_from",
    "community_from",
    "document_from",
    "entity_from",
    "fact_from",
    "mentions_from",
    "merges_from",
    "report_from",
]

Properties = Mapping[str, Any]


def document_from(properties: Properties) -> Document:
    """Return a document."""
    numbers = properties.get("headings") or []
    headings = tuple((numbers[i], Span(numbers[i + 1], numbers[i + 2])) for i in range(0, len(numbers), 3))
    return Document(
        DocumentId(properties["id"]),
        properties["title"],
        properties["text"],
        properties["source"],
        json.loads(properties["metadata"]),
        headings,
    )


def chunk_from(properties: Properties) -> Chunk:
    """Return a chunk."""
    return Chunk(
        id=ChunkId(properties["id"]),
        document_id=DocumentId(properties["document_id"]),
        position=properties["position"],
        span=Span(properties["start"], properties["stop"]),
        text=properties["text"],
        title=properties["title"],
        heading=properties["heading"],
        sentences=tuple(_spans(properties.get("sentences") or [])),
    )


def _spans(numbers: Sequence[int]) -> Iterator[Span]:
    """Yield spans of a flat list of their ends."""
    return (Span(numbers[i], numbers[i + 1]) for i in range(0, len(numbers), 2))


def entity_from(properties: Properties) -> Entity:
    """Return an entity."""
    return Entity(
        EntityId(properties["id"]),
        properties["name"],
        properties["kind"],
        tuple(properties.get("aliases") or ()),
        properties["description"],
        properties["mention_count"],
    )


def merges_from(properties: Properties) -> Iterator[Merge]:
    """Yield the merges that made an entity."""
    columns = ("merged_names", "merged_into", "merge_methods", "merge_scores")
    for name, into, method, score in zip(*(properties.get(column) or () for column in columns), strict=True):
        yield Merge(EntityId(properties["id"]), name, into, method, score)


def mentions_from(chunk: str, document: str, entity: str, places: Properties) -> Iterator[EntityMention]:
    """Yield the places at which a chunk mentions an entity."""
    for start, stop, text, source in zip(*(places[n] for n in ("starts", "stops", "texts", "sources")), strict=True):
        yield EntityMention(EntityId(entity), ChunkId(chunk), DocumentId(document), Span(start, stop), text, source)


def about_from(document: str, entity: str, properties: Properties) -> About:
    """Return the link from a document to what it is about."""
    return About(EntityId(entity), DocumentId(document), properties["weight"], properties["reason"])


def fact_from(subject: str, kind: str, target: str, properties: Properties) -> Fact:
    """Return a fact; ``kind`` tells whether it ends at an entity or at a value."""
    columns = ("document_ids", "chunk_ids", "starts", "stops", "quotes")
    return Fact(
        id=FactId(properties["id"]),
        subject=EntityId(subject),
        predicate=properties["predicate"],
        object=EntityId(target) if kind == "RELATES_TO" else None,
        value=properties["value"],
        when=properties["said_when"],
        confidence=properties["confidence"],
        evidence=tuple(
            Quote(DocumentId(document), ChunkId(chunk), Span(start, stop), text)
            for document, chunk, start, stop, text in zip(*(properties[c] for c in columns), strict=True)
        ),
    )


def community_from(properties: Properties, parent: str | None, members: Iterable[str]) -> Community:
    """Return a community of these entities."""
    return Community(
        CommunityId(properties["id"]),
        properties["level"],
        CommunityId(parent) if parent else None,
        tuple(EntityId(identity) for identity in sorted(members)),
    )


def report_from(properties: Properties) -> CommunityReport | None:
    """Return the report of a community, None where it has none."""
    if properties.get("report_digest") is None:
        return None
    names = ("id", "title", "rank", "first_year", "last_year", "report_digest", "made_by", "summary", "findings")
    lists = (dump(properties.get(name) or []) for name in ("key_entities", "documents"))
    return report_from_row((*(properties[name] for name in names), *lists))
