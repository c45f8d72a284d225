"""Pronouns for whom a document is about: "she" and "her" of a page on a person."""

import re
from collections.abc import Callable

from graphrag.answering.sources import Sentence, Source
from graphrag.text import name_key
from graphrag.types import ParsedSentence

__all__ = ["Person", "person_of", "pronouns_for"]

_MALE, _FEMALE = frozenset(("he", "his", "him")), frozenset(("she", "her"))
_SHIPS = re.compile(r"\b(?:ships?|boat|vessel|ferry|yacht|tanker|frigate|cruiser|schooner|trawler|HMS|USS)\b")  # "she"
_SUBJECTS = ("nsubj", "nsubjpass")


class Person:
    """Whom a document is about: the name, the sentence that opens with it, and the pronouns for it."""

    __slots__ = ("name", "pronouns", "sentence", "start")

    def __init__(self, name: str, sentence: Sentence, start: int, pronouns: frozenset[str]) -> None:
        self.name, self.sentence, self.start, self.pronouns = name, sentence, start, pronouns


def person_of(source: Source, parse: Callable[[str], ParsedSentence]) -> Person | None:
    """Return the person that a document opens with and speaks of as "he" or "she"; None where there is none."""
    if not source.sentences or not source.name or not source.opening:
        return None
    lead = source.sentences[0]
    start = lead.text.find(source.name)
    if not 0 <= start <= 4 or " " not in source.name or _SHIPS.search(lead.text):
        return None
    first = next(
        (w for s in source.sentences for w in s.text.lower().replace(",", " ").split() if w in _MALE | _FEMALE), ""
    )
    if not first or not _is_person(parse(lead.text), start, start + len(source.name)):
        return None
    return Person(source.name, lead, start, _MALE if first in _MALE else _FEMALE)


def _is_person(sentence: ParsedSentence, start: int, end: int) -> bool:
    """Tell whether a part of a sentence holds the name of a person."""
    return any(label == "PERSON" and start <= sentence.starts[first] < end for first, _, label in sentence.names)


def pronouns_for(person: Person, sentence: ParsedSentence, before: ParsedSentence | None) -> list[int]:
    """Return the tokens of a sentence that stand for a person: subjects and possessors.

    None do where another person came up in the sentence or as the subject of the one before.
    """
    own = set(name_key(person.name).split())
    if before is not None and _others(before, own, len(before.words), subjects=True):
        return []
    return [
        token
        for token, word in enumerate(sentence.words)
        if word.lower() in person.pronouns
        and (sentence.relations[token] in _SUBJECTS or sentence.tags[token] == "PRP$")
        and not _others(sentence, own, token, subjects=False)
    ]


def _others(sentence: ParsedSentence, own: set[str], end: int, subjects: bool) -> bool:
    """Tell whether another person is named before a token."""
    return any(
        label == "PERSON"
        and last <= end
        and not set(name_key(sentence.slice(first, last)).split()) <= own
        and (not subjects or any(_is_subject(sentence, token) for token in range(first, last)))
        for first, last, label in sentence.names
    )


def _is_subject(sentence: ParsedSentence, token: int) -> bool:
    """Tell whether a token belongs to a subject: "Mona" of "her sister Mona came"."""
    while sentence.relations[token] in ("compound", "appos", "conj") and sentence.heads[token] != token:
        token = sentence.heads[token]
    return sentence.relations[token] in _SUBJECTS
