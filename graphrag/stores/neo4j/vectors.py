"""The vectors that published nodes carry: of passages as they are, of entities and communities the middle of theirs."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["Members", "Vectors"]

# A column at a time: rows of numbers one by one cost several times as much.
_MEMBERS = """
SELECT json_group_array(community), json_group_array(entity)
FROM (SELECT community, entity FROM member ORDER BY community, position)"""
_SHORTEST = 1e-9  # a middle shorter than this points nowhere
_BLOCK = 20_000  # vectors that are summed up at a time

Vector = NDArray[np.float32]
Rows = NDArray[np.int64]
Numbers = NDArray[np.uint64]


class Members:
    """Which entities are in which communities, by row.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    """

    def __init__(self, workspace: "Workspace") -> None:
        found = next(workspace.query(_MEMBERS))
        pairs = np.array([json.loads(column) for column in found], dtype=np.int64).T
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

    def listed(self) -> tuple[Rows, Rows, Rows]:
        """Return all memberships: row of the community, place in it, row of the entity."""
        sizes = np.diff(self.ptr)
        community = np.repeat(np.arange(len(sizes)), sizes)
        return community, np.arange(len(self.entities)) - self.ptr[community], self.entities

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
        # Vectors of entities are made when they are first wanted, those of one call together.
        self._sizes = np.diff(self._about_ptr)
        about = np.flatnonzero(self._sizes)
        self._place = np.full(len(self._about_ptr) - 1, -1, dtype=np.int64)  # of an entity in what follows, -1: none
        self._place[about] = np.arange(len(about))
        self._made = np.zeros(len(about), dtype=bool)
        self._entities = np.empty((len(about), self._passages.shape[1]), dtype=np.float32)

    def of(self, kind: str, row: int) -> Vector | None:
        """Return the vector (dimensions,) of a node, None where it has none."""
        if kind == "chunks":
            passage: Vector = self._passages[row]
            return passage
        if kind == "entities":
            place = int(self._place[row])
            if place >= 0 and not self._made[place]:
                self.of_entities(np.array([row]))
                place = int(self._place[row])
            return self._entities[place] if place >= 0 else None
        if kind == "communities":
            return _middle(self.of_entities(self._members.of(row)))
        return None

    def of_entities(self, rows: Rows) -> Vector:
        """Return the vectors (at most rows, dimensions) of those of some entities that have one, in their order."""
        rows = rows[self._place[rows] >= 0]
        missing = np.unique(rows[~self._made[self._place[rows]]])
        for groups in _blocks(self._sizes[missing], missing):
            self._make(groups)
        return self._entities[self._place[rows[self._place[rows] >= 0]]]

    def _make(self, groups: Rows) -> None:
        """Make the vectors of some entities: the middles of the passages of the documents that are about each."""
        sizes = self._sizes[groups]
        starts = np.cumsum(sizes) - sizes
        places = np.repeat(self._about_ptr[groups] - starts, sizes) + np.arange(sizes.sum())
        sums = np.add.reduceat(self._passages[self._about[places]].astype(np.float64), starts, axis=0)
        lengths = np.sqrt((sums * sums).sum(axis=1))
        sound = lengths > _SHORTEST
        self._entities[self._place[groups[sound]]] = (sums[sound] / lengths[sound, None]).astype(np.float32)
        self._made[self._place[groups]] = True
        self._place[groups[~sound]] = -1

    @cached_property
    def passage_signs(self) -> Numbers:
        """A number for each passage that changes with its vector."""
        words = np.ascontiguousarray(self._passages).view(np.uint32)
        factors = np.arange(1, words.shape[1] + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        blocks = (words[start : start + _BLOCK] for start in range(0, len(words), _BLOCK))
        return np.concatenate([np.zeros(0, dtype=np.uint64), *(block @ factors for block in blocks)])

    @cached_property
    def entity_signs(self) -> Numbers:
        """A number for each entity that changes with its vector, without making the vector."""
        found = np.zeros(len(self._about_ptr) - 1, dtype=np.uint64)
        some = np.flatnonzero(self._sizes)
        if len(some):
            found[some] = np.add.reduceat(self.passage_signs[self._about], self._about_ptr[some])
        return found


def _blocks(sizes: NDArray[Any], groups: Rows) -> Iterator[Rows]:
    """Yield runs of groups of some sizes, none of them empty, each run of a bounded number of members."""
    ends = np.cumsum(sizes)
    while len(groups):
        count = max(1, int(np.searchsorted(ends, _BLOCK, side="right")))
        yield groups[:count]
        groups, ends = groups[count:], ends[count:] - ends[count - 1]


def _middle(vectors: Vector) -> Vector | None:
    """Return the middle of some unit vectors as a unit vector, None where there is none."""
    total = vectors.sum(axis=0, dtype=np.float64)
    length = float(np.sqrt((total * total).sum()))
    return np.asarray(total / length).astype(np.float32) if length > _SHORTEST else None
