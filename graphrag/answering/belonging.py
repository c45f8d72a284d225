"""Whose a value is: the thing that a sentence measures, the name, year or version that stands beside it or over it."""

import re
from collections.abc import Container, Iterable, Mapping
from itertools import accumulate

from graphrag.answering.clauses import subject_of, verb_over, way_up
from graphrag.answering.dimensions import dimension_asked
from graphrag.answering.spots import TITLES
from graphrag.answering.vocabulary import singular
from graphrag.answering.wording import VERSION, stem
from graphrag.types import ParsedSentence

__all__ = [
    "is_of_another",
    "is_of_another_name",
    "is_under_another",
    "names_another",
    "stands_by_another",
]

_PRICES = frozenset("cost price fee value total sum budget rate size".split())
_POINTING = frozenset("it they she he this that these those which who all both each one there i we you".split())
_OWN = frozenset("its his her their".split())
_PARTING = frozenset(("and", "but", "while", "whereas", ";"))
_INNER = ("compound", "amod", "appos", "nmod", "poss")
_YEAR, _VERSION = re.compile(r"1\d{3}|20\d{2}"), re.compile(r"\d+(?:\.\d+)*")


def is_of_another(
    sentence: ParsedSentence,
    token: int,
    asked: Container[str],
    called: Mapping[str, frozenset[str]],
    about: Container[str],
) -> bool:
    """Tell whether a value is that of another thing than the question's: "its boat cost 150 pounds" of no expedition.

    Parameters
    ----------
    sentence : ParsedSentence
    token : int
        The value, by the token that the others hang on.
    asked : container of str
        Stems of the words of the question.
    called : mapping of str to frozenset of str
        Stem of each noun of the question that others tell from its like -> theirs: the "elephant house" is no "panda
        house".
    about : container of str
        Stems of the words for what the document is about.
    """
    thing = _measured_thing(sentence, token)
    if thing is None:
        return False
    heads = [thing, *_beside(sentence, thing)]
    words = [sentence.words[t].lower() for t in heads]
    others = called.get(stem(words[0]), frozenset())
    own = {stem(sentence.words[t].lower()) for t in heads[1:] if sentence.relations[t] in ("compound", "amod")}
    if own and others and others.isdisjoint(own):
        return True
    if words[0] in _POINTING or any(_is_in(word, asked) for word in words):
        return False
    owned = any(sentence.heads[t] == thing and sentence.words[t].lower() in _OWN for t in range(len(sentence.words)))
    return owned or not any(_is_in(word, about) for word in words)


def _is_in(word: str, stems: Container[str]) -> bool:
    return stem(word) in stems or stem(singular(word)) in stems


def _measured_thing(sentence: ParsedSentence, token: int) -> int | None:
    """Return the noun for what a value measures; None where the sentence does not tell it."""
    verb = verb_over(sentence, token)
    for other in way_up(sentence, token):
        if other == verb:
            break
        over = sentence.heads[other]
        by = sentence.words[over].lower() if sentence.tags[over] == "IN" else ""
        if other != token and by in ("with", "of") and not _is_dimension(sentence, sentence.heads[over]):
            return _noun(sentence, sentence.heads[over])
    if verb is None:
        return None
    subject = subject_of(sentence, verb)
    if subject is not None and _is_dimension(sentence, subject):
        return next((t for t in _beside(sentence, subject) if sentence.tags[t].startswith("NN")), None)
    return subject


def _noun(sentence: ParsedSentence, token: int) -> int | None:
    return token if sentence.tags[token].startswith("NN") else None


def _is_dimension(sentence: ParsedSentence, token: int) -> bool:
    """Tell whether a word only says what is measured: "depth", "cost"."""
    word = sentence.words[token].lower()
    return bool(dimension_asked(word)) or singular(word) in _PRICES or not sentence.tags[token].startswith("NN")


def _beside(sentence: ParsedSentence, token: int) -> list[int]:
    """Return the words that name a noun more closely: "Heron" of "boat Heron", "mill" of "stone of the mill"."""
    found = []
    for other, above in enumerate(sentence.heads):
        if other == token or sentence.words[other].lower() in _OWN:
            continue
        relation = sentence.relations[other]
        inner = above == token and relation in _INNER
        of = (
            relation == "pobj"
            and sentence.words[above].lower() in ("of", "in", "on", "to", "for")
            and sentence.heads[above] == token
        )
        if inner or of:
            found.append(other)
    if sentence.relations[token] == "appos":
        found.append(sentence.heads[token])
    return found


