"""What the words around a describing noun say: "an Italian drama film", "a 1973 film", "a village in Gilan"."""

import re

from graphrag.extraction.kin import of_preposition
from graphrag.extraction.name_lists import TITLE_WORDS, listed_names
from graphrag.extraction.reader import Reader, Ref

__all__ = ["add_nationality", "add_places", "add_year", "description", "kind"]

_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
# Demonym-like adjectives that name no nation.
_NO_NATION = frozenset(
    "democratic democrat republican catholic roman jewish christian muslim islamic protestant methodist "
    "lutheran anglican buddhist hindu orthodox conservative liberal labour communist nazi sunni shia baptist "
    "presbyterian evangelical socialist unionist quaker mormon sikh jesuit benedictine calvinist puritan whig tory "
    "marxist fascist african-american european asian african".split()
)
_DEMONYM = re.compile(r"(?:ian|ean|can|man|ish|ese|nch|tch|eek|wiss|elsh|nian|ani|aqi|eli|emeni|wali|mali|thai)\Z")
_WORKS = frozenset(
    "film movie documentary drama comedy thriller western musical series serial album single song ep track novel book "
    "novella play game videogame sitcom manga anime cartoon short soundtrack miniseries telenovela remake".split()
)


def description(reader: Reader, head: int, heads: list[int]) -> Ref:
    """Return the phrase "American film director and actor", with "of Y" where that belongs to it."""
    start = reader.phrase(head).start
    end = head + 1
    for other in heads:
        between = reader.parsed.tags[end:other]
        if (
            other > head
            and other - end <= 5
            and not any(tag in ("IN", "WP", "WDT", "VBD", "VBZ", "VBN") for tag in between)
        ):
            end = other + 1
    if end == head + 1:
        of = of_preposition(reader, head)
        if of > 0:
            inner = reader.parsed.kid(of, "pobj")
            if inner > 0 and inner - start <= 14:
                end = max(end, reader.phrase(inner).end)
    return Ref(start, end, reader.parsed.slice(start, end))


def kind(reader: Reader, noun: int) -> Ref:
    """Return a noun with the nouns compounded to it: "drama film"."""
    first = noun
    while first > 0 and reader.parsed.tags[first - 1] in ("NN", "HYPH") and reader.parsed.deps[first - 1] in (
        "compound", "nmod", "amod", "punct"
    ):  # fmt: skip
        first -= 1
    while first < noun and not reader.lower[first][0].isalnum():
        first += 1
    return Ref(first, noun + 1, reader.parsed.slice(first, noun + 1))


def add_nationality(reader: Reader, subject: Ref, head: int, sentence: int, confidence: float, predicate: str) -> None:
    """Add the demonyms of a noun phrase, "Italian" and "Argentine" of "Italian-Argentine film director"."""
    parsed = reader.parsed
    for i in range(reader.left(head), head):
        word = parsed.words[i]
        piece = reader.piece_at[i]
        norp = piece is not None and piece.label == "NORP" and word not in TITLE_WORDS
        if not word[:1].isupper() or reader.lower[i] in _NO_NATION or not word[-1:].isalpha():
            continue
        if norp or (piece is None and parsed.tags[i] == "JJ" and _DEMONYM.search(reader.lower[i])):
            if (
                piece is not None
                and norp
                and piece.end <= head
                and piece.start == i
                and "-" not in parsed.words[i : piece.end]
            ):
                reader.add(subject, predicate, Ref(i, piece.end, parsed.slice(i, piece.end)), sentence, confidence)
            elif piece is None or piece.start == i or parsed.words[i - 1] == "-":
                reader.add(subject, predicate, Ref(i, i + 1, word), sentence, confidence)


def add_year(reader: Reader, subject: Ref, head: int, sentence: int, confidence: float) -> None:
    """Add the year of "a 1973 film"."""
    words = reader.parsed.words
    nouns = set(reader.lower[reader.left(head) : head + 1])
    if not nouns & _WORKS:
        return
    for i in range(reader.left(head), head):
        if _YEAR.fullmatch(words[i]):
            reader.add(subject, "released in", Ref(i, i + 1, words[i]), sentence, confidence)
            return


def add_places(reader: Reader, subject: Ref, head: int, sentence: int, last: int, confidence: float) -> None:
    """Add the places of "a village in the Foo District of Iran"."""
    if reader.lower[head] in _WORKS:
        return
    prep = next((k for k in reader.parsed.kids[head] if k > head and reader.lower[k] in ("in", "on", "near")), -1)
    if prep < 0 and head + 1 < last and reader.lower[head + 1] == "in":
        prep = head + 1
    if prep < 0:
        _later_places(reader, subject, head + 1, sentence, last, confidence)
        return
    i = prep + 1
    for _ in range(5):
        names = listed_names(reader, i, last, places=True)
        for name in names:
            if name.label not in ("PERSON", "WORK_OF_ART"):
                reader.add(subject, "located in", reader.ref(name), sentence, confidence * 0.95)
        if not names:
            return
        i = names[-1].end
        while i < last and reader.lower[i] in (",", "district", "county", "province", "region", "state"):
            i += 1
        if i >= last or reader.lower[i] not in ("in", "of"):
            return
        i += 1


def _later_places(reader: Reader, subject: Ref, start: int, sentence: int, last: int, confidence: float) -> None:
    """Add the places of "a tributary of the river X in Y"."""
    for i in range(start, min(start + 14, last - 1)):
        if reader.parsed.tags[i].startswith("VB") or reader.lower[i] in (";", "which", "where", "who"):
            return
        if reader.lower[i] in ("in", "of"):
            for name in listed_names(reader, i + 1, last, places=True):
                if name.label == "GPE" or (name.label == "LOC" and reader.lower[i] == "in"):
                    reader.add(subject, "located in", reader.ref(name), sentence, confidence * 0.85)
