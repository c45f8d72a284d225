"""The next state of a workspace while it is being built: staged documents, the cache, and the one commit."""

import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from graphrag.errors import WorkspaceDamaged, WorkspaceError
from graphrag.stores import hydrate
from graphrag.stores.arrays import ArrayInfo, generation_folder, remove_generations, write_arrays
from graphrag.stores.codec import decode_extraction, decode_vectors
from graphrag.stores.database import connect, disk_problem, explaining, remove_database
from graphrag.stores.fresh import NEW_CHUNKS, insert_fresh, remove_fresh
from graphrag.stores.inspection import content_digest_of, notes_digest_of
from graphrag.stores.kept import KeptReport, load_reports, store_reports
from graphrag.stores.rows import Row, chunk_row, community_tables, document_row, dump, resolution_tables
from graphrag.stores.salvage import documents_digest
from graphrag.stores.schema import (
    CACHE_APPLICATION_ID,
    CACHE_FILE,
    CACHE_REPORTS,
    CACHE_SCHEMA,
    CACHE_VERSION,
    CONTENT_TABLES,
    DATABASE_FILE,
    SCHEMA_VERSION,
    STAGING_FILE,
    STAGING_SCHEMA,
)
from graphrag.types import Chunk, Community, CommunityReport, Document, Extraction, PassageVectors, Resolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Counts", "Draft", "Missing"]

