"""The ask line with an LLM: standing alone → searches → rounds → order → evidence → a checked answer, as events.

The LLM is given words and gives words back.  It has no tools, no address it could reach, and no say in what may be
cited: each of its sentences is shown only when the program finds it supported by the evidence that it was shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphrag.answering.compose import Composition, Disagreement, compose_request, composed, numbered_sides, stated
from graphrag.answering.condense import Turn, standalone
from graphrag.answering.evidence import Item, compressed, edges_first, fresh_items, numbered
from graphrag.answering.iterate import LLMReranker, next_question
from graphrag.answering.model import Model
from graphrag.answering.rewriting import Search, condensed, searches
from graphrag.asking import OVERVIEWS, Asker, Found, events_of
from graphrag.config import AskSettings
from graphrag.errors import LLMError
from graphrag.overview.llm_answers import Points, items_of, map_points, reduce_request
from graphrag.protocols import LLM, Request, Reranker
from graphrag.resolution.review import find_conflicts
from graphrag.stopwatch import Watch
from graphrag.stores.reading import Reader
from graphrag.types import Answer, Event, Evidence, Plan, Quote

__all__ = ["Asked", "Composer"]

_RRF = 10  # of reciprocal rank fusion: how soon places count alike
# Weight of a search beside the question's own: what asks for another fact counts more than what says it anew.
_WEIGHTS = {"question": 1.0, "rewrite": 0.6, "hyde": 0.6, "step_back": 0.6}
_ROUND = 0.8
_POOL = 2  # times as many passages are read as are shown, where they are put in another order
_MOST_DISAGREEMENTS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that was said about how to answer it."""

    question: str
    k: int
    mode: str
    filters: Mapping[str, str] | None = None
    level: int | None = None
    history: Sequence[Turn] = ()
    style: str = "short"


@dataclass(slots=True)
class _Work:
    """What is known while one question is answered."""

    asked: Asked
    model: Model
    notes: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True, slots=True)
class _Material:
    """What an answer is worded from."""

    question: str
    plan: Plan
    passages: tuple[Evidence, ...]
    items: Sequence[Item]
    request: Request | None  # None where there is nothing to answer from
    disagreements: Sequence[Disagreement] = ()


