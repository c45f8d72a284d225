"""``graphrag bench workers``: what a second process is worth, and what it can be worth on this machine."""

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphrag.cli import output
from graphrag.cli.bare import bare_seconds
from graphrag.cli.options import json_option, workers_option, workspace_option
from graphrag.errors import InputError

if TYPE_CHECKING:
    from graphrag.config import BuildSettings
    from graphrag.pool import Task
    from graphrag.types import Chunk

__all__ = ["bench_workers"]

_BATCH = 32  # chunks a task, as a build has them


@click.command("workers", short_help="Compare several worker processes with one.")
@workspace_option(text="A finished workspace: its passages are analysed again, and nothing of it changes.")
@click.option("--passages", type=click.IntRange(min=_BATCH), default=3000, show_default=True, help="At most so many.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Medians of so many are told.")
@workers_option
@json_option
def bench_workers(workspace: Path, passages: int, rounds: int, workers: int | None, as_json: bool) -> None:
    """Extract and embed with one worker process and with several (default: one for each core), in turn.

    bare is the same for nothing but spaCy and the embedder, in processes that share nothing: the most that this
    machine gives. Where the bare ratio is below the number of processes, the cores share something, as hyperthreads do.
    Starting processes and loading models is not counted.
    """
    from graphrag.cores import cores
    from graphrag.engine import GraphRAG

    count = workers or cores()
    if count < 2:
        raise InputError("there is only one core: name a number of processes with --workers")
    with GraphRAG.open(workspace) as rag:
        recipe, chunks = rag.recipe, list(rag.store.chunks())[:passages]
    measured: dict[str, dict[int, list[float]]] = {name: {1: [], count: []} for name in ("workers", "bare")}
    for number in range(rounds):
        for processes in (1, count):
            click.echo(f"round {number + 1} of {rounds}, {processes} processes …", err=True)
            measured["workers"][processes].append(len(chunks) / _seconds(recipe.build, _tasks(chunks), processes))
            bare = bare_seconds(workspace, recipe, processes, passages)
            if bare:
                measured["bare"][processes].append(len(chunks) / bare)
    _show(measured, count, len(chunks), as_json)


def _tasks(chunks: "list[Chunk]") -> "list[Task]":
    """Return the passages in tasks as a build has them."""
    from graphrag.pool import Task

    return [Task(tuple(chunks[i : i + _BATCH]), True, True) for i in range(0, len(chunks), _BATCH)]


def _seconds(settings: "BuildSettings", tasks: "list[Task]", processes: int) -> float:
    """Return how long worker processes take for the tasks once all of them are ready."""
    from graphrag.pool import Pool

    pool = Pool(settings.extraction.part("extractor"), settings.embedding.part("embedder"), processes)
    start = time.perf_counter()
    for _ in pool.analyse(tasks):
        pass
    return time.perf_counter() - start


def _show(measured: dict[str, dict[int, list[float]]], count: int, passages: int, as_json: bool) -> None:
    """Write passages a second, and the ratio of several processes to one."""
    report: dict[str, dict[str, float]] = {}
    for name, speeds in measured.items():
        if speeds[1]:
            one, several = (statistics.median(speeds[processes]) for processes in (1, count))
            report[name] = {"one": round(one, 1), "several": round(several, 1), "ratio": round(several / one, 3)}
    if as_json:
        output.print_json({"processes": count, "passages": passages, **report})
        return
    rows = [["passages a second", "1 process", f"{count} processes", "ratio"]]
    rows += [[name, f"{r['one']:,.1f}", f"{r['several']:,.1f}", f"{r['ratio']:.2f}"] for name, r in report.items()]
    output.print_table(rows)
