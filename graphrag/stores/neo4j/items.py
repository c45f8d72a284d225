"""A graph as items: nodes with their properties and the relationships that they begin, each with a digest.

Whatever is compared, written or checked in Neo4j is an item.  A relationship belongs to the node at its beginning, so
that a change is written a node at a time; only a membership belongs to the community at its end, because communities
come and go while what is said of their members stays.  An entity is linked to its finest community alone, for one new
document can rearrange all levels; PARENT leads to the coarser ones.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from graphrag.stores.neo4j.properties import Link

__all__ = ["KINDS", "LINKS", "Digests", "Item", "links_digest", "properties_digest"]

LINKS: Mapping[str, tuple[str, ...]] = {
    "documents": ("ABOUT",),
    "chunks": ("PART_OF", "NEXT", "MENTIONS"),
    "entities": ("RELATES_TO", "STATES", "SIMILAR"),
    "values": (),
    "communities": ("PARENT", "CITES", "IN_COMMUNITY"),
    "index-parts": (),
}
"""Kind of node -> the relationships that belong to it: those that begin there, and a community's memberships."""

KINDS = tuple(LINKS)
_DIGEST_BYTES = 6  # 48 bits: sums over a bucket stay inside the 63 bits of Cypher's integers


class Digests(NamedTuple):
    """What is compared of an item."""

    properties: int
    links: int
    degree: int


@dataclass(frozen=True, slots=True)
class Item:
    """A node and the relationships that it begins.  Absent properties are None, so that writing removes them."""

    id: str
    properties: dict[str, Any]
    links: tuple[Link, ...] = ()

    def digests(self) -> Digests:
        """Return the digests of the properties and of the relationships, and how many of these there are."""
        # The id is part of it: a thing that changes its id alone must change the sums that are compared.
        own = properties_digest({**self.properties, "id": self.id})
        return Digests(own, links_digest(self.links), len(self.links))


def properties_digest(properties: Mapping[str, Any]) -> int:
    """Return the digest of a node's properties: 48 bits, the same for values that Neo4j gives back."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    plain = {}
    for name, value in properties.items():
        if value is None:
            continue
        if name == "embedding":
            digest.update(_float_bytes(value))
        elif isinstance(value, bytes | bytearray | memoryview):
            digest.update(value)
        else:
            plain[name] = value
    digest.update(ascii(sorted(plain.items())).encode())
    return int.from_bytes(digest.digest(), "little")


def links_digest(links: Iterable[Link]) -> int:
    """Return the digest of relationships, whatever their order: 48 bits, or -1 where there is none."""
    links = tuple(links)
    if not links:
        return -1
    # ascii() is the quickest canonical form of texts and numbers, and the same in every version of Python.
    lines = [
        ascii((name, target, sorted(own.items()))) if own else f"({name!a}, {target!a}, [])"
        for name, target, own in links
    ]
    lines.sort()
    return int.from_bytes(hashlib.blake2b("\n".join(lines).encode(), digest_size=_DIGEST_BYTES).digest(), "little")


def _float_bytes(vector: Any) -> bytes:
    """Return the float32 numbers of a vector."""
    return np.asarray(vector, dtype="<f4").tobytes()
