"""Looking around in a graph a page at a time: what lists, entity cards and drawings of the graph read."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphrag.stores import hydrate
from graphrag.types import CommunityReport, Fact, Scalar

__all__ = ["MOST_EDGES", "Browser", "CommunityLine", "DocumentLine", "Edge", "EntityLine", "WorkspaceBrowser"]

MOST_EDGES = 20_000  # read for one step of a walk: a hub of a large graph has more


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in a list."""

    id: str
    title: str
    source: str
    metadata: dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class EntityLine:
    """An entity in a list."""

    id: str
    name: str
    label: str
    mentions: int


@dataclass(frozen=True, slots=True)
class CommunityLine:
    """A community in a list; without a report its title is the names of its first members, and its rank 0."""

    id: str
    level: int
    parent: str | None
    title: str
    size: int
    rank: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A fact between two entities, without its evidence."""

    fact: str
    subject: str
    object: str


class Browser(Protocol):
    """Lists of a graph, each from ``offset`` on and of at most ``limit``."""

    def documents(self, text: str, offset: int, limit: int) -> list[DocumentLine]:
        """Return documents whose title or id contains a text, by id."""

    def chunk_spans(self, document: str) -> list[tuple[str, int, int]]:
        """Return the passages of a document: id, start and end."""

    def entities(self, text: str, offset: int, limit: int) -> list[EntityLine]:
        """Return entities of which a name contains a text: those of exactly that name first, then the most said."""

    def documents_of(self, entity: str, limit: int) -> list[tuple[str, str]]:
        """Return the documents that name an entity (id, title), those about it first."""

    def facts_of(self, entity: str, limit: int) -> list[Fact]:
        """Return the facts of an entity, the best supported first."""

    def facts_by_id(self, facts: Sequence[str]) -> list[Fact]:
        """Return facts by their ids, in order of id."""

    def edges(self, entities: Iterable[str]) -> list[Edge]:
        """Return the facts that join one of these entities with another, by id, at most 20,000."""

    def names(self, entities: Iterable[str]) -> list[EntityLine]:
        """Return entities by their ids, in order of id."""

    def communities(self, level: int | None, offset: int, limit: int) -> list[CommunityLine]:
        """Return the communities of a level, or of all, the most important first."""

    def communities_of(self, entity: str) -> list[CommunityLine]:
        """Return the communities of an entity, the coarsest first."""

    def community(self, identity: str) -> CommunityLine | None:
        """Return a community."""

    def children(self, community: str) -> list[CommunityLine]:
        """Return the communities directly below one."""

    def members(self, community: str, limit: int) -> list[EntityLine]:
        """Return the first members of a community."""

    def report(self, community: str) -> CommunityReport | None:
        """Return the report on a community."""


_DOCUMENTS = "SELECT id, title, source, metadata FROM document"
_ENTITIES = "SELECT id, name, label, mention_count FROM entity e"
_COMMUNITIES = """
SELECT c.id, c.level, p.id, coalesce(r.title, (
           SELECT group_concat(name, ', ') FROM (
               SELECT e.name FROM member m JOIN entity e ON e.row = m.entity
               WHERE m.community = c.row ORDER BY m.position LIMIT 3)), ''),
       (SELECT count(*) FROM member m WHERE m.community = c.row), coalesce(r.rank, 0.0)
