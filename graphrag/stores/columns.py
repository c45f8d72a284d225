"""Columns of numbers, and the texts that they stand for, as blobs of the cache."""

import io
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graphrag.stores.codec import decode_json, encode_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Columns = tuple[dict[str, NDArray[Any]], list[str]]

__all__ = ["decode_part", "load_columns", "store_columns"]

# In one blob, of which SQLite allows a billion bytes: this many numbers, or texts.
_NUMBERS, _TEXTS = 2**24, 2**17
_OF_TEXTS = "texts"
_NAMES = "names of all parts"


def store_columns(connection: sqlite3.Connection, made_by: str, columns: "Columns") -> None:
    """Put columns in place of those that are kept, inside a transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
        With the cache as "cache".
    made_by : str
        What made them.
    columns : tuple
        Arrays by name, and texts.
    """
    connection.execute("DELETE FROM cache.memo")
    insert = "INSERT INTO cache.memo VALUES (?, ?, ?)"
    names = []
    for name, body in _parts(*columns):
        names.append(name)
        connection.execute(insert, (name, made_by, body))
    connection.execute(insert, (_NAMES, made_by, encode_json(sorted(names))))


def _parts(arrays: "Mapping[str, NDArray[Any]]", texts: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the blobs by name."""
    for name, array in arrays.items():
        for part, begin in enumerate(range(0, max(len(array), 1), _NUMBERS)):
            yield f"{name}/{part:04}", _encode(array[begin : begin + _NUMBERS])
    for part, begin in enumerate(range(0, len(texts), _TEXTS)):
        yield f"{_OF_TEXTS}/{part:04}", encode_json(texts[begin : begin + _TEXTS])


def load_columns(connection: sqlite3.Connection, made_by: str) -> "Columns | None":
    """Return the columns that are kept; None where there are none, or others, or damaged ones."""
    import numpy as np

    arrays: dict[str, list[Any]] = defaultdict(list)
    texts: list[str] = []
    rows = connection.execute("SELECT name, body FROM cache.memo WHERE made_by = ? ORDER BY name", (made_by,))
    bodies = dict(rows.fetchall())
    try:
        names = decode_json(bodies.pop(_NAMES, b""))
        if names != list(bodies):
            return None
        for name, body in bodies.items():
            if name.startswith(f"{_OF_TEXTS}/"):
                texts += decode_json(body)
            else:
                arrays[name.rpartition("/")[0]].append(_decode(body))
    except ValueError:
        return None
    return {name: np.concatenate(some) for name, some in arrays.items()}, texts


def decode_part(body: bytes) -> object:
    """Return what a blob holds.

    Raises
    ------
    ValueError
        It is damaged.
    """
    return decode_json(body) if body[4:5] in b"[" else _decode(body)


def _encode(array: "NDArray[Any]") -> bytes:
    """Return an array behind its checksum."""
    import numpy as np

    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    body = file.getvalue()
    return zlib.crc32(body).to_bytes(4, "little") + body


def _decode(data: bytes) -> "NDArray[Any]":
    """Undo :func:`_encode`."""
    import numpy as np

    if len(data) < 4 or zlib.crc32(data[4:]).to_bytes(4, "little") != data[:4]:
        raise ValueError("damaged numbers")
    found: NDArray[Any] = np.load(io.BytesIO(data[4:]), allow_pickle=False)
    return found
