"""Answers questions on one opened store: short ones from passages, longer ones about things or the whole corpus."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from graphrag.answering.choices import Choice
from graphrag.answering.condense import Thing
from graphrag.answering.routing import route
from graphrag.answering.spotting import Spotter
from graphrag.answering.structured import Section, compose
from graphrag.asking.finding import Finder, Found
from graphrag.asking.modes import OVERVIEWS
from graphrag.asking.short_answers import read_short, sources_of
from graphrag.disputing import disputes
from graphrag.overview.overview import Overview
from graphrag.overview.reading import Asked, Told
from graphrag.protocols import Reranker
from graphrag.retrieval.reader import Index
from graphrag.retrieval.search import Vectors
from graphrag.retrieval.seeds import find_seeds, unknown_names
from graphrag.stopwatch import Watch
from graphrag.stores.reading import Reader
from graphrag.text import words
from graphrag.types import Answer, Event, Evidence, Quote, SearchResult

__all__ = ["Asker", "events_of"]

_FACT_PASSAGES = 12
# Their confidence is another than the reader's: on the samples, questions that no document bears on stay below this.
_LEAST_OVERVIEW = 0.2


class Asker(Finder):
    """Answers questions on one opened store.

    Parameters
    ----------
    store, index, vectors, weights, reranker
        As for :class:`graphrag.asking.finding.Finder`.
    spotter : Spotter, optional
        Reads answers to questions whose relation is not known; without one these are answered by shared words alone.
    """

    def __init__(
        self,
        store: Reader,
        index: Index,
        vectors: Vectors,
        weights: Mapping[str, float],
        reranker: Reranker | None = None,
        spotter: Spotter | None = None,
    ) -> None:
        super().__init__(store, index, vectors, weights, reranker)
        self._spotter = spotter
        self._overview = Overview(store, index)

    def search(
        self, question: str, k: int, mode: str, filters: Mapping[str, str] | None, level: int | None = None
    ) -> SearchResult:
        """Return the ``k`` best passages of a question; in the modes of overviews, those that they cite."""
        found = self.find(question, mode, filters)
        if mode not in OVERVIEWS:
            return self.passages(found, k)
        told = self.told(found, mode, filters, level)
        return SearchResult(replace(self.plan(found), kind=mode), told.passages[:k], found.timings)

    def overview(
        self, found: Found, mode: str, filters: Mapping[str, str] | None, level: int | None = None
    ) -> dict[str, Any] | None:
        """Return how a question is answered with several sentences, as JSON-able values; None where it is not."""
        way = route(found.query.question, found.form) if mode == "auto" else mode
        if way not in OVERVIEWS:
            return None
        told = self.told(found, way, filters, level)
        asked = Asked(found.query.question, found.query.vector, self._allowed(filters), level)
        reports = self._overview.way(asked) if way != "local" else None
        return {"mode": way, "confidence": told.confidence, "reports": reports, "sections": told.sections}

    def way(self, found: Found, mode: str) -> str:
        """Return the mode that a question is answered in: the one asked for, or what ``auto`` makes of its form."""
        return route(found.query.question, found.form) if mode == "auto" else mode

    def material(
        self, found: Found, way: str, filters: Mapping[str, str] | None, level: int | None = None
    ) -> Sequence[Section]:
        """Return what an answer about things or the corpus is worded from: more than is shown without an LLM."""
        if way != "global":
            return self.told(found, way, filters, level).sections
        return self._overview.material(Asked(found.query.question, found.query.vector, self._allowed(filters), level))

    def cited(self, sections: Sequence[Section]) -> tuple[Evidence, ...]:
        """Return the passages that sections rest on, best first."""
        return self._overview.cited(sections)

    def nearness(self, found: Found, passages: Sequence[Evidence]) -> Callable[[Quote], float]:
        """Return how near each sentence of some passages is to the question (a cosine)."""
        cosines = self._overview.cosines(Asked(found.query.question, found.query.vector), [p.chunk for p in passages])
        return lambda quote: cosines.get((quote.chunk_id, quote.span.start), 0.0)

    def ask(
        self,
        question: str,
        k: int,
        mode: str,
        filters: Mapping[str, str] | None,
        threshold: float,
        level: int | None = None,
    ) -> Answer:
        """Answer a question; ``auto`` takes the way that its form asks for, and passages where that leads nowhere."""
        found = self.find(question, mode, filters)
        way = self.way(found, mode)
        if way in OVERVIEWS:
            answer = self._overview_answer(found, self.told(found, way, filters, level), way, k, threshold)
            if answer.found or mode != "auto":
                return replace(answer, notes=disputes(self._store, answer))
        answer = self._short_answer(found, k, threshold)
        return replace(answer, notes=disputes(self._store, answer))

    def things(self, text: str) -> list[Thing]:
        """Return the things that a text names, in its order."""
        named = find_seeds(self._index, text, words(text))
        rows = sorted({item.entities[0] for item in named})
        entity = dict(zip(rows, self._store.entities(rows), strict=True))
        return [Thing(entity[n.entities[0]].name, entity[n.entities[0]].label, n.span) for n in named]

    def told(self, found: Found, way: str, filters: Mapping[str, str] | None, level: int | None) -> Told:
        """Answer with several sentences about things (local), the corpus (global), or both (drift)."""
        asked = Asked(found.query.question, found.query.vector, self._allowed(filters), level)
        watch = Watch(found.timings)
        with self._blas.limit(limits=1, user_api="blas"):
            if way == "local":
                named = [item.entities[0] for item in found.query.named]
                told = self._overview.subjects(asked, named, found.candidates.rows[found.order])
            else:
                told = self._overview.themes(asked) if way == "global" else self._overview.drift(asked)
        watch.lap(way)
        return told

    def _overview_answer(self, found: Found, told: Told, way: str, k: int, threshold: float) -> Answer:
        """Return an answer of several sentences; an empty one where it is less sure than the threshold."""
        sure = told.confidence >= min(threshold, _LEAST_OVERVIEW)
        text, citations = compose(told.sections) if sure else ("", ())
        plan = replace(self.plan(found), kind=way)
        evidence = told.passages[:k] if sure else ()
        return Answer(
            found.query.question, text, citations, told.confidence if text else 0.0, (), evidence, plan, found.timings
        )

    def _short_answer(self, found: Found, k: int, threshold: float) -> Answer:
        """Answer from the ``k`` best passages."""
        result = self.passages(found, max(k, _FACT_PASSAGES))
        watch = Watch(dict(result.timings))
        sources = sources_of(self._store, result.passages, result.plan.seeds)
        spotter = None if unknown_names(self._index, found.query.text) else self._spotter
        nearness = partial(self.nearness, found, result.passages)
        reading = read_short(found.form, sources, spotter, nearness, threshold)
        watch.lap("answer")
        return Answer(
            question=found.query.question,
            text=reading.text,
            citations=reading.citations,
            confidence=reading.confidence,
            path=reading.path,
            evidence=result.passages[:k],
            plan=result.plan,
            timings=watch.laps,
        )

    def choices(self, question: str, without: Collection[str]) -> list[Choice]:
        """Return everything that may answer a question, with its features, for fitting the spotter.

        Parameters
        ----------
        question : str
        without : collection of str
            Ids of documents that are not read.
        """
        if self._spotter is None:
            return []
        found = self.find(question, "auto", None)
        result = self.passages(found, _FACT_PASSAGES)
        passages = [item for item in result.passages if item.chunk.document_id not in without]
        return self._spotter.choices(question, sources_of(self._store, passages, ()), self.nearness(found, passages))


def events_of(answer: Answer) -> Iterator[Event]:
    """Yield an answer that is there already as the steps of one that is being made."""
    yield Event("plan", answer.plan)
    yield Event("evidence", answer.evidence)
    if answer.text:
        yield Event("delta", answer.text)
    yield Event("citations", answer.citations)
    yield Event("done", answer)
