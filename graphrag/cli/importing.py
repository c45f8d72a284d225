"""``graphrag import``: a workspace of what another program read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli.building import report_json, show_report
from graphrag.cli.options import PathType, json_option, workers_option, workspace_option
from graphrag.cli.output import plain, print_json

if TYPE_CHECKING:
    from graphrag.importing import Imported

__all__ = ["import_command"]

_LISTED = 20


@click.command("import", short_help="Take over a graph of Microsoft GraphRAG or LightRAG.")
@click.argument("folder", type=PathType())
@workspace_option(text="The folder to make, or the workspace to add to.")
@click.option("--recipe", help="A shipped recipe or a YAML file. Default: the workspace's own, else offline.")
@workers_option
@json_option
def import_command(folder: Path, workspace: Path, recipe: str | None, workers: int | None, as_json: bool) -> None:
    """Take over the documents, entities and relations that Microsoft GraphRAG or LightRAG left in a folder.

    The folder is an output of Microsoft GraphRAG (Parquet files) or a working directory of LightRAG or nano-graphrag
    (JSON and GraphML files). No LLM is asked. What the documents do not say is dropped and counted; summaries and
    communities are not taken over, since the workspace gets its own.
    """
    from graphrag.cli.progress import stage_progress
    from graphrag.importing import import_folder

    with stage_progress() as progress:
        found = import_folder(folder, workspace, recipe=recipe, progress=progress, workers=workers)
    for place, message in found.problems[:_LISTED]:
        click.echo(f"{click.style('Problem', fg='yellow')}: {plain(place)}: {plain(message)}", err=True)
    if len(found.problems) > _LISTED:
        click.echo(f"{len(found.problems):,} problems in the folder; --json lists all.", err=True)
    if as_json:
        print_json(_json(found))
        return
    for line in _lines(found):
        click.echo(line)
    show_report(found.report, workspace, as_json=False)


def _lines(found: "Imported") -> list[str]:
    """Return what was taken over, and what was not."""
    rebuilt = f", {found.rebuilt:,} of them put together from their pieces" if found.rebuilt else ""
    return [
        f"Imported from {found.program}: {found.documents:,} document{'s' if found.documents != 1 else ''}{rebuilt}",
        f"  entities   {found.entities:,} taken; {found.entities_dropped:,} dropped, whose names the text does not say",
        f"  relations  {found.stated:,} taken as facts that a sentence states, {found.related:,} as “related to” "
        f"where a sentence says both names, {found.joined:,} as links where only a longer text does; "
        f"{found.relations_dropped:,} dropped",
    ]


def _json(found: "Imported") -> dict[str, Any]:
    """Return what was taken over as JSON-able values."""
    return {
        "program": found.program,
        "documents": found.documents,
        "rebuilt": found.rebuilt,
        "entities": {"taken": found.entities, "dropped": found.entities_dropped},
        "relations": {
            "facts": found.stated,
            "related": found.related,
            "links": found.joined,
            "dropped": found.relations_dropped,
        },
        "problems": [{"place": place, "message": message} for place, message in found.problems],
        "build": report_json(found.report),
    }
