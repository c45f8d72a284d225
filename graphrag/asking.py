"""The ask line: question → names and plan → candidates → fused ranking → passages with their paths → answer."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from graphrag.answering.choices import Choice
from graphrag.answering.condense import Thing
from graphrag.answering.forms import Branch, QuestionForm
from graphrag.answering.plan import analyse
from graphrag.answering.read import Reading, read
from graphrag.answering.relations import OF_PERSONS
from graphrag.answering.routing import route
from graphrag.answering.sources import Sources
from graphrag.answering.spotting import Spotter
from graphrag.answering.structured import Section, compose
from graphrag.errors import GraphRAGError, InputError
from graphrag.overview.overview import Overview
from graphrag.overview.reading import Asked, Told
from graphrag.paths import Paths, quote_of
from graphrag.protocols import Reranker
from graphrag.retrieval.fusion import FEATURES, weight_vector
from graphrag.retrieval.lexical import lexical_scores
from graphrag.retrieval.reader import FloatRows, Index, Rows
from graphrag.retrieval.search import Candidates, Query, Vectors, prepare, rank, retrieve
from graphrag.retrieval.seeds import find_seeds, unknown_names
from graphrag.retrieval.spelling import Speller
from graphrag.stores.reading import Reader
from graphrag.text import words
from graphrag.types import (
    Answer,
    DocumentId,
    EntityId,
    Event,
    Evidence,
    Plan,
    Quote,
    SearchResult,
    Seed,
    Span,
    Step,
)
from graphrag.watch import Watch

__all__ = ["MODE_WEIGHTS", "OVERVIEWS", "Asker", "Found", "events_of"]

_FACT_PASSAGES = 12
_LEAD_ON = 20  # passages through which longer paths lead
_RERANKED = 30  # passages that a reranker reads
_SURE = 0.5  # of a reading by relations: from here on nothing else is tried
_STRICTER = 5 / 3  # how much surer than a reading by relations an answer found without one must be

MODE_WEIGHTS: Mapping[str, Mapping[str, float] | None] = {
    "auto": None,
    "hybrid": {"passage": 0.8, "lexical": 0.2},
    "basic": {"passage": 1.0},
    "lexical": {"lexical": 1.0},
    "ppr": {"walk": 1.0},
    "links": {"passage": 1.0, "sentence": 1.0, "lexical": 1.0, "seed": 3.0, "link": 1.5},
    "local": None,
    "global": None,
    "drift": None,
}
"""Weights of the features in each mode; None means the recipe's own."""

