"""A graph as items: nodes with their properties and the relationships that they begin, each with a digest.

Whatever is compared, written or checked in Neo4j is an item.  A relationship belongs to the node at its beginning, so
that a change is written a node at a time; only a membership belongs to the community at its end, because communities
come and go while what is said of their members stays.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from graphrag.stores.rows import dump, report_row
from graphrag.types import Chunk, Community, CommunityReport, Document, Entity, EntityMention, Fact, stable_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.stores.reading import Reader

__all__ = ["KINDS", "LINKS", "PART_BYTES", "Content", "Digests", "Item", "Link", "links_digest", "properties_digest"]

LINKS: Mapping[str, tuple[str, ...]] = {
    "documents": ("ABOUT",),
    "chunks": ("PART_OF", "NEXT", "MENTIONS"),
    "entities": ("RELATES_TO", "STATES"),
    "values": (),
    "communities": ("PARENT", "CITES", "IN_COMMUNITY"),
    "index-parts": (),
}
"""Kind of node -> the relationships that belong to it: those that begin there, and a community's memberships."""

KINDS = tuple(LINKS)
PART_BYTES = 1_000_000  # of the retrieval index, in one node
_KEPT = 500_000  # rows of a workspace whose items are kept between passes: a few hundred MB at most
_DIGEST_BYTES = 6  # 48 bits: sums over a bucket stay inside the 63 bits of Cypher's integers


class Link(NamedTuple):
    """A relationship, seen from the node that it belongs to."""

    type: str
    target: str  # the id of the node at its other end
    properties: dict[str, Any]


class Digests(NamedTuple):
    """What is compared of an item."""

    properties: int
    links: int
    degree: int


@dataclass(frozen=True, slots=True)
class Item:
    """A node and the relationships that it begins.  Absent properties are None, so that writing removes them."""

    id: str
    properties: dict[str, Any]
    links: tuple[Link, ...] = ()

    def digests(self) -> Digests:
        """Return the digests of the properties and of the relationships, and how many of these there are."""
        # The id is part of it: a thing that changes its id alone must change the sums that are compared.
        own = properties_digest({**self.properties, "id": self.id})
        return Digests(own, links_digest(self.links), len(self.links))


