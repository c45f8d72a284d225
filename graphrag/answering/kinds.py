"""Whether a choice is of a kind that a question word and its noun can mean."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from graphrag.answering.choices import Choice, root_of
from graphrag.answering.dates import find_dates, is_day
from graphrag.answering.properties import measure_of
from graphrag.answering.reasons import is_cause
from graphrag.answering.tables import is_cut_off
from graphrag.answering.timing import is_time
from graphrag.answering.wanted import Wanted
from graphrag.answering.wording import stem

__all__ = ["is_of_kind"]

Kinds = Collection[str]

# What is asked for by "when", "how many" and "how long" has a number, or is one of these kinds.
_COUNTED = ("date", "time", "year", "number", "amount")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|last", re.IGNORECASE)
_NO_AMOUNT = re.compile(r"0\d+")  # "02" of a date or a code
_NOBODY = ("date", "time", "year", "number", "amount", "language", "quality")
_NOWHERE = ("date", "time", "year", "people")
# What values of some nouns look like.
_FORMS = {
    "version": re.compile(r"\d"),
    "year": re.compile(r"\d{3}"),
    "time": re.compile(
        r"\d[:.]\d\d|\d\s?(?:a\.?m|p\.?m|o'clock|h\b)|noon|midnight|night|morning|evening"
        r"|(?:second|minute|hour|day|week|month|year|decade)s?\b"
    ),
}
_TIMED = ("date", "amount", "work")  # kinds of things that a day may stand for


def is_of_kind(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is of a kind that the question word and its noun can mean.

    No person, people or date is a place, no version is a time, no date is a number, and a salary is no length.
    """
    kinds = {name.partition(": ")[2] for name in choice.features if name.startswith(f"{wanted.asks}: ")}
    return _CHECKS.get(wanted.asks, _is_of_noun)(wanted, choice, kinds)


def _is_someone(wanted: Wanted, choice: Choice, kinds: Kinds) -> bool:
    """Tell whether a choice may be someone: no measure, no date, no piece of a cell, not what is asked about itself."""
    if choice.named_in is not None:
        return True
    if not _lacks(kinds, _NOBODY) or measure_of(choice.text) or find_dates(choice.text) or is_day(choice.text):
        return False
    if is_cut_off(choice.sentence.sentence.text, choice.place, len(choice.text)):
        return False
    sentence, spot = choice.parsed, choice.spot
    if sentence is None or spot is None or choice.has_capital:
        return True
    return stem(sentence.words[root_of(sentence, spot)].lower()) not in wanted.closeness


def _is_place(_: Wanted, choice: Choice, kinds: Kinds) -> bool:
    """Tell whether a choice may be a place: it has a capital or stands behind "in", and does not do what is told."""
    if choice.is_person or not _lacks(kinds, _NOWHERE):
        return False
    sentence, spot = choice.parsed, choice.spot
    if sentence is None or spot is None:
        return True
    root = root_of(sentence, spot)
    if sentence.relations[sentence.heads[root]] == "agent":
        return False
    return choice.has_capital or sentence.relations[root] in ("advmod", "pobj", "npadvmod")


def _is_reason(wanted: Wanted, choice: Choice, _: Kinds) -> bool:
    """Tell whether a choice may be a reason."""
    return is_cause(choice.sentence.sentence.text, choice.place, wanted.verb)


def _is_moment(_: Wanted, choice: Choice, kinds: Kinds) -> bool:
    """Tell whether a choice may be when something is."""
    dated = not _lacks(kinds, ("date", "time", "year"))
    end = choice.place + len(choice.text)
    return _is_counted(choice, kinds) and is_time(choice.sentence.sentence.text, choice.place, end, dated=dated)


def _is_amount(wanted: Wanted, choice: Choice, kinds: Kinds) -> bool:
    """Tell whether a choice may be how many or how long: no date, no ordinal."""
    if not _is_counted(choice, kinds) or is_day(choice.text):
        return False
    if _ORDINAL.fullmatch(choice.text) or _NO_AMOUNT.match(choice.text) or (_is_dated(kinds) and _is_date(choice.text)):
        return False
    return _is_of_measure(wanted, choice, kinds)


def _is_of_noun(wanted: Wanted, choice: Choice, kinds: Kinds) -> bool:
    """Tell whether a choice may be what "which" or "what" asks for, by the noun that it stands by."""
    if wanted.noun in _FORMS and not wanted.properties:  # "at what time", not "what is the retention time"
        return _FORMS[wanted.noun].search(choice.text) is not None and _is_of_measure(wanted, choice, kinds)
    if wanted.defined and choice.text[:1].isdigit():
        return False
    odd = choice.is_person or _is_dated(kinds) or choice.text.isdigit()
    if wanted.listed and not wanted.noun and odd:  # "what does X bake"
        return False
    if _is_dated(kinds) and wanted.noun and wanted.kind not in _TIMED and is_day(choice.text):
        return False
    return _is_of_measure(wanted, choice, kinds)


def _is_of_measure(wanted: Wanted, choice: Choice, kinds: Kinds) -> bool:
    """Tell whether a choice is measured as what is asked for: in a currency, a length, a time; no date is."""
    if not wanted.measures:
        return True
    measured, digits = measure_of(choice.text), any(map(str.isdigit, choice.text))
    if measured:
        return not measured.isdisjoint(wanted.measures)
    if (wanted.asks != "how long" and not digits) or _is_dated(kinds) or _is_date(choice.text):
        return False
    # No number without a currency where another has one.
    return wanted.measures != ("money",) or "money" not in measure_of(choice.sentence.sentence.text)


def _is_counted(choice: Choice, kinds: Kinds) -> bool:
    """Tell whether a choice has a number, or is of a kind that counts."""
    return not _lacks(kinds, _COUNTED) or any(map(str.isdigit, choice.text))


def _is_dated(kinds: Kinds) -> bool:
    return not _lacks(kinds, ("date", "year"))


def _is_date(text: str) -> bool:
    """Tell whether a text is a date or a year, and not a number of years or days."""
    return any(date.text == text for date in find_dates(text))


def _lacks(kinds: Kinds, others: Collection[str]) -> bool:
    return not any(kind in kinds for kind in others)


_CHECKS: Final[Mapping[str, Callable[[Wanted, Choice, Kinds], bool]]] = {
    "who": _is_someone,
    "where": _is_place,
    "when": _is_moment,
    "why": _is_reason,
    "how many": _is_amount,
    "how long": _is_amount,
}
