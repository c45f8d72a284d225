"""The client for asyncio: the same calls as in ``sync``, awaited."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
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

__all__ = ["AsyncClient"]

Result = TypeVar("Result")
Line = TypeVar("Line")

_POLL_SECONDS = 0.2


class AsyncClient:
    """A connection to a server that ``graphrag serve`` started; an asynchronous context manager.  Tasks may share it.

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
        self._http = httpx.AsyncClient(base_url=url, headers=wire.headers_of(key), timeout=wire.timeout_of(timeout))

    async def close(self) -> None:
        """Close the connections; closing twice does nothing."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # --- questions

    async def search(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
    ) -> SearchResult:
        """Return the passages that bear on a question; parameters as :meth:`graphrag.GraphRAG.search`."""
        return await self._run(calls.search(question, k=k, mode=mode, filters=filters, level=level))

    async def ask(
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
        return await self._run(calls.ask(question, history, **options))

    async def ask_stream(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
        history: Sequence[tuple[str, str]] = (),
        style: str = "short",
    ) -> AsyncIterator[Event]:
        """Yield the steps of an answer as they come: plan, evidence, delta, citations, and at the end done."""
        options = {"k": k, "mode": mode, "filters": filters, "level": level, "style": style, "stream": True}
        call = calls.ask(question, history, **options)
        events = wire.Events()
        try:
            async with self._http.stream(call.method, call.path, content=call.body) as response:
                if response.is_error:
                    await response.aread()
                    raise wire.problem(response)
                async for line in response.aiter_lines():
                    for event in events.line(line):
                        yield event
        except httpx.TransportError as error:
            raise wire.failure(self._http.base_url, error) from error
        events.end()

    async def explain(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        why_not: str | None = None,
        level: int | None = None,
    ) -> dict[str, Any]:
        """Return the way from a question to its ranking; parameters as :meth:`graphrag.GraphRAG.explain`."""
        return await self._run(calls.explain(question, k=k, mode=mode, filters=filters, why_not=why_not, level=level))

    # --- documents

    async def document(self, identity: str) -> Document:
        """Return a document with its text."""
        return await self._run(calls.document(identity))

    def documents(self, text: str = "") -> AsyncIterator[DocumentLine]:
        """Yield the documents, or those whose title or id contains a text, by id."""
        return self._each(calls.documents(text))

    async def add_documents(
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
        return await self._change(calls.add_documents(documents), wait, progress)

    async def delete_document(
        self, identity: str, *, wait: bool = True, progress: Callable[[Job], object] | None = None
    ) -> Job:
        """Remove a document; parameters as :meth:`add_documents`."""
        return await self._change(calls.delete_document(identity), wait, progress)

    async def job(self, identity: str) -> Job:
        """Return how far a job is."""
        return await self._run(calls.job(identity))

    # --- the graph

    def entities(self, text: str = "") -> AsyncIterator[EntityLine]:
        """Yield the entities, or those of which a name contains a text, the most said first."""
        return self._each(calls.entities(text))

    async def entity(self, identity: str) -> EntityCard:
        """Return all that is known of an entity."""
        return await self._run(calls.entity(identity))

    async def graph(self, entities: Sequence[str], hops: int = 1, limit: int = 100) -> GraphPart:
        """Return the neighbourhood of entities: at most 4 hops and 500 entities."""
        return await self._run(calls.graph(entities, hops, limit))

    async def path(self, source: str, target: str) -> GraphPart:
        """Return the shortest path between two entities."""
        return await self._run(calls.path(source, target))

    def communities(self, level: int | None = None) -> AsyncIterator[CommunityLine]:
        """Yield the communities of a level (0 the coarsest), or all, the most important first."""
        return self._each(calls.communities(level))

    async def community(self, identity: str) -> CommunityCard:
        """Return a community with the report on it."""
        return await self._run(calls.community(identity))

    async def cypher(self, statement: str, parameters: Mapping[str, Any] | None = None, limit: int = 200) -> Table:
        """Run a Cypher statement that reads."""
        return await self._run(calls.cypher(statement, parameters or {}, limit))

    async def health(self) -> str:
        """Return ``ok`` where the server is there."""
        return await self._run(calls.health())

    # --- how

    async def _run(self, call: Call[Result]) -> Result:
        """Send a call and read its response."""
        attempt = 0
        while True:
            try:
                response = await self._http.request(call.method, call.path, content=call.body, params=call.query)
            except httpx.TransportError as error:
                if not wire.may_try_again(call, attempt, error):
                    raise wire.failure(self._http.base_url, error) from error
            else:
                return wire.read(call, response)
            await asyncio.sleep(wire.wait(attempt))
            attempt += 1

    async def _each(self, listing: Listing[Line]) -> AsyncIterator[Line]:
        """Yield the lines of all pages."""
        cursor: str | None = ""
        while cursor is not None:
            lines, cursor = await self._run(listing.page(cursor))
            for line in lines:
                yield line

    async def _change(self, call: Call[str], wait: bool, progress: Callable[[Job], object] | None) -> Job:
        """Begin a job and follow it to its end."""
        identity = await self._run(call)
        while True:
            job = await self.job(identity)
            if progress is not None:
                progress(job)
            if job.state == "failed":
                raise Failed(f"The change failed: {job.detail}")
            if job.over or not wait:
                return job
            await asyncio.sleep(_POLL_SECONDS)
