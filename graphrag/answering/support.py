"""Whether the evidence says what a sentence of an answer says, by its words: no model judges another.

A sentence stays when it cites evidence that exists, when the cited sentences share most of its content words, and when
they hold all of its numbers and names.  It is a check of words, not of logic: it finds what was made up, not every
wrong conclusion.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphrag.answering.evidence import Item, speaks_to_a_model
from graphrag.text import STOP_WORDS, WORD, fold, sentence_spans, words
from graphrag.types import Quote

__all__ = ["Claim", "Supported", "check", "claims"]

_CITED = 0.5  # share of a sentence's content words that its citations must hold
_UNCITED = 0.75  # the same, where the sentence names no citation and one is found for it
_MOST_SENTENCES = 2  # of one item that are cited for one sentence
_STEM = 5  # letters: "directed" and "director" are one word

_WORDS = r"(?:source|evidence|passage|item|document|row)s?"
_SOME = rf"\d{{1,6}}(?:\s*(?:,|;|–|-|and)\s*(?:{_WORDS}\s*)?\d{{1,6}})*"
# [1], [1, 2], [^3], 【4】; in round brackets only with a word, "(source 2)": "(45)" is an age.
_CITATION = re.compile(
    rf"\s*(?:[\[【](?:\^|{_WORDS}\s*#?\s*)?\s*({_SOME})\s*[\]】]|\({_WORDS}\s*#?\s*({_SOME})\s*\))", re.IGNORECASE
)
# Links, markup and objects: what a browser or a program might follow.  An answer is plain sentences.
_MACHINE = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,12}://|\bwww\.|\]\(|<\s*/?\s*[a-z!]|\bdata:\w+/|[{}]"
    r"|\b[\w-]+\.(?:com|net|org|io|ru|xyz)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Z][\w'’-]*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|never|no|none|neither|nor|without|n[o']t)\b|n['’]t\b", re.IGNORECASE)
_YES_NO = re.compile(r"\s*(?:yes|no)\b[,.:;]?\s*", re.IGNORECASE)
_EMPTY = frozenset(
    "yes no not according evidence source sources passage passages document documents states stated says said mentions "
    "mentioned answer question based given provided information therefore thus hence respectively also however while "
    "whereas both neither either same different another one first second named called known".split()
)
_OPENERS = frozenset(
    "many much several some various most few one two three all each other others today overall among besides moreover "
    "furthermore together instead later earlier since although because despite unlike like thus still there here this "
    "these those such per even just people works".split()
)
_MONTHS = frozenset("january february march april may june july august september october november december".split())


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a reply without its marks, and the numbers it cites."""

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Supported:
    """A sentence that the evidence supports: what is cited for it, and the share of its words that stands there."""

    text: str
    quotes: tuple[Quote, ...]
    share: float


