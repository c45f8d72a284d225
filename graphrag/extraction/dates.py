"""Dates as English prose writes them, and the life dates in the parentheses after a name."""

import re
from dataclasses import dataclass

__all__ = ["DATE", "LifePart", "is_date", "life_parts"]

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"\d{3,4}\??(?:\s?/\s?\d{1,4})?(?:\s(?:BCE?|AD|CE)\b)?"
# Day month year, month day year, month year, year.
DATE = rf"(?:{_DAY}\s(?:of\s)?{_MONTH},?\s{_YEAR}|{_MONTH}\s{_DAY}\s?,?\s{_YEAR}|{_MONTH},?\s{_YEAR}|{_YEAR})"
_DATE_ONLY = re.compile(rf"(?:c\.\s?|ca\.\s?|circa\s|about\s|around\s|the\s)?{DATE}s?\Z", re.IGNORECASE)
_FIND_DATE = re.compile(rf"(?<![\w/]){DATE}(?![\w])")
_PLACE = re.compile(
    r"(?:\b(?:in|at|near)\s+)?"
    r"([^\W\d_a-zß-ÿ][\w.’'-]*(?:\s(?:(?:of|the|de|la|am|an der|upon)\s){0,2}[^\W\d_a-zß-ÿ][\w.’'-]*)*)"
)
_DASH = re.compile(
    r"\s*[–—]\s*|\s+-{1,2}\s+|(?<=\d)-(?=\d{4}|\s)|(?<=\d)\s?-\s(?=\S)|(?<=\w)-\s(?=\d|[A-Z][a-z]{2,8}\.?\s\d)"
)
_FULL = rf"(?:{_DAY}\s{_MONTH},?\s\d{{4}}|{_MONTH}\s{_DAY}\s?,?\s\d{{4}})"
_LOST_DASH = re.compile(rf"({_FULL})\s?({_FULL})")  # "October 4, 1916May 5, 2002"
_BORN = re.compile(r"\b(?:born|b\.)(?=\s)|\*(?=\s?\d)")
_DIED = re.compile(r"\b(?:died|d\.|killed|executed)(?=\s)|†")
# Years in parentheses after these words are no life dates.
_NOT_LIFE = re.compile(
    r"\b(?:reign\w*|ruled?|r\.|fl\.|active|since|from|until|in office|published|released|season|series|episodes?|see|"
    r"pp?\.|vol|chapter|ISBN|graduat\w+|class of|elected|married|m\.)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LifePart:
    """One thing that a parenthesis says about a life: ``born on``, ``born in``, ``died on`` or ``died in``."""

    predicate: str
    start: int  # in the text that was searched
    end: int
    exact: bool  # a day, or said with "born" or "died": not just a range of years


def is_date(text: str) -> bool:
    """Tell whether ``text`` is a date that names a year."""
    return _DATE_ONLY.match(text) is not None


def life_parts(text: str, start: int, end: int) -> list[LifePart]:
    """Read birth and death from ``text[start:end]``, the inside of a parenthesis after a name.

    Understands ``March 20, 1884 – July 1, 1968``, ``born 17 May 1997``, ``3 February 1909, in Carcassonne – 1989``,
    ``born X, 19 August 1924 – 9 October 2016``, ``Constantinople, 462 – 527``, ``died 1506``, ``c. 661–679``.

    Returns
    -------
    list of LifePart
        Empty where the parenthesis says nothing about a life.
    """
    inside = text[start:end]
    lost = _LOST_DASH.search(text, start, end)
    if lost is not None and not _NOT_LIFE.search(inside):
        return _side("born", text, start, lost.end(1), lost.span(1), True) + _side(
            "died", text, lost.start(2), end, lost.span(2), True
        )
    if not any(c.isdigit() for c in inside) or _NOT_LIFE.search(inside):
        return []
    begin = start + max(inside.rfind(";"), 0)
    dates = [match.span() for match in _FIND_DATE.finditer(text, start, end)]
    if not dates:
        return []
    born, died = _BORN.search(text, start, end), _DIED.search(text, start, end)
    dashes = [match.span() for match in _DASH.finditer(text, dates[0][1], end)]
    if len(dates) >= 2 and dashes:
        dash = dashes[0]
        first = [d for d in dates if d[1] <= dash[0]][-1:]
        second = [d for d in dates if d[0] >= dash[1]][:1]
        if not first or not second:
            return []
        begin = min(begin, first[0][0])
        exact = born is not None or died is not None or any(not text[a:b].isdigit() for a, b in first + second)
        return _side("born", text, begin, dash[0], first[0], exact) + _side(
            "died", text, dash[1], end, second[0], exact
        )
    if died is not None and died.start() < dates[-1][0]:
        parts = _side("died", text, died.end(), end, dates[-1], True)
        if len(dates) > 1 and dates[0][1] <= died.start():
            parts = _side("born", text, start, died.start(), dates[0], True) + parts
        return parts
    if born is not None and born.start() < dates[-1][0]:
        return _side("born", text, born.end(), end, dates[-1], True)
    if len(dates) == 1 and not inside[: dates[0][0] - start].strip() and not text[slice(*dates[0])].isdigit():
        return _side("born", text, start, end, dates[0], False)
    return []


def _side(verb: str, text: str, start: int, end: int, date: tuple[int, int], exact: bool) -> list[LifePart]:
    """Return the date of one side of a life and, where ``text[start:end]`` names it, the place."""
    parts = [LifePart(f"{verb} on", date[0], date[1], exact)]
    after = _PLACE.search(text, date[1], end)
    before = _PLACE.search(text, start, date[0])
    if after and text[date[1] : after.start()].strip() in ("", ","):
        parts.append(LifePart(f"{verb} in", *after.span(1), True))
    elif before and text[start : before.start()].strip() == "" and text[before.end() : date[0]].strip() in (",", ""):
        # "born John Smith, 1924": what follows "born" is a name unless a preposition says otherwise.
        named = verb == "born" and text[:start].rstrip().endswith(("born", "née", "nee", "né"))
        parts.extend(() if named else (LifePart(f"{verb} in", *before.span(1), False),))
    return parts
