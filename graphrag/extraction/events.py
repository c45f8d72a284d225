"""Births, deaths, releases and foundings: what happened to a subject, when and where."""

import re

from graphrag.extraction.cleaning import LifeNote
from graphrag.extraction.kin import add_parents
from graphrag.extraction.name_lists import listed_names
from graphrag.extraction.parsed import Piece, one_line
from graphrag.extraction.reader import Reader, Ref
from graphrag.types import Span, Term, Triple

__all__ = ["BURIALS", "DATED", "DEATHS", "alias_triples", "birth", "dated_event", "death", "life_triples"]

DEATHS = frozenset("die kill execute assassinate murder drown perish".split())
BURIALS = frozenset("bury inter entomb".split())
DATED = {
    "release": "released in", "premiere": "released in", "publish": "released in", "air": "released in",
    "found": "founded on", "establish": "founded on", "form": "founded on", "incorporate": "founded on",
    "launch": "founded on", "co-found": "founded on",
}  # fmt: skip
_ALIAS = re.compile(
    r"\b(?:known|released|titled|called|born|née|nicknamed|stylized|styled)\s(?:simply\s|professionally\s)?(?:as\s)?"
    r"(?:the\s)?[\"“]?([^\W\d_a-zß-ÿ][\w.’'-]*(?:\s[^\s,;:()\"“”]+){0,5}?)[\"”]?(?=\s(?:in|for|or|and)\s|[,;()]|$)"
)


def _stops(reader: Reader, i: int, verb: int) -> bool:
    """Tell whether another clause begins at token ``i``."""
    tag = reader.parsed.tags[i]
    if reader.lower[i] in (";", "who", "which", "where", "whose", "when", "after", "before", "while", "but"):
        return True
    return (
        tag in ("VBD", "VBZ", "VBP", "VBN") and i > verb + 3 and reader.lower[i] not in ("raised", "brought", "named")
    )


def birth(reader: Reader, verb: int, subject: Ref | None, sentence: int, last: int) -> None:
    """Read "born John Smith on 1 May 1900 in Paris to A and B"."""
    if subject is None:
        return
    seen = set()
    for i in range(verb + 1, min(last, verb + 30)):
        if _stops(reader, i, verb):
            break
        word = reader.lower[i]
        if word == "to" and "to" not in seen:
            seen.add("to")
            add_parents(reader, subject, i + 1, sentence, last, 0.85)
        else:
            _life_event(reader, i, "born", verb, subject, sentence, last, seen)
    name = reader.name_at(verb + 1) if verb + 1 < last else None
    if name is not None and name.label in ("PERSON", "NAME", "ORG") and name.end - name.start > 1:
        reader.add(subject, "also known as", reader.ref(name), sentence, 0.8)


def _life_event(
    reader: Reader, i: int, kind: str, verb: int, subject: Ref, sentence: int, last: int, seen: set[str]
) -> None:
    """Read the date or the place at token ``i`` after "born", "died" or "buried"."""
    piece = reader.piece_at[i]
    if reader.is_dated(piece) and piece is not None and "on" not in seen and kind != "buried":
        seen.add("on")
        reader.add(subject, f"{kind} on", Ref(piece.start, piece.end, reader.parsed.slice(piece.start, piece.end)),
                   sentence, 0.9)  # fmt: skip
    elif reader.lower[i] in ("in", "at", "near") and "in" not in seen:
        names = listed_names(reader, i + 1, min(last, i + 8), one=True)
        between = range(i + 1, names[0].start) if names else ()
        if names and not any(reader.piece_at[j] is not None for j in between):
            seen.add("in")
            sure = 0.9
            for place in _place_parts(reader, names[0], last):
                target = Ref(place.start, place.end, reader.parsed.slice(place.start, place.end))
                reader.add(subject, f"{kind} in", target, sentence, sure, reader.when(verb))
                sure = 0.75


