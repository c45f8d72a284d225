"""The seams: a protocol only where more than one implementation exists or is planned."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from graphrag.types import (
    Chunk,
    Community,
    CommunityReport,
    Evidence,
    Extraction,
    ParsedSentence,
    PassageVectors,
    Resolution,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from graphrag.types import FloatArray

__all__ = ["LLM", "Embedder", "Extractor", "Parser", "Progress", "Refiner", "Reply", "Reporter", "Request", "Reranker"]


class Extractor(Protocol):
    """Reads mentions and statements from chunks.  Pure: the result depends on the chunk and the settings alone."""

    fingerprint: str
    """Changes whenever results would: implementation version, model name and version, options."""

    def extract(self, chunks: Sequence[Chunk]) -> list[Extraction]:
        """Return one extraction for each chunk, in order."""


class Refiner(Protocol):
    """Reads chunks a second time, better and dearer than the extractor: by an LLM, or from a file.

    It runs in the build's own process.  What it gives takes the place of the extractor's reading of that chunk.
    """

    fingerprint: str
    """Changes whenever results would; never holds a secret."""

    apart: Sequence[Mapping[str, Any]]
    """What was read and is not wanted, each with the ``digest`` of its passage; kept in a file beside the graph."""

    def choose(self, passages: Iterable[tuple[Chunk, Extraction]]) -> set[str]:
        """Return the digests of the chunks that it is to read, of all chunks with what the extractor read."""

    def refine(self, passages: Sequence[tuple[Chunk, Extraction]]) -> Iterator[tuple[int, Extraction | str]]:
        """Yield the place of each passage with its reading, or with why there is none, in any order.

        A passage without a reading keeps the extractor's, is listed, and is tried again by the next build.
        """

    def expect(self, passages: Iterable[tuple[Chunk, Extraction]]) -> "Iterator[tuple[Request, int]]":
        """Yield the requests that reading passages takes, each with about how many tokens its reply has."""

    def report(self) -> str:
        """Return one short sentence about what was dropped so far; empty where nothing was."""


class Reporter(Protocol):
    """Writes the reports on communities anew; it runs in the build's own process."""

    fingerprint: str
    """Changes whenever reports would; never holds a secret."""

    def count(self, reports: Sequence[CommunityReport]) -> int:
        """Return how many of these reports it is to write."""

    def write(
        self,
        reports: Sequence[CommunityReport],
        communities: Sequence[Community],
        resolution: Resolution,
        advance: Callable[[], None],
    ) -> tuple[list[CommunityReport], int]:
        """Return the reports, and how many could not be written and are as they were; these are tried again later."""

    def expect(
        self, reports: Sequence[CommunityReport], communities: Sequence[Community], resolution: Resolution
    ) -> "Iterator[tuple[Request, int]]":
        """Yield the requests of :meth:`write`, each with about how many tokens its reply has."""

    def report(self) -> str:
        """Return one short sentence about what was not used; empty where all was."""


class Embedder(Protocol):
    """Turns text into unit vectors.  Pure: a text's vector is the same to the bit whatever it is embedded with.

    One that puts an instruction before questions may also have ``embed_phrase``, for parts of a question without it.
    """

    fingerprint: str
    dimensions: int

    def embed_chunks(self, chunks: Sequence[Chunk]) -> list[PassageVectors]:
        """Return the passage vector and the sentence vectors of each chunk, in order."""

    def embed_query(self, text: str) -> "FloatArray":
        """Return the vector (dimensions,) of a question."""


@dataclass(frozen=True, slots=True)
class Request:
    """What an LLM is asked."""

    stage: str  # what its usage is counted under: "extraction", "reports", "answering"
    messages: tuple[tuple[str, str], ...]  # (role, text): roles are "system", "user" and "assistant"
    shape: "type[BaseModel] | None" = None  # what the reply must be: JSON that this model accepts; None: plain text
    max_tokens: int | None = None  # the most that the reply may have; None: as the recipe says


@dataclass(frozen=True, slots=True)
class Reply:
    """What an LLM said.  A reply with a ``problem`` is not to be used."""

    text: str
    value: Any = None  # an object of the request's shape; None where the request has none, or the reply is bad
    problem: str = ""  # why the reply cannot be used; empty where it is good
    tokens_in: int = 0  # with all attempts; what was paid when the reply was made, also where it comes from the cache
    tokens_out: int = 0
    cached: bool = False

    @property
    def good(self) -> bool:
        """Whether the reply can be used."""
        return not self.problem


class LLM(Protocol):
    """Answers requests in the order given; concurrency, retries, cache and budget are its own affair."""

    fingerprint: str
    """The model and the settings that decide what it says; never a secret."""

    def complete(self, requests: Sequence[Request]) -> list[Reply]:
        """Return one reply for each request, in order.

        A reply that cannot be used has a problem; an endpoint that refuses all requests, and a budget that is spent,
        are errors.
        """

    def replies(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Yield the replies of :meth:`complete` as they come, each with the place of its request."""

    def stream(self, request: Request) -> Iterator[str]:
        """Yield the text of a reply piece by piece; the request has no shape."""


class Parser(Protocol):
    """Reads the grammar of questions and sentences.  Pure: a sentence's parse does not depend on the others."""

    def parse(self, sentences: Sequence[str]) -> list[ParsedSentence]:
        """Return the parse of each sentence, in order."""


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
