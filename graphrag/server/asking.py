"""The routes that take questions: search, ask, explain."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response

from graphrag.engine import GraphRAG
from graphrag.jsonable import answer_json, evidence_json, quote_json, search_json
from graphrag.server import shapes
from graphrag.server.access import Principal, Reader
from graphrag.server.replies import EVENT_STREAM, event, event_stream
from graphrag.server.services import Services, services_of
from graphrag.types import Event

__all__ = ["counted", "router", "turns_of"]

router = APIRouter(tags=["questions"])


@router.post("/v1/search", response_model=shapes.Searched)
async def search(request: Request, body: shapes.SearchRequest, who: Reader) -> Response:
    """Return the passages that bear on a question, best first, and why each was found."""
    services = _noted(request, body.question)
    return await services.reply(who, lambda rag: search_json(rag.search(body.question, **_options(body))))


@router.post("/v1/ask", response_model=shapes.Answered, responses=EVENT_STREAM)
async def ask(request: Request, body: shapes.AskRequest, who: Reader) -> Response:
    """Answer a question with citations, at once or as server-sent events."""
    services = _noted(request, body.question)
    if body.stream or "text/event-stream" in request.headers.get("accept", ""):
        return await event_stream(_told(services, body, who))

    def say(rag: GraphRAG) -> dict[str, Any]:
        answer = rag.ask(body.question, **_answering(body))
        services.access.used(who, answer.usage)
        return answer_json(answer)

    return await services.reply(who, say)


@router.post("/v1/explain", response_model=dict[str, Any])
async def explain(request: Request, body: shapes.ExplainRequest, who: Reader) -> Response:
    """Return the whole way from a question to its ranking; ``why_not`` says where a document was lost."""
    services = _noted(request, body.question)
    return await services.reply(who, lambda rag: rag.explain(body.question, why_not=body.why_not, **_options(body)))


def turns_of(history: list[shapes.Turn]) -> list[tuple[str, str]]:
    """Return a talk as pairs of question and answer; a question without an answer has an empty one."""
    turns: list[tuple[str, str]] = []
    for message in history:
        if message.role == "user":
            turns.append((message.content, ""))
        elif message.role == "assistant" and turns:
            turns[-1] = (turns[-1][0], "\n".join(part for part in (turns[-1][1], message.content) if part))
    return turns


@contextmanager
def counted(services: Services, who: Principal, events: Iterator[Event]) -> Iterator[Iterator[Event]]:
    """Give the events of an answer, and count at the end what the LLM cost.

    Where the client has gone before, the answer of a key with a budget is told to its end all the same: nobody gets
    round a budget by hanging up.
    """

    def noting() -> Iterator[Event]:
        for step in events:
            if step.kind == "done":
                services.access.used(who, step.value.usage)
            yield step

    steps = noting()
    try:
        yield steps
    finally:
        if who.key is not None and who.key.tokens_per_day is not None:
            for _ in steps:
                pass


def _noted(request: Request, question: str) -> Services:
    """Return the services, and give the question to the log where that is asked for."""
    services = services_of(request)
    if services.settings.log_questions:
        request.state.question = question
    return services


def _options(body: shapes.SearchRequest) -> dict[str, Any]:
    """Return the options of a search for the engine."""
    return {"k": body.k, "mode": body.mode, "filters": body.filters or None, "level": body.level}


def _answering(body: shapes.AskRequest) -> dict[str, Any]:
    """Return the options of an answer for the engine."""
    return {**_options(body), "history": turns_of(body.history), "style": body.style}


async def _told(services: Services, body: shapes.AskRequest, who: Principal) -> AsyncIterator[bytes]:
    """Yield the events of an answer."""

    def work() -> Iterator[bytes]:
        with (
            services.graph(who) as rag,
            counted(services, who, rag.ask_stream(body.question, **_answering(body))) as steps,
        ):
            said = ""
            for step in steps:
                if step.kind == "evidence":
                    yield from (event("evidence", evidence_json(passage)) for passage in step.value)
                elif step.kind == "delta":
                    said += step.value
                    yield event("answer", {"text": said, "delta": step.value})
                elif step.kind == "citations":
                    yield event("citations", [quote_json(quote) for quote in step.value])
                elif step.kind == "done":
                    yield event("done", answer_json(step.value))
                else:
                    yield event("plan", asdict(step.value))

    async for one in services.threads.each(work):
        yield one
