"""Places for the nodes of a small graph, so that it can be drawn."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["layout"]


def layout(n_nodes: int, edges: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Return places where linked nodes are near each other.

    Parameters
    ----------
    n_nodes : int
        Number of nodes, a few hundred at most.
    edges : sequence of (int, int)
        Pairs of nodes; order, direction and repetition do not matter.

    Returns
    -------
    ndarray (n_nodes, 2)
        Between 0 and 1 on both axes, the same for the same graph.  Source: Kamada and Kawai 1989, from a sunflower
        spiral (Vogel 1979) instead of chance.
    """
    import igraph

    if n_nodes == 0:
        return np.zeros((0, 2))
    number = np.arange(n_nodes)
    angle, radius = number * np.pi * (3.0 - np.sqrt(5.0)), np.sqrt((number + 0.5) / n_nodes)
    spiral = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) * np.sqrt(n_nodes)
    pairs = sorted({(min(pair), max(pair)) for pair in edges})
    graph = igraph.Graph(n=n_nodes, edges=pairs)
    placed = graph.layout_kamada_kawai(seed=spiral.tolist())
    places = np.array(placed.coords, dtype=np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    wide = high - low
    scaled: NDArray[np.float64] = np.where(wide > 1e-9, (places - low) / np.maximum(wide, 1e-9), 0.5)
    return np.round(scaled, 4)
