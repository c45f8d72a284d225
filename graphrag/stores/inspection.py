"""The digest of a build and the checks of its database."""

import contextlib
import hashlib
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from graphrag.errors import WorkspaceError
from graphrag.stores.database import explaining
from graphrag.stores.rows import Row
from graphrag.stores.schema import CONTENT_TABLES

__all__ = [
    "DIGEST_FORM",
    "ContentDigest",
    "content_digest_of",
    "first_fresh",
    "fresh_digest_of",
    "integrity_problems",
    "notes_digest_of",
]

DIGEST_FORM = 2
"""How rows become the bytes of a content digest; a workspace notes it, and one that does not was made in form 1."""

_BLOCK = 512


def first_fresh(connection: sqlite3.Connection, schema: str = "main") -> tuple[int, int] | None:
    """Return the rows of the first document and chunk that the last complete build did not see, None without any."""
    first = connection.execute(
        f"SELECT document, row FROM {schema}.chunk WHERE row = (SELECT min(chunk) FROM {schema}.fresh)"
    ).fetchone()
    return None if first is None else (first[0], first[1])


class ContentDigest:
    """Makes the digest of a build's content: of all content tables in their order, each in its canonical order.

    Parameters
    ----------
    form : int
        How rows become bytes.
    """

    def __init__(self, form: int = DIGEST_FORM) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self._encode = _as_text if form == 1 else _as_columns

    def take(self, table: str, rows: Iterable[Row]) -> Iterator[list[Row]]:
        """Yield the rows of the next table in blocks that are taken into the digest."""
        self._digest.update(f"\0{table}\0".encode())
        some = iter(rows)
        while block := list(islice(some, _BLOCK)):
            self._digest.update(self._encode(block))
            yield block

    def hexdigest(self) -> str:
        """Return the digest of what was taken so far."""
        return self._digest.hexdigest()


def _as_text(block: list[Row]) -> bytes:
    """Return rows as Python writes them: form 1."""
    return repr(block).encode("utf-8", "surrogatepass")


def _as_columns(block: list[Row]) -> bytes:
    """Return rows as bytes, column by column, at half the cost: form 2."""
    return b"".join([struct.pack("<I", len(block)), *map(_column, zip(*block, strict=True))])


def _column(values: tuple[Any, ...]) -> bytes:
    """Return the values of a column as bytes: the same for equal values, others for different ones."""
    kind, count = type(values[0]), len(values)
    # Values of other kinds are met on the way, which costs less than to ask for the kind of each beforehand.
    with contextlib.suppress(struct.error, TypeError):
        if kind is int:
            return struct.pack(f"<c{count}q", b"i", *values)
        if kind is str:
            text = "".join(values).encode("utf-8", "surrogatepass")
            return struct.pack(f"<c{count}I", b"s", *map(len, values)) + text
    if set(map(type, values)) == {float}:  # asked for: whole numbers would pass as floats
        return struct.pack(f"<c{count}d", b"f", *values)
    said = repr(values).encode("utf-8", "surrogatepass")  # some are NULL
    return struct.pack("<cI", b"m", len(said)) + said


def content_digest_of(connection: sqlite3.Connection, schema: str, form: int = DIGEST_FORM) -> str:
    """Return the digest of all content tables; it depends on nothing but their rows, without those that are fresh.

    Parameters
    ----------
    connection : sqlite3.Connection
        Any connection to the database.
    schema : str
        The name by which the connection knows the database.
    form : int
        How rows become bytes.
    """
    digest = ContentDigest(form)
    first = first_fresh(connection, schema)
    complete = {} if first is None else {"document": f"WHERE row < {first[0]}", "chunk": f"WHERE row < {first[1]}"}
    for table, order in CONTENT_TABLES:
        rows = connection.execute(f"SELECT * FROM {schema}.{table} {complete.get(table, '')} ORDER BY {order}")
        for _ in digest.take(table, rows):
            pass
    return digest.hexdigest()


def fresh_digest_of(connection: sqlite3.Connection) -> str:
    """Return the digest of all that is fresh, empty where nothing is."""
    first = first_fresh(connection)
    if first is None:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for sql, row in (
        ("SELECT * FROM main.document WHERE row >= ? ORDER BY row", first[0]),
        ("SELECT * FROM main.chunk WHERE row >= ? ORDER BY row", first[1]),
        ("SELECT * FROM main.fresh WHERE chunk >= ? ORDER BY chunk", first[1]),
    ):
        for values in connection.execute(sql, (row,)):
            digest.update(repr(values).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def notes_digest_of(connection: sqlite3.Connection) -> str:
    """Return the digest of what a build noted beside its content: the meta table, but for this digest, and problems."""
    digest = hashlib.blake2b(digest_size=16)
    for sql in (
        "SELECT key, value FROM main.meta WHERE key <> 'notes_digest' ORDER BY key",
        "SELECT row, place, message FROM main.problem ORDER BY row",
    ):
        digest.update(repr(connection.execute(sql).fetchall()).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def integrity_problems(connection: sqlite3.Connection, path: Path, meta: Callable[[str], Any]) -> list[str]:
    """Return what is wrong with a database: its structure, its references, and its content against its digest."""
    try:
        with explaining(path):
            said = [row[0] for row in connection.execute("PRAGMA main.integrity_check(20)") if row[0] != "ok"]
            said += [
                f"a row of {row[0]} points at nothing in {row[2]}"
                for row in connection.execute("PRAGMA main.foreign_key_check")
            ][:20]
            form = meta("digest_form") or 1
            if not said and meta("digest") != content_digest_of(connection, "main", form):
                said.append("its content does not match the digest noted when it was built")
            if not said and (meta("fresh") or "") != fresh_digest_of(connection):
                said.append("its new documents do not match the digest noted when they were added")
            if not said and meta("notes_digest") != notes_digest_of(connection):
                said.append("its notes about the build do not match the digest noted with them")
    except (WorkspaceError, ValueError) as error:
        return [str(error) if isinstance(error, WorkspaceError) else f"The file {path} is damaged: {error}"]
    return [f"The file {path} is damaged: {message}" for message in said]
