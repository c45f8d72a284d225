"""The vectors that published nodes carry: of passages as they are, of entities and communities the middle of theirs."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["Members", "Vectors"]

_SHORTEST = 1e-9  # a middle shorter than this points nowhere
_BLOCK = 20_000  # vectors that are summed up at a time

Vector = NDArray[np.float32]
Rows = NDArray[np.int64]


class Members:
    """Which entities are in which communities, by row.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    """

    def __init__(self, workspace: "Workspace") -> None:
        pairs = _pairs(workspace.query("SELECT community, entity FROM member ORDER BY community, position"))
        parents = _pairs(workspace.query("SELECT row, coalesce(parent, -1) FROM community ORDER BY row"))[:, 1]
        self.ptr = np.searchsorted(pairs[:, 0], np.arange(len(parents) + 1))
        self.entities = pairs[:, 1]
        # Who is in a community within another is in that one too, and need not be said to be.
        span = int(self.entities.max(initial=0)) + 1
        said_below = parents[pairs[:, 0]] * span + self.entities
        self._direct = ~np.isin(pairs[:, 0] * span + self.entities, said_below[parents[pairs[:, 0]] >= 0])

    def of(self, community: int) -> Rows:
        """Return the rows of the members of a community."""
        return self.entities[self.ptr[community] : self.ptr[community + 1]]

    def direct(self, community: int) -> Rows:
        """Return the rows of the members that are in no community within this one."""
        here = slice(self.ptr[community], self.ptr[community + 1])
        return self.entities[here][self._direct[here]]


def _pairs(rows: Iterator[Any]) -> Rows:
    """Return pairs of numbers as an array (rows, 2)."""
    return np.array(list(rows), dtype=np.int64).reshape(-1, 2)


class Vectors:
    """Vectors by kind of node and row.

    The vector of an entity that documents are about is the middle of their passages'; that of a community is the
    middle of its members'.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    members : Members
        Who is in which community.
    """

    def __init__(self, workspace: "Workspace", members: Members) -> None:
        arrays = workspace.arrays()
        self._passages = arrays["passage_vectors"]
        self._about_ptr, self._about = arrays["about_ptr"], arrays["about_chunk"]
        self._members = members
        signs = [hashlib.blake2b(vector.tobytes(), digest_size=8).digest() for vector in self._passages]
        self._signs = np.frombuffer(b"".join(signs), dtype=np.uint64)
        self._entity_signs = np.zeros(len(self._about_ptr) - 1, dtype=np.uint64)
        some = np.flatnonzero(np.diff(self._about_ptr))
        if len(some):
            self._entity_signs[some] = np.add.reduceat(self._signs[self._about], self._about_ptr[some])

    def of(self, kind: str, row: int) -> Vector | None:
        """Return the vector (dimensions,) of a node, None where it has none."""
        if kind == "chunks":
            passage: Vector = self._passages[row]
            return passage
        if kind == "entities":
            place = int(self._places[row])
            return None if place < 0 else self._of_entities[place]
        if kind == "communities":
            places = self._places[self._members.of(row)]
            return _middle(self._of_entities[places[places >= 0]])
        return None

    def sign(self, kind: str, row: int) -> bytes:
        """Return what changes with the vector of a node; cheaper than the vector."""
        if kind == "chunks":
            signs = self._signs[row : row + 1]
        elif kind == "entities":
            signs = self._entity_signs[row : row + 1]
        elif kind == "communities":
            signs = self._entity_signs[self._members.of(row)]
        else:
            return b""
        return bytes(signs.tobytes())

    @cached_property
    def _of_entities(self) -> Vector:
        """The vectors of the entities that have one, (entities with a vector, dimensions)."""
        found, _ = self._entity_vectors
        return found

    @cached_property
    def _places(self) -> Rows:
        """The row of each entity in these, -1 where it has none."""
        _, rows = self._entity_vectors
        places = np.full(len(self._about_ptr) - 1, -1, dtype=np.int64)
        places[rows] = np.arange(len(rows))
        return places

    @cached_property
    def _entity_vectors(self) -> tuple[Vector, Rows]:
        """The middles of the passages of each entity that documents are about, and the rows of these entities."""
        blocks, rows = [np.zeros((0, self._passages.shape[1]), dtype=np.float32)], []
        for groups in _blocks(self._about_ptr):
            starts = self._about_ptr[groups]
            passages = self._passages[self._about[starts[0] : self._about_ptr[groups[-1] + 1]]]
            sums = np.add.reduceat(passages.astype(np.float64), starts - starts[0], axis=0)
            lengths = np.sqrt((sums * sums).sum(axis=1))
            sound = lengths > _SHORTEST
            blocks.append((sums[sound] / lengths[sound, None]).astype(np.float32))
            rows.append(groups[sound])
        return np.concatenate(blocks), np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)


def _blocks(ptr: NDArray[Any]) -> Iterator[Rows]:
    """Yield runs of groups that are not empty, each run of a bounded number of members."""
    groups = np.flatnonzero(np.diff(ptr))
    while len(groups):
        ends = ptr[groups + 1] - ptr[groups[0]]
        count = max(1, int(np.searchsorted(ends, _BLOCK, side="right")))
        yield groups[:count]
        groups = groups[count:]


def _middle(vectors: Vector) -> Vector | None:
    """Return the middle of some unit vectors as a unit vector, None where there is none."""
    total = vectors.sum(axis=0, dtype=np.float64)
    length = float(np.sqrt((total * total).sum()))
    return np.asarray(total / length).astype(np.float32) if length > _SHORTEST else None
