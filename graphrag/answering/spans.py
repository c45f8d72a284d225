"""Names in running text, found by their writing alone: capitals, small words between them, ranks, initials."""

import re
from functools import lru_cache

from graphrag.text import fold
from graphrag.types import Span

__all__ = ["NOT_NAMES", "names_in", "next_name", "read_name", "sentence_subject"]

_WORD = re.compile(r"[^\W_]+(?:['’\-–][^\W_]+)*")
_SMALL = frozenset(
    "of the de von van der den di da del della dei la le les du des dos das do bin ibn bint al el y e af av zu zum zur "
    "ter ten und d' l' al- el- ul abu på sur in".split()
)
_ABBREVIATED = frozenset("st jr sr dr mt mr mrs ms ft lt col gen capt sgt prof rev hon no vs".split())
_RANKS = re.compile(
    r",\s+(?:the\s+)?(?:\d+(?:st|nd|rd|th)\s+)?(?:Dowager\s+)?(?:Duke|Count|Earl|Prince|King|Lord|Baron|Duchess"
    r"|Countess|Queen|Margrave"
    r"|Landgrave|Viscount|Marquess|Marquis|Princess|Elector|Emperor|Baroness|Burgrave|Jr|Sr)\b\.?"
)
NOT_NAMES = frozenset(
    "he she it they his her their its this that these those the a an in on at of by to as and but for from with after "
    "before during when while who which what where since until born died january february march april may june july "
    "august september october november december monday tuesday wednesday thursday friday saturday sunday also however "
    "although both one two three there then film album song i we you my our not no if so or is was were are be has had "
    "under over upon between among through about into out up all some many most other another such first second later "
    "early late according".split()
)


def _is_capital(word: str) -> bool:
    """Tell whether a word is written like a part of a name: "Neil", "d'Évreux", "O'Sullivan"."""
    return word[0].isupper() or (len(word) > 2 and word[1] in "'’-" and word[2].isupper())


def _strip_possessive(word: str) -> str:
    """Return a word without "'s"."""
    return word[:-2] if word.endswith(("'s", "’s")) else word


def _keeps_s(text: str, start: int, end: int) -> bool:
    """Tell whether "'s" belongs to the name: "St. John's," is a place."""
    saint = re.search(r"\b(?:St|Saint|San|Santa)\.?\s$", text[max(0, start - 7) : start])
    return saint is not None and not re.match(r"\s+[a-z]", text[end : end + 3])


def read_name(text: str, start: int, stop: int, commas: bool = False) -> int | None:
    """Read a name that begins at ``start``.

    Parameters
    ----------
    text : str
    start, stop : int
        Where the name begins, and where the text to read ends.
    commas : bool
        Whether parts after commas belong to it, as in places ("Dayton, Ohio").

    Returns
    -------
    int or None
        Where the name ends; None where no name begins at ``start``.
    """
    match = _WORD.match(text, start, stop)
    if match is None or not _is_capital(match.group()):
        return None
    if fold(match.group()) in NOT_NAMES and not (
        match.group() in ("The", "A", "An", "May") and _more(text, match.end(), stop)
    ):
        return None
    end = start + len(_strip_possessive(match.group()))
    if end != match.end():
        return end
    while True:
        following = _more(text, end, stop) or (_comma_part(text, end, stop) if commas else _rank(text, end, stop))
        if following is None:
            return end
        word = text[following[0] : following[1]]
        bare = word if _keeps_s(text, *following) else _strip_possessive(word)
        end = following[0] + len(bare)
        if end != following[1]:
            return end


def _more(text: str, end: int, stop: int) -> tuple[int, int] | None:
    """Return the next word of a name that ends at ``end`` so far, small words skipped, or None."""
    position = end
    for small in range(3):
        gap = re.compile(r"(?:\.?\s+|\.(?=\S)|[-–](?=\S)|(?<=[a-z])-\s(?=[A-Z]))").match(text, position, stop)
        if gap is None:
            return None
        if gap.group()[0] == "." and not _abbreviated(text, position):
            return None
        word = _WORD.match(text, gap.end(), stop)
        if word is None:
            return None
        written = word.group()
        if (
            written[0].isupper()
            and fold(written) in NOT_NAMES
            and not (gap.group() == " " and written in ("I", "May", "One", "Two"))
        ):
            return None  # "Parliament The current …": a sentence that lost its full stop
        if _is_capital(written) or (small == 0 and written.isdigit() and len(written) < 4):
            return word.span()
        if written not in _SMALL or (written == "in" and small == 0):
            return None
        position = word.end()
    return None


def _abbreviated(text: str, end: int) -> bool:
    """Tell whether the word before a full stop is an initial or an abbreviation."""
    word = re.search(r"[^\W_]+$", text[max(0, end - 12) : end])
    return word is not None and (len(word.group()) == 1 or fold(word.group()) in _ABBREVIATED)


def _comma_part(text: str, end: int, stop: int) -> tuple[int, int] | None:
    """Return the first word after a comma where it begins a further part of a place."""
    gap = re.compile(r",\s+").match(text, end, stop)
    if gap is None:
        return None
    word = _WORD.match(text, gap.end(), stop)
    if word is None or not word.group()[0].isupper() or fold(word.group()) in NOT_NAMES:
        return None
    return word.span()


def _rank(text: str, end: int, stop: int) -> tuple[int, int] | None:
    """Return the rank that follows a person's name: ", 2nd Earl"."""
    match = _RANKS.match(text, end, stop)
    if match is None:
        return None
    return match.start() + 2, match.end()


def next_name(text: str, start: int, stop: int, commas: bool = False, skip: int = 8, breakers: str = "") -> Span | None:
    """Return the first name after ``start``, over at most ``skip`` words written small.

    Parameters
    ----------
    text : str
    start, stop : int
    commas : bool
        As for :func:`read_name`.
    skip : int
        How many other words may stand before it.
    breakers : str
        A regular expression; the search ends at a word that it matches.
    """
    position = start
    for _ in range(skip + 1):
        word = _WORD.search(text, position, stop)
        if word is None or re.search(r"[;()]|\.\s", text[position : word.start()]):
            return None
        end = read_name(text, word.start(), stop, commas)
        if end is not None:
            return Span(word.start(), end)
        if breakers and re.fullmatch(breakers, word.group(), re.IGNORECASE):
            return None
        position = word.end()
    return None


@lru_cache(maxsize=20_000)
def names_in(text: str, commas: bool = False) -> tuple[Span, ...]:
    """Return all names of ``text`` in order, without overlaps."""
    found: list[Span] = []
    position = 0
    while True:
        word = _WORD.search(text, position)
        if word is None:
            return tuple(found)
        end = read_name(text, word.start(), len(text), commas) if _is_capital(word.group()) else None
        if end is not None:
            found.append(Span(word.start(), end))
        position = max(word.end(), end or 0)


_SUBJECT = re.compile(r"\s*(?:(?:in|on|after|during|from|at|by|when|while)\b[^,]{0,60},\s*)?", re.IGNORECASE)


def sentence_subject(sentence: str) -> str:
    """Return the folded first word of a sentence after an introduction like "In 1932,"."""
    intro = _SUBJECT.match(sentence)
    word = _WORD.search(sentence, intro.end() if intro else 0)
    return fold(_strip_possessive(word.group())) if word else ""
