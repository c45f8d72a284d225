"""Pure functions on text: name keys, words, sentence spans, token estimates."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from graphrag.types import Span

__all__ = [
    "STOP_WORDS",
    "WORD",
    "Numbers",
    "Words",
    "fold",
    "is_common_name",
    "name_key",
    "numbers",
    "sentence_spans",
    "strip_disambiguation",
    "token_estimate",
    "word_spans",
    "words",
]

# A possessive "'s" is no part of a word: "Lovelace's" is the word "Lovelace".
WORD = re.compile(r"(?<![^\W_]['’])[^\W_]+(?:['’](?![sS]\b)[^\W_]+)*")
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

# --- what sentence_spans knows of English.  A full stop after one of these never ends a sentence …
_NEVER_LAST = frozenset(
    "mr mrs ms dr prof rev fr hon gen col lt sgt capt cmdr adm maj gov sen rep pres messrs mme mlle mx ste eds "
    "vs v ca cf c b d r e.g i.e viz dept univ née nee lit trans assoc pvt cpl supt aft bef".split()
)
# … after one of these only where no number follows …
_BEFORE_NUMBERS = frozenset("no nos vol vols p pp fig figs ch sec op art pt para ed bk".split())
# … and after one of these, or an initial, only where the next word is one that seldom is part of a name.
_MAY_BE_LAST = frozenset(
    "jr sr inc ltd co corp bros etc al esq ave blvd rd dist dec jan feb mar apr jun jul aug sep sept oct nov st mt ft "
    "ph.d m.d approx est comp gmbh plc llc minn calif mass penn conn tenn wash".split()
)
_STARTERS = frozenset(
    "The A An He She It They We I You This That These Those His Her Its Their Our My In On At By From With During "
    "After Before When While As If Although Though However But And Or Since Then There Here Also Both Many Most Some "
    "Several Other Another Each All One Two Three Following According Despite Until Under Among Because What Which Why "
    "How Not Later Today Currently Originally Initially Eventually Subsequently Nevertheless Meanwhile Instead "
    "Furthermore Moreover Additionally Finally Once Upon Until Throughout Between To For Of Having Being "
    "Based Written Directed Produced Released Located Set".split()
)
_COUNTERS = frozenset("War Part Chapter Act Volume Book Phase Type Class Category Mark Division Group Article".split())
_BINDERS = frozenset("a an and as at but by for from in into nor of on or that the to under with".split())

_BOUNDARY = re.compile(
    r"(?P<mark>(?<![.!?…؟۔।॥])[.!?…؟۔।॥]++(?:\[\w{1,12}\]|[\"'”’»›)\]}*_])*+(?=\s|\Z))"
    r"|(?P<wide>[。！？｡]++[」』”’）】》〉\"')]*+)"
    r"|(?<=[^\W\d_A-Z]{3})(?P<glued>\.)(?=(?:The|It|In|He|She|They|This|These|His|Her|On|At)\s)"
    r"|(?P<line>\n\s*+)"
)
_OPENERS = "\"'“‘«‹([{*_#–—•¿¡-"
_FOLLOWING = re.compile(r"\s*+([\"'“‘«‹(\[{*_#–—•¿¡-]*+)\s*+([^\W_]{0,24})(.?)", re.DOTALL)
_SPACES = re.compile(r"\s*+")
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlcIVXLC]{1,5})")
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.)*[^\W\d_]{1,2}")
_WORD_BREAK = re.compile(r"[\s—–/]+")
_ROMAN = re.compile(r"[IVXLCDM]+|[A-Z]")
_ITEM = re.compile(r"(?:[-*+•‣◦▪·]|\d{1,3}[.)]|[a-z]\)|\#{1,6})\s|\||[–—]\s*(?![a-z])")


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Return ``text`` without accents and in lower case: what names are compared by."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def words(text: str) -> list[str]:
    """Return the folded words of ``text``, without apostrophes: "O'Neill's" gives ``["oneill"]``."""
    if text.isascii():
        text = text.lower()
        if text.replace(" ", "").isalnum():
            return text.split()  # most names: what the pattern finds, several times as fast
        found = WORD.findall(text)
        return [word.replace("'", "") for word in found] if "'" in text else found
    return [fold(word).replace("'", "").replace("’", "") for word in WORD.findall(text)]


class Numbers(dict[str, int]):
    """Numbers texts as they come, from 0; in this order they are listed."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class Words:
    """The words of a text with where each stands: made once for all who look through the text.

    Attributes
    ----------
    folded : list of str
        What :func:`words` returns.
    starts, ends : sequence of int
        Where each word stands.
    capitals : sequence of int
        The numbers of the words that open with something else than a lower-case letter, as names in prose do.
    """

    __slots__ = ("capitals", "ends", "folded", "starts")

    def __init__(self, folded: list[str], starts: Sequence[int], ends: Sequence[int], capitals: Sequence[int]) -> None:
        self.folded, self.starts, self.ends, self.capitals = folded, starts, ends, capitals

    @classmethod
    def of(cls, text: str) -> "Words":
        """Find the words of a text."""
        spans = [match.span() for match in WORD.finditer(text)]
        capitals = [number for number, (start, _) in enumerate(spans) if not text[start].islower()]
        return cls(words(text), [start for start, _ in spans], [end for _, end in spans], capitals)


