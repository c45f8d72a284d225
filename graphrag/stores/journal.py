"""How long each stage of the last build took, as its journal has it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from graphrag.stores.schema import CACHE_FILE

__all__ = ["stage_seconds"]


def stage_seconds(workspace: Path) -> list[tuple[str, float]]:
    """Return (stage, seconds) of the last build in its order; empty where the journal is gone or another build runs.

    Parameters
    ----------
    workspace : pathlib.Path
        The folder.
    """
    path = workspace / CACHE_FILE
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT stage, started, finished FROM journal ORDER BY started").fetchall()
    except sqlite3.Error:
        return []  # times are told where they are known; nothing rests on them
    if any(finished is None for _, _, finished in rows):
        return []
    return [(stage, max(0.0, finished - started)) for stage, started, finished in rows]
