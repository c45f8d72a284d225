"""Lists in sentences: what is told of beside a thing in the same breath, "A, B and C"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphrag.text import name_key
from graphrag.types import ParsedSentence, Span

__all__ = ["distinct_names", "joined", "listed_with", "names_beside"]

_NOMINAL = ("NN", "CD", "JJ", "FW")
_INSIDE = frozenset("DT PRP$ POS HYPH VBG `` '' NFP ADD AFX".split())
_JOINS = frozenset(("and", "&"))
_OF = frozenset("of for de del della di du van von der".split())  # "School of Drawing"
_ADJUNCTS = frozenset("in since from until on".split())  # "the Silver Cup in 2012 and the Gold Cup in 2018"
_BEFORE_ITEMS = frozenset("by in at on for with from to of".split())  # "by Ida and by Olga"
_PLACED = frozenset("from in at by for".split())  # "tea from Assam, coffee from Kona and milk"
_SUBJECTS = frozenset(("nsubj", "nsubjpass"))


@dataclass(frozen=True, slots=True)
class _Item:
    """A thing in a list, as tokens; ``comma`` where only a comma stands between it and its neighbour."""

    start: int
    end: int
    comma: bool = False


def joined(names: Sequence[str]) -> str:
    """Return names as a list for people: "A, B and C"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def distinct_names(names: Iterable[str]) -> list[str]:
    """Return names without those whose words are all in one before: "Wilk" after "Tomasz Wilk"."""
    kept: list[str] = []
    for name in names:
        words = set(name_key(name).split())
        if words and not any(words <= set(name_key(other).split()) for other in kept):
            kept.append(name)
    return kept


def names_beside(text: str, names: Sequence[str]) -> set[str]:
    """Return the first of some names and those that stand in one list with it in a text."""
    found = set(names[:1])
    for _ in names:
        found |= {name for name in names if any(_adjoin(text, other, name) for other in found)}
    return found


def _adjoin(text: str, one: str, other: str) -> bool:
    """Tell whether two names stand beside each other in a list."""
    join = r"(?:\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+)(?:the\s+)?"
    return any(re.search(re.escape(a) + join + re.escape(b), text) for a, b in ((one, other), (other, one)))


def listed_with(sentence: ParsedSentence, start: int, end: int) -> list[Span]:
    """Return the items of the list that a part of a sentence stands in, in order; empty where it stands in none.

    Parameters
    ----------
    sentence : ParsedSentence
    start, end : int
        Where the part lies in the sentence: one item, several, or the whole list.
    """
    tokens = [n for n, at in enumerate(sentence.starts) if start <= at < end]
    if not tokens:
        return []
    first = _item_around(sentence, tokens[0])
    named = any(_is_capital(sentence.words[n]) for n in tokens)
    after = _after(sentence, first, named)
    before = _before(sentence, first, named)
    if before and not before[-1].comma:  # "A and B, C": the list ends with B
        after = [item for item in after if not item.comma] if all(not i.comma for i in after) else []
    items = [*before, first, *after]
    closed = any(not item.comma for item in (*before, *after))
    opened = items[0].start > 0 and sentence.words[items[0].start - 1] == ":"
    if len(items) < 2 or not (closed or opened):
        return []
    spans = [_span(sentence, item, named) for item in items]
    return [span for span in spans if span is not None]


def _item_around(sentence: ParsedSentence, token: int) -> _Item:
    """Return the item that a token stands in."""
    start = token
    while start and _goes_on(sentence, start - 1):
        start -= 1
    return _Item(start, _end(sentence, token))


def _goes_on(sentence: ParsedSentence, token: int) -> bool:
    """Tell whether an item holds a token."""
    word, tag = sentence.words[token].lower(), sentence.tags[token]
    if word == "&" and any(first < token < last - 1 for first, last, _ in sentence.names):
        return True  # "Kranz & Sons" is one name
    if word in _JOINS or word == ",":
        return False
    inner = word in _OF and 0 < token < len(sentence.words) - 1 and sentence.tags[token - 1].startswith("NN")
    return tag.startswith(_NOMINAL) or tag in _INSIDE or inner


def _end(sentence: ParsedSentence, token: int) -> int:
    """Return where the item that holds a token ends."""
    while token < len(sentence.words) and _goes_on(sentence, token):
        token += 1
    return token


def _after(sentence: ParsedSentence, item: _Item, named: bool) -> list[_Item]:
    """Return the items of the list after one."""
    found: list[_Item] = []
    end = item.end
    while True:
        place = _skip_adjunct(sentence, end)
        comma = place < len(sentence.words) and sentence.words[place] == ","
        join = place + comma < len(sentence.words) and sentence.words[place + comma].lower() in _JOINS
        if not (comma or join) or (found and not found[-1].comma and not join):
            return found
        start = _past_preposition(sentence, place + comma + join, item)
        end = _end(sentence, start)
        following = _Item(start, end, comma=not join)
        if named and _is_aside(sentence, following):
            continue
        if not _suits(sentence, following, item, named):
            return found
        found.append(following)


