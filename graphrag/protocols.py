"""The seams: a protocol only where more than one implementation exists or is planned."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from graphrag.types import Chunk, Evidence, Extraction, PassageVectors

if TYPE_CHECKING:
    from pydantic import BaseModel

    from graphrag.types import FloatArray

__all__ = ["LLM", "Embedder", "Extractor", "Progress", "Reply", "Request", "Reranker"]


class Extractor(Protocol):
    """Reads mentions and statements from chunks.  Pure: the result depends on the chunk and the settings alone."""

    fingerprint: str
    """Changes whenever results would: implementation version, model name and version, options."""

    def extract(self, chunks: Sequence[Chunk]) -> list[Extraction]:
        """Return one extraction for each chunk, in order."""


class Reranker(Protocol):
    """Reads a question and passages together, and says in which order they help."""

    def rerank(self, question: str, passages: Sequence[Evidence]) -> list[int]:
        """Return the places of all passages, the most helpful first."""


class Progress(Protocol):
    """Hears how far a build is.  The command line draws it; the library's default says nothing."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins; ``total`` is its number of units where known."""

    def advance(self, units: int = 1) -> None:
        """``units`` more of the current stage are done."""

    def finish(self, note: str = "") -> None:
        """The current stage is over; ``note`` is one short sentence about its result."""
