"""The engine that runs Cypher on a workspace, in a process of its own: read from stdin, answered on stdout.

A statement that doubles a text or a list again and again takes all memory before the engine looks at the clock.  So the
engine runs apart, with a limit of memory, and whoever started it ends it when a statement's time is over.

Every line of stdin is a request and every line of stdout a reply, both JSON.  ``{"digest": …}`` makes the graph ready;
``{"text": …, "parameters": …, "limit": …, "timeout": …}`` runs a statement.
"""

import contextlib
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.errors import GraphRAGError, InputError, MissingExtra
from graphrag.stores.cypher import json_value
from graphrag.stores.schema import CYPHER_FOLDER

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["GRAPH", "MEMORY", "WORK", "serve"]

GRAPH = "main"
"""The name that a workspace's graph has in queries; published graphs may have others."""
MEMORY = 2 << 30
"""Bytes that a statement may take above what the loaded graph does."""
WORK = 5_000_000
"""Rows and list items that a statement may go through on its way."""

_REPLY = 64 << 20  # characters of a reply, at most
_LAYOUT = 2  # of the file; another layout is another name
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


def serve(path: str) -> None:
    """Answer requests on the workspace of a path until stdin ends."""
    from graphrag.stores.workspace import Workspace

    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the engine might print is no reply
    try:
        store: Workspace | None = Workspace.open(path)
        problem: Exception | None = None
    except GraphRAGError as error:
        store, problem = None, error
    known: tuple[str, Any] = ("", None)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if store is None or problem is not None:
                raise problem or InputError("The workspace cannot be opened.")
            if "text" in request:
                reply = _run(known[1], **request)
            else:
                known = _graph_of(store, request["digest"], known)
                reply = {}
        except GraphRAGError as error:
            reply = {"error": str(error), "kind": type(error).__name__}
        except MemoryError:
            reply = {"error": "memory", "kind": "MemoryError"}
        said = json.dumps(reply)
        if len(said) > _REPLY:
            said = json.dumps({"error": "Its result is too large: return less of it.", "kind": "InputError"})
        replies.write(said + "\n")
        replies.flush()


def _run(graph: Any, text: str, parameters: dict[str, Any], limit: int, timeout: float) -> dict[str, Any]:
    """Run a statement that is known to read, within its memory."""
    engine = _engine()
    with _bounded_memory():
        try:
            found = graph.cypher(
                text,
                params=parameters,
                timeout_ms=max(1, int(timeout * 1000)),
                max_work_units=WORK,
                row_limit=limit + 1,
            )
            columns = list(found.columns)
            rows = [[_plain(row[column]) for column in columns] for row in found]
        except engine.CypherTimeoutError as error:
            raise InputError(f"The statement took longer than its time limit of {timeout:g} seconds.") from error
        except (engine.KgError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InputError(f"The statement cannot be run: {_said(error)}") from error
    return {"columns": columns, "rows": rows[:limit], "more": len(rows) > limit}


@contextlib.contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let this process take so much memory more than it has now, where the system can say how much that is."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, most))
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _said(error: BaseException) -> str:
    """Return what the engine says, without the advice that is for its own programming interface."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "max_work_units" in said:
        return f"it goes through more than {WORK:,} rows; begin at named nodes, or count instead of listing."
    return said.partition(" Hints:")[0]


def _engine() -> Any:
    """Return the engine's module."""
    import kglite

    for name in ("from_records", "load", "KgError", "CypherTimeoutError", "set_query_warning_policy"):
        if not hasattr(kglite, name):
            raise MissingExtra(f"The installed kglite has no {name}: pip install 'hopgraph[cypher]'.")
    kglite.set_query_warning_policy("silent")
    return kglite


# --- the graph


def _graph_of(store: "Workspace", wanted: str, known: tuple[str, Any]) -> tuple[str, Any]:
    """Return the digest and the frozen graph of a workspace: from memory, from the file beside it, or filled anew."""
    if known[0] == wanted:
        return known
    engine = _engine()
    store.refresh()
    digest = str(store.meta("digest"))
    folder = store.path / CYPHER_FOLDER
    path = folder / f"{digest}-{_LAYOUT}-{engine.__version__}.kgl"
    graph = _loaded(engine, path)
    if graph is None:
        graph = engine.from_records(_records(store), on_missing_endpoint="error")
        _index(graph)
        _keep(engine, graph, path)
    return digest, graph.freeze()


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
    from graphrag.stores.neo4j.content import Content

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
