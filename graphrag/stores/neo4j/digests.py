"""The digests of all items of a graph, of which only those of changed items are computed.

A workspace keeps the digests of its items in a file beside it, under the items' fingerprints; after a change only the
items with new fingerprints are made.  The file can be thrown away.
"""

import contextlib
import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphrag.stores.neo4j.content import Content
from graphrag.stores.neo4j.fingerprints import Numbers, fingerprints_of, mixed, text_numbers
from graphrag.stores.neo4j.items import KINDS, Digests
from graphrag.stores.schema import DIGESTS_FILE

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["DIGESTS_VERSION", "KindDigests", "Prints", "digests_of", "prints_of"]

DIGESTS_VERSION = "digests 5\n"  # another way to make items, digests or fingerprints is another version
_ORDER = ("entities", "index-parts", "chunks", "documents", "values", "communities")  # the quickest to make come first
_CHECKSUM = 16  # bytes
_NUMBERS = ("properties", "links", "degree")
Prints = Mapping[str, tuple[Sequence[str], Numbers]]
"""Kind -> ids and fingerprints of all its items."""

_ROW = np.dtype([("key", "<u8"), *((name, "<i8") for name in _NUMBERS)])


@dataclass(frozen=True, slots=True)
class KindDigests:
    """The digests of all items of a kind.

    Attributes
    ----------
    ids : sequence of str
        The items.
    numbers : ndarray (items, 3)
        Digest of the properties, digest of the links, number of links.
    """

    ids: Sequence[str]
    numbers: NDArray[np.int64]

    def sums(self, buckets: int) -> dict[int, list[int]]:
        """Return what the database sums up: bucket -> items, digests, digests of links, links."""
        bucket = self.numbers[:, 0] % buckets
        found = np.zeros((buckets, 4), dtype=np.int64)
        np.add.at(found, bucket, np.insert(self.numbers, 0, 1, axis=1))
        return {number: found[number].tolist() for number in np.unique(bucket).tolist()}

    def within(self, buckets: int, wanted: Collection[int]) -> dict[str, Digests]:
        """Return the digests of the items in some buckets, by id."""
        places = np.flatnonzero(np.isin(self.numbers[:, 0] % buckets, list(wanted)))
        chosen = self.numbers[places].tolist()
        return {self.ids[place]: Digests(*own) for place, own in zip(places.tolist(), chosen, strict=True)}


def prints_of(content: Content) -> Prints:
    """Return the ids of all items with their fingerprints, by kind."""
    with ThreadPoolExecutor(1) as thread:  # the index is cut and hashed meanwhile
        cut = thread.submit(content.part_ids)
        prints = fingerprints_of(content)
        # That of a text alone is mixed, lest it be like that of a part of the index, whose id says all.
        values = mixed(text_numbers(content.values.texts))
        parts = cut.result()
    return {**prints, "values": (content.values, values), "index-parts": (parts, text_numbers(parts))}


def digests_of(workspace: "Workspace", content: Content, prints: Prints) -> Iterator[tuple[str, KindDigests]]:
    """Yield the digests of all items, kind by kind, making only the items that are not known.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    content : Content
        Its items.
    prints : mapping
        What :func:`prints_of` returned for them.
    """
    path = workspace.path / DIGESTS_FILE
    known = _read(path)
    found = {}
    for kind in _ORDER:
        found[kind] = _digests(content, kind, *prints[kind], known)
        yield kind, found[kind]
    _keep(path, known, np.concatenate([prints[kind][1] for kind in KINDS]), [found[kind].numbers for kind in KINDS])


def _digests(content: Content, kind: str, ids: Sequence[str], keys: Numbers, known: "NDArray[np.void]") -> KindDigests:
    """Return the digests of a kind, the known ones by their fingerprints."""
    places = np.searchsorted(known["key"], keys)
    places[places == len(known)] = 0
    hit = known["key"][places] == keys if len(known) else np.zeros(len(keys), dtype=bool)
    numbers = np.zeros((len(keys), len(_NUMBERS)), dtype=np.int64)
    for column, name in enumerate(_NUMBERS):
        numbers[hit, column] = known[name][places[hit]]
    missing = {ids[place]: place for place in np.flatnonzero(~hit).tolist()}
    if missing:
        for item in content.items(kind, None if len(missing) == len(ids) else missing.keys()):
            numbers[missing[item.id]] = item.digests()
    return KindDigests(ids, numbers)


def _read(path: Path) -> "NDArray[np.void]":
    """Return what the file holds, nothing where it is missing, damaged, or of another version."""
    try:
        data = path.read_bytes()
    except OSError:
        data = b""
    head = DIGESTS_VERSION.encode()
    begin = len(head) + _CHECKSUM
    body = data[begin:]
    if data[: len(head)] != head or data[len(head) : begin] != _checksum(body) or len(body) % _ROW.itemsize:
        body = b""
    return np.frombuffer(body, dtype=_ROW)


def _keep(path: Path, known: "NDArray[np.void]", keys: Numbers, numbers: Sequence[NDArray[np.int64]]) -> None:
    """Replace the file, where it says something else; if that cannot be, the next publish takes longer."""
    rows = np.empty(len(keys), dtype=_ROW)
    rows["key"] = keys
    for column, name in enumerate(_NUMBERS):
        rows[name] = np.concatenate([of_kind[:, column] for of_kind in numbers])
    rows = rows[np.argsort(keys, kind="stable")]
    if np.array_equal(rows["key"], known["key"]):
        return
    body = rows.tobytes()
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        part.write_bytes(DIGESTS_VERSION.encode() + _checksum(body) + body)
        part.replace(path)


def _checksum(body: bytes) -> bytes:
    """Return the checksum of the file's body."""
    return hashlib.blake2b(body, digest_size=_CHECKSUM).digest()
