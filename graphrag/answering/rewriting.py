"""Other questions to search with, in an LLM's words: rewriting, decomposition, HyDE, step-back; and standing alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from graphrag.answering.condense import Turn
from graphrag.answering.model import Model
from graphrag.text import STOP_WORDS, words

__all__ = ["REWRITES", "Search", "condensed", "searches"]

REWRITES = ("rewrite", "decompose", "hyde", "step_back")
"""Ways to make searches of a question, in the order in which they are listed."""

_LONGEST = 400  # characters of a question that a model words
_MOST_PARTS = 4
_TURNS = 4
_OWN_WORDS = 0.6  # share of a condensed question's words that the conversation must hold


class _Question(BaseModel):
    question: str


class _Questions(BaseModel):
    questions: list[str] = Field(max_length=16)


class _Passage(BaseModel):
    passage: str


_SHAPES: dict[str, type[BaseModel]] = {
    "rewrite": _Question,
    "decompose": _Questions,
    "hyde": _Passage,
    "step_back": _Question,
}


@dataclass(frozen=True, slots=True)
class Search:
    """A text to search with, and where it comes from."""

    text: str
    way: str  # "question", one of REWRITES, or "round 1"


def condensed(model: Model, question: str, history: Sequence[Turn], otherwise: str) -> str:
    """Return a follow-up question that stands alone, in an LLM's words.

    Parameters
    ----------
    model : Model
        Asked once.
    question : str
        As typed.
    history : sequence of (question, answer)
        The turns before.
    otherwise : str
        The question by rules, for a reply that cannot be used: one that is empty or long, or whose words mostly come
        from nowhere.
    """
    turns = history[-_TURNS:]
    said = "\n".join(f"Question: {asked[:_LONGEST]}\nAnswer: {answer[:_LONGEST]}" for asked, answer in turns)
    reply = model.ask([model.request("condense", _Question, 128, history=said, question=question)])[0]
    if not reply.good:
        return otherwise
    alone = " ".join(str(reply.value.question).split())
    known = {word for text in (question, said) for word in words(text)} | STOP_WORDS
    mine = words(alone)
    if not mine or len(alone) > _LONGEST or "://" in alone:
        return otherwise
    return alone if sum(word in known for word in mine) >= _OWN_WORDS * len(mine) else otherwise


def searches(model: Model, question: str, ways: Sequence[str]) -> tuple[list[Search], list[str]]:
    """Return the texts to search with beside the question itself, and which ways gave nothing.

    Parameters
    ----------
    model : Model
        Asked once for each way, all at the same time.
    question : str
        It stands alone.
    ways : sequence of str
        Of :data:`REWRITES`.
    """
    wanted = [way for way in REWRITES if way in ways]
    replies = model.ask([model.request(way, _SHAPES[way], 256, question=question) for way in wanted])
    found: list[Search] = []
    failed: list[str] = []
    seen = {question.casefold()}
    for way, reply in zip(wanted, replies, strict=True):
        texts = _texts(reply.value) if reply.good else []
        new = [text for text in texts if text and text.casefold() not in seen][:_MOST_PARTS]
        seen.update(text.casefold() for text in new)
        found += [Search(text, way) for text in new]
        if not texts:
            failed.append(way)
    return found, failed


def _texts(value: object) -> list[str]:
    """Return the texts of a reply, each on one line and of bounded length."""
    said = value.questions if isinstance(value, _Questions) else []
    if isinstance(value, _Question):
        said = [value.question]
    elif isinstance(value, _Passage):
        return [" ".join(value.passage.split())[: 3 * _LONGEST]]
    return [" ".join(text.split())[:_LONGEST] for text in said if text.strip()]