def word_spans(text: str) -> list[Span]:
    """Return where the words of ``text`` stand, in the order of :func:`words`."""
    return [Span(*match.span()) for match in WORD.finditer(text)]


@lru_cache(maxsize=100_000)
def name_key(name: str) -> str:
    """Return what a name is compared by: its folded words joined by one space."""
    return " ".join(words(name))


def is_common_name(name: str) -> bool:
    """Tell whether a name is written like a common noun ("payment gateway", "Gila monster"), not like "Home Run".

    Such a name is one in lower case too; a name in capitals needs them, or the film "Home" would be found in "at home".
    """
    plain = _DISAMBIGUATION.sub("", name).split()
    if not plain or not plain[0][0].isalpha():
        return False
    return plain[0][0].islower() or (len(plain) > 1 and all(word[0].islower() for word in plain[1:]))


def strip_disambiguation(title: str) -> str:
    """Return a title without the parenthesised part at its end: ``"Mercury (planet)"`` gives ``"Mercury"``."""
    stripped = _DISAMBIGUATION.sub("", title)
    return stripped or title


def numbers(key: str) -> tuple[str, ...]:
    """Return the numbers (Arabic or Roman) of a name key; names that differ in them are never the same."""
    return tuple(sorted(_NUMBER.findall(key)))


def token_estimate(text: str) -> int:
    """Return about how many word pieces an embedder makes of ``text`` (a little too many rather than too few)."""
    return sum(1 + (match.end() - match.start()) // 7 for match in WORD.finditer(text)) + sum(
        1 for c in text if not c.isalnum() and not c.isspace()
    )


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    """Tell whether the mark that was found closes the sentence that began at ``begin``."""
    openers, word, character = _FOLLOWING.match(text, match.end(), end).groups()  # type: ignore[union-attr]  # it matches everywhere
    if not word:
        # "Well . . ." goes on, and so does a text of which only a closing quotation mark is left.
        return character != "" and character not in ".,;:!?…)]}”’»%/&"
    if word[0].islower():
        return False
    mark = match.group()
    if mark[0] != "." or mark.startswith(".."):
        return not ("(" in openers and word.isdigit())  # "Airplane! (1980)" goes on
    stop = match.start()
    if stop - begin <= 12 and _ENUMERATOR.fullmatch(text, begin, stop):
        return False
    before = _WORD_BREAK.split(text[max(begin, stop - 60) : stop].rstrip())
    last = before[-1].lstrip(_OPENERS)
    key = last.casefold()
    starts = word in _STARTERS and character != "."
    if key in _BEFORE_NUMBERS and (word[0].isdigit() or (len(word) < 5 and _ROMAN.fullmatch(word) and not starts)):
        return False
    if len(last) == 1 and last in "IVX" and before[-2:-1] and before[-2] in _COUNTERS:
        return True  # "World War I. Germany …"
    is_initial = len(last) == 1 and last.isupper()
    if key in _NEVER_LAST and not is_initial:
        return False
    if is_initial or key in _MAY_BE_LAST or ("." in last and _INITIALS.fullmatch(last)):
        return starts
    return True


def _ends_line(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    """Tell whether a sentence ends at the white space with a line break that was found."""
    if match.group().count("\n") > 1 or match.end() >= end or _ITEM.match(text, match.end(), end):
        return True
    # A short line of its own, such as a title or a row of a list, before a line that begins anew.
    stop = match.start()
    if stop - begin > 50 or not text[match.end()].isupper() or not _begins_line(text, begin):
        return False
    line = text[begin:stop].rstrip()
    return line[-1:] not in tuple(".,;:-–—(&/") and "\n" not in line and line.rsplit(None, 1)[-1] not in _BINDERS


def _begins_line(text: str, begin: int) -> bool:
    """Tell whether only white space stands between ``begin`` and the start of its line."""
    before = text[max(0, begin - 8) : begin]
    return begin == 0 or "\n" in before[len(before.rstrip()) :]


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the sentences of ``text[start:end]``, trimmed of white space, in order.

    Rules rather than a model, so that the result depends on nothing but the text: a sentence ends at ``.!?…`` before
    white space and no lower-case letter, unless the word before is an abbreviation or an initial; at full-width marks
    such as ``。``; at a blank line, before an item of a list, and after a short line that stands like a title.  Every
    character that is not white space belongs to exactly one sentence.  The time is linear in the length.
    """
    stop = len(text) if end is None else end
    spans: list[Span] = []
    begin = _SPACES.match(text, start, stop).end()  # type: ignore[union-attr]  # it matches everywhere
    for match in _BOUNDARY.finditer(text, begin, stop):
        kind = match.lastgroup
        if match.start() < begin:
            continue
        if kind == "line":
            if not _ends_line(text, begin, match, stop):
                continue
            cut = match.start()
        elif kind == "mark" and not _ends_sentence(text, begin, match, stop):
            continue
        else:
            cut = match.end()
        _append_trimmed(spans, text, begin, cut)
        begin = _SPACES.match(text, match.end(), stop).end()  # type: ignore[union-attr]  # it matches everywhere
    _append_trimmed(spans, text, begin, stop)
    return spans


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    """Append ``[start, end)`` without the white space at its ends, unless nothing is left."""
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        left = start + len(piece) - len(piece.lstrip())
        spans.append(Span(left, left + len(stripped)))
