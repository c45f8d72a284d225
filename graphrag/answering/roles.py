"""Roles that people hold in an organisation: "the CEO of X is Y", "Y, chairwoman of X", "X's lead engineer Y"."""

import re
from collections.abc import Iterator

from graphrag.answering.sources import Sentence, Sources, Thing
from graphrag.answering.spans import names_in
from graphrag.answering.telling import Reached, value_at
from graphrag.text import strip_disambiguation
from graphrag.types import Span

__all__ = ["role_holders"]

# The words for one role, the one that stands for them in the table of relations first.
_WORDS = {
    "chief executive officer": r"chief executive officer|CEO|chief executive",
    "chief financial officer": r"chief financial officer|CFO",
    "chief technology officer": r"chief technology officer|CTO",
    "chief operating officer": r"chief operating officer|COO",
    "chair": r"chair(?:man|woman|person)?",
}
_NOT_NOW = 0.5  # what a holder who held a role once is worth beside the one who holds it


def role_holders(sources: Sources, thing: Thing, role: str) -> Iterator[Reached]:
    """Yield those whom the sentences call the holder of a role in a thing.

    Parameters
    ----------
    sources : Sources
    thing : Thing
        The organisation.
    role : str
        A canonical role, as in the table of relations.
    """
    pattern = _WORDS.get(role, re.escape(role))
    name = strip_disambiguation(thing.name)
    seen: set[tuple[str, Span]] = set()
    own = [(sentence, weight) for source, weight in thing.sources[:2] for sentence in source.sentences]
    titles = {source.document_id: source.name for source in sources.documents}
    for sentence, weight in (*own, *((sentence, 0.0) for sentence in sources.naming(name))):
        key = (sentence.chunk.document_id, sentence.span)
        if key not in seen:
            seen.add(key)
            yield from _in_sentence(sentence, titles[sentence.chunk.document_id], name, pattern, role, weight)


def _in_sentence(
    sentence: Sentence, title: str, name: str, pattern: str, role: str, weight: float
) -> Iterator[Reached]:
    """Read one sentence; ``weight`` tells how surely its document is about the organisation, which may go unnamed."""
    text = sentence.text
    told = re.escape(name)
    of_it = rf"\s+(?:of|at|for)\s+(?:the\s+)?{told}(?!\w)"
    for match in re.finditer(rf"\b(?:{pattern})\b(?P<of>{of_it})?", text, re.IGNORECASE):
        before, after = text[: match.start()], text[match.end() :]
        its = re.search(rf"(?:{told}['’]s?|\b[Ii]ts|\b[Tt]heir)\s+(?:\w+\s+){{0,2}}$", before) is not None
        other = re.match(r"\s+(?:of|at|for)\s+(?:the\s+)?[A-Z]", after) is not None
        if other and not match["of"]:
            continue  # the role in another organisation
        score = 0.9 if match["of"] or its else 0.7 * weight
        if re.search(r"\b(?:former|previous|first|then|ex|vice|deputy|assistant)[ -]$", before, re.IGNORECASE):
            score *= _NOT_NOW
        if score > 0.1:
            yield from _beside(sentence, title, name, match.span(), score, role)


def _beside(
    sentence: Sentence, title: str, name: str, place: tuple[int, int], score: float, role: str
) -> Iterator[Reached]:
    """Yield the name that follows the role, else the one that stands before it, else the document's subject."""
    text = sentence.text
    for span in names_in(text):
        between = text[place[1] : span.start]
        if span.start >= place[1] and re.fullmatch(r"[\s,]*(?:is|was|are|has been|named|called)?[\s,]*", between):
            yield value_at(sentence, span, score, role)
            return
    link = (
        r",?\s*(?:who\s+)?(?:is|was|became|has been|serves as|served as|works as|as|joined as|took over as|,)?\s*"
        rf"(?:the\s+|its\s+|their\s+|an?\s+|{re.escape(name)}['’]s?\s+)?(?:current\s+|new\s+|founding\s+|former\s+)?"
        r"(?:[\w-]+\s+and\s+)?"
    )
    for span in reversed(names_in(text)):
        between = text[span.end : place[0]]
        if span.end > place[0] or not re.fullmatch(link, between) or not between.strip():
            continue
        if text[span.start : span.end] in ("He", "She"):
            break
        if text[span.start : span.end] != name:
            yield value_at(sentence, span, score, role)
            return
    pronoun = r"(?:He|She)\b\s+(?:is|was|became|has been|serves as|served as|works as)\b.{0,25}$"
    if title and title != name and re.match(pronoun, text[: place[0]]):
        yield Reached(title, (), 0.9 * score, sentence.quote(), role)
