"""Reports on communities without an LLM: sentences of the sources, chosen and cited.

From the finest level to the coarsest: a community without parts takes its findings from the sentences that name its
members, one with parts from the findings of its parts.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.choice import choose
from graphrag.communities.reuse import KeptReport, KeptReports, Keys, Place
from graphrag.communities.sources import Sources, Standings, Unit, standings
from graphrag.communities.titles import is_name, join_names, names_title, pattern_title
from graphrag.communities.weights import entity_edges
from graphrag.types import (
    About,
    Chunk,
    ChunkId,
    Community,
    CommunityId,
    CommunityReport,
    Entity,
    EntityMention,
    Fact,
    Finding,
    content_digest,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.communities.weights import Edges
    from graphrag.types import FloatArray

    IntArray = NDArray[np.int64]
    WeightArray = NDArray[np.float64]

__all__ = ["MADE_BY", "report_digest", "summary_length", "write_reports"]

# Another version wherever this package comes to write something else of the same: kept reports go by it.
MADE_BY = "extractive-1"

_LEAST_MEMBERS = 3
_KEY_ENTITIES = 10
_LEAST_FINDINGS, _MOST_FINDINGS = 3, 8
_CANDIDATES = 400
_YEAR = re.compile(r"(?<![\d.,])(1\d{3}|20\d{2})(?![\d,]|\.\d)")
# What names of these kinds say about a community: little.
_LABEL_FACTORS = {"NORP": 0.1, "LANGUAGE": 0.1, "GPE": 0.7, "LOC": 0.7}
# What documents are about says more than what they mention.
_DOCUMENT_FACTOR = 1.5
# A community of this strength (about as many passages) has rank 0.5.
_MIDDLE_STRENGTH = 25.0
_VALUES = frozenset("DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL".split())


@dataclass(frozen=True, slots=True)
class _Level:
    """The communities of one level as numbers, and what depends on where an entity is."""

    label: "IntArray"  # of each entity row, -1 outside of all
    inside: "WeightArray"  # strength of each entity within its community
    facts: dict[int, list[int]]  # label -> rows of the facts about it


def write_reports(
    communities: Sequence[Community],
    entities: Sequence[Entity],
    facts: Sequence[Fact],
    mentions: Sequence[EntityMention],
    abouts: Iterable[About],
    chunks: Iterable[Chunk],
    sentence_vectors: "Callable[[ChunkId], FloatArray] | None" = None,
    edges: "Edges | None" = None,
    kept: KeptReports | None = None,
    vectors_by: str = "",
    stand: Standings = standings,
) -> list[CommunityReport]:
    """Write a report on every community of at least three entities.

    Parameters
    ----------
    communities : sequence of Community
        A tree, as :func:`graphrag.communities.detect.detect_communities` returns it.
    entities, facts, mentions, abouts
        The resolution of the corpus, in any order.
    chunks : iterable of Chunk
        All chunks, in any order; read twice where reports are kept.
    sentence_vectors : callable, optional
        Returns the vectors (n_sentences, dim) of a chunk's sentences, of unit length.  Without it sentences are
        compared by their words.
    edges : tuple, optional
        What :func:`graphrag.communities.weights.entity_edges` returns for the entities in the order of their ids; by
        default it is called.
    kept : mapping, optional
        Reports of earlier builds, by key; those that are written are added to it.  It changes the time, not the result.
    vectors_by : str
        The fingerprint of what made the vectors.
    stand : callable
        How the sentences of a chunk stand, perhaps from memory.

    Returns
    -------
    list of CommunityReport
        Ordered by level and community id.  Every finding is one sentence of a document, or two that follow each
        other, as they stand there (white space aside) and with their place.  A community that no complete sentence
        names gets one finding that says so and cites where its members are named.
    """
    entities = sorted(entities, key=lambda entity: entity.id)
    facts = sorted(facts, key=lambda fact: fact.id)
    if edges is None:
        edges = entity_edges([entity.id for entity in entities], facts, mentions)
    sources = Sources(entities, facts, mentions, abouts, stand)
    writer = _Writer(entities, facts, sources, sentence_vectors, edges)
    plan = _Plan(communities, writer)
    if kept is None:
        sources.read(chunks)
    else:
        keys = Keys(f"{MADE_BY} {vectors_by}", entities, facts, sources, chunks, writer.total)
        sources.read(chunks, plan.reuse(kept, keys))
    writer.number_places()
    for community, parts, view, label in plan.steps:
        if community.id not in writer.reports:
            writer.write(community, parts, view, label)
    if kept is not None:
        plan.keep(kept)
    return [writer.reports[c.id] for c in sorted(communities, key=lambda c: (c.level, c.id)) if c.id in writer.reports]


class _Plan:
    """Which reports to write in which order, and which of them an earlier build has written."""

    def __init__(self, communities: Sequence[Community], writer: "_Writer") -> None:
        self._writer = writer
        self._keys: dict[CommunityId, str] = {}
        children: dict[CommunityId, list[Community]] = defaultdict(list)
        for community in communities:
            if community.parent is not None:
                children[community.parent].append(community)
        ordered = sorted(communities, key=lambda community: (-community.level, community.id))
        self.steps: list[tuple[Community, list[Community], _Level, int]] = []
        for level in sorted({community.level for community in communities}, reverse=True):
            here = [community for community in ordered if community.level == level]
            view = writer.view(here)
            self.steps += [
                (community, children[community.id], view, label)
                for label, community in enumerate(here)
                if len(community.members) >= _LEAST_MEMBERS
            ]

    def reuse(self, kept: KeptReports, keys: Keys) -> "IntArray":
        """Take the reports that are kept; return the numbers of the chunks that the others are made of."""
        needed = [np.zeros(0, dtype=np.int64)]
        writer = self._writer
        for community, parts, view, label in self.steps:
            rows = writer.rows_of(community)
            key = keys.of(rows, view.inside, view.facts.get(label, []), parts, self._keys)
            self._keys[community.id] = key
            if key in kept:
                writer.take(community, kept[key])
            else:
                needed += writer.needs(rows, parts)
        return np.unique(np.concatenate(needed))

    def keep(self, kept: KeptReports) -> None:
        """Keep the reports of this build, and no others."""
        written = [(key, community) for community, key in self._keys.items() if community in self._writer.reports]
        mine = {key: self._writer.kept(community) for key, community in written}
        kept.clear()
        kept.update(mine)


class _Writer:
    """Writes reports, and keeps what they were made of for those above them."""

    def __init__(
        self,
        entities: Sequence[Entity],
        facts: Sequence[Fact],
        sources: Sources,
        vectors: "Callable[[ChunkId], FloatArray] | None",
        edges: "Edges",
    ) -> None:
        self._entities = entities
        self._facts = facts
        self._vectors = vectors
        self._sources = sources
        self._pairs, self._weights = edges
        self.total = _strengths(self._pairs, self._weights, len(entities))
        self._chosen: dict[CommunityId, list[Place]] = {}
        self._number_of: dict[Place, int] = {}
        self._years = [_years(fact) for fact in facts]
        self._subjects, self._objects = (
            np.array([sources.row_of.get(side, -1) if side else -1 for side in sides], dtype=np.int64)
            for sides in ([fact.subject for fact in facts], [fact.object for fact in facts])
        )
        self._factors = np.array([_factor(entity) for entity in entities], dtype=np.float64)
        self._has_document = np.zeros(len(entities), dtype=bool)
        self._has_document[list(sources.documents_of)] = True
        self._rows: dict[CommunityId, IntArray] = {}
        self.reports: dict[CommunityId, CommunityReport] = {}

    def number_places(self) -> None:
        """Find the units that were read by their places."""
        self._number_of = {unit.place: number for number, unit in enumerate(self._sources.units)}

    def rows_of(self, community: Community) -> "IntArray":
        """Return the rows of the members of a community, ascending."""
        known = self._rows.get(community.id)
        if known is None:
            row_of = self._sources.row_of
            rows = sorted([row_of[member] for member in community.members if member in row_of])
            known = self._rows[community.id] = np.array(rows, dtype=np.int64)
        return known

    def take(self, community: Community, kept: KeptReport) -> None:
        """Take a report that an earlier build wrote."""
        report, places = kept
        self.reports[community.id] = replace(report, community_id=community.id)
        self._chosen[community.id] = list(places)

    def kept(self, community: CommunityId) -> KeptReport:
        """Return a report as it is kept."""
        return self.reports[community], tuple(self._chosen[community])

    def needs(self, rows: "IntArray", parts: Sequence[Community]) -> "list[IntArray]":
        """Return the numbers of the chunks whose units a report is made of that is not taken."""
        places = {place for part in parts for place in self._chosen.get(part.id, ())}
        needed = [self._sources.numbers_of(chunk for chunk, _, _ in places)]
        return needed if len(places) >= _LEAST_FINDINGS else [*needed, self._sources.chunks_of(rows)]

    def view(self, communities: Sequence[Community]) -> _Level:
        """Number the communities of a level and find what lies inside of each."""
        label = np.full(len(self._entities), -1, dtype=np.int64)
        for number, community in enumerate(communities):
            label[self.rows_of(community)] = number
        low, high = label[self._pairs[:, 0]], label[self._pairs[:, 1]]
        within = (low == high) & (low >= 0)
        pairs, weights = self._pairs[within], self._weights[within]
        subject = np.where(self._subjects >= 0, label[self._subjects], -1)
        target = np.where(self._objects >= 0, label[self._objects], subject)
        about: dict[int, list[int]] = defaultdict(list)
        inside = np.flatnonzero((subject == target) & (subject >= 0))
        for number, of in zip(inside.tolist(), subject[inside].tolist(), strict=True):
            about[of].append(number)
        return _Level(label, _strengths(pairs, weights, len(label)), about)

    def write(self, community: Community, parts: Sequence[Community], view: _Level, label: int) -> None:
        """Write the report on one community; one with a single part says what that part's report says."""
        if len(parts) == 1 and parts[0].members == community.members and parts[0].id in self.reports:
            self.reports[community.id] = replace(self.reports[parts[0].id], community_id=community.id)
            self._chosen[community.id] = self._chosen[parts[0].id]
            return
        rows = self.rows_of(community)
        if not len(rows):
            return
        weigh = self._weighing(rows, view)
        share = np.sqrt(weigh / weigh.max()) if weigh.max() > 0 else np.ones(len(rows))
        central = dict(zip(rows.tolist(), share.tolist(), strict=True))
        about = view.facts.get(label, [])
        most = min(_MOST_FINDINGS, _LEAST_FINDINGS + int(math.log2(len(rows) / _LEAST_MEMBERS)))
        candidates, groups = self._from_parts(parts)
        if len(candidates) < _LEAST_FINDINGS:
            candidates, groups = self._from_sources(rows, share)
        units = [self._sources.units[number] for number in candidates]
        picked = choose(units, groups, central, frozenset(about), self._vectors, most)
        self._chosen[community.id] = [units[at].place for at in picked]
        # Equal weights: the more strongly linked first.
        order = np.lexsort((rows, -view.inside[rows], -weigh))
        ranked = [self._entities[row] for row in rows[order]]
        chosen = [units[at] for at in picked]
        strength = float(view.inside[rows].sum()) / 2
        self.reports[community.id] = self._report(community, rows, ranked, about, chosen, strength)

    def _from_parts(self, parts: Sequence[Community]) -> tuple[list[int], list[object]]:
        """Return the units that the reports of the parts are made of, with the part of each."""
        number_of = self._number_of
        pairs = sorted({number_of[place]: part.id for part in parts for place in self._chosen.get(part.id, ())}.items())
        return [number for number, _ in pairs], [part for _, part in pairs]

    def _from_sources(self, rows: "IntArray", share: "WeightArray") -> tuple[list[int], list[object]]:
        """Return the units that name most of the community, with their documents."""
        units, named = self._sources.naming(rows)
        if not len(units):
            return [], []
        numbers, place = np.unique(units, return_inverse=True)
        mass = np.bincount(place, share[np.searchsorted(rows, named)]) + 0.5 * (np.bincount(place) > 1)
        best = np.sort(np.argsort(-mass, kind="stable")[:_CANDIDATES])
        found = numbers[best].tolist()
        return found, [self._sources.units[number].document_id for number in found]

    def _report(
        self,
        community: Community,
        rows: "IntArray",
        ranked: Sequence[Entity],
        about: Sequence[int],
        units: Sequence[Unit],
        strength: float,
    ) -> CommunityReport:
        """Put a report together; ``ranked`` are the members, the most distinctive first."""
        findings = [self._finding(unit, frozenset(about)) for unit in units] or [self._no_sentence(ranked)]
        sentences = summary_length(len(rows))
        summary = " ".join(finding.text for finding in findings[:sentences])
        documents_of = self._sources.documents_of
        documents = {d for row in rows[self._has_document[rows]].tolist() for d in documents_of[row]}
        documents.update(quote.document_id for finding in findings for quote in finding.quotes)
        years = sorted(year for number in about for year in self._years[number])
        report = CommunityReport(
            community_id=community.id,
            title=self._title(rows, ranked, about),
            summary=summary,
            findings=tuple(findings),
            key_entities=tuple(entity.id for entity in ranked[:_KEY_ENTITIES]),
            documents=tuple(sorted(documents)),
            when=(years[0], years[-1]) if years else ("", ""),
            rank=round(strength / (strength + _MIDDLE_STRENGTH), 4),
            digest="",
            made_by=MADE_BY,
        )
        return replace(report, digest=report_digest(report, community))

    def _weighing(self, rows: "IntArray", view: _Level) -> "WeightArray":
        """Return how much each member says about the community: passages that name it times its share inside, squared.

        This is tf-idf with communities as documents: a name said in many passages counts, but only as far as what
        it is joined to lies in this community.
        """
        share = view.inside[rows] / np.maximum(self.total[rows], 1e-9)
        weigh = np.maximum(self._sources.passages[rows], 1) * share**2 * self._factors[rows]
        return np.asarray(weigh * np.where(self._has_document[rows], _DOCUMENT_FACTOR, 1.0))

    def _title(self, rows: "IntArray", ranked: Sequence[Entity], about: Sequence[int]) -> str:
        """Return the title: a statement that most share, or names."""
        row_of, entities = self._sources.row_of, self._entities
        statements = [
            (entities[row_of[fact.subject]], fact.predicate, entities[row_of[fact.object]])
            for fact in (self._facts[number] for number in about)
            if fact.object in row_of
        ]
        subjects = [entities[row] for row in rows[self._has_document[rows]].tolist()]
        return pattern_title(statements, len(subjects)) or names_title(ranked, subjects)

    def _finding(self, unit: Unit, about: frozenset[int]) -> Finding:
        """Return a unit as a finding, with the facts about the community that it supports."""
        supported = [self._facts[number].id for number in unit.facts if number in about]
        return Finding(" ".join(unit.text.split()), (unit.quote,), tuple(supported))

    def _no_sentence(self, ranked: Sequence[Entity]) -> Finding:
        """Return the finding of a community that no complete sentence names."""
        quotes = [(entity, self._sources.first_quote(self._sources.row_of[entity.id])) for entity in ranked]
        shown = [(entity, quote) for entity, quote in quotes if quote is not None][:5]
        named = [entity for entity, _ in shown] or ranked[:5]
        names = join_names([" ".join(entity.name.split()) for entity in named])
        text = f"The documents name {names} together, but not in a complete sentence."
        return Finding(text, tuple(quote for _, quote in shown), ())


