"""From a question to ranked passages: names and plan, candidates, fused ranking, evidence with its paths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from graphrag.answering.forms import QuestionForm
from graphrag.answering.plan import analyse
from graphrag.asking.modes import MODE_WEIGHTS
from graphrag.errors import GraphRAGError, InputError
from graphrag.pathfinding import Paths, quote_of
from graphrag.protocols import Reranker
from graphrag.retrieval.fusion import FEATURES, weight_vector
from graphrag.retrieval.lexical import lexical_scores
from graphrag.retrieval.reader import FloatRows, Index, Rows
from graphrag.retrieval.search import Candidates, Query, Vectors, prepare, rank, retrieve
from graphrag.retrieval.spelling import Speller
from graphrag.stopwatch import Watch
from graphrag.stores.reading import Reader
from graphrag.types import Evidence, Plan, SearchResult, Seed, Span

__all__ = ["Finder", "Found"]

_LEAD_ON = 20  # passages through which longer paths lead
_RERANKED = 30  # passages that a reranker reads


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


class Finder:
    """Finds passages in one opened store.

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
    """

    def __init__(
        self,
        store: Reader,
        index: Index,
        vectors: Vectors,
        weights: Mapping[str, float],
        reranker: Reranker | None = None,
    ) -> None:
        self._reranker = reranker
        self._store = store
        self._index = index
        self._vectors = vectors
        self._weights = weight_vector(weights)
        self._speller = Speller(index)
        self._blas = ThreadpoolController()

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

    def ranks(self, found: Found, rows: Sequence[int]) -> dict[str, int]:
        """Return how near the best of some chunks is to the question, by vectors and by words; 1 is the nearest."""
        index, query = self._index, found.query
        ways = {"vectors": index.passages @ query.vector, "words": lexical_scores(index, query.text)}
        if found.allowed is not None:
            ways = {way: np.where(found.allowed, scores, -1.0) for way, scores in ways.items()}
        return {way: 1 + int((scores > scores[list(rows)].max()).sum()) for way, scores in ways.items()}

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


def _only(weights: Mapping[str, float]) -> FloatRows:
    """Return a weight vector that is 0 for every feature not named."""
    return np.array([weights.get(name, 0.0) for name in FEATURES], dtype=np.float32)
