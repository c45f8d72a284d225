"""The items of a workspace's graph: which there are, and each made when it is asked for."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from graphrag.errors import WorkspaceError
from graphrag.stores import hydrate
from graphrag.stores.neo4j.fingerprints import Reading, value_texts
from graphrag.stores.neo4j.items import Item
from graphrag.stores.neo4j.parts import PART_BYTES, cut, part_id
from graphrag.stores.neo4j.properties import (
    Link,
    chunk_properties,
    community_properties,
    document_properties,
    entity_properties,
    fact_link,
    mention_links,
)
from graphrag.stores.neo4j.vectors import Members, Vectors
from graphrag.stores.rows import dump
from graphrag.types import CommunityId, Document, EntityId, EntityMention, Fact, stable_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.stores.workspace import Workspace

__all__ = ["Content", "ValueIds", "refuse_fresh"]

_KEPT = 500_000  # rows of a workspace whose items are kept between passes: a few hundred MB at most
_SOME = 20_000  # items of a change that are kept between passes

_ABOUTS = (
    "SELECT d.id, e.id, a.weight, a.reason FROM about a JOIN document d ON d.row = a.document "
    "JOIN entity e ON e.row = a.entity"
)
_MERGES = "SELECT entity, name, target, method, score FROM merge"

# Entities of which a name is akin to the title of a document, with the entity that the title names.
_SIMILAR = """
SELECT e.id, o.id, max(a.weight) FROM about a JOIN about b ON b.document = a.document
JOIN entity e ON e.row = a.entity JOIN entity o ON o.row = b.entity
WHERE a.reason = 'similar name' AND b.reason = 'title' GROUP BY e.row, o.row ORDER BY e.row, o.row
"""

_COMMUNITIES = (
    "SELECT c.row, c.id, c.level, p.id FROM community c LEFT JOIN community p ON p.row = c.parent ORDER BY c.row"
)


class ValueIds(Sequence[str]):
    """The ids of values, each made of its text when it is wanted: few are, and each is a hash.

    Parameters
    ----------
    texts : list of str
        The texts, all different.
    """

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self._text_of: dict[str, str] = {}

    def text_of(self, identity: str) -> str:
        """Return the text of a value."""
        if identity not in self._text_of:
            deque(self, maxlen=0)  # makes all ids
        return self._text_of[identity]

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return ValueIds(self.texts[place])
        identity = stable_id("value", self.texts[place])
        self._text_of[identity] = self.texts[place]
        return identity


class Content:
    """The items of a graph, read from a workspace.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    vectors : bool
        Whether nodes have their vectors.

    Raises
    ------
    WorkspaceError
        The workspace holds new documents that are no part of its graph yet, and have no vectors in the index.
    """

    def __init__(self, workspace: "Workspace", *, vectors: bool = True) -> None:
        if vectors:
            refuse_fresh(workspace)
        self._workspace = workspace
        self._has_vectors = vectors
        self._kept: dict[str, list[Item]] = {}
        self._some: dict[str, dict[str, Item]] = defaultdict(dict)
        self._keep = sum(workspace.counts().values()) <= _KEPT
        self._cutting: Future[Any] | None = None

    def items(self, kind: str, only: Collection[str] | None = None) -> Iterator[Item]:
        """Yield the items of a kind: all, or those of some ids, of which no others are read."""
        makers: Mapping[str, Callable[[Collection[str] | None], Iterator[Item]]] = {
            "documents": self._documents,
            "chunks": self._chunks,
            "entities": self._entities,
            "values": self._values,
            "communities": self._communities,
            "index-parts": self._parts,
        }
        if only is not None and kind not in self._kept:
            known = self._some[kind]
            missing = {identity for identity in only if identity not in known}
            made = (item for item in makers[kind](missing) if item.id in missing) if missing else iter(())
            if len(only) <= _SOME:  # a change is digested, then written
                known.update((item.id, item) for item in made)
                made = iter(())
            yield from (known[identity] for identity in sorted(only) if identity in known)
            yield from made
            return
        if self._keep and kind not in self._kept:
            self._kept[kind] = list(makers[kind](None))
        found = self._kept.get(kind) or makers[kind](None)
        yield from found if only is None else (item for item in found if item.id in only)

    def vector(self, kind: str, row: int) -> "NDArray[Any] | None":
        """Return the vector of a node by its row, None where it has none."""
        return self.vectors.of(kind, row) if self._has_vectors else None

    def part_ids(self) -> list[str]:
        """Return the ids of the parts of the index, which say all of them."""
        if self._cutting is not None:
            self._cutting.result()
        return list({identity: None for _, parts in self.index for identity, _ in parts})

    @cached_property
    def reading(self) -> Reading:
        """The tables, read in a thread from the first use on."""
        return Reading(self._workspace)

    def read_ahead(self) -> None:
        """Begin to read in threads: the tables, and the index of a workspace that is not large, to its end."""
        self.reading  # noqa: B018 - its first use begins to read
        if self._keep:
            thread = ThreadPoolExecutor(1)
            self._cutting = thread.submit(lambda: self.index)
            thread.shutdown(wait=False)

    def close(self) -> None:
        """Read no further ahead."""
        if self._cutting is not None:
            wait([self._cutting])
        if "reading" in self.__dict__:
            self.reading.close()

    @cached_property
    def members(self) -> Members:
        """Which entities are in which communities."""
        return Members(self._workspace)

    @cached_property
    def vectors(self) -> Vectors:
        """The vectors of nodes."""
        return Vectors(self._workspace, self.members)

    @cached_property
    def _facts(self) -> list[Fact]:
        return list(self._workspace.facts())

    def _documents(self, only: Collection[str] | None) -> Iterator[Item]:
        abouts: dict[str, list[Link]] = defaultdict(list)
        for document_id, target, weight, reason in self._rows_of(_ABOUTS, "d.id", "a.document, a.entity", only):
            abouts[document_id].append(Link("ABOUT", target, {"weight": weight, "reason": reason}))
        if only is None:
            documents: Iterable[Document | None] = self._workspace.documents()
        else:
            documents = (self._workspace.document(identity) for identity in sorted(only))
        for document in documents:
            if document is not None:
                yield Item(document.id, document_properties(document), tuple(abouts[document.id]))

    def _rows_of(self, sql: str, column: str, order: str, only: Collection[str] | None) -> Iterator[Any]:
        """Yield the rows of a query whose column is one of some ids (None: all rows), in an order."""
        if only is None:
            return self._workspace.query(f"{sql} ORDER BY {order}")
        some = dump(sorted(only))
        return self._workspace.query(f"{sql} WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY {order}", some)

    def _chunks(self, only: Collection[str] | None) -> Iterator[Item]:
        places = list(self._workspace.query("SELECT id, document FROM chunk ORDER BY row"))
        rows = [row for row, (identity, _) in enumerate(places) if only is None or identity in only]
        ids = None if only is None else sorted(only)
        said: dict[str, list[str]] = defaultdict(list)
        for fact in self._facts if ids is None else self._workspace.facts_in(ids):
            for chunk_id in sorted({quote.chunk_id for quote in fact.evidence}):
                said[chunk_id].append(fact.id)
        mentions: dict[str, list[EntityMention]] = defaultdict(list)
        for mention in self._workspace.mentions(ids):
            mentions[mention.chunk_id].append(mention)
        for row, chunk in zip(rows, self._workspace.chunks(None if only is None else rows), strict=True):
            properties = chunk_properties(chunk) | {
                "fact_ids": said[chunk.id] or None,
                "embedding": self.vector("chunks", row),
            }
            links = [Link("PART_OF", chunk.document_id, {}), *mention_links(mentions.pop(chunk.id, []))]
            if row + 1 < len(places) and places[row + 1][1] == places[row][1]:
                links.append(Link("NEXT", places[row + 1][0], {}))
            yield Item(chunk.id, properties, tuple(links))

    def _entities(self, only: Collection[str] | None) -> Iterator[Item]:
        links: dict[str, list[Link]] = defaultdict(list)
        for fact in self._facts if only is None else self._workspace.facts_of(sorted(only)):
            links[fact.subject].append(fact_link(fact))
        for entity, other, score in self._workspace.query(_SIMILAR):
            links[entity].append(Link("SIMILAR", other, {"score": score}))
        merges: dict[str, list[tuple[str, str, str, float]]] = defaultdict(list)
        for identity, *merge in self._rows_of(_MERGES, "entity", "row", only):
            merges[identity].append(tuple(merge))
        rows = self._entity_rows
        some = None if only is None else [rows[identity] for identity in only if identity in rows]
        if self._has_vectors:  # all together: one by one costs more
            self.vectors.of_entities(np.arange(len(rows)) if some is None else np.array(some, dtype=np.int64))
        for entity in self._workspace.entities(some):
            properties = entity_properties(entity, merges[entity.id])
            properties["embedding"] = self.vector("entities", rows[entity.id])
            yield Item(entity.id, properties, tuple(links[entity.id]))

    @cached_property
    def _entity_ids(self) -> list[EntityId]:
        return self._workspace.entity_ids()

    @cached_property
    def _entity_rows(self) -> dict[str, int]:
        return {identity: row for row, identity in enumerate(self._entity_ids)}

    def _values(self, only: Collection[str] | None) -> Iterator[Item]:
        for identity in self.values if only is None else sorted(only):
            yield Item(identity, {"name": self.values.text_of(identity)})

    @cached_property
    def values(self) -> "ValueIds":
        """The ids of the values, with their texts."""
        return ValueIds(self.reading.values() if "reading" in self.__dict__ else value_texts(self._workspace))

    def _communities(self, only: Collection[str] | None) -> Iterator[Item]:
        found = [place for place in self._workspace.query(_COMMUNITIES) if only is None or place[1] in only]
        wanted = dump([identity for _, identity, _, _ in found])
        where = "WHERE c.id IN (SELECT value FROM json_each(?))"
        reports = {
            r.community_id: r for r in hydrate.reports(self._workspace.query(f"{hydrate.REPORTS} {where}", wanted))
        }
        if self._has_vectors and only is not None and found:  # all together: one by one costs more
            self.vectors.of_entities(np.unique(np.concatenate([self.members.of(row) for row, *_ in found])))
        for row, identity, level, parent in found:
            report = reports.get(CommunityId(identity))
            links = [Link("PARENT", parent, {})] if parent else []
            if report is not None:
                cited = sorted({q.chunk_id for finding in report.findings for q in finding.quotes})
                links += [Link("CITES", chunk_id, {}) for chunk_id in cited]
            inside = map(self._entity_ids.__getitem__, self.members.direct(row).tolist())
            links += map(Link._make, zip(repeat("IN_COMMUNITY"), inside, repeat({})))
            properties = community_properties(level, len(self.members.of(row)), report)
            yield Item(identity, properties | {"embedding": self.vector("communities", row)}, tuple(links))

    def _parts(self, only: Collection[str] | None) -> Iterator[Item]:
        seen: set[str] = set()
        for identity, data in (part for _, parts in self.index for part in parts):
            if identity not in seen and (only is None or identity in only):
                seen.add(identity)
                yield Item(identity, {"data": bytes(data)})

    @cached_property
    def index(self) -> list[tuple[str, list[tuple[str, memoryview]]]]:
        """The name of each array of the index, and of the ids of its rows, with its parts: (id, bytes)."""
        found = [
            (name, [(part_id(data), data) for data in cut(array)])
            for name, array in sorted(self._workspace.arrays().items())
        ]
        for name, ids in (("chunk_ids", self._workspace.chunk_ids()), ("entity_ids", self._entity_ids)):
            whole = memoryview("\n".join(ids).encode())
            pieces = (whole[start : start + PART_BYTES] for start in range(0, len(whole), PART_BYTES))
            found.append((name, [(part_id(data), data) for data in pieces]))
        return found


def refuse_fresh(workspace: "Workspace") -> None:
    """Refuse a workspace with new documents that are no part of its graph yet, and have no vectors in the index.

    Raises
    ------
    WorkspaceError
        It holds some.
    """
    if workspace.meta("fresh"):
        raise WorkspaceError(
            f"The workspace {workspace.path} holds new documents that are no part of its graph yet: wait until the "
            "build that adds them has finished, or run `graphrag add` again if it was killed."
        )
