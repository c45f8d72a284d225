"""Communities: the tree, the objective against leidenalg's own optimum, hostile graphs."""

import time

import igraph
import leidenalg
import numpy as np
import pytest

from graphrag.communities.detect import detect_communities
from graphrag.communities.weights import entity_edges, sum_edges
from graphrag.errors import GraphRAGError, RecipeError
from graphrag.types import ChunkId, Community, DocumentId, EntityId, EntityMention, Fact, FactId, Span

NONE = np.empty((0, 2), dtype=np.int64)


def ids(count: int, prefix: str = "e") -> list[EntityId]:
    return [EntityId(f"{prefix}{number:06d}") for number in range(count)]


def on_level(communities: list[Community], level: int) -> list[Community]:
    return [community for community in communities if community.level == level]


def planted(groups: int, size: int, inside: int, across: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return a graph of ``groups`` dense groups."""
    rng = np.random.default_rng(seed)
    base = np.repeat(np.arange(groups) * size, inside)
    pairs = np.column_stack([base + rng.integers(0, size, len(base)), base + rng.integers(0, size, len(base))])
    pairs = np.concatenate([pairs, rng.integers(0, groups * size, (across, 2))])
    return sum_edges(pairs, rng.random(len(pairs)) + 0.5)


def modularity(count: int, pairs: np.ndarray, weights: np.ndarray, labels: list[int], resolution: float) -> float:
    graph = igraph.Graph(n=count, edges=pairs.tolist())
    kind = leidenalg.RBConfigurationVertexPartition
    quality = kind(graph, labels, weights=weights.tolist(), resolution_parameter=resolution).quality()
    return float(quality / (2 * weights.sum()))


def best(count: int, pairs: np.ndarray, weights: np.ndarray, resolution: float) -> float:
    graph = igraph.Graph(n=count, edges=pairs.tolist())
    kind = leidenalg.RBConfigurationVertexPartition
    found = [
        leidenalg.find_partition(
            graph, kind, weights=weights.tolist(), resolution_parameter=resolution, seed=seed, n_iterations=-1
        ).quality()
        for seed in range(3)
    ]
    return float(max(found) / (2 * weights.sum()))


def labels_of(communities: list[Community], entities: list[EntityId]) -> list[int]:
    number = {member: n for n, community in enumerate(communities) for member in community.members}
    return [number[entity] for entity in entities]


def test_modularity_is_within_one_percent_of_leidenalgs_own_optimum() -> None:
    pairs, weights = planted(groups=60, size=40, inside=120, across=1500)
    entities = ids(2400)
    found = detect_communities(entities, pairs, weights, resolutions=(0.5, 1, 2), min_size=1, max_size=10**6)
    for level, resolution in enumerate((0.5, 1.0, 2.0)):
        ours = modularity(2400, pairs, weights, labels_of(on_level(found, level), entities), resolution)
        assert ours >= 0.99 * best(2400, pairs, weights, resolution)


def test_real_graph_reaches_its_known_modularity() -> None:
    club = igraph.Graph.Famous("Zachary")
    pairs, weights = sum_edges(np.array(club.get_edgelist()), np.ones(club.ecount()))
    found = detect_communities(ids(34), pairs, weights, resolutions=(1.0,))
    # The optimum of the karate club: Brandes et al., "On Modularity Clustering", 2008, table 1.
    assert modularity(34, pairs, weights, labels_of(found, ids(34)), 1.0) == pytest.approx(0.4198, abs=0.004)


def test_planted_groups_are_found() -> None:
    pairs, weights = planted(groups=10, size=20, inside=150, across=30)
    found = detect_communities(ids(200), pairs, weights, resolutions=(1.0,))
    groups = {frozenset(ids(200)[start : start + 20]) for start in range(0, 200, 20)}
    assert {frozenset(community.members) for community in found} == groups


def test_large_communities_are_divided_further() -> None:
    pairs, weights = planted(groups=30, size=30, inside=200, across=6000)
    found = detect_communities(ids(900), pairs, weights, resolutions=(0.01, 0.02), max_size=50)
    assert [len(community.members) for community in on_level(found, 0)] == [900]
    finest = [len(community.members) for community in on_level(found, 1)]
    assert sum(finest) == 900
    assert max(finest) <= 50
    assert min(finest) >= 3


def test_no_edges_give_one_community_for_each_entity() -> None:
    found = detect_communities(ids(4), NONE, np.empty(0), resolutions=(0.5, 1.0))
    assert [community.members for community in on_level(found, 1)] == [
        community.members for community in found if community.parent is not None
    ]
    assert sorted(community.members for community in on_level(found, 0)) == [(entity,) for entity in ids(4)]


def test_an_empty_graph_has_no_communities() -> None:
    assert detect_communities([], NONE, np.empty(0)) == []


def test_a_star_of_fifty_thousand_leaves_stays_whole_and_is_fast() -> None:
    count = 50_001
    pairs = np.column_stack([np.zeros(count - 1, dtype=np.int64), np.arange(1, count)])
    start = time.process_time()
    found = detect_communities(ids(count), pairs, np.ones(count - 1))
    assert [len(community.members) for community in found] == [count] * 3
    assert time.process_time() - start < 10


def test_one_giant_component_is_divided() -> None:
    rng = np.random.default_rng(1)
    chain = np.column_stack([np.arange(4999), np.arange(1, 5000)])
    pairs = np.concatenate([chain, rng.integers(0, 5000, (5000, 2))])
    found = detect_communities(ids(5000), pairs, np.ones(len(pairs)))
    finest = [len(community.members) for community in on_level(found, 2)]
    assert sum(finest) == 5000
    assert min(finest) >= 3
    assert max(finest) <= 200


def test_components_are_those_that_igraph_finds() -> None:
    rng = np.random.default_rng(5)
    order = rng.permutation(3000)  # paths whose nodes are numbered at random join in many steps
    pairs = np.column_stack([order[:-1], order[1:]])[rng.random(2999) > 0.01]
    found = detect_communities(ids(3000), pairs, np.ones(len(pairs)), resolutions=(0.0,), min_size=1, max_size=10**6)
    expected = igraph.Graph(n=3000, edges=pairs.tolist()).connected_components().membership
    labels = labels_of(found, ids(3000))
    assert len(found) == max(expected) + 1 == len(set(zip(labels, expected, strict=True)))


def test_dust_keeps_to_its_components() -> None:
    pairs = np.arange(2000).reshape(-1, 2)
    found = on_level(detect_communities(ids(2000), pairs, np.ones(1000)), 2)
    assert sorted(community.members for community in found) == [
        tuple(ids(2000)[start : start + 2]) for start in range(0, 2000, 2)
    ]


def test_loops_parallel_edges_and_weights_without_meaning_change_nothing() -> None:
    pairs, weights = planted(groups=5, size=12, inside=60, across=20)
    halves = np.concatenate([pairs, pairs[:, ::-1], [[3, 3], [0, 59], [1, 58], [2, 57]]])
    noisy = np.concatenate([weights / 2, weights / 2, [9.0, np.nan, -1.0, 0.0]])
    assert detect_communities(ids(60), halves, noisy) == detect_communities(ids(60), pairs, weights)


def test_a_change_in_one_component_leaves_the_others_alone() -> None:
    pairs, weights = planted(groups=6, size=15, inside=80, across=60)
    alone = detect_communities(ids(90, "a"), pairs, weights)
    other, other_weights = planted(groups=9, size=10, inside=30, across=90, seed=5)
    # The other component's entities sort before, so that every row number differs.
    both = detect_communities(
        ids(90, "a") + ids(90, "B"), np.concatenate([pairs, other + 90]), np.concatenate([weights, other_weights])
    )
    assert [community for community in both if community.members[0].startswith("a")] == alone


def test_one_entity_less_changes_the_communities_around_it_and_hardly_any_other() -> None:
    pairs, weights = planted(groups=60, size=40, inside=120, across=1500)
    entities = ids(2400)
    before = {community.id for community in detect_communities(entities, pairs, weights, resolutions=(1.0,))}
    changed = []
    for gone in (5, 500, 1700):
        kept = (pairs != gone).all(axis=1)
        after = detect_communities(entities, pairs[kept], weights[kept], resolutions=(1.0,))
        changed.append(sum(community.id not in before for community in after if len(community.members) > 1))
    assert sorted(changed)[1] <= 6, changed  # of 60; a random order changes most of them


@pytest.mark.parametrize(
    "settings", [{"resolutions": ()}, {"resolutions": (-1.0,)}, {"min_size": 0}, {"min_size": 5, "max_size": 9}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="communities"):
        detect_communities(ids(3), NONE, np.empty(0), **settings)


def test_graphs_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(GraphRAGError, match="twice"):
        detect_communities([EntityId("a"), EntityId("a")], NONE, np.empty(0))
    with pytest.raises(GraphRAGError, match="shape"):
        detect_communities(ids(2), NONE, np.ones(1))
    with pytest.raises(GraphRAGError, match="outside"):
        detect_communities(ids(2), np.array([[0, 2]]), np.ones(1))


def mention(entity: str, chunk: str, start: int = 0) -> EntityMention:
    document = DocumentId("d" + chunk)
    return EntityMention(EntityId(entity), ChunkId(chunk), document, Span(start, start + 1), "x", "ner")


def fact(subject: str, other: str | None, confidence: float = 0.8) -> Fact:
    identity = FactId(f"{subject}-{other}")
    target = None if other is None else EntityId(other)
    return Fact(identity, EntityId(subject), "direct by", target, "x", "", confidence, ())


def weights_of(facts: list[Fact], mentions: list[EntityMention], entities: str = "abcdef") -> dict[str, float]:
    pairs, weights = entity_edges([EntityId(name) for name in entities], facts, mentions)
    return {
        entities[low] + entities[high]: weight
        for (low, high), weight in zip(pairs.tolist(), weights.tolist(), strict=True)
    }


def test_a_passage_counts_the_same_however_many_names_it_has() -> None:
    found = weights_of([], [mention("a", "1"), mention("b", "1", 5), mention("c", "1", 9), mention("a", "1", 20)])
    assert found == pytest.approx({"ab": 0.5, "ac": 0.5, "bc": 0.5})


def test_names_said_everywhere_join_weakly() -> None:
    mentions = [mention("a", str(n)) for n in range(9)] + [mention("b", "0", 1), mention("c", "1", 1)]
    assert weights_of([], mentions) == pytest.approx({"ab": 1 / 3, "ac": 1 / 3})


def test_facts_join_more_firmly_than_passages() -> None:
    mentions = [mention(name, "1", start) for start, name in enumerate("abcdef")]
    found = weights_of([fact("b", "a"), fact("c", None), fact("c", "zzz"), fact("d", "d")], mentions)
    assert found["ab"] == pytest.approx(0.2 + 0.8)
    assert found["ac"] == pytest.approx(0.2)
    assert "dd" not in found


def test_edges_do_not_depend_on_the_order_of_facts_and_mentions() -> None:
    mentions = [mention(name, str(n % 7), n) for n, name in enumerate("abcdefabdfcafbdecafed" * 3)]
    facts = [fact("a", "b", 0.1), fact("b", "a", 0.7), fact("a", "f", 0.3)]
    assert weights_of(facts, mentions) == weights_of(facts[::-1], mentions[::-1])


def test_a_long_list_of_names_does_not_make_every_pair() -> None:
    entities = ids(500)
    pairs, _ = entity_edges(entities, [], [mention(name, "1", n) for n, name in enumerate(entities)])
    assert len(pairs) < 500 * 10
    assert set(pairs.ravel().tolist()) == set(range(500))


def test_nothing_gives_no_edges() -> None:
    assert weights_of([], []) == {}
    assert weights_of([], [mention("a", "1")]) == {}


def test_passes_over_a_graph_end_where_igraph_would_go_on_for_ever() -> None:
    """Without a shuffle, igraph never says of this graph that nothing changes any more."""
    chance = np.random.default_rng(101)
    pairs = chance.integers(0, 60, (240, 2))
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    entities = [EntityId(f"e{number:03d}") for number in range(60)]
    assert detect_communities(
        entities, pairs, chance.random(len(pairs)), resolutions=[0.25, 1.0, 4.0], min_size=3, max_size=200
    )
