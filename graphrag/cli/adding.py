"""``graphrag bench add``: what a part of a corpus costs that comes later."""

from dataclasses import asdict
from pathlib import Path

import click

from graphrag.cli import output
from graphrag.cli.options import json_option, workspace_option

__all__ = ["bench_add"]


@click.command("add", short_help="Adding documents against building all of them.")
@workspace_option(text="A finished workspace: its documents and its recipe are taken, and nothing of it changes.")
@click.option(
    "--share",
    type=click.FloatRange(min=0, max=50, min_open=True),
    default=1.0,
    show_default=True,
    help="How many percent of the documents are added to the others.",
)
@json_option
def bench_add(workspace: Path, share: float, as_json: bool) -> None:
    """Measure what it costs to add some of the documents to the others, by whole commands.

    In temporary folders: builds all but some documents, adds these, adds one more, and builds all of them from nothing.
    The share is that of the added documents' time, but for one clustering, in the time of the whole build.
    """
    from graphrag.evaluation.adding import measure_adding

    found = measure_adding(workspace, share / 100, lambda words: click.echo(words, err=True))
    if as_json:
        steps = {name: {k: round(v, 2) for k, v in step.items()} for name, step in asdict(found).items()}
        output.print_json({**steps, "share": round(found.share, 4), "processor_share": round(found.processor_share, 4)})
        return
    rows = [["", "documents", "seconds", "processor", "clustering"]]
    for name, step in (("build all", found.whole), ("add a part", found.part), ("add one", found.one)):
        seconds = (step.seconds, step.processor_seconds, step.clustering_seconds)
        rows.append([name, f"{step.documents:,}", *(f"{value:.1f}" for value in seconds)])
    output.print_table(rows)
    click.echo(
        f"Adding {found.part.documents:,} documents takes {found.share:.1%} of the whole build and one clustering, "
        f"by processor time {found.processor_share:.1%}."
    )
