"""Errors as problem+json (RFC 9457), each with the id of its request."""

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import HTTPException, RequestValidationError

from graphrag import errors
from graphrag.stores.neo4j.connection import Neo4jError

__all__ = ["TITLES", "Problem", "as_problem", "handle_problems", "problem_body", "problem_response", "request_id"]

request_id: ContextVar[str] = ContextVar("request_id", default="")

TITLES = {
    400: "Bad request",
    401: "A key is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "The request came too slowly",
    409: "Conflict",
    413: "The request is too large",
    415: "Another content type is needed",
    421: "Another server is meant",
    422: "The request cannot be used",
    429: "Too many requests",
    500: "Something went wrong here",
    501: "Not offered here",
    502: "The language model failed",
    503: "Not ready",
    504: "It took too long",
}
_STATUS: tuple[tuple[type[errors.GraphRAGError], int], ...] = (
    (errors.WorkspaceLocked, 409),
    (errors.WorkspaceError, 503),
    (Neo4jError, 503),
    (errors.LLMError, 502),
    (errors.MissingExtra, 501),
    (errors.RecipeError, 500),
    (errors.GraphRAGError, 422),
)


class Problem(HTTPException):
    """An error with its HTTP status.

    Parameters
    ----------
    status : int
        The HTTP status.
    detail : str
        What happened and what to do next; it is sent to the client.
    headers : mapping, optional
        Further headers of the response.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.status = status


def as_problem(error: Exception) -> Problem:
    """Return the problem that an error is to a client; what is nobody's mistake says nothing of its inside."""
    if isinstance(error, Problem):
        return error
    status = getattr(error, "status_code", None)  # FastAPI's HTTPException, or that of the library below it
    if isinstance(status, int):
        return Problem(status, str(getattr(error, "detail", "")), getattr(error, "headers", None))
    if isinstance(error, RequestValidationError):
        if isinstance(error.body, bytes) and error.body:  # it was not read: its type is another than JSON's
            return Problem(415, "Send the body as JSON, with the header Content-Type: application/json.")
        return Problem(422, _said(error))
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return Problem(status, str(error), {"Retry-After": "1"} if status in (409, 503) else None)
    return Problem(500, "The server failed on this request; its log says more under the id of the request.")


def problem_body(problem: Problem) -> dict[str, Any]:
    """Return the members of a problem; ``error`` is what clients of OpenAI's protocol look for."""
    title = TITLES.get(problem.status, "Error")
    return {
        "type": "about:blank",
        "title": title,
        "status": problem.status,
        "detail": problem.detail,
        "request_id": request_id.get(),
        "error": {"message": problem.detail, "type": title.lower().replace(" ", "_"), "code": str(problem.status)},
    }


def problem_response(problem: Problem) -> Response:
    """Return a problem as a response."""
    body = json.dumps(problem_body(problem), ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, problem.status, problem.headers, "application/problem+json")


def handle_problems(app: FastAPI) -> None:
    """Let an application answer every error that is foreseen with a problem."""

    async def respond(_: Request, error: Exception) -> Response:
        return problem_response(as_problem(error))

    (base,) = HTTPException.__bases__  # what the library below FastAPI raises, for unknown routes too
    for kind in (base, HTTPException, RequestValidationError, errors.GraphRAGError):
        app.add_exception_handler(kind, respond)


def _said(error: RequestValidationError) -> str:
    """Return what is wrong with a request in words, without repeating its values."""
    said = []
    for item in error.errors()[:5]:
        place = ".".join(str(part) for part in item["loc"] if part != "body")
        said.append(f"{place}: {item['msg']}" if place else str(item["msg"]))
    return "; ".join(said)
