"""Communities of entities: hierarchical Leiden, one connected component at a time.

Method: Traag, Waltman and van Eck, "From Louvain to Leiden", Scientific Reports 9, 5233 (2019), on modularity with a
resolution (Reichardt and Bornholdt, Phys. Rev. E 74, 016110, 2006) inside each component.  The finest level is found
first; each coarser one joins whole communities of the finer one, which makes the levels a tree and costs little: on
40,000 entities the coarser levels come out within 0.5 % of the modularity that they reach when found directly.

Leiden's method visits the nodes in a random order.  Here the order is that of the entities' ids, which are hashes of
their names.  The modularity is the same, and a document more or less changes the communities around it instead of all
of them: of 3,056 on 32,674 entities 3 to 57 in eight tries, where a random order changed 490.
"""

import contextlib
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import igraph
import numpy as np

from graphrag.communities.weights import sum_edges
from graphrag.errors import GraphRAGError, RecipeError
from graphrag.types import Community, CommunityId, EntityId, stable_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    WeightArray = NDArray[np.float64]

__all__ = ["detect_communities"]

# Two passes bring the finest level within 0.1 % of what any number of them reaches.
_FINEST_PASSES = 2
# Passes over the graph between communities.  Nothing changes after a few; but on some graphs igraph never says so when
# nodes are not shuffled, and "until nothing changes" never ends.
_COARSE_PASSES = 20
# How far a part of a community may join another than the best one: not at all, so that nothing hangs on chance.
_GREEDY = 1e-9
# Doublings of the resolution after which a community that is still too large is left whole.
_DOUBLINGS = 12


class _Graph(NamedTuple):
    """A weighted graph; ``masses`` are what modularity expects edges by: the strength of each node in its component."""

    masses: "WeightArray"
    pairs: "IntArray"
    weights: "WeightArray"


def detect_communities(
    entities: Sequence[EntityId],
    pairs: "IntArray",
    weights: "WeightArray",
    *,
    resolutions: Sequence[float] = (0.25, 1.0, 4.0),
    min_size: int = 3,
    max_size: int = 200,
) -> list[Community]:
    """Divide all entities into communities, one level for each resolution.

    On every level each entity is in exactly one community, also one that nothing joins to others, and a community
    lies inside one community of the level above.  The result depends on the graph alone, and the communities of a
    connected component on that component alone, so a change elsewhere leaves them and their ids as they are.

    Parameters
    ----------
    entities : sequence of EntityId
        The nodes, each once, in any order.
    pairs : ndarray of int, shape (m, 2)
        Rows of ``entities``.  Loops are passed over, parallel pairs are added up.
    weights : ndarray of float, shape (m,)
        Weights that are not above 0 join nothing.
    resolutions : sequence of float
        Resolution of each level; the lowest makes level 0, the coarsest.
    min_size : int
        A smaller community is joined to the neighbour it is most strongly linked to, unless it is a whole component.
    max_size : int
        A larger community of the finest level is divided further, as far as parts of at least ``min_size`` can be
        found: a hub with 50,000 leaves cannot be divided by what joins it, and stays whole.

    Returns
    -------
    list of Community
        Ordered by level and id.

    Raises
    ------
    RecipeError
        A setting is out of range.
    GraphRAGError
        An entity is given twice, or an edge names no entity.
    """
    _check(entities, pairs, weights, resolutions, min_size, max_size)
    if not entities:
        return []
    order = sorted(range(len(entities)), key=entities.__getitem__)
    row_of = np.empty(len(order), dtype=np.int64)
    row_of[order] = np.arange(len(order))
    pairs, weights = sum_edges(row_of[np.asarray(pairs, dtype=np.int64)], np.asarray(weights, dtype=np.float64))
    ladder = sorted(resolutions, reverse=True)
    levels = np.zeros((len(ladder), len(order)), dtype=np.int64)  # finest first
    used = np.zeros(len(ladder), dtype=np.int64)
    for rows, graph in _components(len(order), pairs, weights):
        for level, labels in enumerate(_component_levels(graph, ladder, min_size, max_size)):
            levels[level, rows] = used[level] + labels
            used[level] += labels.max() + 1
    return _to_communities([entities[row] for row in order], levels[::-1])


