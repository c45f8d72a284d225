"""Answers about the whole corpus: reports found by going down the tree, a partial answer of each, the best together."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from graphrag.answering.structured import Section, Statement, distinct, within_budget
from graphrag.overview.reading import Asked, Passages, Told, may_cite, nearness
from graphrag.retrieval.community import Reports, Scored, content_words
from graphrag.types import CommunityReport

__all__ = ["BUDGET", "Themes", "certainty"]

BUDGET = 1200  # tokens of an answer
_THEMES = 8  # communities of an answer
_FINDINGS = 3  # of each
_REDUCED = 0.55  # a partial answer below this share of the best one is left out
_SPARE = 2  # times as many reports are read as are shown: parts of one tree often say the same
_GENERAL = 0.5  # how sure an answer is that importance alone decided


class Themes:
    """Tells what the reports on communities say to a question.

    Parameters
    ----------
    passages : Passages
        The workspace.
    reports : Reports
        Its reports as a retriever.
    """

    def __init__(self, passages: Passages, reports: Reports) -> None:
        self._passages = passages
        self._reports = reports

    @cached_property
    def reports(self) -> list[CommunityReport]:
        """All reports, by report row."""
        return list(self._passages.store.reports())

    def tell(self, asked: Asked) -> Told:
        """Answer a question from the reports that answer it best."""
        scored, sections = self.partial_answers(asked, _THEMES, _FINDINGS)
        best = max((section.score for section in sections), default=0.0)
        if not scored.general:
            sections = [section for section in sections if section.score >= _REDUCED * best]
        sections = within_budget(sections, BUDGET)
        return Told(tuple(sections), certainty(sections, scored), self._passages.cited(sections))

    def way(self, asked: Asked) -> dict[str, Any]:
        """Return how the reports of :meth:`tell` were come by, as JSON-able values: words, tree, scores."""
        scored = self._reports.score(asked.text, asked.vector)
        chosen, divided = self._reports.descend(scored, _SPARE * _THEMES, asked.level)

        def about(row: int) -> dict[str, Any]:
            return {
                "community_id": self.reports[row].community_id,
                "title": self.reports[row].title,
                "level": int(self._reports.level[row]),
                "score": round(float(scored.scores[row]), 4),
                "words": round(float(scored.lexical[row]), 4),
                "vector": round(float(scored.cosines[row]), 4),
            }

        return {
            "words": content_words(asked.text),
            "by_importance": scored.general,
            "divided": [about(row) for row in divided],
            "read": [about(row) for row in chosen],
        }

    def partial_answers(self, asked: Asked, most: int, findings: int) -> tuple[Scored, list[Section]]:
        """Return the partial answers of the ``most`` reports that answer best, the best first."""
        scored = self._reports.score(asked.text, asked.vector)
        rows = self._reports.select(scored, _SPARE * most, asked.level)
        sections = [self.partial_answer(row, asked, scored, findings) for row in rows]
        sections.sort(key=lambda section: -section.score)
        return scored, distinct(sections)[:most]

    def partial_answer(self, row: int, asked: Asked, scored: Scored, most: int) -> Section:
        """Return what one report says to a question: its findings nearest to it, in the report's order."""
        report = self.reports[row]
        own = float(scored.scores[row])
        cosines = self._reports.finding_scores(row, asked.vector)
        marks = [own if scored.general else 0.5 * (own + nearness(cosine)) for cosine in cosines]
        open_ = [i for i, finding in enumerate(report.findings) if may_cite(finding.quotes, asked, self._passages)]
        order = open_ if scored.general else sorted(open_, key=lambda i: (-cosines[i], i))
        statements = tuple(
            Statement(report.findings[i].text, report.findings[i].quotes, marks[i] - 0.01 * place, report.community_id)
            for place, i in sorted(enumerate(order[:most]), key=lambda item: item[1])
        )
        score = own if scored.general else max((marks[i] for i in order[:most]), default=0.0)
        return Section(self._title(report, row), statements, score)

    def _title(self, report: CommunityReport, row: int) -> str:
        """Return a report's title with the size of its community and the years it spans."""
        years = "–".join(dict.fromkeys(year for year in report.when if year))
        return f"{report.title}: {int(self._reports.size[row]):,} entities" + (f", {years}" if years else "")


def certainty(sections: Sequence[Section], scored: Scored) -> float:
    """Return how sure an answer from reports is, 0 to 1: as its best section."""
    if not sections:
        return 0.0
    return _GENERAL if scored.general else round(min(max(section.score for section in sections), 1.0), 4)
