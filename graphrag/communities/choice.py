"""Choosing the sentences of a report: central, defining, and not saying the same twice."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.sources import Unit
from graphrag.text import STOP_WORDS, words
from graphrag.types import ChunkId

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.types import FloatArray

    SentenceVectors = Callable[[ChunkId], FloatArray]

__all__ = ["choose", "prior"]

# Candidates that are compared with one another; the others never come near the first eight.
_POOL = 48
_LONG = 45  # words


def prior(unit: Unit, central: Mapping[int, float], facts: frozenset[int]) -> float:
    """Return how much a unit says about a community, whatever else is chosen.

    Parameters
    ----------
    unit : Unit
        A candidate.
    central : mapping of int to float
        Entity row to its share of the most central member's strength, for all members.
    facts : frozenset of int
        Rows of the facts about members.

    Returns
    -------
    float
        0 to about 2.5.
    """
    named = [central[row] for row in unit.names if row in central]
    defined = max((central[row] for row in unit.defines if row in central), default=0.0)
    length = len(unit.text) / 6
    return (
        (1.0 - math.exp(-sum(named)))
        + 0.3 * (len(named) > 1)
        + (0.2 + 0.8 * defined * defined if defined else 0.0)
        + 0.15 * min(len(facts.intersection(unit.facts)), 2)
        - 0.2 * (unit.sentences[0] != unit.sentences[1])
        - 0.01 * max(0.0, length - _LONG)
    )


def choose(
    units: Sequence[Unit],
    groups: Sequence[object],
    central: Mapping[int, float],
    facts: frozenset[int],
    vectors: "SentenceVectors | None",
    most: int,
) -> list[int]:
    """Choose units greedily by maximal marginal relevance.

    Method: Carbonell and Goldstein, "The Use of MMR", SIGIR 1998, with the share of members not yet named as part of
    the relevance.

    Parameters
    ----------
    units : sequence of Unit
        Candidates, in canonical order.
    groups : sequence
        Where each comes from (a document, a part of the community); a second one of a group counts less.
    central, facts : as for :func:`prior`
    vectors : callable or None
        Sentence vectors of a chunk, (n_sentences, dim) and of unit length; without it, words are compared.
    most : int
        How many to choose at most.

    Returns
    -------
    list of int
        Positions in ``units``, best first.
    """
    if not units:
        return []
    score = np.array([prior(unit, central, facts) for unit in units])
    pool = np.argsort(-score, kind="stable")[:_POOL].tolist()
    some = [units[at] for at in pool]
    near = _likeness(some, vectors)
    centre = near.mean(axis=1)
    spread = centre.max() - centre.min()
    relevance = score[pool] + (0.5 * (centre - centre.min()) / spread if spread > 1e-9 else 0.0)
    return [pool[at] for at in _pick(some, [groups[at] for at in pool], central, relevance, near, most)]


def _pick(
    units: Sequence[Unit],
    groups: Sequence[object],
    central: Mapping[int, float],
    relevance: "NDArray[np.float64]",
    near: "NDArray[np.float64]",
    most: int,
) -> list[int]:
    """Pick units one by one: relevant, naming members that no one before them named, and unlike those before them."""
    chosen: list[int] = []
    covered: set[int] = set()
    new = [[row for row in unit.names if row in central] for unit in units]  # members not yet named
    gain = np.array([_gain(rows, central) for rows in new])
    alike, same = np.zeros(len(units)), np.zeros(len(units))  # to the likest one chosen; chosen from its group
    open_ = np.ones(len(units), dtype=bool)
    while len(chosen) < most:
        useful = open_
        if len(chosen) >= 3:  # no more that names nothing new, defines nothing and states nothing that was understood
            useful = open_ & [bool(rows or unit.facts or unit.defines) for rows, unit in zip(new, units, strict=True)]
        if not useful.any():
            break
        best = int(np.argmax(np.where(useful, relevance + 0.4 * gain - 0.9 * alike - 0.25 * same, -np.inf)))
        chosen.append(best)
        covered.update(units[best].names)
        alike = np.maximum(alike, near[:, best])
        for at in np.flatnonzero(open_).tolist():
            same[at] += groups[at] == groups[best]
            if not covered.isdisjoint(new[at]):
                new[at] = [row for row in new[at] if row not in covered]
                gain[at] = _gain(new[at], central)
            if at == best or near[at, best] > 0.95 or units[at].overlaps(units[best]):
                open_[at] = False
    return chosen


def _gain(rows: Sequence[int], central: Mapping[int, float]) -> float:
    """Return what naming these members adds."""
    return 1.0 - math.exp(-sum([central[row] for row in rows]))


def _likeness(units: Sequence[Unit], vectors: "SentenceVectors | None") -> "NDArray[np.float64]":
    """Return how much any two units say the same, (n, n), 0 to 1."""
    if vectors is not None:
        means = np.stack([_mean(unit, vectors) for unit in units]).astype(np.float64)
        # Unrelated sentences of one language are at about .5 already.
        return np.clip((_unit_rows(means) @ _unit_rows(means).T - 0.5) * 2, 0, 1)
    bags = [{word for word in words(unit.text) if word not in STOP_WORDS} for unit in units]
    column = {word: number for number, word in enumerate(sorted(set[str]().union(*bags)))}
    counts = np.zeros((len(units), max(len(column), 1)))
    for row, bag in enumerate(bags):
        counts[row, [column[word] for word in bag]] = 1.0
    rows = _unit_rows(counts)
    return np.asarray(rows @ rows.T)


def _mean(unit: Unit, vectors: "SentenceVectors") -> "FloatArray":
    """Return the mean vector of a unit's sentences."""
    first, last = unit.sentences
    found = vectors(unit.chunk_id)
    mean: FloatArray = found[first] if first == last else found[first : last + 1].mean(axis=0)
    return mean


def _unit_rows(matrix: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return a matrix with rows of unit length; rows of zeros stay."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(lengths > 0, lengths, 1.0))