_CHUNKS = hydrate.CHUNKS.replace(
    "FROM chunk c JOIN document d ON d.row", "FROM staging.chunk c JOIN staging.document d ON d.key"
)
_COPY_CHUNKS = (
    "INSERT INTO staging.chunk (id, document, position, start, stop, digest, heading, sentences, text) SELECT m.id, "
    "{key}, m.position, m.start, m.stop, m.digest, m.heading, m.sentences, m.text FROM {source} WHERE {where}"
)
# A refiner's reading of a chunk before the extractor's.
_REFINED = (
    "coalesce((SELECT e.body FROM staging.refined r JOIN cache.extraction e ON e.id = r.extraction "
    "WHERE r.digest = c.digest), x.body)"
)
_JOINED = (
    "SELECT {body}, {columns} LEFT JOIN cache.{table} x ON x.digest = c.digest AND x.made_by = ? {where} ORDER BY c.row"
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A staged chunk whose content has not been analysed yet, and what it lacks."""

    row: int
    extraction: bool
    vectors: bool


class Counts(NamedTuple):
    """How much is staged."""

    documents: int
    chunks: int
    contents: int  # chunks of different content


class Draft:
    """The build in progress.  Made by :meth:`graphrag.stores.workspace.Workspace.draft`; a context manager.

    Documents are staged in a file of their own, so that nothing holds the corpus in memory; analyses are kept in the
    cache at once, so that a killed build goes on where it was; everything else becomes visible in :meth:`commit`.
    """

    def __init__(self, folder: Path, *, committed: Callable[[], None]) -> None:
        self._folder = folder
        self._database = folder / DATABASE_FILE
        self._cache = folder / CACHE_FILE
        self._staging = folder / STAGING_FILE
        self._committed = committed
        self._cache_is_new = not self._cache.exists()
        self._worth_keeping = False
        self._shown: tuple[int, int] | None = None  # rows of the first document and chunk that were shown ahead
        remove_database(self._staging)
        if self._cache_is_new:
            remove_database(self._cache)
        with explaining(self._database):
            self._db = connect(self._database)
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def _attach(self) -> None:
        """Attach the cache and a new staging file."""
        with explaining(self._cache):
            self._db.execute("ATTACH ? AS cache", (str(self._cache),))
            tables = self._db.execute("SELECT count(*) FROM cache.sqlite_schema").fetchone()[0]
            application = self._db.execute("PRAGMA cache.application_id").fetchone()[0]
            version = self._db.execute("PRAGMA cache.user_version").fetchone()[0]
            self._db.execute("PRAGMA cache.journal_mode = WAL")
            self._db.execute("PRAGMA cache.synchronous = NORMAL")
            if tables == 0:
                script = CACHE_SCHEMA.replace("CREATE TABLE ", "CREATE TABLE cache.")
                self._db.executescript(
                    f"BEGIN; {script} PRAGMA cache.application_id = {CACHE_APPLICATION_ID};"
                    f"PRAGMA cache.user_version = {CACHE_VERSION}; COMMIT;"
                )
            elif (application, version) != (CACHE_APPLICATION_ID, CACHE_VERSION):
                raise WorkspaceDamaged(
                    f"The file {self._cache} is damaged or of another version of graphrag: delete it beside its -wal "
                    "and -shm files; the next `graphrag build` computes its content again."
                )
            self._db.execute(CACHE_REPORTS)
            self._db.execute("DELETE FROM cache.journal")
        with explaining(self._staging):
            self._db.execute("ATTACH ? AS staging", (str(self._staging),))
            self._db.execute("PRAGMA staging.journal_mode = MEMORY")
            self._db.execute("PRAGMA staging.synchronous = OFF")
            self._db.executescript(STAGING_SCHEMA)

    def close(self) -> None:
        """End the draft; what was not committed is forgotten, except for the cache."""
        if self._shown is not None:
            self._withdraw(*self._shown)
        self._db.close()
        remove_database(self._staging)
        if self._cache_is_new and not self._worth_keeping:
            remove_database(self._cache)

    def __enter__(self) -> "Draft":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- staging

    def known(self) -> dict[str, str]:
        """Return the digest of each document that the workspace holds, by id."""
        with explaining(self._database):
            return dict(self._db.execute("SELECT id, digest FROM main.document"))

    def add(self, documents: Sequence[tuple[Document, Sequence[Chunk] | None]]) -> None:
        """Stage documents with their chunks, or None for those that the workspace holds and that are cut as before.

        Of two documents with one id and different content the one with the smaller digest is kept, so that the
        result does not depend on their order; the other is noted as a problem.
        """
        with explaining(self._staging), self._transaction():
            for document, chunks in documents:
                if self._displaces(document):
                    self._stage(document, chunks)

    def _displaces(self, document: Document) -> bool:
        """Tell whether a document is to be staged, after making room for it."""
        known = self._db.execute(
            "SELECT key, digest, source FROM staging.document WHERE id = ?", (document.id,)
        ).fetchone()
        if known is None:
            return True
        key, digest, source = known
        kept, dropped = sorted([(digest, source), (document.digest, document.source)])
        reason = "an equal document" if digest == document.digest else "another document"
        self._note(dropped[1] or document.id, f"not used: {reason} has the id {document.id!r}; give each its own id")
        if kept[0] == digest:
            return False
        self._db.execute("DELETE FROM staging.chunk WHERE document = ?", (key,))
        self._db.execute("DELETE FROM staging.document WHERE key = ?", (key,))
        return True

    def _stage(self, document: Document, chunks: Sequence[Chunk] | None) -> None:
        """Insert a document and its chunks, or those that it has in the workspace."""
        key = self._db.execute(
            "INSERT INTO staging.document (id, title, digest, source, metadata, headings, text) VALUES (?,?,?,?,?,?,?)",
            document_row(document),
        ).lastrowid
        if chunks is None:
            same = "m.document = (SELECT row FROM main.document WHERE id = ?)"
            self._db.execute(_COPY_CHUNKS.format(key="?", source="main.chunk m", where=same), (key, document.id))
            return
        self._db.executemany(
            "INSERT INTO staging.chunk (id, document, position, start, stop, digest, heading, sentences, text) "
            "VALUES (?,?,?,?,?,?,?,?,?)",
            (chunk_row(chunk, key or 0) for chunk in chunks),
        )

    def staged(self) -> dict[str, str]:
        """Return the source of each document that is staged so far, by id."""
        with explaining(self._staging):
            return dict(self._db.execute("SELECT id, source FROM staging.document"))

    def keep_documents(self, without: Iterable[str]) -> None:
        """Stage all documents that the workspace holds, cut as they are, but some and those that are staged already.

        Parameters
        ----------
        without : iterable of str
            Ids.
        """
        gone = dump(sorted(without))
        with explaining(self._staging), self._transaction():
            self._db.execute(
                "INSERT INTO staging.document (id, title, digest, source, metadata, headings, text) SELECT id, title, "
                "digest, source, metadata, headings, text FROM main.document WHERE id NOT IN (SELECT id FROM "
                "staging.document) AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY row",
                (gone,),
            )
            source = "main.chunk m JOIN main.document d ON d.row = m.document JOIN staging.document s ON s.id = d.id"
            where = "NOT EXISTS (SELECT 1 FROM staging.chunk c WHERE c.document = s.key)"
            self._db.execute("CREATE INDEX staging.chunk_of_document ON chunk (document)")
            self._db.execute(_COPY_CHUNKS.format(key="s.key", source=source, where=f"{where} ORDER BY m.row"))

    def keep_problems(self, without: Iterable[str]) -> None:
        """Note the problems that the workspace lists again, but those of some sources and of documents that are gone.

        Parameters
        ----------
        without : iterable of str
            Sources that were read anew.
        """
        read = {source for source in without if source}
        with explaining(self._staging), self._transaction():
            noted = set(self._db.execute("SELECT place, message FROM staging.problem"))
            for place, message in self._db.execute("SELECT place, message FROM main.problem ORDER BY row").fetchall():
                source = place.rsplit(", ", 1)[0]
                if place not in read and source not in read and (place, message) not in noted:
                    self._note(place, message)

    def nothing_new(self) -> bool:
        """Tell whether what is staged and noted is what the workspace holds already, passage by passage."""
        tables = (
            ("document", "id, digest"),
            ("chunk", "id, position, start, stop, digest"),
            ("problem", "place, message"),
        )
        with explaining(self._staging):
            if not self._generation() or self._db.execute("SELECT 1 FROM main.fresh").fetchone():
                return False
            for table, columns in tables:
                there = self._db.execute(f"SELECT {columns} FROM main.{table} ORDER BY {columns}")
                here = self._db.execute(f"SELECT {columns} FROM staging.{table} ORDER BY {columns}")
                if not all(one == other for one, other in zip_longest(there, here)):
                    return False
        return True

    def note(self, problems: Iterable[tuple[str, str]]) -> None:
        """Note problems of the input as (place, message)."""
        with explaining(self._staging), self._transaction():
            for place, message in problems:
                self._note(place, message)

    def _note(self, place: str, message: str) -> None:
        self._db.execute("INSERT INTO staging.problem (place, message) VALUES (?, ?)", (place, message))

    def seal(self) -> Counts:
        """Give all staged rows their canonical numbers, and count them."""
        with explaining(self._staging), self._transaction():
            self._db.execute(
                "UPDATE staging.document SET row = n.row FROM (SELECT key, row_number() OVER (ORDER BY id) - 1 AS row "
                "FROM staging.document) AS n WHERE n.key = document.key"
            )
            self._db.execute(
                "UPDATE staging.chunk SET row = n.row FROM (SELECT c.key, row_number() OVER (ORDER BY d.row, "
                "c.position) - 1 AS row FROM staging.chunk c JOIN staging.document d ON d.key = c.document) AS n "
                "WHERE n.key = chunk.key"
            )
            self._db.execute("CREATE UNIQUE INDEX staging.chunk_by_row ON chunk (row)")
            self._db.execute("CREATE INDEX staging.chunk_by_digest ON chunk (digest)")
            counts = (
                "count(*) FROM staging.document",
                "count(*) FROM staging.chunk",
                "count(DISTINCT digest) FROM staging.chunk",
            )
            documents, chunks, contents = (self._db.execute(f"SELECT {count}").fetchone()[0] for count in counts)
        return Counts(documents, chunks, contents)

    # --- new documents, ahead of the commit

    def new_chunks(self, most: int) -> list[Chunk]:
        """Return the staged chunks of documents that the workspace does not hold; none where they are more than that.

        A workspace that was never built has nothing to add them to, and gives none either.
        """
        with explaining(self._staging):
            if not self._generation():
                return []
            found = list(hydrate.chunks(self._db.execute(NEW_CHUNKS.format(_CHUNKS), (most + 1,))))
        return found if len(found) <= most else []

    def show_new(self, made_by: str) -> None:
        """Let readers find the documents of :meth:`new_chunks` by words and vectors, in one transaction.

        The commit makes them part of the graph.  When the draft ends without one, they are withdrawn.

        Parameters
        ----------
        made_by : str
            The fingerprint of the embedder whose vectors of these chunks the cache holds.
        """
        with explaining(self._database), self._transaction():
            shown = insert_fresh(self._db, made_by)
            self._shown = shown
        self._committed()

    def _withdraw(self, document: int, chunk: int) -> None:
        """Take back what was shown; where the disk does not allow that, the next build does."""
        with contextlib.suppress(sqlite3.Error, WorkspaceError), self._transaction():
            remove_fresh(self._db, document, chunk)
        self._shown = None
        with contextlib.suppress(WorkspaceError):
            self._committed()

    # --- the cache

    def missing(self, extractor: str, embedder: str) -> list[Missing]:
        """Return what is not cached for these fingerprints, one entry for each different content, in row order."""
        with explaining(self._cache):
            rows = self._db.execute(
                "SELECT min(c.row), e.id IS NULL, v.id IS NULL FROM staging.chunk c "
                "LEFT JOIN cache.extraction e ON e.digest = c.digest AND e.made_by = ? "
                "LEFT JOIN cache.vectors v ON v.digest = c.digest AND v.made_by = ? "
                "WHERE e.id IS NULL OR v.id IS NULL GROUP BY c.digest ORDER BY 1",
                (extractor, embedder),
            )
            return [Missing(row, bool(no_extraction), bool(no_vectors)) for row, no_extraction, no_vectors in rows]

    def keep(self, extractor: str, embedder: str, analysed: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
        """Keep analyses in the cache, in one transaction.

        Parameters
        ----------
        extractor, embedder : str
            The fingerprints of what made them.
        analysed : sequence of (str, bytes or None, bytes or None)
            Chunk digest, and the extraction and the vectors as :mod:`graphrag.stores.codec` encodes them.
        """
        with explaining(self._cache), self._transaction():
            for table, made_by, column in (("extraction", extractor, 1), ("vectors", embedder, 2)):
                self._db.executemany(
                    f"INSERT OR REPLACE INTO cache.{table} (digest, made_by, body) VALUES (?, ?, ?)",
                    ((row[0], made_by, row[column]) for row in analysed if row[column] is not None),
                )
        self._worth_keeping = True

    def kept_reports(self) -> dict[str, KeptReport]:
        """Return the reports that earlier builds wrote, by the key of what each is made of."""
        with explaining(self._cache):
            return load_reports(self._db)

    def keep_reports(self, reports: Mapping[str, KeptReport]) -> None:
        """Keep these reports, and no others."""
        with explaining(self._cache), self._transaction():
            store_reports(self._db, reports)

    def journal(self, stage: str) -> None:
        """Note that a stage begins and the one before has finished."""
        now = time.time()
        with explaining(self._cache), self._transaction():
            self._db.execute("UPDATE cache.journal SET finished = ? WHERE finished IS NULL", (now,))
            self._db.execute("INSERT INTO cache.journal (stage, started, note) VALUES (?, ?, '')", (stage, now))

    def finished(self) -> None:
        """Note that the last stage has finished, and with it the build."""
        with explaining(self._cache), self._transaction():
            self._db.execute("UPDATE cache.journal SET finished = ? WHERE finished IS NULL", (time.time(),))

    # --- reading what is staged

    def chunks(self, rows: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the staged chunks of these rows, or all, in row order."""
        some = "" if rows is None else "WHERE c.row IN (SELECT value FROM json_each(?))"
        with explaining(self._staging):
            parameters = () if rows is None else (json.dumps(list(rows)),)
            yield from hydrate.chunks(self._db.execute(f"{_CHUNKS} {some} ORDER BY c.row", parameters))

    def passages(self, made_by: str, rows: Sequence[int] | None = None) -> Iterator[tuple[Chunk, Extraction]]:
        """Yield the staged chunks of these rows, or all, with their extractions, in row order.

        A refined extraction, see :meth:`refine`, comes in place of the extractor's.
        """
        some = "" if rows is None else "WHERE c.row IN (SELECT value FROM json_each(?))"
        sql = _JOINED.format(body=_REFINED, columns=_CHUNKS.removeprefix("SELECT "), table="extraction", where=some)
        with explaining(self._cache):
            for body, *row in self._db.execute(sql, (made_by, *(() if rows is None else (json.dumps(list(rows)),)))):
                extraction: Extraction = self._decode(decode_extraction, body)
                yield next(hydrate.chunks([row])), extraction

    def refine(self, made_by: str, digests: Iterable[str]) -> None:
        """Let :meth:`passages` give the extractions of a refiner for these contents, where the cache has them.

        Parameters
        ----------
        made_by : str
            The refiner's fingerprint.
        digests : iterable of str
            Digests of chunks.
        """
        with explaining(self._cache), self._transaction():
            self._db.execute("DELETE FROM staging.refined")
            self._db.executemany(
                "INSERT INTO staging.refined SELECT ?, id FROM cache.extraction WHERE digest = ? AND made_by = ?",
                ((digest, digest, made_by) for digest in digests),
            )

    def refined(self) -> set[str]:
        """Return the digests of the contents that have a refiner's extraction, after :meth:`refine`."""
        with explaining(self._staging):
            return {digest for (digest,) in self._db.execute("SELECT digest FROM staging.refined")}

    def forget_notes(self, begin: str) -> None:
        """Take back the staged problems whose message begins with ``begin``."""
        with explaining(self._staging), self._transaction():
            self._db.execute("DELETE FROM staging.problem WHERE substr(message, 1, ?) = ?", (len(begin), begin))

    def vectors(self, made_by: str) -> Iterator[PassageVectors]:
        """Yield the vectors of all staged chunks, in row order."""
        sql = _JOINED.format(body="x.body", columns="c.row FROM staging.chunk c", table="vectors", where="")
        with explaining(self._cache):
            for body, _ in self._db.execute(sql, (made_by,)):
                yield self._decode(decode_vectors, body)

    def vectors_of(self, chunk_id: str, made_by: str) -> PassageVectors:
        """Return the vectors of one staged chunk."""
        sql = (
            "SELECT x.body FROM staging.chunk c JOIN cache.vectors x ON x.digest = c.digest AND x.made_by = ? "
            "WHERE c.id = ?"
        )
        with explaining(self._cache):
            row = self._db.execute(sql, (made_by, chunk_id)).fetchone()
        vectors: PassageVectors = self._decode(decode_vectors, row[0] if row else None)
        return vectors

    def _decode(self, decode: Callable[[bytes], Any], body: bytes | None) -> Any:
        """Decode a cached analysis."""
        try:
            return decode(body or b"")
        except ValueError as error:
            raise WorkspaceDamaged(
                f"The file {self._cache} is damaged ({error}): delete it beside its -wal and -shm files; the next "
                "`graphrag build` computes its content again."
            ) from error

    # --- the commit

    def commit(
        self,
        resolution: Resolution,
        communities: Sequence[Community],
        reports: Sequence[CommunityReport],
        arrays: "Mapping[str, NDArray[Any]]",
        meta: Mapping[str, object],
    ) -> str:
        """Make the staged documents and all that was derived from them the state of the workspace.

        The arrays are on the disk before the one transaction that makes readers see them; if anything fails, the
        workspace is as it was.

        Parameters
        ----------
        resolution, communities, reports
            The graph.
        arrays : mapping
            The index.
        meta : mapping
            What to note about the build; values that JSON can hold.

        Returns
        -------
        str
            The digest of the content.

        Raises
        ------
        WorkspaceError
            The disk is full or cannot be written.
        """
        generation = self._generation() + 1
        folder = generation_folder(self._folder, generation)
        try:
            infos = write_arrays(folder, arrays)
            with explaining(self._database), self._unhindered(), self._transaction():
                self._replace(resolution, communities, reports, infos)
                digest = content_digest_of(self._db, "main")
                held = documents_digest(self._db.execute("SELECT id, digest FROM main.document ORDER BY row"))
                facts = {**meta, "digest": digest, "documents": held, "generation": generation}
                facts["schema"] = SCHEMA_VERSION
                self._db.execute("DELETE FROM main.meta")
                self._insert("meta", ((key, dump(value)) for key, value in facts.items()))
                self._insert("meta", [("notes_digest", dump(notes_digest_of(self._db)))])
        except OSError as error:
            raise disk_problem(Path(error.filename or folder), error.strerror or str(error)) from error
        finally:
            # An interrupt may arrive after the transaction: ask the database, not the program, what is true.
            self._remove_unless_committed(folder, generation)
        self._worth_keeping = True
        self._shown = None
        self._tidy(generation)
        self._committed()
        return digest

    def _generation(self) -> int:
        """Return the number of the last committed generation."""
        row = self._db.execute("SELECT value FROM main.meta WHERE key = 'generation'").fetchone()
        return int(row[0]) if row else 0

    def _remove_unless_committed(self, folder: Path, generation: int) -> None:
        """Remove the arrays of a generation that did not become the valid one."""
        with contextlib.suppress(sqlite3.Error):
            if self._generation() != generation:
                shutil.rmtree(folder, ignore_errors=True)

    def _replace(
        self,
        resolution: Resolution,
        communities: Sequence[Community],
        reports: Sequence[CommunityReport],
        infos: Sequence[ArrayInfo],
    ) -> None:
        """Replace the content of all tables, inside the transaction."""
        for table in ("fresh", "problem", *(name for name, _ in reversed(CONTENT_TABLES))):
            self._db.execute(f"DELETE FROM main.{table}")
        self._db.execute(
            "INSERT INTO main.document SELECT row, id, title, digest, source, metadata, headings, text "
            "FROM staging.document ORDER BY row"
        )
        self._db.execute(
            "INSERT INTO main.chunk SELECT c.row, c.id, d.row, c.position, c.start, c.stop, c.digest, c.heading, "
            "c.sentences, c.text FROM staging.chunk c JOIN staging.document d ON d.key = c.document ORDER BY c.row"
        )
        self._db.execute(
            "INSERT INTO main.problem SELECT row_number() OVER (ORDER BY place, message) - 1, place, message "
            "FROM staging.problem ORDER BY place, message"
        )
        for table, rows in resolution_tables(resolution, self._rows_of("chunk"), self._rows_of("document")):
            self._insert(table, rows)
        for table, rows in community_tables(communities, reports, self._rows_of("entity")):
            self._insert(table, rows)
        self._insert("array", ((i.name, i.dtype, dump(list(i.shape)), i.size, i.checksum) for i in infos))
        astray = self._db.execute("PRAGMA main.foreign_key_check").fetchone()
        if astray is not None:
            raise ValueError(f"a row of {astray[0]} points at nothing in {astray[2]}")  # a mistake in the program

    @contextlib.contextmanager
    def _unhindered(self) -> Iterator[None]:
        """Write whole tables at full speed: references are checked once at the end, not row by row."""
        self._db.execute("PRAGMA foreign_keys = OFF")
        self._db.execute("PRAGMA main.cache_size = -65536")
        try:
            yield
        finally:
            self._db.execute("PRAGMA foreign_keys = ON")

    def _rows_of(self, table: str) -> dict[str, int]:
        """Return the row of each id."""
        return dict(self._db.execute(f"SELECT id, row FROM main.{table}"))

    def _insert(self, table: str, rows: Iterable[Row]) -> None:
        """Insert rows that have a value for every column of the table."""
        width = len(self._db.execute(f"SELECT * FROM main.{table} LIMIT 0").description)
        self._db.executemany(f"INSERT INTO main.{table} VALUES ({','.join('?' * width)})", rows)

    def _tidy(self, generation: int) -> None:
        """Forget what no document needs any more.  The build stands whether or not this succeeds."""
        # Readers may still map the arrays of the generation before.
        remove_generations(self._folder, keep=(generation, generation - 1))
        with contextlib.suppress(sqlite3.Error, WorkspaceError), self._transaction():
            for table in ("extraction", "vectors"):
                self._db.execute(f"DELETE FROM cache.{table} WHERE digest NOT IN (SELECT digest FROM main.chunk)")
            self._db.execute("UPDATE cache.journal SET finished = ? WHERE finished IS NULL", (time.time(),))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run a block in one transaction."""
        self._db.execute("BEGIN")
        try:
            yield
            self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
