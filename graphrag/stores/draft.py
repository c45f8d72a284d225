"""The next state of a workspace while it is being built, and the one commit that makes it the state."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.errors import WorkspaceError
from graphrag.stores import hydrate
from graphrag.stores.analyses import Analyses, Missing
from graphrag.stores.arrays import ArrayInfo, generation_folder, remove_generations, write_arrays
from graphrag.stores.attached import STAGED_CHUNKS
from graphrag.stores.database import disk_problem, explaining
from graphrag.stores.fresh import NEW_CHUNKS, insert_fresh, remove_fresh
from graphrag.stores.inspection import DIGEST_FORM, ContentDigest, notes_digest_of
from graphrag.stores.rows import Row, community_tables, dump, entity_rows, resolution_tables
from graphrag.stores.salvage import documents_digest
from graphrag.stores.schema import CONTENT_TABLES, SCHEMA_VERSION
from graphrag.stores.spare import remove_spare, write_spare
from graphrag.stores.staging import Changes, Counts, Staging
from graphrag.types import Chunk, Community, CommunityReport, Resolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Changes", "Counts", "Draft", "Missing"]

_POINTED_AT = ("document", "chunk", "entity", "fact", "community")  # the tables that others refer to, by their rows


class Draft(Staging, Analyses):
    """The build in progress.  Made by :meth:`graphrag.stores.workspace.Workspace.draft`; a context manager.

    Documents are staged in a file of their own, so that nothing holds the corpus in memory; analyses are kept in the
    cache at once, so that a killed build goes on where it was; everything else becomes visible in :meth:`commit`.
    """

    def __init__(self, folder: Path, *, committed: Callable[[], None]) -> None:
        self._committed = committed
        self._shown: tuple[int, int] | None = None  # rows of the first document and chunk that were shown ahead
        super().__init__(folder)

    def close(self) -> None:
        """End the draft; what was not committed is forgotten, except for the cache."""
        if self._shown is not None:
            self._withdraw(*self._shown)
        self._detach()

    def __enter__(self) -> "Draft":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- new documents, ahead of the commit

    def new_chunks(self, most: int) -> list[Chunk]:
        """Return the staged chunks of documents that the workspace does not hold; none where they are more than that.

        A workspace that was never built has nothing to add them to, and gives none either.
        """
        with explaining(self._staging):
            if not self._generation():
                return []
            found = list(hydrate.chunks(self._db.execute(NEW_CHUNKS.format(STAGED_CHUNKS), (most + 1,))))
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
            with (
                ThreadPoolExecutor(1) as thread,
                explaining(self._database),
                self._unhindered(),
                self._transaction(),
                self._without_indexes(),
            ):
                writing = thread.submit(write_arrays, folder, arrays)
                digest = self._replace(resolution, communities, reports, writing.result)
                self._write_notes(folder, meta, digest, generation)
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
        infos: Callable[[], Sequence[ArrayInfo]],
    ) -> str:
        """Replace the content of all tables, inside the transaction; return its digest."""
        for table in ("fresh", "problem", *(name for name, _ in reversed(CONTENT_TABLES))):
            self._db.execute(f"DELETE FROM main.{table}")
        self._copy_staged()
        digest = ContentDigest()
        for table in ("document", "chunk"):
            for _ in digest.take(table, self._db.execute(f"SELECT * FROM main.{table} ORDER BY row")):
                pass
        for table, rows in resolution_tables(resolution, self._rows_of("chunk"), self._rows_of("document")):
            self._insert(table, rows, digest)
        for table, rows in community_tables(communities, reports, entity_rows(resolution)):
            self._insert(table, rows, digest)
        arrays = ((i.name, i.dtype, dump(list(i.shape)), i.size, i.checksum) for i in infos())
        self._insert("array", arrays, digest)
        return digest.hexdigest()

    def _copy_staged(self) -> None:
        """Copy the staged documents, their chunks and the problems of the input."""
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

    def _write_notes(self, folder: Path, meta: Mapping[str, object], digest: str, generation: int) -> None:
        """Note what is known about the build, also in the second copy of the documents, which is written here."""
        held = documents_digest(self._db.execute("SELECT id, digest FROM main.document ORDER BY row"))
        facts = {**meta, "digest": digest, "documents": held, "generation": generation}
        facts |= {"schema": SCHEMA_VERSION, "digest_form": DIGEST_FORM}
        facts["spare"] = write_spare(folder, self._db, facts)
        self._db.execute("DELETE FROM main.meta")
        note = "INSERT INTO main.meta VALUES (?, ?)"
        self._db.executemany(note, ((key, dump(value)) for key, value in facts.items()))
        self._db.execute(note, ("notes_digest", dump(notes_digest_of(self._db))))

    @contextlib.contextmanager
    def _unhindered(self) -> Iterator[None]:
        """Write whole tables at full speed: references are checked once at the end, not row by row."""
        self._db.execute("PRAGMA foreign_keys = OFF")
        self._db.execute("PRAGMA main.cache_size = -65536")
        try:
            yield
        finally:
            self._db.execute("PRAGMA foreign_keys = ON")

    @contextlib.contextmanager
    def _without_indexes(self) -> Iterator[None]:
        """Make the indexes anew behind a block that fills tables, which is faster than to fill them row by row.

        They tell at once where the references of each table begin and end, so that these are checked here.
        """
        sql = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        indexes = self._db.execute(sql).fetchall()
        for name, _ in indexes:
            self._db.execute(f"DROP INDEX main.{name}")
        yield
        for _, definition in indexes:
            self._db.execute(definition)
        self._check_references()

    def _check_references(self) -> None:
        """Check that every reference is to a row: those of a table that others point at are 0, 1, 2, … without a gap.

        Raises
        ------
        ValueError
            One is not: a mistake in the program.
        """
        counts = {table: self._db.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0] for table in _POINTED_AT}
        for table, count in counts.items():
            if self._ends(table, "row") not in ((0, count - 1), (None, None)):
                raise ValueError(f"the rows of {table} are not numbered")
        for table, _ in CONTENT_TABLES:
            for _, _, target, column, *_ in self._db.execute(f"PRAGMA main.foreign_key_list({table})").fetchall():
                least, most = self._ends(table, column)
                if least is not None and not 0 <= least <= most < counts[target]:
                    raise ValueError(f"a row of {table} points at nothing in {target}")

    def _ends(self, table: str, column: str) -> tuple[Any, Any]:
        """Return the least and the greatest value of an indexed column, None and None where there is none."""
        least, most = (f"(SELECT {which}({column}) FROM main.{table})" for which in ("min", "max"))
        ends: tuple[Any, Any] = self._db.execute(f"SELECT {least}, {most}").fetchone()
        return ends

    def _rows_of(self, table: str) -> dict[str, int]:
        """Return the row of each id."""
        return dict(self._db.execute(f"SELECT id, row FROM main.{table}"))

    def _insert(self, table: str, rows: Iterable[Row], digest: ContentDigest) -> None:
        """Insert rows that have a value for every column of the table, in canonical order, and count them in."""
        width = len(self._db.execute(f"SELECT * FROM main.{table} LIMIT 0").description)
        gap = f"({','.join('?' * width)})"
        for block in digest.take(table, rows):  # a statement for each, at half the cost of one for each row
            gaps = ",".join([gap] * len(block))
            self._db.execute(f"INSERT INTO main.{table} VALUES {gaps}", tuple(chain.from_iterable(block)))

    def _tidy(self, generation: int) -> None:
        """Note that the build is finished, and forget what no document needs any more; it stands whatever fails."""
        with contextlib.suppress(sqlite3.Error, WorkspaceError):
            self.finished()
        # Readers may still map the arrays of the generation before.
        remove_generations(self._folder, keep=(generation, generation - 1))
        remove_spare(self._folder, generation - 1)
        with contextlib.suppress(sqlite3.Error, WorkspaceError), self._transaction():
            held = {digest for (digest,) in self._db.execute("SELECT digest FROM main.chunk")}
            for table in ("extraction", "vectors", "reading", "standing"):
                kept = self._db.execute(f"SELECT DISTINCT digest FROM cache.{table}")
                gone = [(digest,) for (digest,) in kept if digest not in held]
                self._db.executemany(f"DELETE FROM cache.{table} WHERE digest = ?", gone)
