"""Fits the reader of short answers to questions with known answers, and says what it gains on others.

Of each question everything that may be the answer is known with its features (:mod:`graphrag.answering.spotting`).
The weights are those under which the choices that overlap most with an accepted answer are the likeliest (softmax;
multinomial logistic regression with an L2 penalty).  The surety, a logistic regression on the best choice, is fitted
on questions that its weights were not fitted on, each asked a second time without the documents of its evidence: so it
learns what a wrong answer looks like.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp

from graphrag.answering.choices import Choice
from graphrag.answering.spotting import sure_features
from graphrag.errors import InputError
from graphrag.evaluation.files import Question
from graphrag.evaluation.scores import answer_scores, paired_test
from graphrag.text import name_key

__all__ = ["FittedReader", "ReadQuestion", "fit_reader", "read_choices"]

_FOLDS = 5
_PENALTY = 1.0
_OVERLAP = 0.3  # F1 from which a choice counts as partly right; its third power is what it counts
_RIGHT = 0.5  # F1 from which an answer counts as right
_STEPS = 200
_LEAST_QUESTIONS = 10
_LEAST_WEIGHT = 0.05  # smaller ones are left out

Choices = Callable[[str, Collection[str]], Sequence[Choice]]


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """What may be the answer of one question: names and values of its features, one choice after the other."""

    question: str
    names: tuple[str, ...]  # of the features of all choices, in a row
    values: np.ndarray
    sizes: np.ndarray  # features of each choice
    f1: np.ndarray  # of each choice, the best over the accepted answers
    same: np.ndarray  # number of the first choice with the same name key
    sure: tuple[Mapping[str, float], ...]  # what tells whether a choice is right, its chance aside


@dataclass(frozen=True, slots=True)
class FittedReader:
    """New weights, and the scores of answers that they give to questions that they were not fitted on."""

    weights: dict[str, float]
    surety: dict[str, float]
    f1: list[float]  # of each set, in percent, cross-validated
    gain: dict[str, float]  # paired test of F1: the given weights (a) and cross-validated ones (b)
    questions: int


def read_choices(questions: Sequence[Question], choices: Choices) -> list[tuple[ReadQuestion, ReadQuestion]]:
    """Read each question twice: with all documents, and without those that hold its evidence.

    Parameters
    ----------
    questions : sequence of Question
        Those without answers, and those whose answer is yes or no, are left out.
    choices : callable
        Question and the documents to leave out -> everything that may be the answer.

    Raises
    ------
    InputError
        Fewer than ten questions have answers.
    """
    useful = [q for q in questions if q.answers and not {"yes", "no"} & {answer.lower() for answer in q.answers}]
    if len(useful) < _LEAST_QUESTIONS:
        raise InputError(f"only {len(useful)} questions have answers to find; the reader needs {_LEAST_QUESTIONS}")
    return [(_read(q, choices(q.question, ())), _read(q, choices(q.question, q.gold))) for q in useful]


def _read(question: Question, choices: Sequence[Choice]) -> ReadQuestion:
    """Keep of the choices of a question what fitting needs."""
    first: dict[str, int] = {}
    rows = [[(name, value) for name, value in choice.features.items() if value] for choice in choices]
    return ReadQuestion(
        question.question,
        tuple(name for row in rows for name, _ in row),
        np.array([value for row in rows for _, value in row]),
        np.array([len(row) for row in rows], dtype=np.int64),
        np.array([answer_scores(choice.text, question.answers)["f1"] for choice in choices]),
        np.array([first.setdefault(name_key(c.text), number) for number, c in enumerate(choices)], dtype=np.int64),
        tuple(sure_features(1.0, choice) for choice in choices),
    )


def fit_reader(
    sets: Sequence[Sequence[tuple[ReadQuestion, ReadQuestion]]], current: Mapping[str, float]
) -> FittedReader:
    """Fit the reader on question sets, every question weighing the same, and cross-validate it.

    Parameters
    ----------
    sets : sequence of sequences
        As :func:`read_choices` returns them.
    current : mapping of str to float
        The weights in use, to compare with.
    """
    pairs = [sorted(some, key=lambda pair: pair[0].question) for some in sets]
    everything = [pair for some in pairs for pair in some]
    before = [_best(read, current)[1] for read, _ in everything]
    after: dict[str, float] = {}
    told: list[tuple[dict[str, float], bool]] = []
    for fold in range(_FOLDS):
        weights = _fit([read for read, _ in everything if _fold(read) != fold])
        for read, bare in everything:
            if _fold(read) == fold:
                after[read.question] = _best(read, weights)[1]
                told += [_told(one, weights) for one in (read, bare) if len(one.f1)]
    scores = [[after[read.question] for read, _ in some] for some in pairs]
    return FittedReader(
        _kept(_fit([read for read, _ in everything])),
        _kept(_fit_surety(told)),
        [100 * float(np.mean(some)) for some in scores],
        paired_test(before, [score for some in scores for score in some]),
        len(everything),
    )


def _fold(read: ReadQuestion) -> int:
    """Divide questions by what they say, so that no order matters."""
    return hashlib.blake2b(read.question.encode("utf-8", "surrogatepass"), digest_size=4).digest()[0] % _FOLDS


def _kept(weights: Mapping[str, float]) -> dict[str, float]:
    """Round weights, and leave out those that hardly matter."""
    return {name: round(value, 2) for name, value in sorted(weights.items()) if abs(value) >= _LEAST_WEIGHT}


def _chances(read: ReadQuestion, weights: Mapping[str, float]) -> np.ndarray:
    """Return the chance of each choice."""
    starts = np.concatenate([[0], np.cumsum(read.sizes)[:-1]]).astype(np.int64)
    known = np.array([weights.get(name, 0.0) for name in read.names])
    scores = np.add.reduceat(known * read.values, starts)
    raised = np.exp(scores - scores.max())
    chances: np.ndarray = raised / raised.sum()
    return chances


def _best(read: ReadQuestion, weights: Mapping[str, float]) -> tuple[int, float, float]:
    """Return the likeliest choice, its F1, and its chance together with that of equal ones."""
    if not len(read.f1):
        return -1, 0.0, 0.0
    chances = _chances(read, weights)
    best = int(chances.argmax())
    return best, float(read.f1[best]), float(chances[read.same == read.same[best]].sum())


def _told(read: ReadQuestion, weights: Mapping[str, float]) -> tuple[dict[str, float], bool]:
    """Return what tells whether the likeliest choice is right, and whether it is."""
    best, f1, chance = _best(read, weights)
    return {**read.sure[best], "log chance": float(np.log(max(chance, 1e-6)))}, f1 >= _RIGHT


def _fit(reads: Sequence[ReadQuestion]) -> dict[str, float]:
    """Return the weights under which the right choices are the likeliest."""
    usable = [read for read in reads if len(read.f1) and read.f1.max() >= _OVERLAP]
    columns = {name: place for place, name in enumerate(sorted({name for read in usable for name in read.names}))}
    sizes = np.concatenate([read.sizes for read in usable])
    table = sp.csr_array(
        (
            np.concatenate([read.values for read in usable]),
            np.array([columns[name] for read in usable for name in read.names]),
            np.concatenate([[0], np.cumsum(sizes)]),
        ),
        shape=(len(sizes), len(columns)),
    )
    counts = np.array([len(read.f1) for read in usable])
    starts = np.cumsum(counts) - counts
    owner = np.repeat(np.arange(len(usable)), counts)
    right = np.concatenate([np.where(read.f1 >= _OVERLAP, read.f1**3, 0.0) for read in usable])
    right /= np.add.reduceat(right, starts)[owner]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = table @ weights
        scores -= np.maximum.reduceat(scores, starts)[owner]
        log_mass = np.log(np.add.reduceat(np.exp(scores), starts))[owner]
        gradient = table.T @ (np.exp(scores - log_mass) - right) + 2 * _PENALTY * weights
        return float(right @ (log_mass - scores)) + _PENALTY * float(weights @ weights), gradient

    found = scipy.optimize.minimize(
        loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
    )
    return dict(zip(columns, found.x.tolist(), strict=True))


def _fit_surety(told: Sequence[tuple[dict[str, float], bool]]) -> dict[str, float]:
    """Return the logistic regression of being right."""
    names = sorted(told[0][0])
    table = np.array([[features[name] for name in names] for features, _ in told])
    right = np.array([is_right for _, is_right in told], dtype=np.float64)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = table @ weights
        chance = 1 / (1 + np.exp(-scores))
        total = float(np.logaddexp(0, scores).sum() - right @ scores) + _PENALTY * float(weights @ weights)
        return total, table.T @ (chance - right) + 2 * _PENALTY * weights

    found: Any = scipy.optimize.minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B")
    return dict(zip(names, found.x.tolist(), strict=True))
