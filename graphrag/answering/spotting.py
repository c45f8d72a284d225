"""Short answers to questions whose relation is not known: the likeliest name, value or phrase of the best sentences.

Every name, value and noun phrase of the sentences nearest to the question gets a score: a weighted sum of features of
the sentence and of its place in it, as in the logistic regression of Rajpurkar et al., "SQuAD: 100,000+ Questions for
Machine Comprehension of Text", EMNLP 2016, section 5, with fewer features, and with what other documents say of the
one that the sentence stands in.  ``graphrag tune --answers`` fits the weights.
"""

import json
import math
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from graphrag.answering.dates import find_dates, is_day
from graphrag.answering.lives import tells_of
from graphrag.answering.sources import Sentence, Source, Sources
from graphrag.answering.spots import Spot, spots_of
from graphrag.answering.units import is_numeral, with_unit
from graphrag.answering.wanted import UNTOLD, Wanted, path_length, singular, wanted_of, wants_yes_or_no
from graphrag.answering.wording import stem
from graphrag.protocols import Parser
from graphrag.resources import resource
from graphrag.text import name_key, words
from graphrag.types import ParsedSentence, Quote, Span

__all__ = ["Choice", "Spotted", "Spotter", "shipped_reader"]

_SOURCES = 5  # documents that are read
_SENTENCES = 14  # that are parsed
_NEAR_WORDS, _NEAR_STEPS = 6.0, 2.0  # over which what a word says falls to 1/e
_BESIDE = 4  # tokens
# What is asked for by "when", "how many" and "how long" has a number, or is one of these kinds.
_COUNTED = ("date", "time", "year", "number", "amount")
_NOWHERE = ("date", "time", "year", "people")
_PLACING = frozenset("in at near outside around from to".split())  # what stands before places
_CODE = re.compile(r"(?<![\w.-])(?:(?!(?:mid|pre|post|early|late)-)[^\W\d_][\w.-]*\d\w*|\d+(?:\.\d+)+)")

Features = dict[str, float]


