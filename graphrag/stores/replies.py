"""Replies of LLMs, kept by (prompt, model, settings) in a workspace: what was paid for is paid once."""

import threading
from pathlib import Path

from graphrag.errors import WorkspaceDamaged
from graphrag.llms.client import Experience, Kept
from graphrag.stores.database import connect, explaining, write_ahead

__all__ = ["Replies"]

_APPLICATION_ID = 0x48_6F_70_52  # "HopR"
_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS reply (
    key TEXT PRIMARY KEY, stage TEXT NOT NULL, model TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
    tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL, seconds REAL NOT NULL, text TEXT NOT NULL
) WITHOUT ROWID;
"""


class Replies:
    """Implements :class:`graphrag.llms.client.ReplyCache` in one SQLite file, which several processes may share.

    Parameters
    ----------
    path : pathlib.Path
        The file; made where it is missing.

    Raises
    ------
    WorkspaceDamaged
        The file is no cache of replies.
    WorkspaceError
        It cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with explaining(path):
            self._db = connect(path, create=True)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def _open(self) -> None:
        """Make the table, or see that the file is one of ours."""
        # The tables first: another process may be making them with the numbers, in one transaction.
        tables = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if tables and (application, version) != (_APPLICATION_ID, _VERSION):
            raise WorkspaceDamaged(
                f"The file {self._path} is damaged or of another version of graphrag: move it away; its replies will "
                "have to be paid for again."
            )
        write_ahead(self._db)
        self._db.execute("PRAGMA synchronous = NORMAL")
        if not tables:
            self._db.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {_APPLICATION_ID}; "
                f"PRAGMA user_version = {_VERSION}; COMMIT;"
            )

    def get(self, key: str) -> Kept | None:
        """Return the reply of a request, None where there is none."""
        with explaining(self._path), self._lock:
            row = self._db.execute(
                "SELECT text, tokens_in, tokens_out, seconds FROM reply WHERE key = ?", (key,)
            ).fetchone()
        return Kept(*row) if row else None

    def put(self, key: str, stage: str, model: str, prompt_tokens: int, kept: Kept) -> None:
        """Keep a good reply."""
        row = (key, stage, model, prompt_tokens, kept.tokens_in, kept.tokens_out, kept.seconds, kept.text)
        with explaining(self._path), self._lock:
            self._db.execute("INSERT OR REPLACE INTO reply VALUES (?,?,?,?,?,?,?,?)", row)

    def experience(self, stage: str, model: str) -> Experience:
        """Return what the kept replies of a stage cost."""
        with explaining(self._path), self._lock:
            row = self._db.execute(
                "SELECT count(*), coalesce(sum(prompt_tokens), 0), coalesce(sum(tokens_in), 0), "
                "coalesce(sum(tokens_out), 0), coalesce(sum(seconds), 0) FROM reply WHERE stage = ? AND model = ?",
                (stage, model),
            ).fetchone()
        return Experience(*row)

    def __len__(self) -> int:
        with explaining(self._path), self._lock:
            return int(self._db.execute("SELECT count(*) FROM reply").fetchone()[0])

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        with self._lock:
            self._db.close()
