"""The client for programs that wait: every call returns when the response is there."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx

from graphrag.client import calls, wire
from graphrag.client.calls import Call, Listing
from graphrag.client.errors import Failed
from graphrag.client.methods import like
from graphrag.client.values import Job
from graphrag.types import Answer, Document, Event

__all__ = ["Client"]

P = ParamSpec("P")
Result = TypeVar("Result")
Line = TypeVar("Line")

_POLL_SECONDS = 0.2


def _sent(route: Callable[P, Call[Result]]) -> Callable[Concatenate["Client", P], Result]:
    """Make a method that sends a call and reads its response."""

    @like(route)
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> Result:
        return self._run(route(*args, **kwargs))

    return method


def _listed(route: Callable[P, Listing[Line]]) -> Callable[Concatenate["Client", P], Iterator[Line]]:
    """Make a method that yields the lines of all pages."""

    @like(route)
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Line]:
        return self._each(route(*args, **kwargs))

    return method


def _streamed(route: Callable[P, Call[Answer]]) -> Callable[Concatenate["Client", P], Iterator[Event]]:
    """Make a method that yields the events of an answer."""

    @like(route)
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Event]:
        return self._events(route(*args, **kwargs))

    return method


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

    search = _sent(calls.search)
    ask = _sent(calls.ask)
    ask_stream = _streamed(calls.ask_stream)
    explain = _sent(calls.explain)

    # --- documents

    document = _sent(calls.document)
    documents = _listed(calls.documents)
    job = _sent(calls.job)

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

    # --- the graph

    entities = _listed(calls.entities)
    entity = _sent(calls.entity)
    graph = _sent(calls.graph)
    path = _sent(calls.path)
    communities = _listed(calls.communities)
    community = _sent(calls.community)
    cypher = _sent(calls.cypher)
    health = _sent(calls.health)

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

    def _events(self, call: Call[Answer]) -> Iterator[Event]:
        """Yield the events of an answer as the server sends them."""
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
