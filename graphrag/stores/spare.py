"""A second copy of the documents, beside the arrays of each build: what a lost ``workspace.db`` is made again from.

Everything else can be derived from the documents; without this file they would stand in one place only.  It is one
gzip file of JSON lines: the notes of the build, then each document as the table ``document`` has it.  It is written
before the commit that makes its generation valid, and takes about three fifths of the texts' size.
"""

import contextlib
import gzip
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graphrag.stores.arrays import generation_folder, sync_folder
from graphrag.stores.schema import ARRAYS_FOLDER, SPARE_FILE

__all__ = ["COLUMNS", "has_spare", "read_spares", "remove_spare", "spare_problem", "write_spare"]

COLUMNS = "row, digest, id, title, source, metadata, headings, text"

_ENCODER = json.JSONEncoder(separators=(",", ":"))
_TOGETHER = 64  # documents that are written at once


def write_spare(folder: Path, connection: sqlite3.Connection, notes: Mapping[str, object]) -> str:
    """Write the documents of a database and the notes of its build, and wait until the disk has them.

    Parameters
    ----------
    folder : pathlib.Path
        Of the arrays of the build.
    connection : sqlite3.Connection
        Inside the transaction that will make the build valid.
    notes : mapping
        Values that JSON can hold.

    Returns
    -------
    str
        The checksum of the file.

    Raises
    ------
    OSError
        The disk is full or cannot be written.
    """
    path = folder / SPARE_FILE
    with path.open("wb") as file:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=file, mtime=0) as packed:
            packed.write(_lines([notes]))
            rows = connection.execute(f"SELECT {COLUMNS} FROM main.document ORDER BY row")
            while some := rows.fetchmany(_TOGETHER):
                packed.write(_lines(some))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return _checksum(path)


def _lines(values: Iterable[object]) -> bytes:
    """Return values as lines of JSON."""
    return "".join([f"{_ENCODER.encode(value)}\n" for value in values]).encode()


def _checksum(path: Path) -> str:
    """Return the blake2b of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def spare_problem(workspace: Path, generation: int, checksum: str | None) -> str:
    """Return what is wrong with the second copy, empty where nothing is or an earlier version made the workspace.

    Parameters
    ----------
    workspace : pathlib.Path
        The folder.
    generation : int
        Of the last build.
    checksum : str or None
        As the build noted it.
    """
    path = generation_folder(workspace, generation) / SPARE_FILE
    if not checksum:
        return ""
    try:
        wrong = _checksum(path) != checksum
    except OSError as error:
        return f"The second copy of the documents, {path}, cannot be read ({error})."
    return f"The second copy of the documents, {path}, does not match its checksum." if wrong else ""


def remove_spare(workspace: Path, generation: int) -> None:
    """Remove the copy of a generation that is not the last: it may hold documents that were removed since."""
    with contextlib.suppress(OSError):
        (generation_folder(workspace, generation) / SPARE_FILE).unlink()


def has_spare(workspace: Path) -> bool:
    """Tell whether there is a second copy of a build's documents."""
    return any((workspace / ARRAYS_FOLDER).glob(f"*/{SPARE_FILE}"))


def read_spares(workspace: Path) -> Iterator[tuple[dict[str, Any], list[list[Any]]]]:
    """Yield the notes and the documents of each second copy, the newest first, as far as its file gives them."""
    for path in sorted((workspace / ARRAYS_FOLDER).glob(f"*/{SPARE_FILE}"), reverse=True):
        rows: list[Any] = []
        with (
            contextlib.suppress(OSError, EOFError, zlib.error, ValueError),
            gzip.open(path, "rt", encoding="utf-8") as lines,
        ):
            rows.extend(json.loads(line) for line in lines)
        if rows and isinstance(rows[0], dict):
            yield rows[0], rows[1:]
