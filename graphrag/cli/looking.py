"""``graphrag inspect``, ``recipe``, ``export`` and ``completion``."""

from pathlib import Path

import click

from graphrag.cli import output
from graphrag.cli.options import PathType, json_option, workspace_option

__all__ = ["completion", "export", "inspect", "recipe"]


@click.command(short_help="Show counts, biggest entities, communities, health.")
@workspace_option()
@click.option("--problems", is_flag=True, help="List what of the input could not be used as it was, instead.")
@json_option
def inspect(workspace: Path, problems: bool, as_json: bool) -> None:
    """Show what a workspace holds: counts, biggest entities, communities, health.

    With --problems it lists everything of the input that could not be used as it was, also what earlier commands told.
    """
    from graphrag.engine import GraphRAG

    if problems:
        _list_problems(workspace, as_json)
        return
    with GraphRAG.open(workspace) as rag:
        facts = rag.inspect()
    if as_json:
        output.print_json(facts)
    else:
        output.outline(facts)


def _list_problems(workspace: Path, as_json: bool) -> None:
    """List all problems of the input."""
    from graphrag.cli.building import problems_json
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store:
        found = store.problems()
    if as_json:
        output.print_json(problems_json(found))
        return
    for place, message in found:
        click.echo(f"{output.plain(place)}: {output.plain(message)}")
    if not found:
        click.echo("All of the input could be used as it was.")


@click.group(short_help="List and show recipes.")
def recipe() -> None:
    """List and show recipes: the settings of building and asking."""


@recipe.command("list")
@json_option
def list_recipes(as_json: bool) -> None:
    """List the shipped recipes."""
    from graphrag.config import load_recipe, recipe_names

    recipes = [load_recipe(name) for name in recipe_names()]
    if as_json:
        output.print_json([{"name": found.name, "description": found.description} for found in recipes])
        return
    width = max(len(found.name) for found in recipes)
    for found in recipes:
        click.echo(f"{found.name:<{width}}  {found.description}")


@recipe.command("show")
@click.argument("name")
@json_option
def show_recipe(name: str, as_json: bool) -> None:
    """Show a resolved recipe (a name or a YAML file) with the origin of every value."""
    import json

    from graphrag.config import trace_recipe

    settings = trace_recipe(name)
    if as_json:
        output.print_json([{"key": s.key, "value": s.value, "origin": s.origin} for s in settings])
        return
    said = [f"{s.key}: {json.dumps(s.value, ensure_ascii=False)}" for s in settings]
    width = min(max(map(len, said)), 60)
    for text, setting in zip(said, settings, strict=True):
        click.echo(f"{text:<{width}}  " + click.style(f"# {setting.origin}", dim=True))


@click.command(short_help="Write GraphML, Parquet or JSON lines.")
@workspace_option()
@click.option("--graphml", type=PathType(dir_okay=False), help="Write one GraphML file.")
@click.option("--parquet", type=PathType(file_okay=False), help="Write Parquet files to a folder.")
@click.option("--jsonl", type=PathType(file_okay=False), help="Write JSON lines files to a folder.")
@click.option("--neo4j-admin", type=PathType(file_okay=False), help="Write CSV for Neo4j's import.")
@json_option
def export(
    workspace: Path,
    graphml: Path | None,
    parquet: Path | None,
    jsonl: Path | None,
    neo4j_admin: Path | None,
    as_json: bool,
) -> None:
    """Write the build in formats that other programs read.

    --parquet and --jsonl write documents, chunks, entities, mentions, facts, communities and reports, one file each;
    --graphml writes documents, entities and facts as one graph; --neo4j-admin writes the files of Neo4j's bulk import,
    with the command in import.sh.
    """
    if graphml is None and parquet is None and jsonl is None and neo4j_admin is None:
        raise click.UsageError("Say what to write: --graphml FILE, --parquet DIR, --jsonl DIR or --neo4j-admin DIR.")
    from graphrag.export import export_graphml, export_jsonl, export_parquet
    from graphrag.stores.neo4j.bulk import export_admin
    from graphrag.stores.workspace import Workspace

    written = {}
    with Workspace.open(workspace) as store:
        kinds = (
            (graphml, export_graphml),
            (parquet, export_parquet),
            (jsonl, export_jsonl),
            (neo4j_admin, export_admin),
        )
        for target, write in kinds:
            if target is not None:
                written[str(target)] = write(store, target)
    if as_json:
        output.print_json(written)
        return
    for path, counts in written.items():
        click.echo(f"{path}: " + ", ".join(f"{count:,} {kind}" for kind, count in counts.items()))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Write a completion script.

    \b
    eval "$(graphrag completion bash)"
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(ctx.find_root().command, {}, "graphrag", "_GRAPHRAG_COMPLETE").source())
