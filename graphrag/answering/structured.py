"""Answers of several sentences: sections of statements, put together with numbered citations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphrag.text import token_estimate
from graphrag.types import CommunityId, Quote

__all__ = ["Section", "Statement", "compose", "distinct", "within_budget"]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the sources as it stands there, and how well it answers."""

    text: str
    quotes: tuple[Quote, ...]
    score: float
    community: CommunityId | None = None  # whose report says it, if one does


@dataclass(frozen=True, slots=True)
class Section:
    """Statements on one thing: a community or an entity."""

    title: str
    statements: tuple[Statement, ...]
    score: float = 0.0


def compose(sections: Iterable[Section]) -> tuple[str, tuple[Quote, ...]]:
    """Write sections as text, one title and one paragraph each, every sentence with the numbers of its citations.

    Parameters
    ----------
    sections : iterable of Section
        Those without statements are left out.

    Returns
    -------
    text : str
        ``[n]`` behind a sentence means the n-th citation, counted from 1.
    citations : tuple of Quote
        Each once, in the order in which they are first cited.
    """
    numbers: dict[Quote, int] = {}
    paragraphs = []
    for section in sections:
        said = []
        for statement in section.statements:
            marks = [numbers.setdefault(quote, len(numbers) + 1) for quote in statement.quotes]
            said.append(" ".join(statement.text.split()) + " " + "".join(f"[{mark}]" for mark in marks))
        if said:
            paragraphs.append(f"{' '.join(section.title.split())}\n" + " ".join(said))
    return "\n\n".join(paragraphs), tuple(numbers)


def distinct(sections: Sequence[Section]) -> list[Section]:
    """Return the sections without what an earlier one says already: a sentence that overlaps in its document."""
    seen: dict[str, list[tuple[int, int]]] = {}
    kept = []
    for section in sections:
        fresh = []
        for statement in section.statements:
            if not any(
                start < quote.span.end and quote.span.start < end
                for quote in statement.quotes
                for start, end in seen.get(quote.document_id, ())
            ):
                fresh.append(statement)
                for quote in statement.quotes:
                    seen.setdefault(quote.document_id, []).append((quote.span.start, quote.span.end))
        kept.append(Section(section.title, tuple(fresh), section.score))
    return [section for section in kept if section.statements]


def within_budget(sections: Sequence[Section], tokens: int) -> list[Section]:
    """Return the sections cut to a number of tokens: the best statements of all stay, in the order they stood in.

    The first statement stays whatever its length, so that an answer is never empty for being long.
    """
    ranked = sorted(
        (
            (-statement.score, i, j)
            for i, section in enumerate(sections)
            for j, statement in enumerate(section.statements)
        )
    )
    left, kept = tokens, set[tuple[int, int]]()
    for _, i, j in ranked:
        cost = token_estimate(sections[i].statements[j].text)
        if cost <= left or not kept:
            kept.add((i, j))
            left -= cost
    cut = [
        Section(section.title, tuple(s for j, s in enumerate(section.statements) if (i, j) in kept), section.score)
        for i, section in enumerate(sections)
    ]
    return [section for section in cut if section.statements]
