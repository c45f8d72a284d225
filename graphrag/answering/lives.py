"""Births and deaths in the brackets after a name: "(1 May 1900, Lyon – 1980, Paris)"."""

import re
from dataclasses import dataclass
from functools import lru_cache

from graphrag.answering.dates import find_dates
from graphrag.answering.spans import NOT_NAMES, next_name
from graphrag.text import fold
from graphrag.types import Span

__all__ = ["Life", "life_of"]


@dataclass(frozen=True, slots=True)
class Life:
    """What the brackets after a person's name say, as spans of the text; None where they do not say it."""

    born_on: Span | None = None
    born_in: Span | None = None
    died_on: Span | None = None
    died_in: Span | None = None


_DASH = re.compile(
    r"\s[–—-]+\s|\s?[–—]\s?|(?<=[\d?A-Za-z])-\s|\s-(?=\w)|(?<=[\d?])-(?=c?\.?\s?\d{3,4}\b)|;\s*(?=died|d\.)"
    r"|,\s*(?=died)"
)


@lru_cache(maxsize=20_000)
def life_of(text: str) -> Life:
    """Read "(born 10 January 1930 in Ajmer)" or "(1 May 1900, Lyon – 1980, Paris)" near the start of ``text``."""
    for opening in re.finditer(r"\(", text[:400]):
        close = _closing(text, opening.start())
        inside = text[opening.end() : close]
        if not find_dates(inside) and not re.search(r"\b(?:born|died|\d{3,4})\b", inside):
            continue
        begin = opening.end()
        dash = next(
            (
                m
                for m in _DASH.finditer(inside)
                if re.search(r"\d|\?|born", inside[: m.start()]) and re.search(r"\d|present", inside[m.end() :])
            ),
            None,
        )
        joined = find_dates(inside)
        if dash is None and len(joined) > 1 and joined[1].span.start - joined[0].span.end <= 1:
            cut = begin + joined[1].span.start
            return Life(*_date_place(text, begin, cut), *_date_place(text, cut, close))
        if re.match(r"\s*[–—-]", inside):
            return Life(None, None, *_date_place(text, begin, close))
        if dash is None:
            if re.match(r"\s*(?:died|d\.)", inside):
                return Life(None, None, *_date_place(text, begin, close))
            said_born = re.search(r"\bborn\b|\bb\.|\bné", inside)
            whole = find_dates(inside)
            if not said_born and not (whole and whole[0].date.day):
                continue
            return Life(*_date_place(text, begin, close))
        left, right = (begin, begin + dash.start()), (begin + dash.end(), close)
        if not re.search(r"\d{3}|\?", inside[: dash.start()]):
            continue
        return Life(*_date_place(text, *left), *_date_place(text, *right))
    return Life()


def _closing(text: str, opening: int) -> int:
    """Return where the bracket that opens at ``opening`` closes, at most 300 characters on."""
    depth = 0
    for position in range(opening, min(len(text), opening + 300)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return min(len(text), opening + 300)


def _date_place(text: str, start: int, stop: int) -> tuple[Span | None, Span | None]:
    """Return the first date of a part of the brackets, and the place beside it."""
    part = text[start:stop]
    dates = find_dates(part) or ()
    date = dates[0].span.shift(start) if dates else None
    if date is None:
        bare = re.search(r"\b\d{3,4}\b", part)
        date = Span(start + bare.start(), start + bare.end()) if bare else None
    after = date.end if date else start
    place = _place_at(text, after, stop)
    if place is None and date is not None:
        said = re.search(r"\bin\s+(?=[^\W\d])", part[: date.start - start])
        place = _place_at(text, start + said.start(), date.start) if said else None
    return date, place


def _place_at(text: str, start: int, stop: int) -> Span | None:
    """Return the place named after ``start``, over commas and "in"."""
    lead = re.compile(r"\??[\s,;]*(?:(?:in|at|near)\s+)?").match(text, start, stop)
    begin = lead.end() if lead else start
    name = next_name(text, begin, stop, commas=True, skip=3)
    return name if name is not None and fold(text[name.start : name.end].split()[0]) not in NOT_NAMES else None