def _check(
    entities: Sequence[EntityId],
    pairs: "IntArray",
    weights: "WeightArray",
    resolutions: Sequence[float],
    min_size: int,
    max_size: int,
) -> None:
    """Refuse settings and graphs that cannot be meant."""
    if not resolutions or not all(np.isfinite(value) and value >= 0 for value in resolutions):
        raise RecipeError(f"communities.resolutions is {list(resolutions)}: give at least one number, each 0 or more.")
    if min_size < 1 or max_size < 2 * min_size:
        raise RecipeError(
            f"communities.min_size is {min_size} and communities.max_size is {max_size}: "
            "min_size must be at least 1 and max_size at least twice min_size."
        )
    if len(set(entities)) != len(entities):
        raise GraphRAGError("The graph names an entity twice: give each entity one row.")
    if np.shape(pairs) != (len(weights), 2):
        raise GraphRAGError(
            f"The graph has pairs of shape {np.shape(pairs)} and {len(weights)} weights: give (m, 2) and (m,)."
        )
    if len(weights) and (np.min(pairs) < 0 or np.max(pairs) >= len(entities)):
        raise GraphRAGError(f"The graph has an edge outside of its {len(entities)} entities: check the row numbers.")


def _components(count: int, pairs: "IntArray", weights: "WeightArray") -> Iterator[tuple["IntArray", _Graph]]:
    """Yield the rows of each connected component and its graph over their positions."""
    yield from _parts(_connected(count, pairs), _Graph(_strengths(count, pairs, weights), pairs, weights))


def _connected(count: int, pairs: "IntArray") -> "IntArray":
    """Return the number of the connected component of each node, in the order of their first nodes.

    By numpy alone: to load scipy for it would take longer than all else here but Leiden's method.
    """
    first = np.arange(count)  # the least node that each is known to be connected with
    ones, others = pairs.T
    while True:
        before = first.copy()
        least = np.minimum(first[ones], first[others])
        np.minimum.at(first, before[ones], least)
        np.minimum.at(first, before[others], least)
        while not np.array_equal(first, further := first[first]):
            first = further
        if np.array_equal(first, before):
            return np.asarray(np.unique(first, return_inverse=True)[1])


def _strengths(count: int, pairs: "IntArray", weights: "WeightArray") -> "WeightArray":
    """Return the sum of the weights at each node."""
    return np.bincount(pairs.ravel(), np.repeat(weights, 2), count).astype(np.float64)


def _parts(labels: "IntArray", graph: _Graph) -> Iterator[tuple["IntArray", _Graph]]:
    """Yield the nodes of each part of a graph and the graph between them, numbered by position."""
    sizes = np.bincount(labels)
    nodes = np.argsort(labels, kind="stable")
    starts = np.cumsum(sizes) - sizes
    position = np.empty(len(labels), dtype=np.int64)
    position[nodes] = np.arange(len(labels)) - np.repeat(starts, sizes)
    inside = np.flatnonzero(labels[graph.pairs[:, 0]] == labels[graph.pairs[:, 1]])
    edge_labels = labels[graph.pairs[inside, 0]]
    inside = inside[np.argsort(edge_labels, kind="stable")]
    edge_counts = np.bincount(edge_labels, minlength=len(sizes))
    edge_starts = np.cumsum(edge_counts) - edge_counts
    for start, size, edge_start, edge_count in zip(starts, sizes, edge_starts, edge_counts, strict=True):
        rows = nodes[start : start + size]
        edges = inside[edge_start : edge_start + edge_count]
        yield rows, _Graph(graph.masses[rows], position[graph.pairs[edges]], graph.weights[edges])


def _component_levels(graph: _Graph, ladder: Sequence[float], min_size: int, max_size: int) -> list["IntArray"]:
    """Return the communities of a connected component on each level, the finest first."""
    count = len(graph.masses)
    if count < 2 * min_size:
        return [np.zeros(count, dtype=np.int64)] * len(ladder)
    total = graph.masses.sum()
    finest = _join_small(_leiden(graph, ladder[0] / total, _FINEST_PASSES), graph, min_size)
    finest = _divide(finest, graph, ladder[0] / total, min_size, max_size)
    levels = [finest]
    coarse = _contract(finest, graph)
    for resolution in ladder[1:]:
        labels = _leiden(coarse, resolution / total, _COARSE_PASSES)
        levels.append(labels[levels[-1]])
        coarse = _contract(labels, coarse)
    return levels


