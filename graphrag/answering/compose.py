"""Answers in an LLM's words: streamed sentence by sentence, each shown only when the evidence supports it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphrag.answering.evidence import Item, fenced
from graphrag.answering.model import Model
from graphrag.answering.support import Claim, Supported, check, claims
from graphrag.protocols import Request
from graphrag.types import Quote

__all__ = ["STYLES", "Composition", "Disagreement", "compose_request", "composed", "is_refusal"]

STYLES: Mapping[str, str] = {
    "short": "Answer in one or two short sentences.",
    "long": "Answer in one or two paragraphs of at most twelve sentences, with what the evidence adds to the answer.",
}
"""Style of an answer -> what the LLM is told."""

_TOKENS = {"short": 256, "long": 1024}
_REFUSAL = re.compile(r"\W*not\s+found\b", re.IGNORECASE)
_SETTLED = re.compile(r"[.!?…]['\"”’)]*(?:\s*\[[^\]\n]{1,40}\])*\s+(?=[^\s\[])|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What sources say of one thing and cannot all be true: in words, and the sentences of each side."""

    about: str  # "André Cayatte, born in"
    sides: tuple[tuple[str, Quote], ...]  # (value, the sentence that says it), the best supported first


@dataclass(slots=True)
class Composition:
    """An answer while it comes: supported sentences, their citations, and what was left out."""

    sentences: list[str] = field(default_factory=list)
    numbers: dict[Quote, int] = field(default_factory=dict)
    shares: list[float] = field(default_factory=list)
    removed: int = 0
    refused: bool = False

    @property
    def text(self) -> str:
        """The answer, ``[n]`` behind a sentence for the n-th citation; empty where nothing was supported."""
        return "" if self.refused else " ".join(self.sentences)

    @property
    def citations(self) -> tuple[Quote, ...]:
        """Each cited sentence once, in the order in which they are first cited."""
        return () if self.refused else tuple(self.numbers)

    @property
    def confidence(self) -> float:
        """Share of the answer's words that stand in the cited sentences, less for sentences that had to be removed."""
        if self.refused or not self.shares:
            return 0.0
        kept = len(self.shares) / (len(self.shares) + self.removed)
        return round(sum(self.shares) / len(self.shares) * (0.5 + 0.5 * kept), 4)

    def add(self, supported: Supported) -> str:
        """Add a sentence and return it with its marks."""
        marks = [self.numbers.setdefault(quote, len(self.numbers) + 1) for quote in supported.quotes]
        said = f"{supported.text} " + "".join(f"[{mark}]" for mark in marks)
        self.sentences.append(said)
        self.shares.append(supported.share)
        return said


def compose_request(
    model: Model, question: str, items: Sequence[Item], style: str, disagreements: Sequence[Disagreement] = ()
) -> Request:
    """Return the request for an answer from numbered evidence.

    Parameters
    ----------
    model : Model
        Whose prompts are used.
    question : str
        It stands alone.
    items : sequence of Item
        In the order in which they are shown.
    style : str
        A key of :data:`STYLES`.
    disagreements : sequence of Disagreement
        Shown as part of the evidence.
    """
    evidence, mark = fenced(question, items)
    known = (
        "" if not disagreements else "The sources disagree about: " + "; ".join(d.about for d in disagreements) + "."
    )
    return model.request(
        "compose",
        max_tokens=_TOKENS[style],
        question=question,
        evidence=evidence,
        mark=mark,
        length=STYLES[style],
        disagreements=known,
    )


def composed(
    pieces: Iterable[str], items: Sequence[Item], question: str, into: Composition, *, most: int = 40
) -> Iterator[str]:
    """Yield the supported sentences of a reply as it comes, each with its citation marks.

    Parameters
    ----------
    pieces : iterable of str
        The reply, piece by piece.
    items : sequence of Item
        What may be cited, by number.
    question : str
        Its names may be repeated.
    into : Composition
        Collects the answer.
    most : int
        Sentences after which the rest of a reply is left out.
    """
    by_number = {item.number: item for item in items}
    said: set[str] = set()
    for number, claim in enumerate(_claims(pieces)):
        if _REFUSAL.match(claim.text):
            into.refused = into.refused or not into.sentences
            return
        key = " ".join(claim.text.casefold().split())
        if number >= most or key in said:  # small models repeat themselves until they are stopped
            return
        said.add(key)
        supported = check(claim, by_number, question)
        if supported is None:
            into.removed += 1
        else:
            yield into.add(supported)


def is_refusal(text: str) -> bool:
    """Tell whether a reply says that the evidence does not hold the answer."""
    return not text.strip() or _REFUSAL.match(text.strip()) is not None


def _claims(pieces: Iterable[str]) -> Iterator[Claim]:
    """Yield the sentences of a reply, each as soon as the next one has begun."""
    waiting = ""
    for piece in pieces:
        waiting += piece
        ends = [match.end() for match in _SETTLED.finditer(waiting)]
        if not ends:
            continue
        # The rules for sentences decide; what they join ("Dr. No") waits for the rest.
        ready = list(claims(waiting[: ends[-1]] + "Next"))
        rest = waiting[ends[-1] :]
        if len(ready) > 1 and ready[-1].text == "Next":
            yield from ready[:-1]
            waiting = rest
    yield from claims(waiting)


def stated(disagreement: Disagreement, into: Composition) -> str | None:
    """Return a sentence that names the side of a disagreement that an answer leaves out, None where it names all.

    Only what the answer speaks of is named: one of its sides is cited.
    """
    cited = set(into.numbers)
    if not any(_same(quote, other) for _, quote in disagreement.sides for other in cited):
        return None
    text = into.text.casefold()
    missing = [(value, quote) for value, quote in disagreement.sides if value.casefold() not in text]
    if not missing or len(missing) == len(disagreement.sides):
        return None
    values = " or ".join(f"“{' '.join(value.split())}”" for value, _ in missing)
    quotes = tuple(dict.fromkeys(quote for _, quote in missing))
    return into.add(Supported(f"The sources disagree: {disagreement.about} {values}.", quotes, 1.0))


def _same(quote: Quote, other: Quote) -> bool:
    """Tell whether two quotes overlap in their document."""
    same = quote.document_id == other.document_id
    return same and quote.span.start < other.span.end and other.span.start < quote.span.end


def numbered_sides(disagreements: Sequence[Disagreement]) -> Callable[[Quote], bool]:
    """Return what tells whether a sentence is a side of a disagreement, so that compression keeps it."""
    sides = [quote for disagreement in disagreements for _, quote in disagreement.sides]
    return lambda quote: any(_same(quote, side) for side in sides)
