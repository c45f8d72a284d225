"""What an LLM may answer from: numbered passages, cut to the sentences that matter, marked off as data.

Whatever stands in a document is data.  The block of evidence begins and ends with a mark that no document can hold,
because it is a digest of all that is shown; tokens that chat formats give a meaning are taken apart, and sentences that
speak to a model instead of a reader are kept out.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from graphrag.text import token_estimate
from graphrag.types import Chunk, Evidence, Quote, Span, content_digest

__all__ = ["Item", "compressed", "edges_first", "fenced", "fresh_items", "numbered", "speaks_to_a_model"]

# Said to a model, not to a reader of the document.
_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules|context|evidence)\b"
    r"|\b(?:system|developer)\s+(?:prompt|message|instruction)s?\b"
    r"|\byou\s+are\s+(?:now|an?\s+(?:ai|assistant|language model))\b"
    r"|\b(?:as\s+an?|dear|attention|hey|note\s+to(?:\s+the)?)\s+(?:ai|llms?|assistants?|language\s+models?|chatbots?)\b"
    r"|\b(?:respond|reply|answer)\s+(?:only\s+)?with\b"
    r"|\bnew\s+instructions?\b|\bdo\s+not\s+(?:tell|reveal|mention)\b[^.!?\n]{0,30}\buser\b"
    r"|<\|[^|\n]{1,40}\|>|\[/?INST\]|<</?SYS>>|^\s*(?:system|assistant|user|instruction)s?\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_CHAT_TOKENS = re.compile(r"<\||\|>|\[/?INST\]|<</?SYS>>|```", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of evidence that an answer may cite by its number."""

    number: int
    title: str
    quotes: tuple[Quote, ...]  # the sentences that are shown, in the order of the document
    score: float
    whole: bool = True  # whether these are all sentences of the passage
    text: str = ""  # what is shown instead of the quotes: a statement that rests on them
    origin: str = ""  # the report that says it, if one does

    @property
    def shown(self) -> str:
        """What the LLM reads of it."""
        if self.text:
            return self.text
        return " ".join(" ".join(quote.text.split()) for quote in self.quotes) + ("" if self.whole else " …")


def numbered(passages: Sequence[Evidence]) -> tuple[list[Item], int]:
    """Return passages as items with all their sentences, and how many sentences were kept out.

    Parameters
    ----------
    passages : sequence of Evidence
        Best first; numbers count from 1 in this order.
    """
    items: list[Item] = []
    withheld = 0
    for found in passages:
        quotes = [_quote(found.chunk, span) for span in found.chunk.sentences]
        kept = tuple(quote for quote in quotes if not speaks_to_a_model(quote.text))
        withheld += len(quotes) - len(kept)
        title = "" if speaks_to_a_model(found.chunk.title) else found.chunk.title
        if kept:
            items.append(Item(len(items) + 1, title, kept, found.score, len(kept) == len(quotes)))
    return items, withheld


def fresh_items(items: Iterable[Item]) -> list[Item]:
    """Return items with their numbers counted anew."""
    return [replace(item, number=number) for number, item in enumerate(items, 1)]


def speaks_to_a_model(text: str) -> bool:
    """Tell whether a sentence gives a language model orders: it is kept out of the evidence, and never cited."""
    return _TO_A_MODEL.search(_CONTROL.sub("", text)) is not None


def compressed(items: Sequence[Item], nearness: Callable[[Quote], float], tokens: int) -> list[Item]:
    """Cut items to the sentences that answer best, so that all together stay within a number of tokens.

    Each item keeps its sentence nearest to the question as long as there is room, the best items first; what is left
    of the room goes to the nearest sentences of all items and to their first ones, which say what a text is about.
    Sentences stay as they are, so that their places in the documents do too.

    Parameters
    ----------
    items : sequence of Item
        Best first.
    nearness : callable
        How near a sentence is to the question.
    tokens : int
        The most tokens of all sentences together; the best sentence of the best item stays whatever its length.
    """
    cost = {quote: token_estimate(quote.text) for item in items for quote in item.quotes}
    if sum(cost.values()) <= tokens:
        return list(items)
    near = {quote: nearness(quote) for item in items for quote in item.quotes}
    ranked: list[tuple[int, float, int, int]] = []
    for place, item in enumerate(items):
        best = max(range(len(item.quotes)), key=lambda i: (near[item.quotes[i]], -i))
        for i, quote in enumerate(item.quotes):
            lead = 0.1 if i == 0 else 0.0
            ranked.append((0 if i == best else 1, place if i == best else -near[quote] - lead, place, i))
    left, kept = tokens, set[tuple[int, int]]()
    for _, _, place, i in sorted(ranked):
        price = cost[items[place].quotes[i]]
        if price <= left or not kept:
            kept.add((place, i))
            left -= price
    cut = []
    for place, item in enumerate(items):
        quotes = tuple(quote for i, quote in enumerate(item.quotes) if (place, i) in kept)
        if quotes:
            cut.append(replace(item, quotes=quotes, whole=item.whole and len(quotes) == len(item.quotes)))
    return fresh_items(cut)


def edges_first(items: Sequence[Item]) -> list[Item]:
    """Return items with the best at both ends: models read the middle of a long prompt least.

    Source: Liu et al., "Lost in the Middle", arXiv 2307.03172, section 2.3.  Numbers stay.
    """
    return [*items[0::2], *reversed(items[1::2])]


def fenced(question: str, items: Sequence[Item]) -> tuple[str, str]:
    """Return items as one block of data, and the mark that it begins and ends with.

    The mark is a digest of the question and of all that is shown, so no document can hold it, and the same evidence
    gives the same words, which lets a reply be cached.
    """
    lines = []
    for item in items:
        head = f"[{item.number}] {defused(item.title)}".rstrip()
        lines.append(f"{head}\n{defused(item.shown)}")
    body = "\n\n".join(lines)
    return body, content_digest("evidence", question, body)[:16]


def defused(text: str) -> str:
    """Return text without control characters, and with the tokens of chat formats taken apart."""
    return _CHAT_TOKENS.sub(lambda match: " ".join(match[0]), _CONTROL.sub(" ", text))


def _quote(chunk: Chunk, span: Span) -> Quote:
    """Return a sentence of a chunk as a checkable quote."""
    text = chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]
    return Quote(chunk.document_id, chunk.id, span, text)
