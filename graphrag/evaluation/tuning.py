"""Fits the weights of retrieval to questions with known evidence, and says honestly whether that helps.

The weights of a linear score are fitted to the chance that each piece of evidence has against all passages that are
none (softmax: Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007), with weights of
0 or more and a small penalty on large ones.  The loss of a chance p is (1 - p^q) / q (Zhang and Sabuncu, "Generalized
Cross Entropy Loss", NeurIPS 2018, with their q = 0.7): it is bounded, so that evidence which nothing points at does
not pull the weights away from where they can help, as -log p would.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphrag.errors import InputError
from graphrag.evaluation.files import Question
from graphrag.evaluation.scores import RANKING_METRICS, paired_test, ranking_scores

__all__ = ["Example", "Scored", "Tuning", "cross_validate", "examples_of", "fit_weights", "score", "tune"]

_FOLDS = 10
_REPEATS = 3  # divisions into folds, over which scores are averaged
_PENALTY = 1e-4
_Q = 0.7
_LEAST_QUESTIONS = 10
_STEPS = 300

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Scored = dict[str, list[float]]
"""Metric -> score of each question."""


@dataclass(frozen=True, slots=True)
class Example:
    """The candidates of one question: the document and the features of each, and which documents are evidence."""

    question: str  # as in the file, also where a variant of it was asked
    documents: tuple[str, ...]
    features: Floats  # (candidates, features)
    gold: frozenset[str]

    @property
    def is_gold(self) -> NDArray[np.bool_]:
        """Which candidates are evidence."""
        return np.array([document in self.gold for document in self.documents], dtype=np.bool_)

    def scores(self, weights: Doubles) -> dict[str, float]:
        """Return the ranking scores that some weights give."""
        order = np.argsort(-(self.features @ weights), kind="stable")
        return ranking_scores([self.documents[i] for i in order], self.gold)


@dataclass(frozen=True, slots=True)
class Tuning:
    """New weights, and what they gain on questions that they were not fitted on."""

    weights: Doubles  # fitted on all questions
    gains: dict[str, dict[str, float]]  # metric -> paired test of the given weights (a) and cross-validated ones (b)
    scores: list[Scored]  # of each set, cross-validated
    questions: int


def examples_of(
    questions: Sequence[Question],
    candidates: Callable[[str], tuple[Sequence[str], Floats]],
    ask: Callable[[str], str] = str,
) -> list[Example]:
    """Retrieve the candidates of questions.

    Parameters
    ----------
    questions : sequence of Question
        Those without gold are left out.
    candidates : callable
        Question -> (document id of each candidate, features (n, m)).
    ask : callable
        How a question is asked, e.g. in lower case.

    Raises
    ------
    InputError
        Fewer than ten questions have gold.
    """
    examples = []
    for question in questions:
        if question.gold:
            documents, features = candidates(ask(question.question))
            examples.append(Example(question.question, tuple(documents), features, frozenset(question.gold)))
    if len(examples) < _LEAST_QUESTIONS:
        raise InputError(
            f"only {len(examples)} questions name their evidence; weights need at least {_LEAST_QUESTIONS}: add gold "
            "(document ids) to more questions"
        )
    return examples


def tune(sets: Sequence[Sequence[Example]], current: Doubles) -> Tuning:
    """Fit weights on question sets, each set weighing the same, and cross-validate them.

    Parameters
    ----------
    sets : sequence of sequences of Example
        Question sets, e.g. one a corpus.
    current : ndarray (m,)
        The weights in use, to compare with.
    """
    sets = [sorted(examples, key=lambda example: example.question) for examples in sets]
    scores = cross_validate(sets)
    before = [score(examples, current) for examples in sets]
    gains = {
        metric: paired_test(
            [value for scored in before for value in scored[metric]],
            [value for scored in scores for value in scored[metric]],
        )
        for metric in RANKING_METRICS
    }
    return Tuning(fit_weights(sets), gains, scores, sum(len(examples) for examples in sets))


def score(examples: Sequence[Example], weights: Doubles) -> Scored:
    """Return the scores of each question by some weights."""
    rows = [example.scores(weights) for example in examples]
    return {metric: [row[metric] for row in rows] for metric in RANKING_METRICS}


def cross_validate(sets: Sequence[Sequence[Example]], also: Sequence[Sequence[Example]] = ()) -> list[Scored]:
    """Score every question by weights that were not fitted on it, in whatever set it stands.

    Parameters
    ----------
    sets : sequence of sequences of Example
        Question sets, on which weights are fitted.
    also : sequence of sequences of Example
        Further sets to score, of the same questions asked otherwise; no weights are fitted on them.

    Returns
    -------
    list of Scored
        Of each of ``sets``, then of each of ``also``: the mean over three divisions into ten folds.
    """
    scored = [*sets, *also]
    totals = [{metric: np.zeros(len(examples)) for metric in RANKING_METRICS} for examples in scored]
    for repeat in range(_REPEATS):
        folds = _folds(sets, repeat)
        for fold in range(_FOLDS):
            weights = fit_weights([[e for e in examples if folds[e.question] != fold] for examples in sets])
            for total, examples in zip(totals, scored, strict=True):
                for place, example in enumerate(examples):
                    if folds[example.question] == fold:
                        for metric, value in example.scores(weights).items():
                            total[metric][place] += value / _REPEATS
    return [{metric: values.tolist() for metric, values in total.items()} for total in totals]


def _folds(sets: Sequence[Sequence[Example]], repeat: int) -> dict[str, int]:
    """Divide the distinct questions into folds of one size, by the hashes of their texts."""

    def digest(question: str) -> bytes:
        return hashlib.blake2b(f"{repeat} {question}".encode("utf-8", "surrogatepass")).digest()

    questions = sorted({example.question for examples in sets for example in examples}, key=digest)
    return {question: place % _FOLDS for place, question in enumerate(questions)}


def fit_weights(sets: Sequence[Sequence[Example]]) -> Doubles:
    """Return the weights (m,) of least loss; deterministic, and the same for any order of the questions.

    Raises
    ------
    InputError
        No question has its evidence among its candidates.
    """
    from scipy.optimize import minimize

    problem = _Problem(sets)
    weights = np.ones(problem.gold.shape[1])
    for q in (0.0, _Q):  # the bounded loss has several minima; the search starts from the only one of -log p
        found = minimize(
            problem.loss,
            weights,
            args=(q,),
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None)] * len(weights),
            options={"maxiter": _STEPS},
        )
        weights = np.asarray(found.x, dtype=np.float64)
    return weights


class _Problem:
    """The candidates of all questions in two tables, evidence and others, for a loss without loops.

    Parameters
    ----------
    sets : sequence of sequences of Example
        Each set weighs the same, each question of a set, and each piece of evidence of a question.
    """

    def __init__(self, sets: Sequence[Sequence[Example]]) -> None:
        usable = [sorted(examples, key=lambda example: example.question) for examples in sets]
        usable = [[e for e in examples if e.is_gold.any() and not e.is_gold.all()] for examples in usable]
        usable = [examples for examples in usable if examples]
        if not usable:
            raise InputError("no question has its evidence among its candidates; check that gold holds document ids")
        examples = [example for some in usable for example in some]
        gold = [example.is_gold for example in examples]
        sizes = np.array([len(some) for some in usable for _ in some])
        found = np.array([mask.sum() for mask in gold])
        others = np.array([(~mask).sum() for mask in gold])
        features = [example.features.astype(np.float64) for example in examples]
        self.gold: Doubles = np.concatenate([rows[mask] for rows, mask in zip(features, gold, strict=True)])
        self.other: Doubles = np.concatenate([rows[~mask] for rows, mask in zip(features, gold, strict=True)])
        self._of_gold = np.repeat(np.arange(len(examples)), found)
        self._of_other = np.repeat(np.arange(len(examples)), others)
        self._starts = np.cumsum(others) - others
        self._share = np.repeat(1.0 / (len(usable) * sizes * found), found)

    def loss(self, weights: Doubles, q: float) -> tuple[float, Doubles]:
        """Return the mean loss and its gradient; ``q`` = 0 stands for -log p."""
        rest = self.other @ weights
        peak = np.maximum.reduceat(rest, self._starts)
        odds = np.exp(rest - peak[self._of_other])
        mass = np.add.reduceat(odds, self._starts)
        mine = self.gold @ weights - peak[self._of_gold]
        log_p = mine - np.logaddexp(mine, np.log(mass)[self._of_gold])
        if q > 0.0:
            losses, slope = (1.0 - np.exp(q * log_p)) / q, self._share * np.exp(q * log_p)
        else:
            losses, slope = -log_p, self._share
        # d log p = (1 - p) (features of the evidence - mean features of the others)
        pull = slope * (1.0 - np.exp(log_p))
        per_question = np.bincount(self._of_gold, weights=pull, minlength=len(mass))
        gradient = self.other.T @ (odds * (per_question / mass)[self._of_other]) - self.gold.T @ pull
        total = float(self._share @ losses) + _PENALTY * float(weights @ weights)
        return total, gradient + 2.0 * _PENALTY * weights
