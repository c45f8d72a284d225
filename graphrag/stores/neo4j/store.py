"""A published graph as a store: what asking reads, from Neo4j alone.

The compact arrays of the retrieval index are read once when they are first needed; passages, entities, facts and
mentions are read by query as they are needed, and kept as long as memory is not at stake.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphrag.stores.neo4j import decode
from graphrag.stores.neo4j.browsing import Neo4jBrowser
from graphrag.stores.neo4j.connection import Neo4jError
from graphrag.stores.neo4j.parts import part_id
from graphrag.stores.neo4j.publish import FORMAT, stamp_of
from graphrag.stores.neo4j.session import Database
from graphrag.types import (
    About,
    Chunk,
    ChunkId,
    Community,
    CommunityReport,
    Document,
    DocumentId,
    Entity,
    EntityId,
    EntityMention,
    Fact,
    Merge,
    Scalar,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Neo4jStore"]

_REMEMBERED = 20_000  # passages, entities, mention lists, metadata; then memory starts anew


class Neo4jStore:
    """One published graph, open for reading; :class:`graphrag.stores.reading.Reader` says what each method gives.

    Parameters
    ----------
    database : Database
        Where the graph is; closed with the store.
    graph : str
        Its name.

    Raises
    ------
    Neo4jError
        There is no such graph, or its publishing has not finished.
    """

    def __init__(self, database: Database, graph: str) -> None:
        self._database = database
        self._graph = graph
        self.path = f"graph {graph!r} at {database.address.uri}"
        stamp = stamp_of(database, graph)
        if stamp is None:
            known = ", ".join(repr(row["graph"]) for row in database.read("read/stamps")) or "none"
            raise Neo4jError(
                f"The database at {database.address.uri} has no graph {graph!r} (graphs: {known}): publish one with "
                "`graphrag publish`, or name it with --graph."
            )
        if stamp.get("state") != "complete" or stamp.get("format") != FORMAT:
            raise Neo4jError(
                f"The {self.path} is being published, or its publishing was stopped: run `graphrag publish` (again)."
            )
        self._stamp = stamp
        self._arrays: dict[str, NDArray[Any]] | None = None
        self._ids: dict[str, list[str]] = {}
        self._rows: dict[str, int] = {}
        self._known: dict[str, dict[str, Any]] = {
            "chunks": {},
            "entities": {},
            "mentions": {},
            "metadata": {},
        }

    @property
    def database(self) -> Database:
        """The open database."""
        return self._database

    def close(self) -> None:
        """Close the connection; closing twice does nothing."""
        self._database.close()

    def __enter__(self) -> "Neo4jStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- about the build

    def meta(self, key: str) -> Any:
        """Return what the build noted, or None."""
        return self._stamp["digest"] if key == "digest" else json.loads(self._stamp["meta"]).get(key)

    def counts(self) -> dict[str, int]:
        """Return how much there was of each kind when the graph was published."""
        counts: dict[str, int] = json.loads(self._stamp["counts"])
        return counts

    def verify(self) -> list[str]:
        """Return what is wrong with the index; `graphrag verify --neo4j` compares everything."""
        try:
            self.arrays()
        except Neo4jError as error:
            return [str(error)]
        return []

    # --- the index

    def arrays(self) -> "Mapping[str, NDArray[Any]]":
        """Return the arrays of the retrieval index.

        Raises
        ------
        Neo4jError
            The parts in the database are not those that were published.
        """
        if self._arrays is None:
            self._load()
        return self._arrays or {}

    def _load(self) -> None:
        """Read the index, and the ids of its rows."""
        import numpy as np

        parts = {
            properties["id"]: properties["data"]
            for properties, _ in self._database.stream("read/all-index-parts", graph=self._graph)
        }
        if any(part_id(data) != identity for identity, data in parts.items()):
            raise self._gone()
        arrays = {}
        for name, dtype, shape, ids in json.loads(self._stamp["index"]):
            if not parts.keys() >= set(ids):
                raise self._gone()
            whole = b"".join(parts[identity] for identity in ids)
            if dtype == "ids":
                self._ids[name] = whole.decode().split("\n")
            else:
                arrays[name] = np.frombuffer(whole, dtype=dtype).reshape(shape)
        self._rows = {identity: row for row, identity in enumerate(self._ids["chunk_ids"])}
        self._arrays = arrays

    def _gone(self) -> Neo4jError:
        """Return the error for a graph that is not what its stamp said when it was opened."""
        return Neo4jError(
            f"The {self.path} was published anew or changed meanwhile: open it again; if that does not help, run "
            "`graphrag publish` with its workspace."
        )

    # --- documents and passages

    def documents(self) -> Iterator[Document]:
        """Yield all documents, by id."""
        return (decode.document_from(properties) for properties, _ in self._all("documents"))

    def document(self, identity: str) -> Document | None:
        """Return a document, or None where there is none of that id."""
        rows = self._database.read("read/document", graph=self._graph, id=identity)
        return decode.document_from(rows[0]) if rows else None

    def metadata_of(self, ids: Sequence[str]) -> dict[DocumentId, dict[str, Scalar]]:
        """Return the metadata of documents by id, without their texts; unknown ids are left out."""
        found = self._remembered("metadata", ids, self._read_metadata)
        return {DocumentId(i): metadata for i, metadata in zip(ids, found, strict=True) if metadata is not None}

    def _read_metadata(self, ids: list[str]) -> dict[str, dict[str, Scalar]]:
        rows = self._database.read("read/metadata", graph=self._graph, ids=ids)
        return {row["id"]: json.loads(row["metadata"]) for row in rows}

    def chunk_ids(self) -> list[ChunkId]:
        """Return the ids of all chunks, in row order."""
        self.arrays()
        return [ChunkId(identity) for identity in self._ids["chunk_ids"] if identity]

    def chunks(self, rows: Iterable[int] | None = None) -> Iterator[Chunk]:
        """Yield chunks by row in the order asked for, or all in row order."""
        if rows is None:
            every = (decode.chunk_from(properties) for properties, _ in self._all("chunks"))
            return iter(sorted(every, key=lambda chunk: (chunk.document_id, chunk.position)))
        self.arrays()
        ids = [self._ids["chunk_ids"][int(row)] for row in rows]
        found = self._remembered("chunks", ids, self._read_chunks)
        if None in found:
            raise self._gone()
        return iter(found)

    def chunks_by_id(self, ids: Sequence[str]) -> list[Chunk]:
        """Return chunks by id, in the order asked for; unknown ids are left out."""
        return [chunk for chunk in self._remembered("chunks", ids, self._read_chunks) if chunk is not None]

    def rows_where(self, filters: Mapping[str, str]) -> list[int]:
        """Return the rows of the chunks whose document has these field values."""
        self.arrays()
        own = {name: filters.get(name) for name in ("id", "title", "source")}
        pairs = [f"{key}={value}" for key, value in sorted(filters.items()) if key not in own]
        rows = self._database.read("read/chunks-where", graph=self._graph, filters=pairs, **own)
        return sorted(self._rows[row["id"]] for row in rows if row["id"] in self._rows)

    def _read_chunks(self, ids: list[str]) -> dict[str, Chunk]:
        rows = self._database.read("read/chunks", graph=self._graph, ids=ids)
        return {row["id"]: decode.chunk_from(row) for row in rows}

    # --- the graph

    def entity_ids(self) -> list[EntityId]:
        """Return the ids of all entities, in row order."""
        self.arrays()
        return [EntityId(identity) for identity in self._ids["entity_ids"] if identity]

    def entities(self, rows: Iterable[int] | None = None) -> Iterator[Entity]:
        """Yield the entities of these rows in row order, or all."""
        if rows is None:
            return (decode.entity_from(properties) for properties, _ in self._all("entities"))
        self.arrays()
        ids = [self._ids["entity_ids"][row] for row in sorted({int(row) for row in rows})]
        found = self._remembered("entities", ids, self._read_entities)
        if None in found:
            raise self._gone()
        return iter(found)

    def entities_by_id(self, ids: Sequence[str]) -> list[Entity]:
        """Return entities by id, in the order asked for; unknown ids are left out."""
        return [entity for entity in self._remembered("entities", ids, self._read_entities) if entity is not None]

    def _read_entities(self, ids: list[str]) -> dict[str, Entity]:
        rows = self._database.read("read/entities", graph=self._graph, ids=ids)
        return {row["id"]: decode.entity_from(row) for row in rows}

    def mentions(self, chunk_ids: Sequence[str] | None = None) -> Iterator[EntityMention]:
        """Yield the mentions in these chunks, or all, by chunk row and place."""
        ids = self.chunk_ids() if chunk_ids is None else chunk_ids
        for start in range(0, len(ids), 1000):
            for found in self._remembered("mentions", ids[start : start + 1000], self._read_mentions):
                yield from found or ()

    def _read_mentions(self, ids: list[str]) -> dict[str, list[EntityMention]]:
        found: dict[str, list[EntityMention]] = {identity: [] for identity in ids}
        for row in self._database.read("read/mentions", graph=self._graph, ids=ids):
            found[row["chunk"]] += decode.mentions_from(row["chunk"], row["document"], row["entity"], row["places"])
        for mentions in found.values():
            mentions.sort(key=lambda m: (m.span, m.entity_id))
        return found

    def abouts(self) -> Iterator[About]:
        """Yield which documents are about which entities, by document and entity."""
        for properties, links in self._all("documents"):
            for _, entity, about in sorted(links, key=lambda link: link[1]):
                yield decode.about_from(properties["id"], entity, about)

    def abouts_of(self, entity_ids: Sequence[str]) -> Iterator[About]:
        """Yield which documents are about these entities, by document and entity."""
        rows = self._database.read("read/abouts-of", graph=self._graph, ids=list(entity_ids))
        return (decode.about_from(row["document"], row["entity"], row) for row in rows)

    def facts(self) -> Iterator[Fact]:
        """Yield all facts, by id."""
        found = (
            decode.fact_from(properties["id"], *link)
            for properties, links in self._all("entities")
            for link in links
            if link[0] in ("RELATES_TO", "STATES")
        )
        return iter(sorted(found, key=lambda fact: fact.id))

    def facts_in(self, chunk_ids: Sequence[str]) -> list[Fact]:
        """Return the facts that a sentence of one of these chunks supports, by id."""
        rows = self._database.read("read/facts-in", graph=self._graph, ids=list(chunk_ids))
        return [decode.fact_from(row["subject"], row["type"], row["target"], row["properties"]) for row in rows]

    def merges(self) -> Iterator[Merge]:
        """Yield all merges of names into entities, by entity and name."""
        return (merge for properties, _ in self._all("entities") for merge in decode.merges_from(properties))

    def communities(self) -> Iterator[Community]:
        """Yield all communities, the coarsest first, then by id."""
        rows = list(self._all("communities"))
        parents = {properties["id"]: _target(links, "PARENT") for properties, links in rows}
        members: dict[str, set[str]] = defaultdict(set)
        for properties, links in rows:
            own = {target for kind, target, _ in links if kind == "IN_COMMUNITY"}
            place: str | None = properties["id"]
            while place is not None:  # who is in a community is in those above it too
                members[place] |= own
                place = parents.get(place)
        found = [decode.community_from(p, parents[p["id"]], members[p["id"]]) for p, _ in rows]
        return iter(sorted(found, key=lambda community: (community.level, community.id)))

    def reports(self) -> Iterator[CommunityReport]:
        """Yield all reports, in the order of the communities."""
        every = sorted((properties for properties, _ in self._all("communities")), key=lambda p: (p["level"], p["id"]))
        return (report for report in map(decode.report_from, every) if report is not None)

    def browse(self) -> Neo4jBrowser:
        """Return what lists of the graph are read with."""
        return Neo4jBrowser(self._database, self._graph)

    # --- reading

    def _all(self, kind: str) -> Iterator[Sequence[Any]]:
        """Yield the properties and the relationships of all nodes of a kind, by id."""
        return self._database.stream(f"read/all-{kind}", graph=self._graph)

    def _remembered(self, kind: str, ids: Sequence[str], read: Callable[[list[str]], Mapping[str, Any]]) -> list[Any]:
        """Return things by id, None where there is none, reading only those not read before.

        What is returned is not looked up again: another thread may have begun a new memory meanwhile.
        """
        known = self._known[kind]
        found = {identity: thing for identity in ids if (thing := known.get(identity)) is not None}
        missing = sorted(set(ids) - found.keys())
        if missing:
            read_now = read(missing)
            if len(known) + len(read_now) > _REMEMBERED:
                known.clear()
            known.update(read_now)
            found.update(read_now)
        return [found.get(identity) for identity in ids]


def _target(links: Sequence[Any], kind: str) -> str | None:
    """Return where the first relationship of a type leads, None where there is none."""
    return next((target for name, target, _ in links if name == kind), None)
