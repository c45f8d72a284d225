"""SQLite connections of a workspace, and what their errors mean to a user."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphrag.errors import WorkspaceDamaged, WorkspaceError, WorkspaceLocked

__all__ = ["connect", "connect_immutable", "disk_problem", "explaining", "remove_database"]

_BUSY_SECONDS = 10.0
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open a database without implicit transactions; on a read-only disk SQLite itself falls back to reading.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    create : bool
        Whether to make the file where it is missing.
    """
    return _open(path, f"mode={'rwc' if create else 'rw'}")


def connect_immutable(path: Path) -> sqlite3.Connection:
    """Open a database that nobody can change: a read-only disk without a write-ahead log to look at."""
    return _open(path, "mode=ro&immutable=1")


def _open(path: Path, options: str) -> sqlite3.Connection:
    """Open a database by URI."""
    # Threads of a server share a reader: SQLite serialises the calls (threadsafety 3).
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        isolation_level=None,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16384")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turn errors of SQLite on the file ``path`` into errors that say what happened and what to do.

    Raises
    ------
    WorkspaceDamaged
        The file is not a sound database.
    WorkspaceLocked
        Another process holds the database.
    WorkspaceError
        The disk is full, read-only or failing.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        text = str(error)
        if code in _LOCKED:
            raise WorkspaceLocked(f"The file {path} is in use by another process ({text}): try again later.") from error
        if code == sqlite3.SQLITE_CONSTRAINT or isinstance(error, sqlite3.ProgrammingError):
            raise
        unreadable = "decode" in text or "no such table" in text or "no such column" in text
        if code in _DAMAGED or unreadable:
            raise WorkspaceDamaged(f"The file {path} is damaged ({text}): {_remedy(path)}") from error
        raise disk_problem(path, text) from error


def remove_database(path: Path) -> None:
    """Remove a database with its side files; a log without its database would be played into the next one."""
    for end in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(path.name + end).unlink()


def disk_problem(path: Path, text: str) -> WorkspaceError:
    """Return the error for a disk that does not take or give what it should."""
    return WorkspaceError(
        f"The file {path} cannot be read or written ({text}): check that the disk has room, is not read-only, and that "
        "you may write there. The workspace is as it was before."
    )


def _remedy(path: Path) -> str:
    """Say what to do about a damaged database."""
    if path.name == "workspace.db":
        return (
            f"`graphrag doctor -w {path.parent}` makes it again from the documents, of which there is a second copy; "
            "or restore the folder from a backup."
        )
    return f"delete {path.name} beside its -wal and -shm files; the next `graphrag build` computes its content again."