FROM community c LEFT JOIN community p ON p.row = c.parent LEFT JOIN report r ON r.community = c.row
"""
_WANTED = "WITH wanted AS (SELECT row FROM entity WHERE id IN (SELECT value FROM json_each(?)))"


class WorkspaceBrowser:
    """Lists of a workspace.  Made by :meth:`graphrag.stores.workspace.Workspace.browse`.

    Parameters
    ----------
    rows : callable
        Yields the rows of a query.
    """

    def __init__(self, rows: Callable[..., Iterator[Any]]) -> None:
        self._rows = rows

    def documents(self, text: str, offset: int, limit: int) -> list[DocumentLine]:
        """See :class:`Browser`."""
        like = _containing(text)
        sql = f"{_DOCUMENTS} WHERE title LIKE ? ESCAPE '\\' OR id LIKE ? ESCAPE '\\' ORDER BY row LIMIT ? OFFSET ?"
        return [
            DocumentLine(identity, title, source, json.loads(metadata))
            for identity, title, source, metadata in self._rows(sql, like, like, limit, offset)
        ]

    def chunk_spans(self, document: str) -> list[tuple[str, int, int]]:
        """See :class:`Browser`."""
        sql = "SELECT id, start, stop FROM chunk WHERE document = (SELECT row FROM document WHERE id = ?)"
        return list(self._rows(f"{sql} ORDER BY position", document))

    def entities(self, text: str, offset: int, limit: int) -> list[EntityLine]:
        """See :class:`Browser`."""
        if not text:
            sql = f"{_ENTITIES} ORDER BY mention_count DESC, row LIMIT ? OFFSET ?"
            return [EntityLine(*row) for row in self._rows(sql, limit, offset)]
        sql = (
            f"{_ENTITIES} WHERE name LIKE ? ESCAPE '\\' OR row IN (SELECT entity FROM alias WHERE name LIKE ? "
            "ESCAPE '\\') ORDER BY lower(name) = lower(?) DESC, mention_count DESC, row LIMIT ? OFFSET ?"
        )
        like = _containing(text)
        return [EntityLine(*row) for row in self._rows(sql, like, like, text, limit, offset)]

    def documents_of(self, entity: str, limit: int) -> list[tuple[str, str]]:
        """See :class:`Browser`."""
        sql = (
            f"{_WANTED} SELECT d.id, d.title FROM document d LEFT JOIN about a ON a.document = d.row AND a.entity IN "
            "wanted WHERE d.row IN (SELECT c.document FROM mention m JOIN chunk c ON c.row = m.chunk WHERE m.entity IN "
            "wanted UNION SELECT document FROM about WHERE entity IN wanted) "
            "ORDER BY coalesce(a.weight, 0.0) DESC, d.row LIMIT ?"
        )
        return list(self._rows(sql, json.dumps([entity]), limit))

    def facts_of(self, entity: str, limit: int) -> list[Fact]:
        """See :class:`Browser`."""
        sql = (
            f"{_WANTED} {hydrate.FACTS} WHERE f.row IN (SELECT row FROM fact WHERE subject IN wanted UNION "
            "SELECT row FROM fact WHERE object IN wanted) ORDER BY (SELECT count(*) FROM evidence v WHERE "
            "v.fact = f.row) DESC, f.confidence DESC, f.row LIMIT ?"
        )
        return self._facts(sql, json.dumps([entity]), limit)

    def facts_by_id(self, facts: Sequence[str]) -> list[Fact]:
        """See :class:`Browser`."""
        sql = f"{hydrate.FACTS} WHERE f.id IN (SELECT value FROM json_each(?)) ORDER BY f.row"
        return self._facts(sql, json.dumps(list(facts)))

    def edges(self, entities: Iterable[str]) -> list[Edge]:
        """See :class:`Browser`."""
        sql = (
            f"{_WANTED} SELECT f.id, s.id, o.id FROM fact f JOIN entity s ON s.row = f.subject JOIN entity o ON "
            "o.row = f.object WHERE f.subject <> f.object AND f.row IN (SELECT row FROM fact WHERE subject IN wanted "
            f"UNION SELECT row FROM fact WHERE object IN wanted) ORDER BY f.row LIMIT {MOST_EDGES}"
        )
        return [Edge(*row) for row in self._rows(sql, json.dumps(list(entities)))]

    def names(self, entities: Iterable[str]) -> list[EntityLine]:
        """See :class:`Browser`."""
        sql = f"{_ENTITIES} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY row"
        return [EntityLine(*row) for row in self._rows(sql, json.dumps(list(entities)))]

    def communities(self, level: int | None, offset: int, limit: int) -> list[CommunityLine]:
        """See :class:`Browser`."""
        sql = f"{_COMMUNITIES} WHERE ?1 IS NULL OR c.level = ?1 ORDER BY 6 DESC, c.row LIMIT ?2 OFFSET ?3"
        return [CommunityLine(*row) for row in self._rows(sql, level, limit, offset)]

    def communities_of(self, entity: str) -> list[CommunityLine]:
        """See :class:`Browser`."""
        where = "c.row IN (SELECT m.community FROM member m JOIN entity e ON e.row = m.entity WHERE e.id = ?)"
        return [CommunityLine(*row) for row in self._rows(f"{_COMMUNITIES} WHERE {where} ORDER BY c.row", entity)]

    def community(self, identity: str) -> CommunityLine | None:
        """See :class:`Browser`."""
        row = next(self._rows(f"{_COMMUNITIES} WHERE c.id = ?", identity), None)
        return None if row is None else CommunityLine(*row)

    def children(self, community: str) -> list[CommunityLine]:
        """See :class:`Browser`."""
        return [CommunityLine(*row) for row in self._rows(f"{_COMMUNITIES} WHERE p.id = ? ORDER BY c.row", community)]

    def members(self, community: str, limit: int) -> list[EntityLine]:
        """See :class:`Browser`."""
        sql = (
            f"{_ENTITIES} JOIN member m ON m.entity = e.row WHERE m.community = (SELECT row FROM community WHERE "
            "id = ?) ORDER BY m.position LIMIT ?"
        ).replace("SELECT id", "SELECT e.id")
        return [EntityLine(*row) for row in self._rows(sql, community, limit)]

    def report(self, community: str) -> CommunityReport | None:
        """See :class:`Browser`."""
        return next(hydrate.reports(self._rows(f"{hydrate.REPORTS} WHERE c.id = ?", community)), None)

    def _facts(self, sql: str, *parameters: object) -> list[Fact]:
        """Return facts with their evidence."""

        def evidence(rows: list[int]) -> Iterator[Any]:
            return self._rows(hydrate.EVIDENCE, json.dumps(rows))

        return list(hydrate.facts(self._rows(sql, *parameters), evidence))


def _containing(text: str) -> str:
    """Return the LIKE pattern of texts that contain one."""
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"
