"""SQLite connections of a workspace, and what their errors mean to a user."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from graphrag.errors import WorkspaceDamaged, WorkspaceError, WorkspaceLocked

__all__ = [
    "Frozen",
    "connect",
    "connect_frozen",
    "connect_reading",
    "disk_problem",
    "explaining",
    "remove_database",
    "unchanged",
    "write_ahead",
]

_BUSY_SECONDS = 10.0
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# What SQLite says where it cannot keep its shared memory beside a file: by no right to write, and by no room.
_NO_SIDE_FILES = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL})
_NO_SHARED_MEMORY = frozenset({sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE})

Connection = TypeVar("Connection", bound=sqlite3.Connection)


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open a database without implicit transactions; on a read-only disk SQLite itself falls back to reading.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    create : bool
        Whether to make the file where it is missing.
    """
    return _open(path, f"mode={'rwc' if create else 'rw'}", sqlite3.Connection)


class Frozen(sqlite3.Connection):
    """A connection that takes no lock and looks at no log; :func:`unchanged` tells whether the file stayed as it was.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    stamp : tuple
        What it was when it was opened.
    """

    path: Path
    stamp: tuple[int, int, int]


def connect_frozen(path: Path) -> Frozen:
    """Open a database by its file alone, without its log: every reading of it must stand in :func:`unchanged`."""
    stamp = _stamp(path)
    connection = _open(path, "mode=ro&immutable=1", Frozen)
    connection.path, connection.stamp = path, stamp
    connection.execute("PRAGMA temp_store = MEMORY")  # a full disk takes no large sorting either
    return connection


def connect_reading(path: Path) -> sqlite3.Connection:
    """Open a database for reading, by its file alone where SQLite can write nothing beside it.

    Raises
    ------
    WorkspaceError
        A log holds the end of what was written, and cannot be read without writing.
    sqlite3.Error
        Anything else fails.
    """
    connection = None
    try:
        connection = connect(path)
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return connection
    except sqlite3.OperationalError as error:
        if connection is not None:
            connection.close()
        code = error.sqlite_errorcode
        if code & 0xFF not in _NO_SIDE_FILES and code not in _NO_SHARED_MEMORY:
            raise
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise WorkspaceError(
                f"The end of the last change of {path} stands in {log.name}, which can only be read where SQLite may "
                f"write beside it ({error}): free some space, or open it once where you may write."
            ) from error
    return connect_frozen(path)


@contextmanager
def unchanged(connection: sqlite3.Connection) -> Iterator[None]:
    """Refuse what a block reads from a :class:`Frozen` file that another process has changed meanwhile.

    Raises
    ------
    WorkspaceError
        It was changed; what SQLite says of its pages then means nothing.
    """
    try:
        yield
    finally:
        if isinstance(connection, Frozen) and _stamp(connection.path) != connection.stamp:
            raise WorkspaceError(
                f"The file {connection.path} was changed while it was read without a right to write: ask again."
            )


def _stamp(path: Path) -> tuple[int, int, int]:
    """Return what differs between two states of a file."""
    with suppress(OSError):
        state = path.stat()
        return state.st_ino, state.st_size, state.st_mtime_ns
    return 0, 0, 0


def _open(path: Path, options: str, kind: type[Connection]) -> Connection:
    """Open a database by URI."""
    # Threads of a server share a reader: SQLite serialises the calls (threadsafety 3).
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}",
        uri=True,
        isolation_level=None,
        timeout=_BUSY_SECONDS,
        check_same_thread=False,
        cached_statements=256,
        factory=kind,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16384")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def write_ahead(connection: sqlite3.Connection, schema: str = "main") -> None:
    """Let a file be written through a log beside it.

    Where others open the same new file at this moment, SQLite refuses at once, whatever the timeout of the connection:
    so the waiting is ours.

    Parameters
    ----------
    connection : sqlite3.Connection
        Outside a transaction.
    schema : str
        The name under which the file is attached.

    Raises
    ------
    sqlite3.OperationalError
        It is still locked after the time for which any statement waits.
    """
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA {schema}.journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _LOCKED or time.monotonic() > give_up:
                raise
            time.sleep(0.005)


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
