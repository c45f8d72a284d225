"""A scripted model that answers from the evidence it is shown, as a good one would."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["evidence_of", "prompt_of", "told"]

_ITEM = re.compile(r"^\[(\d+)\] ?(.*)\n(.*)$", re.MULTILINE)
_KINDS = {
    "answer questions from evidence": "compose",
    "rewrite the last question": "condense",
    "reword a question": "rewrite",
    "split a question": "decompose",
    "as they might stand in an encyclopedia": "hyde",
    "more general question": "step_back",
    "decide what to look up next": "next_question",
    "order passages": "rerank",
    "read findings": "theme",
    "from partial answers": "overview",
    "write one Cypher statement": "cypher",
    "rows that a database returned": "cypher_answer",
}


def prompt_of(body: Mapping[str, Any]) -> str:
    """Return which prompt a request was made of."""
    system = body["messages"][0]["content"]
    return next(name for words, name in _KINDS.items() if words in system)


def evidence_of(body: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Return number, title and text of each piece of evidence in a request."""
    said = body["messages"][1]["content"]
    return [(int(number), title, text) for number, title, text in _ITEM.findall(said)]


def told(**replies: str | Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], str]:
    """Return what a server answers: by prompt a text, or a function of the request."""

    def answer(body: dict[str, Any]) -> str:
        said = replies[prompt_of(body)]
        found = said(body) if callable(said) else said
        return found if isinstance(found, str) else json.dumps(found)

    return answer
