"""Rows of JSON, JSON Lines and CSV files, one document each, read as a stream."""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from graphrag.documents.decoding import Encoding, no_surrogates, open_text
from graphrag.documents.problems import Reporter
from graphrag.types import Document, DocumentId, Scalar, content_digest

__all__ = ["MAX_ROW", "read_csv", "read_json", "read_json_lines", "scalar"]

MAX_ROW = 64 << 20
"""The longest row in code points: a longer one is reported and left out."""

_BLOCK = 1 << 20
_ID_KEYS = ("id", "_id")
_TITLE_KEYS = ("title",)
_TEXT_KEYS = ("text", "content", "contents", "body", "passage")
_SPACE = re.compile(r"[\s\ufeff]*")

Row = tuple[str, dict[str, object]]  # where it stands, its fields


def read_json(path: Path, source: str, encoding: Encoding, report: Reporter) -> Iterator[Document]:
    """Yield the documents of a JSON file: a list of objects, one object, or objects one after the other."""
    with open_text(path, encoding, None) as file:
        yield from _documents(_json_values(file, report), source, report)


def read_json_lines(path: Path, source: str, encoding: Encoding, report: Reporter) -> Iterator[Document]:
    """Yield the documents of a JSON Lines file; a broken line is reported and costs no other line."""
    with open_text(path, encoding, None) as file:
        yield from _documents(_json_lines(file, report), source, report)


def read_csv(path: Path, source: str, encoding: Encoding, report: Reporter) -> Iterator[Document]:
    """Yield the documents of a table whose first line names its columns; ``, ; tab`` and ``|`` separate them."""
    with open_text(path, encoding, "") as file:
        yield from _documents(_csv_rows(file, report), source, report)


