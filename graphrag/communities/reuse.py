"""Reports that need not be written again: kept by a key of all that a report is made of.

Equal keys mean equal reports, so that what was kept may be taken or thrown away without the result changing.
"""

import hashlib
from collections.abc import Iterable, MutableMapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.columns import Columns
from graphrag.communities.levels import Level
from graphrag.communities.numbers import id_numbers, mixed
from graphrag.communities.units import Place
from graphrag.types import CommunityReport, Entity, Fact

if TYPE_CHECKING:
    from graphrag.communities.numbers import IntArray

__all__ = ["KeptReport", "KeptReports", "Keys"]

KeptReport = tuple[CommunityReport, tuple[Place, ...]]
"""A report, and the units that its findings are, which the report above it chooses from."""

KeptReports = MutableMapping[str, KeptReport]
"""Key -> what was kept."""


class Keys:
    """Makes the keys of communities.

    How strong a community is as a whole is left out: a report's rank is made anew.

    Parameters
    ----------
    made_by : str
        What writes the reports, with its version, and what the vectors are of that it looks at.
    entities, facts : sequence
        Ordered by id.
    columns : Columns
        Of the same corpus.
    years : ndarray (n_facts, 2)
        What :func:`graphrag.communities.years.years_of` returns.
    """

    def __init__(
        self, made_by: str, entities: Sequence[Entity], facts: Sequence[Fact], columns: Columns, years: "IntArray"
    ) -> None:
        self._made_by = made_by.encode()
        # The id stands for subject, predicate and object.
        said = id_numbers([fact.id for fact in facts])
        self._facts = mixed(said, *years.T)
        self._chunks = columns.chunk_numbers(id_numbers([entity.id for entity in entities]), said)
        documents_of = columns.documents_of
        self._entities = [
            f"{e.id}\0{e.name}\0{e.label}\0{e.description}\0{sorted(documents_of[row]) if row in documents_of else ''}"
            for row, e in enumerate(entities)
        ]

    def of(self, level: Level, community: int, made_of: "IntArray | Iterable[str]") -> str:
        """Return the key of a community.

        Parameters
        ----------
        level : Level
            Of the community.
        community : int
            Its position there.
        made_of : ndarray of int or iterable of str
            The chunks that the report is made of, ascending, or the keys of the reports that it is made of.
        """
        rows = level.rows_of(community)
        ranked = np.searchsorted(rows, level.ranked(community))
        read = "\1".join([self._entities[row] for row in rows.tolist()])
        chosen = self._chunks[made_of].tobytes() if isinstance(made_of, np.ndarray) else "".join(made_of).encode()
        parts = (
            self._made_by,
            read.encode("utf-8", "surrogatepass"),
            level.share[rows].tobytes(),
            ranked.tobytes(),
            self._facts[level.facts_of(community)].tobytes(),
            chosen,
        )
        lengths = np.array([len(part) for part in parts])
        return hashlib.blake2b(b"".join([lengths.tobytes(), *parts]), digest_size=16).hexdigest()
