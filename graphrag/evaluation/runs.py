"""Runs of question sets: what came of each question, the summary, and the comparison of two runs."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from graphrag.errors import InputError
from graphrag.evaluation.files import VERSION, Question, QuestionId
from graphrag.evaluation.scores import (
    ANSWER_METRICS,
    RANKING_METRICS,
    answer_scores,
    bootstrap_interval,
    distinct,
    paired_test,
    ranking_scores,
)

__all__ = ["Outcome", "compare", "evaluate", "results_of", "summarise"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    id: QuestionId
    type: str
    ranked: tuple[str, ...]  # document ids, best first, each once
    search_ms: float
    answer: str | None = None  # None where no answer was asked for; empty where it was not found
    ask_ms: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)


def evaluate(
    questions: Sequence[Question],
    search: Callable[[str], Sequence[str]],
    ask: Callable[[str], str] | None = None,
    after_each: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Run questions and score what comes back.

    Parameters
    ----------
    questions : Sequence[Question]
        What to run.
    search : callable
        Question -> document ids of the passages found, best first; a document may come several times.
    ask : callable, optional
        Question -> answer, empty where not found.
    after_each : callable
        Called after each question, to show how far the run is.

    Returns
    -------
    list[Outcome]
        One a question, in order.
    """
    outcomes = []
    for question in questions:
        start = time.perf_counter()
        ranked = distinct(search(question.question))
        search_ms = (time.perf_counter() - start) * 1000
        scores = ranking_scores(ranked, question.gold) if question.gold else {}
        answer, ask_ms = None, None
        if ask is not None:
            start = time.perf_counter()
            answer = ask(question.question)
            ask_ms = (time.perf_counter() - start) * 1000
            if question.answers:
                scores |= answer_scores(answer, question.answers)
        outcomes.append(Outcome(question.id, question.type, ranked, search_ms, answer, ask_ms, scores))
        after_each()
    return outcomes


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return means with 95 % intervals over all questions and by type, latency, and how many were answered.

    Returns
    -------
    dict
        ``all`` and each of ``types`` hold ``questions`` and, for each metric, ``mean``, ``low``, ``high`` and ``n``.
    """
    ordered = sorted(outcomes, key=lambda outcome: str(outcome.id))  # so that intervals do not hang on the file's order
    kinds = sorted({outcome.type for outcome in ordered if outcome.type})
    summary: dict[str, Any] = {
        "all": _scores_of(ordered),
        "types": {kind: _scores_of([outcome for outcome in ordered if outcome.type == kind]) for kind in kinds},
        "search_ms": _latency([outcome.search_ms for outcome in ordered]),
    }
    asked = [outcome for outcome in ordered if outcome.answer is not None]
    if asked:
        answered = sum(bool(outcome.answer) for outcome in asked)
        summary["answers"] = {"answered": answered, "refused": len(asked) - answered}
        summary["ask_ms"] = _latency([outcome.ask_ms for outcome in asked if outcome.ask_ms is not None])
    return summary


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Compare two results (see :func:`results_of`) on the questions that both ran.

    Returns
    -------
    dict
        ``questions`` (in both), ``only_a``, ``only_b`` (how many), and ``metrics``: name -> :func:`paired_test`.

    Raises
    ------
    InputError
        The two have no question in common.
    """
    left = {str(row["id"]): row["scores"] for row in first["questions"]}
    right = {str(row["id"]): row["scores"] for row in second["questions"]}
    shared = sorted(left.keys() & right.keys())
    if not shared:
        raise InputError("the two results have no question in common; compare runs of one question file")
    metrics: dict[str, dict[str, float]] = {}
    for metric in (*RANKING_METRICS, *ANSWER_METRICS):
        pairs = [
            (left[key][metric], right[key][metric]) for key in shared if metric in left[key] and metric in right[key]
        ]
        if pairs:
            metrics[metric] = paired_test([a for a, _ in pairs], [b for _, b in pairs])
    return {
        "questions": len(shared),
        "only_a": len(left) - len(shared),
        "only_b": len(right) - len(shared),
        "metrics": metrics,
    }


def results_of(outcomes: Sequence[Outcome], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that a results file holds: ``about`` the run, its summary, and every question's outcome."""
    return {
        "version": VERSION,
        **about,
        "summary": summarise(outcomes),
        "questions": [asdict(outcome) for outcome in outcomes],
    }


def _scores_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the mean and interval of each metric that the outcomes have."""
    result: dict[str, Any] = {"questions": len(outcomes)}
    for metric in (*RANKING_METRICS, *ANSWER_METRICS):
        values = [outcome.scores[metric] for outcome in outcomes if metric in outcome.scores]
        if values:
            low, high = bootstrap_interval(values)
            result[metric] = {"mean": float(np.mean(values)), "low": low, "high": high, "n": len(values)}
    return result


def _latency(values: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile, in the unit of ``values``."""
    if not values:
        return {}
    median, p95 = np.quantile(np.asarray(values), [0.5, 0.95])
    return {"median": float(median), "p95": float(p95)}
