"""What nodes and relationships say of documents, passages, entities, facts and communities."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from graphrag.stores.rows import dump, report_row
from graphrag.types import Chunk, CommunityReport, Document, Entity, EntityMention, Fact, Scalar, stable_id

__all__ = [
    "Link",
    "chunk_properties",
    "community_properties",
    "document_properties",
    "entity_properties",
    "fact_link",
    "mention_links",
]


class Link(NamedTuple):
    """A relationship, seen from the node that it belongs to."""

    type: str
    target: str  # the id of the node at its other end
    properties: dict[str, Any]


def document_properties(document: Document) -> dict[str, Any]:
    """Return the properties of a document."""
    return {
        "title": document.title,
        "source": document.source,
        "metadata": dump(dict(document.metadata)),
        "filters": [f"{key}={_said(value)}" for key, value in sorted(document.metadata.items())] or None,
        "headings": [n for level, span in document.headings for n in (level, span.start, span.end)] or None,
        "text": document.text,
    }


def _said(value: Scalar) -> str:
    """Return a value of the metadata as the text that a filter compares it with."""
    return value if isinstance(value, str) else dump(value)


def chunk_properties(chunk: Chunk) -> dict[str, Any]:
    """Return the properties of a chunk that it has by itself."""
    return {
        "document_id": chunk.document_id,
        "position": chunk.position,
        "start": chunk.span.start,
        "stop": chunk.span.end,
        "title": chunk.title,
        "heading": chunk.heading,
        "sentences": [n for span in chunk.sentences for n in (span.start, span.end)] or None,
        "text": chunk.text,
    }


def mention_links(mentions: Iterable[EntityMention]) -> Iterator[Link]:
    """Yield one relationship for each entity that a chunk mentions, with all the places."""
    by_entity: dict[str, list[EntityMention]] = defaultdict(list)
    for mention in mentions:
        by_entity[mention.entity_id].append(mention)
    for entity_id, places in by_entity.items():
        yield Link(
            "MENTIONS",
            entity_id,
            {
                "count": len(places),
                "starts": [m.span.start for m in places],
                "stops": [m.span.end for m in places],
                "texts": [m.text for m in places],
                "sources": [m.source for m in places],
            },
        )


def fact_link(fact: Fact) -> Link:
    """Return a fact as a relationship to an entity or to a value."""
    properties: dict[str, Any] = {
        "id": fact.id,
        "predicate": fact.predicate,
        "value": fact.value,
        "said_when": fact.when,
        "confidence": fact.confidence,
        "chunk_ids": [q.chunk_id for q in fact.evidence],
        "document_ids": [q.document_id for q in fact.evidence],
        "starts": [q.span.start for q in fact.evidence],
        "stops": [q.span.end for q in fact.evidence],
        "quotes": [q.text for q in fact.evidence],
    }
    if fact.object is None:
        return Link("STATES", stable_id("value", fact.value), properties)
    return Link("RELATES_TO", fact.object, properties)


def entity_properties(entity: Entity, merges: list[tuple[str, str, str, float]]) -> dict[str, Any]:
    """Return the properties of an entity."""
    return {
        "name": entity.name,
        "kind": entity.label,
        "aliases": list(entity.aliases) or None,
        "description": entity.description,
        "mention_count": entity.mention_count,
        "merged_names": [merge[0] for merge in merges] or None,
        "merged_into": [merge[1] for merge in merges] or None,
        "merge_methods": [merge[2] for merge in merges] or None,
        "merge_scores": [float(merge[3]) for merge in merges] or None,
    }


def community_properties(level: int, size: int, report: CommunityReport | None) -> dict[str, Any]:
    """Return the properties of a community and of its report, where it has one."""
    properties: dict[str, Any] = {"level": level, "size": size}
    names = (
        *("title", "rank", "first_year", "last_year", "report_digest", "made_by"),
        *("summary", "findings", "key_entities", "documents"),
    )
    said: tuple[object, ...] = (None,) * len(names) if report is None else report_row(report, 0)[1:]
    properties |= dict(zip(names, said, strict=True))
    if report is not None:
        properties |= {"key_entities": list(report.key_entities) or None, "documents": list(report.documents) or None}
    return properties
