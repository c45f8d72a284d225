"""What both clients do around a call: settings, what a failure means, and reading a stream of events."""

import json
import os
from collections.abc import Iterator
from typing import Any, TypeVar

import httpx

from graphrag.client.calls import Call
from graphrag.client.errors import (
    BadRequest,
    ClientError,
    Failed,
    Limited,
    NotAllowed,
    NotReady,
    NotThere,
    Unreachable,
)
from graphrag.client.results import answer_from, evidence_from, plan_from, quote_from
from graphrag.types import Event

__all__ = ["ATTEMPTS", "Events", "failure", "headers_of", "may_try_again", "problem", "read", "timeout_of", "wait"]

Result = TypeVar("Result")

ATTEMPTS = 3
_FIRST_WAIT = 0.2  # seconds, doubled each time
_CONNECT_SECONDS = 5.0
_KINDS: dict[int, type[ClientError]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: NotThere,
    429: Limited,
    503: NotReady,
}


def headers_of(key: str | None) -> dict[str, str]:
    """Return the headers of every request; without a key the environment variable GRAPHRAG_KEY is looked at."""
    word = key if key is not None else os.environ.get("GRAPHRAG_KEY", "")
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if word:
        headers["Authorization"] = f"Bearer {word}"
    return headers


def timeout_of(seconds: float) -> httpx.Timeout:
    """Return the times to wait: ``seconds`` for the response, less for the connection."""
    return httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def may_try_again(call: Call[Any], attempt: int, error: httpx.TransportError) -> bool:
    """Tell whether a call is sent again: it changes nothing, and the connection failed before a response came."""
    broken = isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError)
    return call.safe and broken and attempt + 1 < ATTEMPTS


def wait(attempt: int) -> float:
    """Return the seconds before the next attempt."""
    return float(_FIRST_WAIT * 2**attempt)


def failure(base: httpx.URL, error: httpx.TransportError) -> Unreachable:
    """Return what a failed connection means."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Unreachable(f"No server answers at {base}: start one with `graphrag serve`, or check the address.")
    if isinstance(error, httpx.TimeoutException):
        return Unreachable(f"The server at {base} did not answer in time: give the client a longer timeout.")
    return Unreachable(f"The connection to {base} broke ({error or type(error).__name__}): try again.")


def read(call: Call[Result], response: httpx.Response) -> Result:
    """Return the result of a call.

    Raises
    ------
    ClientError
        The server refused or failed, or its response has another shape.
    """
    if response.is_error:
        raise problem(response)
    try:
        return call.read(response.json())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failed(
            f"The response of {response.request.url} cannot be read ({error!r}): is it a graphrag server of this "
            "version?",
            status=response.status_code,
        ) from error


def problem(response: httpx.Response) -> ClientError:
    """Return the error that a response tells; its body was read."""
    status = response.status_code
    try:
        body = response.json()
        detail = str(body["detail"] if "detail" in body else body["title"])
        request_id = str(body.get("request_id", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        detail, request_id = f"HTTP status {status}", response.headers.get("X-Request-ID", "")
    kind = _KINDS.get(status, Failed if status >= 500 and status != 501 else BadRequest)
    try:
        after: float | None = float(response.headers["Retry-After"])
    except (KeyError, ValueError):
        after = None
    return kind(detail, status=status, request_id=request_id, retry_after=after)


class Events:
    """Reads server-sent events of an answer from lines."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []
        self._said = ""
        self.done = False

    def line(self, line: str) -> Iterator[Event]:
        """Take a line; yield the event that it ends, if it ends one.

        Raises
        ------
        Failed
            The server failed in the middle, or sends another shape.
        """
        if line:
            name, _, value = line.partition(":")
            if name == "event":
                self._name = value.strip()
            elif name == "data":
                self._data.append(value.removeprefix(" "))
            return
        name, data = self._name, "\n".join(self._data)
        self._name, self._data = "", []
        if not name:
            return
        try:
            yield from self._event(name, json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Failed(f"The server's event {name!r} cannot be read ({error!r}): is it of this version?") from error

    def _event(self, name: str, value: Any) -> Iterator[Event]:
        """Yield the event of a name; one that this version does not know is left out."""
        if name == "plan":
            yield Event("plan", plan_from(value))
        elif name == "evidence":
            yield Event("evidence", (evidence_from(value),))
        elif name == "answer":
            piece = value.get("delta") or value["text"].removeprefix(self._said)
            self._said += piece
            if piece:
                yield Event("delta", piece)
        elif name == "citations":
            yield Event("citations", tuple(quote_from(quote) for quote in value))
        elif name == "done":
            self.done = True
            yield Event("done", answer_from(value))
        elif name == "error":
            raise Failed(str(value["detail"]), status=value["status"], request_id=value["request_id"])

    def end(self) -> None:
        """Take the end of the stream.

        Raises
        ------
        Unreachable
            It ended before the answer did.
        """
        if not self.done:
            raise Unreachable("The connection ended before the answer did: ask again.")
