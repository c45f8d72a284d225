"""Reports on communities in an LLM's words: every sentence is checked against the evidence that it cites.

What is kept is keyed by its content: a community whose evidence is as before costs nothing again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from graphrag.answering.evidence import Item, fenced, fresh_items, speaks_to_a_model
from graphrag.answering.support import Claim, check
from graphrag.communities.reports import report_digest, summary_length
from graphrag.errors import RecipeError
from graphrag.llms.prompts import load_prompt
from graphrag.protocols import LLM, Request
from graphrag.text import token_estimate
from graphrag.types import Community, CommunityReport, EntityId, Fact, FactId, Finding, Quote, Resolution

__all__ = ["LLMReporter"]

_MADE_BY = "llm-1"
_MOST_FACTS = 12  # beside the sentences that the report without an LLM chose
_MOST_NAMES = 10
_MOST_FINDINGS = 10
_USUAL_FINDINGS = 6
_LONGEST_TITLE = 120
# Of a reply, about: what a model writes of a group of things hardly hangs on how much it is shown.
_TOKENS, _TOKENS_AN_ITEM = 80, 30


class _Finding(BaseModel):
    text: str
    evidence: Annotated[
        list[int | str], WithJsonSchema({"type": "array", "items": {"type": "integer"}}), Field(max_length=100)
    ] = []


class _Report(BaseModel):
    title: str
    findings: Annotated[list[_Finding], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True)
class _Task:
    """One report to write: what it is written from."""

    report: CommunityReport
    community: Community
    items: dict[int, Item]
    facts: Mapping[Quote, tuple[FactId, ...]]
    request: Request


class LLMReporter:
    """Writes reports anew with an LLM.

    Parameters
    ----------
    llm : callable
        Returns the LLM.
    most : int
        The most reports to write, those of the highest rank; 0 for all.
    prompts : str
        A folder of the user's own ``report.md``.

    Raises
    ------
    RecipeError
        An option or the prompt is wrong.
    """

    def __init__(self, llm: Callable[[], LLM], most: int = 0, prompts: str = "") -> None:
        if most < 0:
            raise RecipeError(f"reporting: most = {most} is wrong: 0 for all reports, or more")
        self._llm = llm()
        self._most = most
        self._prompt = load_prompt("report", prompts)
        self._removed = 0
        self._fallen_back = 0
        self.fingerprint = f"{_MADE_BY}; {self._llm.fingerprint}; {self._prompt.digest}; {most}"

    def count(self, reports: Sequence[CommunityReport]) -> int:
        """Return how many of these reports are to be written."""
        return min(len(reports), self._most) if self._most else len(reports)

    def expect(
        self, reports: Sequence[CommunityReport], communities: Sequence[Community], resolution: Resolution
    ) -> Iterator[tuple[Request, int]]:
        """Yield the requests of :meth:`write`, each with about how many tokens its reply has."""
        for task in self._tasks(reports, communities, resolution):
            yield task.request, _TOKENS + _TOKENS_AN_ITEM * min(len(task.items), _USUAL_FINDINGS)

    def write(
        self,
        reports: Sequence[CommunityReport],
        communities: Sequence[Community],
        resolution: Resolution,
        advance: Callable[[], None],
    ) -> tuple[list[CommunityReport], int]:
        """Return the reports in the LLM's words, and how many keep the sentences of the documents for want of a reply.

        Parameters
        ----------
        reports : sequence of CommunityReport
            Written without an LLM: what they cite is the evidence, and they stand where the LLM's are no good.
        communities : sequence of Community
            The tree.
        resolution : Resolution
            What the communities are made of.
        advance : callable
            Called for each report that is done.
        """
        tasks = list(self._tasks(reports, communities, resolution))
        written: dict[str, CommunityReport] = {}
        failed = 0
        for at, reply in self._llm.replies([task.request for task in tasks]):
            task = tasks[at]
            better = self._checked(task, reply.value) if reply.good else None
            failed += not reply.good
            if better is not None:
                written[task.community.id] = better
            elif reply.good:
                self._fallen_back += 1
            advance()
        return [written.get(report.community_id, report) for report in reports], failed

    def report(self) -> str:
        """Return one short sentence about what was not used; empty where all was."""
        parts = [f"{self._removed:,} sentences without support removed"] if self._removed else []
        parts += [f"{self._fallen_back:,} without any supported sentence"] if self._fallen_back else []
        return ", ".join(parts)

    # --- one report

    def _tasks(
        self, reports: Sequence[CommunityReport], communities: Sequence[Community], resolution: Resolution
    ) -> Iterator[_Task]:
        """Yield what is to be written, in the order of the reports."""
        by_id = {community.id: community for community in communities}
        names = {entity.id: entity.name for entity in resolution.entities}
        inside = _facts_inside(resolution, communities)
        ranked = sorted(reports, key=lambda report: (-report.rank, report.community_id))
        chosen = {report.community_id for report in ranked[: self.count(reports)]}
        for report in reports:
            if report.community_id in chosen:
                task = self._task(report, by_id[report.community_id], inside[report.community_id], names)
                if task is not None:
                    yield task

    def _task(
        self, report: CommunityReport, community: Community, facts: Sequence[Fact], names: Mapping[EntityId, str]
    ) -> _Task | None:
        """Return what one report is written from; None where there is nothing to cite."""
        supported: dict[Quote, tuple[FactId, ...]] = {}
        for finding in report.findings:
            for quote in finding.quotes:
                supported[quote] = (*supported.get(quote, ()), *finding.facts)
        for fact in facts:
            quote = fact.evidence[0]
            if quote not in supported and len(supported) >= len(report.findings) + _MOST_FACTS:
                continue
            supported[quote] = (*supported.get(quote, ()), fact.id)
        found = [Item(0, "", (quote,), 1.0) for quote in supported if not speaks_to_a_model(quote.text)]
        if not found:
            return None
        items = fresh_items(found)
        told = ", ".join(" ".join(names[key].split()) for key in report.key_entities[:_MOST_NAMES] if key in names)
        # Communities that are made of the same things, on two levels, are one request.
        evidence, mark = fenced(told, items)
        messages = self._prompt.fill(names=told, evidence=evidence, mark=mark)
        by_number = {item.number: item for item in items}
        return _Task(report, community, by_number, supported, Request("reports", messages, _Report))

    def _checked(self, task: _Task, said: _Report) -> CommunityReport | None:
        """Return a reply as a report, without the sentences that the evidence does not support."""
        findings: list[Finding] = []
        for finding in said.findings[:_MOST_FINDINGS]:
            numbers = tuple(int(n) for n in finding.evidence if str(n).strip().isdigit())
            text = " ".join(finding.text.split())
            supported = check(Claim(text, numbers), task.items, "") if numbers and text else None
            if supported is None:
                self._removed += 1
                continue
            facts = dict.fromkeys(fact for quote in supported.quotes for fact in task.facts.get(quote, ()))
            findings.append(Finding(supported.text, supported.quotes, tuple(facts)))
        if not findings:
            return None
        title = " ".join(said.title.split())[:_LONGEST_TITLE]
        sound = title and check(Claim(title, tuple(task.items)), task.items, "") is not None
        documents = {quote.document_id for finding in findings for quote in finding.quotes}
        summary = [finding.text for finding in findings[: summary_length(len(task.community.members))]]
        report = replace(
            task.report,
            title=title if sound else task.report.title,
            summary=" ".join(summary),
            findings=tuple(findings),
            documents=tuple(sorted(documents.union(task.report.documents))),
            made_by=_MADE_BY,
        )
        return replace(report, digest=report_digest(report, task.community))


def _facts_inside(resolution: Resolution, communities: Sequence[Community]) -> dict[str, list[Fact]]:
    """Return the surest facts between the members of each community, one for each sentence."""
    homes: dict[EntityId, set[str]] = {}
    for community in communities:
        for member in community.members:
            homes.setdefault(member, set()).add(community.id)
    inside: dict[str, list[Fact]] = {community.id: [] for community in communities}
    ranked = sorted(resolution.facts, key=lambda fact: (-fact.confidence, -len(fact.evidence), fact.id))
    for fact in ranked:
        if fact.object is not None and fact.evidence and token_estimate(fact.evidence[0].text) < 120:
            for home in sorted(homes.get(fact.subject, set()) & homes.get(fact.object, set())):
                if len(inside[home]) < 3 * _MOST_FACTS:
                    inside[home].append(fact)
    return inside
