"""Titles of communities: what their statements have in common, or their most distinctive names and what they are."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from graphrag.text import strip_disambiguation, words
from graphrag.types import Entity

__all__ = ["head_noun", "is_name", "join_names", "makes_titles", "names_title", "pattern_title", "plural"]

# Predicates that a title may be made of, and what their subjects are called where their descriptions do not say it.
_PATTERNS = {
    "born in": "people",
    "died in": "people",
    "buried in": "people",
    "educated at": "people",
    "member of": "members",
    "works for": "people",
    "located in": "places",
    "starring": "works",
    "based on": "works",
}
_HEAD_END = re.compile(r"\s*(?:[,;:(]|\b(?:of|in|from|by|who|whom|that|which|and|or|for|at|on|with|to|as|near)\b).*")
_NOUN = re.compile(r"[a-z][a-z-]{2,}")
_NAME = re.compile(r"[^\W\d_]")
_LONGEST_NAME = 60
_MOST_NAMES = 3  # in a title
_IRREGULAR = {"man": "men", "woman": "women", "person": "people", "child": "children", "series": "series"}
_SAME = frozenset("people series species".split())
_RELATIVES = frozenset(
    "son daughter wife husband brother sister father mother child parent grandson granddaughter nephew niece uncle "
    "aunt cousin widow heir member one name part".split()
)


def is_name(name: str) -> bool:
    """Tell whether a name can stand in a title: it has a letter, more than one character, and is not too long."""
    return 1 < len(name) <= _LONGEST_NAME and bool(_NAME.search(name)) and "\n" not in name


@lru_cache(maxsize=2**16)
def head_noun(description: str) -> str:
    """Return what a description says its subject is: "American film director of …" gives "director"."""
    last = _HEAD_END.sub("", description).split()[-1:]
    return last[0] if last and _NOUN.fullmatch(last[0]) else ""


def plural(noun: str) -> str:
    """Return the English plural of a noun."""
    for ending, many in _IRREGULAR.items():
        if noun == ending or (noun.endswith(ending) and len(ending) > 4) or noun.endswith(f"s{ending}"):
            return noun[: -len(ending)] + many
    if noun in _SAME:
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def join_names(names: Sequence[str]) -> str:
    """Return names as a phrase: "A, B and C"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def makes_titles(predicate: str) -> bool:
    """Tell whether a title may be made of statements with a predicate."""
    return predicate in _PATTERNS or predicate.endswith(" by")


def pattern_title(statements: Iterable[tuple[Entity, str, Entity]], subjects: int) -> str:
    """Return a title such as "Films directed by X" where most subjects share a statement, else an empty one.

    Parameters
    ----------
    statements : iterable of (subject, predicate, object)
        The community's facts between entities.
    subjects : int
        How many members documents are about.

    Returns
    -------
    str
        Empty where fewer than three subjects, or no more than half of them, share predicate and object.
    """
    sharing: dict[tuple[str, str], dict[str, Entity]] = {}
    names: dict[str, str] = {}
    for subject, predicate, target in statements:
        if makes_titles(predicate) and is_name(target.name):
            sharing.setdefault((predicate, target.id), {})[subject.id] = subject
            names[target.id] = target.name
    if not sharing:
        return ""
    predicate, target_id = min(sharing, key=lambda key: (-len(sharing[key]), key))
    sharers = sharing[predicate, target_id]
    if len(sharers) < 3 or 2 * len(sharers) <= subjects:
        return ""
    kinds = Counter(head_noun(entity.description) for entity in sharers.values())
    kind = min(kinds, key=lambda noun: (-kinds[noun], noun))
    called = plural(kind) if kind and 2 * kinds[kind] > len(sharers) else _PATTERNS.get(predicate, "works")
    return f"{called.capitalize()} {predicate} {names[target_id]}"


def names_title(ranked: Sequence[Entity], subjects: Sequence[Entity]) -> str:
    """Return the most distinctive names, with what the members mostly are: "A, B and C (films, actors)".

    Parameters
    ----------
    ranked : sequence of Entity
        The most distinctive members, best first; at least one.
    subjects : sequence of Entity
        The members that documents are about; their descriptions tell the kinds.

    Returns
    -------
    str
        Never empty while a member has a name.
    """
    names: list[str] = []
    said: list[set[str]] = []
    for entity in ranked:
        name = " ".join(strip_disambiguation(entity.name).split(",")[0].split())
        own = set(words(name))
        if is_name(name) and own and not any(own <= other or other <= own for other in said):
            names.append(name)
            said.append(own)
        if len(names) == _MOST_NAMES:
            break
    title = join_names(names or [entity.name.strip() or entity.id for entity in ranked[:1]])
    title = title[:1].upper() + title[1:]
    kinds = Counter(head_noun(entity.description) for entity in subjects)
    common = sorted((noun for noun in kinds if noun and noun not in _RELATIVES), key=lambda noun: (-kinds[noun], noun))
    shown = [plural(noun) for noun in common[:2] if kinds[noun] >= 3 and 4 * kinds[noun] >= len(subjects)]
    return f"{title} ({', '.join(shown)})" if shown else title
