"""``graphrag reembed``: other vectors for a workspace."""

from pathlib import Path

import click

from graphrag.cli.building import show_report
from graphrag.cli.changing import opened_for_change
from graphrag.cli.options import json_option, read_values, workers_option, workspace_option

__all__ = ["reembed"]


@click.command(short_help="Give a workspace the vectors of another embedder.")
@workspace_option()
@click.option("--embedder", required=True, metavar="NAME", help="onnx, sentence-transformers, or another package's.")
@click.option("--model", help="The model: a folder or a name that the embedder knows; short for -o model=….")
@click.option("-o", "--option", "options", metavar="NAME=VALUE", multiple=True, callback=read_values, help="An option.")
@workers_option
@json_option
def reembed(
    workspace: Path, embedder: str, model: str | None, options: dict[str, str], workers: int | None, as_json: bool
) -> None:
    """Give a workspace the vectors of another embedder, from now on.

    Nothing is extracted again: mentions and facts come from the cache. The retrieval weights were fitted with the
    bundled embedder; `graphrag tune` fits them to another.
    """
    given = {name: _value(said) for name, said in options.items()} | ({"model": model} if model else {})
    with opened_for_change(workspace) as (rag, progress):
        report = rag.reembed(embedder, given, progress=progress, workers=workers)
    show_report(report, workspace, as_json)


def _value(said: str) -> str | int:
    """Return an option as a number where it is one."""
    return int(said) if said.isdecimal() else said
