"""Reading results back from JSON: the other way of :mod:`graphrag.jsonable`.

KeyError, TypeError or ValueError where a value has another shape.
"""

from collections.abc import Mapping
from typing import Any

from graphrag.types import Answer, Chunk, Evidence, Plan, Quote, SearchResult, Seed, Span, Step

__all__ = ["answer_from", "evidence_from", "plan_from", "quote_from", "search_from", "step_from"]


def search_from(value: Mapping[str, Any]) -> SearchResult:
    """Return the search result that :func:`graphrag.jsonable.search_json` wrote."""
    passages = tuple(evidence_from(passage) for passage in value["passages"])
    return SearchResult(plan_from(value["plan"]), passages, dict(value["timings"]))


def answer_from(value: Mapping[str, Any]) -> Answer:
    """Return the answer that :func:`graphrag.jsonable.answer_json` wrote."""
    return Answer(
        question=value["question"],
        text=value["answer"],
        citations=tuple(quote_from(quote) for quote in value["citations"]),
        confidence=value["confidence"],
        path=tuple(step_from(step) for step in value["path"]),
        evidence=tuple(evidence_from(passage) for passage in value["evidence"]),
        plan=plan_from(value["plan"]),
        timings=dict(value["timings"]),
        notes=tuple(value.get("notes", ())),
        usage=value.get("usage", {}),
    )


def plan_from(value: Mapping[str, Any]) -> Plan:
    """Return the plan of a result."""
    seeds = tuple(Seed(seed["entity_id"], seed["name"], Span(**seed["span"])) for seed in value["seeds"])
    return Plan(value["question"], value["kind"], seeds, value["residual"], tuple(value["sub_questions"]))


def evidence_from(value: Mapping[str, Any]) -> Evidence:
    """Return the passage that :func:`graphrag.jsonable.evidence_json` wrote."""
    chunk = Chunk(
        id=value["chunk_id"],
        document_id=value["document_id"],
        position=value["position"],
        span=Span(value["start"], value["end"]),
        text=value["text"],
        title=value["title"],
        heading=value["heading"],
        sentences=tuple(Span(start, end) for start, end in value["sentences"]),
    )
    path = tuple(step_from(step) for step in value["path"])
    quotes = tuple(quote_from(quote) for quote in value["quotes"])
    return Evidence(chunk, value["score"], dict(value["found_by"]), path, quotes)


def step_from(value: Mapping[str, Any]) -> Step:
    """Return the step that :func:`graphrag.jsonable.step_json` wrote."""
    quote = None if value["quote"] is None else quote_from(value["quote"])
    return Step(value["entity_id"], value["name"], value["document_id"], value["predicate"], quote)


def quote_from(value: Mapping[str, Any]) -> Quote:
    """Return the quote that :func:`graphrag.jsonable.quote_json` wrote."""
    span = Span(value["start"], value["end"])
    return Quote(value["document_id"], value["chunk_id"], span, value["quote"], value.get("page"))
