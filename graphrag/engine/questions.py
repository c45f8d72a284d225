"""What can be asked of an opened graph.

What asks is imported when it is first asked: a build, which opens workspaces too, starts in half the time without it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphrag.engine.opened import Opened
from graphrag.engine.paged import paged_answer, paged_event, paged_search
from graphrag.errors import InputError
from graphrag.types import Answer, CommunityReport, EntityId, Event, SearchResult

if TYPE_CHECKING:
    from graphrag.answering.choices import Choice
    from graphrag.answering.condense import Turn
    from graphrag.querying import CypherAnswer
    from graphrag.retrieval.reader import FloatRows

__all__ = ["STYLES", "Questions"]

_MOST_PASSAGES = 200
STYLES = ("short", "long")
"""How much an answer says; only an LLM makes a difference of it."""


class Questions(Opened):
    """The half of :class:`graphrag.GraphRAG` that reads: searching, answering, explaining, inspecting."""

    def search(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
    ) -> SearchResult:
        """Return the passages that bear on a question, best first.

        Parameters
        ----------
        question : str
            Anything.
        k : int, optional
            Number of passages; by default the recipe's.
        mode : str, optional
            One of :data:`graphrag.asking.MODE_WEIGHTS`; by default the recipe's.
        filters : mapping, optional
            Field -> value that a passage's document must have ("source", "title", "id" or any metadata).
        level : int, optional
            Level of the communities in the modes ``global`` and ``drift``, 0 the coarsest; by default the question
            decides.

        Returns
        -------
        SearchResult
            Empty where the workspace is.
        """
        settings = self.recipe.ask
        k = _checked(question, k, settings.k)
        return paged_search(self._ready().search(question, k, mode or settings.mode, filters, level), self._store)

    def ask(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
        history: "Sequence[Turn]" = (),
        style: str = "short",
    ) -> Answer:
        """Answer a question from the documents, with citations.

        Parameters
        ----------
        question, k, mode, filters, level
            As :meth:`search`.
        history : sequence of (question, answer)
            The turns before, first to last; the question is made to stand alone with them.
        style : str
            ``short`` or ``long``; without an LLM both are the same.

        Returns
        -------
        Answer
            ``text`` is empty where the documents do not hold the answer; ``question`` is the one that stands alone.
            In an LLM's words each sentence ends with the numbers of its citations; ``notes`` say what was left
            out, and of any answer what the sources disagree about.

        Raises
        ------
        LLMError
            An LLM is wanted and none is set.  One that fails is no error: the answer without it has a note.
        """
        settings = self.recipe.ask
        k, mode = _checked(question, k, settings.k), mode or settings.mode
        _check_style(style)
        asker = self._ready()
        if settings.llm:
            from graphrag.composing import Asked

            asked = Asked(question, k, mode, filters, level, history, style)
            return paged_answer(self._composer().ask(asked), self._store)
        if history:
            from graphrag.answering.condense import standalone

            question = standalone(question, history, asker.things)
        answer = asker.ask(question, k, mode, filters, settings.answer_threshold, level)
        return paged_answer(answer, self._store)

    def ask_stream(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
        history: "Sequence[Turn]" = (),
        style: str = "short",
    ) -> Iterator[Event]:
        """Answer a question step by step; parameters and errors as :meth:`ask`, errors come with the first step.

        Yields
        ------
        Event
            ``plan`` (:class:`Plan`), ``evidence`` (the passages), ``delta`` (a piece of the text: with an LLM a
            sentence whose citations were checked), ``citations`` (the quotes), ``done`` (the :class:`Answer`).
        """
        settings = self.recipe.ask
        if not settings.llm:
            from graphrag.asking import events_of

            yield from events_of(self.ask(question, k, mode, filters, level, history, style))
            return
        from graphrag.composing import Asked

        k, mode = _checked(question, k, settings.k), mode or settings.mode
        _check_style(style)
        for event in self._composer().stream(Asked(question, k, mode, filters, level, history, style)):
            yield paged_event(event, self._store)

    def ask_cypher(self, question: str) -> "CypherAnswer":
        """Answer a question by a Cypher statement that the recipe's LLM writes; the statement can only read.

        Returns
        -------
        CypherAnswer
            The statement, its rows, and what they say; without rows where no statement could be run.

        Raises
        ------
        LLMError
            No LLM is set, or it fails.
        MissingExtra
            This is a workspace, and the engine for Cypher on it is not installed.
        """
        from graphrag.answering.model import Model
        from graphrag.querying import ask_cypher

        _checked(question, None, 1)
        names = [thing.name for thing in self._ready().things(question)]
        return ask_cypher(question, Model(self.llm(), self.recipe.llm.prompts), self._store, self._graph, names)

    def explain(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        why_not: str | None = None,
        level: int | None = None,
    ) -> dict[str, Any]:
        """Return the whole way from a question to its ranking, as JSON-able values.

        Parameters
        ----------
        question, k, mode, filters, level
            As :meth:`search`.
        why_not : str, optional
            A document that was expected: where it was lost.
        """
        from graphrag.explaining import explanation_of

        settings = self.recipe.ask
        k = _checked(question, k, settings.k)
        asker = self._ready()
        mode = mode or settings.mode
        found = asker.find(question, mode, filters)
        overview = asker.overview(found, mode, filters, level)
        return explanation_of(asker, self._store, found, k, mode, why_not, overview)

    def candidates(self, question: str) -> "tuple[list[str], FloatRows]":
        """Return all candidates of a question for fitting weights: document ids, and features (n, m)."""
        found = self._ready().find(question, "auto", None)
        chunks = self._store.chunks(found.candidates.rows.tolist())
        return [chunk.document_id for chunk in chunks], found.candidates.features

    def choices(self, question: str, without: Collection[str] = ()) -> "list[Choice]":
        """Return everything that may answer a question in a few words, with its features, for fitting the reader.

        Parameters
        ----------
        question : str
        without : collection of str
            Ids of documents that are not read.
        """
        return self._ready().choices(question, without)

    def inspect(self) -> dict[str, Any]:
        """Return counts, the most mentioned entities, the most important communities, and the workspace's state."""
        entities = sorted(self._store.entities(), key=lambda e: (-e.mention_count, e.name))[:10]
        trouble = self._store.verify()
        return {
            "counts": self._store.counts(),
            "biggest_entities": [{"name": e.name, "label": e.label, "mentions": e.mention_count} for e in entities],
            "top_communities": self._top_communities(),
            "build": {key: self._store.meta(key) for key in ("built", "version", "extractor", "embedder", "digest")},
            "health": trouble or "sound: structure, references, content and array checksums were verified",
        }

    def _top_communities(self) -> list[dict[str, Any]]:
        """Return the most important communities; one that is the same on several levels comes once."""
        members = {community.id: community.members for community in self._store.communities()}
        once: dict[tuple[EntityId, ...], CommunityReport] = {}
        for report in sorted(self._store.reports(), key=lambda r: (-r.rank, r.community_id)):
            once.setdefault(members[report.community_id], report)
        return [{"title": r.title, "rank": r.rank, "summary": r.summary} for r in list(once.values())[:10]]


def _checked(question: str, k: int | None, default: int) -> int:
    """Return how many passages are wanted, refusing what is no question or no number of passages."""
    if not isinstance(question, str):
        raise InputError(f"a question is text, not {type(question).__name__}")
    if k is not None and not 1 <= k <= _MOST_PASSAGES:
        raise InputError(f"k = {k} is wrong: ask for 1 to {_MOST_PASSAGES} passages")
    return k or default


def _check_style(style: str) -> None:
    """Refuse a style that answers do not have."""
    if style not in STYLES:
        raise InputError(f"there is no style {style!r}; styles: {', '.join(STYLES)}")
