"""``graphrag bench publish``: how fast a graph gets into Neo4j."""

from pathlib import Path

import click

from graphrag.cli import output
from graphrag.cli.database import address_of, neo4j_option
from graphrag.cli.options import json_option, workspace_option

__all__ = ["bench_publish"]


@click.command("publish", short_help="Publishing to Neo4j against a plain loop of the driver.")
@workspace_option()
@neo4j_option(required=True)
@json_option
def bench_publish(workspace: Path, uri: str, as_json: bool) -> None:
    """Measure publishing: rows a second, against a plain UNWIND … MERGE loop of the driver in the same run.

    Two graphs, "bench: published" and "bench: plain", are written to the database and removed; nothing else changes.
    """
    from graphrag.evaluation.publishing import measure_publishing
    from graphrag.stores.neo4j.session import Database
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store, Database(address_of(uri, workspace)) as database:
        found = measure_publishing(store, database, lambda words: click.echo(words, err=True))
    facts = {
        "nodes": found.nodes,
        "relationships": found.relationships,
        "publish_seconds": round(found.publish_seconds, 2),
        "publish_rows_per_second": round(found.rows_per_second),
        "plain_seconds": round(found.plain_seconds, 2),
        "plain_rows_per_second": round(found.plain_rows_per_second),
        "unchanged_seconds": round(found.unchanged_seconds, 2),
    }
    if as_json:
        output.print_json(facts)
        return
    click.echo(f"{found.nodes:,} nodes and {found.relationships:,} relationships")
    click.echo(f"publishing   {found.publish_seconds:8.1f} s  {found.rows_per_second:8,.0f} rows a second")
    click.echo(f"plain loop   {found.plain_seconds:8.1f} s  {found.plain_rows_per_second:8,.0f} rows a second")
    click.echo(f"unchanged    {found.unchanged_seconds:8.1f} s")
