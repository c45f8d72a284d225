"""A workspace: the folder that holds one build, read from a snapshot that no later build disturbs."""

import contextlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.errors import WorkspaceDamaged, WorkspaceError
from graphrag.stores import hydrate
from graphrag.stores.arrays import ArrayInfo, generation_folder, open_arrays
from graphrag.stores.browsing import WorkspaceBrowser
from graphrag.stores.checks import array_problems, content_problems
from graphrag.stores.codec import decode_vectors
from graphrag.stores.database import disk_problem, explaining
from graphrag.stores.draft import Draft
from graphrag.stores.inspection import content_digest_of, integrity_problems
from graphrag.stores.lock import WriterLock
from graphrag.stores.opening import make_database, open_database
from graphrag.stores.schema import CACHE_FILE, DATABASE_FILE, GUESTS, OWN_FILES
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

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Workspace"]

_DOCTOR = "run `graphrag doctor`, which makes again what can be derived from the documents."
_COUNTED = ("document", "chunk", "entity", "mention", "fact", "merge", "community", "report", "problem")
_PLURAL = {"entity": "entities", "community": "communities"}
_BLOCK = 100  # rows that are read at a time


class Workspace:
    """One build on disk.  Made by :meth:`open` or :meth:`create`; a context manager.

    A workspace answers from the state that was committed when it was opened, until :meth:`refresh`.  Any number of
    readers go on while one writer builds.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None, *, fresh: bool) -> None:
        self.path = path
        self._database = path / DATABASE_FILE
        self._db = connection
        self._turn = threading.Lock()
        self._lock = lock
        self._fresh = fresh
        self._made_folder = False
        self._arrays: dict[str, NDArray[Any]] | None = None
        with explaining(self._database):
            self._db.execute("BEGIN")
            self._generation, self._added = self._state()  # the first read fixes the snapshot

    # --- opening and closing

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False) -> "Workspace":
        """Open an existing workspace.

        Parameters
        ----------
        path : str or pathlib.Path
            The workspace's folder.
        write : bool
            Whether to hold the right to build; reading needs no right.

        Returns
        -------
        Workspace
            In its last committed state.

        Raises
        ------
        WorkspaceError
            There is no workspace, no build of it has finished, another version made it, or the disk fails.
        WorkspaceDamaged
            The database is not sound.
        WorkspaceLocked
            ``write`` is wanted and another process is writing.
        """
        folder = Path(path)
        if not (folder / DATABASE_FILE).is_file():
            raise WorkspaceError(
                f"There is no workspace at {folder}: make one with `graphrag build INPUT -w {folder}`."
            )
        lock = WriterLock(folder) if write else None
        try:
            workspace = cls(folder, open_database(folder, locked=write), lock, fresh=False)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        if workspace._generation == 0 and not write:
            workspace.close()
            raise WorkspaceError(
                f"No build of the workspace {folder} has finished yet: run `graphrag build INPUT -w {folder}` (again); "
                "what is done already is not done twice."
            )
        return workspace

    @classmethod
    def create(cls, path: str | Path) -> "Workspace":
        """Make a workspace, or open for writing the one that is there.

        Nothing is left behind when nothing was built into a new one.

        Parameters
        ----------
        path : str or pathlib.Path
            A folder that does not exist, is empty, or is a workspace.

        Raises
        ------
        WorkspaceError
            The folder holds other things, or cannot be written.
        WorkspaceLocked
            Another process is writing.
        """
        folder = Path(path)
        existed = folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in OWN_FILES | GUESTS)
        except (FileExistsError, NotADirectoryError) as error:
            raise WorkspaceError(
                f"The workspace cannot be made at {folder}, because a file stands in its place: choose another folder."
            ) from error
        except OSError as error:
            raise disk_problem(folder, error.strerror or str(error)) from error
        if foreign and not (folder / DATABASE_FILE).exists():
            raise WorkspaceError(
                f"The folder {folder} is no workspace and holds other files ({foreign[0]}): choose an empty or new one."
            )
        lock = WriterLock(folder)
        fresh = not (folder / DATABASE_FILE).exists()
        try:
            make_database(folder / DATABASE_FILE)
            workspace = cls(folder, open_database(folder, locked=True), lock, fresh=fresh)
            workspace._made_folder = not existed
            return workspace
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close the workspace and give back the right to write; closing twice does nothing."""
        self._arrays = None
        self._db.close()
        if self._lock is not None:
            if self._fresh and self._generation == 0 and not (self.path / CACHE_FILE).exists():
                self._remove()
            self._lock.release()
            self._lock = None

    def _remove(self) -> None:
        """Remove a new workspace into which nothing was built."""
        for name in sorted(OWN_FILES):
            with contextlib.suppress(OSError):
                target = self.path / name
                shutil.rmtree(target) if target.is_dir() else target.unlink()
        if self._made_folder:
            with contextlib.suppress(OSError):
                self.path.rmdir()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self) -> None:
        """Move on to the state that was committed last."""
        with explaining(self._database):
            self._db.execute("ROLLBACK")
            self._db.execute("BEGIN")
            generation, self._added = self._state()
        if generation != self._generation:
            self._arrays = None
            self._generation = generation

    def _state(self) -> tuple[int, str]:
        """Return the number of the last complete build, and the digest of what was added since."""
        return int(self.meta("generation") or 0), self.meta("fresh") or ""

    def draft(self) -> Draft:
        """Begin the next build.  Nothing of the workspace changes before the draft is committed.

        Raises
        ------
        WorkspaceError
            The workspace was not opened for writing, or the disk fails.
        """
        if self._lock is None:
            raise WorkspaceError(f"The workspace {self.path} is open for reading only: open it with write=True.")
        return Draft(self.path, committed=self.refresh)

    # --- documents and chunks

    def documents(self) -> Iterator[Document]:
        """Yield all documents, by id."""
        return hydrate.documents(self._rows(hydrate.DOCUMENTS))

    def document(self, identity: str) -> Document | None:
        """Return a document, or None where there is none of that id."""
        return next(hydrate.documents(self._rows(f"{hydrate.DOCUMENTS_WHERE} id = ?", identity)), None)

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

    def mentions_of(self, entity_id: str) -> Iterator[EntityMention]:
        """Yield the mentions of an entity, by chunk row and place."""
        return hydrate.mentions(self._select(hydrate.MENTIONS, "e.id", [entity_id], "m.chunk, m.start, m.stop"))

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
            are compared as text.
        """
        own = {"source": "d.source", "title": "d.title", "id": "d.id"}
        conditions, values = ["1"], []
        for name, value in sorted(filters.items()):
            if name in own:
                conditions.append(f"{own[name]} = ?")
            else:
                conditions.append("EXISTS (SELECT 1 FROM json_each(d.metadata) j WHERE j.key = ? AND j.value = ?)")
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

    def arrays(self) -> "Mapping[str, NDArray[Any]]":
        """Return the arrays of the index, memory-mapped and read-only, each checked against its checksum.

        Raises
        ------
        WorkspaceDamaged
            A file is missing or was changed.
        WorkspaceError
            A later build has replaced the arrays: open the workspace again.
        """
        if self._arrays is None:
            found = self._rows("SELECT name, dtype, shape, size, checksum FROM array ORDER BY name")
            infos = [
                ArrayInfo(name, dtype, tuple(json.loads(s)), size, checksum) for name, dtype, s, size, checksum in found
            ]
            folder = generation_folder(self.path, self._generation)
            try:
                self._arrays = open_arrays(folder, infos)
            except FileNotFoundError as error:
                raise WorkspaceDamaged(
                    f"The folder {folder} is missing: open the workspace again if it was built meanwhile, else run "
                    "`graphrag build` again with the same documents."
                ) from error
        return self._arrays

    def digest(self) -> str:
        """Return the digest of all content, computed from the tables: equal builds have equal digests."""
        with explaining(self._database):
            return content_digest_of(self._db, "main")

    def verify(self) -> list[str]:
        """Check the whole workspace: structure, references, content against the digest, arrays against checksums.

        Returns
        -------
        list of str
            One message for each thing that is wrong, naming the file; empty where all is well.
        """
        found = integrity_problems(self._db, self._database, self.meta)
        self._arrays = None
        try:
            self.arrays()
        except WorkspaceError as error:
            found.append(str(error))
        return found

    def audit(self) -> list[str]:
        """Check all that :meth:`verify` does and, where it finds nothing, every statement against its document.

        Returns
        -------
        list of str
            One message for each thing that is wrong; see :func:`graphrag.stores.checks.content_problems`.
        """
        found = self.verify()
        if found:
            return found
        try:
            with explaining(self._database):
                found.extend(content_problems(self._db))
        except (ValueError, TypeError) as error:
            return [f"The file {self._database} is damaged: a column holds what it should not ({error})"]
        fresh = sum(1 for _ in self._rows("SELECT 1 FROM fresh"))
        counts = self.counts()
        found.extend(array_problems(self.arrays(), {**counts, "chunks": counts["chunks"] - fresh}))
        return [f"{self._database}: {message}" for message in found]

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
            with self._turn:
                cursor = self._db.execute(sql, parameters)
                rows = cursor.fetchmany(_BLOCK)
            while rows:
                yield from rows
                with self._turn:
                    rows = cursor.fetchmany(_BLOCK)

    def _select(self, sql: str, column: str, values: Iterable[object] | None, order: str) -> Iterator[Any]:
        """Yield the rows whose ``column`` is one of ``values`` (None: all rows), in an order."""
        if values is None:
            return self._rows(f"{sql} ORDER BY {order}")
        some = json.dumps(list(values))
        return self._rows(f"{sql} WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY {order}", some)

    def _entities(self, column: str, values: Iterable[object] | None) -> Iterator[Entity]:
        """Yield entities with their aliases."""
        wanted = None if values is None else [int(v) if column == "e.row" else v for v in values]  # type: ignore[call-overload]
        return hydrate.entities(self._select(hydrate.ENTITIES, column, wanted, "e.row"))

    def _facts(self, sql: str, *parameters: object) -> Iterator[Fact]:
        """Yield facts with their evidence, a block at a time."""

        def evidence(rows: list[int]) -> Iterator[Any]:
            return self._rows(hydrate.EVIDENCE, json.dumps(rows))

        return hydrate.facts(self._rows(sql, *parameters), evidence)