def _strengths(pairs: "IntArray", weights: "WeightArray", count: int) -> "WeightArray":
    """Return the sum of the weights at each node."""
    return np.bincount(pairs.ravel(), np.repeat(weights, 2), count).astype(np.float64)


def _factor(entity: Entity) -> float:
    """Return how much the name of an entity says about a community by its kind: nothing where it is a value."""
    if entity.label in _VALUES or not is_name(entity.name):
        return 0.0
    return _LABEL_FACTORS.get(entity.label, 1.0)


def _years(fact: Fact) -> list[str]:
    """Return the years that a fact says."""
    return _YEAR.findall(f"{fact.when} {fact.value if fact.object is None else ''}")


def summary_length(members: int) -> int:
    """Return how many findings make the summary."""
    return 2 if members < 10 else 3 if members < 100 else 4


def report_digest(report: CommunityReport, community: Community) -> str:
    """Return a digest of all that a report was made from and says, but its community's level."""
    said = [
        part
        for finding in report.findings
        for part in (
            finding.text,
            *finding.facts,
            *(f"{quote.document_id}:{quote.span.start}:{quote.span.end}" for quote in finding.quotes),
        )
    ]
    about = (*report.key_entities, *report.documents, *report.when, repr(report.rank))
    return content_digest(report.made_by, report.title, report.summary, *said, "|", *about, "|", *community.members)
