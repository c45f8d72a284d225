"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = [
    "MODES",
    "PathType",
    "filter_option",
    "json_option",
    "k_option",
    "level_option",
    "mode_option",
    "read_values",
    "workers_option",
    "workspace_option",
]

F = TypeVar("F", bound=Callable[..., Any])

# graphrag.config.MODES, said again because pydantic would double the time of --help; a test compares them.
MODES = ("auto", "lexical", "basic", "hybrid", "ppr", "links", "local", "global", "drift")


class PathType(click.Path):
    """A path, which an empty text is not: Python would take the current folder, where a variable of a script is unset.

    Parameters
    ----------
    exists, file_okay, dir_okay : bool
        As those of ``click.Path``.
    """

    def __init__(self, *, exists: bool = False, file_okay: bool = True, dir_okay: bool = True) -> None:
        super().__init__(exists=exists, file_okay=file_okay, dir_okay=dir_okay, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if value == "":
            self.fail("the path is empty; the current folder is called '.'.", param, ctx)
        return super().convert(value, param, ctx)


def workspace_option(*, required: bool = True, text: str = "The folder that holds the build.") -> Callable[[F], F]:
    """Return the option ``-w``."""
    return click.option(
        "-w",
        "--workspace",
        type=PathType(),
        required=required,
        envvar="GRAPHRAG_WORKSPACE",
        show_envvar=True,
        help=text,
    )


def read_values(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Turn ``name=value`` texts into a mapping."""
    found = {}
    for value in values:
        name, equals, said = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not of the form NAME=VALUE.")
        found[name] = said
    return found


def _read_filters(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str] | None:
    """Turn ``field=value`` texts into a mapping."""
    filters: dict[str, str] = {}
    for value in values:
        field, equals, wanted = value.partition("=")
        if not equals or not field:
            raise click.BadParameter(f"{value!r} is not of the form FIELD=VALUE.")
        if field in filters:
            raise click.BadParameter(f"{field!r} is given twice.")
        filters[field] = wanted
    return filters or None


json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON for programs.")
k_option = click.option(
    "-k",
    type=click.IntRange(1, 200),
    help="Number of passages; a document may appear by several. Default: the recipe's ask.k.",
)
mode_option = click.option(
    "--mode",
    type=click.Choice(MODES),
    help="auto: as the question asks; lexical: words; basic: vectors; hybrid: both; ppr: a walk over the graph; links: "
    "names and one hop, without fitted weights; local: what the documents say about things; global: about the whole "
    "corpus, by communities; drift: communities first, then things in them. Default: the recipe's ask.mode.",
)
level_option = click.option(
    "--level",
    type=click.IntRange(0),
    help="Level of the communities in the modes global and drift, 0 the coarsest. Default: as the question asks.",
)
filter_option = click.option(
    "--filter",
    "filters",
    metavar="FIELD=VALUE",
    multiple=True,
    callback=_read_filters,
    help="Only documents whose metadata field has this value; may be repeated, and then all must hold.",
)
workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), help="Worker processes. Default: one a processor core."
)
