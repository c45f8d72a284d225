"""``graphrag cypher``: the query library, and the user's own statements."""

import csv
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli.database import address_of, neo4j_option
from graphrag.cli.options import read_values, workspace_option
from graphrag.cli.output import plain, print_json
from graphrag.errors import InputError

if TYPE_CHECKING:
    from graphrag.stores.cypher import Table
    from graphrag.stores.neo4j.session import Database

__all__ = ["cypher", "show_table"]

_WIDEST = 60


def _is_statement(word: str) -> bool:
    """Tell whether a word of the command line is a statement and no command: it has white space."""
    return len(word.split()) > 1


class _Commands(click.Group):
    """The group; what is no command of it is a statement."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take a statement that stands behind its options to the front, where a group looks for its command."""
        if args and args[0].startswith("-"):
            places = (at for at, word in enumerate(args) if at and _is_statement(word) and args[at - 1] != "-p")
            for at in itertools.islice(places, 1):
                args = [args[at], *args[:at], *args[at + 1 :]]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a first word that is no command as the user's own statement."""
        if args and self.get_command(ctx, args[0]) is None and _is_statement(args[0]):
            return "statement", self.commands["statement"], args
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List what is said by name."""
        return ["list", "run", "show"]


def _running(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of running a statement."""
    options = (
        neo4j_option(required=False, text="Run it on a published graph: "),
        workspace_option(required=False, text="Run it on this workspace, without a server (needs hopgraph[cypher])."),
        click.option(
            "-p", "parameters", metavar="NAME=VALUE", multiple=True, callback=read_values, help="A parameter."
        ),
        click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True, help="The most rows."),
        click.option("--timeout", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True, help="Seconds."),
        click.option(
            "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=_Commands, short_help="Run Cypher: the query library, or your own.")
def cypher() -> None:
    """Run Cypher on a workspace or a published graph: queries of the library by name, or your own statement.

    \b
    graphrag cypher list
    graphrag cypher run neighbours -p name="Ada Lovelace" -w WORKSPACE
    graphrag cypher "MATCH (e:Entity) RETURN e.name LIMIT 5" --neo4j local

    With -w alone, the statement runs on the workspace itself and needs no server; --neo4j local -w WORKSPACE means the
    private server of that workspace.

    A statement of your own may only read, unless --write is given.
    """


@cypher.command("list", short_help="List the queries.")
@click.option("--all", "every", is_flag=True, help="Also the queries that the program itself runs.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON for programs.")
def list_queries(every: bool, as_json: bool) -> None:
    """List the queries of the library with what each does."""
    from graphrag.stores.cypher import load_query, query_names

    queries = [load_query(name) for name in query_names("" if every else "explore")]
    if as_json:
        print_json(
            [
                {"name": q.name, "about": q.about, "mode": q.mode, "runs": list(q.runs), "returns": list(q.returns)}
                for q in queries
            ]
        )
        return
    width = max(len(query.name) for query in queries)
    for query in queries:
        click.echo(f"{query.name:<{width}}  {query.about}")


@cypher.command("show", short_help="Show a query.")
@click.argument("name")
def show(name: str) -> None:
    """Show a query with its parameters, ready for Neo4j Browser."""
    from graphrag.stores.cypher import load_query

    query = load_query(_full(name))
    click.echo(f"// {query.about}")
    click.echo(f"// returns: {', '.join(query.returns) or 'nothing'}")
    click.echo(f"// runs: {', '.join(query.runs)}")
    if query.parameters:
        said = ", ".join(f"{p.name}: {json.dumps(_sample(p), ensure_ascii=False)}" for p in query.parameters)
        click.echo(f":params {{{said}}}")
    click.echo(query.text)


@cypher.command("run", short_help="Run a query of the library.")
@click.argument("name")
@_running
def run(
    name: str,
    uri: str | None,
    workspace: Path | None,
    parameters: dict[str, str],
    limit: int,
    timeout: float,
    form: str,
) -> None:
    """Run a query of the library; `graphrag cypher list` names them."""
    from graphrag.stores.cypher import load_query

    query = load_query(_full(name))
    if query.mode != "read":
        raise click.UsageError(f"{query.name} writes, and is run by the program alone.")
    query.bind(parameters)  # what is wrong with them is said before the server is asked
    if uri is None and workspace is not None:
        from graphrag.stores.embedded import run_library_query
        from graphrag.stores.workspace import Workspace

        with Workspace.open(workspace) as store:
            show_table(run_library_query(store, query, parameters, limit=limit, timeout=timeout), form)
        return
    from graphrag.stores.neo4j.running import run_query

    with _database(uri, workspace) as database:
        show_table(run_query(database, query, parameters, rows=limit, seconds=timeout), form)


@cypher.command("statement", hidden=True)
@click.argument("text")
@click.option("--write", is_flag=True, help="Allow the statement to write.")
@_running
def statement(
    text: str,
    write: bool,
    uri: str | None,
    workspace: Path | None,
    parameters: dict[str, str],
    limit: int,
    timeout: float,
    form: str,
) -> None:
    """Run a statement of your own."""
    from graphrag.stores.guard import check_statement

    if not write:
        try:
            check_statement(text)
        except InputError as error:
            raise InputError(f"{error} In Neo4j, --write allows it.") from error
    given = {name: _value(said) for name, said in parameters.items()}
    if uri is None and workspace is not None:
        from graphrag.stores.embedded import run_read
        from graphrag.stores.workspace import Workspace

        if write:
            raise click.UsageError("A workspace is written by building alone; --write is for --neo4j.")
        with Workspace.open(workspace) as store:
            show_table(run_read(store, text, given, limit=limit, timeout=timeout), form)
        return
    from graphrag.stores.neo4j.running import run_statement

    with _database(uri, workspace) as database:
        show_table(run_statement(database, text, given, rows=limit, seconds=timeout, write=write), form)


def _database(uri: str | None, workspace: Path | None) -> "Database":
    """Open the database that a statement is for."""
    from graphrag.stores.neo4j.session import Database

    return Database(address_of(uri or "local", workspace))


def _full(name: str) -> str:
    """Return a query's name with its folder; exploration needs none."""
    return name if "/" in name else f"explore/{name}"


def _sample(parameter: Any) -> Any:
    """Return a value to put in place of a parameter."""
    empty = {"string": "…", "integer": 0, "float": 0.0, "boolean": False, "list": [], "map": {}}
    return empty[parameter.type] if parameter.default is None else parameter.default


def _value(said: str) -> Any:
    """Return what a parameter's text means: JSON where it is, else the text."""
    try:
        return json.loads(said)
    except ValueError:
        return said


def show_table(table: "Table", form: str) -> None:
    """Write a result in one of the forms."""
    if form == "json":
        print_json([dict(zip(table.columns, row, strict=True)) for row in table.rows])
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows([_cell(value) for value in row] for row in table.rows)
    elif table.rows:
        lines = [list(table.columns), *([_short(value) for value in row] for row in table.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(table.columns))]
        for line in lines:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    else:
        click.echo("No rows.", err=True)
    if table.more:
        click.echo(f"There are more than these {len(table.rows):,} rows; --limit raises the number.", err=True)


def _cell(value: Any) -> Any:
    """Return a value for CSV; a text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _short(value: Any) -> str:
    """Return a value for a table."""
    said = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    said = plain(said)
    return said if len(said) <= _WIDEST else said[: _WIDEST - 1].rstrip() + "…"
