"""What a build tells: its stages while it runs, and its report at the end."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphrag.protocols import Progress
from graphrag.stores.draft import Draft

__all__ = ["BuildReport", "Stages"]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made and what it cost."""

    documents: int
    chunks: int
    entities: int
    facts: int
    communities: int
    reports: int
    problems: tuple[tuple[str, str], ...]  # (place, message) for all input that could not be used as it was
    analysed: int  # chunks of different content that were extracted or embedded in this run
    reused: int  # chunks of different content whose analysis was there from an earlier run
    seconds: dict[str, float] = field(compare=False)  # stage -> seconds
    digest: str = ""
    usage: dict[str, dict[str, Any]] = field(default_factory=dict, compare=False)  # stage -> what an LLM was asked
    changed: bool = True  # False where the workspace held all this already, and was left alone
    added: int = 0  # documents that the build before did not have
    replaced: int = 0  # documents that it had with another content
    removed: int = 0  # documents that it had and this one has not
    new_problems: tuple[tuple[str, str], ...] = ()  # those that it did not list, or of what a change read by name


class Stages:
    """Names the stages of a build to whoever listens, to the journal and to the report."""

    def __init__(self, progress: Progress | None, draft: Draft) -> None:
        self._progress = progress
        self._draft = draft
        self._begun = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.now = ""
        self.note = ""

    @contextlib.contextmanager
    def __call__(self, name: str, total: int | None = None) -> Iterator[None]:
        """Run a block as the stage ``name`` of ``total`` units."""
        self.now, self.note = name, ""
        self._draft.journal(name)
        if self._progress is not None:
            self._progress.start(name, total)
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - started, 3)
            if self._progress is not None:
                self._progress.finish(self.note)

    def total(self) -> dict[str, float]:
        """Return the seconds of each stage and, as "total", those since the build began."""
        return {**self.seconds, "total": round(time.perf_counter() - self._begun, 3)}

    def advance(self, units: int = 1) -> None:
        """Tell that ``units`` more of the stage are done."""
        if self._progress is not None:
            self._progress.advance(units)