class Composer:
    """Answers questions in an LLM's words.

    Parameters
    ----------
    asker : Asker
        Finds, and answers without an LLM.
    store : Reader
        Where facts are read.
    llm : LLM
        Who words the answers.
    settings : AskSettings
        Searches, rounds, order and room of the evidence.
    prompts : str
        A folder of the user's own prompts.
    reranker : Reranker, optional
        Puts passages in order; without one, and with ``rerank: llm``, the LLM does.
    """

    def __init__(
        self,
        asker: Asker,
        store: Reader,
        llm: LLM,
        settings: AskSettings,
        prompts: str = "",
        reranker: Reranker | None = None,
    ) -> None:
        self._asker, self._store, self._llm = asker, store, llm
        self._settings, self._prompts, self._reranker = settings, prompts, reranker

    def ask(self, asked: Asked) -> Answer:
        """Return the answer to a question; where the LLM fails, the one without it, with a note that says so."""
        answer = None
        for event in self.stream(asked):
            answer = event.value if event.kind == "done" else answer
        assert isinstance(answer, Answer)
        return answer

    def stream(self, asked: Asked) -> Iterator[Event]:
        """Yield the steps of an answer: plan, evidence, its sentences as they come, citations, and the whole."""
        work = _Work(asked, Model(self._llm, self._prompts))
        try:
            material = self._material(work)
        except LLMError as error:
            yield from events_of(self._without(work, str(error)))
            return
        yield Event("plan", material.plan)
        yield Event("evidence", material.passages)
        into = Composition()
        if material.request is not None:
            try:
                pieces = work.model.stream(material.request)
                for said in composed(pieces, material.items, material.question, into):
                    yield Event("delta", f" {said}" if len(into.sentences) > 1 else said)
            except LLMError as error:
                if not into.sentences:
                    yield from list(events_of(self._without(work, str(error), material.question)))[2:]
                    return
                work.notes.append(f"The LLM's reply is not whole: {error}")
        for disagreement in () if into.refused else material.disagreements:
            said_too = stated(disagreement, into)
            if said_too is not None:
                yield Event("delta", f" {said_too}")
        work.watch.lap("compose")
        if into.removed:
            removed = "1 sentence" if into.removed == 1 else f"{into.removed} sentences"
            work.notes.append(f"{removed} of the LLM's reply left out: the evidence does not say it.")
        if not into.sentences and not into.refused and material.request is not None:
            yield from list(events_of(self._without(work, "nothing it said is supported", material.question)))[2:]
            return
        answer = self._answer(work, material, into)
        yield Event("citations", answer.citations)
        yield Event("done", answer)

    # --- what the answer is worded from

    def _material(self, work: _Work) -> _Material:
        """Find what an answer can rest on, and make the request for it."""
        asked = work.asked
        question = asked.question
        if asked.history:
            rules = standalone(question, asked.history, self._asker.things)
            question = condensed(work.model, question, asked.history, rules)
            work.watch.lap("condense")
        found = self._asker.find(question, asked.mode, asked.filters)
        work.watch.add(found.timings)
        way = self._asker.way(found, asked.mode)
        if way in OVERVIEWS:
            material = self._overview(work, found, way)
            if material.request is not None or asked.mode != "auto":
                return material
        return self._passages(work, found)

    def _passages(self, work: _Work, found: Found) -> _Material:
        """Return the best passages as evidence."""
        asked, settings, question = work.asked, self._settings, found.query.question
        plan = self._asker.plan(found)
        wide = asked.k * (_POOL if settings.rerank is not None else 1)
        lists: list[tuple[Search, Sequence[Evidence]]] = [
            (Search(question, "question"), self._asker.passages(found, wide).passages)
        ]
        others, failed = searches(work.model, question, settings.rewrite)
        work.notes += [f"The LLM gave no usable {way.replace('_', ' ')}." for way in failed]
        lists += [(search, self._searched(asked, search, wide)) for search in others]
        if settings.rewrite:
            work.watch.lap("rewrite")
        passages = _fused(lists)[:wide]
        for number in range(1, settings.rounds + 1):
            wanted = next_question(work.model, question, passages[: asked.k], [s.text for s, _ in lists])
            if wanted is None:
                break
            search = Search(wanted, f"round {number}")
            lists.append((search, self._searched(asked, search, wide)))
            passages = _fused(lists)[:wide]
        if settings.rounds:
            work.watch.lap("rounds")
        if settings.rerank is not None:
            reranker = self._reranker or LLMReranker(work.model)
            passages = [passages[place] for place in reranker.rerank(question, passages)]
            work.watch.lap("rerank")
        shown = tuple(passages[: asked.k])
        extra = tuple(search.text for search, _ in lists[1:] if search.way != "hyde")
        plan = replace(plan, sub_questions=(*plan.sub_questions, *extra))
        items, disagreements = self._items(work, found, shown)
        request = None
        if items:
            request = compose_request(work.model, question, edges_first(items), asked.style, disagreements)
        return _Material(question, plan, shown, items, request, disagreements)

    def _searched(self, asked: Asked, search: Search, k: int) -> Sequence[Evidence]:
        """Return the passages of another search; an invented passage is compared by its vector alone."""
        mode = "basic" if search.way == "hyde" else asked.mode if asked.mode not in OVERVIEWS else "auto"
        return self._asker.passages(self._asker.find(search.text, mode, asked.filters), k).passages

    def _items(self, work: _Work, found: Found, passages: Sequence[Evidence]) -> tuple[list[Item], list[Disagreement]]:
        """Return passages as evidence that fits into the room there is, and what they disagree about."""
        items, withheld = numbered(passages)
        if withheld:
            sentences = "1 sentence" if withheld == 1 else f"{withheld} sentences"
            work.notes.append(f"{sentences} of the documents speak to a language model and were kept from it.")
        disagreements = self._disagreements(passages)
        near, is_side = self._asker.nearness(found, passages), numbered_sides(disagreements)
        cut = compressed(items, lambda quote: near(quote) + is_side(quote), self._settings.context_tokens)
        return cut, disagreements

    def _overview(self, work: _Work, found: Found, way: str) -> _Material:
        """Return what things or reports say as evidence: statements for ``local``, else points of the LLM's."""
        asked, question = work.asked, found.query.question
        sections = self._asker.material(found, way, asked.filters, asked.level)
        plan = replace(self._asker.plan(found), kind=way)
        passages = self._asker.cited(sections)[: asked.k]
        if way == "local":
            items = fresh_items(item for section in sections for item in items_of(section))
            request = compose_request(work.model, question, items, asked.style) if items else None
            return _Material(question, plan, passages, items, request)
        points = map_points(work.model, question, sections, self._settings.context_tokens)
        work.watch.lap("map")
        _note_points(work, points)
        request = reduce_request(work.model, question, points.items, asked.style) if points.items else None
        return _Material(question, plan, passages, points.items, request)

    def _disagreements(self, passages: Sequence[Evidence]) -> list[Disagreement]:
        """Return what the facts of some passages cannot all be true about."""
        here = {found.chunk.id for found in passages}
        conflicts = find_conflicts(self._store.facts_in(sorted(here)))[:_MOST_DISAGREEMENTS]
        names = {e.id: e.name for e in self._store.entities_by_id(sorted({c.subject for c in conflicts}))}
        found = []
        for conflict in conflicts:
            sides: list[tuple[str, Quote]] = []
            for fact in conflict.facts:
                quote = next((quote for quote in fact.evidence if quote.chunk_id in here), None)
                if quote is not None and fact.value.casefold() not in {value.casefold() for value, _ in sides}:
                    sides.append((fact.value, quote))
            if len(sides) > 1:
                found.append(Disagreement(f"{names[conflict.subject]}, {conflict.predicate}", tuple(sides)))
        return found

    # --- what becomes of it

    def _answer(self, work: _Work, material: _Material, into: Composition) -> Answer:
        """Return the whole answer."""
        cited = {quote.chunk_id for quote in into.citations}
        shown = {found.chunk.id for found in material.passages}
        missing = [identity for identity in dict.fromkeys(q.chunk_id for q in into.citations) if identity not in shown]
        more = tuple(Evidence(chunk, 0.0, {"cited": 0.0}) for chunk in self._store.chunks_by_id(missing))
        paths = [found.path for found in material.passages if found.chunk.id in cited and len(found.path) > 1]
        return Answer(
            question=material.question,
            text=into.text,
            citations=into.citations,
            confidence=into.confidence,
            path=max(paths, key=len, default=()),
            evidence=(*material.passages, *more),
            plan=material.plan,
            timings=work.watch.laps,
            notes=tuple(work.notes),
            usage=work.model.usage,
        )

    def _without(self, work: _Work, reason: str, question: str = "") -> Answer:
        """Return the answer without an LLM, with a note on why."""
        asked = work.asked
        question = question or standalone(asked.question, asked.history, self._asker.things)
        threshold = self._settings.answer_threshold
        answer = self._asker.ask(question, asked.k, asked.mode, asked.filters, threshold, asked.level)
        note = f"This is the answer without the LLM: {reason.rstrip('.')}."
        return replace(answer, notes=(*work.notes, note, *answer.notes), usage=work.model.usage)


