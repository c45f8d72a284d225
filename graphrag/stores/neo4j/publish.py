"""Bringing a graph in Neo4j to exactly a workspace's graph, by the difference only.

Every node carries the digest of its properties and that of the relationships it begins.  The server sums them up by
bucket, so that only buckets that differ are listed; what differs in them is written.  Nodes come first, then
relationships, removals last: a publish that is killed leaves digests that say what is still to do.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from graphrag.stores.cypher import query_names
from graphrag.stores.neo4j.comparing import differences, first_differences, totals_of, totals_there, true_differences
from graphrag.stores.neo4j.connection import Neo4jError
from graphrag.stores.neo4j.content import Content, refuse_fresh
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.writing import FORMAT, Published, beginning, write
from graphrag.stores.rows import dump

if TYPE_CHECKING:
    from graphrag.stores.neo4j.digests import KindDigests, Prints
    from graphrag.stores.workspace import Workspace

__all__ = ["DEFAULT_GRAPH", "FORMAT", "Published", "check_graph_name", "make_stamp", "publish", "stamp_of"]

DEFAULT_GRAPH = "main"
_CONSTRAINTS = ("schema/constrain-", "schema/index-")
_SEARCHES = ("schema/vectors-", "schema/words-")
_COMPARISONS = ("read/scan-", "read/list-", "read/total-")
_REHEARSALS = 2
_REHEARSED = 100  # nodes of each kind
_ROUNDS = 5  # others may write at the same time; then what differs afterwards is written again
_INDEX_SECONDS = 600
_NAMED = ("documents", "chunks")  # the kinds whose ids are made of what a user gave
_LONGEST_ID = 7000  # bytes: with the graph's name it must fit the 8,191 of a key of an index
_NOTED = ("built", "version", "extractor", "embedder", "dimensions", "recipe", "schema")


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
    content: Content | None = None,
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
    content : Content, optional
        The workspace's items, where some of them are being read already.

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
    refuse_fresh(workspace)
    result = Published(graph, str(workspace.meta("digest")))
    bare = len(database.read("schema/list-indexes")) < len(_definitions(*_CONSTRAINTS, *_SEARCHES))
    if mend or bare or stamp is None or not _is_there(database, graph, stamp, workspace):
        content = content or Content(workspace)
        try:
            _bring(workspace, database, graph, content, result, say, mend=mend, bare=bare, stamp=stamp or {})
        finally:
            content.close()
    result.seconds = time.perf_counter() - began
    return result


def _is_there(database: Database, graph: str, stamp: Mapping[str, Any], workspace: "Workspace") -> bool:
    """Tell whether the stamp says that this build was published whole, and the sums say that it still is there."""
    if stamp.get("state") != "complete" or stamp.get("digest") != workspace.meta("digest"):
        return False
    return stamp.get("sums") == _noted(totals_there(database, graph))


def _bring(
    workspace: "Workspace",
    database: Database,
    graph: str,
    content: Content,
    result: Published,
    say: Callable[[str], None],
    *,
    mend: bool,
    bare: bool,
    stamp: Mapping[str, Any],
) -> None:
    """Find out what differs and write it, until nothing does."""
    new = bare or not stamp

    def known(prints: "Prints") -> None:
        _refuse_long(prints)
        if new:
            _define(database, *_CONSTRAINTS)

    digests, work = first_differences(workspace, database, graph, content, known)
    if mend:
        work = true_differences(database, graph, digests, content)
    totals = totals_of(digests)
    for turn in range(_ROUNDS):
        if turn:
            if totals_there(database, graph) == totals:
                break
            work = differences(database, graph, digests)
        if not any(work.values()):
            break
        database.write([beginning(graph)])
        write(database.transact, graph, content, work, result, say)
    else:
        raise Neo4jError(
            f"The graph {graph!r} at {database.address.uri} keeps changing while it is published: let one publish at a "
            "time run, then run the command again."
        )
    if new:
        _make_indexes(database, graph)
    items = {kind: len(found.ids) for kind, found in digests.items()}
    properties = {**make_stamp(workspace, content, items, totals), "state": "complete"}
    if result.changed or any(stamp.get(name) != value for name, value in properties.items()):
        database.write([("write/end-stamp", {"graph": graph, "properties": properties})])
    if new:
        _rehearse(database, graph, content, digests)


def _make_indexes(database: Database, graph: str) -> None:
    """Make the indexes to search by; while the server fills them it plans what the first change will ask of it."""
    _define(database, *_SEARCHES)
    with ThreadPoolExecutor(1) as thread:
        planned = thread.submit(database.plan, _queries_of_a_change(), graph)
        database.read("schema/await-indexes", seconds=_INDEX_SECONDS)
        planned.result()


def _rehearse(database: Database, graph: str, content: Content, digests: Mapping[str, "KindDigests"]) -> None:
    """Change some nodes of each kind and take it back: the server compiles what the first change will ask of it.

    Without that the first change takes twice as long as the second.
    """
    from graphrag.stores.neo4j.digests import KindDigests

    other = {}
    for kind, found in digests.items():
        numbers = found.numbers.copy()
        numbers[:_REHEARSED] += 1  # as if these were not the same
        other[kind] = KindDigests(found.ids, numbers)
    with contextlib.suppress(Neo4jError):  # the graph is published, whatever comes of this
        for _ in range(_REHEARSALS):
            work = differences(database, graph, other)
            for difference in work.values():
                difference.drop.extend(list(difference.write)[: _REHEARSED // 2])
            write(database.rehearse, graph, content, work, Published(graph, ""), lambda _: None)


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


def _refuse_long(prints: "Prints") -> None:
    """Refuse ids that the database cannot index, before anything is written."""
    for kind, (ids, _) in prints.items():
        for identity in ids if kind in _NAMED else ():
            if len(identity) * 4 > _LONGEST_ID and len(identity.encode()) > _LONGEST_ID:
                raise Neo4jError(
                    f"An id of {len(identity.encode()):,} bytes cannot be indexed by Neo4j ({kind}, "
                    f"{identity[:60]!r}…): give the document an id of at most {_LONGEST_ID:,} bytes and build again."
                )


def _definitions(*prefixes: str) -> list[str]:
    """Return the names of the statements that make constraints or indexes."""
    return [name for name in query_names("schema") if name.startswith(prefixes)]


def _queries_of_a_change() -> list[str]:
    """Return the names of the queries by which a change is published."""
    return [*query_names("write"), *(n for n in query_names("read") if n.startswith(_COMPARISONS))]


def _define(database: Database, *prefixes: str) -> None:
    """Make constraints or indexes, and check that the names mean what they should."""
    for name in _definitions(*prefixes):
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


def _noted(totals: Mapping[str, list[int]]) -> str:
    """Return totals as the stamp has them, with the way in which they were computed."""
    from graphrag.stores.neo4j.digests import DIGESTS_VERSION

    return dump({"by": DIGESTS_VERSION.strip(), **totals})


def make_stamp(
    workspace: "Workspace", content: Content, items: Mapping[str, int], totals: Mapping[str, list[int]]
) -> dict[str, Any]:
    """Return what the stamp says of a published graph.

    Parameters
    ----------
    workspace, content : Workspace, Content
        What was published.
    items : mapping
        Kind -> number of items.
    totals : mapping
        Kind -> sums of all nodes: nodes, digests, digests of links, links.
    """
    return {
        "format": FORMAT,
        "digest": workspace.meta("digest"),
        "sums": _noted(totals),
        "counts": dump(workspace.counts()),
        "items": dump(items),
        "relationships": sum(numbers[3] for numbers in totals.values() if numbers),
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
