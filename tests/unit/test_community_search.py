"""Reports on communities as a retriever: their arrays, their scores, and the way down the tree."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from graphrag.embedders.onnx import OnnxEmbedder
from graphrag.retrieval.community import Reports, Scored, content_words
from graphrag.retrieval.reader import Index
from graphrag.stores.workspace import Workspace
from graphrag.types import Community, CommunityReport


@pytest.fixture(scope="module")
def store(sample_workspace: Path) -> Iterator[Workspace]:
    with Workspace.open(sample_workspace) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def index(store: Workspace) -> Index:
    return Index(store.arrays())


@pytest.fixture(scope="module")
def reports(index: Index) -> Reports:
    return Reports(index)


@pytest.fixture(scope="module")
def told(store: Workspace) -> list[CommunityReport]:
    return list(store.reports())


@pytest.fixture(scope="module")
def communities(store: Workspace) -> dict[str, Community]:
    return {community.id: community for community in store.communities()}


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


def test_rows_are_those_of_the_workspace(
    reports: Reports, told: list[CommunityReport], communities: dict[str, Community]
) -> None:
    assert reports.n == len(told) > 50
    assert reports.level.tolist() == [communities[report.community_id].level for report in told]
    assert reports.size.tolist() == [len(communities[report.community_id].members) for report in told]
    for row, report in enumerate(told):
        above = communities[report.community_id].parent
        assert (reports.parent[row] == -1) == (above is None)
        assert above is None or told[reports.parent[row]].community_id == above


def test_every_finding_leads_to_the_sentences_that_it_cites(
    store: Workspace, index: Index, told: list[CommunityReport]
) -> None:
    """The vector of a report is the mean of its cited sentences', recomputed here from the store."""
    rows = {chunk.id: (row, chunk) for row, chunk in enumerate(store.chunks())}
    vectors = index.arrays["sentence_vectors"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for number in (0, 7, len(told) - 1):
        cited = []
        for finding in told[number].findings:
            for quote in finding.quotes:
                row, chunk = rows[quote.chunk_id]
                inside = [i for i, s in enumerate(chunk.sentences) if quote.span.start <= s.start < quote.span.end]
                cited += [index.sentence_ptr[row] + i for i in inside]
        mean = vectors[cited].mean(axis=0)
        assert index.arrays["report_vectors"][number] @ (mean / np.linalg.norm(mean)) == pytest.approx(1.0, abs=1e-4)


def test_every_member_finds_the_reports_on_its_communities(
    store: Workspace, reports: Reports, told: list[CommunityReport], communities: dict[str, Community]
) -> None:
    entities = store.entity_ids()
    for row in range(0, len(entities), 97):
        mine = {r.community_id for r in told if entities[row] in communities[r.community_id].members}
        found = reports.of_entities(np.array([row]))
        assert {told[number].community_id for number in found} == mine
        assert [reports.level[number] for number in found] == sorted((reports.level[n] for n in found), reverse=True)


def test_a_report_is_found_by_its_own_sentence_and_by_its_title(
    reports: Reports, told: list[CommunityReport], embedder: OnnxEmbedder
) -> None:
    hits = 0
    for number in range(0, len(told), 10):
        for text in (told[number].findings[0].text, told[number].title):
            chosen = reports.select(reports.score(text, embedder.embed_query(text)), 5)
            hits += any(told[number].findings[0] in told[other].findings for other in chosen)
    asked = 2 * len(range(0, len(told), 10))
    assert hits >= 0.9 * asked


def test_no_chosen_report_is_a_part_of_another(
    reports: Reports, embedder: OnnxEmbedder, told: list[CommunityReport]
) -> None:
    for question in ("Which directors worked across countries?", "How are royal families connected?", "war films"):
        chosen = reports.select(reports.score(question, embedder.embed_query(question)), 8)
        assert 1 <= len(chosen) <= 8
        assert len(set(chosen)) == len(chosen)
        for number in chosen:
            above = int(reports.parent[number])
            while above >= 0:
                assert above not in chosen
                above = int(reports.parent[above])


def test_a_general_question_takes_the_most_important_communities(reports: Reports, embedder: OnnxEmbedder) -> None:
    question = "What are the main themes of these documents?"
    assert content_words(question) == []
    scored = reports.score(question, embedder.embed_query(question))
    assert scored.general
    chosen = reports.select(scored, 4)
    assert [reports.level[number] for number in chosen] == [0] * 4
    assert scored.scores[chosen[0]] == max(scored.scores[reports.level == 0])


def test_a_level_can_be_asked_for(reports: Reports, embedder: OnnxEmbedder) -> None:
    scored = reports.score("silent films", embedder.embed_query("silent films"))
    deepest = int(reports.level.max())
    for level in (0, deepest, deepest + 5):
        assert {int(reports.level[number]) for number in reports.select(scored, 5, level)} == {min(level, deepest)}


def _tree(parents: list[int], scores: list[float]) -> list[int]:
    reports = Reports(Index(_no_arrays()))
    reports.n, reports.parent = len(parents), np.array(parents)
    marks = np.array(scores, dtype=np.float32)
    return reports.select(Scored(marks, marks, marks, False), 2)


def _no_arrays() -> dict[str, np.ndarray]:
    from graphrag.retrieval.index import build_index

    return build_index([], [], SimpleNamespace(entities=(), mentions=(), abouts=()), 4)


def test_the_way_down_stops_where_the_whole_says_more_than_its_parts() -> None:
    assert _tree([-1, -1, 0, 0, 1], [0.5, 0.4, 0.3, 0.2, 0.1]) == [0, 1]
    assert _tree([-1, -1, 0, 0, 1], [0.5, 0.4, 0.9, 0.2, 0.1]) == [2, 1]
    assert _tree([-1, 0, 1], [0.1, 0.1, 0.9]) == [2]


def test_an_index_without_reports_has_none() -> None:
    reports = Reports(Index(_no_arrays()))
    scored = reports.score("anything", np.zeros(4, dtype=np.float32))
    assert reports.select(scored, 5) == [] == reports.of_entities(np.array([], dtype=np.int64))