def _before(sentence: ParsedSentence, item: _Item, named: bool) -> list[_Item]:
    """Return the items of the list before one."""
    found: list[_Item] = []
    start = item.start
    while True:
        place = _before_preposition(sentence, start - 1)
        join = place >= 0 and sentence.words[place].lower() in _JOINS
        place -= join
        comma = place >= 0 and sentence.words[place] == ","
        place -= comma
        if not (comma or join) or (found and join and found[0].comma):
            return found
        place = _before_adjunct(sentence, place)
        if place < 0 or not _goes_on(sentence, place):
            return found
        previous = _item_around(sentence, place)
        if (
            sentence.words[start - 1].lower() in _BEFORE_ITEMS
            and sentence.words[previous.start - 1] != sentence.words[start - 1]
        ):
            return found
        start = previous.start
        if named and _is_aside(sentence, previous):
            continue
        if not _suits(sentence, item, previous, named) or (named and not _is_named(sentence, previous)):
            return found
        found.insert(0, _Item(previous.start, previous.end, comma=not join))


def _past_preposition(sentence: ParsedSentence, start: int, item: _Item) -> int:
    """Return where an item begins after the preposition that the first one has too: "by Ida and by Olga"."""
    words = sentence.words
    same = item.start > 0 and start < len(words) and words[start] == words[item.start - 1]
    return start + 1 if same and words[start] in _BEFORE_ITEMS else start


def _before_preposition(sentence: ParsedSentence, place: int) -> int:
    """Return the place before a preposition that follows a join: "and" of "and by Olga"."""
    follows = place > 0 and sentence.words[place] in _BEFORE_ITEMS and sentence.words[place - 1].lower() in _JOINS
    return place - 1 if follows else place


def _skip_adjunct(sentence: ParsedSentence, place: int) -> int:
    """Return the place after a year, a place or brackets that belong to an item alone: "A (1998), B in 2003 and C".

    A place does where another item has one by the same preposition.
    """
    words = sentence.words
    if place < len(words) and words[place] == "(":
        close = next((n for n in range(place, min(place + 12, len(words))) if words[n] == ")"), place - 1)
        return close + 1
    if place + 1 < len(words) and words[place].lower() in _ADJUNCTS and words[place + 1].isdigit():
        return place + 2
    end = place + 1
    while end < len(words) and _is_capital(words[end]):
        end += 1
    around = (*words[max(place - 8, 0) : place], *words[end : end + 8])
    placed = end > place + 1 and words[place] in _PLACED and words[place] in around
    return end if placed else place


def _before_adjunct(sentence: ParsedSentence, place: int) -> int:
    """Return the last token before a year or brackets that end at a place."""
    words = sentence.words
    if words[place] == ")":
        return next((n - 1 for n in range(place, max(place - 12, -1), -1) if words[n] == "("), place)
    if place > 1 and words[place].isdigit() and words[place - 1].lower() in _ADJUNCTS:
        return place - 2
    start = place
    while start > 1 and _is_capital(words[start]):
        start -= 1
    placed = start < place and words[start] in _PLACED and words[start] in words[place + 1 : place + 9]
    return start - 1 if placed else place


def _suits(sentence: ParsedSentence, item: _Item, first: _Item, named: bool) -> bool:
    """Tell whether an item goes on a list: it is a thing of the same kind, and not the subject of a clause."""
    tags = sentence.tags[item.start : item.end]
    if tags != ("VBG",) and not any(tag.startswith(_NOMINAL) for tag in tags):
        return False
    if (named and not _is_named(sentence, item)) or _does(sentence, item):
        return False
    return _relation(sentence, item) not in _SUBJECTS or _relation(sentence, first) in _SUBJECTS


def _does(sentence: ParsedSentence, item: _Item) -> bool:
    """Tell whether an item is a deed with its object: "starring B" of "directed by A and starring B"."""
    tokens = range(item.start, item.end)
    return any(sentence.relations[t] == "dobj" and sentence.heads[t] in tokens for t in tokens)


def _relation(sentence: ParsedSentence, item: _Item) -> str:
    """Return the relation by which an item hangs on the rest of its sentence."""
    for token in range(item.start, item.end):
        if not item.start <= sentence.heads[token] < item.end or sentence.heads[token] == token:
            return sentence.relations[token]
    return ""


def _is_named(sentence: ParsedSentence, item: _Item) -> bool:
    """Tell whether an item has a name in it."""
    return any(_is_capital(sentence.words[n]) for n in range(item.start, item.end))


def _is_capital(word: str) -> bool:
    """Tell whether a word is written like a name: "Linux", "macOS"."""
    return any(map(str.isupper, word))


def _is_aside(sentence: ParsedSentence, item: _Item) -> bool:
    """Tell whether an item says what the one before is: ", a chemist,"."""
    return item.start < item.end and sentence.words[item.start].lower() in ("a", "an")


def _span(sentence: ParsedSentence, item: _Item, named: bool) -> Span | None:
    """Return an item without articles and, of a name, without what calls it: "Tov" of "the ships Tov"."""
    start, end = item.start, item.end
    while start < end and (
        sentence.tags[start] in ("DT", "PRP$", "``", "''", "HYPH")
        or (named and not _is_capital(sentence.words[start]) and not sentence.tags[start].startswith("NNP"))
    ):
        start += 1
    while end > start and sentence.tags[end - 1] in ("POS", "``", "''", "HYPH", "DT"):
        end -= 1
    if start >= end:
        return None
    return Span(sentence.starts[start], sentence.starts[end - 1] + len(sentence.words[end - 1]))
