"""Cypher on a workspace without a server: reading statements on an in-process engine filled from the workspace.

The engine is ``kglite`` (extra ``[cypher]``).  It is never the truth: it is filled from the workspace once, kept in a
file beside it that bears the digest of the content, and filled anew where that file is missing or cannot be read.  Its
graph is frozen, so it cannot write; that it reads no files is the guard's doing.
"""

import contextlib
import re
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.errors import InputError, MissingExtra
from graphrag.stores.cypher import Query, Table, json_value
from graphrag.stores.guard import check_statement
from graphrag.stores.schema import CYPHER_FOLDER

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["GRAPH", "run_library_query", "run_read"]

GRAPH = "main"
"""The name that a workspace's graph has in queries; published graphs may have others."""

_LAYOUT = 2  # of the file; another layout is another name
_WORK = 5_000_000  # rows and list items that a statement may go through on its way: about 1 GB
_LABELS = {
    "documents": ("Document", "title"),
    "chunks": ("Chunk", "title"),
    "entities": ("Entity", "name"),
    "values": ("Value", "name"),
    "communities": ("Community", "title"),
}
_NAMED = frozenset({"Entity", "Value"})  # they have a name; the engine gives them a title of its own accord
_ENDS = {
    "ABOUT": ("Document", "Entity"),
    "PART_OF": ("Chunk", "Document"),
    "NEXT": ("Chunk", "Chunk"),
    "MENTIONS": ("Chunk", "Entity"),
    "RELATES_TO": ("Entity", "Entity"),
    "STATES": ("Entity", "Value"),
    "SIMILAR": ("Entity", "Entity"),
    "IN_COMMUNITY": ("Entity", "Community"),
    "PARENT": ("Community", "Community"),
    "CITES": ("Community", "Chunk"),
}
_FILES = re.compile(r"load.*csv", re.IGNORECASE | re.DOTALL)
_CALLED = re.compile(r"format\s+csv\s*;?\s*\Z", re.IGNORECASE)

_graphs: "weakref.WeakKeyDictionary[Workspace, tuple[str, Any]]" = weakref.WeakKeyDictionary()


def run_read(
    store: "Workspace",
    statement: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    limit: int = 200,
    timeout: float = 30.0,
) -> Table:
    """Run a statement that reads on the graph of a workspace.

    Parameters
    ----------
    store : Workspace
        An opened workspace.
    statement : str
        One Cypher statement.
    parameters : mapping, optional
        Values of its parameters.
    limit : int
        The most rows to return.
    timeout : float
        The longest it may take, in seconds.

    Returns
    -------
    Table
        Columns and rows, as values that JSON can hold.

    Raises
    ------
    InputError
        The statement might do more than read, is wrong, or takes longer or more memory than it may.
    MissingExtra
        The engine is not installed.
    """
    check_statement(statement)
    if _FILES.search(statement):
        raise InputError("A statement on a workspace cannot hold the words LOAD and CSV; give texts as parameters.")
    if _CALLED.search(statement):
        raise InputError("FORMAT CSV is not Neo4j's Cypher: give --format csv instead.")
    return _run(store, statement, dict(parameters or {}), limit, timeout)


def run_library_query(
    store: "Workspace", query: Query, given: Mapping[str, Any], *, limit: int = 200, timeout: float = 30.0
) -> Table:
    """Run a query of the library on the graph of a workspace; parameters and errors are those of :func:`run_read`.

    Raises
    ------
    InputError
        The query runs on Neo4j only, or a parameter is missing, unknown, or of another type.
    """
    if "workspace" not in query.runs:
        raise InputError(
            f"The query {query.name} uses indexes of Neo4j and runs there only: publish the workspace with "
            "`graphrag publish`, then give --neo4j."
        )
    return _run(store, query.text, query.bind(given), limit, timeout)


