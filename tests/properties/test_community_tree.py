"""Communities of any graph: a tree over all entities that depends on the graph alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrag.communities.detect import detect_communities
from graphrag.types import Community, EntityId

RESOLUTIONS = (0.3, 1.0, 5.0)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[EntityId], list[tuple[int, int, float]]]:
    count = draw(st.integers(0, 40))
    node = st.integers(0, max(count - 1, 0))
    weight = st.sampled_from([0.1, 0.5, 1.0, 3.0])
    edges = draw(st.lists(st.tuples(node, node, weight), max_size=120)) if count else []
    return [EntityId(f"e{number:02d}") for number in range(count)], edges


def detect(entities: list[EntityId], edges: list[tuple[int, int, float]], max_size: int = 8) -> list[Community]:
    pairs = np.array([edge[:2] for edge in edges], dtype=np.int64).reshape(-1, 2)
    weights = np.array([edge[2] for edge in edges])
    return detect_communities(entities, pairs, weights, resolutions=RESOLUTIONS, max_size=max_size)


@settings(deadline=None, max_examples=80)
@given(graphs())
def test_levels_are_a_tree_over_all_entities(graph: tuple[list[EntityId], list[tuple[int, int, float]]]) -> None:
    entities, edges = graph
    found = detect(entities, edges)
    by_id = {community.id: community for community in found}
    assert len(by_id) == len(found)
    for level in range(len(RESOLUTIONS) if entities else 0):
        members = [member for community in found if community.level == level for member in community.members]
        assert sorted(members) == entities
    for community in found:
        assert list(community.members) == sorted(community.members)
        if community.level == 0:
            assert community.parent is None
        else:
            parent = by_id[community.parent]
            assert parent.level == community.level - 1
            assert set(community.members) <= set(parent.members)


@settings(deadline=None, max_examples=80)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_entities_and_edges_does_not_matter(
    graph: tuple[list[EntityId], list[tuple[int, int, float]]], random: object
) -> None:
    entities, edges = graph
    order = list(range(len(entities)))
    random.shuffle(order)
    row = {old: new for new, old in enumerate(order)}
    moved = [(row[b], row[a], weight) for a, b, weight in edges]
    random.shuffle(moved)
    assert detect([entities[old] for old in order], moved) == detect(entities, edges)


@settings(deadline=None, max_examples=80)
@given(graphs())
def test_communities_stay_in_their_component_and_small_ones_are_whole_components(
    graph: tuple[list[EntityId], list[tuple[int, int, float]]],
) -> None:
    entities, edges = graph
    component = {entity: {entity} for entity in entities}
    for a, b, _ in edges:
        joined = component[entities[a]] | component[entities[b]]
        for member in joined:
            component[member] = joined
    for community in detect(entities, edges):
        whole = component[community.members[0]]
        assert set(community.members) <= whole
        assert len(community.members) >= min(3, len(whole))
