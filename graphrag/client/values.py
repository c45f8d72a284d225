"""What a server tells beside answers and passages: lists, cards and drawings of the graph."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphrag.client.results import quote_from
from graphrag.types import (
    CommunityId,
    Document,
    DocumentId,
    Entity,
    EntityId,
    Fact,
    Finding,
    Quote,
    Scalar,
)

__all__ = [
    "CommunityCard",
    "CommunityLine",
    "DocumentLine",
    "EntityCard",
    "EntityLine",
    "GraphEdge",
    "GraphNode",
    "GraphPart",
    "Job",
    "Table",
    "community_card_from",
    "document_from",
    "entity_card_from",
    "graph_from",
    "table_from",
]


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in a list, without its text."""

    id: DocumentId
    title: str
    source: str
    metadata: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class EntityLine:
    """An entity in a list."""

    id: EntityId
    name: str
    label: str
    mentions: int


@dataclass(frozen=True, slots=True)
class CommunityLine:
    """A community in a list."""

    id: CommunityId
    level: int
    parent: CommunityId | None
    title: str
    size: int
    rank: float


@dataclass(frozen=True, slots=True)
class EntityCard:
    """All that is known of an entity."""

    entity: Entity
    facts: tuple[Fact, ...]
    names: Mapping[EntityId, str]  # of the entities in the facts
    communities: tuple[tuple[CommunityId, str, int], ...]  # id, title, level
    documents: tuple[tuple[DocumentId, str], ...]  # id, title


@dataclass(frozen=True, slots=True)
class CommunityCard:
    """A community with the report on it; ``facts`` of its findings are not sent."""

    line: CommunityLine
    children: tuple[tuple[CommunityId, str], ...]  # id, title
    summary: str
    findings: tuple[Finding, ...]
    key_entities: tuple[tuple[EntityId, str], ...]  # id, name
    documents: tuple[DocumentId, ...]
    when: tuple[str, str]  # first and last year said, empty where none


@dataclass(frozen=True, slots=True)
class GraphNode:
    """An entity in a drawing, with its place between 0 and 1."""

    entity: EntityLine
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A fact in a drawing, with the sentence that says it."""

    id: str
    source: EntityId
    target: EntityId
    predicate: str
    when: str
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class GraphPart:
    """A part of the graph."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    truncated: bool  # whether there is more than was asked for


@dataclass(frozen=True, slots=True)
class Table:
    """What a Cypher statement returned."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool  # whether there were more rows than the limit


@dataclass(frozen=True, slots=True)
class Job:
    """A change of the documents, and how far it is."""

    id: str
    state: str  # queued, running, done or failed
    stage: str
    done: int
    total: int | None
    detail: str

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed")


# --- reading what the server sends; KeyError, TypeError or ValueError where it has another shape


def document_from(value: Mapping[str, Any]) -> Document:
    """Return a whole document; where its headings are is not sent."""
    return Document(value["id"], value["title"], value["text"], value["source"], dict(value["metadata"]))


def entity_card_from(value: Mapping[str, Any]) -> EntityCard:
    """Return the card of an entity."""
    names = {value["id"]: value["name"]}
    facts = []
    for fact in value["facts"]:
        sides = [side for side in (fact["subject"], fact["object"]) if side is not None]
        names |= {side["id"]: side["name"] for side in sides}
        facts.append(
            Fact(
                id=fact["id"],
                subject=fact["subject"]["id"],
                predicate=fact["predicate"],
                object=None if fact["object"] is None else fact["object"]["id"],
                value=fact["value"],
                when=fact["when"],
                confidence=fact["confidence"],
                evidence=tuple(quote_from(quote) for quote in fact["evidence"]),
            )
        )
    entity = Entity(
        value["id"], value["name"], value["label"], tuple(value["aliases"]), value["description"], value["mentions"]
    )
    communities = tuple((entry["id"], entry["title"], entry["level"]) for entry in value["communities"])
    documents = tuple((entry["id"], entry["title"]) for entry in value["documents"])
    return EntityCard(entity, tuple(facts), names, communities, documents)


def community_card_from(value: Mapping[str, Any]) -> CommunityCard:
    """Return the card of a community; how many members it has is not sent with it."""
    line = CommunityLine(value["id"], value["level"], value["parent"], value["title"], 0, value["rank"])
    first, last = value["when"] or ("", "")
    return CommunityCard(
        line=line,
        children=tuple((child["id"], child["title"]) for child in value["children"]),
        summary=value["summary"],
        findings=tuple(
            Finding(finding["text"], tuple(quote_from(quote) for quote in finding["quotes"]), ())
            for finding in value["findings"]
        ),
        key_entities=tuple((entity["id"], entity["name"]) for entity in value["key_entities"]),
        documents=tuple(value["documents"]),
        when=(first, last),
    )


def graph_from(value: Mapping[str, Any]) -> GraphPart:
    """Return a part of the graph."""
    nodes = (
        GraphNode(EntityLine(n["id"], n["name"], n["label"], n["mentions"]), n["x"], n["y"]) for n in value["nodes"]
    )
    edges = (
        GraphEdge(e["id"], e["source"], e["target"], e["predicate"], e["when"], e["quote"] and quote_from(e["quote"]))
        for e in value["edges"]
    )
    return GraphPart(tuple(nodes), tuple(edges), value["truncated"])


def table_from(value: Mapping[str, Any]) -> Table:
    """Return a table."""
    return Table(tuple(value["columns"]), tuple(tuple(row) for row in value["rows"]), value["truncated"])
