"""Reports on communities without an LLM: sentences of the sources, chosen and cited.

From the finest level to the coarsest: a community without parts takes its findings from the sentences that name its
members, one with parts from the findings of its parts.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.choice import Candidates, Chooser
from graphrag.communities.columns import Columns
from graphrag.communities.levels import Strengths
from graphrag.communities.numbers import distinct
from graphrag.communities.plan import Plan, Step
from graphrag.communities.reuse import KeptReport, KeptReports, Keys
from graphrag.communities.sources import Standings, standings_of
from graphrag.communities.titles import join_names, makes_titles, names_title, pattern_title
from graphrag.communities.units import Place, Units
from graphrag.communities.weights import entity_edges
from graphrag.communities.years import years_of
from graphrag.passages import Passages
from graphrag.types import (
    About,
    Chunk,
    Community,
    CommunityId,
    CommunityReport,
    DocumentId,
    Entity,
    EntityMention,
    Fact,
    FactId,
    Finding,
    content_digest,
)

if TYPE_CHECKING:
    from graphrag.communities.choice import SentenceVectors
    from graphrag.communities.numbers import IntArray
    from graphrag.communities.weights import Edges

__all__ = ["MADE_BY", "report_digest", "summary_length", "write_reports"]

# Another version wherever this package comes to write something else of the same: kept reports go by it.
MADE_BY = "extractive-2"

_KEY_ENTITIES = 10
_LEAST_FINDINGS, _MOST_FINDINGS = 3, 8
# A community of this strength (about as many passages) has rank 0.5.
_MIDDLE_STRENGTH = 25.0
_BLOCK = 512  # communities whose sentences are compared at a time


def write_reports(
    communities: Sequence[Community],
    entities: Sequence[Entity],
    facts: Sequence[Fact],
    mentions: Iterable[EntityMention],
    abouts: Iterable[About],
    chunks: Iterable[Chunk],
    sentence_vectors: "SentenceVectors | None" = None,
    edges: "Edges | None" = None,
    kept: KeptReports | None = None,
    vectors_by: str = "",
    stand: Standings = standings_of,
) -> list[CommunityReport]:
    """Write a report on every community of at least three entities.

    Parameters
    ----------
    communities : sequence of Community
        A tree, as :func:`graphrag.communities.detect.detect_communities` returns it.
    entities, facts, mentions, abouts
        The resolution of the corpus, in any order.
    chunks : iterable of Chunk
        All chunks, in any order, or :class:`graphrag.passages.Passages`, of which few are read.
    sentence_vectors : callable, optional
        Returns the vectors (n_sentences, dim) of the sentences of some chunks, of unit length.  Without it sentences
        are compared by their words.
    edges : tuple, optional
        What :func:`graphrag.communities.weights.entity_edges` returns for the entities in the order of their ids; by
        default it is called.
    kept : mapping, optional
        Reports of earlier builds, by key; those of this build take their place.  It changes the time, not the result.
    vectors_by : str
        The fingerprint of what made the vectors.
    stand : callable
        How the sentences of chunks stand, perhaps from memory.

    Returns
    -------
    list of CommunityReport
        Ordered by level and community id.  Every finding is one sentence of a document, or two that follow each
        other, as they stand there (white space aside) and with their place.  A community that no complete sentence
        names gets one finding that says so and cites where its members are named.
    """
    entities = sorted(entities, key=attrgetter("id"))
    facts = sorted(facts, key=attrgetter("id"))
    mentions = list(mentions)
    if edges is None:
        edges = entity_edges([entity.id for entity in entities], facts, mentions)
    passages = Passages.of(chunks)
    columns = Columns(entities, facts, mentions, abouts, passages)
    strengths = Strengths(entities, columns, edges)
    plan = Plan(communities, columns, strengths)
    years = years_of(facts)
    writer = _Writer(entities, facts, columns, strengths, years)
    keys = Keys(f"{MADE_BY} {vectors_by}", entities, facts, columns, years)
    kept = {} if kept is None else kept
    for step in plan.steps:
        step.key = plan.key(step, keys)
        if step.key in kept:
            writer.take(step, kept[step.key])
    units = Units(columns, passages, writer.needs(plan), stand)
    chooser = Chooser(columns, units, sentence_vectors)
    for block in _blocks([step for step in plan.steps if step.community.id not in writer.reports]):
        writer.write(block, plan, units, chooser)
    mine = {step.key: writer.kept(step) for step in plan.steps if step.same is None}
    kept.clear()
    kept.update(mine)
    done = sorted(plan.steps, key=lambda step: (step.community.level, step.community.id))
    return [writer.reports[step.community.id] for step in done]


def _blocks(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """Yield steps of one level, some at a time."""
    start = 0
    while start < len(steps):
        end = start + 1
        while end < len(steps) and end - start < _BLOCK and steps[end].level is steps[start].level:
            end += 1
        yield steps[start:end]
        start = end


class _Writer:
    """Writes reports, and keeps what they were made of for those above them."""

    def __init__(
        self,
        entities: Sequence[Entity],
        facts: Sequence[Fact],
        columns: Columns,
        strengths: Strengths,
        years: "IntArray",
    ) -> None:
        self._entities = entities
        self._facts = facts
        self._columns = columns
        self._has_document = strengths.has_document
        self._years = years
        self._predicates = _title_predicates(facts)
        self._chosen: dict[CommunityId, tuple[Place, ...]] = {}
        self.reports: dict[CommunityId, CommunityReport] = {}

    def take(self, step: Step, kept: KeptReport) -> None:
        """Take a report that an earlier build wrote; its rank is that of today."""
        report, places = kept
        report = replace(report, community_id=step.community.id, rank=_rank(step))
        if report.rank != kept[0].rank:
            report = replace(report, digest=report_digest(report, step.community))
        self._note(step, report, places)

    def kept(self, step: Step) -> KeptReport:
        """Return a report as it is kept."""
        return self.reports[step.community.id], self._chosen[step.community.id]

    def needs(self, plan: Plan) -> "IntArray":
        """Return the numbers of the chunks that the reports are made of that are not taken."""
        needed = [np.zeros(0, dtype=np.int64)]
        number_of = self._columns.number_of
        for step in plan.steps:
            if step.community.id in self.reports:
                continue
            places = {place for part in step.parts for place in self._chosen.get(part.community.id, ())}
            needed.append(np.array([number_of[chunk] for chunk, _, _ in places], dtype=np.int64))
            if len(places) < _LEAST_FINDINGS:
                needed.append(plan.sources(step))
        return distinct(np.concatenate(needed))

    def write(self, steps: Sequence[Step], plan: Plan, units: Units, chooser: Chooser) -> None:
        """Write the reports on some communities of a level whose parts have theirs."""
        level = steps[0].level
        own = [step for step in steps if step.same is None]
        found = [self._candidates(step, plan, units) for step in own]
        none = np.zeros(0, dtype=np.int64)
        candidates = Candidates(
            np.array([step.position for step in own], dtype=np.int64),
            np.repeat(np.arange(len(own)), [len(one) for one, _ in found]),
            np.concatenate([none, *(one for one, _ in found)]),
            np.concatenate([none, *(groups for _, groups in found)]),
        )
        most = [_most_findings(len(level.rows_of(step.position))) for step in own]
        chosen = chooser.choose(level, candidates, np.array(most, dtype=np.int64))
        units.read(np.concatenate([none, *chosen]))
        for step, picked in zip(own, chosen, strict=True):
            self._note(step, self._report(step, picked, plan, units), units.places(picked))
        for step in steps:
            if step.same is not None:
                report, places = self.kept(step.same)
                self._note(step, replace(report, community_id=step.community.id), places)

    def _note(self, step: Step, report: CommunityReport, places: tuple[Place, ...]) -> None:
        """Remember a report and what it was made of."""
        self.reports[step.community.id] = report
        self._chosen[step.community.id] = places

    def _candidates(self, step: Step, plan: Plan, units: Units) -> tuple["IntArray", "IntArray"]:
        """Return the units that a report chooses from, ascending, and where each comes from."""
        group_of = {place: at for at, part in enumerate(step.parts) for place in self._chosen[part.community.id]}
        if len(group_of) >= _LEAST_FINDINGS:
            numbers = units.numbers_of(group_of)
            order = np.argsort(numbers)
            return numbers[order], np.array(list(group_of.values()), dtype=np.int64)[order]
        numbers = units.naming(plan.sources(step), step.level.label == step.position)
        return numbers, self._columns.document[units.chunk[numbers]]

    def _report(self, step: Step, chosen: "IntArray", plan: Plan, units: Units) -> CommunityReport:
        """Put a report together."""
        rows, about = step.level.rows_of(step.position), step.level.facts_of(step.position)
        ranked = step.level.ranked(step.position).tolist()
        findings = self._findings(step, chosen, units) or [self._no_sentence(ranked, plan.sources(step))]
        summary = " ".join(finding.text for finding in findings[: summary_length(len(rows))])
        subjects = rows[self._has_document[rows]].tolist()
        documents = set[DocumentId]().union(*[self._columns.documents_of[row] for row in subjects])
        documents.update(quote.document_id for finding in findings for quote in finding.quotes)
        years = self._years[about]
        years = years[years[:, 0] > 0]
        report = CommunityReport(
            community_id=step.community.id,
            title=self._title(subjects, ranked, about),
            summary=summary,
            findings=tuple(findings),
            key_entities=tuple(self._entities[row].id for row in ranked[:_KEY_ENTITIES]),
            documents=tuple(sorted(documents)),
            when=(str(years[:, 0].min()), str(years[:, 1].max())) if len(years) else ("", ""),
            rank=_rank(step),
            digest="",
            made_by=MADE_BY,
        )
        return replace(report, digest=report_digest(report, step.community))

    def _title(self, subjects: Sequence[int], ranked: Sequence[int], about: "IntArray") -> str:
        """Return the title: a statement that most share, or names."""
        entities, facts = self._entities, self._facts
        statements = [
            (entities[subject], facts[number].predicate, entities[target])
            for number, (subject, target) in self._shared(about, len(subjects))
        ]
        said_of = [entities[row] for row in subjects]
        return pattern_title(statements, len(said_of)) or names_title([entities[row] for row in ranked], said_of)

    def _shared(self, about: "IntArray", subjects: int) -> Iterator[tuple[int, list[int]]]:
        """Yield the number and the sides of the facts that say what most of so many subjects share."""
        sides, predicate = self._columns.sides, self._predicates
        about = about[(sides[about, 1] >= 0) & (predicate[about] >= 0)]
        shared = predicate[about] * max(len(self._entities), 1) + sides[about, 1]
        ordered = np.sort(shared)
        least = subjects // 2  # so many and one more are most
        most_shared = ordered[least:][ordered[least:] == ordered[: max(len(ordered) - least, 0)]]
        mine = about[np.isin(shared, most_shared)]
        yield from zip(mine.tolist(), sides[mine].tolist(), strict=True)

    def _findings(self, step: Step, chosen: "IntArray", units: Units) -> list[Finding]:
        """Return units as findings, with the facts about the community that they support."""
        at, facts = units.expanded(units.facts, chosen)
        mine = step.level.fact_label[facts] == step.position
        supported: list[list[FactId]] = [[] for _ in chosen]
        for place, number in zip(at[mine].tolist(), facts[mine].tolist(), strict=True):
            supported[place].append(self._facts[number].id)
        return [
            Finding(" ".join(quote.text.split()), (quote,), tuple(stated))
            for quote, stated in zip(units.quotes(chosen), supported, strict=True)
        ]

    def _no_sentence(self, ranked: Sequence[int], sources: "IntArray") -> Finding:
        """Return the finding of a community that no complete sentence names."""
        quotes = [(row, self._columns.first_quote(row, sources)) for row in ranked]
        shown = [(row, quote) for row, quote in quotes if quote is not None][:5]
        named = [row for row, _ in shown] or ranked[:5]
        names = join_names([" ".join(self._entities[row].name.split()) for row in named])
        text = f"The documents name {names} together, but not in a complete sentence."
        return Finding(text, tuple(quote for _, quote in shown), ())


def _title_predicates(facts: Sequence[Fact]) -> "IntArray":
    """Return a number for the predicate of each fact, -1 where no title is made of it."""
    number_of: dict[str, int] = {}
    for fact in facts:
        if fact.predicate not in number_of:
            number_of[fact.predicate] = len(number_of) if makes_titles(fact.predicate) else -1
    return np.array([number_of[fact.predicate] for fact in facts], dtype=np.int64)


def _most_findings(members: int) -> int:
    """Return how many findings a report has at most."""
    return min(_MOST_FINDINGS, _LEAST_FINDINGS + int(math.log2(max(members / 3, 1))))


def _rank(step: Step) -> float:
    """Return how important a community is."""
    strength = float(step.level.strength[step.position])
    return round(strength / (strength + _MIDDLE_STRENGTH), 4)


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
    about = (*report.key_entities, "\n".join(report.documents), *report.when, repr(report.rank))
    members = "\n".join(community.members)
    return content_digest(report.made_by, report.title, report.summary, *said, "|", *about, "|", members)