@dataclass(frozen=True, slots=True)
class Spotted:
    """An answer, the sentences that it rests on, and the chance that it is right."""

    text: str
    citations: tuple[Quote, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be the answer."""

    text: str
    features: Features
    sentence: "_Read"
    start: int  # in the document
    is_person: bool = False  # and does not stand where a place would
    described: bool = False  # the sentence calls it what the question calls a thing that it starts from


@dataclass(slots=True)
class _Read:
    """A sentence, and how it bears on the question."""

    source: Source
    sentence: Sentence
    nearness: float  # cosine of the sentence with the question
    stems: frozenset[str]
    shared: float = 0.0  # rarity of the question's words that it or its title has, as a share
    shared_close: float = 0.0  # the same, with words near the question word weighing more
    shared_before: float = 0.0  # of words that only the sentence before it has
    shared_by_other: float = 0.0  # of words that only a sentence of another document has, which names this document
    other: Sentence | None = None  # that sentence

    @property
    def score(self) -> float:
        """How worthwhile reading it is."""
        return self.shared + self.nearness + 0.5 * self.shared_by_other - 0.02 * self.source.rank


class Spotter:
    """Finds short answers in sentences.

    Parameters
    ----------
    parser : Parser
        Reads the grammar of the question and of the best sentences.
    weights : mapping of str to float
        Of the features; those not named weigh nothing.
    surety : mapping of str to float
        What turns the chance among all choices into the chance of being right.
    """

    def __init__(self, parser: Parser, weights: Mapping[str, float], surety: Mapping[str, float]) -> None:
        self._parser = parser
        self._weights = weights
        self._surety = surety

    def read(self, question: str, sources: Sources, nearness: Callable[[Quote], float]) -> Spotted | None:
        """Return the likeliest answer, None where no sentence holds one.

        A question for yes or no has none, and neither has one with a code or a version ("INC-7", "2.1") that the
        documents which would be cited do not hold: they speak of another.

        Parameters
        ----------
        question : str
        sources : Sources
            The evidence; the first five documents are read.
        nearness : callable
            How near a sentence of the evidence is to the question (a cosine).
        """
        [asked] = self._parser.parse([question])
        if wants_yes_or_no(asked):
            return None
        wanted = wanted_of(asked)
        choices = self._choices(question, asked, wanted, sources, nearness)
        suiting = [place for place, choice in enumerate(choices) if _suits(wanted, choice)]
        if not suiting:
            return None
        chances = _softmax([self._score(choice.features) for choice in choices])
        best = choices[max(suiting, key=lambda place: chances[place])]
        same = name_key(best.text)
        chance = sum(chances[place] for place, other in enumerate(choices) if name_key(other.text) == same)
        read = best.sentence
        citations = [read.sentence] if read.other is None else [read.other, read.sentence]
        if not _hold_codes(question, sources, citations):
            return None
        return Spotted(best.text, tuple(s.quote() for s in citations), round(self.sure(float(chance), best), 4))

    def choices(self, question: str, sources: Sources, nearness: Callable[[Quote], float]) -> list[Choice]:
        """Return everything that may be the answer, with its features."""
        [asked] = self._parser.parse([question])
        return self._choices(question, asked, wanted_of(asked), sources, nearness)

    def _choices(
        self,
        question: str,
        asked: ParsedSentence,
        wanted: Wanted,
        sources: Sources,
        nearness: Callable[[Quote], float],
    ) -> list[Choice]:
        known = frozenset(word.lower() for word in asked.words)
        reads, rarity = _reads(question, wanted, sources, nearness)
        parsed = self._parser.parse([read.sentence.text for read in reads])
        return [
            choice
            for rank, (read, sentence) in enumerate(zip(reads, parsed, strict=True))
            for choice in _choices(wanted, rarity, known, rank, read, sentence)
        ]

    def sure(self, chance: float, choice: Choice) -> float:
        """Return the chance that a choice is right, from its chance among all choices and from its sentence."""
        told = sure_features(chance, choice)
        return 1.0 / (1.0 + math.exp(-sum(self._surety.get(name, 0.0) * value for name, value in told.items())))

    def _score(self, features: Features) -> float:
        return sum(self._weights.get(name, 0.0) * value for name, value in features.items())


def shipped_reader() -> dict[str, Any]:
    """Return the shipped weights, their surety, and on what and how they were fitted."""
    data: dict[str, Any] = json.loads((resource("pipelines") / "reader.json").read_text(encoding="utf-8"))
    return data


def sure_features(chance: float, choice: Choice) -> Features:
    """Return what tells whether a choice is right."""
    read = choice.sentence
    return {
        "bias": 1.0,
        "log chance": math.log(max(chance, 1e-6)),
        "shared": read.shared,
        "shared by other": read.shared_by_other,
        "nearness": read.nearness,
    }


def _suits(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is of a kind that the question word can mean, from a sentence that tells what is asked.

    No person, people or date is a place, no date is a number or a length, and what the question starts from is not what
    it asks for: the captain of a ship does not answer who the captain's husband is.  A birth answers for no death or
    marriage.
    """
    if choice.described or (wanted.event and not tells_of(choice.sentence.sentence.text, wanted.event, choice.text)):
        return False
    if wanted.asks == "where" and (choice.is_person or any(f"where: {kind}" in choice.features for kind in _NOWHERE)):
        return False
    if wanted.asks in ("how many", "how long") and (is_day(choice.text) or _is_date(wanted, choice)):
        return False
    if wanted.asks not in ("when", "how many", "how long") or any(map(str.isdigit, choice.text)):
        return True
    return any(f"{wanted.asks}: {kind}" in choice.features for kind in _COUNTED)


def _is_date(wanted: Wanted, choice: Choice) -> bool:
    """Tell whether a choice is a date or a year, and not a number of years or days."""
    dated = any(f"{wanted.asks}: {kind}" in choice.features for kind in ("date", "year"))
    return dated and any(date.text == choice.text for date in find_dates(choice.text))


def _hold_codes(question: str, sources: Sources, citations: Sequence[Sentence]) -> bool:
    """Tell whether the documents of some sentences hold a code or version of a question, where it has any."""
    codes = [re.findall(r"[^\W\d_]+|\d+", code) for code in _CODE.findall(question)]
    cited = {sentence.chunk.document_id for sentence in citations}
    said = "\n".join(
        "\n".join((source.document_id, source.title, *(f"{s.chunk.heading}\n{s.text}" for s in source.sentences)))
        for source in (sources.documents if codes else ())
        if source.document_id in cited
    )
    return not codes or any(re.search(_divided(parts), said, re.IGNORECASE) for parts in codes)


def _divided(parts: Sequence[str]) -> str:
    """Return a pattern of the letters and numbers of a code, with or without signs between: "INC-7", "INC 7"."""
    pattern = parts[0]
    for before, part in pairwise(parts):
        pattern += (r"[\W_]+" if before.isdigit() and part.isdigit() else r"[\W_]*") + part
    start = r"(?<!\d)(?<!\d\.)" if parts[0].isdigit() else r"(?<![^\W\d_])"
    return start + pattern + (r"(?!\d)" if parts[-1].isdigit() else r"(?![^\W\d_])")


def _softmax(scores: Sequence[float]) -> np.ndarray:
    raised = np.exp(np.array(scores) - max(scores))
    chances: np.ndarray = raised / raised.sum()
    return chances


def _reads(
    question: str, wanted: Wanted, sources: Sources, nearness: Callable[[Quote], float]
) -> tuple[list[_Read], dict[str, float]]:
    """Return the sentences that are worth reading, best first, and how rare each word of the question is."""
    reads = [
        _Read(source, sentence, nearness(sentence.quote()), frozenset(map(stem, words(sentence.text))))
        for source in sources.documents[:_SOURCES]
        for sentence in source.sentences
        if sentence.text.strip()
    ]
    count = len(reads) or 1
    rarity = {
        word: math.log(1 + count / (1 + sum(word in read.stems for read in reads))) for word in sorted(wanted.closeness)
    }
    total = sum(rarity.values()) or 1.0
    total_close = sum(rarity[word] * close for word, close in wanted.closeness.items()) or 1.0
    titles = {read.source.document_id: frozenset(map(stem, words(read.source.title))) for read in reads}
    before: _Read | None = None
    for read in reads:
        said = read.stems | titles[read.source.document_id]
        read.shared = sum(rare for word, rare in rarity.items() if word in said) / total
        read.shared_close = (
            sum(rare * wanted.closeness[word] for word, rare in rarity.items() if word in said) / total_close
        )
        if before is not None and before.source is read.source:
            only = before.stems - said
            read.shared_before = sum(rare for word, rare in rarity.items() if word in only) / total
        before = read
    _bridge(question, reads, titles, rarity, total)
    reads.sort(key=lambda read: (-read.score, read.source.rank, read.sentence.number))
    return reads[:_SENTENCES], rarity


def _bridge(
    question: str,
    reads: Sequence[_Read],
    titles: Mapping[Any, frozenset[str]],
    rarity: Mapping[str, float],
    total: float,
) -> None:
    """Credit sentences of a document that another names with the words of the question that are said there."""
    asked = f" {name_key(question)} "
    padded = [f" {name_key(read.sentence.text)} " for read in reads]
    names = {read.source.document_id: name_key(read.source.name) for read in reads}
    for read in reads:
        name = names[read.source.document_id]
        if len(name) < 3 or f" {name} " in asked:
            continue  # a document that the question names itself needs no bridge
        said = read.stems | titles[read.source.document_id]
        for other, text in zip(reads, padded, strict=True):
            if other.source is read.source or f" {name} " not in text:
                continue
            only = (other.stems | titles[other.source.document_id]) - said
            share = sum(rare for word, rare in rarity.items() if word in only) / total
            if share > read.shared_by_other:
                read.shared_by_other, read.other = share, other.sentence


def _choices(
    wanted: Wanted, rarity: Mapping[str, float], known: frozenset[str], rank: int, read: _Read, sentence: ParsedSentence
) -> Iterator[Choice]:
    """Yield what a sentence offers, with features."""
    stems = [stem(word.lower()) for word in sentence.words]
    hits = [(token, word) for token, word in enumerate(stems) if word in rarity]
    total = sum(rarity.values()) or 1.0
    things = wanted.asks == "which" and wanted.kind not in ("amount", "date")
    things = things and bool(wanted.kind or (wanted.noun and wanted.noun not in known))  # a known kind, or a plural
    for spot in spots_of(sentence):
        telling = [
            token for token in range(spot.start, spot.end) if stems[token] not in UNTOLD and stems[token][0].isalnum()
        ]
        new = [
            word
            for token in telling
            if stems[token] not in rarity and (word := sentence.words[token]).lower() not in known
        ]
        if not new or (things and all(map(is_numeral, new))):
            continue  # the question says it itself; "which farms" is not answered with "three farms"
        span = _span(wanted, rarity, sentence, spot)
        if span is None:
            continue
        features = {
            "shared": read.shared,
            "shared close": read.shared_close,
            "shared before": read.shared_before,
            "shared by other": read.shared_by_other,
            "nearness": read.nearness,
            "document": 1.0 / (1 + read.source.rank),
            "sentence": 1.0 / (1 + rank),
            "said in question": 1.0 - len(new) / len(telling),
            "length": math.log(spot.end - spot.start),
            "is name": float(spot.is_name),
            f"{wanted.asks}: {spot.kind}": 1.0,
        }
        features |= _near(sentence, spot, hits, rarity, total) | _noun_features(wanted, spot, stems)
        features["same verb"] = float(bool(wanted.verb) and _verb_above(sentence, stems, spot) == wanted.verb)
        person = spot.kind == "person" and sentence.words[spot.start - 1 if spot.start else 0].lower() not in _PLACING
        described = _is_described(wanted, sentence, spot, stems)
        text, start = sentence.text[span.start : span.end], read.sentence.span.start + span.start
        yield Choice(text, features, read, start, person, described)


def _span(wanted: Wanted, rarity: Container[str], sentence: ParsedSentence, spot: Spot) -> Span | None:
    """Return where a spot stands in its sentence, a number with its unit; None where it is a unit alone."""
    start, last = sentence.starts[spot.start], spot.end - 1
    end = sentence.starts[last] + len(sentence.words[last])
    whole = with_unit(sentence.text, start, end, rarity)
    if whole is not None and (wanted.asks == "when" or spot.kind in ("date", "year")):
        return Span(start, end)  # "1998" of "in 1998 pounds"
    return whole


def _is_described(wanted: Wanted, sentence: ParsedSentence, spot: Spot, stems: Sequence[str]) -> bool:
    """Tell whether a sentence calls a spot what the question starts from: "the captain is X", "captain X"."""
    root = _root(sentence, spot)
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


def _near(
    sentence: ParsedSentence,
    spot: Spot,
    hits: Sequence[tuple[int, str]],
    rarity: Mapping[str, float],
    total: float,
) -> Features:
    """Return how near words of the question stand, in the line and in the tree."""
    root = _root(sentence, spot)
    in_line: dict[str, float] = {}
    in_tree: dict[str, float] = {}
    for token, word in hits:
        if spot.start <= token < spot.end:
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


def _root(sentence: ParsedSentence, spot: Spot) -> int:
    """Return the token of a spot on which the others hang."""
    for token in range(spot.start, spot.end):
        head = sentence.heads[token]
        if head == token or not spot.start <= head < spot.end:
            return token
    return spot.end - 1


def _verb_above(sentence: ParsedSentence, stems: Sequence[str], spot: Spot) -> str:
    """Return the stem of the verb that a spot belongs to."""
    token = _root(sentence, spot)
    for _ in sentence.words:
        if sentence.tags[token].startswith("V"):
            return stems[token]
        if sentence.heads[token] == token:
            break
        token = sentence.heads[token]
    return ""
