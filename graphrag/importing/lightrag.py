"""Stores of LightRAG in files: documents and chunks in JSON, the graph in GraphML.

nano-graphrag, from which LightRAG comes, writes files of the same names.  What its releases differ in: the early ones
kept quotation marks around names, and no ``file_path``; since 1.5 the text of a document that a parser made is in its
chunks alone.  (Read in lightrag-hku 1.5.7 and in stores of 1.4 and of nano-graphrag.)
"""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from graphrag.documents.decoding import no_surrogates
from graphrag.errors import InputError
from graphrag.importing.graphml import read_graphml
from graphrag.importing.stored import Store, StoredDocument, StoredEntity, StoredRelation, StoredUnit
from graphrag.types import Scalar

__all__ = ["PROGRAM", "WANTED", "read", "wrote"]

PROGRAM = "LightRAG"
_GRAPH, _CHUNKS, _DOCUMENTS = (
    "graph_chunk_entity_relation.graphml",
    "kv_store_text_chunks.json",
    "kv_store_full_docs.json",
)
WANTED = (_GRAPH, _CHUNKS, _DOCUMENTS)
_SEPARATOR = "<SEP>"
_PREVIEW = "{{LRdoc}}"  # before the beginning of a text that is kept elsewhere
_UNKNOWN = frozenset({"", "unknown_source", "no-file-path", "unknown"})


def wrote(folder: Path) -> bool:
    """Tell whether a folder looks like a working directory of LightRAG."""
    return any((folder / name).is_file() for name in WANTED)


def read(folder: Path) -> Store:
    """Read a store.

    Raises
    ------
    InputError
        A file is missing, damaged, or of another form.
    """
    missing = [name for name in (_GRAPH, _CHUNKS) if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"The folder {folder} looks like a store of {PROGRAM}, but {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing: a store is imported from its files, not from a database."
        )
    chunks = _values(folder / _CHUNKS)
    files = {_text(chunk.get("full_doc_id")): _text(chunk.get("file_path")) for chunk in chunks.values()}
    documents = _values(folder / _DOCUMENTS) if (folder / _DOCUMENTS).is_file() else {}
    units = sorted(chunks.items(), key=lambda item: _order(item[1]))
    entities, relations = _graph(folder / _GRAPH)
    return Store(
        PROGRAM,
        tuple(
            _document(identity, documents.get(identity, {}), files.get(identity, ""))
            for identity in dict.fromkeys([*documents, *files])
            if identity
        ),
        tuple(
            StoredUnit(identity, (_text(chunk.get("full_doc_id")),), _text(chunk.get("content")))
            for identity, chunk in units
        ),
        entities,
        relations,
        stripped=True,
    )


def _document(identity: str, said: Mapping[str, Any], file_path: str) -> StoredDocument:
    """Return a document; without its text where the store holds only how it begins."""
    text = _text(said.get("content"))
    source = _text(said.get("file_path")) or file_path
    if source.strip().casefold() in _UNKNOWN:
        source = ""
    metadata: dict[str, Scalar] = {"file_path": source} if source else {}
    return StoredDocument(
        no_surrogates(identity),
        PurePosixPath(source.replace("\\", "/")).name,
        "" if text.startswith(_PREVIEW) else text,
        source,
        metadata,
    )


def _graph(path: Path) -> tuple[tuple[StoredEntity, ...], tuple[StoredRelation, ...]]:
    """Return the nodes and edges of the graph."""
    entities, relations = list[StoredEntity](), list[StoredRelation]()
    for element in read_graphml(path):
        data = element.data
        units = tuple(dict.fromkeys(part.strip() for part in data.get("source_id", "").split(_SEPARATOR)))
        if element.kind == "node":
            entities.append(StoredEntity(_name(element.source), _name(data.get("entity_type", "")), units))
        else:
            description = data.get("description", "").replace(_SEPARATOR, "\n")
            relations.append(StoredRelation(_name(element.source), _name(element.target), description, units))
    return tuple(entities), tuple(relations)


def _values(path: Path) -> dict[str, dict[str, Any]]:
    """Return what a file of keys and values holds."""
    try:
        content = path.read_text(encoding="utf-8-sig")
        data = json.loads(content) if content.strip() else {}
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"The file {path} cannot be read as JSON ({error}): copy it again.") from error
    if not isinstance(data, dict) or not all(isinstance(value, dict) for value in data.values()):
        raise InputError(f"The file {path} is not of the form that {PROGRAM} writes, an object of objects by id.")
    return data


def _order(chunk: Mapping[str, Any]) -> int:
    """Return which chunk of its document it is."""
    order = chunk.get("chunk_order_index")
    return order if isinstance(order, int) else 0


def _text(value: object) -> str:
    """Return a text, and nothing for what is none."""
    return no_surrogates(value) if isinstance(value, str) else ""


def _name(value: str) -> str:
    """Return a name without the quotation marks that early versions kept around it."""
    return no_surrogates(value).strip().strip('"').strip()
