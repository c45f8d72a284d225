"""Whose a value or a deed is: the thing that a sentence measures, the one who does, the year or version beside it."""

import re
from collections.abc import Container, Iterable, Mapping
from itertools import accumulate

from graphrag.answering.clauses import is_passive, subject_of, verb_over, way_up
from graphrag.answering.dimensions import dimension_asked
from graphrag.answering.vocabulary import singular
from graphrag.answering.wording import stem
from graphrag.types import ParsedSentence

__all__ = [
    "hangs_by",
    "is_definition",
    "is_maker",
    "is_of_another",
    "is_of_another_name",
    "is_other_side",
    "is_under_another",
    "stands_by_another",
]

_PRICES = frozenset("cost price fee value total sum budget rate size".split())
_POINTING = frozenset("it they she he this that these those which who all both each one there i we you".split())
_OWN = frozenset("its his her their".split())
_WORKS = frozenset(
    "book novel poem play story album song film movie opera symphony essay memoir painting sculpture cookbook thriller "
    "trilogy debut biography autobiography series work masterpiece comedy single ballad collection".split()
)
_PARTING = frozenset(("and", "but", "while", "whereas", ";"))
_INNER = ("compound", "amod", "appos", "nmod", "poss")
_YEAR, _VERSION = re.compile(r"1\d{3}|20\d{2}"), re.compile(r"\d+(?:\.\d+)*")
_FULL_VERSION = re.compile(r"(?<![\w.])\d+(?:\.\d+)+(?![\w.])")


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


def is_other_side(sentence: ParsedSentence, token: int, verb: str, does: bool) -> bool:
    """Tell whether who is asked for does what a part of a sentence suffers, or the other way round.

    Parameters
    ----------
    sentence : ParsedSentence
    token : int
        The part, by the token that the others hang on.
    verb : str
        Stem of the verb that is asked for.
    does : bool
        Whether its subject is asked for: "who leads X", not "whom does X lead".
    """
    below = token
    for other in way_up(sentence, token):
        if other != token and sentence.tags[other].startswith("V") and stem(sentence.words[other].lower()) == verb:
            passive = is_passive(sentence, other)
            if not passive and sentence.tags[other] == "VBN" and not _has_helper(sentence, other):
                return False  # "with the army forbidden to enter"
            relation = sentence.relations[below]
            agent = relation == "agent" if passive else relation == "nsubj"
            patient = relation == ("nsubjpass" if passive else "dobj")
            return patient if does else agent
        below = other
    return False


def _has_helper(sentence: ParsedSentence, verb: int) -> bool:
    return any(up == verb and sentence.relations[t] == "aux" for t, up in enumerate(sentence.heads))


def is_definition(sentence: ParsedSentence, token: int, noun: str) -> bool:
    """Tell whether a sentence says what something is by a part of it: "turbidity is the cloudiness of a liquid".

    Parameters
    ----------
    sentence : ParsedSentence
    token : int
        The part, by the token that the others hang on.
    noun : str
        Stem of the noun for what is defined.
    """
    above, relation = sentence.heads[token], sentence.relations[token]
    if relation == "appos":
        return stem(singular(sentence.words[above].lower())) == noun
    subjects = [t for t, up in enumerate(sentence.heads) if up == above and sentence.relations[t] == "nsubj"]
    means = relation in ("attr", "dobj", "xcomp", "ccomp") and sentence.words[above].lower() in (
        "is",
        "are",
        "means",
        "mean",
    )
    return means and any(stem(singular(sentence.words[t].lower())) == noun for t in subjects)


def is_maker(sentence: ParsedSentence, token: int) -> bool:
    """Tell whether a part of a sentence is whose work something is: "her book", "Anna Vidal's novel"."""
    above = sentence.heads[token]
    return sentence.relations[token] == "poss" and singular(sentence.words[above].lower()) in _WORKS


def hangs_by(sentence: ParsedSentence, token: int, preposition: str, verb: str, passive: bool) -> bool:
    """Tell whether a part of a sentence hangs by a preposition on a verb in its voice; on any for an empty one."""
    while sentence.relations[token] in ("conj", "compound", "appos"):
        token = sentence.heads[token]
    by = sentence.heads[token]
    if sentence.relations[token] != "pobj" or sentence.words[by].lower() != preposition:
        return False
    return not verb or any(
        stem(sentence.words[other].lower()) == verb and is_passive(sentence, other) == passive
        for other in way_up(sentence, by)
    )


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
    named = {
        True: set[int](),
        False: set[int](),
    }  # the parts with a name behind their number: of the question, or another
    for token, tag in enumerate(sentence.tags):
        number = start if parts[token] == parts[start] else numbers.get(parts[token], token)
        if tag == "NNP" and number < token:
            named[sentence.words[token] in asked].add(parts[token])
    own = parts[start]
    return own in named[False] - named[True] and bool(named[True] - {own})


def is_under_another(asked: Iterable[str], heading: str) -> bool:
    """Tell whether a heading has another version than the words of a question: "## 4.2.1"."""
    versions = set(filter(_FULL_VERSION.fullmatch, asked))
    told = set(_FULL_VERSION.findall(heading))
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
