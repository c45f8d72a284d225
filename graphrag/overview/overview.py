"""The three ways to answer with several sentences, without an LLM; no sentence is worded anew.

* *global*: reports on communities, found by going down their tree; each gives a partial answer (map), and the best of
  these become one answer (reduce).
* *local*: what the documents say about the things that a question names: their facts, what connects them, their
  communities and passages, within one budget.
* *drift*: starts with communities as *global* does, and follows up what they are about as *local* does.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphrag.answering.structured import Section, distinct, within_budget
from graphrag.overview.reading import Asked, Passages, Reading, Told
from graphrag.overview.subjects import about_of, link, subject
from graphrag.overview.themes import BUDGET, Themes, certainty
from graphrag.retrieval.community import Reports
from graphrag.retrieval.reader import Index, Rows
from graphrag.stores.reading import Reader
from graphrag.types import Chunk, CommunityReport, Evidence

__all__ = ["Overview"]

_SUBJECTS = 6  # things of which a local answer tells
_LINKED = 3  # of which it tells what connects them
_MANY, _FEW = 6, 3  # sentences about each of one or two things, and of more
_STARTS, _START_FINDINGS = 3, 2  # communities that drift starts from, and sentences of each
_MATERIAL, _MATERIAL_FINDINGS = 8, 8  # reports that an LLM answers from, and findings of each
_FOLLOWED = 2  # things that it follows up in each


class Overview:
    """Tells about communities and things of one opened store.

    Parameters
    ----------
    store : Reader
        Where reports, facts and passages are read.
    index : Index
        The arrays of the same build.
    """

    def __init__(self, store: Reader, index: Index) -> None:
        self._passages = Passages(store, index)
        self._reports = Reports(index)
        self._themes = Themes(self._passages, self._reports)

    def themes(self, asked: Asked) -> Told:
        """Answer a question about the corpus from its reports (*global*); nothing where there are none."""
        return self._themes.tell(asked)

    def way(self, asked: Asked) -> dict[str, Any]:
        """Return how *global* and *drift* come to their reports, as JSON-able values."""
        return self._themes.way(asked)

    def material(self, asked: Asked) -> list[Section]:
        """Return what the best reports say to a question, with more findings of each than an answer shows."""
        return self._themes.partial_answers(asked, _MATERIAL, _MATERIAL_FINDINGS)[1]

    def cited(self, sections: Sequence[Section]) -> tuple[Evidence, ...]:
        """Return the passages that sections rest on, best first."""
        return self._passages.cited(sections)

    def cosines(self, asked: Asked, chunks: Sequence[Chunk]) -> dict[tuple[str, int], float]:
        """Return the cosine with the question of each sentence of some chunks, by chunk id and the sentence's start."""
        reading = Reading(self._passages, asked)
        reading.load(np.array([self._passages.row_of[chunk.id] for chunk in chunks], dtype=np.int64))
        return reading.cosines

    def subjects(self, asked: Asked, named: Sequence[int], best: Rows) -> Told:
        """Tell what the documents say about the things that a question names (*local*).

        Parameters
        ----------
        asked : Asked
            The question.
        named : sequence of int
            The entity rows it names; where it is empty, what the best passages are about.
        best : ndarray (n,)
            Rows of the passages that answer best, the best first.
        """
        reading = Reading(self._passages, asked)
        rows = list(dict.fromkeys(named))[:_SUBJECTS] or about_of(reading, best[:3])
        linked = rows[:_LINKED] if named else []
        sections = [link(reading, linked[i], later) for i in range(len(linked)) for later in linked[i + 1 :]]
        sections += [subject(reading, row, _MANY if len(rows) <= 2 else _FEW) for row in rows]
        sections += self._around(rows[:2], asked)
        sections = within_budget(distinct(sections), BUDGET)
        near = max((self._nearest(section, reading) for section in sections), default=0.0)
        sure = 0.5 + near / 2 if named and sections else near
        return Told(tuple(sections), round(sure, 4), self._passages.cited(sections))

    def drift(self, asked: Asked) -> Told:
        """Start from the communities that answer best, then tell of the things in them that are nearest (*drift*)."""
        scored, starts = self._themes.partial_answers(asked, _STARTS, _START_FINDINGS)
        reading = Reading(self._passages, asked)
        sections: list[Section] = []
        report_on = {report.community_id: report for report in self._themes.reports} if starts else {}
        for start in starts:
            sections.append(start)
            for report in [report_on[said.community] for said in start.statements[:1] if said.community]:
                sections += [subject(reading, row, 2) for row in self._followed(report, asked)]
        told = within_budget(distinct(sections), BUDGET)
        return Told(tuple(told), certainty(starts, scored), self._passages.cited(told))

    def _around(self, rows: Sequence[int], asked: Asked) -> list[Section]:
        """Return what the reports on the finest communities of some entities say to a question."""
        shown = [report for row in rows for report in self._reports.of_entities(np.array([row]))[:1]]
        if not shown:
            return []
        scored = self._reports.score(asked.text, asked.vector)
        sections = [self._themes.partial_answer(row, asked, scored, 2) for row in dict.fromkeys(shown)]
        return [Section(f"Around it: {section.title}", section.statements, section.score) for section in sections]

    def _followed(self, report: CommunityReport, asked: Asked) -> list[int]:
        """Return the key entities of a report that documents are about, the nearest to the question first."""
        rows = np.array([self._passages.entity_row_of[key] for key in report.key_entities], dtype=np.int64)
        index = self._passages.index
        chunks, owners, _ = index.abouts(rows)
        best: dict[int, float] = {}
        for chunk, row in zip(chunks.tolist(), rows[owners].tolist(), strict=True):
            if asked.allowed is None or asked.allowed[chunk]:
                best[row] = max(best.get(row, -1.0), float(index.passages[chunk] @ asked.vector))
        return sorted(best, key=lambda row: (-best[row], row))[:_FOLLOWED]

    def _nearest(self, section: Section, reading: Reading) -> float:
        """Return how near the nearest sentence of a section is to the question, 0 to 1."""
        near = 0.0
        for quote in (quote for statement in section.statements for quote in statement.quotes):
            chunk = reading.chunks.get(quote.chunk_id)
            near = max(near, reading.near(chunk, quote.span) if chunk is not None else 0.0)
        return near
