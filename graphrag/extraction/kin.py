"""Relatives: parents, children and the names that nobility goes by."""

from graphrag.extraction.firstnames import given_name_sex
from graphrag.extraction.name_lists import listed_names, title_end
from graphrag.extraction.parsed import Piece
from graphrag.extraction.reader import Reader, Ref
from graphrag.text import name_key

__all__ = ["add_parents", "child_of", "of_preposition", "person", "when_near"]

_MALE_TITLES = frozenset(
    "king prince duke count earl baron sir lord emperor marquess marquis viscount sultan tsar pope father mr archduke "
    "landgrave margrave elector senator general colonel captain judge chief rev reverend brothers".split()
)
_FEMALE_TITLES = frozenset(
    "queen princess duchess countess lady empress dame marchioness baroness viscountess mrs ms miss "
    "archduchess actress mistress wife concubine".split()
)
_HEIRS = frozenset("son daughter child children sons daughters heir heiress successor".split())


def when_near(reader: Reader, noun: int) -> str:
    """Return the date said with the verb above a noun."""
    token = noun
    for _ in range(5):
        if reader.parsed.tags[token].startswith("VB"):
            return reader.when(token)
        token = reader.parsed.heads[token]
    return ""


def add_parents(reader: Reader, child: Ref, start: int, sentence: int, last: int, confidence: float) -> None:
    """Read parents from token ``start`` on: "A and B", "King A by his wife B", "A and his second wife B".

    Of two parents English names the father first unless a title or noun says otherwise; a single parent without such a
    sign is only a ``parent``.
    """
    parsed = reader.parsed
    names = listed_names(reader, start, last)
    people = [name for name in names if name.label not in ("GPE", "LOC", "WORK_OF_ART", "NORP")] or names[:1]
    if not people:
        return
    first = people[0]
    end = first.end
    second = people[1] if len(people) > 1 and _joined(reader, first, people[1]) else _other_parent(reader, end, last)
    signs = [_sex(reader, first, start)]
    if second is not None and second.label in ("GPE", "LOC"):
        second = None
    signs.append(_sex(reader, second, end) if second is not None else "")
    for n, piece in enumerate((first, second)):
        if piece is not None and not signs[n]:
            key = name_key(parsed.slice(piece.start, piece.end))
            signs[n] = given_name_sex(key, guess=second is not None)
    if second is None:
        predicate = {"m": "father", "f": "mother"}.get(signs[0], "father")
        reader.add(child, predicate, person(reader, first), sentence, confidence * (1.0 if signs[0] else 0.75))
        return
    mother_first = signs[0] == "f" or (signs[1] == "m" and signs[0] != "m")
    order = ("mother", "father") if mother_first else ("father", "mother")
    for predicate, piece in zip(order, (first, second), strict=True):
        if not parsed.slice(piece.start, piece.end):
            continue
        reader.add(child, predicate, person(reader, piece), sentence, confidence * 0.95)


def person(reader: Reader, piece: Piece) -> Ref:
    """Return a person's name with what tells namesakes apart: "Oswiu of Northumbria", "Ferdinand II, Duke of X"."""
    parsed, end = reader.parsed, piece.end
    last = next(stop for start, stop in parsed.bounds if start <= piece.start < stop)
    if end + 1 < last and reader.lower[end] == "of" and (name := reader.name_at(end + 1)) is not None:
        end = name.end
    title = title_end(reader, end, last) if end < last else end
    if title > end:
        given = [w for w in parsed.words[piece.start : piece.end] if not set(w) <= set("IVX")]
        if parsed.words[end + 1][0].isdigit() or len(given) == 1 or "of" in given:
            end = title
    if end > piece.end:
        return Ref(piece.start, end, parsed.slice(piece.start, end))
    return reader.ref(piece)


def _joined(reader: Reader, first: Piece, second: Piece) -> bool:
    """Tell whether "and" joins two names, without another name between them."""
    between = reader.lower[first.end : second.start]
    return any(word in ("and", "&") for word in between) and len(between) <= 12


def _other_parent(reader: Reader, start: int, last: int) -> Piece | None:
    """Find the other parent: "by B", "with B", "and his wife, (the) B" not far behind the first."""
    for i in range(start, min(start + 14, last)):
        word = reader.lower[i]
        if word in ("by", "and") or word in _FEMALE_TITLES:
            names = listed_names(reader, i + 1, last, one=True)
            if word == "and" and not (i + 1 < last and reader.lower[i + 1] in ("his", "her", "of", "the", "wife")):
                continue
            comma = next((c for c in range(i + 2, min(i + 5, last - 1)) if reader.lower[c] == ","), 0)
            if not names and comma:
                names = listed_names(reader, comma + 1, last, one=True)
            if names and names[0].label not in ("GPE", "LOC", "WORK_OF_ART"):
                return names[0]
        if word in (";", "who", "which") or reader.parsed.tags[i] in ("VBD", "VBZ"):
            return None
    return None


def _sex(reader: Reader, piece: Piece | None, start: int) -> str:
    """Return "m" or "f" where a title or noun before or in a name tells, else nothing."""
    if piece is None:
        return ""
    title = title_end(reader, piece.end, len(reader.lower))
    for word in [*reader.lower[max(start, piece.start - 4) : piece.end], *reader.lower[piece.end : title]]:
        if word in _FEMALE_TITLES:
            return "f"
        if word in _MALE_TITLES or word == "husband":
            return "m"
    return ""


def child_of(reader: Reader, owner: Ref, child: Ref, noun: int, sentence: int, confidence: float) -> None:
    """Add a child to its parent, and the parent to the child where the parent's sex is known."""
    reader.add(owner, "child", child, sentence, confidence)
    token = reader.parsed.kid(noun, "poss")
    pronoun = reader.lower[token] if token >= 0 else ""
    sex = {"his": "father", "her": "mother"}.get(pronoun)
    if sex is None and owner.text == reader.main.name and reader.main.female is not None:
        sex = "mother" if reader.main.female else "father"
    reader.add(child, sex or "parent", owner, sentence, confidence * 0.95)


def of_preposition(reader: Reader, noun: int) -> int:
    """Return the preposition "of" (or "to", for siblings and heirs) of a noun, -1 where there is none."""
    for child in reader.parsed.kids[noun]:
        if child > noun and reader.lower[child] in ("of", "to") and reader.parsed.deps[child] == "prep":
            return child
    following = noun + 1
    if following + 2 < len(reader.lower) and reader.lower[following] == "and":  # "daughter and only child of X"
        for i in range(following + 2, min(following + 6, len(reader.lower))):
            if reader.lower[i] == "of" and reader.lower[i - 1] in _HEIRS:
                return i
    if following < len(reader.lower) and reader.lower[following] == "of":
        return following
    return -1
