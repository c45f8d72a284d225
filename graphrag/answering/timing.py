"""Whether a text can say when something is."""

import re

from graphrag.answering.dates import find_dates
from graphrag.answering.properties import measure_of

__all__ = ["is_time"]

_YEAR = re.compile(r"(?<![\w.,-])\d{3,4}s?(?![\w-]|[.,]\d)|\d:\d\d")
_CODE = re.compile(r"(?!(?:mid|pre|post|early|late)-)[^\W\d_]+-?\d", re.IGNORECASE)
# What stands beside a length of time that tells when something is.
_SINCE = re.compile(
    r"\b(?:after|before|within|in|every|until|by|at|since|from)\s+(?:the\s+|about\s+|only\s+)?$", re.IGNORECASE
)
_THEN = re.compile(r"(?:\w+\s+){1,3}(?:ago|later|earlier|before|after|from|prior|thereafter|old)\b", re.IGNORECASE)


def is_time(sentence: str, start: int, end: int, *, dated: bool) -> bool:
    """Tell whether a part of a sentence can be when something is.

    A number that is no year is none, nor is a code, what is measured in something else, or how long something takes;
    "within two weeks" and "two weeks later" are.

    Parameters
    ----------
    sentence : str
    start, end : int
        Where the part stands in it.
    dated : bool
        Whether it was recognised as a date or time.
    """
    text = sentence[start:end]
    if find_dates(text):
        return True
    measured = measure_of(text)
    if "time" in measured:
        return bool(_SINCE.search(sentence[:start]) or _THEN.match(sentence[start:]))
    if dated:
        return not _CODE.match(text)
    return not measured and _YEAR.search(text) is not None
