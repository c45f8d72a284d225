"""What every request passes, whatever its route: an id, Host and Origin, the body's bounds, headers, log, figures."""

import asyncio
import ipaddress
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from graphrag.server.observing import Log, Metrics
from graphrag.server.problems import Problem, as_problem, problem_response, request_id
from graphrag.server.settings import Settings

__all__ = ["Guard"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware around the whole application.

    Parameters
    ----------
    app : callable
        The application.
    settings : Settings
        Hosts, origins and bounds.
    log, metrics : Log, Metrics
        Told of every request.
    """

    def __init__(self, app: App, settings: Settings, log: Log, metrics: Metrics) -> None:
        self._app = app
        self._hosts = {host.lower() for host in (*settings.hosts, settings.host, "localhost")}
        self._origins = frozenset(settings.origins)
        self._seconds = settings.seconds
        self._most = settings.body_bytes
        self._log = log
        self._metrics = metrics

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        given = headers.get("x-request-id", "")
        identity = given if _ID.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(identity)
        started = time.perf_counter()
        reply = _Reply(send, identity, self._shared_with(headers))
        self._metrics.in_flight.inc()
        try:
            await self._answer(scope, headers, receive, reply)
        finally:
            self._metrics.in_flight.dec()
            self._note(scope, reply.status, time.perf_counter() - started, identity)
            request_id.reset(token)

    async def _answer(
        self, scope: MutableMapping[str, Any], headers: dict[str, str], receive: Receive, reply: "_Reply"
    ) -> None:
        """Hand a request on if it may come in, and answer whatever goes wrong."""
        try:
            self._check(scope, headers)
            if reply.origin and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await reply.preflight()
                return
            await self._app(scope, _Body(receive, self._most, self._seconds).receive, reply.send)
        except Exception as error:  # noqa: BLE001 - every error becomes a problem, and an unforeseen one a log line
            problem = as_problem(error)
            if problem.status == 500:
                import traceback

                self._log.write("error", request_id=request_id.get(), trace=traceback.format_exc()[-4000:])
            if not reply.begun:
                await problem_response(problem)(scope, receive, reply.send)

    def _check(self, scope: MutableMapping[str, Any], headers: dict[str, str]) -> None:
        """Refuse a request for another host, from another origin, or with too long a body."""
        host = headers.get("host", "")
        name = _name_of(host)
        if name not in self._hosts and not _is_address(name):
            raise Problem(
                421, "The Host header names another server: call this one by its address, or allow the name "
                "with --allow-host.",
            )  # fmt: skip
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins and origin.partition("://")[2] != host:
            raise Problem(403, "Pages of other origins may not call this server: allow theirs with --allow-origin.")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._most:
            raise Problem(413, f"The body may have at most {self._most:,} bytes.", {"Connection": "close"})

    def _shared_with(self, headers: dict[str, str]) -> str:
        """Return the origin that may read the response beside the server's own, or an empty text."""
        origin = headers.get("origin", "")
        return origin if origin in self._origins else ""

    def _note(self, scope: MutableMapping[str, Any], status: int, seconds: float, identity: str) -> None:
        """Tell the log and the figures of a request; the route stands for the path, which may name documents."""
        route = getattr(scope.get("route"), "path", None) or "none"
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE", "OPTIONS") else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        state = scope.get("state", {})
        self._log.write(
            "request",
            request_id=identity,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            key=state.get("key"),
            question=state.get("question"),
        )


class _Body:
    """Reads a body within its bounds of size and time."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive = receive
        self._most = most
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._read = 0
        self._whole = False

    async def receive(self) -> Message:
        """Return the next part; once the body is whole, wait for the client to go."""
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._until - time.monotonic()))
        except TimeoutError:
            raise Problem(408, f"The body did not come within {self._seconds:g} s.", {"Connection": "close"}) from None
        self._read += len(message.get("body", b""))
        if self._read > self._most:
            raise Problem(413, f"The body may have at most {self._most:,} bytes.", {"Connection": "close"})
        self._whole = not message.get("more_body", False)
        return message


class _Reply:
    """Adds the headers that every response has."""

    def __init__(self, send: Send, identity: str, origin: str) -> None:
        self._send = send
        self._identity = identity
        self.origin = origin
        self.status = 499  # the client went away before there was a response
        self.begun = False

    async def send(self, message: Message) -> None:
        """Send a part of the response."""
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            there = {name.lower() for name, _ in message["headers"]}
            added = {**_HEADERS, "x-request-id": self._identity}
            if self.origin:
                added |= {"access-control-allow-origin": self.origin, "vary": "Origin"}
                added |= {"access-control-expose-headers": "X-Request-ID, Retry-After"}
                added["cross-origin-resource-policy"] = "cross-origin"
            message["headers"] = [
                *message["headers"],
                *((name.encode(), value.encode()) for name, value in added.items() if name.encode() not in there),
            ]
        await self._send(message)

    async def preflight(self) -> None:
        """Tell a browser what pages of an allowed origin may send."""
        headers = [
            (b"access-control-allow-methods", b"GET, POST, DELETE"),
            (b"access-control-allow-headers", b"authorization, content-type, x-api-key, x-request-id"),
            (b"access-control-max-age", b"600"),
        ]
        await self.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self.send({"type": "http.response.body", "body": b""})


def _name_of(host: str) -> str:
    """Return the name of a Host header without its port."""
    if host.startswith("["):
        name, end, _ = host[1:].partition("]")
        return name.lower() if end else ""
    return host.partition(":")[0].lower()


def _is_address(name: str) -> bool:
    """Tell whether a host is written as an address: no name service can be made to lie about one."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
