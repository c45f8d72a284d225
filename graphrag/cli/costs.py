"""What an LLM would cost, and what it did cost."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli.output import print_json, print_table

if TYPE_CHECKING:
    from graphrag.building import Estimate

__all__ = ["show_estimate", "show_usage"]


def show_estimate(
    inputs: Sequence[Path], workspace: Path, recipe: str | None, workers: int | None, as_json: bool
) -> None:
    """Write what a build would ask of the LLM, without asking it."""
    from graphrag.cli.progress import stage_progress
    from graphrag.engine import GraphRAG

    with GraphRAG.create(workspace, recipe=recipe) as rag, stage_progress() as progress:
        estimate = rag.estimate(list(inputs), progress=progress, workers=workers)
    if as_json:
        print_json(
            {
                "documents": estimate.documents,
                "chunks": estimate.chunks,
                "cost": estimate.cost,
                "stages": [asdict(stage) for stage in estimate.stages],
            }
        )
    else:
        _show(estimate)


def _show(estimate: "Estimate") -> None:
    """Write the estimate as a table."""
    click.echo(f"{estimate.documents:,} documents, {estimate.chunks:,} passages")
    if not estimate.stages:
        click.echo("Nothing is asked of an LLM: the recipe names none, or all of it was paid for before.")
        return
    rows = [["stage", "documents", "passages", "requests", "paid before", "tokens in", "tokens out", "money", "time"]]
    for stage in estimate.stages:
        numbers = (stage.documents, stage.chunks, stage.requests, stage.cached, stage.tokens_in, stage.tokens_out)
        rows.append([stage.stage, *(f"{n:,}" for n in numbers), _money(stage.cost), _time(stage.seconds)])
    seconds = sum(stage.seconds for stage in estimate.stages)
    totals = [
        sum(getattr(stage, name) for stage in estimate.stages)
        for name in ("requests", "cached", "tokens_in", "tokens_out")
    ]
    rows.append(["all", "", "", *(f"{n:,}" for n in totals), _money(estimate.cost), _time(seconds)])
    print_table(rows)
    if estimate.cost is None:
        click.echo("The model's price is not known: name a file of prices as llm.prices in the recipe.")


def show_usage(usage: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what the LLM was asked, if it was."""
    if not usage:
        return
    rows = [
        ["LLM", "requests", "paid before", "sent", "mended", "asked again", "bad", "tokens in", "tokens out", "money"]
    ]
    keys = ("requests", "cached", "sent", "repaired", "corrected", "bad", "tokens_in", "tokens_out")
    rows += [[f"  {name}", *(f"{use[key]:,}" for key in keys), _money(use["cost"])] for name, use in usage.items()]
    print_table(rows)


def _money(cost: float | None) -> str:
    """Return an amount of money."""
    return "?" if cost is None else f"{cost:,.4f}"


def _time(seconds: float) -> str:
    """Return a span of time."""
    return f"{seconds:,.0f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"
