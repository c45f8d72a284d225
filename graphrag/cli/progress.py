"""How far a run is, on stderr: a bar for a terminal, one line a stage for a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

__all__ = ["StageProgress", "stage_progress"]


@contextmanager
def stage_progress() -> "Iterator[StageProgress]":
    """Give a progress that draws on stderr until the block ends."""
    if not sys.stderr.isatty():
        yield StageProgress(None)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<26}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=5) as bars:
        yield StageProgress(bars)


class StageProgress:
    """The protocol :class:`graphrag.protocols.Progress`, drawn by rich or told line by line."""

    def __init__(self, bars: "RichProgress | None") -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._stage = ""
        self._total: int | None = None
        self._done = 0
        self._began = 0.0

    def start(self, stage: str, total: int | None) -> None:
        """Begin a stage."""
        self._stage, self._total, self._done, self._began = stage, total, 0, time.perf_counter()
        if self._bars is not None:
            self._task = self._bars.add_task(stage, total=total, note="")

    def advance(self, units: int = 1) -> None:
        """Count units of the stage."""
        self._done += units
        if self._bars is not None and self._task is not None:
            self._bars.advance(self._task, units)

    def finish(self, note: str = "") -> None:
        """End the stage."""
        if self._bars is None:
            seconds = time.perf_counter() - self._began
            click.echo(f"{self._stage:<26}  {seconds:7.1f} s  {note}".rstrip(), err=True)
        elif self._task is not None:
            done = self._total if self._total is not None else self._done
            self._bars.update(self._task, total=max(done, 1), completed=max(done, 1), note=note)
