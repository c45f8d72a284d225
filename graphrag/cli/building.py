"""``graphrag build``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli.costs import show_estimate, show_usage
from graphrag.cli.database import graph_option, neo4j_option, publish_to, published_json, reachable, show_published
from graphrag.cli.options import PathType, json_option, workers_option, workspace_option
from graphrag.cli.output import plain, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphrag.building import BuildReport

__all__ = ["build", "problems_json", "report_json", "show_report"]

_LISTED = 20


@click.command(short_help="Build a workspace from files and folders.")
@click.argument("inputs", metavar="INPUT…", nargs=-1, required=True, type=PathType())
@workspace_option(text="The folder to make or bring up to date.")
@click.option("--recipe", help="A shipped recipe or a YAML file. Default: the workspace's own, else offline.")
@workers_option
@click.option(
    "--executor",
    type=click.Choice(["processes", "ray"]),
    help="Where texts are read and embedded: processes of this machine, or the Ray cluster that RAY_ADDRESS names. "
    "Default: the recipe's, else processes.",
)
@click.option(
    "--links",
    "links_file",
    type=PathType(dir_okay=False, exists=True),
    help="Decisions about names to follow, instead of those that the workspace holds.",
)
@neo4j_option(text="Publish the finished build: ")
@graph_option
@json_option
@click.option("--dry-run", is_flag=True, help="Print what the LLM would be asked and what that costs; ask nothing.")
@click.option("--max-cost", type=click.FloatRange(min=0), help="The most money that the LLM may cost in this run.")
def build(
    inputs: tuple[Path, ...],
    workspace: Path,
    recipe: str | None,
    workers: int | None,
    executor: str | None,
    links_file: Path | None,
    uri: str | None,
    graph: str,
    as_json: bool,
    dry_run: bool,
    max_cost: float | None,
) -> None:
    """Build a workspace from files and folders (pdf, docx, epub, txt, md, html, json, jsonl, csv).

    The workspace holds exactly these documents afterwards: what is new or changed is analysed, what is gone is
    removed, and the rest is reused. A build that was stopped goes on where it was when the command is run again.
    """
    from graphrag.cli.progress import stage_progress
    from graphrag.engine import GraphRAG
    from graphrag.resolution.links import read_link_file

    if dry_run:
        show_estimate(inputs, workspace, recipe, workers, as_json)
        return
    if uri is not None:
        reachable(uri, workspace)  # before the long work, not after it
    links = None if links_file is None else read_link_file(links_file)
    with GraphRAG.create(workspace, recipe=recipe) as rag, stage_progress() as progress:
        rag.max_cost = max_cost
        rag.executor = executor
        report = rag.build(list(inputs), progress=progress, workers=workers, links=links)
    _list_problems(report.problems)
    published = None if uri is None else publish_to(uri, workspace, graph)
    if as_json:
        print_json(report_json(report) | ({} if published is None else {"published": published_json(published)}))
    else:
        _show(report, workspace)
        if published is not None:
            show_published(published)


def show_report(report: "BuildReport", workspace: Path, as_json: bool) -> None:
    """Write what a change of documents made: problems to stderr, the rest to stdout; older problems are counted."""
    _list_problems(report.new_problems, len(report.problems) - len(report.new_problems), workspace)
    if as_json:
        print_json(report_json(report))
    else:
        _show(report, workspace)


def report_json(report: "BuildReport") -> dict[str, Any]:
    """Return a build's report as JSON-able values."""
    return {
        "documents": report.documents,
        "chunks": report.chunks,
        "entities": report.entities,
        "facts": report.facts,
        "communities": report.communities,
        "reports": report.reports,
        "analysed": report.analysed,
        "reused": report.reused,
        "problems": problems_json(report.problems),
        "new_problems": problems_json(report.new_problems),
        "seconds": dict(report.seconds),
        "digest": report.digest,
        "usage": report.usage,
        "changed": report.changed,
        "added": report.added,
        "replaced": report.replaced,
        "removed": report.removed,
    }


def problems_json(problems: "Sequence[tuple[str, str]]") -> list[dict[str, str]]:
    """Return problems of the input as JSON-able values."""
    return [{"place": place, "message": message} for place, message in problems]


def _list_problems(problems: "Sequence[tuple[str, str]]", older: int = 0, workspace: Path | None = None) -> None:
    """List on stderr what could not be used as it was, and count what was told before."""
    for place, message in problems[:_LISTED]:
        click.echo(f"{click.style('Problem', fg='yellow')}: {plain(place)}: {plain(message)}", err=True)
    total = len(problems)
    more = f", of which {_LISTED} are shown; --json lists all" if total > _LISTED else ""
    if total:
        click.echo(f"{_counted(total, 'problem')} in the input{more}.", err=True)
    if older:
        told = _counted(older, "older problem")
        stands = "stands" if older == 1 else "stand"
        click.echo(f"{told} of the input {stands}: `graphrag inspect --problems -w {workspace}` lists all.", err=True)


def _counted(count: int, what: str) -> str:
    """Return a count with its noun."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _show(report: "BuildReport", workspace: Path) -> None:
    """Write the summary: counts, and where the time went."""
    counts = [
        (report.documents, "document", "documents"),
        (report.chunks, "passage", "passages"),
        (report.entities, "entity", "entities"),
        (report.facts, "fact", "facts"),
        (report.communities, "community", "communities"),
        (report.reports, "report", "reports"),
    ]
    click.echo(", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in counts))
    if report.replaced or report.removed or 0 < report.added < report.documents:
        changes = ((report.added, "added"), (report.replaced, "replaced"), (report.removed, "removed"))
        click.echo("Documents: " + ", ".join(f"{count:,} {what}" for count, what in changes if count))
    stages = {stage: seconds for stage, seconds in report.seconds.items() if stage != "total"}
    total = report.seconds.get("total", sum(stages.values()))
    for stage, seconds in stages.items():
        click.echo(f"  {stage:<26} {seconds:8.1f} s  {seconds / total if total else 0:4.0%}")
    rest = total - sum(stages.values())
    if rest > 0.05 * total:
        click.echo(f"  {'loading models, other':<26} {rest:8.1f} s  {rest / total:4.0%}")
    rate = f", {report.analysed / total:,.0f} passages a second" if total and report.analysed else ""
    known = f"; {report.reused:,} of {report.analysed + report.reused:,} known from before" if report.reused else ""
    click.echo(f"  {'total':<26} {total:8.1f} s{rate}{known}")
    show_usage(report.usage)
    if not report.changed:
        click.echo("Nothing has changed; the workspace was left as it is.")
    if report.documents == 0:
        click.echo("The workspace holds no documents now; it is empty and valid.")
    click.echo(f"Ready: {workspace}")
