"""The client for asyncio: the same calls as in ``sync``, awaited."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx

from graphrag.client import calls, wire
from graphrag.client.calls import Call, Listing
from graphrag.client.errors import Failed
from graphrag.client.methods import like
from graphrag.client.values import Job
from graphrag.types import Answer, Document, Event

__all__ = ["AsyncClient"]

P = ParamSpec("P")
Result = TypeVar("Result")
Line = TypeVar("Line")

_POLL_SECONDS = 0.2


def _awaited(route: Callable[P, Call[Result]]) -> Callable[Concatenate["AsyncClient", P], Coroutine[Any, Any, Result]]:
    """Make a method that sends a call and reads its response."""

    @like(route)
    async def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> Result:
        return await self._run(route(*args, **kwargs))

    return method


def _listed(route: Callable[P, Listing[Line]]) -> Callable[Concatenate["AsyncClient", P], AsyncIterator[Line]]:
    """Make a method that yields the lines of all pages."""

    @like(route)
    def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Line]:
        return self._each(route(*args, **kwargs))

    return method


def _streamed(route: Callable[P, Call[Answer]]) -> Callable[Concatenate["AsyncClient", P], AsyncIterator[Event]]:
    """Make a method that yields the events of an answer."""

    @like(route)
    def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Event]:
        return self._events(route(*args, **kwargs))

    return method


class AsyncClient:
    """A connection to a server; an asynchronous context manager that tasks may share.

    Parameters, methods and errors are those of :class:`graphrag.client.Client`; what lists or streams is an
    asynchronous iterator.
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

    search = _awaited(calls.search)
    ask = _awaited(calls.ask)
    ask_stream = _streamed(calls.ask_stream)
    explain = _awaited(calls.explain)

    # --- documents

    document = _awaited(calls.document)
    documents = _listed(calls.documents)
    job = _awaited(calls.job)

    async def add_documents(
        self, documents: Iterable[Document], *, wait: bool = True, progress: Callable[[Job], object] | None = None
    ) -> Job:
        """Add documents, or replace those of the same ids; parameters as :meth:`Client.add_documents`."""
        return await self._change(calls.add_documents(documents), wait, progress)

    async def delete_document(
        self, identity: str, *, wait: bool = True, progress: Callable[[Job], object] | None = None
    ) -> Job:
        """Remove a document; parameters as :meth:`add_documents`."""
        return await self._change(calls.delete_document(identity), wait, progress)

    # --- the graph

    entities = _listed(calls.entities)
    entity = _awaited(calls.entity)
    graph = _awaited(calls.graph)
    path = _awaited(calls.path)
    communities = _listed(calls.communities)
    community = _awaited(calls.community)
    cypher = _awaited(calls.cypher)
    health = _awaited(calls.health)

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

    async def _events(self, call: Call[Answer]) -> AsyncIterator[Event]:
        """Yield the events of an answer as the server sends them."""
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
