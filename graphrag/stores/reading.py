"""What asking and publishing read of a graph, wherever it lives: the protocol of all stores."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from graphrag.types import (
    About,
    Chunk,
    ChunkId,
    Community,
    CommunityReport,
    Document,
    DocumentId,
    Entity,
    EntityId,
    EntityMention,
    Fact,
    Merge,
    Scalar,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.stores.browsing import Browser

__all__ = ["Reader"]


class Reader(Protocol):
    """A finished graph, read from one state; :class:`graphrag.stores.workspace.Workspace` says what each gives."""

    @property
    def path(self) -> object:
        """Where the graph lives, for messages."""

    def close(self) -> None:
        """Let go of the store."""

    def arrays(self) -> "Mapping[str, NDArray[Any]]":
        """Return the arrays of the retrieval index."""

    def meta(self, key: str) -> Any:
        """Return what the build noted, or None."""

    def counts(self) -> dict[str, int]:
        """Return how much there is of each kind."""

    def verify(self) -> list[str]:
        """Return what is wrong with the store, empty where nothing is."""

    def documents(self) -> Iterator[Document]:
        """Yield all documents, by id."""

    def document(self, identity: str) -> Document | None:
        """Return a document."""

    def metadata_of(self, ids: Sequence[str]) -> Mapping[DocumentId, Mapping[str, Scalar]]:
        """Return the metadata of documents by id, without their texts; unknown ids are left out."""

    def chunks(self, rows: Iterable[int] | None = None) -> Iterator[Chunk]:
        """Yield chunks by row in the order asked for, or all."""

    def chunk_ids(self) -> list[ChunkId]:
        """Return the ids of all chunks, in row order."""

    def chunks_by_id(self, ids: Sequence[str]) -> list[Chunk]:
        """Return chunks by id, in the order asked for."""

    def rows_where(self, filters: Mapping[str, str]) -> list[int]:
        """Return the rows of the chunks whose document has these field values."""

    def entities(self, rows: Iterable[int] | None = None) -> Iterator[Entity]:
        """Yield the entities of these rows in row order, or all."""

    def entity_ids(self) -> list[EntityId]:
        """Return the ids of all entities, in row order."""

    def entities_by_id(self, ids: Sequence[str]) -> list[Entity]:
        """Return entities by id, in the order asked for."""

    def mentions(self, chunk_ids: Sequence[str] | None = None) -> Iterator[EntityMention]:
        """Yield the mentions in these chunks, or all."""

    def abouts(self) -> Iterator[About]:
        """Yield which documents are about which entities."""

    def abouts_of(self, entity_ids: Sequence[str]) -> Iterator[About]:
        """Yield which documents are about these entities."""

    def facts(self) -> Iterator[Fact]:
        """Yield all facts, by id."""

    def facts_in(self, chunk_ids: Sequence[str]) -> list[Fact]:
        """Return the facts that these chunks support, by id."""

    def merges(self) -> Iterator[Merge]:
        """Yield all merges of names."""

    def communities(self) -> Iterator[Community]:
        """Yield all communities, the coarsest first."""

    def reports(self) -> Iterator[CommunityReport]:
        """Yield all reports, in the order of the communities."""

    def browse(self) -> "Browser":
        """Return what lists of the graph are read with."""
