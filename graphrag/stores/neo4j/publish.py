"""Bringing a graph in Neo4j to exactly a workspace's graph, by the difference only.

Every node carries the digest of its properties and that of the relationships it begins.  The server sums them up by
bucket, so that only buckets that differ are listed; what differs in them is written.  Nodes come first, then
relationships, removals last: a publish that is killed leaves digests that say what is still to do.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphrag.stores.cypher import query_names
from graphrag.stores.neo4j.connection import Neo4jError
from graphrag.stores.neo4j.fingerprints import digests_of
from graphrag.stores.neo4j.items import KINDS, LINKS, Content, Digests
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.verify import stored_digests
from graphrag.stores.rows import dump

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["DEFAULT_GRAPH", "FORMAT", "Published", "check_graph_name", "make_stamp", "publish", "stamp_of"]

DEFAULT_GRAPH = "main"
FORMAT = 2
_BUCKETS = 1024
_ROWS = 2000  # in one transaction, at most
_WEIGHT = 2_000_000  # characters and numbers in one transaction, about
_ROUNDS = 5  # others may write at the same time; then what differs afterwards is written again
_INDEX_SECONDS = 600
_LONGEST_ID = 7000  # bytes: with the graph's name it must fit the 8,191 of a key of an index
_NOTED = ("built", "version", "extractor", "embedder", "dimensions", "recipe", "schema")


@dataclass(slots=True)
class Published:
    """What a publish did."""

    graph: str
    digest: str
    written: dict[str, int] = field(default_factory=dict)  # kind -> nodes written
    linked: int = 0  # relationships written
    removed: int = 0  # nodes removed
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(sum(self.written.values()) or self.linked or self.removed)


@dataclass(slots=True)
class _Difference:
    """What is to be done for one kind."""

    write: set[str]
    link: set[str]
    drop: list[str]

    def __bool__(self) -> bool:
        return bool(self.write or self.link or self.drop)


def check_graph_name(name: str) -> str:
    """Return the name of a graph.

    Raises
    ------
    Neo4jError
        It is empty or longer than 100 characters.
    """
    if not name.strip() or len(name) > 100:
        raise Neo4jError("The name of a graph has 1 to 100 characters.")
    return name


def stamp_of(database: Database, graph: str) -> dict[str, Any] | None:
    """Return the stamp of a graph, None where the database has no such graph."""
    rows = database.read("read/stamp", graph=graph)
    return dict(rows[0]["stamp"]) if rows else None


def publish(
    workspace: "Workspace",
    database: Database,
    graph: str = DEFAULT_GRAPH,
    say: Callable[[str], None] = lambda _: None,
    *,
    mend: bool = False,
) -> Published:
    """Bring a graph of the database to exactly the workspace's graph.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    database : Database
        Where to write.
    graph : str
        The graph's name; several stay apart in one database.
    say : callable
        Hears what is being done.
    mend : bool
        Whether to read everything back before comparing, so that changes made by hand are found and undone.

    Returns
    -------
    Published
        What was written; nothing where the database holds the same graph already.

    Raises
    ------
    Neo4jError
        The server is down, refuses, or holds something else under this name.
    """
    began = time.perf_counter()
    check_graph_name(graph)
    stamp = stamp_of(database, graph)
    _refuse_foreign(database, graph, stamp)
    result = Published(graph, str(workspace.meta("digest")))
    with ThreadPoolExecutor(1) as thread:  # the server sums up while the digests are computed here
        summed = thread.submit(_sums, database, graph)
        content = Content(workspace)
        digests = digests_of(workspace, content)
        sums = summed.result()
    _refuse_long(digests)
    bare = not database.read("schema/list-indexes")  # also after a bulk import
    if stamp is None or bare:
        _define(database, "schema/constrain-", "schema/index-")
    for turn in range(_ROUNDS):
        if mend and turn == 0:
            work = {kind: _true_difference(database, graph, kind, digests[kind], content) for kind in KINDS}
        else:
            sums = sums if turn == 0 else _sums(database, graph)
            work = {kind: _difference(database, graph, kind, digests[kind], sums[kind]) for kind in KINDS}
        if not any(work.values()):
            break
        database.write([("write/begin-stamp", {"graph": graph, "properties": {"format": FORMAT}})])
        _write(database, graph, content, work, result, say)
    else:
        raise Neo4jError(
            f"The graph {graph!r} at {database.address.uri} keeps changing while it is published: let one publish at a "
            "time run, then run the command again."
        )
    if result.changed or stamp is None or bare or not _stamped(stamp, workspace):
        _define(database, "schema/vectors-", "schema/words-")
        database.read("schema/await-indexes", seconds=_INDEX_SECONDS)
        database.write([("write/end-stamp", {"graph": graph, "properties": make_stamp(workspace, content, digests)})])
    result.seconds = time.perf_counter() - began
    return result


def _refuse_foreign(database: Database, graph: str, stamp: Mapping[str, Any] | None) -> None:
    """Refuse a graph of another format, and a name under which somebody else's nodes go."""
    if stamp is None and (found := database.read("read/foreign", graph=graph)):
        raise Neo4jError(
            f"The database at {database.address.uri} holds {':'.join(found[0]['labels'])} nodes with graph = {graph!r} "
            "that hopgraph did not write: choose another name with --graph, or another database."
        )
    if stamp is not None and stamp.get("format") != FORMAT:
        raise Neo4jError(
            f"The graph {graph!r} was published by another version of hopgraph (format {stamp.get('format')}): publish "
            "it under another name with --graph."
        )


