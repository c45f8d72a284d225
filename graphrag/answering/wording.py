"""Answers by matching words: what remains when a question asks for something that no known relation names."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from graphrag.answering.countries import country_of, is_demonym, nationality_spans
from graphrag.answering.dates import find_dates
from graphrag.answering.sources import Sentence, Source, Sources, Thing, key_of
from graphrag.answering.spans import names_in
from graphrag.answering.telling import Reached
from graphrag.text import name_key, strip_disambiguation, words
from graphrag.types import Span

__all__ = ["match_words", "shorten_year", "stem"]

_STOP = frozenset(
    "a an the of in on at to for from by with and or is was were are be been has have had do does did who whom"
    " whose what "
    "which when where why how that this these those it its he she his her they their as name named called s"
    " also".split()
)
_SENTENCES = 15  # how many of the best sentences are searched for values
_SUFFIX = re.compile(r"(?:ations?|ions?|ings?|ments?|ers?|ors?|ed|es|s|ly|e)$")
NO_PERSON = re.compile(
    r"\b(?:Union|Parliament|Party|Government|Senate|Congress|House|Awards?|Prize|Festival|Film|University"
    r"|College|School|Academy|Institute"
    r"|Orchestra|Theatre|Games|Olympics|Cup|War|Church|Company|Records|Pictures|Studios?|Museum|Association"
    r"|Society|Order|Club|League"
    r"|Championships?|Hall|River|Lake|Mountains?|Islands?|County|City|Province|District|Street|Road|Army|Empire"
    r"|Kingdom|Republic|Council|Act"
    r"|Department|Ministry|Airport|Station|North|South|East|West|Center|Centre|Region|States?|National|International)\b"
)
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:\s?%|\s+(?:million|billion|thousand|percent))?")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a word without its commonest endings, so that "directed" meets "director"."""
    cut = _SUFFIX.sub("", word)
    return cut if len(cut) >= 3 else word


def match_words(
    sources: Sources, thing: Thing | None, asked: str, kind: str, known: Sequence[str], head: str = ""
) -> list[Reached]:
    """Return values of a kind from the sentences that share the most words with what is asked.

    Parameters
    ----------
    sources : Sources
    thing : Thing or None
        What the question is about by now; sentences of its documents, and those that name it, count more.
    asked : str
        The words that are asked for.
    kind : str
        The kind of the answer.
    known : sequence of str
        Names that the question says itself: never the answer.
    head : str
        The noun that is asked for ("airport"); names that hold it, and documents about one, count more.

    Returns
    -------
    list of Reached
        Best first, at most eight; scores are at most 0.6, because shared words prove little.
    """
    wanted = [stem(w) for w in dict.fromkeys(words(asked)) if w not in _STOP]
    bags = [_stems(sentence.text) for source in sources.documents for sentence in source.sentences]
    weights = _weights(bags, wanted)
    total = sum(weights.values())
    if not weights or total <= 0:
        return []
    taken = {name_key(name) for name in known}
    matched = _matched(sources, thing, weights)
    found: list[Reached] = []
    for share, source, sentence in matched[:_SENTENCES]:
        score = 0.6 * share / total
        found += _candidates(sentence, wanted, kind, taken, score, stem(head))
        if sentence.number == 0 and head and kind not in ("date", "year", "number"):
            found += _subject(source, sentence, taken, score, head)
    found.sort(key=lambda r: (-r.score, r.quote.document_id, r.quote.span, r.start, r.text))
    best: dict[str, Reached] = {}
    for value in found:
        best.setdefault(name_key(value.text), value)
    return list(best.values())[:8]


@lru_cache(maxsize=20_000)
def _stems(text: str) -> frozenset[str]:
    """Return the stems of a text's words."""
    return frozenset(stem(word) for word in key_of(text).split())


