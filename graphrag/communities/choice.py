"""Choosing the sentences of reports: central, defining, and not saying the same twice.

Many communities choose at once, a round of all at a time.  Shares are whole numbers of steps and every community has a
row of the same width, so that no sum depends on which communities are computed together.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from graphrag.communities.columns import Columns
from graphrag.communities.levels import STEPS, Level
from graphrag.communities.units import Units
from graphrag.text import STOP_WORDS, words
from graphrag.types import ChunkId

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.communities.numbers import IntArray
    from graphrag.types import FloatArray

    BoolArray = NDArray[np.bool_]
    Scores = NDArray[np.float64]
    SentenceVectors = Callable[[Sequence[ChunkId]], Sequence[FloatArray]]
    """Returns the vectors of the sentences of some chunks, (n_sentences, dim) and of unit length."""

__all__ = ["Candidates", "Chooser"]

Value = TypeVar("Value", bound=np.generic)

# Candidates that are compared with one another; the others never come near the first eight.
_POOL = 48
_LONG = 45  # words
# What naming members of so many steps together adds; more adds nothing that can be told.
_GAINS = np.array([1.0 - math.exp(-steps / STEPS) for steps in range(40 * STEPS)])


class Candidates(NamedTuple):
    """Units to choose from, of several communities of a level."""

    communities: "IntArray"  # their positions on the level
    owners: "IntArray"  # which of the communities each unit is for, ascending
    units: "IntArray"  # ascending for each community
    groups: "IntArray"  # where each comes from (a document, a part of the community)


class Chooser:
    """Chooses units for communities, by maximal marginal relevance.

    Method: Carbonell and Goldstein, "The Use of MMR", SIGIR 1998, with the share of members not yet named as part of
    the relevance.

    Parameters
    ----------
    columns, units
        Of the corpus.
    vectors : callable or None
        Sentence vectors; without it, words are compared.
    """

    def __init__(self, columns: Columns, units: Units, vectors: "SentenceVectors | None") -> None:
        self._columns = columns
        self._units = units
        self._vectors = vectors

    def choose(self, level: Level, candidates: Candidates, most: "IntArray") -> "list[IntArray]":
        """Return the units for each community, at most so many, best first."""
        if not len(candidates.communities):
            return []
        score = self._priors(level, candidates)
        order = np.lexsort((candidates.units, -score, candidates.owners))
        owners = candidates.owners[order]  # in order already, so that they are where they were
        place = np.arange(len(order)) - np.searchsorted(owners, owners)
        order, owners, place = (column[place < _POOL] for column in (order, owners, place))
        units, shape = candidates.units[order], (len(candidates.communities), _POOL)
        rows = _Rows(shape, owners, place)
        near = self._likeness(units, rows)
        at, named = self._inside(self._units.names, level, units, candidates.communities[owners])
        pool = _Pool(
            units=rows.filled(units, -1),
            relevance=rows.filled(score[order], -np.inf) + _centrality(near, rows.held),
            near=near,
            groups=rows.filled(candidates.groups[order], -1),
            understood=rows.filled(self._understood(units), False),
            documents=rows.filled(self._columns.document[self._units.chunk[units]], -1),
            begins=rows.filled(self._units.begin[units], 0),
            ends=rows.filled(self._units.end[units], 0),
            at=(owners * _POOL + place)[at],
            named=named,
        )
        return _picked(pool, level.share, most)

    def _priors(self, level: Level, candidates: Candidates) -> "Scores":
        """Return how much each candidate says about its community, whatever else is chosen: 0 to about 2.5."""
        units, count = candidates.units, len(candidates.units)
        of = candidates.communities[candidates.owners]
        at, rows = self._inside(self._units.names, level, units, of)
        named = np.bincount(at, level.share[rows], count).astype(np.int64)
        several = np.bincount(at, minlength=count) > 1
        at_defined, defines = self._inside(self._units.defines, level, units, of)
        defined = np.zeros(count, dtype=np.int64)
        np.maximum.at(defined, at_defined, level.share[defines])
        at_fact, facts = Units.expanded(self._units.facts, units)
        stated = np.bincount(at_fact, level.fact_label[facts] == of[at_fact], count)
        length = (self._units.end[units] - self._units.begin[units]) / 6
        return np.asarray(
            _gain(named)
            + 0.3 * several
            + np.where(defined > 0, 0.2 + 0.8 * (defined / STEPS) ** 2, 0.0)
            + 0.15 * np.minimum(stated, 2)
            - 0.2 * (self._units.first[units] != self._units.last[units])
            - 0.01 * np.maximum(0.0, length - _LONG)
        )

    @staticmethod
    def _inside(
        items: tuple["IntArray", "IntArray"], level: Level, units: "IntArray", of: "IntArray"
    ) -> tuple["IntArray", "IntArray"]:
        """Return every (position, row) where one of ``units`` has a member of its community among its items."""
        at, rows = Units.expanded(items, units)
        inside = level.label[rows] == of[at]
        return at[inside], rows[inside]

    def _understood(self, units: "IntArray") -> "BoolArray":
        """Tell which units state a fact or define something."""
        facts, defines = (np.diff(starts)[units] for starts in (self._units.facts[0], self._units.defines[0]))
        return np.asarray(facts + defines > 0)

    def _likeness(self, units: "IntArray", rows: "_Rows") -> "Scores":
        """Return how much any two candidates of a community say the same, (n_communities, pool, pool), 0 to 1."""
        if self._vectors is not None and len(units):
            vectors = rows.filled(self._means(units), 0)
            cosines = np.matmul(vectors, vectors.transpose(0, 2, 1)).astype(np.float64)
            return np.asarray(np.clip((cosines - 0.5) * 2, 0, 1))  # unrelated sentences of one language are at .5
        near = np.zeros((*rows.held.shape, rows.held.shape[1]))
        starts = np.cumsum(rows.held.sum(axis=1))[:-1]
        for row, mine in zip(near, np.split(units, starts), strict=True):
            row[: len(mine), : len(mine)] = self._shared_words(mine)
        return near

    def _means(self, units: "IntArray") -> "FloatArray":
        """Return the mean vector of the sentences of each unit, of unit length."""
        assert self._vectors is not None
        chunks, at = np.unique(self._units.chunk[units], return_inverse=True)
        found = self._vectors([self._columns.chunks[chunk] for chunk in chunks.tolist()])
        starts = np.concatenate([[0], np.cumsum([len(one) for one in found])])[at]
        vectors = np.concatenate(found)
        first, last = (starts + column[units] for column in (self._units.first, self._units.last))
        means: FloatArray = vectors[first]
        two = first != last
        means[two] = _unit_rows(means[two] + vectors[last[two]])
        return means

    def _shared_words(self, units: "IntArray") -> "FloatArray":
        """Return how many of their words any two units share, (n, n), 0 to 1."""
        quotes = self._units.quotes(units)
        bags = [{word for word in words(quote.text) if word not in STOP_WORDS} for quote in quotes]
        column = {word: number for number, word in enumerate(sorted(set[str]().union(*bags)))}
        counts = np.zeros((len(bags), max(len(column), 1)), dtype=np.float32)
        for row, bag in enumerate(bags):
            counts[row, [column[word] for word in bag]] = 1.0
        rows = _unit_rows(counts)
        return np.asarray(rows @ rows.T)


class _Rows:
    """Where the candidates of several communities stand when each has a row of its own."""

    def __init__(self, shape: tuple[int, int], owners: "IntArray", places: "IntArray") -> None:
        self._at = owners, places
        self.held = np.zeros(shape, dtype=bool)
        self.held[self._at] = True

    def filled(self, values: "NDArray[Value]", rest: float) -> "NDArray[Value]":
        """Return values in rows, (n_communities, pool, ...), with another where no candidate stands."""
        found = np.full((*self.held.shape, *values.shape[1:]), rest, dtype=values.dtype)
        found[self._at] = values
        return found


class _Pool(NamedTuple):
    """The candidates of several communities, a row of each; ``at`` and ``named`` are all members that they name."""

    units: "IntArray"
    relevance: "Scores"
    near: "Scores"
    groups: "IntArray"
    understood: "BoolArray"
    documents: "IntArray"
    begins: "IntArray"
    ends: "IntArray"
    at: "IntArray"
    named: "IntArray"


def _centrality(near: "Scores", held: "BoolArray") -> "Scores":
    """Return how much each candidate is like the others of its community, 0 to 0.5."""
    centre = near.sum(axis=2) / np.maximum(held.sum(axis=1), 1)[:, None]
    low = np.where(held, centre, np.inf).min(axis=1, keepdims=True)
    spread = np.where(held, centre, -np.inf).max(axis=1, keepdims=True) - low
    some = held & (spread > 1e-9)
    return np.asarray(np.divide(0.5 * (centre - low), spread, out=np.zeros_like(centre), where=some))


def _picked(pool: _Pool, share: "IntArray", most: "IntArray") -> "list[IntArray]":
    """Pick units one by one: relevant, naming members that no one before them named, and unlike those before."""
    all_, size = np.arange(len(pool.units)), pool.units.size
    new = share.astype(np.float64)  # of the members that nothing chosen names; exact, as whole numbers
    unnamed = np.ones(len(share))
    alike, same = np.zeros(pool.units.shape), np.zeros(pool.units.shape)  # to the likest chosen; chosen from its group
    open_ = pool.units >= 0
    chosen = np.full((len(all_), int(most.max(initial=0))), -1, dtype=np.int64)
    for turn in range(chosen.shape[1]):
        gain = _gain(np.bincount(pool.at, new[pool.named], size).astype(np.int64)).reshape(open_.shape)
        useful = open_ & (most > turn)[:, None]
        if turn >= 3:  # no more that names nothing new, defines nothing and states nothing that was understood
            useful &= pool.understood | (np.bincount(pool.at, unnamed[pool.named], size).reshape(open_.shape) > 0)
        value = np.where(useful, pool.relevance + 0.4 * gain - 0.9 * alike - 0.25 * same, -np.inf)
        best = value.argmax(axis=1)
        going = np.flatnonzero(useful[all_, best])
        best = best[going]
        chosen[going, turn] = pool.units[going, best]
        covered = np.zeros(size, dtype=bool)
        covered[going * open_.shape[1] + best] = True
        rows = pool.named[covered[pool.at]]
        new[rows] = unnamed[rows] = 0.0
        near = pool.near[going, :, best]
        alike[going] = np.maximum(alike[going], near)
        same[going] += pool.groups[going] == pool.groups[going, best][:, None]
        begin, end = (column[going, best][:, None] for column in (pool.begins, pool.ends))
        overlap = (pool.documents[going] == pool.documents[going, best][:, None]) & (
            (pool.begins[going] < end) & (begin < pool.ends[going])
        )
        open_[going] &= ~((near > 0.95) | overlap)
    return [units[units >= 0] for units in chosen]


def _gain(steps: "IntArray") -> "Scores":
    """Return what naming members of so many steps together adds, 0 to 1."""
    return np.asarray(_GAINS[np.minimum(steps, len(_GAINS) - 1)])


def _unit_rows(matrix: "FloatArray") -> "FloatArray":
    """Return a matrix with rows of unit length; rows of zeros stay."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(lengths > 0, lengths, np.float32(1)))
