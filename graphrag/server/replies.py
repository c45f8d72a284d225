"""Responses: JSON that a worker thread has written, and server-sent events."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Response
from fastapi.responses import StreamingResponse

from graphrag.server.problems import as_problem, problem_body

__all__ = ["EVENT_STREAM", "as_json", "event", "event_stream", "json_response"]

_EVENT = {
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON"}},
    "required": ["data"],
}
EVENT_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": _EVENT}}}}
"""How OpenAPI describes a response of server-sent events."""


def as_json(value: Any) -> bytes:
    """Return a value as JSON in UTF-8; called in worker threads, so that the event loop stays free."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def json_response(body: bytes, status: int = 200) -> Response:
    """Return a response of JSON."""
    return Response(body, status, media_type="application/json")


def event(name: str, value: Any) -> bytes:
    """Return a server-sent event; JSON has no line breaks of its own."""
    return b"event: " + name.encode() + b"\ndata: " + as_json(value) + b"\n\n"


async def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Return a response of server-sent events.

    An error before the first of them is raised, so that the response's status says it; a later one is the event
    ``error``.
    """
    first = await anext(events, b"")

    async def told() -> AsyncIterator[bytes]:
        yield first
        try:
            async for one in events:
                yield one
        except Exception as error:  # noqa: BLE001 - the response has begun, so its status cannot say it
            yield event("error", problem_body(as_problem(error)))

    return StreamingResponse(told(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