def _fused(lists: Sequence[tuple[Search, Sequence[Evidence]]]) -> list[Evidence]:
    """Return the passages of several searches as one list, the question's own search first.

    Reciprocal rank fusion in which only the best of the other searches counts for a passage: three that went astray
    together must not outvote the question.  The searches that found a passage are told in ``found_by``.
    """
    if len(lists) == 1:
        return list(lists[0][1])
    own: dict[str, float] = {}
    others: dict[str, float] = {}
    first: dict[str, Evidence] = {}
    by: dict[str, dict[str, float]] = {}
    for search, passages in lists:
        for place, found in enumerate(passages):
            identity = found.chunk.id
            gain = _WEIGHTS.get(search.way, _ROUND) / (_RRF + place)
            first.setdefault(identity, found)
            if search.way == "question":
                own[identity] = gain
            else:
                others[identity] = max(others.get(identity, 0.0), gain)
                by.setdefault(identity, {})[search.way] = found.score
    scores = {identity: own.get(identity, 0.0) + others.get(identity, 0.0) for identity in first}
    best = max(scores.values(), default=1.0)
    return [
        replace(
            first[identity],
            score=round(scores[identity] / best, 6),
            found_by={**first[identity].found_by, **by.get(identity, {})},
        )
        for identity in sorted(scores, key=lambda identity: (-scores[identity], identity))
    ]


def _note_points(work: _Work, points: Points) -> None:
    """Note what the first step of an answer about the corpus left out."""
    if points.removed:
        work.notes.append(f"Points of the LLM left out because no finding says them: {points.removed}.")
    if points.failed:
        work.notes.append(f"Reports to which the LLM gave no usable reply: {points.failed}.")
