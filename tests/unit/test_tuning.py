"""Fitting weights: it finds what tells evidence apart, on questions it has not seen, and refuses too little data."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from graphrag.cli import main
from graphrag.errors import InputError
from graphrag.evaluation.files import Question
from graphrag.evaluation.quality import AS_ASKED, OTHER_SETS, out_of_sample
from graphrag.evaluation.tuning import Example, _Problem, cross_validate, examples_of, fit_weights, tune
from graphrag.evaluation.variants import with_a_typo


def example(number: int, *, telling: int = 1) -> Example:
    """Return a question whose one piece of evidence stands out in one of three features."""
    random = np.random.default_rng(number)
    features = random.random((12, 3)).astype(np.float32)
    features[4, telling] = 1.5
    return Example(f"q{number:03}", tuple(f"d{i}" for i in range(12)), features, frozenset({"d4"}))


def test_the_telling_feature_gets_the_weight_and_none_is_negative() -> None:
    weights = fit_weights([[example(i) for i in range(40)]])
    assert weights.argmax() == 1 and weights[1] > 3 * max(weights[0], weights[2])
    assert (weights >= 0).all()


def test_the_gain_is_that_of_questions_not_fitted_on() -> None:
    tuning = tune([[example(i) for i in range(40)]], np.array([1.0, 0.0, 0.0]))
    gain = tuning.gains["mrr"]
    assert tuning.questions == gain["n"] == 40
    assert gain["difference"] > 0.4 and gain["p"] < 0.01


def test_noise_gains_nothing() -> None:
    random = np.random.default_rng(0)
    noise = [
        Example(
            f"q{i}", tuple(f"d{j}" for j in range(12)), random.random((12, 3)).astype(np.float32), frozenset({"d1"})
        )
        for i in range(60)
    ]
    assert tune([noise], np.ones(3)).gains["mrr"]["p"] > 0.01


def test_the_order_of_questions_does_not_matter() -> None:
    examples = [example(i) for i in range(20)]
    first, second = tune([examples], np.ones(3)), tune([examples[::-1]], np.ones(3))
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.gains == second.gains


@given(st.lists(st.floats(0, 3), min_size=3, max_size=3), st.sampled_from([0.0, 0.7]))
def test_the_gradient_is_that_of_the_loss(start: list[float], q: float) -> None:
    problem = _Problem([[example(1), example(2)], [example(3)]])
    weights = np.array(start)
    _, gradient = problem.loss(weights, q)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-6
        slope = (problem.loss(weights + step, q)[0] - problem.loss(weights - step, q)[0]) / 2e-6
        assert gradient[i] == pytest.approx(slope, abs=1e-5)


def test_hopeless_evidence_does_not_pull_the_weights() -> None:
    telling = [example(i) for i in range(40)]
    hopeless = []
    for one in (example(100 + number) for number in range(20)):
        features = one.features.copy()
        features[4] = 0.0  # nothing points at the evidence
        hopeless.append(Example(one.question, one.documents, features, one.gold))
    alone, together = fit_weights([telling]), fit_weights([[*telling, *hopeless]])
    assert together[1] > 0.8 * alone[1]  # by -log p it would be 0.27 of that


def test_a_question_is_scored_by_weights_that_have_not_seen_it_in_any_set() -> None:
    """In half of the questions a feature of its own marks the evidence: of use only to who has seen the question."""
    first = [example(i) for i in range(30)]
    marked = []
    for number, one in enumerate(first):
        marks = np.zeros((12, 30), dtype=np.float32)
        marks[4, number] = 5.0
        marked.append(Example(one.question, one.documents, np.hstack([one.features * 0.0, marks]), one.gold))
    scored = cross_validate([marked, marked[:15]])
    assert max(scored[0]["recall@2"]) == max(scored[1]["recall@2"]) == 0.0
    assert len(scored[0]["mrr"]) == 30 and len(scored[1]["mrr"]) == 15


def test_out_of_sample_scores_variants_and_other_sets() -> None:
    sets = {"a": [example(i) for i in range(20)], "b": [example(i) for i in range(20, 40)], "a too": [example(3)]}
    rows = out_of_sample(sets, {"shouted": {"a": sets["a"]}})
    assert [(row.set, row.how) for row in rows] == [
        ("a", AS_ASKED),
        ("a", "shouted"),
        ("a", OTHER_SETS),
        ("b", AS_ASKED),
        ("b", OTHER_SETS),
        ("a too", AS_ASKED),
        ("a too", OTHER_SETS),
    ]
    assert rows[0].scores == rows[1].scores and rows[0].questions == 20
    assert all(row.scores["mrr"]["low"] <= row.scores["mrr"]["mean"] <= row.scores["mrr"]["high"] for row in rows)


@pytest.mark.parametrize(
    "question", ["Who directed Under The Cards?", "When did Abraham Lincoln die?", "Who is Zoë Kowalczyk?"]
)
def test_a_typo_is_one_slip_inside_the_longest_name(question: str) -> None:
    typed = with_a_typo(question)
    assert typed != question and typed == with_a_typo(question)
    assert OSA.distance(typed, question) == 1
    slips = [(a, b) for a, b in zip(question.split(), typed.split(), strict=True) if a != b]
    ((meant, slip),) = slips
    assert meant[0] == slip[0] and meant.rstrip("?")[-1] == slip.rstrip("?")[-1]
    assert with_a_typo("who is in the longest lowercase?") == "who is in the longest lowercase?"


def test_too_few_questions_are_refused() -> None:
    questions = [Question(str(i), "?", gold=("a",)) for i in range(9)]
    with pytest.raises(InputError, match="only 9 questions"):
        examples_of(questions, lambda _: (["a"], np.ones((1, 3), dtype=np.float32)))


def test_gold_that_is_nowhere_is_refused() -> None:
    lost = Example("q", ("a", "b"), np.ones((2, 3), dtype=np.float32), frozenset({"z"}))
    with pytest.raises(InputError, match="among its candidates"):
        fit_weights([[lost]])


def test_the_command_writes_weights_that_a_recipe_takes(sample_workspace: Path, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights.json"
    questions = samples / "2wiki" / "questions.json"
    result = CliRunner().invoke(main, ["tune", str(questions), "-w", str(sample_workspace), "--out", str(out)])
    assert result.exit_code == 0, result.output
    data = json.loads(out.read_text())
    assert data["questions"] == len(json.loads(questions.read_text()))
    assert all(value >= 0 for value in data["weights"].values())
    assert "recall@5" in data["cross_validated"]
