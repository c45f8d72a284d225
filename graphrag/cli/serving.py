"""``graphrag serve``: answer over HTTP."""

from pathlib import Path

import click

from graphrag.cli.database import Place, place_options

__all__ = ["serve"]


@click.command(short_help="Answer questions over HTTP, and offer a page to ask on.")
@place_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any that is free.")
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GRAPHRAG_KEYS",
    show_envvar=True,
    help="The file of keys (graphrag keys add); needed for an address that other machines reach.",
)
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name by which the server is called.")
@click.option(
    "--allow-origin", "origins", multiple=True, metavar="ORIGIN", help="A web page's origin that may call it (CORS)."
)
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
            neo4j=place.uri,
            graph=place.graph,
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
