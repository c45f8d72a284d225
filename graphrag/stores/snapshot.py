"""What is read of a workspace: documents, passages and the graph, from one state of its database."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphrag.errors import WorkspaceDamaged
from graphrag.stores import hydrate
from graphrag.stores.browsing import WorkspaceBrowser
from graphrag.stores.codec import decode_vectors
from graphrag.stores.database import explaining, unchanged
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
    Merge,
    PassageVectors,
    Scalar,
)

__all__ = ["Snapshot"]

_DOCTOR = "run `graphrag doctor`, which makes again what can be derived from the documents."
_COUNTED = ("document", "chunk", "entity", "mention", "fact", "merge", "community", "report", "problem")
_PLURAL = {"entity": "entities", "community": "communities"}
_BLOCK = 100  # rows that are read at a time


class Snapshot:
    """One state of a database, which threads may share.

    Parameters
    ----------
    database : pathlib.Path
        The file, for messages.
    connection : sqlite3.Connection
        To it.
    """

    def __init__(self, database: Path, connection: sqlite3.Connection) -> None:
        self._database = database
        self._db = connection
        self._turn = threading.Lock()

    # --- documents and chunks

    def documents(self) -> Iterator[Document]:
        """Yield all documents, by id."""
        return hydrate.documents(self._rows(hydrate.DOCUMENTS))

    def document(self, identity: str) -> Document | None:
        """Return a document, or None where there is none of that id."""
        return next(hydrate.documents(self._rows(f"{hydrate.DOCUMENTS_WHERE} id = ?", identity)), None)

    def metadata_of(self, ids: Sequence[str]) -> dict[DocumentId, dict[str, Scalar]]:
        """Return the metadata of documents by id, without their texts; unknown ids are left out."""
        sql = "SELECT id, metadata FROM document WHERE id IN (SELECT value FROM json_each(?))"
        return {DocumentId(row[0]): json.loads(row[1]) for row in self._rows(sql, json.dumps(list(ids)))}

    def document_ids(self) -> list[DocumentId]:
        """Return the ids of all documents, in row order."""
        return [DocumentId(row[0]) for row in self._rows("SELECT id FROM document ORDER BY row")]

    def document_sources(self) -> Iterator[tuple[DocumentId, str]]:
        """Yield the id and the source of each document, by id."""
        return ((DocumentId(row[0]), row[1]) for row in self._rows("SELECT id, source FROM document ORDER BY row"))

    def document_notes(self) -> Iterator[tuple[DocumentId, str, dict[str, Scalar]]]:
        """Yield the id, the digest and the metadata of each document, by id."""
        found = self._rows("SELECT id, digest, metadata FROM document ORDER BY row")
        return ((DocumentId(row[0]), row[1], json.loads(row[2])) for row in found)

    def chunks(self, rows: Iterable[int] | None = None) -> Iterator[Chunk]:
        """Yield the chunks of these rows in the order asked for, or all in row order.

        Raises
        ------
        IndexError
            There is no such row.
        """
        if rows is None:
            return hydrate.chunks(self._rows(f"{hydrate.CHUNKS} ORDER BY c.row"))
        wanted = [int(row) for row in rows]
        found = self._rows(f"{hydrate.CHUNKS} WHERE c.row IN (SELECT value FROM json_each(?))", json.dumps(wanted))
        by_row = {row[0]: row for row in found}
        missing = [row for row in wanted if row not in by_row]
        if missing:
            raise IndexError(f"the workspace has no chunk of row {missing[0]}")
        return hydrate.chunks(by_row[row] for row in wanted)

    def chunks_by_id(self, ids: Sequence[str]) -> list[Chunk]:
        """Return the chunks of these ids, in the order asked for; unknown ids are left out."""
        found = self._rows(f"{hydrate.CHUNKS} WHERE c.id IN (SELECT value FROM json_each(?))", json.dumps(list(ids)))
        by_id = {chunk.id: chunk for chunk in hydrate.chunks(found)}
        return [by_id[ChunkId(identity)] for identity in ids if identity in by_id]

    def chunk_ids(self) -> list[ChunkId]:
        """Return the ids of all chunks, in row order."""
        return [ChunkId(row[0]) for row in self._rows("SELECT id FROM chunk ORDER BY row")]

    def fresh(self) -> Iterator[tuple[Chunk, PassageVectors]]:
        """Yield the chunks that the arrays do not know yet, in row order, with their vectors.

        They belong to new documents while a build is under way that adds them, or after it was killed.

        Raises
        ------
        WorkspaceDamaged
            The vectors of one are damaged.
        """
        for body, *row in self._rows(hydrate.FRESH):
            try:
                vectors = decode_vectors(body)
            except ValueError as error:
                raise WorkspaceDamaged(f"The file {self._database} is damaged ({error}): {_DOCTOR}") from error
            yield next(hydrate.chunks([row])), vectors

    # --- the graph

    def entities(self, rows: Iterable[int] | None = None) -> Iterator[Entity]:
        """Yield the entities of these rows in row order, or all."""
        return self._entities("" if rows is None else "e.row", rows)

    def entity(self, identity: str) -> Entity | None:
        """Return an entity, or None where there is none of that id."""
        return next(self._entities("e.id", [identity]), None)

    def entities_by_id(self, ids: Sequence[str]) -> list[Entity]:
        """Return the entities of these ids, in the order asked for; unknown ids are left out."""
        by_id = {entity.id: entity for entity in self._entities("e.id", ids)}
        return [by_id[EntityId(identity)] for identity in ids if identity in by_id]

    def entity_ids(self) -> list[EntityId]:
        """Return the ids of all entities, in row order."""
        return [EntityId(row[0]) for row in self._rows("SELECT id FROM entity ORDER BY row")]

    def mentions(self, chunk_ids: Sequence[str] | None = None) -> Iterator[EntityMention]:
        """Yield the mentions in these chunks, or all, by chunk row and place."""
        return hydrate.mentions(self._select(hydrate.MENTIONS, "c.id", chunk_ids, "m.chunk, m.start, m.stop, m.entity"))

    def abouts(self) -> Iterator[About]:
        """Yield which documents are about which entities, by document and entity."""
        return hydrate.abouts(self._rows(hydrate.ABOUTS))

    def facts(self) -> Iterator[Fact]:
        """Yield all facts, by id."""
        return self._facts(f"{hydrate.FACTS} ORDER BY f.row")

    def facts_of(self, entity_ids: Sequence[str]) -> list[Fact]:
        """Return the facts whose subject or object is one of these entities, by id."""
        return list(self._facts(hydrate.FACTS_OF, json.dumps(list(entity_ids))))

    def facts_in(self, chunk_ids: Sequence[str]) -> list[Fact]:
        """Return the facts that a sentence of one of these chunks supports, by id."""
        return list(self._facts(hydrate.FACTS_IN, json.dumps(list(chunk_ids))))

    def abouts_of(self, entity_ids: Sequence[str]) -> Iterator[About]:
        """Yield which documents are about these entities, by document and entity."""
        return hydrate.abouts(self._rows(hydrate.ABOUTS_OF, json.dumps(list(entity_ids))))

    def rows_where(self, filters: Mapping[str, str]) -> list[int]:
        """Return the rows of the chunks whose document has all of these field values.

        Parameters
        ----------
        filters : mapping of str to str
            Field -> value; "source", "title" and "id" are the document's own, any other is of its metadata.  Values
            are compared as text: 2025 is "2025", and what is true is "true".
        """
        own = {"source": "d.source", "title": "d.title", "id": "d.id"}
        conditions, values = ["1"], []
        for name, value in sorted(filters.items()):
            if name in own:
                conditions.append(f"{own[name]} = ?")
            else:
                said = "CASE WHEN j.type IN ('true', 'false', 'null') THEN j.type ELSE CAST(j.value AS TEXT) END"
                conditions.append(f"EXISTS (SELECT 1 FROM json_each(d.metadata) j WHERE j.key = ? AND {said} = ?)")
                values.append(name)
            values.append(value)
        sql = f"SELECT c.row FROM chunk c JOIN document d ON d.row = c.document WHERE {' AND '.join(conditions)}"
        return [row[0] for row in self._rows(f"{sql} ORDER BY c.row", *values)]

    def merges(self) -> Iterator[Merge]:
        """Yield all merges of names into entities, by entity and name."""
        return hydrate.merges(self._rows(hydrate.MERGES))

    def communities(self) -> Iterator[Community]:
        """Yield all communities, the coarsest first, then by id."""
        return hydrate.communities(self._rows(hydrate.COMMUNITIES))

    def reports(self) -> Iterator[CommunityReport]:
        """Yield the reports of all communities, in the order of :meth:`communities`."""
        return hydrate.reports(self._rows(f"{hydrate.REPORTS} ORDER BY c.row"))

    def report(self, community_id: str) -> CommunityReport | None:
        """Return the report of a community, or None where there is none."""
        return next(hydrate.reports(self._rows(f"{hydrate.REPORTS} WHERE c.id = ?", community_id)), None)

    def communities_of(self, entity_id: str) -> list[CommunityId]:
        """Return the communities that an entity belongs to, the coarsest first."""
        return [CommunityId(row[0]) for row in self._rows(hydrate.COMMUNITIES_OF, entity_id)]

    def browse(self) -> WorkspaceBrowser:
        """Return what lists of this state are read with."""
        return WorkspaceBrowser(self._rows)

    # --- about the build

    def problems(self) -> list[tuple[str, str]]:
        """Return (place, message) for everything in the input that could not be used."""
        return list(self._rows("SELECT place, message FROM problem ORDER BY row"))

    def counts(self) -> dict[str, int]:
        """Return how many documents, chunks, entities, mentions, facts, merges, … there are."""
        return {
            _PLURAL.get(table, f"{table}s"): next(self._rows(f"SELECT count(*) FROM {table}"))[0] for table in _COUNTED
        }

    def meta(self, key: str) -> Any:
        """Return a value that the build noted (JSON), or None: "digest", "built", "version", "settings", …."""
        row = next(self._rows("SELECT value FROM meta WHERE key = ?", key), None)
        return None if row is None else json.loads(row[0])

    # --- reading

    def query(self, sql: str, *parameters: object) -> Iterator[Any]:
        """Yield the rows of a reading query on this state; for other modules of the stores."""
        return self._rows(sql, *parameters)

    def _rows(self, sql: str, *parameters: object) -> Iterator[Any]:
        """Yield the rows of a query.

        Threads take turns: between binding and the first row, Python's cache of statements would give the statement
        of one thread to another that runs the same query.
        """
        with explaining(self._database):
            with self._turn, unchanged(self._db):
                cursor = self._db.execute(sql, parameters)
                rows = cursor.fetchmany(_BLOCK)
            while rows:
                yield from rows
                with self._turn, unchanged(self._db):
                    rows = cursor.fetchmany(_BLOCK)

    def _select(self, sql: str, column: str, values: Iterable[object] | None, order: str) -> Iterator[Any]:
        """Yield the rows whose ``column`` is one of ``values`` (None: all rows), in an order."""
        if values is None:
            return self._rows(f"{sql} ORDER BY {order}")
        some = json.dumps(list(values))
        return self._rows(f"{sql} WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY {order}", some)

    def _entities(self, column: str, values: Iterable[int | str] | None) -> Iterator[Entity]:
        """Yield entities with their aliases."""
        wanted = None if values is None else [int(v) if column == "e.row" else v for v in values]
        return hydrate.entities(self._select(hydrate.ENTITIES, column, wanted, "e.row"))

    def _facts(self, sql: str, *parameters: object) -> Iterator[Fact]:
        """Yield facts with their evidence, a block at a time."""

        def evidence(rows: list[int]) -> Iterator[Any]:
            return self._rows(hydrate.EVIDENCE, json.dumps(rows))

        return hydrate.facts(self._rows(sql, *parameters), evidence)
