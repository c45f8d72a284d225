"""What sentences offer as answers: each name, value, phrase and clause with the features that tell how likely it is."""

import math
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from graphrag.answering.bearing import Bearing
from graphrag.answering.question_grammar import UNTOLD, path_length, singular
from graphrag.answering.referring import Person
from graphrag.answering.sources import Sentence
from graphrag.answering.spots import TITLES, Spot, spots_of
from graphrag.answering.units import is_numeral, with_unit
from graphrag.answering.wanted import Wanted
from graphrag.answering.wording import VERSION, stem
from graphrag.text import words
from graphrag.types import ParsedSentence, Span

__all__ = ["Choice", "Features", "choices_in", "person_choices", "root_of", "version_choices"]

_NEAR_WORDS, _NEAR_STEPS = 6.0, 2.0  # over which what a word says falls to 1/e
_BESIDE = 4  # tokens
_FINAL_UNIT = re.compile(r"\d\s?[a-zµ/]{1,5}[²³]?\.$")
_OFTEN = frozenset(("every", "each", "once", "twice"))
_PLACING = frozenset("in at near outside around from to".split())  # what stands before places

Features = dict[str, float]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be the answer."""

    text: str
    features: Features
    sentence: Bearing
    start: int  # in the document
    is_person: bool = False  # and does not stand where a place would
    described: bool = False  # the sentence calls it what the question calls a thing that it starts from
    parsed: ParsedSentence | None = None  # of the sentence
    spot: Spot | None = None  # where it stands in that, or the pronoun that stands for it
    named_in: Sentence | None = None  # the sentence that names whom a pronoun stands for, or the heading that it is in

    @property
    def place(self) -> int:
        """Where it begins in its sentence; it means nothing of what is named in another."""
        return self.start - self.sentence.sentence.span.start

    @property
    def has_capital(self) -> bool:
        """Whether it is written with a capital, as names are."""
        return any(map(str.isupper, self.text))


def choices_in(
    wanted: Wanted,
    rarity: Mapping[str, float],
    known: AbstractSet[str],
    rank: int,
    read: Bearing,
    sentence: ParsedSentence,
) -> Iterator[Choice]:
    """Yield what a sentence offers, with features.

    Parameters
    ----------
    wanted : Wanted
    rarity : mapping of str to float
        Stem of each telling word of the question -> how rare it is.
    known : set of str
        The question's words.
    rank : int
        Of the sentence among all that are read.
    read : Bearing
    sentence : ParsedSentence
    """
    stems, untelling = _stems(wanted, sentence), known | TITLES
    things = wanted.asks == "which" and wanted.kind not in ("amount", "date")
    things = things and bool(wanted.kind or (wanted.noun and wanted.noun not in known))  # a known kind, or a plural
    for spot in spots_of(sentence):
        telling = [
            token
            for token in range(spot.start, spot.end)
            if sentence.words[token].lower() not in UNTOLD and sentence.words[token][0].isalnum()
        ]
        new = [
            word
            for token in telling
            if stems[token] not in rarity and (word := sentence.words[token]).lower() not in untelling
        ]
        if not new or (things and all(map(is_numeral, new))):
            continue  # the question says it itself; "which farms" is not answered with "three farms"
        span = _span(wanted, rarity, sentence, spot)
        if span is None:
            continue
        features = _features(wanted, rarity, read, sentence, spot, stems)
        features |= {"sentence": 1.0 / (1 + rank), "said in question": 1.0 - len(new) / len(telling)}
        person = spot.kind == "person" and sentence.words[spot.start - 1 if spot.start else 0].lower() not in _PLACING
        described = _is_described(wanted, sentence, spot, stems)
        text, start = sentence.text[span.start : span.end], read.sentence.span.start + span.start
        yield Choice(text, features, read, start, person, described, sentence, spot)


def version_choices(wanted: Wanted, rank: int, read: Bearing) -> Iterator[Choice]:
    """Yield the version over a sentence, where one is asked for: "which version dropped X" of "4.0" over "Drops X".

    Parameters
    ----------
    wanted : Wanted
    rank : int
        Of the sentence among all that are read.
    read : Bearing
    """
    if read.headed is None or not read.bears or wanted.noun != "version":
        return
    for version in VERSION.finditer(read.headed.text):
        features = _sentence_features(read) | {
            "sentence": 1.0 / (1 + rank),
            "is name": 1.0,
            f"{wanted.asks}: number": 1.0,
        }
        yield Choice(version.group(), features, read, read.headed.span.start + version.start(), named_in=read.headed)


def person_choices(
    wanted: Wanted,
    rarity: Mapping[str, float],
    known: Container[str],
    rank: int,
    read: Bearing,
    sentence: ParsedSentence,
    tokens: Sequence[int],
    person: Person,
) -> Iterator[Choice]:
    """Yield whom a document is about for each pronoun that stands for it in a sentence.

    Parameters
    ----------
    wanted, rarity, known, rank, read, sentence
        As for :func:`choices_in`.
    tokens : sequence of int
        The pronouns.
    person : Person
    """
    if not read.bears or all(word in known for word in words(person.name)):
        return
    stems = _stems(wanted, sentence)
    for token in tokens:
        spot = Spot(token, token + 1, "person", is_name=True)
        features = _features(wanted, rarity, read, sentence, spot, stems)
        features |= {"sentence": 1.0 / (1 + rank), "said in question": 0.0}
        start = person.sentence.span.start + person.start
        described = _is_described(wanted, sentence, spot, stems)
        yield Choice(person.name, features, read, start, True, described, sentence, spot, person.sentence)


def _stems(wanted: Wanted, sentence: ParsedSentence) -> list[str]:
    """Return the stem of each word, as the question has it where it has one that tells the same."""
    return [wanted.same.get(base, base) for word in sentence.words for base in (stem(word.lower()),)]


def _sentence_features(read: Bearing) -> Features:
    """Return what tells how likely any spot of a sentence is the answer."""
    return {
        "shared": read.shared,
        "shared close": read.shared_close,
        "shared before": read.shared_before,
        "shared by other": read.shared_by_other,
        "nearness": read.nearness,
        "document": 1.0 / (1 + read.source.rank),
    }


def _features(
    wanted: Wanted,
    rarity: Mapping[str, float],
    read: Bearing,
    sentence: ParsedSentence,
    spot: Spot,
    stems: Sequence[str],
) -> Features:
    """Return what tells how likely a spot is the answer."""
    features = _sentence_features(read) | {
        "length": math.log(spot.end - spot.start),
        "is name": float(spot.is_name),
        f"{wanted.asks}: {spot.kind}": 1.0,
        "same verb": float(bool(wanted.verb) and _verb_above(sentence, stems, spot) == wanted.verb),
    }
    return features | _near(sentence, spot, rarity, stems) | _noun_features(wanted, spot, stems)


def _span(wanted: Wanted, rarity: Container[str], sentence: ParsedSentence, spot: Spot) -> Span | None:
    """Return where a spot stands in its sentence, a number with its unit; None where it is a unit alone."""
    start, last = sentence.starts[spot.start], spot.end - 1
    end = sentence.starts[last] + len(sentence.words[last])
    if _FINAL_UNIT.search(sentence.text[start:end]):  # "m." at the end of a sentence is one token
        end -= 1
    whole = with_unit(sentence.text, start, end, rarity)
    if whole is not None and "often" in wanted.closeness and sentence.words[max(spot.start - 1, 0)].lower() in _OFTEN:
        return Span(sentence.starts[spot.start - 1], whole.end)
    if whole is not None and (wanted.asks == "when" or spot.kind in ("date", "year")):
        return Span(start, end)  # "1998" of "in 1998 pounds"
    return whole


def _is_described(wanted: Wanted, sentence: ParsedSentence, spot: Spot, stems: Sequence[str]) -> bool:
    """Tell whether a sentence calls a spot what the question starts from: "the captain is X", "captain X"."""
    root = root_of(sentence, spot)
    above, relation = sentence.heads[root], sentence.relations[root]
    for token, word in enumerate(stems):
        if word not in wanted.described and stem(singular(word)) not in wanted.described:
            continue
        its_head, its_relation = sentence.heads[token], sentence.relations[token]
        if token == root or (its_head == root and its_relation in ("appos", "compound", "nmod")):
            return True
        if above == token and relation == "appos":
            return True
        both = {relation, its_relation} == {"nsubj", "attr"} and above == its_head
        if both and sentence.words[above].lower() in ("is", "was", "are", "were"):
            return True
        if token < spot.start and [*sentence.words[token + 1 : spot.start]] == [":"]:
            return True
    return False


def _near(sentence: ParsedSentence, spot: Spot, rarity: Mapping[str, float], stems: Sequence[str]) -> Features:
    """Return how near words of the question stand, in the line and in the tree."""
    total = sum(rarity.values()) or 1.0
    root = root_of(sentence, spot)
    in_line: dict[str, float] = {}
    in_tree: dict[str, float] = {}
    for token, word in enumerate(stems):
        if word not in rarity or spot.start <= token < spot.end:
            continue
        gap = min(abs(token - spot.start), abs(token - spot.end + 1))
        in_line[word] = max(in_line.get(word, 0.0), rarity[word] * math.exp(-gap / _NEAR_WORDS))
        steps = path_length(sentence, root, token)
        in_tree[word] = max(in_tree.get(word, 0.0), rarity[word] * math.exp(-steps / _NEAR_STEPS))
    return {"near": sum(in_line.values()) / total, "near in tree": sum(in_tree.values()) / total}


def _noun_features(wanted: Wanted, spot: Spot, stems: Sequence[str]) -> Features:
    """Return how a spot bears on the noun that is asked for."""
    if not wanted.noun:
        return {}
    noun = stem(wanted.noun)
    around = range(max(0, spot.start - _BESIDE), min(len(stems), spot.end + _BESIDE))
    return {
        f"a {wanted.kind or 'thing'}: {spot.kind}": 1.0,
        "holds noun": float(any(_same(noun, stems[token]) for token in range(spot.start, spot.end))),
        "beside noun": float(any(_same(noun, stems[token]) for token in around)),
    }


def _same(noun: str, word: str) -> bool:
    """Compare stems, whatever their number."""
    return noun in (word, stem(singular(word)))


def root_of(sentence: ParsedSentence, spot: Spot) -> int:
    """Return the token of a spot on which the others hang."""
    for token in range(spot.start, spot.end):
        head = sentence.heads[token]
        if head == token or not spot.start <= head < spot.end:
            return token
    return spot.end - 1


def _verb_above(sentence: ParsedSentence, stems: Sequence[str], spot: Spot) -> str:
    """Return the stem of the verb that a spot belongs to."""
    token = root_of(sentence, spot)
    for _ in sentence.words:
        if sentence.tags[token].startswith("V"):
            return stems[token]
        if sentence.heads[token] == token:
            break
        token = sentence.heads[token]
    return ""
