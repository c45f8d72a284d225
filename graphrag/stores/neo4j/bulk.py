"""The first load of a large graph: CSV files for ``neo4j-admin database import full``, and its command line.

The files hold what publishing writes, digests and stamp included, so that a publish afterwards only makes the indexes.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from graphrag.stores.neo4j.connection import Neo4jError
from graphrag.stores.neo4j.content import Content
from graphrag.stores.neo4j.items import KINDS, LINKS, Item
from graphrag.stores.neo4j.publish import DEFAULT_GRAPH, check_graph_name, make_stamp

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["COMMAND_FILE", "export_admin", "import_arguments"]

COMMAND_FILE = "import.sh"
_DELIMITER = "\ue000"  # between the items of a list: a private-use character, refused in texts
_MEMBERSHIP = "IN_COMMUNITY"  # belongs to the node at its end
_LABELS = {
    "documents": "Document",
    "chunks": "Chunk",
    "entities": "Entity",
    "values": "Value",
    "communities": "Community",
    "index-parts": "IndexPart",
}
_ENDS = {
    "ABOUT": "entities",
    "PART_OF": "documents",
    "NEXT": "chunks",
    "MENTIONS": "entities",
    "RELATES_TO": "entities",
    "STATES": "values",
    "SIMILAR": "entities",
    "IN_COMMUNITY": "communities",
    "PARENT": "communities",
    "CITES": "chunks",
}


def _columns(said: str) -> dict[str, str]:
    """Turn ``name:type name:type`` into a mapping."""
    return dict(word.split(":") for word in said.split())


_NODE_COLUMNS = {
    "documents": _columns("title:string source:string metadata:string filters:string[] headings:long[] text:string"),
    "chunks": _columns(
        "document_id:string position:long start:long stop:long title:string heading:string sentences:long[] "
        "text:string fact_ids:string[] embedding:float[]"
    ),
    "entities": _columns(
        "name:string kind:string aliases:string[] description:string mention_count:long merged_names:string[] "
        "merged_into:string[] merge_methods:string[] merge_scores:double[] embedding:float[]"
    ),
    "values": _columns("name:string"),
    "communities": _columns(
        "level:long size:long title:string rank:double first_year:string last_year:string report_digest:string "
        "made_by:string summary:string findings:string key_entities:string[] documents:string[] embedding:float[]"
    ),
    "index-parts": _columns("data:byte[]"),
}
_FACT = _columns(
    "id:string predicate:string value:string said_when:string confidence:double chunk_ids:string[] "
    "document_ids:string[] starts:long[] stops:long[] quotes:string[]"
)
_LINK_COLUMNS = {
    "ABOUT": _columns("weight:double reason:string"),
    "MENTIONS": _columns("count:long starts:long[] stops:long[] texts:string[] sources:string[]"),
    "RELATES_TO": _FACT,
    "STATES": _FACT,
    "SIMILAR": _columns("score:double"),
}


def export_admin(workspace: "Workspace", folder: Path, graph: str = DEFAULT_GRAPH) -> dict[str, int]:
    """Write the CSV files of a graph and the command that imports them.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    folder : Path
        Where to write; files of these names are replaced.
    graph : str
        The name that the graph will have.

    Returns
    -------
    dict[str, int]
        Kind of node or type of relationship -> number of rows.
    """
    check_graph_name(graph)
    folder.mkdir(parents=True, exist_ok=True)
    content = Content(workspace)
    counts: dict[str, int] = {}
    totals: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for kind in KINDS:
        with ExitStack() as stack:
            nodes = _file(stack, folder / f"{kind}.csv", _node_header(kind))
            links = {name: _file(stack, folder / f"{name}.csv", _link_header(kind, name)) for name in LINKS[kind]}
            for item in content.items(kind):
                own = (1, *item.digests())
                totals[kind] = [a + b for a, b in zip(totals[kind] or [0] * len(own), own, strict=True)]
                nodes.write(_line(_node_row(graph, kind, item)))
                for link in item.links:
                    columns = _LINK_COLUMNS.get(link.type, {})
                    said = [link.properties.get(name) for name in columns]
                    ends = [link.target, item.id] if link.type == _MEMBERSHIP else [item.id, link.target]
                    links[link.type].write(_line([*ends, graph, *said]))
                    counts[link.type] = counts.get(link.type, 0) + 1
        counts[kind] = totals[kind][0] if totals[kind] else 0
    items = {kind: counts[kind] for kind in KINDS}
    _write_stamp(folder / "stamp.csv", graph, make_stamp(workspace, content, items, totals))
    command = " \\\n  ".join(["neo4j-admin database import full", *import_arguments(Path()), "neo4j"])
    advice = "# Run in this folder, with the server stopped; then: graphrag publish -w WORKSPACE --neo4j ADDRESS"
    (folder / COMMAND_FILE).write_text(f"#!/bin/sh\n{advice}\n{command}\n", encoding="utf-8")
    return counts


def import_arguments(folder: Path) -> list[str]:
    """Return the arguments of ``database import full`` for the files of a folder, without the database's name."""
    nodes = [f"--nodes={_LABELS[kind]}={folder / kind}.csv" for kind in KINDS]
    links = [f"--relationships={name}={folder / name}.csv" for name in _ENDS]
    return [
        *nodes,
        f"--nodes=GraphStamp={folder / 'stamp.csv'}",
        *links,
        "--id-type=string",
        f"--array-delimiter=U+{ord(_DELIMITER):04X}",
        "--multiline-fields=true",
        "--legacy-style-quoting=false",
        "--overwrite-destination=true",
        f"--report-file={folder / 'import.report'}",
    ]


