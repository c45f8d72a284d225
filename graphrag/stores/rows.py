"""Values of :mod:`graphrag.types` as rows of tables, and back."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphrag.stores.codec import dump_spans
from graphrag.types import (
    Chunk,
    Community,
    CommunityId,
    CommunityReport,
    Document,
    DocumentId,
    EntityId,
    FactId,
    Finding,
    Quote,
    Resolution,
    Span,
)

__all__ = [
    "Row",
    "chunk_row",
    "community_tables",
    "document_from_row",
    "document_row",
    "dump",
    "entity_rows",
    "findings_from_plain",
    "plain_findings",
    "report_from_row",
    "report_row",
    "resolution_tables",
]

Row = tuple[object, ...]

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def dump(value: object) -> str:
    """Return ``value`` as compact JSON, the same for equal values."""
    return _ENCODER.encode(value)


def document_row(document: Document) -> Row:
    """Return id, title, digest, source, metadata, headings and text."""
    return (
        document.id,
        document.title,
        document.digest,
        document.source,
        dump(dict(document.metadata)),
        dump([[level, span.start, span.end] for level, span in document.headings]),
        document.text,
    )


def document_from_row(row: tuple[str, str, str, str, str, str]) -> Document:
    """Return the document of id, title, source, metadata, headings and text."""
    identity, title, source, metadata, headings, text = row
    spans = tuple((level, Span(start, end)) for level, start, end in json.loads(headings))
    return Document(DocumentId(identity), title, text, source, json.loads(metadata), spans)


def chunk_row(chunk: Chunk, document: int) -> Row:
    """Return id, document, position, start, stop, digest, heading, sentences and text."""
    sentences = dump_spans(chunk.sentences, chunk.span.start)
    place = (chunk.id, document, chunk.position, chunk.span.start, chunk.span.end)
    return (*place, chunk.digest, chunk.heading, sentences, chunk.text)


def entity_rows(resolution: Resolution) -> dict[str, int]:
    """Return the row of each entity by id."""
    # Looked up by the ids that the graph itself holds: these are found several times as fast as equal ones.
    return {entity: row for row, entity in enumerate(sorted(entity.id for entity in resolution.entities))}


def resolution_tables(
    resolution: Resolution, chunk_rows: Mapping[str, int], document_rows: Mapping[str, int]
) -> Iterator[tuple[str, Iterable[Row]]]:
    """Yield each table of a resolution with its rows in canonical order, tables that others point at first."""
    entities = sorted(resolution.entities, key=lambda entity: entity.id)
    facts = sorted(resolution.facts, key=lambda fact: fact.id)
    row_of = entity_rows(resolution)
    yield (
        "entity",
        ((row, e.id, e.name, e.label, e.description, e.mention_count) for row, e in enumerate(entities)),
    )
    yield "alias", ((row, i, name) for row, e in enumerate(entities) for i, name in enumerate(e.aliases))
    yield (
        "mention",
        sorted(
            (chunk_rows[m.chunk_id], m.span.start, m.span.end, row_of[m.entity_id], m.text, m.source)
            for m in resolution.mentions
        ),
    )
    yield (
        "about",
        sorted((document_rows[a.document_id], row_of[a.entity_id], a.weight, a.reason) for a in resolution.abouts),
    )
    # An object that no text mentions is no entity: the fact keeps it as it is written.
    yield (
        "fact",
        (
            (row, f.id, row_of[f.subject], f.predicate, row_of.get(f.object or ""), f.value, f.when, f.confidence)
            for row, f in enumerate(facts)
        ),
    )
    yield (
        "evidence",
        (
            (row, position, chunk_rows[q.chunk_id], q.span.start, q.span.end, q.text)
            for row, fact in enumerate(facts)
            for position, q in enumerate(fact.evidence)
        ),
    )
    merges = sorted((m.entity_id, m.name, m.into, m.method, m.score) for m in resolution.merges)
    yield "merge", ((row, *merge) for row, merge in enumerate(merges))


def community_tables(
    communities: Iterable[Community], reports: Iterable[CommunityReport], row_of_entity: Mapping[str, int]
) -> Iterator[tuple[str, Iterable[Row]]]:
    """Yield the tables of communities, members and reports with their rows."""
    ordered = sorted(communities, key=lambda community: (community.level, community.id))
    row_of = {community.id: row for row, community in enumerate(ordered)}
    yield (
        "community",
        ((row, c.id, c.level, row_of[c.parent] if c.parent else None) for row, c in enumerate(ordered)),
    )
    yield (
        "member",
        ((row, i, row_of_entity[member]) for row, c in enumerate(ordered) for i, member in enumerate(c.members)),
    )
    yield "report", sorted(report_row(report, row_of[report.community_id]) for report in reports)


def report_row(report: CommunityReport, community: int) -> tuple[object, ...]:
    """Return a report as a row of its table."""
    return (
        *(community, report.title, report.rank, *report.when, report.digest, report.made_by, report.summary),
        *(dump(plain_findings(report.findings)), dump(list(report.key_entities)), dump(list(report.documents))),
    )


def report_from_row(row: tuple[str, str, float, str, str, str, str, str, str, str, str]) -> CommunityReport:
    """Undo :func:`report_row`; the first column is the community's id."""
    community, title, rank, first, last, digest, made_by, summary, findings, entities, documents = row
    return CommunityReport(
        community_id=CommunityId(community),
        title=title,
        summary=summary,
        findings=findings_from_plain(json.loads(findings)),
        key_entities=tuple(EntityId(entity) for entity in json.loads(entities)),
        documents=tuple(DocumentId(document) for document in json.loads(documents)),
        when=(first, last),
        rank=rank,
        digest=digest,
        made_by=made_by,
    )


def plain_findings(findings: Iterable[Finding]) -> list[list[object]]:
    """Return findings as lists that JSON can hold."""
    return [
        [f.text, [[q.document_id, q.chunk_id, q.span.start, q.span.end, q.text] for q in f.quotes], list(f.facts)]
        for f in findings
    ]


def findings_from_plain(findings: Iterable[Any]) -> tuple[Finding, ...]:
    """Undo :func:`plain_findings`."""
    return tuple(
        Finding(
            text,
            tuple(Quote(document, chunk, Span(start, end), quote) for document, chunk, start, end, quote in quotes),
            tuple(FactId(fact) for fact in facts),
        )
        for text, quotes, facts in findings
    )
