"""Pure functions on text: name keys, words, sentence spans, token estimates."""

import re
import unicodedata
from functools import lru_cache

from graphrag.types import Span

__all__ = [
    "STOP_WORDS",
    "fold",
    "name_key",
    "numbers",
    "sentence_spans",
    "strip_disambiguation",
    "token_estimate",
    "word_spans",
    "words",
]

# A possessive "'s" is no part of a word: "Lovelace's" is the word "Lovelace".
_WORD = re.compile(r"(?<![^\W_]['’])[^\W_]+(?:['’](?![sS]\b)[^\W_]+)*")
_DISAMBIGUATION = re.compile(r"\s*\([^()]*\)\s*$")
_NUMBER = re.compile(r"\d+|\b(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})\b")

# Words that say nothing about what a text is about.
STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before being between both but by can could "
    "did do does doing done for from had has have having he her hers herself him himself his how i if in into is "
    "it its itself just me more most my no nor not of off on once only or other our ours out over own same she "
    "should so some such than that the their theirs them themselves then there these they this those through to "
    "too under until up very was we were what when where which while who whom whose why will with would you your "
    "yours s t".split()
)

# A full stop after one of these does not end a sentence.
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr rev fr hon gen col lt sgt capt cmdr adm maj gov sen rep pres messrs mme mlle ed "
    "eds vol no nos pp fig figs al vs v ca c b d r e.g i.e etc approx dept univ inc ltd co corp bros mt ft op cf "
    "trans comp jan feb mar apr jun jul aug sep sept oct nov dec ph.d m.d b.a m.a u.s u.k d.c a.m p.m lit née "
    "nee".split()
)
_BOUNDARY = re.compile(r"([.!?…。！？]+[\"'”’»)\]]*)(\s+|$)|(\n[ \t]*\n\s*)")
_OPENERS = "\"'“‘«([*_#-–—•"


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Return ``text`` without accents and in lower case: what names are compared by."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def words(text: str) -> list[str]:
    """Return the folded words of ``text``, without apostrophes: "O'Neill's" gives ``["oneill"]``."""
    return [fold(match.group()).replace("'", "").replace("’", "") for match in _WORD.finditer(text)]


def word_spans(text: str) -> list[Span]:
    """Return where the words of ``text`` stand, in the order of :func:`words`."""
    return [Span(*match.span()) for match in _WORD.finditer(text)]


def name_key(name: str) -> str:
    """Return what a name is compared by: its folded words joined by one space."""
    return " ".join(words(name))


def strip_disambiguation(title: str) -> str:
    """Return a title without the parenthesised part at its end: ``"Mercury (planet)"`` gives ``"Mercury"``."""
    stripped = _DISAMBIGUATION.sub("", title)
    return stripped or title


def numbers(key: str) -> tuple[str, ...]:
    """Return the numbers (Arabic or Roman) of a name key; names that differ in them are never the same."""
    return tuple(sorted(_NUMBER.findall(key)))


def token_estimate(text: str) -> int:
    """Return about how many word pieces an embedder makes of ``text`` (a little too many rather than too few)."""
    return sum(1 + (match.end() - match.start()) // 7 for match in _WORD.finditer(text)) + sum(
        1 for c in text if not c.isalnum() and not c.isspace()
    )


def _ends_sentence(text: str, start: int, stop: int, mark: str, after: int) -> bool:
    """Tell whether the mark that ends at ``stop`` closes the sentence that began at ``start``."""
    if after >= len(text):
        return True
    following = text[after:].lstrip(_OPENERS)[:1] if text[after] in _OPENERS else text[after]
    if following and following.islower():
        return False
    if not mark.startswith(".") or mark.startswith(".."):
        return True
    before = text[start:stop].rsplit(None, 1)
    word = (before[-1] if before else "").lstrip(_OPENERS)
    if len(word) == 1 and word.isupper():  # an initial: "D. Ross Lederman"
        return False
    return word.casefold().rstrip(".") not in _ABBREVIATIONS


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the sentences of ``text[start:end]``, trimmed of white space, in order.

    Rules rather than a model, so that the result depends on nothing but the text: a sentence ends at ``.!?…`` that is
    followed by white space and no lower-case letter, unless the word before is an abbreviation or an initial, and at
    a blank line.  Every character that is not white space belongs to exactly one sentence.
    """
    stop = len(text) if end is None else end
    spans: list[Span] = []
    begin = start
    for match in _BOUNDARY.finditer(text, start, stop):
        mark = match.group(1)
        if mark is not None and not _ends_sentence(text[:stop], begin, match.start(1), mark, match.end()):
            continue
        cut = match.end(1) if mark is not None else match.start()
        _append_trimmed(spans, text, begin, cut)
        begin = match.end()
    _append_trimmed(spans, text, begin, stop)
    return spans


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    """Append ``[start, end)`` without the white space at its ends, unless nothing is left."""
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        left = start + len(piece) - len(piece.lstrip())
        spans.append(Span(left, left + len(stripped)))
