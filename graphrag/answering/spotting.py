"""Short answers to questions whose relation is not known: the likeliest name, value or phrase of the best sentences.

Every name, value and noun phrase of the sentences nearest to the question gets a score: a weighted sum of features of
the sentence and of its place in it, as in the logistic regression of Rajpurkar et al., "SQuAD: 100,000+ Questions for
Machine Comprehension of Text", EMNLP 2016, section 5, with fewer features, and with what other documents say of the
one that the sentence stands in.  ``graphrag tune --answers`` fits the weights.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphrag.answering.bearing import bearing_sentences
from graphrag.answering.choices import Choice, Features, choices_in, person_choices, version_choices
from graphrag.answering.kinds import is_of_kind
from graphrag.answering.listing import distinct_names, joined, listed_with
from graphrag.answering.preferring import preference, speaks_against
from graphrag.answering.referring import person_of, pronouns_for
from graphrag.answering.sources import Sentence, Sources
from graphrag.answering.suiting import hold_codes, in_its_row, suits, told_alike
from graphrag.answering.tenses import moment_of
from graphrag.answering.wanted import Wanted, wanted_of, wants_yes_or_no
from graphrag.protocols import Parser
from graphrag.resources import resource
from graphrag.text import name_key
from graphrag.types import ParsedSentence, Quote

__all__ = ["Spotted", "Spotter", "shipped_reader", "sure_features"]

_AS_LIKELY = 5.0  # how much less a thing of another sentence may score that is listed with the best one


@dataclass(frozen=True, slots=True)
class Spotted:
    """An answer, the sentences that it rests on, and the chance that it is right."""

    text: str
    citations: tuple[Quote, ...]
    confidence: float


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
        wanted, known, moment = wanted_of(asked), frozenset(asked.words), moment_of(asked)
        offered = self._choices(question, asked, wanted, sources, nearness)
        choices = [choice for choice in offered if in_its_row(wanted, choice)]
        # A "because", a currency and a version leave little doubt: what has none is no rival.
        if wanted.asks == "why" or wanted.measures == ("money",) or wanted.noun == "version":
            choices = [choice for choice in choices if is_of_kind(wanted, choice)]
        suiting = [place for place, c in enumerate(choices) if is_of_kind(wanted, c) and suits(wanted, c)]
        if not suiting:
            return None
        chances = _softmax([self._score(c.features) + preference(wanted, moment, known, c) for c in choices])
        best = choices[max(suiting, key=lambda place: chances[place])]
        if not hold_codes(question, sources, _cited(best)):
            return None
        told = [choices[place] for place in suiting] if wanted.several else []
        lists = self._lists(wanted, told, best, question) if told or wanted.listed else []
        return self._spotted(wanted, best, lists, list(zip(choices, chances.tolist(), strict=True)))

    def _spotted(
        self,
        wanted: Wanted,
        best: Choice,
        lists: Sequence[tuple[Choice, list[str]]],
        chances: Sequence[tuple[Choice, float]],
    ) -> Spotted:
        """Return the best choice, or the lists that were found, with citations and the chance that it is right."""
        same = {name_key(best.text)}
        if wanted.several:  # the chance that any of them is right
            same |= {name_key(item) for _, items in lists[:1] for item in items}
        chance = sum(chance for other, chance in chances if name_key(other.text) in same)
        names = distinct_names(item for _, items in lists for item in items)
        telling = [best, *(choice for choice, items in lists[1:] if not set(names).isdisjoint(items))]
        citations = dict.fromkeys(sentence for choice in telling for sentence in _cited(choice))
        text = joined(names) if len(names) > 1 else best.text
        return Spotted(text, tuple(s.quote() for s in citations), round(self.sure(chance, best), 4))

    def speaks_against(self, question: str, text: str, quote: Quote) -> bool:
        """Tell whether the grammar of a sentence speaks against an answer that was found without it."""
        [asked, told] = self._parser.parse([question, quote.text])
        return speaks_against(wanted_of(asked), moment_of(asked), told, text, "")

    def _lists(
        self, wanted: Wanted, suiting: Sequence[Choice], best: Choice, question: str
    ) -> list[tuple[Choice, list[str]]]:
        """Return what the sentence of the best choice lists, then what those of other choices do in the same way."""
        listed = self._listed(best)
        known = set(name_key(question).split())
        if any(set(name_key(item).split()) <= known for item in listed):  # "A and B" is not whom B met
            listed = [best.text]
        found = [(best, listed)]
        score = self._score(best.features)
        for choice in sorted(suiting, key=lambda choice: -self._score(choice.features)):
            told = {id(other.sentence) for other, _ in found}
            if self._score(choice.features) < score - _AS_LIKELY:
                break
            if id(choice.sentence) not in told and told_alike(wanted, choice, best):
                found.append((choice, self._listed(choice)))
        return found

    def _listed(self, choice: Choice) -> list[str]:
        """Return the items of the list that a choice stands in, or itself alone."""
        if choice.named_in is not None:
            return [choice.text]
        sentence = choice.sentence.sentence
        parsed = self._parse(sentence.text)
        start = choice.start - sentence.span.start
        spans = listed_with(parsed, start, start + len(choice.text))
        return [sentence.text[span.start : span.end] for span in spans] or [choice.text]

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
        reads, rarity = bearing_sentences(question, wanted, sources, nearness)
        parsed = self._parser.parse([read.sentence.text for read in reads])
        found: list[Choice] = []
        for rank, (read, sentence) in enumerate(zip(reads, parsed, strict=True)):
            found += choices_in(wanted, rarity, known, rank, read, sentence)
            found += version_choices(wanted, rank, read)
            person = person_of(read.source, self._parse) if wanted.asks == "who" or wanted.kind == "person" else None
            if person is not None:
                tokens = pronouns_for(person, sentence, self._parse(read.before) if read.before else None)
                found += person_choices(wanted, rarity, known, rank, read, sentence, tokens, person)
        return found

    def _parse(self, text: str) -> ParsedSentence:
        return self._parser.parse([text])[0]

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


def _cited(choice: Choice) -> list[Sentence]:
    """Return the sentences that a choice rests on."""
    read = choice.sentence
    cited = [read.other, choice.named_in, read.sentence]
    return [*dict.fromkeys(sentence for sentence in cited if sentence is not None)]


def _softmax(scores: Sequence[float]) -> np.ndarray:
    raised = np.exp(np.array(scores) - max(scores))
    chances: np.ndarray = raised / raised.sum()
    return chances
