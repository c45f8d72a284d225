"""``graphrag communities``: list, show and tree."""

from pathlib import Path
from typing import Any

import click

from graphrag.cli import output
from graphrag.cli.options import json_option, workspace_option

__all__ = ["communities"]


@click.group(short_help="List and show communities and their reports.")
def communities() -> None:
    """List and show communities: groups of entities that belong together, and what the documents say about each."""


_level = click.option("--level", type=click.IntRange(0), help="Only this level, 0 the coarsest.")


@communities.command("list")
@workspace_option()
@_level
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many; --json writes all.")
@json_option
def list_communities(workspace: Path, level: int | None, limit: int, as_json: bool) -> None:
    """List the communities that have a report, the coarsest level and the most important first."""
    from graphrag.overview.listing import community_rows
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store:
        rows = community_rows(store, level)
    if as_json:
        output.print_json(rows)
        return
    if not rows:
        click.echo("There are no communities of three entities and more here.")
        return
    table: list[tuple[str, ...]] = [("id", "level", "entities", "documents", "rank")]
    table += [_cells(row) for row in rows[:limit]]
    output.print_table(table, ["title", *(output.plain(row["title"]) for row in rows[:limit])])
    if len(rows) > limit:
        click.echo(f"… and {len(rows) - limit:,} more: --limit, --level or --json shows them.")


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Return a row of the list."""
    return row["id"], str(row["level"]), f"{row['entities']:,}", f"{row['documents_count']:,}", f"{row['rank']:.2f}"


@communities.command("show")
@click.argument("community")
@workspace_option()
@json_option
def show_community(community: str, workspace: Path, as_json: bool) -> None:
    """Show the report on a COMMUNITY: an id, the beginning of one, or a report's title."""
    from graphrag.overview.listing import community_details
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store:
        details = community_details(store, community)
    if as_json:
        output.print_json(details)
        return
    years = "–".join(dict.fromkeys(details["years"]))
    click.echo(click.style(output.plain(details["title"]) or details["id"], bold=True))
    about = f"{details['id']}  level {details['level']}, {details['entities']:,} entities, "
    about += f"{details['documents_count']:,} documents, rank {details['rank']:.2f}" + (f", {years}" if years else "")
    click.echo(click.style(about, dim=True))
    if not details["findings"]:
        click.echo(details["summary"])
    for number, finding in enumerate(details["findings"], 1):
        where = ", ".join(f"{q['document_id']} {q['start']}-{q['end']}" for q in finding["quotes"])
        click.echo(f"  {number}. {output.plain(finding['text'])}  {click.style(output.plain(where), dim=True)}")
    click.echo("Members: " + ", ".join(map(output.plain, details["members"][:10])))
    parts = [f"{output.plain(row['title'])} ({row['entities']:,})" for row in details["children"] if row["title"]]
    if parts:
        click.echo("Parts: " + "; ".join(parts))
    if details["parent"]:
        click.echo(f"Part of: {details['parent']}")


@communities.command("tree")
@workspace_option()
@click.option(
    "--limit", type=click.IntRange(1), default=10, show_default=True, help="Parts shown of each; --json: all."
)
@json_option
def tree(workspace: Path, limit: int, as_json: bool) -> None:
    """Show the communities as a tree, the most important first."""
    from graphrag.overview.listing import community_tree
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store:
        roots = community_tree(store)
    if as_json:
        output.print_json(roots)
    else:
        _branches(roots, "", limit)


def _branches(nodes: list[dict[str, Any]], pad: str, limit: int) -> None:
    """Write nodes as the branches of a tree."""
    for node in nodes[:limit]:
        last = node is nodes[-1]
        size = click.style(f"{node['entities']:,} entities  {node['id']}", dim=True)
        click.echo(f"{pad}{'└─' if last else '├─'} {output.plain(node['title'])}  {size}")
        _branches(node["children"], pad + ("   " if last else "│  "), limit)
    if len(nodes) > limit:
        click.echo(f"{pad}└─ … and {len(nodes) - limit:,} more")
