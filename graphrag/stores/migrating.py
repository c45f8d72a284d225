"""Bringing the database of a workspace to the current schema, one version after the other."""

import contextlib
import json
import sqlite3
from pathlib import Path

from graphrag.errors import WorkspaceError
from graphrag.stores.database import connect, connect_reading, unchanged
from graphrag.stores.inspection import notes_digest_of
from graphrag.stores.lock import WriterLock
from graphrag.stores.schema import APPLICATION_ID, DATABASE_FILE, MIGRATIONS

__all__ = ["backup_of", "migrate", "old_version"]


def backup_of(folder: Path, version: int) -> Path:
    """Return where the copy of a workspace's database is kept that had this schema version before it was migrated."""
    return folder / f"{DATABASE_FILE}.schema-{version}"


def migrate(folder: Path, *, locked: bool) -> None:
    """Bring a database of an earlier schema up to date; a copy of it as it was is kept beside it.

    Nothing is done where the schema is current, or where something else is wrong with the file.

    Parameters
    ----------
    folder : pathlib.Path
        The workspace's folder.
    locked : bool
        Whether the caller holds the right to write; else it is taken for as long as this takes.

    Raises
    ------
    WorkspaceLocked
        Another process is writing.
    sqlite3.Error
        The disk is full or cannot be written; the database is as it was.
    """
    path = folder / DATABASE_FILE
    if not old_version(path):
        return
    with contextlib.ExitStack() as stack:
        if not locked:
            stack.callback(WriterLock(folder).release)
        while version := old_version(path):
            _keep_copy(path, backup_of(folder, version))
            _step(path, version)


def old_version(path: Path) -> int:
    """Return the schema version of a database that can be brought up to date, 0 where that need not or cannot be."""
    try:
        with contextlib.closing(connect_reading(path)) as connection, unchanged(connection):
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version not in MIGRATIONS or connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                return 0
            # A flipped bit of the header looks like another version; the notes tell.
            noted = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            return version if noted is not None and noted[0] == str(version) else 0
    except (sqlite3.Error, WorkspaceError):
        return 0  # what is wrong with the file is told when it is opened


def _keep_copy(path: Path, backup: Path) -> None:
    """Copy a database, unless a migration that was killed has copied it before."""
    if backup.exists():
        return
    half = backup.with_name(f"{backup.name}.new")
    half.unlink(missing_ok=True)
    with contextlib.closing(connect(path)) as source, contextlib.closing(connect(half, create=True)) as target:
        source.backup(target)
    half.replace(backup)


def _step(path: Path, version: int) -> None:
    """Make the next version of a database, in one transaction."""
    with contextlib.closing(connect(path)) as connection:
        connection.executescript(f"BEGIN IMMEDIATE; {MIGRATIONS[version]} PRAGMA user_version = {version + 1};")
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(version + 1),))
        digest = json.dumps(notes_digest_of(connection))
        connection.execute("UPDATE meta SET value = ? WHERE key = 'notes_digest'", (digest,))
        connection.execute("COMMIT")
