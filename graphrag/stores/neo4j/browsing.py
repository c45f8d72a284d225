"""Looking around in a published graph a page at a time, by query."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphrag.stores.browsing import MOST_EDGES, CommunityLine, DocumentLine, Edge, EntityLine
from graphrag.stores.neo4j import decode
from graphrag.stores.neo4j.session import Database
from graphrag.types import CommunityReport, Fact

__all__ = ["Neo4jBrowser"]


class Neo4jBrowser:
    """Lists of a published graph; :class:`graphrag.stores.browsing.Browser` says what each method gives.

    Parameters
    ----------
    database : Database
        Where the graph is.
    graph : str
        Its name.
    """

    def __init__(self, database: Database, graph: str) -> None:
        self._database = database
        self._graph = graph

    def documents(self, text: str, offset: int, limit: int) -> list[DocumentLine]:
        """Return documents whose title or id contains a text."""
        return [
            DocumentLine(row["id"], row["title"], row["source"], json.loads(row["metadata"]))
            for row in self._read("documents", text=text, offset=offset, limit=limit)
        ]

    def chunk_spans(self, document: str) -> list[tuple[str, int, int]]:
        """Return the passages of a document."""
        return [(row["id"], row["start"], row["stop"]) for row in self._read("chunk-spans", id=document)]

    def entities(self, text: str, offset: int, limit: int) -> list[EntityLine]:
        """Return entities of which a name contains a text."""
        return [_entity(row) for row in self._read("entities", text=text, offset=offset, limit=limit)]

    def documents_of(self, entity: str, limit: int) -> list[tuple[str, str]]:
        """Return the documents that name an entity."""
        return [(row["id"], row["title"]) for row in self._read("documents-of", id=entity, limit=limit)]

    def facts_of(self, entity: str, limit: int) -> list[Fact]:
        """Return the facts of an entity."""
        return [_fact(row) for row in self._read("facts-of", id=entity, limit=limit)]

    def facts_by_id(self, facts: Sequence[str]) -> list[Fact]:
        """Return facts by their ids."""
        return [_fact(row) for row in self._read("facts", ids=list(facts))]

    def edges(self, entities: Iterable[str]) -> list[Edge]:
        """Return the facts that join one of these entities with another."""
        rows = self._read("edges", ids=list(entities), limit=MOST_EDGES)
        return [Edge(row["fact"], row["subject"], row["object"]) for row in rows]

    def names(self, entities: Iterable[str]) -> list[EntityLine]:
        """Return entities by their ids."""
        return [_entity(row) for row in self._read("names", ids=list(entities))]

    def communities(self, level: int | None, offset: int, limit: int) -> list[CommunityLine]:
        """Return the communities of a level, or of all."""
        return [_community(row) for row in self._read("communities", level=level, offset=offset, limit=limit)]

    def communities_of(self, entity: str) -> list[CommunityLine]:
        """Return the communities of an entity."""
        return [_community(row) for row in self._read("communities-of", id=entity)]

    def community(self, identity: str) -> CommunityLine | None:
        """Return a community."""
        return next((_community(row) for row in self._read("community", id=identity)), None)

    def children(self, community: str) -> list[CommunityLine]:
        """Return the communities directly below one."""
        return [_community(row) for row in self._read("children", id=community)]

    def members(self, community: str, limit: int) -> list[EntityLine]:
        """Return the first members of a community."""
        return [_entity(row) for row in self._read("members", id=community, limit=limit)]

    def report(self, community: str) -> CommunityReport | None:
        """Return the report on a community."""
        rows = self._database.read("read/community", graph=self._graph, id=community)
        return decode.report_from(rows[0]["properties"]) if rows else None

    def _read(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run one of the queries for lists."""
        return self._database.read(f"read/browse-{name}", graph=self._graph, **parameters)


def _entity(row: Mapping[str, Any]) -> EntityLine:
    return EntityLine(row["id"], row["name"], row["kind"], row["mentions"])


def _fact(row: Mapping[str, Any]) -> Fact:
    return decode.fact_from(row["subject"], row["type"], row["target"], row["properties"])


def _community(row: Mapping[str, Any]) -> CommunityLine:
    title = row["title"] if row["title"] is not None else ", ".join(row["names"])
    return CommunityLine(row["id"], row["level"], row["parent"], title, row["size"], row["rank"])