def stands_by_another(
    sentence: ParsedSentence, start: int, end: int, asked: Container[str], versions_only: bool = False
) -> bool:
    """Tell whether the year or version next to a part of a sentence is not the one that the question names.

    "12 million in 2020 and 19 million in 2023" has one value for each year.

    Parameters
    ----------
    sentence : ParsedSentence
    start, end : int
        The part, as tokens.
    asked : container of str
        The words of the question.
    versions_only : bool
        Whether years are no keys, as where a year is asked for.
    """
    keys = [t for t in range(len(sentence.words)) if not start <= t < end and _is_key(sentence, t, versions_only)]
    named = [t for t in keys if sentence.words[t] in asked]
    others = [t for t in keys if sentence.words[t] not in asked]
    if not named or not others:
        return False
    return min(_gap(sentence, start, end, t) for t in named) > min(_gap(sentence, start, end, t) for t in others)


def is_of_another_name(sentence: ParsedSentence, start: int, end: int, asked: Container[str]) -> bool:
    """Tell whether a number is told of another name: "31 on the Po and 8 on the Adige" has one for each.

    Parameters
    ----------
    sentence : ParsedSentence
    start, end : int
        The number, as tokens.
    asked : container of str
        The words of the question.
    """
    parts = list(accumulate(int(word.lower() in _PARTING) for word in sentence.words))
    numbers = {parts[t]: t for t, tag in enumerate(sentence.tags) if tag == "CD" and not start <= t < end}
    numbers[parts[start]] = start
    mine, others = set[int](), set[int]()  # the parts with a name of the question behind their number, or another
    for token, tag in enumerate(sentence.tags):
        if tag == "NNP" and numbers.get(parts[token], token) < token:
            (mine if sentence.words[token] in asked else others).add(parts[token])
    return parts[start] in others - mine and bool(mine)


def names_another(
    sentence: ParsedSentence, start: int, end: int, called: Mapping[str, frozenset[str]], said: Container[str]
) -> bool:
    """Tell whether a sentence names another thing than a question, by a name with the same last word.

    "The Palm House was designed by X" tells nothing of who designed the Fern House.

    Parameters
    ----------
    sentence : ParsedSentence
    start, end : int
        The part that may be the answer, as tokens; a name in it is not looked at.
    called : mapping of str to frozenset of str
        Stem of the last word of each name of the question -> those of the words before it.
    said : container of str
        Stems of the words of the sentence, of the one before it and of their headings.
    """
    others = False
    for token, word in enumerate(sentence.words):
        before = called.get(stem(word.lower()))
        if before is None or start <= token < end or sentence.tags[token] != "NNP":
            continue
        own = {
            stem(sentence.words[t].lower())
            for t, up in enumerate(sentence.heads)
            if up == token and sentence.relations[t] == "compound" and sentence.tags[t] == "NNP"
            if sentence.words[t].lower() not in TITLES
        }
        if not own or not before.isdisjoint(own) or any(word in said for word in before):
            return False
        others = True
    return others


def is_under_another(asked: Iterable[str], heading: str) -> bool:
    """Tell whether a heading has another version than the words of a question: "## 4.2.1"."""
    versions = set(filter(VERSION.fullmatch, asked))
    told = set(VERSION.findall(heading))
    return bool(versions and told) and versions.isdisjoint(told)


def _is_key(sentence: ParsedSentence, token: int, versions_only: bool) -> bool:
    """Tell whether a token is a year or the version of something named: "4.0" of "Quarry 4.0"."""
    word = sentence.words[token]
    named = token > 0 and sentence.words[token - 1][0].isupper() and sentence.tags[token - 1] == "NNP"
    year = not versions_only and _YEAR.fullmatch(word) is not None
    return year or (named and _VERSION.fullmatch(word) is not None)


def _gap(sentence: ParsedSentence, start: int, end: int, token: int) -> int:
    """Return how far a token stands from a part, a break of the sentence counting as five words."""
    between = range(token + 1, start) if token < start else range(end, token)
    return len(between) + 5 * sum(sentence.words[t] in (",", ";", "and", "but", "(", ")") for t in between)
