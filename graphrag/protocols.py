"""The seams: a protocol only where more than one implementation exists or is planned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from graphrag.types import Chunk, Extraction, PassageVectors

if TYPE_CHECKING:
    from graphrag.types import FloatArray

__all__ = ["Embedder", "Extractor", "Progress"]


class Extractor(Protocol):
    """Reads mentions and statements from chunks.  Pure: the result depends on the chunk and the settings alone."""

    fingerprint: str
    """Changes whenever results would: implementation version, model name and version, options."""

    def extract(self, chunks: Sequence[Chunk]) -> list[Extraction]:
        """Return one extraction for each chunk, in order."""


class Embedder(Protocol):
    """Turns text into unit vectors.  Pure: a text's vector is the same to the bit whatever it is embedded with."""

    fingerprint: str
    dimensions: int

    def embed_chunks(self, chunks: Sequence[Chunk]) -> list[PassageVectors]:
        """Return the passage vector and the sentence vectors of each chunk, in order."""

    def embed_query(self, text: str) -> "FloatArray":
        """Return the vector (dimensions,) of a question."""


class Progress(Protocol):
    """Hears how far a build is.  The command line draws it; the library's default says nothing."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins; ``total`` is its number of units where known."""

    def advance(self, units: int = 1) -> None:
        """``units`` more of the current stage are done."""

    def finish(self, note: str = "") -> None:
        """The current stage is over; ``note`` is one short sentence about its result."""