def _matched(
    sources: Sources, thing: Thing | None, weights: Mapping[str, float]
) -> list[tuple[float, Source, Sentence]]:
    """Return the sentences that share words with what is asked, the most weight first."""
    home = {source.document_id: weight for source, weight in thing.sources} if thing is not None else {}
    name = {stem(word) for word in words(strip_disambiguation(thing.name))} if thing is not None else set()
    nearest = {quote.span for item in sources.evidence for quote in item.quotes}
    matched: list[tuple[float, Source, Sentence]] = []
    for source in sources.documents:
        title = _stems(source.title)
        for sentence in source.sentences:
            stems = _stems(sentence.text)
            share = sum(weight for word, weight in weights.items() if word in stems or word in title)
            if share <= 0.0:
                continue
            place = home.get(source.document_id, 0.0)
            if place < 0.5 and name and name <= stems | title:
                place = 0.85
            share *= 0.35 + 0.65 * place if thing is not None else 0.6
            share *= (1.0 - 0.01 * min(source.rank, 20)) * (1.1 if sentence.span in nearest else 1.0)
            matched.append((share, source, sentence))
    matched.sort(key=lambda item: (-item[0], item[1].rank, item[2].number))
    return matched


def _weights(bags: Sequence[frozenset[str]], wanted: Sequence[str]) -> dict[str, float]:
    """Weigh words by how few of the found sentences hold them."""
    count = len(bags) or 1
    return {word: math.log(1 + count / (1 + sum(word in bag for bag in bags))) for word in wanted}


def _subject(source: Source, sentence: Sentence, taken: set[str], score: float, head: str) -> list[Reached]:
    """Return what a document is about, where its first sentence calls it what is asked for: "X is an airport"."""
    said = re.search(rf"\b(?:is|was|are|were)\b[^.;]{{0,60}}\b{re.escape(head)}", sentence.text, re.IGNORECASE)
    name = source.name
    if said is None or not name or name_key(name) in taken:
        return []
    return [Reached(name, (), min(0.6, 1.2 * score), sentence.quote(), "")]


def _candidates(
    sentence: Sentence, wanted: Sequence[str], kind: str, taken: set[str], score: float, head: str
) -> list[Reached]:
    """Return the values of a kind in one sentence, those near the asked words first."""
    text = sentence.text
    spots = [m.start() for m in re.finditer(r"[^\W_]+", text) if stem(m.group().lower()) in wanted]
    found: list[Reached] = []
    for span in _of_kind(text, kind):
        written = text[span.start : span.end]
        key = key_of(written)
        parts = [stem(word) for word in key.split()]
        if key in taken or all(part in wanted for part in parts):
            continue
        called = bool(head) and head in parts and kind != "person"
        if not called and any(part in wanted for part in parts):
            continue
        gap = min((abs(spot - span.start) for spot in spots), default=60)
        near = 1.0 / (1.0 + gap / 120) * (1.3 if called else 1.0)
        if kind == "person" and " " not in written:
            near *= 0.7
        start = sentence.span.start + span.start
        found.append(Reached(written, (), min(0.6, score * near), sentence.quote(), "", start))
    return found


def _of_kind(text: str, kind: str) -> list[Span]:
    """Return the spans of a text that may be a value of a kind."""
    if kind in ("date", "year"):
        return [date.span for date in find_dates(text)]
    if kind == "number":
        return [Span(m.start(), m.start() + len(m.group().rstrip(","))) for m in _NUMBER.finditer(text)]
    if kind in ("country", "nationality"):
        return [Span(s, e) for s, e, _, demonym in nationality_spans(text) if kind == "nationality" or not demonym]
    names = [s for s in names_in(text, kind == "place") if not is_demonym(text[s.start : s.end])]
    if kind == "person":
        return [
            s
            for s in names
            if country_of(text[s.start : s.end]) is None and not NO_PERSON.search(text[s.start : s.end])
        ]
    return names


def shorten_year(value: Reached) -> Reached:
    """Cut a date to its year."""
    year = re.search(r"\d{3,4}", value.text)
    return replace(value, text=year.group()) if year else value
