"""``graphrag neo4j``, ``publish``, ``pull`` and ``verify``: the graph in Neo4j."""

import contextlib
import functools
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphrag.cli.options import json_option, workspace_option
from graphrag.cli.output import print_json

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG
    from graphrag.stores.neo4j.connection import Address
    from graphrag.stores.neo4j.publish import Published

__all__ = [
    "Place",
    "address_of",
    "graph_option",
    "neo4j",
    "neo4j_option",
    "place_options",
    "publish",
    "publish_to",
    "published_ailment",
    "published_json",
    "pull",
    "reachable",
    "show_published",
    "verify_published",
]

F = TypeVar("F", bound=Callable[..., Any])

_LOCAL = "local"
_LISTED = 20
_COLLECTED = 200_000  # new objects after which Python looks for cycles that are no longer needed


def neo4j_option(*, required: bool = False, text: str = "") -> Callable[[F], F]:
    """Return the option ``--neo4j``."""
    return click.option(
        "--neo4j",
        "uri",
        metavar="ADDRESS",
        required=required,
        help=f"{text}bolt://HOST:PORT, or local for the private server. The password comes from NEO4J_PASSWORD, from a "
        ".env file, or is asked for.",
    )


graph_option = click.option(
    "--graph", default="main", show_default=True, help="The graph's name; several stay apart in one database."
)


