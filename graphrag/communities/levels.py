"""The communities of a level as columns: how much each member says about its community, and what lies inside."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.columns import Columns
from graphrag.communities.numbers import starts_of
from graphrag.communities.titles import is_name
from graphrag.types import Community, CommunityId, Entity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.communities.numbers import IntArray
    from graphrag.communities.weights import Edges

    WeightArray = NDArray[np.float64]

__all__ = ["STEPS", "Level", "Strengths"]

STEPS = 16
"""Shares are counted in so many steps, so that a passage more on an entity that all know changes few of them."""

# As many of the most distinctive members as reports look at.
_RANKED = 12
# Passages that a report is made of: the sentences of so many name all that a reader could keep in mind.
_SOURCES = 96
# What names of these kinds say about a community: little.
_LABEL_FACTORS = {"NORP": 0.1, "LANGUAGE": 0.1, "GPE": 0.7, "LOC": 0.7}
# What documents are about says more than what they mention.
_DOCUMENT_FACTOR = 1.5
_VALUES = frozenset("DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL".split())


class Strengths:
    """How strongly entities are linked, and how much each says by itself.

    Parameters
    ----------
    entities : sequence of Entity
        Ordered by id.
    columns : Columns
        Of the corpus.
    edges : tuple
        What :func:`graphrag.communities.weights.entity_edges` returns.
    """

    def __init__(self, entities: Sequence[Entity], columns: Columns, edges: "Edges") -> None:
        self.pairs, self.weights = edges
        self._total = _at_nodes(self.pairs, self.weights, len(entities))
        factors = np.array([_factor(entity) for entity in entities], dtype=np.float64)
        self.has_document = np.zeros(len(entities), dtype=bool)
        self.has_document[list(columns.documents_of)] = True
        self._own = factors * np.where(self.has_document, _DOCUMENT_FACTOR, 1.0) * np.maximum(columns.passages, 1)

    def inside(self, label: "IntArray") -> "WeightArray":
        """Return the strength of each entity within its community."""
        low, high = label[self.pairs[:, 0]], label[self.pairs[:, 1]]
        within = (low == high) & (low >= 0)
        return _at_nodes(self.pairs[within], self.weights[within], len(label))

    def weigh(self, inside: "WeightArray") -> "WeightArray":
        """Return how much each entity says about its community: passages that name it times its share inside, squared.

        This is tf-idf with communities as documents: a name said in many passages counts, but only as far as what
        it is joined to lies in this community.
        """
        share = inside / np.maximum(self._total, 1e-9)
        return np.asarray(self._own * share**2)


class Level:
    """The communities of a level.

    Parameters
    ----------
    communities : sequence of Community
        No two share a member.
    columns, strengths
        Of the corpus.
    finer : Level, optional
        The level below, which mostly tells who the members are, at less cost than their ids.

    Attributes
    ----------
    communities : sequence of Community
        Those of the level.
    label : ndarray (n_entities,)
        Position of the community of each entity, -1 outside of all.
    members, facts : tuple of ndarray
        Where the items of each community begin in the second column: rows of its members, ascending, and numbers of
        the facts about it, ascending.
    share : ndarray (n_entities,)
        How much each entity says about its community, compared with the one that says most, in steps of
        1 / :data:`STEPS`.
    strength : ndarray (n_communities,)
        Sum of the weights inside.
    fact_label : ndarray (n_facts,)
        The community that each fact is about, -1 where its sides lie in several.
    """

    def __init__(
        self, communities: Sequence[Community], columns: Columns, strengths: Strengths, finer: "Level | None" = None
    ) -> None:
        self._columns = columns
        self.communities = communities
        count = len(communities)
        self.label = self._labels(finer)
        self.members = _grouped(self.label, count)
        inside = strengths.inside(self.label)
        weigh = strengths.weigh(inside)
        rows = self.members[1]
        most = np.zeros(count)
        np.maximum.at(most, self.label[rows], weigh[rows])
        of = most[self.label[rows]]
        share = np.sqrt(np.divide(weigh[rows], of, out=np.ones(len(rows)), where=of > 0))
        self.share = np.zeros(len(self.label), dtype=np.int64)
        self.share[rows] = np.rint(STEPS * share)
        self.strength = np.bincount(self.label[rows], inside[rows], count) / 2
        self._rank(inside, weigh)
        subject, target = columns.sides.T
        subject = np.where(subject >= 0, self.label[subject], -1) if len(subject) else subject
        target = np.where(target >= 0, self.label[target], subject) if len(target) else target
        self.fact_label = np.where(subject == target, subject, -1)
        self.facts = _grouped(self.fact_label, count)

    def _labels(self, finer: "Level | None") -> "IntArray":
        """Return the position of the community of each entity."""
        sizes = [len(community.members) for community in self.communities]
        if finer is not None:
            at: dict[CommunityId | None, int] = {one.id: number for number, one in enumerate(self.communities)}
            above = [at.get(one.parent, -1) for one in finer.communities]
            label = np.array([*above, -1], dtype=np.int64)[finer.label]
            if np.bincount(label[label >= 0], minlength=len(sizes)).tolist() == sizes:
                return label
        row_of = self._columns.row_of
        rows = [row_of.get(member, -1) for community in self.communities for member in community.members]
        label = np.full(len(row_of) + 1, -1, dtype=np.int64)  # the last stands for members that are not known
        label[rows] = np.repeat(np.arange(len(sizes)), sizes)
        return label[:-1]

    def _rank(self, inside: "WeightArray", weigh: "WeightArray") -> None:
        """Order the members of each community by what they say, then by their strength inside."""
        rows = self.members[1]
        # 32 bits: what differs by rounding alone is equal.  Members that are equal stay in the order of their rows.
        said, strong = (-column[rows].astype(np.float32) for column in (weigh, inside))
        self._ranked = rows[np.lexsort((strong, said, self.label[rows]))]

    def rows_of(self, community: int) -> "IntArray":
        """Return the rows of the members of a community, ascending."""
        return _part(self.members, community)

    def facts_of(self, community: int) -> "IntArray":
        """Return the numbers of the facts about a community, ascending."""
        return _part(self.facts, community)

    def ranked(self, community: int) -> "IntArray":
        """Return the rows of the most distinctive members of a community, the most distinctive first."""
        start, end = self.members[0][community : community + 2].tolist()
        return self._ranked[start : min(end, start + _RANKED)]

    def sources(self, communities: "IntArray") -> tuple["IntArray", "IntArray"]:
        """Return the chunks that name most of each community, ascending, and where those of each begin.

        A chunk counts by the shares of the members that it names, twice where its document is about one.
        """
        columns = self._columns
        some = np.full(len(self.strength) + 1, -1, dtype=np.int64)  # the last is that of entities outside of all
        some[communities] = np.arange(len(communities))
        row, chunk = columns.pairs
        of = some[self.label[row]]
        mine = of >= 0
        share = self.share[row[mine]] * (1 + columns.is_lead[mine])
        places, place = np.unique(of[mine] * max(len(columns.chunks), 1) + chunk[mine], return_inverse=True)
        of, chunk = places // max(len(columns.chunks), 1), places % max(len(columns.chunks), 1)
        mass = np.bincount(place, share, len(places))  # sums of whole numbers: exact
        order = np.lexsort((chunk, -mass, of))
        best = np.sort(order[np.arange(len(order)) - starts_of(of, len(communities))[of] < _SOURCES])
        return starts_of(of[best], len(communities)), chunk[best]


def _part(grouped: tuple["IntArray", "IntArray"], of: int) -> "IntArray":
    """Return the items of one group."""
    starts, items = grouped
    return items[starts[of] : starts[of + 1]]


def _grouped(label: "IntArray", count: int) -> tuple["IntArray", "IntArray"]:
    """Return where the positions of each label begin in the second column, which is ascending within a label."""
    small = label.astype(np.int16) if count < 2**15 else label  # which is sorted by counting
    order = np.argsort(small, kind="stable")
    order = order[np.searchsorted(label[order], 0) :]
    return starts_of(label[order], count), order


def _at_nodes(pairs: "IntArray", weights: "WeightArray", count: int) -> "WeightArray":
    """Return the sum of the weights at each node."""
    return np.bincount(pairs.ravel(), np.repeat(weights, 2), count).astype(np.float64)


def _factor(entity: Entity) -> float:
    """Return how much the name of an entity says about a community by its kind: nothing where it is a value."""
    if entity.label in _VALUES or not is_name(entity.name):
        return 0.0
    return _LABEL_FACTORS.get(entity.label, 1.0)
