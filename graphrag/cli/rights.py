"""``graphrag rights``: who sees which documents, and the views that answer for them."""

from pathlib import Path

import click

from graphrag.cli.keys import keys_option
from graphrag.cli.options import json_option, workers_option, workspace_option
from graphrag.cli.output import print_json, print_table

__all__ = ["rights"]


@click.group(short_help="See and build what groups of readers may see.")
def rights() -> None:
    """See and build what groups of readers may see.

    A document names its groups in its metadata field "groups"; one that names none is public. A view is a workspace of
    the documents that some groups see; all commands work on it as on any other:

    \b
    graphrag ask "QUESTION" -w $(graphrag rights open --groups sales,press -w WORKSPACE)
    """


@rights.command("list", short_help="List the groups of the documents, and the views.")
@workspace_option()
@json_option
def list_rights(workspace: Path, as_json: bool) -> None:
    """List the groups that documents name, and the views that are built."""
    from graphrag.rights.views import Views

    views = Views(workspace)
    groups, built = views.groups(), views.built()
    if as_json:
        print_json({"groups": groups, "views": built})
        return
    print_table([["group", "documents"], *([name or "(public)", f"{count:,}"] for name, count in groups.items())])
    if built:
        click.echo()
        rows = [
            [
                view["view"],
                ", ".join(view["groups"]) or "public",
                f"{view['documents']:,}",
                "yes" if view["current"] else "no",
            ]
            for view in built
        ]
        print_table([["view", "built for", "documents", "current"], *rows])


@rights.command("open", short_help="Print the folder of a view.")
@click.option("--groups", default="", metavar="A,B", help="The readers' groups. Default: none, the public documents.")
@workspace_option()
@workers_option
def open_view(groups: str, workspace: Path, workers: int | None) -> None:
    """Print the workspace of what readers of some groups see, after bringing it up to date."""
    from graphrag.cli.progress import stage_progress
    from graphrag.rights.groups import group_names
    from graphrag.rights.views import Views

    with stage_progress() as progress:
        folder = Views(workspace).refresh(group_names(groups), progress=progress, workers=workers)
    click.echo(folder)


@rights.command("refresh", short_help="Bring views up to date, and remove unused ones.")
@keys_option(required=False, text="Whose views: a file of keys. Views that no key of it uses are removed.")
@click.option("--groups", "named", multiple=True, metavar="A,B", help="More groups of readers; may be repeated.")
@workspace_option()
@workers_option
@json_option
def refresh(path: Path | None, named: tuple[str, ...], workspace: Path, workers: int | None, as_json: bool) -> None:
    """Bring the views of all keys up to date, so that no reader has to wait for one, and remove those without a use."""
    from graphrag.cli.progress import stage_progress
    from graphrag.rights.groups import group_names
    from graphrag.rights.views import Views

    if path is None and not named:
        raise click.UsageError("Say whose views: --keys FILE, --groups A,B, or both.")
    readers = [group_names(groups) for groups in named]
    if path is not None:
        from graphrag.server.keys import read_keys

        readers += [frozenset(key.groups) for key in read_keys(path)]
    readers = sorted(set(readers), key=sorted)
    views = Views(workspace)
    folders = {}
    for groups in readers:
        with stage_progress() as progress:
            folders[", ".join(sorted(groups))] = str(views.refresh(groups, progress=progress, workers=workers))
    removed = views.remove_others(readers) if path is not None else 0
    if as_json:
        print_json(
            {"views": [{"groups": name, "folder": folder} for name, folder in folders.items()], "removed": removed}
        )
        return
    for name, folder in folders.items():
        click.echo(f"{name or '(public)'}: {folder}")
    if removed:
        click.echo(f"Removed {removed} that no key uses.", err=True)