def address_of(uri: str, workspace: Path | None) -> "Address":
    """Turn what follows ``--neo4j`` into an address with credentials.

    Where a workspace is named, ``local`` is its own private server and no other: there, the same name would be another
    workspace's graph.  Where none is, it is the one that was started last.
    """
    from graphrag.stores.neo4j.connection import Neo4jError, find_address
    from graphrag.stores.neo4j.server import Server, last_started

    if uri == _LOCAL:
        server = last_started() if workspace is None else Server.of_workspace(workspace)
        found = None if server is None else server.address()
        if found is None and workspace is None:
            raise Neo4jError("No private server runs: start one with `graphrag neo4j start -w WORKSPACE`.")
        if found is None:
            raise Neo4jError(
                f"The private server of {workspace} does not run: start it with `graphrag neo4j start -w {workspace}`, "
                "or give the address of another server."
            )
        return found

    def ask(words: str) -> str:
        return str(click.prompt(words, hide_input=True, err=True))

    return find_address(uri, ask if sys.stdin.isatty() else None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the graph is that a question goes to: a workspace, or a published graph."""

    workspace: Path | None
    uri: str | None
    graph: str

    def open(self, recipe: str | None = None, llm: bool | None = None) -> "GraphRAG":
        """Open the graph for asking, with another way of asking and with or without an LLM where that is said."""
        from graphrag.engine import GraphRAG

        if self.uri is not None:
            address = address_of(self.uri, self.workspace)
            return GraphRAG.connect(address, graph=self.graph, recipe=recipe, llm=llm)
        if self.workspace is None:
            raise click.UsageError("Missing option '-w' / '--workspace', or '--neo4j'.")
        return GraphRAG.open(self.workspace, recipe=recipe, llm=llm)


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options ``-w``, ``--neo4j`` and ``--graph``, handed over as one :class:`Place`."""

    @workspace_option(required=False)
    @neo4j_option(text="Ask a published graph instead of a workspace: ")
    @graph_option
    @functools.wraps(command)
    def run(workspace: Path | None, uri: str | None, graph: str, **options: Any) -> None:
        if workspace is None and uri is None:
            raise click.UsageError("Missing option '-w' / '--workspace', or '--neo4j'.")
        command(place=Place(workspace, uri, graph), **options)

    return run


@click.group(short_help="Start and stop a private Neo4j server.")
def neo4j() -> None:
    """Start and stop a private Neo4j server: community edition, on 127.0.0.1 only, its data in the workspace.

    It needs Java 17 or 21, and Maven to fetch the server once (123 MB).
    """


@neo4j.command("start")
@workspace_option(text="The workspace that the server belongs to.")
@json_option
def start(workspace: Path, as_json: bool) -> None:
    """Start the private server of a workspace, or say where it runs."""
    from graphrag.stores.neo4j.server import Server

    server = Server.of_workspace(workspace)
    server.start(lambda words: click.echo(words, err=True))
    _show_status(server, as_json)


@neo4j.command("stop")
@workspace_option(text="The workspace that the server belongs to.")
def stop(workspace: Path) -> None:
    """Stop the private server of a workspace; its data stay."""
    from graphrag.stores.neo4j.server import Server

    click.echo("Stopped." if Server.of_workspace(workspace).stop() else "It does not run.")


@neo4j.command("status")
@workspace_option(text="The workspace that the server belongs to.")
@json_option
def status(workspace: Path, as_json: bool) -> None:
    """Say whether the private server of a workspace runs, and where."""
    from graphrag.stores.neo4j.server import Server

    _show_status(Server.of_workspace(workspace), as_json)


def _show_status(server: Any, as_json: bool) -> None:
    """Write where a server is; the password is named by its file."""
    address = server.address()
    facts: dict[str, Any] = {"running": address is not None}
    if address is not None:
        facts |= {
            "bolt": address.uri,
            "browser": server.browser,
            "user": address.user,
            "password_file": str(server.folder / "password"),
            "pid": server.pid,
        }
    if as_json:
        print_json(facts)
    elif address is None:
        click.echo("The private server does not run.")
    else:
        click.echo(f"Neo4j runs at {address.uri}; Neo4j Browser: {server.browser}")
        click.echo(f"User {address.user}, password in {server.folder / 'password'}")


def reachable(uri: str, workspace: Path) -> None:
    """Make sure that a server answers and lets us in."""
    from graphrag.stores.neo4j.connection import connect

    connect(address_of(uri, workspace)).close()


def publish_to(uri: str, workspace: Path, graph: str, *, mend: bool = False) -> "Published":
    """Publish a workspace, saying on stderr how far it is."""
    from graphrag.stores.neo4j.connection import load_driver
    from graphrag.stores.neo4j.content import Content
    from graphrag.stores.neo4j.publish import publish as publish_graph
    from graphrag.stores.neo4j.session import Database
    from graphrag.stores.workspace import Workspace

    # Much is made and little thrown away: looking for what is no longer needed would be a tenth of the work.
    gc.set_threshold(_COLLECTED)
    address = address_of(uri, workspace)
    with Workspace.open(workspace) as store, contextlib.closing(Content(store)) as content:
        content.read_ahead()  # in a thread, while the driver is loaded
        load_driver()
        with Database(address) as database:
            words = functools.partial(click.echo, err=True)
            return publish_graph(store, database, graph, words, mend=mend, content=content)


@click.command(short_help="Bring a graph in Neo4j to the workspace's.")
@workspace_option()
@neo4j_option(required=True)
@graph_option
@click.option("--mend", is_flag=True, help="Read the whole graph back first, so that changes made by hand are undone.")
@json_option
def publish(workspace: Path, uri: str, graph: str, mend: bool, as_json: bool) -> None:
    """Bring a graph in Neo4j to exactly the workspace's graph.

    Only what differs is written; what is published already is left as it is. A publish that was stopped goes on where
    it was when the command is run again.
    """
    done = publish_to(uri, workspace, graph, mend=mend)
    if as_json:
        print_json(published_json(done))
    else:
        show_published(done)


def published_json(done: "Published") -> dict[str, Any]:
    """Return what a publish did as JSON-able values."""
    facts = {"graph": done.graph, "digest": done.digest, "changed": done.changed, "written": done.written}
    return facts | {"linked": done.linked, "removed": done.removed, "seconds": round(done.seconds, 3)}


def show_published(done: "Published") -> None:
    """Say what a publish did."""
    if not done.changed:
        click.echo(f"The graph {done.graph!r} holds this build already ({done.seconds:.1f} s).")
        return
    nodes = ", ".join(f"{count:,} {kind}" for kind, count in done.written.items() if count)
    click.echo(
        f"Published the graph {done.graph!r}: {nodes or 'no nodes'} and {done.linked:,} relationships written, "
        f"{done.removed:,} nodes removed ({done.seconds:.1f} s)."
    )


def verify_published(uri: str, workspace: Path, graph: str, as_json: bool) -> None:
    """Read a published graph back whole and compare it with the workspace's; exit code 6 where they differ."""
    from graphrag.errors import WorkspaceDamaged
    from graphrag.stores.neo4j.session import Database
    from graphrag.stores.neo4j.verify import compare
    from graphrag.stores.workspace import Workspace

    address = address_of(uri, workspace)
    with Workspace.open(workspace) as store, Database(address) as database:
        differences = compare(store, database, graph)
    if as_json:
        print_json({"graph": graph, "same": not differences, "differences": [d.words for d in differences]})
    elif not differences:
        click.echo(f"The graph {graph!r} is the workspace's: every node and every relationship agrees.")
    else:
        for difference in differences[:_LISTED]:
            click.echo(difference.words)
        click.echo(f"{len(differences):,} differences; `graphrag publish --mend` mends them.", err=True)
    if differences:
        raise click.exceptions.Exit(WorkspaceDamaged.exit_code)


def published_ailment(uri: str, workspace: Path, graph: str) -> tuple[str, str, str] | None:
    """Return what is wrong with a published graph: the kind, what it is, and what to do."""
    from graphrag.stores.neo4j.session import Database
    from graphrag.stores.neo4j.verify import ailment
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store, Database(address_of(uri, workspace)) as database:
        return ailment(store, database, graph)


@click.command(short_help="Make a workspace of a graph in Neo4j.")
@workspace_option(text="The folder to make or bring up to date.")
@neo4j_option(required=True)
@graph_option
def pull(workspace: Path, uri: str, graph: str) -> None:
    """Make a workspace of a published graph, so that a graph outlives the machine that built it.

    The private server, local, is the one that was started last.
    """
    from graphrag.stores.neo4j.pull import pull as pull_graph
    from graphrag.stores.neo4j.session import Database

    with Database(address_of(uri, None)) as database:
        digest = pull_graph(database, graph, workspace)
    click.echo(f"Pulled the graph {graph!r} into {workspace} (digest {digest}).")
