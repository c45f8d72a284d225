"""Numbers with their units in running text: "66 MW", "12 million euros", "$5bn", "50 km/h", "5 ft 10 in"."""

import re
from collections.abc import Container
from functools import lru_cache

from graphrag.answering.wording import stem
from graphrag.text import words
from graphrag.types import Span

__all__ = ["is_numeral", "with_unit"]

_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMERAL = (
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    rf"|eighteen|nineteen|(?:{_TENS})(?:-[a-z]+)?|hundred|thousand|[mbtr]+illion)"
)
_DIGITS = r"\d(?:[\d.,]*\d)?"
_NUMBER = (
    rf"(?:(?<![\w.,])[-−+±]?{_DIGITS}(?:\s?[-–]\s?{_DIGITS})?|\b(?i:{_NUMERAL})\b)"
    rf"(?:\s?(?i:{_NUMERAL})\b|[kKMB]\b|\s?bn\b)*"
)
_FULL = (
    "(?:kilo|centi|milli|micro|nano|mega|giga|tera|peta|kibi|mebi|gibi|tebi)?"
    "(?:met(?:re|er)|gram(?:me)?|tonne|lit(?:re|er)|watt(?:[ -]hour)?|volt|amp(?:ere)?|joule|pascal|byte|bit|second)s?"
    r"|degrees?\s(?:celsius|fahrenheit)|(?:inch|foot|hertz|yen|yuan|zloty)(?:es)?|feet|centur(?:y|ies)|krone[rn]?|kronor"
    r"|per\s?cent|percentage\spoints?"
    "|(?:yard|mile|light[ -]year|acre|hectare|gallon|pint|barrel|ton|ounce|pound|minute|hour|day|week|month|year|decade"
    r"|degree|knot|decibel|calorie|euro|dollar|cent|rupee|franc|peso|ro?uble|dirham|dinar|shekel)s?"
)
_SHORT = (
    r"[kcdmµn]?m[²³]?|sq\.?\s(?:mi|ft|km|m)|mi|ft|in(?=[,.;)])|ha|[kmµ]?g|t|lbs?|oz|[cdm]?[lL]|[mµn]s|(?<=\s)s|min|hrs?"
    r"|h|[kMGT]?Wh?|[km]?V|mAh?|[kMGT]?Hz|[kMh]?Pa|mbar|[kKMGTP]i?B|[kMG]?bit|[kMG]bps|dB|rpm|mph|hp|°(?:\s?[CF])?"
    "|EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|AUD|CAD"
)
_KIND = r"(?:(?:square|cubic|nautical|metric|US|American|Canadian|Australian|Swiss|Norwegian|Swedish|Danish)\s)?"
_UNIT = rf"(?:(?:{_KIND}(?i:{_FULL})|{_SHORT})(?![\w-])|[%‰€£$¥])"
_MEASURE = re.compile(
    rf"(?P<number>{_NUMBER})\s?(?P<unit>{_UNIT})(?P<more>(?:\s{_NUMBER}\s?{_UNIT})+)?"
    r"(?:(?:\sper\s|\s?/\s?)[a-z]+\b[²³]?)?"
    rf"|(?:\b[A-Z]{{1,3}})?[€£$¥₹]\s?(?P<price>{_NUMBER}m?)"
)


def with_unit(text: str, start: int, end: int, said: Container[str] = ()) -> Span | None:
    """Return the whole number with its unit that a part of a text lies in.

    Parameters
    ----------
    text : str
    start, end : int
        Where the part lies in the text.
    said : container of str
        Stems of words; of a number whose unit is among them, as in "how many minutes", the unit is left out.

    Returns
    -------
    Span or None
        The part itself where it lies in no such number; None where it is a unit without the number.
    """
    for match in _measures(text):
        if match.start() <= start and end <= match.end():
            if not re.search(_NUMBER, text[start:end]):
                return None
            bare = not match["more"] and any(stem(word) in said for word in words(match["unit"] or "")[-1:])
            return Span(*match.span("number" if bare else 0))
    return Span(start, end)


@lru_cache(maxsize=1_000)
def _measures(text: str) -> tuple[re.Match[str], ...]:
    return tuple(_MEASURE.finditer(text))


def is_numeral(text: str) -> bool:
    """Tell whether a text is a number written in words and nothing else."""
    return re.fullmatch(rf"{_NUMERAL}(?:[\s-]{_NUMERAL})*", text, re.IGNORECASE) is not None
