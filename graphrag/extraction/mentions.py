"""Mentions: what the recogniser found, trimmed; titles in quotes; capitalised names that it missed."""

import re

from graphrag.extraction.parsed import Parsed, Piece
from graphrag.types import Mention

__all__ = [
    "CAPITAL_RUN",
    "CONNECTORS",
    "RANKS",
    "VALUE_LABELS",
    "find_pieces",
    "is_capital",
    "to_mentions",
    "with_lead",
]

# Labels of things that are no names.
VALUE_LABELS = frozenset("DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL".split())
# Lower-case words that a name may hold between two capitalised ones.
CONNECTORS = frozenset("of de del della di da do dos das du la le van von der den af av al el ibn bin y e & zu".split())
_ARTICLES = frozenset("the a an his her its their our my your this that these those".split())
_QUOTES = frozenset("\" '' `` “ ” « » „ ‘ ’ '".split())
_OPENING = frozenset('" `` “ « „'.split())
_CLOSING = frozenset("\" '' ” »".split())
# What no name ends in, where it is written small: "the vessel Sea Petrel for Skagen Bank".
_DANGLING = frozenset(", of and the de in from by for with at on to or nor but a an as than into via per".split())
_DANGLING_TAGS = frozenset("IN CC DT TO".split())
_HAS_WORD = re.compile(r"[^\W_]")
_NOT_NAME_TAGS = frozenset("PRP PRP$ DT IN CC WRB WP WDT WP$ EX MD TO RB UH".split())
_LONGEST_TITLE = 12
# Verbs that the recogniser takes into a name: "Lumen Labs is Sofia Marques".
_COPULA = frozenset("is was are were has had".split())
_CODE = re.compile(r"[A-Z][A-Za-z]*-?\d+[A-Za-z]?")  # "X200" is no number
_ROMAN = re.compile(r"[IVX]{1,5}")
CAPITAL_RUN = re.compile(
    r"[^\W\d_a-zß-ÿ][\w.’'-]*(?:\s(?:(?:of|the|de|von|van|del|la|and)\s){0,2}[^\W\d_a-zß-ÿ][\w’'-]*)+"
)
_TITLE_SMALL = CONNECTORS | frozenset("the a an and or in on at to for from with by is as la le les il un une".split())


# Ranks and forms of address: no names by themselves.
RANKS = frozenset(
    "Duke Count King Queen Prince Princess Earl Baron Lord Lady Marquess Marquis Viscount Duchess Countess Emperor "
    "Empress Margrave Landgrave Elector Bishop Archbishop Archduke Archduchess Viscountess Marchioness Baroness Sir "
    "Dame Grand Crown Holy Pope Saint Tsar Sultan Baronet President General Colonel Captain Admiral".split()
)


def is_capital(word: str) -> bool:
    """Tell whether a word opens with an upper-case letter (also one after an apostrophe: ``d'Artagnan`` is none)."""
    return word[:1].isupper()


def find_pieces(parsed: Parsed) -> list[Piece]:
    """Return the mentions of a parsed text as runs of tokens that do not overlap, in order.

    A title in quotes replaces what the recogniser found inside it; a run of capitalised words is taken where the
    recogniser found nothing; a person "Guy" that goes on "of Dampierre" is taken whole.
    """
    titles = _quoted(parsed)
    covered = [False] * len(parsed.words)
    for title in titles:
        covered[title.start : title.end] = [True] * (title.end - title.start)
    pieces = list(titles)
    for piece in (part for whole in parsed.pieces for part in _cut(parsed, whole)):
        trimmed = _trim(parsed, piece)
        if trimmed is not None and not any(covered[trimmed.start : trimmed.end]):
            covered[trimmed.start : trimmed.end] = [True] * (trimmed.end - trimmed.start)
            pieces.append(trimmed)
    return sorted(_extend(parsed, pieces + _capital_runs(parsed, covered)), key=lambda piece: piece.start)


