"""Fitting weights: it finds what tells evidence apart, on questions it has not seen, and refuses too little data."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from graphrag.cli import main
from graphrag.errors import InputError
from graphrag.evaluation.files import Question
from graphrag.evaluation.tuning import Example, _loss, examples_of, fit_weights, tune


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


@given(st.lists(st.floats(0, 3), min_size=3, max_size=3))
def test_the_gradient_is_that_of_the_loss(start: list[float]) -> None:
    pairs = [[(e.features.astype(np.float64), e.is_gold) for e in (example(1), example(2))]]
    weights = np.array(start)
    _, gradient = _loss(weights, pairs)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-6
        slope = (_loss(weights + step, pairs)[0] - _loss(weights - step, pairs)[0]) / 2e-6
        assert gradient[i] == pytest.approx(slope, abs=1e-5)


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