def properties_digest(properties: Mapping[str, Any]) -> int:
    """Return the digest of a node's properties: 48 bits, the same for values that Neo4j gives back."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    plain = {}
    for name, value in properties.items():
        if value is None:
            continue
        if name == "embedding":
            digest.update(_float_bytes(value))
        elif isinstance(value, bytes | bytearray | memoryview):
            digest.update(value)
        else:
            plain[name] = value
    digest.update(ascii(sorted(plain.items())).encode())
    return int.from_bytes(digest.digest(), "little")


def links_digest(links: Iterable[Link]) -> int:
    """Return the digest of relationships, whatever their order: 48 bits, or -1 where there is none."""
    links = tuple(links)
    if not links:
        return -1
    # ascii() is the quickest canonical form of texts and numbers, and the same in every version of Python.
    lines = sorted([ascii((link.type, link.target, sorted(link.properties.items()))) for link in links])
    return int.from_bytes(hashlib.blake2b("\n".join(lines).encode(), digest_size=_DIGEST_BYTES).digest(), "little")


def _float_bytes(vector: Any) -> bytes:
    """Return the float32 numbers of a vector."""
    import numpy as np

    return np.asarray(vector, dtype="<f4").tobytes()


class Content:
    """The items of a graph, read from a store.

    Parameters
    ----------
    reader : Reader
        A workspace.
    vectors : bool
        Whether nodes have their vectors.
    """

    def __init__(self, reader: "Reader", *, vectors: bool = True) -> None:
        self._reader = reader
        self._arrays = reader.arrays() if vectors else {}
        self._entity_rows = {identity: row for row, identity in enumerate(reader.entity_ids())}
        self._vectors = _vectors_of_entities(self._arrays) if vectors else {}
        self._facts: list[Fact] = list(reader.facts())
        self._kept: dict[str, list[Item]] = {}
        self._keep = sum(reader.counts().values()) <= _KEPT

    def items(self, kind: str) -> Iterator[Item]:
        """Yield all items of a kind."""
        makers = {
            "documents": self._documents,
            "chunks": self._chunks,
            "entities": self._entities,
            "values": self._values,
            "communities": self._communities,
            "index-parts": self._parts,
        }
        if self._keep and kind not in self._kept:
            self._kept[kind] = list(makers[kind]())
        yield from self._kept.get(kind) or makers[kind]()

    def _documents(self) -> Iterator[Item]:
        abouts: dict[str, list[Link]] = defaultdict(list)
        for about in self._reader.abouts():
            link = Link("ABOUT", about.entity_id, {"weight": about.weight, "reason": about.reason})
            abouts[about.document_id].append(link)
        for document in self._reader.documents():
            yield Item(document.id, _document(document), tuple(abouts[document.id]))

    def _chunks(self) -> Iterator[Item]:
        said: dict[str, list[str]] = defaultdict(list)
        for fact in self._facts:
            for chunk_id in sorted({quote.chunk_id for quote in fact.evidence}):
                said[chunk_id].append(fact.id)
        mentions: dict[str, list[EntityMention]] = defaultdict(list)
        for mention in self._reader.mentions():
            mentions[mention.chunk_id].append(mention)
        vectors = self._arrays.get("passage_vectors")
        before: tuple[Chunk, dict[str, Any], list[Link]] | None = None
        for row, chunk in enumerate(self._reader.chunks()):
            if before is not None:
                follows = before[0].document_id == chunk.document_id
                yield _chunk_item(*before, chunk.id if follows else None)
            vector = None if vectors is None else vectors[row]
            properties = _chunk(chunk) | {"fact_ids": said[chunk.id] or None, "embedding": vector}
            before = chunk, properties, list(_mention_links(mentions.pop(chunk.id, [])))
        if before is not None:
            yield _chunk_item(*before, None)

    def _entities(self) -> Iterator[Item]:
        links: dict[str, list[Link]] = defaultdict(list)
        for fact in self._facts:
            links[fact.subject].append(_fact_link(fact))
        merges: dict[str, list[tuple[str, str, str, float]]] = defaultdict(list)
        for merge in self._reader.merges():
            merges[merge.entity_id].append((merge.name, merge.into, merge.method, merge.score))
        for entity in self._reader.entities():
            properties = _entity(entity, merges[entity.id])
            properties["embedding"] = self._vectors.get(self._entity_rows[entity.id])
            yield Item(entity.id, properties, tuple(links[entity.id]))

    def _values(self) -> Iterator[Item]:
        for value in sorted({fact.value for fact in self._facts if fact.object is None}):
            yield Item(stable_id("value", value), {"name": value})

    def _communities(self) -> Iterator[Item]:
        reports = {report.community_id: report for report in self._reader.reports()}
        for community in self._reader.communities():
            links = [Link("PARENT", community.parent, {})] if community.parent else []
            report = reports.get(community.id)
            if report is not None:
                cited = sorted({q.chunk_id for finding in report.findings for q in finding.quotes})
                links += [Link("CITES", chunk_id, {}) for chunk_id in cited]
            for position, member in enumerate(community.members):
                links.append(Link("IN_COMMUNITY", member, {"position": position}))
            properties = _community(community, report)
            rows = [self._entity_rows[member] for member in community.members]
            properties["embedding"] = _mean([self._vectors[row] for row in rows if row in self._vectors])
            yield Item(community.id, properties, tuple(links))

    def _parts(self) -> Iterator[Item]:
        for name, data in self.blobs():
            for number, start in enumerate(range(0, len(data), PART_BYTES)):
                properties = {"name": name, "number": number, "data": bytes(data[start : start + PART_BYTES])}
                yield Item(f"{name}/{number:06d}", properties)

    def blobs(self) -> Iterator[tuple[str, memoryview]]:
        """Yield the name and the bytes of each array of the index, and the ids of its rows."""
        import numpy as np

        for name, array in sorted(self._arrays.items()):
            yield name, memoryview(np.ascontiguousarray(array).tobytes())
        yield "chunk_ids", memoryview("\n".join(self._reader.chunk_ids()).encode())
        yield "entity_ids", memoryview("\n".join(self._entity_rows).encode())


def _document(document: Document) -> dict[str, Any]:
    """Return the properties of a document."""
    return {
        "title": document.title,
        "source": document.source,
        "metadata": dump(dict(document.metadata)),
        "filters": [f"{key}={value}" for key, value in sorted(document.metadata.items())] or None,
        "headings": [n for level, span in document.headings for n in (level, span.start, span.end)] or None,
        "text": document.text,
    }


def _chunk(chunk: Chunk) -> dict[str, Any]:
    """Return the properties of a chunk that it has by itself."""
    return {
        "document_id": chunk.document_id,
        "position": chunk.position,
        "start": chunk.span.start,
        "stop": chunk.span.end,
        "title": chunk.title,
        "heading": chunk.heading,
        "sentences": [n for span in chunk.sentences for n in (span.start, span.end)] or None,
        "text": chunk.text,
    }


def _chunk_item(chunk: Chunk, properties: dict[str, Any], mentions: list[Link], following: str | None) -> Item:
    """Return a chunk with its place among the others."""
    links = [Link("PART_OF", chunk.document_id, {}), *mentions]
    if following is not None:
        links.append(Link("NEXT", following, {}))
    return Item(chunk.id, properties, tuple(links))


def _mention_links(mentions: Iterable[EntityMention]) -> Iterator[Link]:
    """Yield one relationship for each entity that a chunk mentions, with all the places."""
    by_entity: dict[str, list[EntityMention]] = defaultdict(list)
    for mention in mentions:
        by_entity[mention.entity_id].append(mention)
    for entity_id, places in by_entity.items():
        yield Link(
            "MENTIONS",
            entity_id,
            {
                "count": len(places),
                "starts": [m.span.start for m in places],
                "stops": [m.span.end for m in places],
                "texts": [m.text for m in places],
                "sources": [m.source for m in places],
            },
        )


def _fact_link(fact: Fact) -> Link:
    """Return a fact as a relationship to an entity or to a value."""
    properties: dict[str, Any] = {
        "id": fact.id,
        "predicate": fact.predicate,
        "value": fact.value,
        "said_when": fact.when,
        "confidence": fact.confidence,
        "chunk_ids": [q.chunk_id for q in fact.evidence],
        "document_ids": [q.document_id for q in fact.evidence],
        "starts": [q.span.start for q in fact.evidence],
        "stops": [q.span.end for q in fact.evidence],
        "quotes": [q.text for q in fact.evidence],
    }
    if fact.object is None:
        return Link("STATES", stable_id("value", fact.value), properties)
    return Link("RELATES_TO", fact.object, properties)


def _entity(entity: Entity, merges: list[tuple[str, str, str, float]]) -> dict[str, Any]:
    """Return the properties of an entity."""
    return {
        "name": entity.name,
        "kind": entity.label,
        "aliases": list(entity.aliases) or None,
        "description": entity.description,
        "mention_count": entity.mention_count,
        "merged_names": [merge[0] for merge in merges] or None,
        "merged_into": [merge[1] for merge in merges] or None,
        "merge_methods": [merge[2] for merge in merges] or None,
        "merge_scores": [float(merge[3]) for merge in merges] or None,
    }


def _community(community: Community, report: CommunityReport | None) -> dict[str, Any]:
    """Return the properties of a community and of its report, where it has one."""
    properties: dict[str, Any] = {"level": community.level, "size": len(community.members)}
    names = (
        *("title", "rank", "first_year", "last_year", "report_digest", "made_by"),
        *("summary", "findings", "key_entities", "documents"),
    )
    said: tuple[object, ...] = (None,) * len(names) if report is None else report_row(report, 0)[1:]
    properties |= dict(zip(names, said, strict=True))
    if report is not None:
        properties |= {"key_entities": list(report.key_entities) or None, "documents": list(report.documents) or None}
    return properties


def _vectors_of_entities(arrays: "Mapping[str, NDArray[Any]]") -> "dict[int, NDArray[Any]]":
    """Return the vector of each entity that documents are about: the middle of its passages, by entity row."""
    import numpy as np

    ptr, chunks, vectors = arrays["about_ptr"], arrays["about_chunk"], arrays["passage_vectors"]
    found = {}
    for row in np.flatnonzero(np.diff(ptr)).tolist():
        middle = _mean([vectors[chunk] for chunk in chunks[ptr[row] : ptr[row + 1]].tolist()])
        if middle is not None:
            found[row] = middle
    return found


def _mean(vectors: "list[NDArray[Any]]") -> "NDArray[Any] | None":
    """Return the middle of some unit vectors as a unit vector, None where there is none."""
    import numpy as np

    if not vectors:
        return None
    total = np.stack(vectors).sum(axis=0, dtype=np.float64)
    length = float(np.sqrt((total * total).sum()))
    return np.asarray(total / length).astype(np.float32) if length > 1e-9 else None