OVERVIEWS = ("local", "global", "drift")  # modes that answer with several sentences
# Their confidence is another than the reader's: on the samples, questions that no document bears on stay below this.
_LEAST_OVERVIEW = 0.2


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that one retrieval found, before passages are read from the store."""

    query: Query
    form: QuestionForm
    candidates: Candidates
    order: Rows  # positions of candidates, best first
    scores: FloatRows  # score of each candidate
    weights: FloatRows
    timings: dict[str, float]
    allowed: NDArray[np.bool_] | None = None  # the chunks that a filter leaves


class Asker:
    """Answers questions on one opened store.

    Parameters
    ----------
    store : Reader
        Where passages, facts and entities are read.
    index : Index
        The arrays of the same build.
    vectors : Vectors
        Makes the vectors of questions.
    weights : mapping of str to float
        Feature weights that replace shipped ones.
    reranker : Reranker, optional
        Puts the best passages in another order before they are cut to the number asked for.
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
        self._reranker = reranker
        self._spotter = spotter
        self._store = store
        self._index = index
        self._vectors = vectors
        self._weights = weight_vector(weights)
        self._speller = Speller(index)
        self._blas = ThreadpoolController()
        self._overview = Overview(store, index)

    def find(self, question: str, mode: str, filters: Mapping[str, str] | None) -> Found:
        """Retrieve and rank the candidates of a question.

        Raises
        ------
        GraphRAGError
            There is no such mode.
        """
        if mode not in MODE_WEIGHTS:
            raise GraphRAGError(f"there is no mode {mode!r}; modes: {', '.join(MODE_WEIGHTS)}")
        own = MODE_WEIGHTS[mode]
        weights = self._weights if own is None else _only(own)
        watch = Watch()
        # Products this small are up to 50 times slower when BLAS starts threads for them.
        with self._blas.limit(limits=1, user_api="blas"):
            query = prepare(self._index, self._speller, question, self._vectors)
            watch.lap("embed")
            form = analyse(question, self._names(query))
            watch.lap("plan")
            allowed = self._allowed(filters)
            candidates = retrieve(self._index, query, allowed)
            order, scores = rank(candidates, weights)
            watch.lap("retrieve")
        return Found(query, form, candidates, order, scores, weights, watch.laps, allowed)

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

    def passages(self, found: Found, k: int) -> SearchResult:
        """Read the ``k`` best candidates from the store, in the reranker's order where there is one."""
        watch = Watch(found.timings)
        positions = found.order[: k if self._reranker is None else max(k, _RERANKED)]
        evidence = self._evidence(found, positions)
        watch.lap("read")
        if self._reranker is not None:
            evidence = [evidence[place] for place in self._reranker.rerank(found.query.question, evidence)][:k]
            watch.lap("rerank")
        return SearchResult(self.plan(found), tuple(evidence), watch.laps)

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
                return answer
        return self._short_answer(found, k, threshold)

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

    def plan(self, found: Found) -> Plan:
        """Return how a question was understood."""
        return Plan(
            question=found.query.question,
            kind=found.form.kind,
            seeds=tuple(
                Seed(entity.id, entity.name, named.span)
                for named in found.query.named
                for entity in self._store.entities(named.entities)
            ),
            residual=found.query.residual,
            sub_questions=found.form.sub_questions,
        )

    def _short_answer(self, found: Found, k: int, threshold: float) -> Answer:
        """Answer from the ``k`` best passages."""
        result = self.passages(found, max(k, _FACT_PASSAGES))
        watch = Watch(dict(result.timings))
        sources = self._sources(result.passages, result.plan.seeds)
        reading = read(found.form, sources, threshold)
        tried = self._spotter if found.form.comparison is None and reading.confidence < _SURE else None
        if tried is not None and not unknown_names(self._index, found.query.text):
            nearness = self.nearness(found, result.passages)
            spotted = _spotted(tried, found, sources, nearness)
            if spotted is not None and spotted.confidence > max(reading.confidence, _STRICTER * threshold):
                reading = spotted
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
        return self._spotter.choices(question, self._sources(passages, ()), self.nearness(found, passages))

    def _sources(self, passages: Sequence[Evidence], seeds: Sequence[Seed]) -> Sources:
        """Return passages with their facts, ready for reading."""
        facts = self._store.facts_in([evidence.chunk.id for evidence in passages])
        ids = {fact.subject for fact in facts} | {fact.object for fact in facts if fact.object is not None}
        known = sorted({*ids, *(seed.entity_id for seed in seeds)})
        entities = {entity.id: entity for entity in self._store.entities_by_id(known)}
        about: dict[EntityId, list[DocumentId]] = {}
        for item in self._store.abouts_of(known):
            about.setdefault(item.entity_id, []).append(item.document_id)
        return Sources(passages, facts, entities, about)

    def _names(self, query: Query) -> list[tuple[Span, str]]:
        """Return the names in the question as the dictionary has them."""
        rows = sorted({named.entities[0] for named in query.named})
        names = dict(zip(rows, (entity.name for entity in self._store.entities(rows)), strict=True))
        return [(named.span, names[named.entities[0]]) for named in query.named]

    def _allowed(self, filters: Mapping[str, str] | None) -> NDArray[np.bool_] | None:
        """Return which chunks a filter leaves, None where there is no filter.

        Raises
        ------
        InputError
            No document has such a field, or a filter is not text.
        """
        if not filters:
            return None
        allowed = np.zeros(self._index.n_chunks, dtype=np.bool_)
        try:
            rows = self._store.rows_where(filters)
        except UnicodeEncodeError as error:
            raise InputError(f"a filter holds half a character ({error.object!r}): give whole text") from error
        allowed[rows] = True
        unknown = [] if rows else sorted(set(filters) - self._fields)
        if unknown and self._index.n_chunks:
            raise InputError(
                f"no document has a field {unknown[0]!r} to filter by; fields: {', '.join(sorted(self._fields))}"
            )
        return allowed

    @cached_property
    def _fields(self) -> frozenset[str]:
        """The fields by which documents can be filtered; looked up when a filter first leaves nothing."""
        return frozenset(("id", "source", "title")).union(*(document.metadata for document in self._store.documents()))

    def ranks(self, found: Found, rows: Sequence[int]) -> dict[str, int]:
        """Return how near the best of some chunks is to the question, by vectors and by words; 1 is the nearest."""
        index, query = self._index, found.query
        ways = {"vectors": index.passages @ query.vector, "words": lexical_scores(index, query.text)}
        if found.allowed is not None:
            ways = {way: np.where(found.allowed, scores, -1.0) for way, scores in ways.items()}
        return {way: 1 + int((scores > scores[list(rows)].max()).sum()) for way, scores in ways.items()}

    def _evidence(self, found: Found, positions: Rows) -> list[Evidence]:
        """Make evidence of candidates: the passage, what speaks for it, its best sentence and the path to it."""
        candidates = found.candidates
        rows = candidates.rows[positions]
        chunks = list(self._store.chunks(rows.tolist()))
        best = self._best_sentence(rows, found.query.vector)
        total = max(float(found.weights.sum()), 1e-12)
        lead_on = candidates.rows[found.order[:_LEAD_ON]].tolist()
        paths = Paths(self._store, self._index, found.query, candidates, lead_on)
        evidence = []
        ways = paths.to(rows.tolist())
        for chunk, position, sentence, path in zip(chunks, positions.tolist(), best, ways, strict=True):
            shares = candidates.features[position] * found.weights / total
            found_by = {name: round(float(s), 4) for name, s in zip(FEATURES, shares, strict=True) if s > 0}
            quotes = (quote_of(chunk, chunk.sentences[sentence]),) if sentence >= 0 else ()
            score = round(float(found.scores[position]), 6)
            evidence.append(Evidence(chunk, score, found_by, path, quotes))
        return evidence

    def _best_sentence(self, rows: Rows, vector: FloatRows) -> list[int]:
        """Return the number of the sentence of each chunk that is nearest to the question, -1 where it has none."""
        sentences, owners = self._index.sentences(rows)
        cosines = sentences @ vector
        numbers = []
        for i in range(len(rows)):
            mine = np.flatnonzero(owners == i)
            numbers.append(int(np.argmax(cosines[mine])) if len(mine) else -1)
        return numbers


