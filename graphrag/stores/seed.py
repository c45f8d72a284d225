"""Giving a new workspace the analyses of another one, so that it extracts and embeds nothing again."""

import contextlib
from pathlib import Path

from graphrag.stores.database import connect, explaining, remove_database
from graphrag.stores.schema import CACHE_FILE

__all__ = ["drop_cache", "seed_cache"]


def seed_cache(origin: Path, folder: Path) -> None:
    """Copy the cache of one workspace over that of another, while builds of the first may go on.

    Parameters
    ----------
    origin : pathlib.Path
        The workspace that has been built; without a cache nothing is copied.
    folder : pathlib.Path
        The workspace that will be; the caller holds the right to write to it.
    """
    source, target = origin / CACHE_FILE, folder / CACHE_FILE
    remove_database(target)
    if not source.exists():
        return
    # A copy of one state by SQLite itself: the files as they lie may be in the middle of a change.
    with (
        explaining(source),
        contextlib.closing(connect(source)) as there,
        contextlib.closing(connect(target, create=True)) as here,
    ):
        there.backup(here)


def drop_cache(folder: Path) -> None:
    """Remove the cache of a workspace, which can be seeded again."""
    remove_database(folder / CACHE_FILE)