def _run(store: "Workspace", text: str, parameters: dict[str, Any], limit: int, timeout: float) -> Table:
    """Run a statement that is known to read."""
    engine = _engine()
    graph = _graph_of(store, engine)
    try:
        found = graph.cypher(
            text,
            params=parameters,
            timeout_ms=max(1, int(timeout * 1000)),
            max_work_units=_WORK,
            row_limit=limit + 1,
        )
        columns = tuple(found.columns)
        rows = [tuple(_plain(row[column]) for column in columns) for row in found]
    except engine.CypherTimeoutError as error:
        raise InputError(f"The statement took longer than its time limit of {timeout:g} seconds.") from error
    except (engine.KgError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(f"The statement cannot be run: {_said(error)}") from error
    return Table(columns, tuple(rows[:limit]), len(rows) > limit)


def _said(error: BaseException) -> str:
    """Return what the engine says, without the advice that is for its own programming interface."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "max_work_units" in said:
        return "it goes through more than 5,000,000 rows; begin at named nodes, or count instead of listing."
    return said.partition(" Hints:")[0]


def _engine() -> Any:
    """Return the engine's module, or say how to get it."""
    try:
        import kglite
    except ImportError as error:
        if "static TLS" in str(error):  # glibc's room for such libraries is used up, e.g. by numkong's OpenMP
            raise MissingExtra(
                "The package kglite finds no room beside other libraries of this process: set the environment "
                "variable GLIBC_TUNABLES=glibc.rtld.optional_static_tls=4096 and start it again."
            ) from error
        raise MissingExtra(
            "Cypher on a workspace needs the package kglite: pip install 'hopgraph[cypher]'. Without it, Cypher runs "
            "on a published graph: give --neo4j."
        ) from error
    for name in ("from_records", "load", "KgError", "CypherTimeoutError", "set_query_warning_policy"):
        if not hasattr(kglite, name):
            raise MissingExtra(f"The installed kglite has no {name}: pip install 'hopgraph[cypher]'.")
    kglite.set_query_warning_policy("silent")
    return kglite


# --- the graph


def _graph_of(store: "Workspace", engine: Any) -> Any:
    """Return the frozen graph of a workspace: from memory, from the file beside it, or filled anew."""
    digest = str(store.meta("digest"))
    known = _graphs.get(store)
    if known is not None and known[0] == digest:
        return known[1]
    folder = store.path / CYPHER_FOLDER
    path = folder / f"{digest}-{_LAYOUT}-{engine.__version__}.kgl"
    graph = _loaded(engine, path)
    if graph is None:
        graph = engine.from_records(_records(store), on_missing_endpoint="error")
        _index(graph)
        _keep(engine, graph, path)
    frozen = graph.freeze()
    _graphs[store] = (digest, frozen)
    return frozen


def _loaded(engine: Any, path: Path) -> Any:
    """Return the graph of a file, None where there is none that can be read."""
    if not path.is_file():
        return None
    try:
        return engine.load(str(path), storage="memory", verify="eager")
    except (engine.KgError, OSError, ValueError):
        return None


def _keep(engine: Any, graph: Any, path: Path) -> None:
    """Write the file for the next process and remove older ones; where that cannot be, nothing is lost but time."""
    with contextlib.suppress(OSError, ValueError, engine.KgError):
        path.parent.mkdir(exist_ok=True)
        graph.save(str(path))
        for other in path.parent.glob("*.kgl"):
            if other != path:
                other.unlink(missing_ok=True)


def _index(graph: Any) -> None:
    """Make the indexes that the library's queries begin at."""
    kinds = set(graph.node_types)
    for label, name in (("Entity", "name"), ("Community", "level")):
        if label in kinds:
            graph.create_index(label, name)


def _records(store: "Workspace") -> dict[str, Any]:
    """Return a workspace's graph as the engine takes it: the nodes and relationships that publishing writes."""
    from graphrag.stores.neo4j.items import Content

    content = Content(store, vectors=False)
    nodes = []
    links: dict[str, list[dict[str, Any]]] = {name: [] for name in _ENDS}
    for kind, (label, title) in _LABELS.items():
        records = []
        for item in content.items(kind):
            records.append({"id": item.id, "graph": GRAPH, **_present(item.properties)})
            for link in item.links:
                ends = (link.target, item.id) if link.type == "IN_COMMUNITY" else (item.id, link.target)
                links[link.type].append({"_from": ends[0], "_to": ends[1], "graph": GRAPH, **_present(link.properties)})
        if records:
            nodes.append({"type": label, "id_field": "id", "title_field": title, "records": records})
    stamp = {"graph": GRAPH, "state": "complete", "digest": store.meta("digest"), "built": store.meta("built")}
    nodes.append({"type": "GraphStamp", "id_field": "graph", "title_field": "graph", "records": [stamp]})
    return {"nodes": nodes, "connections": [_connection(name, found) for name, found in links.items() if found]}


def _present(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that are there."""
    return {name: value for name, value in properties.items() if value is not None}


def _connection(name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the relationships of one type as the engine takes them."""
    ends = zip(("source", "target"), _ENDS[name], ("_from", "_to"), strict=True)
    fields = {key: value for end, label, at in ends for key, value in ((f"{end}_type", label), (f"{end}_id_field", at))}
    return {"type": name, **fields, "records": records}


# --- values


def _plain(value: Any) -> Any:
    """Return a value of the engine in the shape that one of Neo4j has."""
    if isinstance(value, dict):
        keys = set(value)
        if keys == {"id", "labels", "properties"}:
            return {"labels": sorted(value["labels"]), "properties": _node_properties(value)}
        if keys == {"id", "start", "end", "type", "properties"}:
            return {"type": value["type"], "properties": dict(sorted(_plain(value["properties"]).items()))}
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return json_value(value)


def _node_properties(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a node without those that the engine adds."""
    added = {"type", "title"} if _NAMED & set(node["labels"]) else {"type"}
    return {name: _plain(value) for name, value in sorted(node["properties"].items()) if name not in added}