def events_of(answer: Answer) -> Iterator[Event]:
    """Yield an answer that is there already as the steps of one that is being made."""
    yield Event("plan", answer.plan)
    yield Event("evidence", answer.evidence)
    if answer.text:
        yield Event("delta", answer.text)
    yield Event("citations", answer.citations)
    yield Event("done", answer)


def _spotted(spotter: Spotter, found: Found, sources: Sources, nearness: Callable[[Quote], float]) -> Reading | None:
    """Return an answer by words; what words lead to and a known relation is asked of is found first."""
    beyond = _over_bridge(spotter, found.form, sources, nearness)
    if beyond is not None:
        return beyond
    spotted = spotter.read(found.query.question, sources, nearness)
    if spotted is None:
        return None
    return Reading(spotted.text, spotted.citations, (), spotted.confidence, "")


def _over_bridge(
    spotter: Spotter, form: QuestionForm, sources: Sources, nearness: Callable[[Quote], float]
) -> Reading | None:
    """Return the answer that known relations lead to from what the first hop leads to by words."""
    branch = next(iter(form.branches), None)
    chain = branch.chains[0] if branch is not None else ()
    if branch is None or len(chain) < 2 or not chain[0].open or any(hop.open for hop in chain[1:]):
        return None
    if chain[1].relation not in OF_PERSONS:  # of other things the words before them seldom tell which
        return None
    bridge = spotter.read(f"Who is the {chain[0].relation} of {branch.written}?", sources, nearness)
    if bridge is None:
        return None
    onward = Branch(bridge.text, bridge.text, branch.span, tuple(chain[1:] for chain in branch.chains))
    reading = read(replace(form, branches=(onward,)), sources)
    if not reading.text:
        return None
    first, *others = reading.path
    path = (
        Step(EntityId(""), branch.written, None, "", None),
        replace(first, predicate=chain[0].relation, quote=bridge.citations[-1]),
        *others,
    )
    citations = tuple(dict.fromkeys((*bridge.citations, *reading.citations)))
    sure = round(bridge.confidence * reading.confidence, 4)
    return replace(reading, citations=citations, path=path, confidence=sure)


def _only(weights: Mapping[str, float]) -> FloatRows:
    """Return a weight vector that is 0 for every feature not named."""
    return np.array([weights.get(name, 0.0) for name in FEATURES], dtype=np.float32)
