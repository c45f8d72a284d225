"""Personalised PageRank against networkx."""

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphrag.graph.walk import personalised_pagerank


@given(
    st.integers(3, 30).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(
                st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.floats(0.1, 5.0)).filter(
                    lambda e: e[0] != e[1]
                ),
                min_size=1,
                max_size=60,
                unique_by=lambda e: (min(e[0], e[1]), max(e[0], e[1])),
            ),
            st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n).filter(lambda r: sum(r) > 0.1),
        )
    )
)
def test_agrees_with_networkx(case: tuple[int, list[tuple[int, int, float]], list[float]]) -> None:
    n, edges, restart = case
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_weighted_edges_from(edges)
    total = sum(restart)
    start = {node: value / total for node, value in enumerate(restart)}
    expected = nx.pagerank(graph, alpha=0.5, personalization=start, dangling=start, tol=1e-10, max_iter=500)
    source, target = (np.array([edge[i] for edge in edges], dtype=np.int64) for i in (0, 1))
    weight = np.array([edge[2] for edge in edges], dtype=np.float32)
    ranks = personalised_pagerank(n, source, target, weight, np.array(restart, dtype=np.float32), steps=40)
    np.testing.assert_allclose(ranks, [expected[node] for node in range(n)], atol=2e-5)


def test_a_node_without_edges_keeps_its_restart() -> None:
    none = np.zeros(0, dtype=np.int64)
    ranks = personalised_pagerank(2, none, none, np.zeros(0, np.float32), np.array([1.0, 0.0], dtype=np.float32))
    np.testing.assert_allclose(ranks, [1.0, 0.0])