def _place_parts(reader: Reader, place: Piece, last: int) -> list[Piece]:
    """Return a place and the larger places it is in: "Pescara, Abruzzi, Italy"."""
    parts = [place]
    while len(parts) < 4 and parts[-1].end + 1 < last and reader.lower[parts[-1].end] == ",":
        piece = reader.piece_at[parts[-1].end + 1]
        if piece is None or piece.label not in ("GPE", "LOC", "NAME") or piece.start != parts[-1].end + 1:
            break
        parts.append(piece)
    return parts


def death(reader: Reader, verb: int, lemma: str, subject: Ref | None, sentence: int, last: int) -> None:
    """Read "died of cancer on 6 June 2010 in Kladno", "buried at X"."""
    if subject is None or (lemma in ("kill", "execute", "assassinate", "murder") and not reader.is_passive(verb)):
        return
    kind = "buried" if lemma in BURIALS else "died"
    seen: set[str] = set()
    for i in range(verb + 1, min(last, verb + 30)):
        if _stops(reader, i, verb):
            break
        if reader.lower[i] in ("of", "from") and lemma == "die" and i <= verb + 2:
            cause = reader.parsed.kid(i, "pobj")
            if cause > i:
                reader.add(subject, "died of", reader.phrase(cause), sentence, 0.85, reader.when(verb))
        _life_event(reader, i, kind, verb, subject, sentence, last, seen)


def dated_event(reader: Reader, verb: int, predicate: str, subject: Ref, sentence: int, last: int) -> None:
    """Read "released on 12 May 1990", "founded in 1923"."""
    for i in range(verb + 1, min(last, verb + 14)):
        if _stops(reader, i, verb):
            return
        piece = reader.piece_at[i]
        if reader.is_dated(piece) and piece is not None:
            if reader.is_passive(verb) or predicate == "released in":
                reader.add(subject, predicate, Ref(piece.start, piece.end, reader.parsed.slice(piece.start, piece.end)),
                           sentence, 0.85)  # fmt: skip
            return


def alias_triples(reader: Reader, asides: tuple[tuple[int, int], ...]) -> list[Triple]:
    """Return the other names that parentheses after the lead's subject give: "(also known as X)"."""
    found = []
    text = reader.parsed.text
    for start, end in asides:
        for match in _ALIAS.finditer(text, start, end):
            subject = Term(reader.parsed.span(0, 1), reader.main.name)
            target = Term(Span(*match.span(1)), one_line(match.group(1)))
            found.append(
                Triple(subject, "also known as", target, reader.parsed.sentences[reader.parsed.first], "", 0.85)
            )
    return found


def life_triples(reader: Reader, notes: tuple[LifeNote, ...]) -> list[Triple]:
    """Return the statements of parentheses with life dates.

    A parenthesis belongs to the name just before it; one in the opening of the lead sentence belongs to the chunk's
    subject.  Bare years count only there, for elsewhere they may be years of office.
    """
    parsed, main, found = reader.parsed, reader.main, []
    for note in notes:
        sentence = next((s for s in parsed.sentences if s.start <= note.start < s.end), None)
        if sentence is None:
            continue
        before = [i for i in range(len(parsed.words)) if parsed.ends[i] <= note.start]
        token = len(before) - 1
        if token < 0:
            continue
        lead = sentence == parsed.sentences[reader.parsed.first] and main.name and token < main.verb
        piece = reader.piece_at[token]
        if lead and main.person:
            subject = Term(Span(parsed.starts[parsed.bounds[parsed.first][0]], parsed.ends[token]), main.name)
        elif piece is not None and piece.label in ("PERSON", "NAME") and not lead:
            subject = Term(parsed.span(piece.start, piece.end), reader.ref(piece).text)
        else:
            continue
        for part in note.parts:
            if part.exact or lead:
                value = Term(Span(part.start, part.end), one_line(parsed.text[part.start : part.end]))
                found.append(Triple(subject, part.predicate, value, sentence, "", 0.95 if part.exact else 0.8))
    return found