def _refuse_long(digests: Mapping[str, Mapping[str, Digests]]) -> None:
    """Refuse ids that the database cannot index, before anything is written."""
    for kind, found in digests.items():
        for identity in found:
            if len(identity) * 4 > _LONGEST_ID and len(identity.encode()) > _LONGEST_ID:
                raise Neo4jError(
                    f"An id of {len(identity.encode()):,} bytes cannot be indexed by Neo4j ({kind}, "
                    f"{identity[:60]!r}…): give the document an id of at most {_LONGEST_ID:,} bytes and build again."
                )


def _define(database: Database, *prefixes: str) -> None:
    """Make constraints or indexes, and check that the names mean what they should."""
    for name in query_names("schema"):
        if name.startswith(prefixes):
            try:
                database.define(name)
            except Neo4jError:
                # A server that was killed while it made a constraint keeps the constraint's index alone.
                for row in database.read("schema/half-made"):
                    database.write([("schema/drop-index", {"name": row["name"]})])
                database.define(name)
    wrong = [
        row["name"]
        for row in database.read("schema/list-indexes")
        if "Chunk" not in row["labels"] and row["name"].startswith("hopgraph_chunk")
    ]
    if wrong:
        raise Neo4jError(f"The database has an index {wrong[0]} that is not hopgraph's: use another database.")


def _sums(database: Database, graph: str) -> dict[str, dict[int, list[int]]]:
    """Return the sums of each bucket of each kind as the database has them: nodes, digests, digests of links, links."""
    return {
        kind: {
            bucket: numbers for bucket, *numbers in database.stream(f"read/scan-{kind}", graph=graph, buckets=_BUCKETS)
        }
        for kind in KINDS
    }


def _difference(
    database: Database, graph: str, kind: str, mine: Mapping[str, Digests], theirs: Mapping[int, list[int]]
) -> _Difference:
    """Compare one kind with the database, bucket by bucket."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for digests in mine.values():
        bucket = sums[digests.properties % _BUCKETS]
        for place, number in enumerate((1, digests.properties, digests.links, digests.degree)):
            bucket[place] += number
    wanted = [bucket for bucket in {*sums, *theirs} if sums.get(bucket) != theirs.get(bucket)]
    known: dict[str, Digests] = {}
    if theirs and wanted:
        rows = database.stream(f"read/list-{kind}", graph=graph, buckets=_BUCKETS, wanted=wanted)
        known = {identity: Digests(*numbers) for identity, *numbers in rows}
    in_question = set(wanted)
    return _to_do(kind, {i: d for i, d in mine.items() if d.properties % _BUCKETS in in_question}, known)


def _true_difference(
    database: Database, graph: str, kind: str, mine: Mapping[str, Digests], content: Content
) -> _Difference:
    """Compare one kind with what the database really holds."""
    sample = next(content.items(kind), None)
    return _to_do(kind, mine, stored_digests(database, graph, kind, set(sample.properties) if sample else set()))


def _to_do(kind: str, mine: Mapping[str, Digests], known: Mapping[str, Digests]) -> _Difference:
    """Return what makes the known items mine."""
    nothing = Digests(-1, -1, 0)
    write = {identity for identity, d in mine.items() if known.get(identity, nothing).properties != d.properties}
    link = {identity for identity, d in mine.items() if LINKS[kind] and known.get(identity, nothing)[1:] != d[1:]}
    return _Difference(write, link, sorted(known.keys() - mine.keys()))


def _write(
    database: Database,
    graph: str,
    content: Content,
    work: Mapping[str, _Difference],
    result: Published,
    say: Callable[[str], None],
) -> None:
    """Write what differs: nodes, then relationships, then removals."""
    for kind in KINDS:
        if work[kind].write:
            say(f"{kind}: {len(work[kind].write):,} to write")
        for batch in _batches(_node_rows(content, kind, work[kind].write)):
            database.write([(f"write/put-{kind}", {"graph": graph, "rows": batch})])
            result.written[kind] = result.written.get(kind, 0) + len(batch)
    for kind in KINDS:
        if work[kind].link:
            say(f"{kind}: the relationships of {len(work[kind].link):,} to write")
        for batch in _batches(_link_rows(graph, content, kind, work[kind].link)):
            database.write(_link_steps(graph, kind, batch))
            result.linked += sum(len(row["all"]) for row in batch)
    for kind in KINDS:
        drop = work[kind].drop
        for start in range(0, len(drop), _ROWS):
            database.write([(f"write/drop-{kind}", {"graph": graph, "ids": drop[start : start + _ROWS]})])
        result.removed += len(drop)


def _node_rows(content: Content, kind: str, wanted: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the weight and the row of each node to write."""
    if not wanted:
        return
    for item in content.items(kind, wanted):
        properties = dict(item.properties, digest=item.digests().properties)
        if properties.get("embedding") is not None:
            properties["embedding"] = properties["embedding"].tolist()
        yield _weight(properties), {"id": item.id, "properties": properties}


