"""Rows of tables and lists in running text: cells and columns, labels and their values, the row that a value is of."""

import re
from collections.abc import Container, Iterator, Sequence

from graphrag.answering.wording import stems_of
from graphrag.types import Span

__all__ = ["cell_around", "cells_of", "column_tells", "is_of_another_row", "is_row", "label_over", "values_of"]

# "| Child | £4.00 |", "Calls | 60 days", and columns that are set by spaces or tabs.
_BETWEEN = re.compile(r"\s*\|\s*|\t+|\s{2,}")
# "Apologies: Nadia Osei", "**Stratification**: keeping moist seed cold"
_LABELLED = re.compile(
    r"^[^\w\n]*(?P<label>\w(?:[^:\n.;,|]{0,60}[^\W_])?)[^\w\s:]*:[^\w\n]*\s(?P<value>\S[^\n]*?)[.;]?\s*$", re.MULTILINE
)


def values_of(text: str) -> list[tuple[str, Span]]:
    """Return the label and the place of the value of each line of the form "Apologies: Nadia Osei"."""
    return [(found["label"], Span(*found.span("value"))) for found in _LABELLED.finditer(text)]


def label_over(text: str, start: int) -> tuple[str, Span] | None:
    """Return the label and the place of the value that a place of a text lies in; None where it has no label."""
    return next(((label, value) for label, value in values_of(text) if value.start <= start < value.end), None)


def is_row(text: str) -> bool:
    """Tell whether a line is a row of several cells."""
    return "\n" not in text and len(cells_of(text)) > 1


def cells_of(text: str) -> list[Span]:
    """Return where the cells of the rows of a text stand; nothing of lines that are no rows."""
    found: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        cells = [*_cells_in(line.group(), line.start())]
        found += cells if len(cells) > 1 else []
    return found


def _cells_in(line: str, start: int) -> Iterator[Span]:
    """Yield the cells of one line."""
    begin = 0
    for between in (*_BETWEEN.finditer(line), None):
        end = len(line) if between is None else between.start()
        if begin < end:
            yield Span(start + begin, start + end)
        begin = len(line) if between is None else between.end()


def cell_around(text: str, start: int) -> Span | None:
    """Return the cell that a place of a text lies in; None in a line that is no row."""
    return next((cell for cell in cells_of(text) if cell.start <= start < cell.end), None)


def column_tells(text: str, start: int, columns: Sequence[str], asked: Container[str]) -> int:
    """Return 1 where the head of a value's column has words of the question, -1 where only another has, else 0.

    Parameters
    ----------
    text : str
        One row or several.
    start : int
        Where the value stands in it.
    columns : sequence of str
        The heads of the columns; of several rows without them the first row has them.
    asked : container of str
        Stems of the words of the question.
    """
    lines = text.split("\n")
    own = text.count("\n", 0, start)
    begin = sum(len(line) + 1 for line in lines[:own])
    cells = cells_of(lines[own])
    if not columns and own > 0:
        columns = [lines[0][cell.start : cell.end] for cell in cells_of(lines[0])]
    place = next((at for at, cell in enumerate(cells) if cell.start <= start - begin < cell.end), None)
    if place is None or len(cells) != len(columns):
        return 0
    said = [any(word in asked for word in stems_of(column)) for column in columns]
    if said[place]:
        return 1
    return -1 if any(said[1:]) else 0


def is_of_another_row(text: str, start: int, asked: Container[str]) -> bool:
    """Tell whether another row of a table ("Calls | 60 days") or list ("Calls: 60 days") has more of the question.

    Parameters
    ----------
    text : str
        A row a line; the first of a table may only name the columns, and is not compared.
    start : int
        Where a value stands in it.
    asked : container of str
        Stems of the words of the question.
    """
    rows = text.split("\n")
    own = text.count("\n", 0, start)
    first = next((first for first, sign in enumerate((": ", " | ")) if all(sign in row for row in rows)), None)
    if first is None or own < first:
        return False
    said = [sum(word in asked for word in set(stems_of(row))) for row in rows[first:]]
    return said[own - first] < max(said)