def to_mentions(parsed: Parsed, pieces: list[Piece]) -> list[Mention]:
    """Return pieces as mentions; one whose place in the original holds text that was edited away is left out."""
    found = []
    for piece in pieces:
        text = parsed.slice(piece.start, piece.end)
        if not _HAS_WORD.search(text) or ("(" in text and "(" not in parsed.words[piece.start : piece.end]):
            continue
        if any(mark in text for mark in "*`|<>[]#"):
            continue
        found.append(Mention(parsed.span(piece.start, piece.end), text, piece.label))
    return found


def _cut(parsed: Parsed, piece: Piece) -> list[Piece]:
    """Return a piece in parts around a copula in it; a code that was taken for a number is a name."""
    words = parsed.words
    if piece.label == "CARDINAL" and piece.end == piece.start + 1 and _CODE.fullmatch(words[piece.start]):
        return [Piece(piece.start, piece.end, "PRODUCT")]
    if piece.label in VALUE_LABELS or piece.label == "WORK_OF_ART":
        return [piece]
    cuts = [i for i in range(piece.start, piece.end) if words[i] in _COPULA and parsed.tags[i][:2] in ("VB", "")]
    starts, ends = [piece.start, *(i + 1 for i in cuts)], [*cuts, piece.end]
    return [Piece(start, end, piece.label) for start, end in zip(starts, ends, strict=True) if start < end]


def _trim(parsed: Parsed, piece: Piece) -> Piece | None:
    """Return a piece without articles, quotes, punctuation and possessive endings at its ends."""
    start, end, words = piece.start, piece.end, parsed.words
    while start < end:
        word = words[start]
        if word.casefold() in _ARTICLES or not _HAS_WORD.search(word):
            start += 1
        else:
            break
    while start < end and (words[end - 1] in ("'s", "’s", "'S") or not _HAS_WORD.search(words[end - 1])):
        end -= 1
    if piece.label not in VALUE_LABELS and piece.label != "WORK_OF_ART":
        for i in range(start + 1, end - 1):
            if words[i] == "," and words[i + 1] in RANKS:  # "Liudolf, Margrave of"
                end = i
                break
    while start < end and _dangles(words[end - 1], parsed.tags[end - 1]):
        end -= 1
    return Piece(start, end, piece.label) if start < end else None


def _dangles(word: str, tag: str) -> bool:
    """Tell whether a word is a preposition, an article or a conjunction, which only leads on to another name."""
    return word in _DANGLING or (tag in _DANGLING_TAGS and word.islower())


def _quoted(parsed: Parsed) -> list[Piece]:
    """Return titles of works: capitalised words in double quotes that are not a nickname inside a name."""
    words, found = parsed.words, []
    opened = -1
    for i, word in enumerate(words):
        if opened >= 0 and word in _CLOSING:
            inside = words[opened + 1 : i]
            if inside and inside[-1] in (",", ".") and len(inside) > 1:
                inside = inside[:-1]
            if _is_title(inside) and not _is_nickname(parsed, opened, i):
                found.append(Piece(opened + 1, opened + 1 + len(inside), "WORK_OF_ART"))
            opened = -1
        elif word in _OPENING:
            opened = i
        elif opened >= 0 and i - opened > _LONGEST_TITLE:
            opened = -1
    return found


def _is_title(inside: list[str]) -> bool:
    """Tell whether quoted words look like a title rather than speech."""
    if not inside or not (inside[0][:1].isupper() or inside[0][:1].isdigit()):
        return False
    plain = [word for word in inside if word[:1].isalpha() and word.casefold() not in _TITLE_SMALL]
    return bool(plain) and sum(is_capital(word) for word in plain) * 3 >= len(plain) * 2


