"""Outputs of Microsoft GraphRAG: four tables in Parquet files.

The columns are those of versions 0.3 to 3.1: until 1.2 the files were called ``create_final_….parquet``, until 0.3 an
entity's name was ``name`` and a document's text ``raw_content``, until 2.7 a text unit had ``document_ids``, since 3.0
it has ``document_id``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphrag.documents.decoding import no_surrogates
from graphrag.documents.rows import scalar
from graphrag.errors import InputError
from graphrag.importing.stored import Store, StoredDocument, StoredEntity, StoredRelation, StoredUnit
from graphrag.types import Scalar

__all__ = ["PROGRAM", "WANTED", "read", "wrote"]

PROGRAM = "Microsoft GraphRAG"
WANTED = ("entities.parquet", "relationships.parquet", "text_units.parquet", "documents.parquet")
_BEFORE = "create_final_"  # what the files' names began with

# Table -> its columns, each with the names that it had; a document's table may be missing.
_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "documents": {"id": ("id",), "text": ("text", "raw_content")},
    "text_units": {"id": ("id",), "text": ("text", "chunk"), "documents": ("document_id", "document_ids")},
    "entities": {"name": ("title", "name"), "units": ("text_unit_ids",)},
    "relationships": {"source": ("source",), "target": ("target",), "units": ("text_unit_ids",)},
}
_MORE: dict[str, dict[str, tuple[str, ...]]] = {
    "documents": {"title": ("title",), "created": ("creation_date",), "metadata": ("metadata", "raw_data")},
    "text_units": {"order": ("human_readable_id",)},
    "entities": {"kind": ("type",)},
    "relationships": {"description": ("description",)},
}


def wrote(folder: Path) -> bool:
    """Tell whether a folder looks like an output of Microsoft GraphRAG."""
    return any(_file(folder, table) is not None for table in ("entities", "relationships", "text_units"))


def read(folder: Path) -> Store:
    """Read an output.

    Raises
    ------
    InputError
        A table is missing, damaged, or has other columns.
    """
    missing = [f"{table}.parquet" for table in _COLUMNS if table != "documents" and _file(folder, table) is None]
    if missing:
        raise InputError(
            f"The folder {folder} looks like an output of {PROGRAM}, but {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing: let it finish its index, or copy the whole folder."
        )
    units = sorted(_rows(folder, "text_units"), key=lambda row: row["order"] if isinstance(row["order"], int) else 0)
    return Store(
        PROGRAM,
        tuple(_document(row) for row in _rows(folder, "documents")),
        tuple(StoredUnit(_text(row["id"]), _texts(row["documents"]), _text(row["text"])) for row in units),
        tuple(
            StoredEntity(_name(row["name"]), _name(row["kind"]), _texts(row["units"]))
            for row in _rows(folder, "entities")
        ),
        tuple(
            StoredRelation(_name(row["source"]), _name(row["target"]), _name(row["description"]), _texts(row["units"]))
            for row in _rows(folder, "relationships")
        ),
        stripped=False,
    )


def _document(row: Mapping[str, Any]) -> StoredDocument:
    """Return a row of the table of documents."""
    text = _text(row["text"])
    title = _text(row["title"])
    metadata: dict[str, Scalar] = {}
    if isinstance(row["metadata"], dict):
        said = {**row["metadata"]}
        metadata = {
            no_surrogates(str(key)): scalar(value)
            for key, value in sorted(said.items())
            if value is not None and key not in ("id", "title") and value != row["text"]
        }
    if _text(row["created"]):
        metadata["creation_date"] = _text(row["created"])
    return StoredDocument(_text(row["id"]), title, text, title, metadata)


def _file(folder: Path, table: str) -> Path | None:
    """Return the file of a table, by its present or its former name."""
    for name in (f"{table}.parquet", f"{_BEFORE}{table}.parquet"):
        if (folder / name).is_file():
            return folder / name
    return None


def _rows(folder: Path, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, by our names of its columns; no rows where there is no file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = _file(folder, table)
    if path is None:
        return
    try:
        with pq.ParquetFile(path) as file:
            names = _names(path, table, set(file.schema_arrow.names))
            for batch in file.iter_batches(columns=list(names.values())):
                for row in batch.to_pylist():
                    yield {ours: row.get(names[ours]) if ours in names else None for ours in _wanted(table)}
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The file {path} cannot be read as Parquet ({' '.join(str(error).split())[:200]}): copy it again."
        ) from error


def _wanted(table: str) -> list[str]:
    """Return our names of a table's columns."""
    return [*_COLUMNS[table], *_MORE[table]]


def _names(path: Path, table: str, there: set[str]) -> dict[str, str]:
    """Return our names of the columns that a file has, with its own."""
    known = _COLUMNS[table] | _MORE[table]
    names = {ours: found for ours, theirs in known.items() if (found := next((n for n in theirs if n in there), None))}
    lacking = [" or ".join(theirs) for ours, theirs in _COLUMNS[table].items() if ours not in names]
    if lacking:
        raise InputError(
            f"The file {path} lacks the column {', '.join(lacking)} (it has {', '.join(sorted(there)) or 'none'}): "
            f"the outputs of versions 0.3 to 3.1 of {PROGRAM} can be imported."
        )
    return names


def _text(value: object) -> str:
    """Return a text or number as text, nothing for what is neither."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return no_surrogates(str(value))


def _texts(value: object) -> tuple[str, ...]:
    """Return a list of texts, each once; one text is a list of one."""
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(text for item in values if (text := _text(item))))


def _name(value: object) -> str:
    """Return a name without the quotation marks that early versions kept around it."""
    return _text(value).strip().strip('"').strip()
