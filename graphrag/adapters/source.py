"""What the adapters search in, and what they tell of a passage."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from graphrag.jsonable import quote_json, step_json
from graphrag.types import Evidence, SearchResult

__all__ = ["Searchable", "metadata_of"]


@runtime_checkable
class Searchable(Protocol):
    """An opened :class:`graphrag.GraphRAG`, or a :class:`graphrag.client.Client`."""

    def search(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
    ) -> SearchResult:
        """Return the passages that bear on a question, best first."""


def metadata_of(found: Evidence) -> dict[str, Any]:
    """Return where a passage stands, why it was found, and its best sentences with their places."""
    chunk = found.chunk
    return {
        "document_id": chunk.document_id,
        "chunk_id": chunk.id,
        "title": chunk.title,
        "heading": chunk.heading,
        "start": chunk.span.start,
        "end": chunk.span.end,
        "score": found.score,
        "found_by": dict(found.found_by),
        "path": [step_json(step) for step in found.path],
        "citations": [quote_json(quote) for quote in found.quotes],
    }
