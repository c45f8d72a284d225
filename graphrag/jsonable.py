"""Results as JSON-able values: one shape for the command line, the server, the client and agents."""

from dataclasses import asdict
from typing import Any

from graphrag.types import Answer, Event, Evidence, Quote, SearchResult, Step

__all__ = [
    "answer_json",
    "answer_line",
    "event_json",
    "evidence_json",
    "quote_json",
    "search_json",
    "search_line",
    "step_json",
]


def search_json(result: SearchResult) -> dict[str, Any]:
    """Return a search result as JSON-able values."""
    return {
        "question": result.plan.question,
        "plan": asdict(result.plan),
        "passages": [evidence_json(evidence) for evidence in result.passages],
        "timings": dict(result.timings),
    }


def search_line(key: str | int, result: SearchResult) -> dict[str, Any]:
    """Return the line of a search in a batch."""
    return {
        "id": key,
        "passages": [
            {"document_id": found.chunk.document_id, "chunk_id": found.chunk.id, "score": found.score}
            for found in result.passages
        ],
        "timings": dict(result.timings),
    }


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON-able values."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "found": answer.found,
        "confidence": answer.confidence,
        "citations": [quote_json(quote) for quote in answer.citations],
        "path": [step_json(step) for step in answer.path],
        "evidence": [evidence_json(evidence) for evidence in answer.evidence],
        "plan": asdict(answer.plan),
        "timings": dict(answer.timings),
        **_beside(answer),
    }


def _beside(answer: Answer) -> dict[str, Any]:
    """Return what only some answers have: notes, and what an LLM cost."""
    notes: dict[str, Any] = {"notes": list(answer.notes)} if answer.notes else {}
    return notes | ({"usage": dict(answer.usage)} if answer.usage else {})


def event_json(event: Event) -> dict[str, Any]:
    """Return a step of an answer as JSON-able values: its kind under "event", and what it says."""
    said: dict[str, Any] = {}
    if event.kind == "plan":
        said = {"plan": asdict(event.value)}
    elif event.kind == "evidence":
        said = {"passages": [evidence_json(found) for found in event.value]}
    elif event.kind == "delta":
        said = {"text": event.value}
    elif event.kind == "citations":
        said = {"citations": [quote_json(quote) for quote in event.value]}
    elif event.kind == "done":
        said = {"answer": answer_json(event.value)}
    return {"event": event.kind, **said}


def answer_line(key: str | int, answer: Answer) -> dict[str, Any]:
    """Return the line of an answer in a batch."""
    return {
        "id": key,
        "question": answer.question,
        "answer": answer.text,
        "citations": [quote_json(quote) for quote in answer.citations],
        "confidence": answer.confidence,
        "path": [step_json(step) for step in answer.path],
        "timings": dict(answer.timings),
        **_beside(answer),
    }


def evidence_json(found: Evidence) -> dict[str, Any]:
    """Return a passage with why it was found."""
    return {
        "document_id": found.chunk.document_id,
        "chunk_id": found.chunk.id,
        "score": found.score,
        "title": found.chunk.title,
        "heading": found.chunk.heading,
        "position": found.chunk.position,
        "start": found.chunk.span.start,
        "end": found.chunk.span.end,
        "text": found.chunk.text,
        "sentences": [[span.start, span.end] for span in found.chunk.sentences],
        "found_by": dict(found.found_by),
        "path": [step_json(step) for step in found.path],
        "quotes": [quote_json(quote) for quote in found.quotes],
    }


def step_json(step: Step) -> dict[str, Any]:
    """Return one step of a path."""
    return {
        "entity_id": step.entity_id,
        "name": step.name,
        "document_id": step.document_id,
        "predicate": step.predicate,
        "quote": quote_json(step.quote) if step.quote is not None else None,
    }


def quote_json(quote: Quote) -> dict[str, Any]:
    """Return a quote with its offsets side by side, and its page where its document has pages."""
    return {
        "document_id": quote.document_id,
        "chunk_id": quote.chunk_id,
        "start": quote.span.start,
        "end": quote.span.end,
        "quote": quote.text,
        **({} if quote.page is None else {"page": quote.page}),
    }