def _leiden(graph: _Graph, resolution: float, passes: int) -> "IntArray":
    """Return Leiden's communities; with masses as node sizes the constant Potts model is modularity.

    The parts of a community so keep the objective of their whole component, which modularity on a part would not.
    """
    count = len(graph.masses)
    if count < 2:
        return np.zeros(count, dtype=np.int64)
    with _unshuffled():
        found = igraph.Graph(n=count, edges=graph.pairs).community_leiden(
            objective_function="CPM",
            weights=graph.weights.tolist(),
            node_weights=graph.masses.tolist(),
            resolution=resolution,
            n_iterations=passes,
            beta=_GREEDY,
        )
    return np.array(found.membership, dtype=np.int64)


class _Unshuffled:
    """A generator of numbers for igraph that are always the same.

    A shuffle that swaps each element with the one of the greatest number that it may draw leaves all where they are.
    """

    # Asked for at each step of each shuffle: looked up, not computed.
    getrandbits = tuple((1 << bits) - 1 for bits in range(65)).__getitem__

    @staticmethod
    def randint(_: int, high: int) -> int:
        return high

    @staticmethod
    def random() -> float:
        return 0.5

    @staticmethod
    def gauss(mean: float, _: float) -> float:
        return mean


@contextlib.contextmanager
def _unshuffled() -> Iterator[None]:
    """Let igraph visit nodes in their order; its generator is one for the whole process."""
    igraph.set_random_number_generator(_Unshuffled)
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def _contract(labels: "IntArray", graph: _Graph) -> _Graph:
    """Return the graph between the communities of a graph."""
    pairs, weights = sum_edges(labels[graph.pairs], graph.weights)
    return _Graph(np.bincount(labels, graph.masses).astype(np.float64), pairs, weights)


def _join_small(labels: "IntArray", graph: _Graph, min_size: int) -> "IntArray":
    """Join every community below the least size to the one it is most strongly linked to, until none is left."""
    while True:
        sizes = np.bincount(labels)
        small = sizes < min_size
        if not small.any() or len(sizes) == 1:
            return labels
        between = _contract(labels, graph)
        ends = np.concatenate([between.pairs, between.pairs[:, ::-1]])
        strengths = np.concatenate([between.weights, between.weights])
        order = np.lexsort((ends[:, 1], -strengths, ends[:, 0]))
        ends = ends[order]
        first = np.unique(ends[:, 0], return_index=True)[1]
        chosen = ends[first][small[ends[first, 0]]]
        labels = _connected(len(sizes), chosen)[labels]


def _divide(labels: "IntArray", graph: _Graph, resolution: float, min_size: int, max_size: int) -> "IntArray":
    """Divide the communities above the greatest size by doubling the resolution until they fall apart."""
    whole: set[int] = set()  # fell into single nodes: no resolution divides them into parts
    for _ in range(_DOUBLINGS):
        large = set(np.flatnonzero(np.bincount(labels) > max_size).tolist()) - whole
        if not large:
            break
        resolution *= 2
        divided = labels.copy()
        for label, (rows, part) in enumerate(_parts(labels, graph)):
            if label not in large:
                continue
            found = _leiden(part, resolution, _FINEST_PASSES)
            if found.max() + 1 == len(rows):
                whole.add(label)
                continue
            found = _join_small(found, part, min_size)
            divided[rows] = np.where(found == 0, label, divided.max() + found)
        labels = divided
    return labels


def _to_communities(entities: Sequence[EntityId], levels: "IntArray") -> list[Community]:
    """Return the communities of the levels (coarsest first, one row a level) with their parents."""
    communities: list[Community] = []
    parent_of: list[CommunityId] = []  # of each label of the level above
    for level, labels in enumerate(levels):
        above = levels[level - 1]
        rows = np.argsort(labels, kind="stable")
        starts = [0, *(np.flatnonzero(np.diff(labels[rows])) + 1).tolist(), len(rows)]
        members_in_order = [entities[row] for row in rows.tolist()]
        ids: list[CommunityId] = []
        for start, end in pairwise(starts):
            members = tuple(members_in_order[start:end])
            parent = parent_of[above[rows[start]]] if level else None
            ids.append(CommunityId(stable_id("community", str(level), *members)))
            communities.append(Community(ids[-1], level, parent, members))
        parent_of = ids
    return sorted(communities, key=lambda community: (community.level, community.id))
