"""A number for each item of a graph that changes with whatever the item is made of, without making the item.

An item's digests are dear: it must be made, its texts put in canonical form.  The columns of the tables that it is made
of are read in bulk and mixed, a column at a time: row numbers are replaced by the numbers of the rows they mean, and
what belongs to an item in any order is summed up.  Documents and passages have digests of their own; the text of a
mention or of a sentence is that of its passage between two offsets, so the passage's number stands for it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from graphrag.stores.neo4j.content import Content
    from graphrag.stores.workspace import Workspace

__all__ = ["Numbers", "Reading", "fingerprints_of", "mixed", "text_numbers", "value_texts"]

Numbers = NDArray[np.uint64]
Rows = NDArray[np.int64]

_NONE = np.uint64(0)
_SHIFT = np.uint64(29)
_BLOCK = 20_000  # values of a table's key that are read at a time: a column of them is one text


class _Table(NamedTuple):
    """A table and the columns that count.

    The kinds of columns are: s a text kept as it is, r a row number (-1 for none), n a whole number, t anything.
    """

    kinds: str
    columns: tuple[str, ...]
    key: str
    source: str


_DOCUMENTS = _Table("stt", ("id", "digest", "title"), "row", "document")
_CHUNKS = _Table("srtnnn", ("id", "document", "digest", "position", "start", "stop"), "row", "chunk")
_ENTITIES = _Table("st", ("id", "name, label, description, mention_count"), "row", "entity")
_ALIASES = _Table("rt", ("entity", "position, name"), "entity", "alias")
_MERGES = _Table(
    "rt",
    ("entity", "merges"),
    "entity",
    "(SELECT e.row AS entity, json_group_array(json_array(m.name, m.target, m.method, m.score)) AS merges "
    "FROM (SELECT * FROM merge ORDER BY row) m JOIN entity e ON e.id = m.entity GROUP BY e.row)",
)
_ABOUTS = _Table("rrt", ("document", "entity", "weight, reason"), "document", "about")
_SIMILAR = _Table(
    "rrt",
    ("entity", "other", "weight"),
    "document",
    "(SELECT a.document, a.entity, b.entity AS other, a.weight FROM about a JOIN about b ON b.document = a.document "
    "WHERE a.reason = 'similar name' AND b.reason = 'title')",
)
_FACTS = _Table(
    "rrt", ("subject", "coalesce(object, -1)", "id, predicate, value, said_when, confidence"), "row", "fact"
)
_EVIDENCE = _Table("rnrnn", ("fact", "position", "chunk", "start", "stop"), "fact", "evidence")
_MENTIONS = _Table("rnnrt", ("chunk", "start", "stop", "entity", "source"), "chunk", "mention")
_COMMUNITIES = _Table(
    "srt",
    (
        "id",
        "coalesce(parent, -1)",
        "level, title, rank, first_year, last_year, digest, made_by, summary, findings, key_entities, documents",
    ),
    "row",
    "(SELECT * FROM community c LEFT JOIN report r ON r.community = c.row)",
)

_TABLES = (  # in the order in which they are wanted
    *(_DOCUMENTS, _CHUNKS, _ENTITIES, _COMMUNITIES, _ABOUTS),
    *(_FACTS, _EVIDENCE, _MENTIONS, _ALIASES, _MERGES, _SIMILAR),
)


class Reading:
    """The tables of a workspace, read in a thread: that takes as long as the rest, and leaves the interpreter to it.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    """

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._stopped = False
        self._thread = ThreadPoolExecutor(1)
        self._reads = {table: self._thread.submit(self._read, table) for table in _TABLES}
        self._values = self._thread.submit(value_texts, workspace)

    def close(self) -> None:
        """Read no more."""
        self._stopped = True
        self._thread.shutdown(cancel_futures=True)

    def values(self) -> list[str]:
        """Return the texts of all values."""
        return self._values.result()

    def columns(self, table: _Table) -> list[Any]:
        """Return the columns of a table as arrays, once: they are not kept."""
        blocks = self._reads.pop(table).result()
        return [_column(kind, (block[place] for block in blocks)) for place, kind in enumerate(table.kinds)]

    def _read(self, table: _Table) -> list[Any]:
        """Return the columns of a table by blocks, each of a block as one text: a quarter of the cost of rows."""
        chosen = ", ".join(
            f"group_concat(json_array({column}), char(10))" if kind == "t" else f"json_group_array({column})"
            for kind, column in zip(table.kinds, table.columns, strict=True)
        )
        key, source = table.key, table.source
        sql = f"SELECT {chosen} FROM (SELECT * FROM {source} WHERE {key} >= ? AND {key} < ? ORDER BY {key})"
        last = next(self._workspace.query(f"SELECT max({key}) FROM {source}"))[0]
        blocks = []
        for start in range(0, 0 if last is None else last + 1, _BLOCK):
            if self._stopped:
                break
            blocks.append(next(self._workspace.query(sql, start, start + _BLOCK)))
        return blocks


def fingerprints_of(content: "Content") -> dict[str, tuple[Sequence[str], Numbers]]:
    """Return the ids of the items that are made of tables, with their fingerprints, by kind.

    Parameters
    ----------
    content : Content
        The items, with vectors.

    Returns
    -------
    dict
        Kind -> (ids, fingerprints of 64 bits); equal fingerprints mean equal items.
    """
    table, vectors = content.reading.columns, content.vectors
    document_ids, document_own, title = table(_DOCUMENTS)
    chunk_ids, chunk_document, *chunk_own = table(_CHUNKS)
    entity_ids, entity_own = table(_ENTITIES)
    community_ids, parent, community_own = table(_COMMUNITIES)
    document = text_numbers(document_ids)
    chunk = text_numbers(chunk_ids)
    entity = text_numbers(entity_ids)
    community = text_numbers(community_ids)

    about_document, about_entity, how = table(_ABOUTS)
    abouts = _summed(about_document, mixed(entity[about_entity], how), len(document))

    place = mixed(chunk, document[chunk_document], *chunk_own)
    subject, target, fact = table(_FACTS)
    said_fact, said_order, said_chunk, *said_at = table(_EVIDENCE)
    quotes = _summed(said_fact, mixed(said_order, place[said_chunk], *said_at), len(fact))
    facts = _summed(subject, mixed(fact, np.append(entity, _NONE)[target], quotes), len(entity))

    mention_chunk, start, stop, mentioned, source = table(_MENTIONS)
    mentions = _summed(mention_chunk, mixed(entity[mentioned], start, stop, source), len(chunk))
    said_here = _summed(said_chunk, mixed(fact[said_fact]), len(chunk))
    following = np.append(np.where(chunk_document[1:] == chunk_document[:-1], chunk[1:], _NONE), _NONE)[: len(chunk)]

    alias_entity, alias = table(_ALIASES)
    merged_entity, merged = table(_MERGES)
    names = _summed(alias_entity, mixed(alias), len(entity)) + _summed(merged_entity, mixed(merged), len(entity))
    alike, to, weight = table(_SIMILAR)
    similar = _summed(alike, mixed(entity[to], weight), len(entity))

    inside, order, member = content.members.listed()
    members = mixed(order.view(np.uint64), entity[member], vectors.entity_signs[member])
    children = _summed(parent, mixed(community), len(community) + 1)[:-1]  # the last are those without a parent
    above = np.append(community, _NONE)[parent]
    within = _summed(inside, members, len(community))

    return {
        "documents": (document_ids, mixed(document, document_own, abouts)),
        "chunks": (
            chunk_ids,
            mixed(place, title[chunk_document], following, said_here, mentions, vectors.passage_signs),
        ),
        "entities": (entity_ids, mixed(entity, entity_own, facts, names, similar, vectors.entity_signs)),
        "communities": (community_ids, mixed(community, community_own, above, children, within)),
    }


def _column(kind: str, blocks: Iterator[str | None]) -> Any:
    """Return a column of blocks; those without rows are None where lines are wanted."""
    if kind == "t":
        return text_numbers([line for block in blocks if block for line in block.split("\n")])
    values = [value for block in blocks if block for value in json.loads(block)]
    if kind == "s":
        return values
    numbers = np.array(values, dtype=np.int64)
    return numbers if kind == "r" else numbers.view(np.uint64)


def value_texts(workspace: "Workspace") -> list[str]:
    """Return the texts of all values, which are the objects of facts that are no entities."""
    return [text for (text,) in workspace.query("SELECT DISTINCT value FROM fact WHERE object IS NULL ORDER BY value")]


def text_numbers(texts: Sequence[str]) -> Numbers:
    """Return a number of 64 bits for each text."""
    some = set(texts)
    if len(some) * 2 < len(texts):  # few texts, said often
        known = {text: hashlib.blake2b(text.encode(), digest_size=8).digest() for text in some}
        digests = [known[text] for text in texts]
    else:
        digests = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64, copy=False)


def mixed(*columns: Numbers) -> Numbers:
    """Return a number for each row that changes with every column (steps of splitmix64)."""
    found = np.full(len(columns[0]), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in columns:
        found ^= column
        found *= np.uint64(0xBF58476D1CE4E5B9)
        found ^= found >> _SHIFT
        found *= np.uint64(0x94D049BB133111EB)
        found ^= found >> _SHIFT
    return found


def _summed(owners: Rows, numbers: Numbers, count: int) -> Numbers:
    """Return the sum of the numbers of each owner, whatever their order."""
    found = np.zeros(count, dtype=np.uint64)
    np.add.at(found, owners, numbers)
    return found
