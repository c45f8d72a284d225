"""Nearness by one-byte vectors: as good as exact, a filter holds, and small corpora are compared exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrag.retrieval.codes import codes_of, passage_codes
from graphrag.retrieval.nearest import NearScores, Scores, _greatest, passage_scores, top_rows
from graphrag.retrieval.reader import FloatRows, Index

DIMENSIONS = 384


def unit(rows: FloatRows) -> FloatRows:
    made: FloatRows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


def index_of(passages: FloatRows, exact_rows: int) -> Index:
    """Return an index that holds passages and nothing else."""
    none = np.zeros(0, dtype=np.float32)
    start = np.zeros(1, dtype=np.int64)
    names = ("sentence", "mention", "entity", "about", "own")
    return Index(
        {f"{name}_ptr": start for name in names}
        | dict.fromkeys(("mention_entity", "entity_chunk", "about_chunk", "own_entity", "documents_about"), none)
        | {"passage_vectors": passages}
        | passage_codes(passages, exact_rows)
    )


def vectors(kind: str, n: int) -> tuple[FloatRows, FloatRows]:
    """Return passages and questions: without structure, in clusters, or with one large component as embedders have."""
    random = np.random.default_rng(7)
    rows = random.standard_normal((n + 40, DIMENSIONS)).astype(np.float32)
    if kind == "clustered":
        rows = (
            0.5 * rows
            + 2.0 * random.standard_normal((50, DIMENSIONS)).astype(np.float32)[random.integers(50, size=n + 40)]
        )
    if kind == "lopsided":
        rows[:, 3] += 12.0
    rows = unit(rows)
    return rows[:n], rows[n:]


@pytest.mark.parametrize("kind", ["random", "clustered", "lopsided"])
def test_the_nearest_are_those_of_an_exact_comparison(kind: str) -> None:
    passages, questions = vectors(kind, 20_000)
    near, exact = index_of(passages, 1000), index_of(passages, 10**6)
    shared = []
    for question in questions:
        found = passage_scores(near, question)
        assert isinstance(found, NearScores)
        rows = found.top(10)
        shared.append(len(np.intersect1d(rows, passage_scores(exact, question).top(10))))
        np.testing.assert_allclose(found.of(rows), passages[rows] @ question, atol=1e-6)
    assert np.mean(shared) >= 9.8


def test_a_filter_holds() -> None:
    passages, questions = vectors("random", 5000)
    index = index_of(passages, 1000)
    allowed = np.zeros(5000, dtype=np.bool_)
    allowed[::7] = True
    found = passage_scores(index, questions[0], allowed)
    assert allowed[found.top(100)].all()
    expected = np.where(allowed, passages @ questions[0], -1.0)
    assert set(found.top(10).tolist()) == set(np.argsort(-expected)[:10].tolist())
    np.testing.assert_array_equal(found.of(np.array([1, 2])), [-1.0, -1.0])


def test_a_small_corpus_is_compared_exactly() -> None:
    passages, questions = vectors("random", 300)
    index = index_of(passages, 300)
    assert "passage_codes" not in index.arrays
    found = passage_scores(index, questions[0])
    assert type(found) is Scores
    np.testing.assert_array_equal(found.of(np.arange(300)), passages @ questions[0])


def test_codes_are_within_half_a_step() -> None:
    passages, _ = vectors("lopsided", 100)
    codes, step = codes_of(passages)
    assert np.abs(codes).max() == 127
    assert (np.abs(codes * step[:, None] - passages) <= step[:, None] * 0.501).all()
    empty, _ = codes_of(np.zeros((2, 4), dtype=np.float32))
    assert not empty.any()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9000), st.integers(1, 12), st.booleans())
def test_the_greatest_are_the_greatest(seed: int, n: int, k: int, equal: bool) -> None:
    random = np.random.default_rng(seed)
    scores = (random.integers(0, 3, size=n) if equal else random.standard_normal(n)).astype(np.float32)
    rows = _greatest(scores, k)
    assert len(set(rows.tolist())) == len(rows) == min(k, n)
    assert sorted(scores[rows].tolist()) == sorted(scores[top_rows(scores, k)].tolist())
