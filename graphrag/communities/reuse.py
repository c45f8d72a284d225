"""Reports that need not be written again: kept by a key of all that a report is made of.

Equal keys mean equal reports, so that what was kept may be taken or thrown away without the result changing.
"""

import hashlib
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.sources import Sources
from graphrag.types import Chunk, ChunkId, Community, CommunityId, CommunityReport, Entity, Fact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    WeightArray = NDArray[np.float64]

__all__ = ["KeptReport", "KeptReports", "Keys", "Place"]

Place = tuple[ChunkId, int, int]
"""A unit that a report was made of: its chunk, and the numbers of its first and last sentence there."""


KeptReport = tuple[CommunityReport, tuple[Place, ...]]
"""A report, and the units that its findings are, which the report above it chooses from."""

KeptReports = MutableMapping[str, KeptReport]
"""Key -> what was kept."""


class Keys:
    """Makes the keys of communities, parts before wholes.

    Parameters
    ----------
    made_by : str
        What writes the reports, with its version, and what the vectors are of that it looks at.
    entities, facts : sequence
        Ordered by id.
    sources : Sources
        Of the same corpus.
    chunks : iterable of Chunk
        All chunks.
    total : ndarray (n_entities,)
        Strength of each entity.
    """

    def __init__(
        self,
        made_by: str,
        entities: Sequence[Entity],
        facts: Sequence[Fact],
        sources: Sources,
        chunks: Iterable[Chunk],
        total: "WeightArray",
    ) -> None:
        self._made_by = made_by
        self._facts = facts
        self._sources = sources
        self._total = total
        self._entities = entities
        self._chunk_keys = sources.chunk_keys(chunks)
        self._members: dict[int, tuple[object, ...]] = {}  # an entity is in a community of each level

    def of(
        self,
        rows: "IntArray",
        inside: "WeightArray",
        about: Sequence[int],
        parts: Sequence[Community],
        keys: Mapping[CommunityId, str],
    ) -> str:
        """Return the key of a community.

        Parameters
        ----------
        rows : ndarray of int
            Of its members, ascending.
        inside : ndarray (n_entities,)
            Strength of each entity within its community.
        about : sequence of int
            Rows of the facts about it.
        parts : sequence of Community
            The communities below it.
        keys : mapping of CommunityId to str
            The keys of those that have a report, by id.
        """
        said = [self._facts[number] for number in about]
        read = (
            self._made_by,
            [keys.get(part.id) for part in parts],
            [self._member(row) for row in rows.tolist()],
            # The id stands for subject, predicate and object.
            [part for fact in said for part in (fact.id, fact.value, fact.when)],
        )
        numbers = [inside[rows].tobytes(), self._total[rows].tobytes()]
        chunks = [self._chunk_keys[number] for number in self._sources.chunks_of(rows).tolist()]
        whole = b"".join([repr(read).encode("utf-8", "surrogatepass"), *numbers, *chunks])
        return hashlib.blake2b(whole, digest_size=16).hexdigest()

    def _member(self, row: int) -> tuple[object, ...]:
        """Return what reports read of an entity itself."""
        known = self._members.get(row)
        if known is None:
            entity = self._entities[row]
            documents = sorted(self._sources.documents_of.get(row, ()))
            known = self._members[row] = entity.id, entity.name, entity.label, entity.description, documents
        return known
