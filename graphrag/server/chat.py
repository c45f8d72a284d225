"""OpenAI's chat protocol, so that existing chat programs can ask: citations as numbered quotes, and as data."""

import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from graphrag.engine import GraphRAG
from graphrag.jsonable import quote_json
from graphrag.server import shapes
from graphrag.server.access import Principal, Reader
from graphrag.server.asking import counted, turns_of
from graphrag.server.problems import Problem
from graphrag.server.replies import EVENT_STREAM, as_json, event_stream, json_response
from graphrag.server.services import Services, services_of
from graphrag.types import Answer

__all__ = ["MODELS", "router"]

router = APIRouter(tags=["chat"])

MODELS = {"hopgraph": None} | {f"hopgraph-{mode}": mode for mode in ("basic", "local", "global", "drift")}
"""Model names to modes of asking."""

_NOT_FOUND = "Not found in these documents."


class Part(BaseModel):
    """A part of a message; only texts are read."""

    type: str = Field(max_length=100)
    text: str = Field("", max_length=20_000)


class Message(BaseModel):
    """A message of a talk."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str, Field(max_length=20_000)] | Annotated[list[Part], Field(max_length=100)] | None = None


class ChatRequest(BaseModel):
    """A request of OpenAI's protocol; fields that steer a language model are taken and do nothing."""

    model_config = ConfigDict(extra="allow")

    model: str = Field("hopgraph", max_length=200, examples=["hopgraph"])
    messages: list[Message] = Field(
        min_length=1, max_length=200,
        examples=[[{"role": "user", "content": "Where was the director of film Under The Cards born?"}]],
    )  # fmt: skip
    stream: bool = False


@router.get("/v1/models", response_model=dict[str, Any])
async def list_models(request: Request, who: Reader) -> Response:
    """List the models, which are ways of asking."""
    models = [{"id": name, "object": "model", "created": 0, "owned_by": "hopgraph"} for name in MODELS]
    return json_response(as_json({"object": "list", "data": models}))


@router.post("/v1/chat/completions", response_model=dict[str, Any], responses=EVENT_STREAM)
async def complete(request: Request, body: ChatRequest, who: Reader) -> Response:
    """Answer the last message of the user."""
    services = services_of(request)
    if body.model not in MODELS:
        raise Problem(404, f"There is no model {body.model[:100]!r}; models: {', '.join(MODELS)}.")
    question, history = _asked(body)
    if services.settings.log_questions:
        request.state.question = question
    head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": body.model}
    options: dict[str, Any] = {"mode": MODELS[body.model], "history": turns_of(history)}
    if body.stream:
        return await event_stream(_streamed(services, who, question, options, head, usage=_wants_usage(body)))

    def say(rag: GraphRAG) -> dict[str, Any]:
        answer = rag.ask(question, **options)
        services.access.used(who, answer.usage)
        content = answer.text + _sources(answer) if answer.found else _NOT_FOUND
        message = {"role": "assistant", "content": content, "citations": [quote_json(q) for q in answer.citations]}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        usage = _usage(question, content, answer)
        return {**head, "object": "chat.completion", "choices": [choice], "usage": usage}

    return await services.reply(who, say)


def _asked(body: ChatRequest) -> tuple[str, list[shapes.Turn]]:
    """Return the last question of a talk and what was said before."""
    said = [(message.role, _text(message)) for message in body.messages]
    places = [place for place, (role, text) in enumerate(said) if role == "user" and text.strip()]
    if not places:
        raise Problem(422, "The messages hold no question: the last message of the role user is answered.")
    question = said[places[-1]][1]
    if len(question) > 4000:
        raise Problem(422, "The question is longer than 4,000 characters.")
    before = [
        shapes.Turn(role="user" if role == "user" else "assistant", content=text)
        for role, text in said[: places[-1]]
        if role in ("user", "assistant") and text.strip()
    ]
    return question, before[-50:]


def _text(message: Message) -> str:
    """Return the text of a message."""
    parts = message.content or ""
    return parts if isinstance(parts, str) else "\n".join(part.text for part in parts if part.type == "text")


def _sources(answer: Answer) -> str:
    """Return the quotes of an answer as numbered lines, to stand below its text."""
    titles = {evidence.chunk.document_id: evidence.chunk.title for evidence in answer.evidence}
    lines = []
    for number, quote in enumerate(answer.citations, 1):
        page = "" if quote.page is None else f", page {quote.page}"
        place = f"{titles.get(quote.document_id) or quote.document_id}{page}"
        lines.append(f"[{number}] “{' '.join(quote.text.split())}” ({place})")
    return "\n\n" + "\n".join(lines) if lines else ""


async def _streamed(
    services: Services, who: Principal, question: str, options: dict[str, Any], head: dict[str, Any], *, usage: bool
) -> AsyncIterator[bytes]:
    """Yield the chunks of a completion: the text as it comes, the quotes below it, and the citations as data."""

    def work() -> Iterator[bytes]:
        yield _chunk(head, {"role": "assistant", "content": ""})
        with services.graph(who) as rag, counted(services, who, rag.ask_stream(question, **options)) as steps:
            for step in steps:
                if step.kind == "delta" and step.value:
                    yield _chunk(head, {"content": step.value})
                elif step.kind == "done":
                    yield from _end(step.value)
        yield b"data: [DONE]\n\n"

    def _end(answer: Answer) -> Iterator[bytes]:
        below = _sources(answer) if answer.found else _NOT_FOUND
        if below:
            yield _chunk(head, {"content": below})
        yield _chunk(head, {"citations": [quote_json(quote) for quote in answer.citations]}, "stop")
        if usage:
            whole = {"choices": [], "usage": _usage(question, answer.text + below, answer)}
            yield _data({**head, "object": "chat.completion.chunk", **whole})

    async for one in services.threads.each(work):
        yield one


def _chunk(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> bytes:
    """Return one chunk."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _data({**head, "object": "chat.completion.chunk", "choices": [choice]})


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _usage(question: str, content: str, answer: Answer) -> dict[str, int]:
    """Return the tokens that an LLM read and wrote; without one, the words of question and answer."""
    asked = answer.usage.get("tokens_in", 0) or len(question.split())
    said = answer.usage.get("tokens_out", 0) or len(content.split())
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _wants_usage(body: ChatRequest) -> bool:
    """Tell whether the client wants the usage at the end of a stream."""
    options = (body.model_extra or {}).get("stream_options")
    return isinstance(options, dict) and bool(options.get("include_usage"))
