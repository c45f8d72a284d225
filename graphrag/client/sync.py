"""The client for programs that wait: every call returns when the response is there."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

import httpx

from graphrag.client import calls, wire
from graphrag.client.calls import Call, Listing
from graphrag.client.errors import Failed
from graphrag.client.values import (
    CommunityCard,
    CommunityLine,
    DocumentLine,
    EntityCard,
    EntityLine,
    GraphPart,
    Job,
    Table,
)
from graphrag.types import Answer, Document, Event, SearchResult

__all__ = ["Client"]

Result = TypeVar("Result")
Line = TypeVar("Line")

_POLL_SECONDS = 0.2


class Client:
    """A connection to a server that ``graphrag serve`` started; a context manager.  Threads may share it.

    Parameters
    ----------
    url : str
        The server's address.
    key : str, optional
        A key of the server; by default the environment variable ``GRAPHRAG_KEY``.
    timeout : float
        Seconds to wait for a response.

    Notes
    -----
    Calls that change nothing are sent up to three times where the connection fails; nothing else is tried again.
    Every method raises :class:`graphrag.client.errors.ClientError` or one of its kinds.
    """

    def __init__(self, url: str = "http://127.0.0.1:8765", key: str | None = None, timeout: float = 60.0) -> None:
        self._http = httpx.Client(base_url=url, headers=wire.headers_of(key), timeout=wire.timeout_of(timeout))

    def close(self) -> None:
        """Close the connections; closing twice does nothing."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- questions

    def search(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
    ) -> SearchResult:
        """Return the passages that bear on a question; parameters as :meth:`graphrag.GraphRAG.search`."""
        return self._run(calls.search(question, k=k, mode=mode, filters=filters, level=level))

    def ask(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
        history: Sequence[tuple[str, str]] = (),
        style: str = "short",
    ) -> Answer:
        """Answer a question with citations; parameters as :meth:`graphrag.GraphRAG.ask`."""
        options = {"k": k, "mode": mode, "filters": filters, "level": level, "style": style}
        return self._run(calls.ask(question, history, **options))

    def ask_stream(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
        history: Sequence[tuple[str, str]] = (),
        style: str = "short",
    ) -> Iterator[Event]:
        """Yield the steps of an answer as they come: plan, evidence, delta, citations, and at the end done."""
        options = {"k": k, "mode": mode, "filters": filters, "level": level, "style": style, "stream": True}
        call = calls.ask(question, history, **options)
        events = wire.Events()
        try:
            with self._http.stream(call.method, call.path, content=call.body) as response:
                if response.is_error:
                    response.read()
                    raise wire.problem(response)
                for line in response.iter_lines():
                    yield from events.line(line)
        except httpx.TransportError as error:
            raise wire.failure(self._http.base_url, error) from error
        events.end()

    def explain(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        why_not: str | None = None,
        level: int | None = None,
    ) -> dict[str, Any]:
        """Return the way from a question to its ranking; parameters as :meth:`graphrag.GraphRAG.explain`."""
        return self._run(calls.explain(question, k=k, mode=mode, filters=filters, why_not=why_not, level=level))

    # --- documents

    def document(self, identity: str) -> Document:
        """Return a document with its text."""
        return self._run(calls.document(identity))

    def documents(self, text: str = "") -> Iterator[DocumentLine]:
        """Yield the documents, or those whose title or id contains a text, by id."""
        return self._each(calls.documents(text))

    def add_documents(
        self, documents: Iterable[Document], *, wait: bool = True, progress: Callable[[Job], object] | None = None
    ) -> Job:
        """Add documents, or replace those of the same ids.

        Parameters
        ----------
        documents : iterable of Document
            At most 1,000; the metadata field ``groups`` says who may see one.
        wait : bool
            Whether to return when the server answers from them, and not when it has taken them.
        progress : callable, optional
            Hears how far the job is, a few times a second.

        Raises
        ------
        Failed
            The job failed; nothing was changed.
        """
        return self._change(calls.add_documents(documents), wait, progress)

    def delete_document(
        self, identity: str, *, wait: bool = True, progress: Callable[[Job], object] | None = None
    ) -> Job:
        """Remove a document; parameters as :meth:`add_documents`."""
        return self._change(calls.delete_document(identity), wait, progress)

    def job(self, identity: str) -> Job:
        """Return how far a job is."""
        return self._run(calls.job(identity))

    # --- the graph

    def entities(self, text: str = "") -> Iterator[EntityLine]:
        """Yield the entities, or those of which a name contains a text, the most said first."""
        return self._each(calls.entities(text))

    def entity(self, identity: str) -> EntityCard:
        """Return all that is known of an entity."""
        return self._run(calls.entity(identity))

    def graph(self, entities: Sequence[str], hops: int = 1, limit: int = 100) -> GraphPart:
        """Return the neighbourhood of entities: at most 4 hops and 500 entities."""
        return self._run(calls.graph(entities, hops, limit))

    def path(self, source: str, target: str) -> GraphPart:
        """Return the shortest path between two entities."""
        return self._run(calls.path(source, target))

    def communities(self, level: int | None = None) -> Iterator[CommunityLine]:
        """Yield the communities of a level (0 the coarsest), or all, the most important first."""
        return self._each(calls.communities(level))

    def community(self, identity: str) -> CommunityCard:
        """Return a community with the report on it."""
        return self._run(calls.community(identity))

    def cypher(self, statement: str, parameters: Mapping[str, Any] | None = None, limit: int = 200) -> Table:
        """Run a Cypher statement that reads."""
        return self._run(calls.cypher(statement, parameters or {}, limit))

    def health(self) -> str:
        """Return ``ok`` where the server is there."""
        return self._run(calls.health())

    # --- how

    def _run(self, call: Call[Result]) -> Result:
        """Send a call and read its response."""
        attempt = 0
        while True:
            try:
                response = self._http.request(call.method, call.path, content=call.body, params=call.query)
            except httpx.TransportError as error:
                if not wire.may_try_again(call, attempt, error):
                    raise wire.failure(self._http.base_url, error) from error
            else:
                return wire.read(call, response)
            time.sleep(wire.wait(attempt))
            attempt += 1

    def _each(self, listing: Listing[Line]) -> Iterator[Line]:
        """Yield the lines of all pages."""
        cursor: str | None = ""
        while cursor is not None:
            lines, cursor = self._run(listing.page(cursor))
            yield from lines

    def _change(self, call: Call[str], wait: bool, progress: Callable[[Job], object] | None) -> Job:
        """Begin a job and follow it to its end."""
        identity = self._run(call)
        while True:
            job = self.job(identity)
            if progress is not None:
                progress(job)
            if job.state == "failed":
                raise Failed(f"The change failed: {job.detail}")
            if job.over or not wait:
                return job
            time.sleep(_POLL_SECONDS)
