"""Noticing that a workspace was built again, by whatever process."""

import contextlib
import sqlite3
import threading
from pathlib import Path

from graphrag.errors import WorkspaceError
from graphrag.stores.database import Frozen, connect_reading, unchanged
from graphrag.stores.schema import DATABASE_FILE

__all__ = ["GenerationWatch"]


# The generation counts builds; "fresh" tells of documents that were added since, and can be found before the next.
_STATE = "SELECT key, value FROM meta WHERE key IN ('generation', 'fresh') ORDER BY key"


class GenerationWatch:
    """Tells which build of a workspace was committed last, in microseconds.  Threads may share it.

    Parameters
    ----------
    path : pathlib.Path
        The workspace's folder.
    """

    def __init__(self, path: Path) -> None:
        self._file = path / DATABASE_FILE
        self._turn = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._inode = 0

    def now(self) -> tuple[object, ...] | None:
        """Return what changes with each commit and with each replacement of the file; None where it cannot be read."""
        with self._turn:
            try:
                inode = self._file.stat().st_ino
                if self._db is None or inode != self._inode:
                    self._reopen(inode)
                if self._db is None:
                    return None
                with unchanged(self._db):
                    rows = self._db.execute(_STATE).fetchall()
            except (OSError, sqlite3.Error, WorkspaceError):
                self._forget()
                return None
            # Who holds no lock can read nothing more from a file that was touched, until it is opened again.
            stamp = self._db.stamp if isinstance(self._db, Frozen) else ()
            return (inode, *stamp, *rows) if rows else None

    def close(self) -> None:
        """Let go of the file; closing twice does nothing."""
        with self._turn:
            self._forget()

    def _reopen(self, inode: int) -> None:
        """Open the file that stands there now."""
        self._forget()
        self._db = connect_reading(self._file)
        self._inode = inode

    def _forget(self) -> None:
        """Close the connection."""
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None