def _is_nickname(parsed: Parsed, opened: int, closed: int) -> bool:
    """Tell whether a quote stands inside a person's name: ``Frederick "Fred" Biermann``."""
    return any(p.label == "PERSON" and p.start < opened and closed < p.end for p in parsed.pieces) or (
        closed - opened <= 3
        and opened > 0
        and closed + 1 < len(parsed.words)
        and parsed.tags[opened - 1].startswith("NNP")
        and parsed.tags[closed + 1].startswith("NNP")
    )


def _capital_runs(parsed: Parsed, covered: list[bool]) -> list[Piece]:
    """Return runs of at least two capitalised words where nothing was found, within sentences."""
    words, tags, found = parsed.words, parsed.tags, []
    for first, last in parsed.bounds:
        i = first
        while i < last:
            if covered[i] or not _opens_name(words[i], tags[i], i == first):
                i += 1
                continue
            j = i + 1
            while j < last and not covered[j] and _continues(words, j, last, covered):
                j += 1
            while j > i and not is_capital(words[j - 1]):
                j -= 1
            if sum(map(is_capital, words[i:j])) >= 2 and not RANKS.issuperset(words[i:j]):
                found.append(Piece(i, j, "NAME"))
            i = max(j, i + 1)
    return found


def _opens_name(word: str, tag: str, opens_sentence: bool) -> bool:
    """Tell whether a word can be the first of a name; the first of a sentence must be tagged as one."""
    if not is_capital(word) or tag in _NOT_NAME_TAGS or _ROMAN.fullmatch(word):
        return False
    return not opens_sentence or tag.startswith("NNP") or not tag


def _continues(words: list[str], i: int, last: int, covered: list[bool]) -> bool:
    """Tell whether word ``i`` goes on a name: capitalised, or a connector before a capitalised word."""
    word = words[i]
    if is_capital(word):
        return True
    if word in CONNECTORS:
        return i + 1 < last and not covered[i + 1] and (is_capital(words[i + 1]) or words[i + 1] in CONNECTORS)
    return word == "-" and i + 1 < last and not covered[i + 1] and is_capital(words[i + 1])


def _extend(parsed: Parsed, pieces: list[Piece]) -> list[Piece]:
    """Let names of persons go on: "Guy" with "II of Dampierre", "Manuel Pérez" with "de Guzmán y Pimentel"."""
    ordered = sorted(pieces, key=lambda piece: piece.start)
    grown: list[Piece] = []
    for n, piece in enumerate(ordered):
        if grown and piece.start < grown[-1].end:
            continue
        if piece.label in ("PERSON", "NAME"):
            following = {p.start: p for p in ordered[n + 1 : n + 4]}
            piece = Piece(piece.start, _grown_end(parsed, piece, following), piece.label)
        grown.append(piece)
    return grown


def _grown_end(parsed: Parsed, piece: Piece, following: dict[int, Piece]) -> int:
    """Return where a person's name ends when numerals, surnames and "of" names after it are taken in."""
    words, end = parsed.words, piece.end
    last = next(stop for start, stop in parsed.bounds if start <= piece.start < stop)
    while end < last and end - piece.start < _LONGEST_TITLE:
        skip = end
        while skip < last and skip - end < 3 and words[skip] in CONNECTORS:
            skip += 1
        if skip >= last or not is_capital(words[skip]):
            break
        if parsed.tags[skip] in _NOT_NAME_TAGS and not _ROMAN.fullmatch(words[skip]):
            break
        other = following.get(skip)
        if other is None:
            if skip == end and piece.label == "NAME":
                break
            end = skip + 1
        elif skip > end and other.label not in VALUE_LABELS and other.label not in ("WORK_OF_ART", "NORP"):
            end = other.end
        else:
            break
    return end


def with_lead(pieces: list[Piece], label: str) -> list[Piece]:
    """Return pieces with the first token, which stands for the title, as one of its own."""
    rest = [p if p.start > 0 else Piece(1, p.end, p.label) for p in pieces if p.end > 1]
    return [Piece(0, 1, label), *(p for p in rest if p.start != 1)]
