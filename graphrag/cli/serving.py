"""``graphrag serve``: answer over HTTP; ``graphrag bench serve``: how fast."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphrag.cli import output
from graphrag.cli.database import Place, address_of, place_options
from graphrag.cli.options import PathType, json_option, workspace_option

if TYPE_CHECKING:
    from graphrag.evaluation.serving import Load

__all__ = ["bench_serve", "serve"]


@click.command(short_help="Answer questions over HTTP, and offer a page to ask on.")
@place_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any that is free.")
@click.option(
    "--keys",
    type=PathType(dir_okay=False),
    envvar="GRAPHRAG_KEYS",
    show_envvar=True,
    help="The file of keys (graphrag keys add); needed for an address that other machines reach.",
)
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name by which the server is called.")
@click.option(
    "--allow-origin", "origins", multiple=True, metavar="ORIGIN", help="A web page's origin that may call it (CORS)."
)
@click.option("--recipe", help="A recipe whose sections ask and llm are used instead of the workspace's.")
@click.option("--llm/--no-llm", default=None, help="Whether an LLM words answers. Default: the recipe's ask.llm.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option(
    "--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Questions a process answers at a time."
)
@click.option(
    "--timeout", type=click.FloatRange(0.1, 600), default=30.0, show_default=True, help="Seconds a request may take."
)
@click.option(
    "--max-body", type=click.IntRange(1000), default=8_000_000, show_default=True, help="Bytes a request may have."
)
@click.option("--log-questions", is_flag=True, help="Write the text of questions to the log.")
def serve(
    place: Place,
    host: str,
    port: int,
    keys: Path | None,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    recipe: str | None,
    llm: bool | None,
    workers: int,
    threads: int,
    timeout: float,
    max_body: int,
    log_questions: bool,
) -> None:
    """Answer questions over HTTP from a workspace or a published graph, with a page to ask on at the root.

    It answers from the last complete build, also while the next one runs, and moves on by itself. The log is JSON on
    stderr. SIGTERM lets requests in progress finish.
    """
    from graphrag.errors import MissingExtra

    try:
        from graphrag.server.running import serve as run
        from graphrag.server.settings import Settings
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("fastapi", "uvicorn", "prometheus_client"):
            raise
        raise MissingExtra(f"`graphrag serve` needs {error.name}: pip install 'hopgraph[serve]'.") from error
    run(
        Settings(
            workspace=None if place.uri is not None else str(place.workspace),
            neo4j=None if place.uri is None else address_of(place.uri, place.workspace),
            graph=place.graph,
            recipe=recipe,
            llm=llm,
            host=host,
            port=port,
            keys=None if keys is None else str(keys),
            hosts=hosts,
            origins=origins,
            workers=workers,
            threads=threads,
            seconds=timeout,
            body_bytes=max_body,
            log_questions=log_questions,
        )
    )


@click.command("serve", short_help="Measure a server under load.")
@click.argument("questions", type=PathType())
@workspace_option()
@click.option("--clients", type=click.IntRange(1, 1000), default=16, show_default=True, help="Clients at a time.")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True, help="How long.")
@click.option("--workers", default="1,2", show_default=True, help="Numbers of processes to compare.")
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Threads of each process.")
@json_option
def bench_serve(
    questions: Path, workspace: Path, clients: int, seconds: float, workers: str, threads: int, as_json: bool
) -> None:
    """Serve a workspace on the loopback address, and search it with many clients at a time.

    Writes a table. Exit code 1 means that the best run missed what a server of the 2Wiki workspace is to reach
    on two cores: 60 requests a second, 95 % of them within 400 ms, no error, /healthz within 50 ms, memory that grows
    less than 5 % in the second half, ready within 3 s.
    """
    from graphrag.cli.memory import megabytes_of
    from graphrag.evaluation import read_questions
    from graphrag.evaluation.serving import measure, misses

    asked = [entry.question for entry in read_questions(questions)]
    loads = []
    for number in sorted({_number(text) for text in workers.split(",")}):
        click.echo(f"{number} worker{'s' if number > 1 else ''} …", err=True)
        load = measure(
            workspace, asked, megabytes_of, clients=clients, seconds=seconds, workers=number, threads=threads
        )
        loads.append(load)
    if as_json:
        output.print_json([{**asdict(load), "missed": misses(load)} for load in loads])
    else:
        output.print_table(_rows(loads))
        for load in loads:
            click.echo(f"{load.workers}: {'missed ' + ', '.join(misses(load)) if misses(load) else 'all targets met'}")
    if all(misses(load) for load in loads):
        raise click.exceptions.Exit(1)


def _number(text: str) -> int:
    """Read a number of processes."""
    if not text.strip().isdigit() or not 1 <= int(text) <= 64:
        raise click.BadParameter(f"{text!r} is no number of processes.", param_hint="--workers")
    return int(text)


def _rows(loads: "list[Load]") -> list[list[str]]:
    """Return the table of runs."""
    rows = [["workers", "requests/s", "p50 ms", "p95 ms", "CPU ms", "errors", "healthz ms: p50", "p95", "most"]]
    rows[0] += ["memory MiB", "growth", "ready s", "load average"]
    for load in loads:
        row = [str(load.workers), f"{load.requests_per_second:.1f}", f"{load.p50_ms:.0f}", f"{load.p95_ms:.0f}"]
        row += [f"{load.cpu_ms:.1f}", str(load.errors)]
        row += [f"{load.health_p50_ms:.1f}", f"{load.health_p95_ms:.1f}", f"{load.health_most_ms:.0f}"]
        row += [f"{load.memory_mb:.0f}", f"{load.growth:+.1%}", f"{load.ready_seconds:.2f}", f"{load.load_average:.1f}"]
        rows.append(row)
    return rows
