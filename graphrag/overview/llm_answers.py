"""Answers about the corpus in an LLM's words: reports give points (map), the best points become one answer (reduce).

Source: Edge et al., "From Local to Global", arXiv 2404.16130, section 3.1.6.  Here every point is checked against the
findings that it cites, and every sentence of the answer against the points, so that each leads to sentences of
documents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from graphrag.answering.compose import STYLES
from graphrag.answering.evidence import Item, fenced, fresh_items, speaks_to_a_model
from graphrag.answering.model import Model
from graphrag.answering.structured import Section
from graphrag.answering.support import Claim, check
from graphrag.protocols import Request
from graphrag.text import token_estimate

__all__ = ["Points", "items_of", "map_points", "reduce_request"]

_LEAST_SCORE = 1  # of a point that is used; 0 says that it does not bear on the question
_TOKENS = {"short": 256, "long": 1024}


class _Point(BaseModel):
    text: str
    score: float = Field(default=50, ge=0, le=100)
    findings: list[int] = Field(default_factory=list, max_length=100)


class _Points(BaseModel):
    points: list[_Point] = Field(max_length=50)


@dataclass(frozen=True, slots=True)
class Points:
    """What reports contribute to a question: supported points, the best first, and how many were not supported."""

    items: tuple[Item, ...]
    removed: int = 0
    failed: int = 0  # reports whose reply could not be used


def items_of(section: Section) -> list[Item]:
    """Return the statements of a section as evidence; those that speak to a model are left out."""
    found = [
        Item(0, section.title, statement.quotes, statement.score, text=" ".join(statement.text.split()),
             origin=statement.community or "")
        for statement in section.statements
        if statement.quotes and not speaks_to_a_model(statement.text)
    ]  # fmt: skip
    return fresh_items(found)


def map_points(model: Model, question: str, sections: Sequence[Section], tokens: int) -> Points:
    """Return the points that sections contribute to a question.

    Parameters
    ----------
    model : Model
        Asked once for each section, all at the same time.
    question : str
        It stands alone.
    sections : sequence of Section
        What reports and things say, the best first.
    tokens : int
        The most tokens of all points together.
    """
    parts = [items for section in sections if (items := items_of(section))]
    requests = []
    for items in parts:
        evidence, mark = fenced(question, items)
        requests.append(model.request("theme", _Points, 768, question=question, evidence=evidence, mark=mark))
    points: list[Item] = []
    removed = failed = 0
    for items, reply in zip(parts, model.ask(requests), strict=True):
        failed += not reply.good
        by_number = {item.number: item for item in items}
        for point in reply.value.points if reply.good else ():
            supported = check(Claim(" ".join(point.text.split()), tuple(point.findings)), by_number, question)
            if supported is None:
                removed += 1
            elif point.score >= _LEAST_SCORE:
                origin = next((item.origin for item in items if item.origin), "")
                points.append(
                    Item(0, items[0].title, supported.quotes, point.score / 100, text=supported.text, origin=origin)
                )
    points.sort(key=lambda item: -item.score)
    return Points(tuple(fresh_items(_within(points, tokens))), removed, failed)


def reduce_request(model: Model, question: str, items: Sequence[Item], style: str) -> Request:
    """Return the request that makes one answer of points."""
    evidence, mark = fenced(question, items)
    return model.request(
        "overview", max_tokens=_TOKENS[style], question=question, evidence=evidence, mark=mark, length=STYLES[style]
    )


def _within(items: Sequence[Item], tokens: int) -> list[Item]:
    """Return the best items that fit into a number of tokens, the first one always."""
    left, kept = tokens, list[Item]()
    for item in items:
        cost = token_estimate(item.shown) + token_estimate(item.title)
        if cost <= left or not kept:
            kept.append(item)
            left -= cost
    return kept
