"""Scores of rankings and answers against known ones, with intervals, and a paired test of two runs."""

from graphrag.evaluation.files import Question, read_questions, read_results, write_results
from graphrag.evaluation.runs import Outcome, compare, evaluate, results_of, summarise
from graphrag.evaluation.scores import (
    ANSWER_METRICS,
    RANKING_METRICS,
    answer_scores,
    bootstrap_interval,
    distinct,
    normalise_answer,
    paired_test,
    ranking_scores,
)

__all__ = [
    "ANSWER_METRICS",
    "RANKING_METRICS",
    "Outcome",
    "Question",
    "answer_scores",
    "bootstrap_interval",
    "compare",
    "distinct",
    "evaluate",
    "normalise_answer",
    "paired_test",
    "ranking_scores",
    "read_questions",
    "read_results",
    "results_of",
    "summarise",
    "write_results",
]