def scalar(value: object) -> Scalar:
    """Return a metadata value: scalars as they are, dates and the like as text, nested values as JSON text."""
    if isinstance(value, str):
        return no_surrogates(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return no_surrogates(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


# --- rows to documents


def _documents(rows: Iterator[Row], source: str, report: Reporter) -> Iterator[Document]:
    count = 0
    for where, fields in rows:
        count += 1
        document = _document(where, fields, source, report)
        if document is not None:
            yield document
    if count == 0 and report.silent:
        report.add("empty", "it holds no rows")


def _document(where: str, fields: dict[str, object], source: str, report: Reporter) -> Document | None:
    """Return the document of one row, or None after reporting why there is none."""
    if all(value is None or value == "" for value in fields.values()):
        report.add("empty", "the row is empty", where)
        return None
    names = {name.strip().casefold(): name for name in reversed(fields)}
    id_key, title_key, text_key = (_first(names, fields, keys) for keys in (_ID_KEYS, _TITLE_KEYS, _TEXT_KEYS))
    if text_key is None:
        report.add("no text", f"the row has no text; it needs one of the fields {', '.join(_TEXT_KEYS)}", where)
        return None
    text = fields[text_key]
    if not isinstance(text, str) or not text.strip():
        what = "is empty" if text is None or isinstance(text, str) else f"is {_kind(text)}, not a text"
        report.add("no text", f"the row's “{text_key}” {what}", where)
        return None
    title_value = fields[title_key] if title_key is not None else None
    title = str(title_value).strip() if isinstance(title_value, str | int | float) else ""
    title, text = no_surrogates(title), no_surrogates(text)
    used = {id_key, title_key, text_key}
    rest = ((name, value) for name, value in fields.items() if name not in used and value != "")
    metadata = {no_surrogates(name): scalar(value) for name, value in rest}
    row_id = _row_id(fields[id_key] if id_key is not None else None, where, report)
    if row_id is None:
        said = (f"{name}={value!r}" for name, value in sorted(metadata.items()))
        row_id = f"{source}#{content_digest(title, text, *said)[:12]}"
    return Document(DocumentId(row_id), title, text, source, metadata)


def _first(names: Mapping[str, str], fields: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    """Return the first field among ``keys`` that holds something, else the first that is there at all."""
    present = [names[key] for key in keys if key in names]
    return next((name for name in present if fields[name] not in (None, "")), present[0] if present else None)


def _row_id(value: object, where: str, report: Reporter) -> str | None:
    """Return the row's own id, exactly as it is, or None where it has none."""
    if isinstance(value, str):
        return no_surrogates(value) if value.strip() else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is not None:
        report.add("id", f"the row's id is {_kind(value)}; an id made from its content is used", where)
    return None


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if value is None:
        return "null"
    return "a list" if isinstance(value, list) else "an object"


# --- JSON


_DECODER = json.JSONDecoder(parse_constant=str)  # NaN and Infinity are no JSON: kept as text


def _row(value: object, where: str, report: Reporter) -> Iterator[Row]:
    if isinstance(value, dict):
        yield where, value
    else:
        report.add("malformed", f"the row is {_kind(value)}, not an object with a text", where)


def _json_lines(file: TextIO, report: Reporter) -> Iterator[Row]:
    for number, line in _lines(file, report):
        content = line.strip().strip("\ufeff")
        if not content:
            continue
        where = f"line {number}"
        try:
            value = _DECODER.decode(content)
        except (ValueError, RecursionError) as error:
            report.add("malformed", f"the line is not valid JSON ({_reason(error)})", where)
            continue
        yield from _row(value, where, report)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _lines(file: TextIO, report: Reporter) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of ``file``, none longer than :data:`MAX_ROW`."""
    number = 0
    while line := file.readline(MAX_ROW + 1):
        number += 1
        if len(line) > MAX_ROW and not line.endswith("\n"):
            while (part := file.readline(_BLOCK)) and not part.endswith("\n"):
                pass
            report.add("too large", f"the line is longer than {MAX_ROW:,} characters; split it", f"line {number}")
            yield number, "\n"
            continue
        yield number, line


def _json_values(file: TextIO, report: Reporter) -> Iterator[Row]:
    """Yield the objects of a JSON file without ever holding more than one of them and a block of text."""
    buffer = _Buffer(file)
    rows = 0
    in_list = False
    try:
        while (mark := buffer.peek()) != "":
            if not in_list and mark == "[":
                in_list = True
                buffer.take()
            elif in_list and mark == "]":
                in_list = False
                buffer.take()
            else:
                rows += 1
                where = f"row {rows}"
                yield from _row(buffer.value(), where, report)
                if in_list:
                    buffer.separator()
        if in_list:
            raise ValueError("the list is not closed; the file seems cut off")
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        message = f"not valid JSON ({reason}); the file was read up to here, row {rows:,}, and no further"
        report.add("malformed", message, f"line {buffer.line}")


class _Buffer:
    """A window on a JSON file that grows until the value in it is complete."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self.line = 1

    def peek(self) -> str:
        """Return the next character that is not white space, "" at the end."""
        while True:
            end = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches everywhere
            self._move(end)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def take(self) -> None:
        self._move(self._at + 1)

    def separator(self) -> None:
        """Go past the comma after an element of a list; leave the closing bracket."""
        mark = self.peek()
        if mark == ",":
            self.take()
            if self.peek() == "]":
                raise ValueError("a comma before the end of the list")
        elif mark not in ("]", ""):
            raise ValueError(f"a comma is missing before {mark!r}")

    def value(self) -> object:
        """Return the value that begins here."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # A value that only goes on in the next block fails at the end of the buffer or in an open string.
                open_ended = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - 12
                lines = self._text.count("\n", self._at, error.pos)
                if open_ended and self._grow():
                    continue
                self.line += lines
                raise ValueError(error.msg) from error
            if end == len(self._text) and self._grow():  # a number may go on
                continue
            self._move(end)
            return value

    def _move(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def _grow(self) -> bool:
        """Read on, twice as much as is held, so that a long value costs linear time; False at the end."""
        rest = len(self._text) - self._at
        if rest > MAX_ROW:
            raise ValueError(f"a row is longer than {MAX_ROW:,} characters, or a text is not closed")
        more = self._file.read(max(_BLOCK, rest))
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)


# --- CSV


def _csv_rows(file: TextIO, report: Reporter) -> Iterator[Row]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW))
    lines = _lines(file, report)
    header_at, header = next(((number, line) for number, line in lines if line.strip()), (0, ""))
    if not header:
        return
    delimiter, columns = _header(header)
    if not columns:
        message = f"its first line names no text column; it needs one of {', '.join(_TEXT_KEYS)}"
        report.add("no text", message, f"line {header_at}")
        return
    reader = csv.reader((line for _, line in lines), delimiter=delimiter, strict=True)
    while True:
        where = f"line {header_at + reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = "a quotation mark is not closed" if "unexpected end" in str(error) else str(error)
            report.add("malformed", f"the row that begins here cannot be read: {reason}", where)
            continue
        if any(cells[len(columns) :]):
            message = f"the row has {len(cells)} cells for {len(columns)} columns; quote cells that hold {delimiter!r}"
            report.add("malformed", message, where)
        elif cells:
            yield where, dict(zip(columns, cells, strict=False))


def _header(line: str) -> tuple[str, list[str]]:
    """Return the separator under which the first line has a text column, and the columns; none where it has none."""
    for delimiter in ",;\t|":
        try:
            columns = next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter))
        except (csv.Error, StopIteration):
            continue
        if any(column.strip().casefold() in _TEXT_KEYS for column in columns):
            return delimiter, [column or f"column {number}" for number, column in enumerate(columns, 1)]
    return ",", []
