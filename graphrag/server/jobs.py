"""Changes of the documents: one after the other, each in a process of its own, so that answering goes on.

The state of a job is a file in a folder that all processes of a server share, so that each can tell it.
"""

import contextlib
import json
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from graphrag.server.problems import Problem

__all__ = ["Job", "Jobs", "read_job", "write_job"]

_MOST_WAITING = 50
_KEPT_SECONDS = 3600.0
_ID = re.compile(r"job-[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Job:
    """A change of documents, and how far it is."""

    id: str
    state: str = "queued"  # queued, running, done or failed
    stage: str = ""
    done: int = 0
    total: int | None = None
    detail: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed")


def read_job(folder: Path, identity: str) -> Job | None:
    """Return a job, or None where there is none of that id."""
    if not _ID.fullmatch(identity):
        return None
    try:
        return Job(**json.loads((folder / f"{identity}.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_job(folder: Path, job: Job) -> None:
    """Note how far a job is; whoever reads it sees the state before or this one."""
    path = folder / f"{job.id}.json"
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(json.dumps(asdict(job)), encoding="utf-8")
    beside.replace(path)


class Jobs:
    """The jobs that were given to one process of a server.

    Parameters
    ----------
    workspace : pathlib.Path
        The workspace that they change.
    folder : pathlib.Path
        Where their states are.
    after : callable
        Called after each job that changed the workspace, before it counts as done.
    """

    def __init__(self, workspace: Path, folder: Path, after: Callable[[], object]) -> None:
        self._workspace = workspace
        self.folder = folder
        self._after = after
        self._waiting: queue.Queue[Job | None] = queue.Queue()
        self._running: subprocess.Popen[str] | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def add(self, work: dict[str, Any]) -> Job:
        """Queue a change.

        Parameters
        ----------
        work : dict
            As :mod:`graphrag.server.job` reads it.

        Raises
        ------
        Problem
            503 where too many wait.
        """
        if self._stopped or self._waiting.qsize() >= _MOST_WAITING:
            raise Problem(503, "Too many changes wait already: try again later.", {"Retry-After": "10"})
        job = Job(f"job-{secrets.token_hex(12)}")
        self._work_file(job).write_text(json.dumps(work), encoding="utf-8")
        write_job(self.folder, job)
        self._waiting.put(job)
        return job

    def close(self) -> None:
        """Stop the job that runs, which leaves the workspace as it was, and those that wait."""
        self._stopped = True
        self._waiting.put(None)
        running = self._running
        if running is not None:
            running.terminate()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        """Run the jobs one after the other."""
        while (job := self._waiting.get()) is not None and not self._stopped:
            try:
                self._tidy()
                done = self._run(job)
            except OSError as error:
                done = replace(job, state="failed", detail=f"it could not be run: {error.strerror}")
            with contextlib.suppress(OSError):  # a full disk: the next job may be told
                write_job(self.folder, done)

    def _run(self, job: Job) -> Job:
        """Run a job in a process of its own, and return how it ended."""
        command = [sys.executable, "-m", "graphrag.server.job", str(self._workspace), str(self.folder), job.id]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
            self._running = process
            if self._stopped:
                process.terminate()
            said, _ = process.communicate()
            self._running = None
        self._work_file(job).unlink(missing_ok=True)
        now = read_job(self.folder, job.id) or job
        try:
            outcome = json.loads(said)
        except ValueError:
            return replace(now, state="failed", detail="it was stopped; the documents are as they were before")
        if outcome["state"] == "done":
            with contextlib.suppress(Exception):  # the holder looks again by itself, and logs what is wrong
                self._after()
        return replace(now, **outcome)

    def _work_file(self, job: Job) -> Path:
        """Return the file that says what a job is to do."""
        return self.folder / f"{job.id}.work"

    def _tidy(self) -> None:
        """Forget jobs that were over long ago."""
        for path in self.folder.glob("job-*.json"):
            if time.time() - path.stat().st_mtime > _KEPT_SECONDS:
                path.unlink(missing_ok=True)