def claims(reply: str) -> Iterator[Claim]:
    """Yield the sentences of a reply with the numbers they cite.

    Marks that follow the full stop belong to the sentence before; list marks and emphasis are dropped.
    """
    pending: Claim | None = None
    for span in sentence_spans(reply):
        sentence = reply[span.start : span.end]
        lead = re.match(rf"(?:{_CITATION.pattern})+", sentence, re.IGNORECASE)
        if lead is not None and pending is not None:
            pending = Claim(pending.text, (*pending.numbers, *_numbers(lead[0])))
            sentence = sentence[lead.end() :]
        text = _plain(_CITATION.sub("", sentence))
        if not text:
            continue
        if pending is not None:
            yield pending
        pending = Claim(text, _numbers(sentence))
    if pending is not None:
        yield pending


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of all citation marks in a text, ranges written out."""
    found: list[int] = []
    for match in _CITATION.finditer(text):
        for part in re.split(r"[,;]|and", match[1] or match[2]):
            ends = [int(number) for number in re.findall(r"\d+", part)]
            if len(ends) == 2 and ends[0] <= ends[1] <= ends[0] + 20:
                found += range(ends[0], ends[1] + 1)
            else:
                found += ends
    return tuple(dict.fromkeys(found))


def _plain(text: str) -> str:
    """Return a sentence on one line, without list marks and emphasis."""
    text = re.sub(r"^\s*(?:[-*•#>]+|\d{1,2}[.)])\s+", "", text)
    text = re.sub(r"(\*\*|__|`)", "", text)
    text = " ".join(text.split())
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    return text if WORD.search(text) else ""


def check(claim: Claim, items: Mapping[int, Item], question: str) -> Supported | None:
    """Return what supports a sentence, or None where it is not supported.

    Parameters
    ----------
    claim : Claim
        A sentence of a reply.
    items : mapping
        The evidence by number; a number that is not there is no citation.
    question : str
        Its names and numbers may be repeated.
    """
    if _MACHINE.search(claim.text) or speaks_to_a_model(claim.text):
        return None  # documents' links are followed from the citation, never from an answer
    cited = [items[number] for number in claim.numbers if number in items]
    if cited:
        return _supported(claim.text, cited, question, _CITED)
    if claim.numbers:
        return None  # it cites only what does not exist
    wanted = _content(claim.text)
    ranked = sorted(items.values(), key=lambda item: (-_shared(wanted, item), item.number))
    for some in ([item] for item in ranked[:2]):
        found = _supported(claim.text, some, question, _UNCITED)
        if found is not None:
            return found
    return _supported(claim.text, ranked[:2], question, _UNCITED) if len(ranked) > 1 else None


def _supported(text: str, cited: Sequence[Item], question: str, least: float) -> Supported | None:
    """Return the sentences of the cited items that support a text; None where they share too little with it."""
    wanted = _content(text)
    said = " ".join(f"{item.title} {item.text} " + " ".join(q.text for q in item.quotes) for item in cited)
    if not _holds_names(text, f"{said} {question}"):
        return None
    body = _YES_NO.sub("", text, count=1)
    if _NEGATION.search(body) and not _NEGATION.search(said):
        return None
    quotes: list[Quote] = []
    covered: set[str] = set()
    for item in cited:
        own = _best_quotes(wanted, item, alone=not wanted)
        quotes += own
        covered |= {word for quote in own for word in _content(quote.text)} | _content(item.text)
        covered |= _content(item.title)
    if not wanted:  # "Yes." says nothing that words could show
        return Supported(text, tuple(quotes), least) if quotes and _YES_NO.match(text) else None
    share = len(wanted & covered) / len(wanted)
    if share < least or not quotes:
        return None
    return Supported(text, tuple(dict.fromkeys(quotes)), share)


def _best_quotes(wanted: set[str], item: Item, *, alone: bool) -> list[Quote]:
    """Return the fewest sentences of an item that share the most words with a text."""
    if item.text:
        return list(item.quotes)  # a statement stands for all it rests on
    if alone:
        return list(item.quotes[:1])
    left, chosen = set(wanted), list[Quote]()
    while len(chosen) < _MOST_SENTENCES:
        best = max(item.quotes, key=lambda quote: (len(left & _content(quote.text)), -quote.span.start))
        gain = left & _content(best.text)
        if not gain or best in chosen:
            break
        chosen.append(best)
        left -= gain
    return sorted(chosen, key=lambda quote: quote.span)


def _shared(wanted: set[str], item: Item) -> int:
    """Return how many words of a text an item holds."""
    return len(wanted & _content(f"{item.title} {item.shown}"))


def _content(text: str) -> set[str]:
    """Return the content words of a text, cut to their stems; numbers whole."""
    return {
        word if word.isdigit() else word[:_STEM]
        for word in words(text)
        if word not in STOP_WORDS and word not in _EMPTY and (len(word) > 1 or word.isdigit())
    }


def _holds_names(text: str, said: str) -> bool:
    """Tell whether all numbers and names of a text stand in what was said."""
    known = set(words(said))
    numbers = {number.strip(".,") for number in _NUMBER.findall(said)}
    if any(number.strip(".,") not in numbers for number in _NUMBER.findall(text)):
        return False
    stems = {word[:_STEM] for word in known}
    for match in _NAME.finditer(text):
        word = fold(re.sub(r"['’]s$", "", match[0])).replace("'", "").replace("’", "")
        first = not text[: match.start()].strip(" \"'“‘([")
        if word in _MONTHS or (first and (word in _OPENERS or word.endswith(("ly", "ing", "ed")))):
            continue  # any sentence opens with a capital
        parts = [part for part in word.split("-") if part]
        if not all(part[:_STEM] in stems or part in STOP_WORDS or part in _EMPTY for part in parts):
            return False  # "French" of "France" is known by its stem
    return True
