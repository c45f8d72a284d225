"""Making the database of a workspace, and opening one after looking at what it is."""

import contextlib
import sqlite3
from pathlib import Path

from graphrag.errors import WorkspaceDamaged, WorkspaceError
from graphrag.stores.database import connect, connect_reading, explaining, remove_database, write_ahead
from graphrag.stores.migrating import migrate
from graphrag.stores.schema import APPLICATION_ID, DATABASE_FILE, SCHEMA, SCHEMA_VERSION
from graphrag.stores.spare import has_spare

__all__ = ["make_database", "open_database"]


def open_database(folder: Path, *, locked: bool = False) -> sqlite3.Connection:
    """Open the database of a workspace and check that it is one that this version reads.

    One of an earlier schema is brought up to date first; a copy of it as it was is kept beside it.

    Parameters
    ----------
    folder : pathlib.Path
        The workspace's folder.
    locked : bool
        Whether the caller holds the right to write.
    """
    path = folder / DATABASE_FILE
    with explaining(path):
        migrate(folder, locked=locked)
    with explaining(path):
        return _checked(connect(path) if locked else connect_reading(path), folder)


def _checked(connection: sqlite3.Connection, folder: Path) -> sqlite3.Connection:
    """Return the connection if it is to a workspace that this version reads, else close it."""
    try:
        _check_version(connection, folder)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, folder: Path) -> None:
    """Refuse a database that is no workspace, or of another schema version."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application == 0 and tables == 0:
        if has_spare(folder):
            raise WorkspaceDamaged(
                f"The file {folder / DATABASE_FILE} is empty: `graphrag doctor -w {folder}` makes it again."
            )
        raise WorkspaceError(
            f"The workspace {folder} was never finished: run `graphrag build INPUT -w {folder}` again."
        )
    if application != APPLICATION_ID:
        raise WorkspaceDamaged(
            f"The file {folder / DATABASE_FILE} is not a workspace of graphrag, or is damaged: choose another folder."
        )
    if version != SCHEMA_VERSION:
        noted = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        if noted is not None and noted[0] != str(version):
            raise WorkspaceDamaged(
                f"The file {folder / DATABASE_FILE} is damaged (its header says version {version}): restore it from a "
                "backup, or delete the folder and build again."
            )
        raise WorkspaceError(
            f"The workspace {folder} was made by another version of graphrag (its schema is {version}, this one reads "
            f"{SCHEMA_VERSION}): use that version, or build again into a new folder with `graphrag build INPUT -w NEW`."
        )


def make_database(path: Path) -> None:
    """Make the tables of an empty workspace in one transaction, unless they are there."""
    if not path.exists():
        remove_database(path)
    with explaining(path), contextlib.closing(connect(path, create=True)) as connection:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return
        write_ahead(connection)
        connection.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}');"
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
