"""``graphrag add``, ``remove``, ``update`` and ``sync``: what changes of a workspace when documents do."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphrag.cli import output
from graphrag.cli.building import show_report
from graphrag.cli.options import PathType, json_option, workers_option, workspace_option
from graphrag.errors import InputError, WorkspaceError, WorkspaceLocked

if TYPE_CHECKING:
    from graphrag.cli.progress import StageProgress
    from graphrag.engine import GraphRAG

__all__ = ["add", "opened_for_change", "remove", "sync", "update"]

_files_argument = click.argument("files", metavar="FILE…", nargs=-1, required=True, type=PathType())
_root_option = click.option(
    "--root",
    type=PathType(file_okay=False, exists=True),
    help="The folder that was built: the ids of files are their paths below it. Default: their names.",
)


@click.command(short_help="Add documents to a workspace, or replace them.")
@_files_argument
@workspace_option()
@_root_option
@workers_option
@json_option
def add(files: tuple[Path, ...], workspace: Path, root: Path | None, workers: int | None, as_json: bool) -> None:
    """Add the documents of files and folders to those of a workspace.

    A document whose id is there takes the place of the old one. Only what is new is analysed, and the result is what a
    build of all the documents would be, digest for digest. Readers see the old state until the new one is complete.
    """
    with opened_for_change(workspace) as (rag, progress):
        if root is None:
            _warn_of_namesakes(files, workspace)
        report = rag.add(list(files), root=root, progress=progress, workers=workers)
    show_report(report, workspace, as_json)


def _warn_of_namesakes(files: tuple[Path, ...], workspace: Path) -> None:
    """Say where a file will stand beside one of its name, which it may be meant to replace."""
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store:
        ids = set(store.document_ids())
    for name in sorted({path.name for path in files} - ids):
        for other in sorted(known for known in ids if known.endswith(f"/{name}")):
            click.echo(
                f"{output.plain(name)} is added beside {output.plain(other)}; to replace that one, name the folder "
                "that was built: --root FOLDER.",
                err=True,
            )


@click.command(short_help="Replace documents of a workspace by their new versions.")
@_files_argument
@workspace_option()
@_root_option
@workers_option
@json_option
def update(files: tuple[Path, ...], workspace: Path, root: Path | None, workers: int | None, as_json: bool) -> None:
    """Replace documents by their new versions; one that the workspace does not hold is refused."""
    with opened_for_change(workspace) as (rag, progress):
        report = rag.add(list(files), root=root, known=True, progress=progress, workers=workers)
    show_report(report, workspace, as_json)


@click.command(short_help="Remove documents, and what rests on them alone.")
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@workspace_option()
@json_option
def remove(ids: tuple[str, ...], workspace: Path, as_json: bool) -> None:
    """Remove documents by their ids, and all that rests on them alone; where an id is unknown, nothing is removed."""
    with opened_for_change(workspace) as (rag, progress):
        report = rag.remove(ids, progress=progress)
    show_report(report, workspace, as_json)


@click.command(short_help="Make a workspace follow a folder.")
@click.argument("folder", type=PathType())
@workspace_option(text="The folder to make or bring up to date.")
@click.option("--watch", is_flag=True, help="Go on, and follow every change of the folder until Ctrl-C.")
@click.option("--every", type=click.FloatRange(0.05), default=2.0, show_default=True, help="Seconds between two looks.")
@workers_option
@json_option
def sync(folder: Path, workspace: Path, watch: bool, every: float, workers: int | None, as_json: bool) -> None:
    """Make a workspace hold exactly the documents of a folder: new, changed and removed files are followed.

    Nothing is written when nothing has changed. With --watch the folder is looked at again and again; a change is taken
    up when two looks see the same files, so that a file that is being written is not read.
    """
    from graphrag.cli.progress import stage_progress
    from graphrag.engine import GraphRAG

    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}: name the folder that the workspace is to follow.")
    seen: dict[str, tuple[int, int]] | None = None
    while True:
        now = _look(folder, workspace)
        if now != seen:
            try:
                with GraphRAG.create(workspace) as rag, stage_progress() as progress:
                    report = rag.build([folder], progress=progress, workers=workers)
                show_report(report, workspace, as_json)
                seen = now
            except (InputError, WorkspaceLocked) as error:
                if not watch:
                    raise
                click.echo(f"Waiting: {error}", err=True)
                if isinstance(error, InputError):  # only another change can help
                    seen = now
        if not watch:
            return
        _wait_for_change(folder, workspace, seen, every)


def _wait_for_change(folder: Path, workspace: Path, seen: dict[str, tuple[int, int]] | None, every: float) -> None:
    """Wait until the folder differs from what was seen, and has come to rest."""
    before = _look(folder, workspace)
    while True:
        time.sleep(every)
        now = _look(folder, workspace)
        if now == before and now != seen:
            return
        before = now


def _look(folder: Path, workspace: Path) -> dict[str, tuple[int, int]]:
    """Return the size and the time of every file below a folder, but for those of the workspace."""
    own, found = workspace.resolve(), {}
    for place, folders, names in os.walk(folder):  # which passes over what is removed meanwhile
        folders[:] = [name for name in folders if Path(place, name).resolve() != own]
        for name in names:
            path = Path(place, name)
            with suppress(OSError):  # it was removed while the folder was listed, or is a link to nowhere
                state = path.stat()
                found[str(path)] = (state.st_size, state.st_mtime_ns)
    return found


@contextmanager
def opened_for_change(workspace: Path) -> "Iterator[tuple[GraphRAG, StageProgress]]":
    """Open a workspace that is there for writing."""
    from graphrag.cli.progress import stage_progress
    from graphrag.engine import GraphRAG

    if not (workspace / "workspace.db").is_file():
        raise WorkspaceError(
            f"There is no workspace at {workspace}: make one with `graphrag build INPUT -w {workspace}`."
        )
    with GraphRAG.create(workspace) as rag, stage_progress() as progress:
        yield rag, progress
