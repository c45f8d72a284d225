"""Offices that a person holds of something: "The chief executive officer of X is Y", "X's CEO is Y"."""

from graphrag.extraction.name_lists import listed_names
from graphrag.extraction.parsed import Piece
from graphrag.extraction.reader import Reader, Ref

__all__ = ["held_role", "role_name", "role_patterns"]

_SHORT = {
    "ceo": "chief executive officer", "cfo": "chief financial officer", "cto": "chief technology officer",
    "coo": "chief operating officer", "cio": "chief information officer", "cso": "chief scientific officer",
}  # fmt: skip
_ROLES = frozenset(
    "chairman chairwoman chairperson chair president vice-president chancellor vice-chancellor rector dean principal "
    "headmaster headmistress provost treasurer secretary minister premier mayor governor ambassador commissioner "
    "editor coach manager leader captain conductor curator superintendent".split()
)
# Nouns that are a role only with one of these before them: "chief executive officer", "managing director".
_WITH = {
    "officer": frozenset(
        "chief executive operating financial technology technical information scientific science medical marketing "
        "product commercial security data people revenue investment legal".split()
    ),
    "executive": frozenset(["chief"]),
    "scientist": frozenset(["chief"]),
    "engineer": frozenset(["chief"]),
    "director": frozenset("managing executive artistic musical music technical general sporting scientific".split()),
}
_BEFORE = frozenset(
    "chief executive managing vice deputy prime general head foreign finance founding honorary senior assistant "
    "artistic team cabinet".split()
) | frozenset().union(*_WITH.values())  # fmt: skip
_PASSED = frozenset("current former new first second third last present longtime long-time interim acting then".split())
_COPULA = frozenset("is was remains became".split())


def role_name(reader: Reader, noun: int) -> str:
    """Return the role that token ``noun`` is the last word of, empty where it is none."""
    word = reader.lower[noun]
    if word in _SHORT:
        return _SHORT[word]
    first = _first(reader, noun)
    said = reader.lower[first : noun + 1]
    if word in _WITH:
        return " ".join(said) if len(said) > 1 and not _WITH[word].isdisjoint(said[:-1]) else ""
    return " ".join(said) if word in _ROLES else ""


def _first(reader: Reader, noun: int) -> int:
    while noun > 0 and reader.lower[noun - 1] in _BEFORE:
        noun -= 1
    return noun


def role_patterns(reader: Reader, noun: int, sentence: int, first: int, last: int) -> None:
    """Read "The ROLE of X is Y", "X's ROLE is Y", "Its ROLE, Y"."""
    role = role_name(reader, noun)
    if not role:
        return
    end, owner = _owner(reader, noun, first, last)
    if owner is None or end >= last:
        return
    if reader.lower[end] in _COPULA or reader.lower[end] == ",":
        end += 1
    elif end > noun + 1:
        return  # "the president of X Y" says nothing
    holder = _holder(reader, end, last)
    if holder is not None:
        reader.add(owner, role, reader.ref(holder), sentence, 0.85)


def held_role(reader: Reader, subject: Ref, noun: int, sentence: int, last: int, confidence: float) -> bool:
    """Read "Y is the ROLE of X", where ``subject`` is Y; tell whether ``noun`` is a role of something."""
    role = role_name(reader, noun)
    if not role:
        return False
    _, owner = _owner(reader, noun, reader.parsed.bounds[sentence][0], last)
    if owner is None:
        return False
    reader.add(owner, role, subject, sentence, confidence * 0.95)
    return True


def _owner(reader: Reader, noun: int, first: int, last: int) -> tuple[int, Ref | None]:
    """Return where the phrase of a role ends, and whose role it is."""
    if noun + 2 < last and reader.lower[noun + 1] == "of":
        names = listed_names(reader, noun + 2, last, one=True)
        if names and names[0].end < last and reader.parsed.tags[names[0].end] in ("NN", "NNS", "POS"):
            return names[0].end, None  # "secretary of the Bern branch"
        if names:
            return names[0].end, reader.ref(names[0])
        head = reader.parsed.kid(noun + 1, "pobj")
        return head + 1, reader.referent(head) if head > noun else None
    before = _first(reader, noun) - 1
    while before > first and reader.lower[before] in _PASSED:
        before -= 1
    if before < first:
        return noun + 1, None
    tag = reader.parsed.tags[before]
    if tag == "PRP$":
        return noun + 1, reader.referent(before)
    if before > first and (tag == "POS" or reader.lower[before] in ("'s", "’s", "'", "’")):
        return noun + 1, reader.referent(before - 1)
    return noun + 1, None


def _holder(reader: Reader, start: int, last: int) -> Piece | None:
    """Return the name of a person that stands at ``start``."""
    names = listed_names(reader, start, last, one=True) if start < last else []
    if not names or names[0].start > start + 3 or names[0].label in ("NORP", "WORK_OF_ART", "LOC"):
        return None
    name = names[0]
    if any(word in _ROLES for word in reader.lower[name.start : name.end]):
        return None  # "Minister of Public Works"
    return None if name.label == "GPE" and name.end - name.start == 1 else name
