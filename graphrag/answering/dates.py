"""Dates as texts write them: found, read into parts, and compared as far as they are known."""

import re
from dataclasses import dataclass
from functools import lru_cache

from graphrag.types import Span

__all__ = ["DateSpan", "PartialDate", "compare_dates", "find_dates", "is_day", "parse_date"]

_MONTHS = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_MONTH = r"(?P<{0}>" + "|".join(name for names in _MONTHS for name in names) + r")\b\.?"
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
# A year may run into the next date, where a text lost its dash: "18041 October 1868", "1914March 24".
_YEAR = (
    r"(?P<{0}>\d{{4}}(?=[0-3]?\d\s[A-Z][a-z]{{2}})|\d{{3,4}})\??(?!\d(?!\d?\s[A-Z][a-z]{{2}})|,\d|%|\s?(?:km"
    r"|m|ft|feet|miles|metres|meters|people|seats)\b)"
)
_ERA = r"(?:\s*(?P<era>BCE|BC|B\.C\.|AD|CE|A\.D\.)(?![A-Za-z]))?"
_ABOUT = r"(?P<about>\b(?:c|ca|circa|around|about|approximately|probably|before|after)\b\.?\s*)?"

_DATE = re.compile(
    _ABOUT
    + r"(?:"
    + r"(?:\b|(?<=\d{4}))"
    + _DAY.format("d1")
    + r"\s+(?:of\s+)?"
    + _MONTH.format("m1")
    + r",?\s+"
    + _YEAR.format("y1")
    + r"|(?:\b|(?<=\d))"
    + _MONTH.format("m2")
    + r"\s+"
    + _DAY.format("d2")
    + r"\s*,?\s+"
    + _YEAR.format("y2")
    + r"|\b"
    + _MONTH.format("m3")
    + r",?\s+(?:of\s+)?"
    + r"(?P<y3>\d{4})\b"
    + r"|(?<![\d.,$€£])\b(?P<y4>\d{4})-(?P<n4>[01]\d)-(?P<d4>[0-3]\d)\b"
    + r"|\b(?P<y6>\d{1,4})(?=\s*(?:BCE|BC|B\.C\.|AD|CE|A\.D\.)(?![A-Za-z]))"
    + r"|(?<![\d.,$€£#/])\b"
    + _YEAR.format("y5")
    + r"(?P<decade>s\b)?(?!\w)"
    + r"|\b(?P<century>\d{1,2})(?:st|nd|rd|th)[ -]century"
    + r")"
    + _ERA,
    re.IGNORECASE,
)
_DAY_OR_MONTH = rf"(?:{_DAY.format('d1')}\s+)?{_MONTH.format('m')}(?:\s+{_DAY.format('d2')})?"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which at least the year is known; years before Christ are negative."""

    year: int
    month: int | None = None
    day: int | None = None
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date and where it stands in the text that was searched."""

    span: Span
    date: PartialDate
    text: str


def _year_plausible(text: str, year: int, bare: bool, start: int, end: int) -> bool:
    """Tell whether a bare number may be a year: four digits up to 2100, or three where the text speaks of dates."""
    if not bare:
        return 0 < year <= 2100
    if 1000 <= year <= 2100:
        return True
    if not 100 <= year <= 999:
        return False
    before = text[max(0, start - 14) : start].lower()
    after = text[end : end + 1]
    return after in ("", *".,;)-–—? ") and bool(re.search(r"(?:\b(?:in|born|died|since|until)|[-–—(])\s*$", before))


def _to_date(text: str, match: re.Match[str]) -> PartialDate | None:
    """Read the groups of one match; None where the numbers cannot be a date."""
    groups = match.groupdict()
    approximate = bool(groups["about"])
    month: int | None = None
    day: int | None = None
    bare = False
    if groups["y6"]:
        year = int(groups["y6"])
    elif groups["century"]:
        year, approximate = int(groups["century"]) * 100 - 50, True
    elif groups["y4"]:
        year, month, day = int(groups["y4"]), int(groups["n4"]), int(groups["d4"])
    elif groups["y5"]:
        year, bare = int(groups["y5"]), not groups["era"] and not groups["about"]
        approximate = approximate or bool(groups["decade"])
    else:
        number = next(n for n in ("1", "2", "3") if groups["y" + n])
        year = int(groups["y" + number])
        month = _MONTH_NUMBER[groups["m" + number].lower()]
        day = int(groups["d" + number]) if number != "3" else None
    if not _year_plausible(text, year, bare, match.start(), match.end()):
        return None
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    era = (groups["era"] or "").upper().replace(".", "")
    return PartialDate(-year if era.startswith("BC") else year, month, day, approximate)


@lru_cache(maxsize=20_000)
def find_dates(text: str) -> tuple[DateSpan, ...]:
    """Return the dates of ``text``, in order.

    Read are day-month-year, month-day-year, month-year, ISO dates, years, decades and centuries, with "c." and eras.
    The span leaves out a leading "c." or "about".

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    tuple of DateSpan
        Spans count from the start of ``text``.
    """
    found: list[DateSpan] = []
    for match in _DATE.finditer(text):
        date = _to_date(text, match)
        if date is None:
            continue
        start = match.end("about") if match.group("about") else match.start()
        end = match.end()
        written = text[start:end].rstrip("? ")
        found.append(DateSpan(Span(start, start + len(written)), date, written))
    return tuple(found)


def is_day(text: str) -> bool:
    """Tell whether a text is a day or a month and nothing else: "3 March 1975", "March 3", "March", "1975-03-03"."""
    if re.fullmatch(_DAY_OR_MONTH, text, re.IGNORECASE):
        return True
    return any(date.text == text and date.date.month is not None for date in find_dates(text))


def parse_date(text: str) -> PartialDate | None:
    """Return the first date that ``text`` holds, or None."""
    found = find_dates(text)
    if found:
        return found[0].date
    bare = re.fullmatch(r"\s*(?:c\.|ca\.|circa)?\s*(\d{3,4})\s*", text)
    return PartialDate(int(bare.group(1))) if bare else None


def compare_dates(first: PartialDate, second: PartialDate) -> int:
    """Compare two dates as far as both are known.

    Returns
    -------
    int
        -1 where ``first`` is earlier, 1 where it is later, 0 where they are equal or cannot be told apart.
    """
    for one, other in ((first.year, second.year), (first.month, second.month), (first.day, second.day)):
        if one is None or other is None:
            return 0
        if one != other:
            return -1 if one < other else 1
    return 0