def _link_rows(graph: str, content: Content, kind: str, wanted: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the weight and the row of each node whose relationships are to be written."""
    if not wanted:
        return
    for item in content.items(kind, wanted):
        links = [_link_row(graph, link) for link in item.links]
        row = {"id": item.id, "links": item.digests().links, "all": links}
        yield sum(_weight(link["properties"]) for link in links), row


def _link_row(graph: str, link: Any) -> dict[str, Any]:
    """Return a relationship as the queries take it."""
    return {"type": link.type, "target": link.target, "properties": {**link.properties, "graph": graph}}


def _link_steps(graph: str, kind: str, batch: list[dict[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the queries that replace the relationships of some nodes."""
    rows = [{"id": row["id"], "links": row["links"]} for row in batch]
    steps: list[tuple[str, Mapping[str, Any]]] = [(f"write/unlink-{kind}", {"graph": graph, "rows": rows})]
    for name in LINKS[kind]:
        typed = [{"id": row["id"], "links": [link for link in row["all"] if link["type"] == name]} for row in batch]
        typed = [row for row in typed if row["links"]]
        if typed:
            steps.append((f"write/link-{name.lower().replace('_', '-')}", {"graph": graph, "rows": typed}))
    return steps


def _weight(properties: Mapping[str, Any]) -> int:
    """Return about how much a map of properties weighs in a transaction."""
    return sum(_size(value) for value in properties.values())


def _size(value: Any) -> int:
    """Return about how much a value weighs."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return sum(map(len, value))
    return len(value) if isinstance(value, str | bytes | list) else 1


def _batches(rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
    """Yield rows in batches that are bounded in number and weight."""
    batch: list[dict[str, Any]] = []
    weight = 0
    for size, row in rows:
        if batch and (len(batch) >= _ROWS or weight + size > _WEIGHT):
            yield batch
            batch, weight = [], 0
        batch.append(row)
        weight += size
    if batch:
        yield batch


def make_stamp(
    workspace: "Workspace", content: Content, digests: Mapping[str, Mapping[str, Digests]]
) -> dict[str, Any]:
    """Return what the stamp says of a published graph."""
    return {
        "format": FORMAT,
        "digest": workspace.meta("digest"),
        "counts": dump(workspace.counts()),
        "items": dump({kind: len(found) for kind, found in digests.items()}),
        "relationships": sum(d.degree for found in digests.values() for d in found.values()),
        "index": dump(list(_index(workspace, content))),
        "meta": dump({key: workspace.meta(key) for key in _NOTED}),
        "built": workspace.meta("built"),
        "version": workspace.meta("version"),
    }


def _index(workspace: "Workspace", content: Content) -> Iterator[list[Any]]:
    """Yield how the index is put together of its parts: name, type, shape, and the ids of the parts."""
    arrays = workspace.arrays()
    for name, parts in content.index:
        ids = [identity for identity, _ in parts]
        array = arrays.get(name)
        yield [name, "ids", [], ids] if array is None else [name, array.dtype.str, list(array.shape), ids]


def _stamped(stamp: Mapping[str, Any], workspace: "Workspace") -> bool:
    """Tell whether a stamp says that this build was published whole."""
    return stamp.get("state") == "complete" and stamp.get("digest") == workspace.meta("digest")
