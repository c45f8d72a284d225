"""``graphrag eval --misses``: where each piece of evidence that was not found was lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli import output

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG
    from graphrag.evaluation import Outcome, Question

__all__ = ["CUT", "misses_of", "show_misses"]

CUT = 10
"""Evidence that is not among so many documents is a miss."""


def misses_of(
    rag: "GraphRAG", questions: "Sequence[Question]", outcomes: "Sequence[Outcome]", mode: str | None
) -> list[dict[str, Any]]:
    """Return each miss with its failure class, as ``graphrag explain --why-not`` gives it.

    Parameters
    ----------
    rag : GraphRAG
        The workspace that was asked.
    questions, outcomes : sequence
        The questions and what came of each, in one order.
    mode : str or None
        The mode they were asked in.
    """
    how: dict[str, Any] = {} if mode is None else {"mode": mode}
    misses = []
    for question, outcome in zip(questions, outcomes, strict=True):
        found = outcome.ranked[:CUT]
        for document in question.gold:
            if document not in found:
                lost = rag.explain(question.question, k=CUT, why_not=document, **how)["why_not"]
                kept = {key: lost[key] for key in ("class", "rank", "ranks", "say") if key in lost}
                misses.append({"id": question.id, "question": question.question, "document_id": document, **kept})
    return misses


def show_misses(misses: Sequence[Mapping[str, Any]]) -> None:
    """Write how many pieces of evidence were lost in each way, then each of them."""
    click.echo(f"\nevidence that is not among the first {CUT} documents: {len(misses)}")
    for kind, count in sorted(Counter(miss["class"] for miss in misses).items(), key=lambda item: (-item[1], item[0])):
        click.echo(f"  {count:>4}  {kind}")
    for miss in misses:
        click.echo(f"\n{output.plain(str(miss['id']))}  {output.plain(miss['question'])}")
        click.echo(f"  {miss['class']}: {output.plain(miss['document_id'])}. {output.plain(miss['say'])}")
