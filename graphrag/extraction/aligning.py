"""Finds where a text says what someone quotes from it: exactly, else up to white space and case, else nearly."""

import re
from functools import lru_cache

from rapidfuzz import fuzz

from graphrag.types import Span

__all__ = ["find_all", "find_quote"]

# A quotation of fewer characters is found exactly or not at all: nearly everything is near a short word.
_LEAST_FUZZY = 12
# Of 100; a slip in a word passes, another word does not.
_LEAST_SCORE = 90.0
# Text beyond this is not searched for what is only nearly there.
_MOST_FUZZY = 20_000
_WORD_CHARACTER = re.compile(r"\w")
# Scripts that set no space between words (Thai to Khmer, kana, Han): a name may begin and end between any two letters.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def find_quote(quote: str, text: str, begin: int = 0, end: int | None = None) -> Span | None:
    """Return where ``text`` says ``quote``, or None where it does not.

    Parameters
    ----------
    quote : str
        Words that are said to stand in the text.
    text : str
        Where to look.
    begin, end : int
        Only between these offsets.

    Returns
    -------
    Span
        The first place where the text has the quotation as it is; else where it has it but for white space, case,
        and the form of quotation marks; else, of a longer one, the place that is most like it, if it is like enough.
    """
    quote = quote.strip()
    if not quote:
        return None
    end = len(text) if end is None else end
    exact = _bounded(re.compile(re.escape(quote)), text, begin, end)
    if exact is not None:
        return exact
    pattern = _loose(quote)
    loose = _bounded(pattern, text, begin, end) if pattern is not None else None
    return loose or _nearly(quote, text, begin, end)


def find_all(quote: str, text: str) -> list[Span]:
    """Return all places where ``text`` says ``quote``, up to white space and case; the nearest one where none does."""
    pattern = _loose(quote.strip())
    spans = []
    if pattern is not None:
        spans = [Span(*match.span()) for match in pattern.finditer(text) if _whole(match.start(), match.end(), text)]
    if spans:
        return spans
    nearest = find_quote(quote, text)
    return [nearest] if nearest else []


def _bounded(pattern: re.Pattern[str], text: str, begin: int, end: int) -> Span | None:
    """Return the first match that does not begin or end inside a word."""
    for match in pattern.finditer(text, begin, end):
        if _whole(match.start(), match.end(), text):
            return Span(*match.span())
    return None


def _whole(start: int, end: int, text: str) -> bool:
    """Tell whether a place begins and ends where words do."""

    def cuts(at: int) -> bool:
        if not 0 < at < len(text) or _UNSPACED.match(text[at - 1]) or _UNSPACED.match(text[at]):
            return False
        return bool(_WORD_CHARACTER.match(text[at - 1]) and _WORD_CHARACTER.match(text[at]))

    return end > start and not cuts(start) and not cuts(end)


@lru_cache(maxsize=4096)
def _loose(quote: str) -> re.Pattern[str] | None:
    """Return a pattern of the quotation's words, whatever white space, case and quotation marks."""
    words = quote.split()
    if not words or len(quote) > 4_000:
        return None
    parts = (re.sub(r"(?:\\?['’‘`])", "['’‘`]", re.sub(r"[\"“”«»„]", '["“”«»„]', re.escape(word))) for word in words)
    return re.compile(r"\s+".join(parts), re.IGNORECASE)


def _nearly(quote: str, text: str, begin: int, end: int) -> Span | None:
    """Return the place that is most like the quotation, grown to whole words; None where nothing is like enough."""
    if len(quote) < _LEAST_FUZZY or end - begin < len(quote) // 2:
        return None
    window = text[begin : min(end, begin + _MOST_FUZZY)]
    found = fuzz.partial_ratio_alignment(_lower(quote), _lower(window), score_cutoff=_LEAST_SCORE)
    if found is None or found.dest_end <= found.dest_start:
        return None
    start, stop = begin + found.dest_start, begin + found.dest_end
    while start > begin and _WORD_CHARACTER.match(text[start]) and _WORD_CHARACTER.match(text[start - 1]):
        start -= 1
    while stop < end and _WORD_CHARACTER.match(text[stop]) and _WORD_CHARACTER.match(text[stop - 1]):
        stop += 1
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    # Whole words may be longer than what was like the quotation: it must still be.
    if fuzz.ratio(_lower(quote), _lower(text[start:stop])) < _LEAST_SCORE:
        return None
    return Span(start, stop)


def _lower(text: str) -> str:
    """Return a text in lower case and of the same length, so that offsets stay."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
