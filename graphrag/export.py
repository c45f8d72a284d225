"""A build in formats that other programs read: JSON lines, Parquet, GraphML.

The first two hold one file a kind, with the same columns; spans are code points of the document's text, end exclusive.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.stores.replacing import replacing

if TYPE_CHECKING:
    import networkx
    import pyarrow as pa

    from graphrag.stores.workspace import Workspace

__all__ = ["KINDS", "export_graphml", "export_jsonl", "export_parquet"]

KINDS = ("documents", "chunks", "entities", "mentions", "facts", "communities", "reports")
_BATCH = 2000

# What XML 1.0 cannot hold (section 2.2), lone surrogates among it.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export_jsonl(workspace: "Workspace", folder: Path) -> dict[str, int]:
    """Write ``documents.jsonl``, ``chunks.jsonl``, … into a folder, one JSON object a line.

    Parameters
    ----------
    workspace : Workspace
        The build to export.
    folder : Path
        Where to write; it is made where it is missing, and files of these names are replaced.

    Returns
    -------
    dict[str, int]
        Kind -> number of rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for kind in KINDS:
        count = 0
        with (
            replacing(folder / f"{kind}.jsonl") as path,
            path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
        ):
            for row in _rows(workspace, kind):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
        counts[kind] = count
    return counts


def export_parquet(workspace: "Workspace", folder: Path) -> dict[str, int]:
    """Write ``documents.parquet``, ``chunks.parquet``, … into a folder; metadata is a JSON string there.

    Parameters and result are those of :func:`export_jsonl`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for kind, schema in _schemas(pa).items():
        count = 0
        with replacing(folder / f"{kind}.parquet") as path, pq.ParquetWriter(path, schema, compression="zstd") as file:
            for batch in _batches(_rows(workspace, kind)):
                for row in batch:
                    if "metadata" in row:
                        row["metadata"] = json.dumps(row["metadata"], sort_keys=True)
                file.write_table(pa.Table.from_pylist(batch, schema))
                count += len(batch)
        counts[kind] = count
    return counts


def export_graphml(workspace: "Workspace", path: Path) -> dict[str, int]:
    """Write one directed GraphML graph of documents, entities and facts.

    Nodes are documents, entities, and the values that facts state (``kind`` tells which).  Edges are facts (with
    predicate, confidence, date and the first sentence that says it), and ``mentions`` from a document to an entity with
    their number.

    Parameters
    ----------
    workspace : Workspace
        The build to export.
    path : Path
        The file to write; it is replaced.

    Returns
    -------
    dict[str, int]
        The number of ``nodes`` and ``edges``.
    """
    import networkx

    graph = _graph(workspace)
    graph = networkx.relabel_nodes(graph, {node: _xml(node) for node in graph if _NOT_XML.search(node)})
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        networkx.write_graphml_xml(graph, part)
    return {"nodes": graph.number_of_nodes(), "edges": graph.number_of_edges()}


def _graph(workspace: "Workspace") -> "networkx.MultiDiGraph":
    """Return the graph of a build for GraphML."""
    import networkx

    graph = networkx.MultiDiGraph()
    for document in workspace.documents():
        graph.add_node(f"document:{document.id}", **_clean({"kind": "document", "name": document.title or document.id}))
    for entity in workspace.entities():
        about = {
            "kind": "entity",
            "name": entity.name,
            "label": entity.label,
            "aliases": "; ".join(entity.aliases),
            "description": entity.description,
            "mentions": entity.mention_count,
        }
        graph.add_node(entity.id, **_clean(about))
    for fact in workspace.facts():
        target: str = fact.object or f"value:{fact.value}"
        if fact.object is None:
            graph.add_node(target, **_clean({"kind": "value", "name": fact.value}))
        says = {
            "kind": "fact",
            "predicate": fact.predicate,
            "confidence": fact.confidence,
            "when": fact.when,
            "evidence": len(fact.evidence),
            "quote": fact.evidence[0].text if fact.evidence else "",
            "document": fact.evidence[0].document_id if fact.evidence else "",
        }
        graph.add_edge(fact.subject, target, key=fact.id, **_clean(says))
    seen = Counter((mention.document_id, mention.entity_id) for mention in workspace.mentions())
    for (document_id, entity_id), count in sorted(seen.items()):
        graph.add_edge(f"document:{document_id}", entity_id, key="mentions", kind="mentions", mentions=count)
    return graph


def _rows(workspace: "Workspace", kind: str) -> Iterator[dict[str, Any]]:
    """Yield the things of a kind as JSON-able rows, in the workspace's order."""
    read: Callable[[], Iterable[Any]] = getattr(workspace, kind)
    for thing in read():
        row: dict[str, Any] = asdict(thing, dict_factory=_told)
        if isinstance(row.get("metadata"), Mapping):
            row["metadata"] = dict(row["metadata"])
        if kind == "documents":
            row["headings"] = [{"level": level, **span} for level, span in row["headings"]]
        if kind == "reports":
            row["when"] = {"first": row["when"][0], "last": row["when"][1]}
        yield row


def _told(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return what a build holds of a thing: the page of a quote is only told where it is shown."""
    return {name: value for name, value in fields if name != "page"}


def _schemas(pa: Any) -> "dict[str, pa.Schema]":
    """Return the columns of each kind."""
    text, number, real = pa.string(), pa.int64(), pa.float64()
    texts = pa.list_(text)
    span = pa.struct({"start": number, "end": number})
    quotes = pa.list_(pa.struct({"document_id": text, "chunk_id": text, "span": span, "text": text}))
    heading = pa.struct({"level": number, "start": number, "end": number})
    finding = pa.struct({"text": text, "quotes": quotes, "facts": texts})
    columns: dict[str, dict[str, Any]] = {
        "documents": dict.fromkeys(("id", "title", "text", "source", "metadata"), text)
        | {"headings": pa.list_(heading)},
        "chunks": {"id": text, "document_id": text, "position": number, "span": span}
        | {"text": text, "title": text, "heading": text, "sentences": pa.list_(span)},
        "entities": {"id": text, "name": text, "label": text, "aliases": texts}
        | {"description": text, "mention_count": number},
        "mentions": {"entity_id": text, "chunk_id": text, "document_id": text, "span": span}
        | {"text": text, "source": text},
        "facts": {"id": text, "subject": text, "predicate": text, "object": text, "value": text, "when": text}
        | {"confidence": real, "evidence": quotes},
        "communities": {"id": text, "level": number, "parent": text, "members": texts},
        "reports": {"community_id": text, "title": text, "summary": text, "findings": pa.list_(finding)}
        | {"key_entities": texts, "documents": texts, "when": pa.struct({"first": text, "last": text})}
        | {"rank": real, "digest": text, "made_by": text},
    }
    return {kind: pa.schema(columns[kind]) for kind in KINDS}


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in lists of a bounded length, so that nothing holds the corpus."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    """Make attribute values fit for XML."""
    return {key: _xml(value) if isinstance(value, str) else value for key, value in values.items()}


def _xml(text: str) -> str:
    """Replace what XML cannot hold by U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)
