"""Fits the weights of retrieval to questions with known evidence, and says honestly whether that helps.

The weights of a linear score are fitted by the softmax loss of each piece of evidence against all passages that are
none (Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007), with weights of 0 or
more and a small penalty on large ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrag.errors import InputError
from graphrag.evaluation.files import Question
from graphrag.evaluation.scores import paired_test, ranking_scores

__all__ = ["Example", "Tuning", "examples_of", "fit_weights", "tune"]

_FOLDS = 5
_PENALTY = 1e-3
_LEAST_QUESTIONS = 10
_STEPS = 200

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one question: the document and the features of each, and which documents are evidence."""

    id: str
    documents: tuple[str, ...]
    features: Floats  # (candidates, features)
    gold: frozenset[str]

    @property
    def is_gold(self) -> NDArray[np.bool_]:
        """Which candidates are evidence."""
        return np.array([document in self.gold for document in self.documents], dtype=np.bool_)

    def scores(self, weights: NDArray[np.float64]) -> dict[str, float]:
        """Return the ranking scores that some weights give."""
        order = np.argsort(-(self.features @ weights), kind="stable")
        return ranking_scores([self.documents[i] for i in order], self.gold)


@dataclass(frozen=True, slots=True)
class Tuning:
    """New weights, and what they gain on questions that they were not fitted on."""

    weights: NDArray[np.float64]  # fitted on all questions
    gains: dict[str, dict[str, float]]  # metric -> paired test of the given weights (a) and cross-validated ones (b)
    questions: int


def examples_of(
    questions: Sequence[Question], candidates: Callable[[str], tuple[Sequence[str], Floats]]
) -> list[Example]:
    """Retrieve the candidates of questions.

    Parameters
    ----------
    questions : sequence of Question
        Those without gold are left out.
    candidates : callable
        Question -> (document id of each candidate, features (n, m)).

    Raises
    ------
    InputError
        Fewer than ten questions have gold.
    """
    examples = []
    for question in questions:
        if question.gold:
            documents, features = candidates(question.question)
            examples.append(Example(question.id, tuple(documents), features, frozenset(question.gold)))
    if len(examples) < _LEAST_QUESTIONS:
        raise InputError(
            f"only {len(examples)} questions name their evidence; weights need at least {_LEAST_QUESTIONS}: add gold "
            "(document ids) to more questions"
        )
    return examples


def tune(sets: Sequence[Sequence[Example]], current: NDArray[np.float64]) -> Tuning:
    """Fit weights on question sets, each set weighing the same, and cross-validate them in five folds.

    Parameters
    ----------
    sets : sequence of sequences of Example
        Question sets, e.g. one a corpus.
    current : ndarray (m,)
        The weights in use, to compare with.
    """
    ordered = [sorted(examples, key=lambda example: example.id) for examples in sets]
    before: dict[str, list[float]] = {}
    after: dict[str, list[float]] = {}
    for fold in range(_FOLDS):
        weights = fit_weights([[e for i, e in enumerate(examples) if i % _FOLDS != fold] for examples in ordered])
        for examples in ordered:
            for example in examples[fold::_FOLDS]:
                for metric, value in example.scores(current).items():
                    before.setdefault(metric, []).append(value)
                for metric, value in example.scores(weights).items():
                    after.setdefault(metric, []).append(value)
    gains = {metric: paired_test(before[metric], after[metric]) for metric in before}
    return Tuning(fit_weights(ordered), gains, sum(len(examples) for examples in ordered))


def fit_weights(sets: Sequence[Sequence[Example]]) -> NDArray[np.float64]:
    """Return the weights (m,) of least loss; deterministic."""
    from scipy.optimize import minimize

    usable = [[(e.features.astype(np.float64), e.is_gold) for e in examples] for examples in sets]
    usable = [[(features, gold) for features, gold in pairs if gold.any() and not gold.all()] for pairs in usable]
    usable = [pairs for pairs in usable if pairs]
    if not usable:
        raise InputError("no question has its evidence among its candidates; check that gold holds document ids")
    size = usable[0][0][0].shape[1]
    found = minimize(
        _loss,
        np.ones(size),
        args=(usable,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * size,
        options={"maxiter": _STEPS},
    )
    weights: NDArray[np.float64] = np.asarray(found.x, dtype=np.float64)
    return weights


def _loss(
    weights: NDArray[np.float64], sets: Sequence[Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]]]
) -> tuple[float, NDArray[np.float64]]:
    """Return the mean loss over sets and its gradient."""
    loss, gradient = 0.0, np.zeros_like(weights)
    for pairs in sets:
        for features, gold in pairs:
            scores = features @ weights
            odds = np.exp(scores - scores.max())
            others = odds[~gold]
            rest, pull = others.sum(), others @ features[~gold]
            total = odds[gold] + rest  # each piece of evidence against all passages that are none
            share = 1.0 / (len(sets) * len(pairs) * int(gold.sum()))
            loss -= share * float(np.log(odds[gold] / total).sum())
            expected = (odds[gold, None] * features[gold] + pull) / total[:, None]
            gradient -= share * (features[gold] - expected).sum(axis=0)
    return loss + _PENALTY * float(weights @ weights), gradient + 2.0 * _PENALTY * weights
