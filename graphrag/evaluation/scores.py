"""Scores of one question, and what can be said about the mean of many.

Scores are fractions from 0 to 1.  Documents are what gold names, so a ranking of passages counts each document once,
at its best passage.
"""

import re
import string
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

__all__ = [
    "ANSWER_METRICS",
    "RANKING_METRICS",
    "answer_scores",
    "bootstrap_interval",
    "distinct",
    "normalise_answer",
    "paired_test",
    "ranking_scores",
]

RANKING_METRICS = ("recall@2", "recall@5", "recall@10", "mrr", "ndcg@10", "all_gold@5")
ANSWER_METRICS = ("em", "f1")
_CUTS = (2, 5, 10)
_SEED = 20240229
_RESAMPLES = 2000
_PERMUTATIONS = 10_000
_BLOCK = 4_000_000  # random numbers drawn at a time, which bounds memory at about 32 MB
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def distinct(ids: Sequence[str]) -> tuple[str, ...]:
    """Return ``ids`` without repetitions, each at its first place."""
    return tuple(dict.fromkeys(ids))


def ranking_scores(ranked: Sequence[str], gold: Collection[str]) -> dict[str, float]:
    """Score one ranking of documents, binary relevance.

    Parameters
    ----------
    ranked : Sequence[str]
        Document ids, best first; repetitions count at their first place.
    gold : Collection[str]
        The ids of the documents that hold the evidence, at least one.

    Returns
    -------
    dict[str, float]
        The :data:`RANKING_METRICS`: recall@k = share of gold in the first k; mrr = 1 / rank of the first gold;
        ndcg@10 with gain 1 and discount log2(rank + 1) (Järvelin and Kekäläinen 2002); all_gold@5 = 1 where all gold
        is in the first 5.
    """
    order, wanted = distinct(ranked), set(gold)
    hits = [document in wanted for document in order]
    scores = {f"recall@{cut}": sum(hits[:cut]) / len(wanted) for cut in _CUTS}
    scores["mrr"] = next((1 / rank for rank, hit in enumerate(hits, 1) if hit), 0.0)
    gain = sum(1 / np.log2(rank + 1) for rank, hit in enumerate(hits[:10], 1) if hit)
    ideal = sum(1 / np.log2(rank + 1) for rank in range(1, min(len(wanted), 10) + 1))
    scores["ndcg@10"] = float(gain / ideal)
    scores["all_gold@5"] = float(sum(hits[:5]) == len(wanted))
    return scores


def normalise_answer(text: str) -> str:
    """Lower-case, drop punctuation and articles, and join by single spaces (SQuAD's official script, v1.1)."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def answer_scores(answer: str, answers: Collection[str]) -> dict[str, float]:
    """Return ``em`` and ``f1`` of an answer: the best over the accepted answers (Rajpurkar et al. 2016)."""
    given = normalise_answer(answer)
    accepted = [normalise_answer(text) for text in answers]
    return {
        "em": max((float(given == text) for text in accepted), default=0.0),
        "f1": max((_overlap(given.split(), text.split()) for text in accepted), default=0.0),
    }


def bootstrap_interval(values: Sequence[float], level: float = 0.95, seed: int = _SEED) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean (Efron and Tibshirani 1993, section 13.3).

    Parameters
    ----------
    values : Sequence[float]
        One score a question, at least one.
    level : float
        Share of resamples inside the interval.
    seed : int
        Seed of the resampling.
    """
    data = np.asarray(values, dtype=np.float64)
    random = np.random.default_rng(seed)
    means = [
        data[random.integers(len(data), size=(rows, len(data)))].mean(axis=1) for rows in _blocks(_RESAMPLES, len(data))
    ]
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)


def paired_test(first: Sequence[float], second: Sequence[float], seed: int = _SEED) -> dict[str, float]:
    """Compare two runs on the same questions.

    The p value is of a two-sided sign-flip permutation test of the mean difference (Smucker, Allan and Carterette,
    "A comparison of statistical significance tests for information retrieval evaluation", CIKM 2007), with one added
    to both counts, so that it is never 0.

    Parameters
    ----------
    first, second : Sequence[float]
        Scores of the two runs, question by question, of equal length of at least one.
    seed : int
        Seed of permutations and resamples.

    Returns
    -------
    dict[str, float]
        ``n``, the means ``a`` and ``b``, ``difference`` (b - a) with its 95 % interval ``low`` and ``high``, ``p``.

    Raises
    ------
    ValueError
        The lengths differ or are 0.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"paired scores must be of one length above 0, not {len(first)} and {len(second)}")
    before, after = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    differences = after - before
    observed = abs(differences.mean())
    random = np.random.default_rng(seed)
    as_far = 0
    for rows in _blocks(_PERMUTATIONS, len(differences)):
        signs = random.integers(2, size=(rows, len(differences)), dtype=np.int8) * 2 - 1
        as_far += int((np.abs((signs * differences).mean(axis=1)) >= observed - 1e-12).sum())
    low, high = bootstrap_interval(differences.tolist(), seed=seed)
    return {
        "n": len(differences),
        "a": float(before.mean()),
        "b": float(after.mean()),
        "difference": float(differences.mean()),
        "low": low,
        "high": high,
        "p": (as_far + 1) / (_PERMUTATIONS + 1),
    }


def _overlap(given: Sequence[str], accepted: Sequence[str]) -> float:
    """Return the F1 of two bags of words; where one is empty, whether both are."""
    if not given or not accepted:
        return float(given == accepted)
    common = sum((Counter(given) & Counter(accepted)).values())
    return 2 * common / (len(given) + len(accepted))


def _blocks(total: int, width: int) -> list[int]:
    """Divide ``total`` rows of ``width`` numbers into blocks that fit memory."""
    size = max(1, _BLOCK // width)
    return [min(size, total - start) for start in range(0, total, size)]
