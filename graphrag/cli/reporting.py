"""``graphrag report``."""

from pathlib import Path

import click

from graphrag.cli import output
from graphrag.cli.options import PathType, json_option, workspace_option

__all__ = ["report"]


@click.command(short_help="Write an HTML report of a build.")
@workspace_option()
@click.option(
    "-o",
    "--output",
    "target",
    type=PathType(dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The file to write; an old one is replaced.",
)
@json_option
def report(workspace: Path, target: Path, as_json: bool) -> None:
    """Write one HTML file that shows a build: times, counts, charts, a map of communities, and the graph.

    The file needs no server and no network. Add #community=ID or #entity=NAME to its address to open there.
    """
    from graphrag.report.data import report_data
    from graphrag.report.page import write_report
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store:
        size = write_report(report_data(store), target)
    if as_json:
        output.print_json({"path": str(target), "bytes": size})
    else:
        click.echo(f"{target}: {_said(size)}; open it in a browser.")


def _said(size: int) -> str:
    """Return a size in bytes in the unit that suits it."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
