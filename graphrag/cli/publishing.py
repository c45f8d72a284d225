"""``graphrag bench publish``: how fast a graph gets into Neo4j."""

from pathlib import Path

import click

from graphrag.cli import output
from graphrag.cli.database import address_of, neo4j_option
from graphrag.cli.options import PathType, json_option, workspace_option

__all__ = ["bench_publish"]


@click.command("publish", short_help="Publishing to Neo4j against a plain loop of the driver.")
@workspace_option()
@neo4j_option(required=True)
@click.option(
    "--questions",
    type=PathType(dir_okay=False, exists=True),
    help="A file of questions to search for in the published graph.",
)
@json_option
def bench_publish(workspace: Path, uri: str, questions: Path | None, as_json: bool) -> None:
    """Measure publishing: rows a second, against a plain UNWIND … MERGE loop of the driver in the same run.

    Then, by the clock, the whole command with nothing changed, and three times in turn with one document removed, with
    that document added again, and with its text changed, in a copy of the workspace; and a search for each of the
    questions, where some are given. The first changes are those of a server that has not run their statements before.

    Two graphs, "bench: published" and "bench: plain", are written to the database and removed; nothing else changes.
    """
    from graphrag.evaluation import read_questions
    from graphrag.evaluation.publishing import measure_publishing
    from graphrag.stores.neo4j.session import Database
    from graphrag.stores.workspace import Workspace

    asked = [entry.question for entry in read_questions(questions)] if questions else []
    with Workspace.open(workspace) as store, Database(address_of(uri, workspace)) as database:
        found = measure_publishing(store, database, lambda words: click.echo(words, err=True), asked)
    facts = {
        "nodes": found.nodes,
        "relationships": found.relationships,
        "publish_seconds": round(found.publish_seconds, 2),
        "publish_rows_per_second": round(found.rows_per_second),
        "plain_seconds": round(found.plain_seconds, 2),
        "plain_rows_per_second": round(found.plain_rows_per_second),
        "unchanged_seconds": round(found.unchanged_seconds, 2),
        "removed_seconds": [round(seconds, 2) for seconds in found.removed_seconds],
        "added_seconds": [round(seconds, 2) for seconds in found.added_seconds],
        "changed_seconds": [round(seconds, 2) for seconds in found.changed_seconds],
        "search_median_ms": None if found.search_seconds is None else round(found.search_seconds * 1000, 1),
    }
    if as_json:
        output.print_json(facts)
        return
    click.echo(f"{found.nodes:,} nodes and {found.relationships:,} relationships")
    click.echo(f"publishing   {found.publish_seconds:8.1f} s  {found.rows_per_second:8,.0f} rows a second")
    click.echo(f"plain loop   {found.plain_seconds:8.1f} s  {found.plain_rows_per_second:8,.0f} rows a second")
    click.echo(f"unchanged    {found.unchanged_seconds:8.2f} s  the whole command, like the next three")
    for what, seconds in (
        ("one removed", found.removed_seconds),
        ("one added", found.added_seconds),
        ("one changed", found.changed_seconds),
    ):
        click.echo(f"{what:12} {seconds[0]:8.2f} s  then {', '.join(f'{later:.2f}' for later in seconds[1:])} s")
    if found.search_seconds is not None:
        click.echo(f"search       {found.search_seconds * 1000:8.1f} ms, median of {len(asked):,} questions")
