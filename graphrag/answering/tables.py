"""Rows of tables and lists in running text: cells and columns, labels and their values, the row that a value is of."""

import re
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache

from graphrag.answering.wording import stems_of
from graphrag.types import Span

__all__ = [
    "cell_around",
    "cells_of",
    "column_tells",
    "is_cut_off",
    "is_of_another_row",
    "is_row",
    "label_over",
    "values_of",
]

# "| Child | £4.00 |", "Calls | 60 days", and columns that are set by spaces or tabs.
_BETWEEN = re.compile(r"\s*\|\s*|\t+|\s{2,}")
_SET = re.compile(r"\||\t|\s{3,}")  # what a row has at least once: two spaces stand in prose too
_GOES_ON = re.compile(r"\s?[^\W_]")  # and no comma, bracket or slash
# "Apologies: Nadia Osei", "**Stratification**: keeping moist seed cold"
_LABELLED = re.compile(
    r"^[^\w\n]*(?P<label>\w(?:(?:[^:\n.;,|]|[.,](?=\d)){0,60}[^\W_])?)[^\w\s:]*:(?P<value>[^\n]+)", re.MULTILINE
)


@lru_cache(maxsize=1_000)
def values_of(text: str) -> tuple[tuple[str, Span], ...]:
    """Return the label and the place of the value of each line of the form "Apologies: Nadia Osei"."""
    found = []
    for line in _LABELLED.finditer(text):
        value = line["value"]
        start = len(value) - len(value.lstrip(" *_\t"))
        end = len(value.rstrip(" .;\t\r"))
        if 0 < start < end:  # "09:30" and "https:" are no labels
            found.append((line["label"], Span(line.start("value") + start, line.start("value") + end)))
    return tuple(found)


def label_over(text: str, start: int) -> tuple[str, Span] | None:
    """Return the label and the place of the value that a place of a text lies in; None where it has no label."""
    return next(((label, value) for label, value in values_of(text) if value.start <= start < value.end), None)


def is_row(text: str) -> bool:
    """Tell whether a line is a row of several cells."""
    return "\n" not in text and len(cells_of(text)) > 1


@lru_cache(maxsize=1_000)
def cells_of(text: str) -> tuple[Span, ...]:
    """Return where the cells of the rows of a text stand; nothing of lines that are no rows."""
    found: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        cells = [*_cells_in(line.group(), line.start())]
        found += cells if len(cells) > 1 else []
    return tuple(found)


def _cells_in(line: str, start: int) -> Iterator[Span]:
    """Yield the cells of one line."""
    begin = 0 if _SET.search(line) else len(line)
    for between in (*_BETWEEN.finditer(line), None):
        end = len(line) if between is None else between.start()
        if begin < end:
            yield Span(start + begin, start + end)
        begin = len(line) if between is None else max(begin, between.end())


def cell_around(text: str, start: int) -> Span | None:
    """Return the cell that a place of a text lies in; None in a line that is no row."""
    return next((cell for cell in cells_of(text) if cell.start <= start < cell.end), None)


def is_cut_off(text: str, start: int, length: int) -> bool:
    """Tell whether a part of a text is a piece of a cell, and not one of several things that stand in it."""
    cell = cell_around(text, start)
    if cell is None:
        return False
    before, after = text[cell.start : start], text[start + length : cell.end]
    return bool(_GOES_ON.match(after) or _GOES_ON.search(before[-1:]))


def column_tells(text: str, start: int, columns: Sequence[str], asked: Container[str]) -> int:
    """Return 1 where the head of a value's column has most words of the question, -1 where another has more, else 0.

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
    said = [_told(column, asked) for column in columns]
    best = max(said[1:], default=0)
    return 0 if best == 0 else 1 if said[place] >= best else -1


def is_of_another_row(text: str, start: int, asked: Container[str]) -> bool:
    """Tell whether another row of a table ("Calls | 60 days") or label ("Calls: 60 days") has more of the question.

    Parameters
    ----------
    text : str
        A row a line; the first of a table may only name the columns, and is not compared.
    start : int
        Where a value stands in it.
    asked : container of str
        Stems of the words of the question.
    """
    if (own := label_over(text, start)) is not None:
        return _told(own[0], asked) < max(_told(label, asked) for label, _ in values_of(text))
    rows, at = text.split("\n"), text.count("\n", 0, start)
    if at == 0 or not all(is_row(row) for row in rows):
        return False
    return _told(rows[at], asked) < max(_told(row, asked) for row in rows[1:])


def _told(text: str, asked: Container[str]) -> int:
    """Return how many words of a question a text has."""
    return sum(word in asked for word in set(stems_of(text)))