def _file(stack: ExitStack, path: Path, header: str) -> TextIO:
    """Open a file and write its header."""
    file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    file.write(header + "\n")
    return file


def _node_header(kind: str) -> str:
    """Return the header of a kind of node."""
    columns = [f"{name}:{said}" for name, said in _NODE_COLUMNS[kind].items()]
    return ",".join([f"id:ID({kind})", "graph:string", "digest:long", "links:long", *columns])


def _link_header(kind: str, name: str) -> str:
    """Return the header of a type of relationship."""
    columns = [f"{column}:{said}" for column, said in _LINK_COLUMNS.get(name, {}).items()]
    start, end = ("entities", kind) if name == _MEMBERSHIP else (kind, _ENDS[name])
    return ",".join([f":START_ID({start})", f":END_ID({end})", "graph:string", *columns])


def _node_row(graph: str, kind: str, item: Item) -> list[Any]:
    """Return a node as a row."""
    digests = item.digests()
    known = None if digests.links == -1 else digests.links
    return [item.id, graph, digests.properties, known, *(item.properties.get(name) for name in _NODE_COLUMNS[kind])]


def _line(values: list[Any]) -> str:
    """Return a row of CSV; nothing at all stands for a property that is not there."""
    return ",".join(map(_field, values)) + "\n"


def _field(value: Any) -> str:
    """Return one field of CSV."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = _DELIMITER.join(str(byte - 256 if byte > 127 else byte) for byte in value)
    elif hasattr(value, "tolist"):  # a vector of float32, of which nine digits say everything
        value = _DELIMITER.join(f"{number:.9g}" for number in value.tolist())
    elif isinstance(value, list):
        if any(isinstance(item, str) and (_DELIMITER in item or not item) for item in value):
            raise Neo4jError("A list of texts holds what the import cannot read; use `graphrag publish` instead.")
        value = _DELIMITER.join(str(item) for item in value)
    said = value if isinstance(value, str) else repr(value)
    return '"' + said.replace('"', '""') + '"'


def _write_stamp(path: Path, graph: str, stamp: Mapping[str, Any]) -> None:
    """Write the stamp as a file of one node."""
    facts = {"graph": graph, "state": "complete", **stamp}
    kinds = {name: "long" if isinstance(value, int) else "string" for name, value in facts.items()}
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join([":ID(stamps)", *(f"{name}:{kind}" for name, kind in kinds.items())]) + "\n")
        file.write(_line([graph, *facts.values()]))
