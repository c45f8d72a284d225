"""One connection to the database of a workspace, its cache, and the documents that are staged."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from graphrag.errors import WorkspaceDamaged
from graphrag.stores import hydrate
from graphrag.stores.database import connect, explaining, remove_database, write_ahead
from graphrag.stores.schema import (
    CACHE_ADDED,
    CACHE_APPLICATION_ID,
    CACHE_FILE,
    CACHE_SCHEMA,
    CACHE_VERSION,
    DATABASE_FILE,
    STAGING_FILE,
    STAGING_SCHEMA,
)

__all__ = ["STAGED_CHUNKS", "Attached"]

STAGED_CHUNKS = hydrate.CHUNKS.replace(
    "FROM chunk c JOIN document d ON d.row", "FROM staging.chunk c JOIN staging.document d ON d.key"
)


class Attached:
    """The three files of a build as one connection.

    Parameters
    ----------
    folder : pathlib.Path
        The workspace's folder; the caller holds the right to write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = folder / DATABASE_FILE
        self._cache = folder / CACHE_FILE
        self._staging = folder / STAGING_FILE
        self._cache_is_new = not self._cache.exists()
        self._worth_keeping = False
        remove_database(self._staging)
        if self._cache_is_new:
            remove_database(self._cache)
        with explaining(self._database):
            self._db = connect(self._database)
        try:
            self._attach()
        except BaseException:
            self._detach()
            raise

    def _attach(self) -> None:
        """Attach the cache and a new staging file."""
        with explaining(self._cache):
            self._db.execute("ATTACH ? AS cache", (str(self._cache),))
            tables = self._db.execute("SELECT count(*) FROM cache.sqlite_schema").fetchone()[0]
            application = self._db.execute("PRAGMA cache.application_id").fetchone()[0]
            version = self._db.execute("PRAGMA cache.user_version").fetchone()[0]
            write_ahead(self._db, "cache")
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
            self._db.executescript(CACHE_ADDED)
            self._db.execute("DELETE FROM cache.journal")
        with explaining(self._staging):
            self._db.execute("ATTACH ? AS staging", (str(self._staging),))
            self._db.execute("PRAGMA staging.journal_mode = MEMORY")
            self._db.execute("PRAGMA staging.synchronous = OFF")
            self._db.executescript(STAGING_SCHEMA)

    def _detach(self) -> None:
        """Close the files, and remove those that nobody needs any more."""
        self._db.close()
        remove_database(self._staging)
        if self._cache_is_new and not self._worth_keeping:
            remove_database(self._cache)

    def _generation(self) -> int:
        """Return the number of the last committed generation."""
        row = self._db.execute("SELECT value FROM main.meta WHERE key = 'generation'").fetchone()
        return int(row[0]) if row else 0

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
