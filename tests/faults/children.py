"""Builds in processes of their own, seen from the tests that kill, stop and starve them."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from graphrag.stores.workspace import Workspace

__all__ = ["PATIENCE", "SIZE", "Child", "Forked", "Nursery", "assert_gone", "build", "digest_of"]

HERE = Path(__file__).parent
SIZE = 192  # documents: enough for two workers
PATIENCE = 600.0  # seconds after which something hangs, also on a machine that does much else


class Child:
    """A build in a process of its own, from the start of Python on."""

    def __init__(self, folder: Path, *, hash_seed: str = "random", **wish: Any) -> None:
        command = [sys.executable, str(HERE / "child.py"), str(folder), json.dumps({"size": SIZE, **wish})]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )

    def wait_for(self, line: str, count: int = 1) -> None:
        """Wait until the child has said a line so often."""
        assert self.process.stdout is not None
        for said in self.process.stdout:
            count -= said.startswith(line)
            if count == 0:
                return
        raise AssertionError(f"the child ended before it said {line!r}")

    def end(self) -> tuple[int, list[str]]:
        """Wait for the end; return the exit code and the remaining lines."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode < 0 or "Traceback" not in err, err
        return self.process.returncode, out.splitlines()

    def workers(self) -> list[int]:
        """Return the ids of the child's own processes."""
        return kids_of(self.process.pid)


class Nursery:
    """A process that has all of a build imported, and forks builds; see nursery.py.

    Parameters
    ----------
    wish
        What all builds have in common, see child.py.
    """

    def __init__(self, **wish: Any) -> None:
        self._wish = {"size": SIZE, **wish}
        self._link, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, str(HERE / "nursery.py"), str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=(theirs.fileno(),))
        self._link.settimeout(PATIENCE)

    def fork(self, folder: Path, **wish: Any) -> "Forked":
        """Start a build; one at a time."""
        read, write = os.pipe()
        errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (its reader closes it)
        request = json.dumps([str(folder), {**self._wish, **wish}]).encode()
        socket.send_fds(self._link, [request], [write, errors.fileno()])
        os.close(write)
        return Forked(self._link, int(self._link.recv(64)), os.fdopen(read), errors)

    def build(self, folder: Path, **wish: Any) -> tuple[dict[str, Any], dict[str, float]]:
        """Run a build to its end; return what it reports, and when each stage began."""
        child = self.fork(folder, **wish)
        lines = child.out.read().splitlines()
        code = child.end()
        result: dict[str, Any] = json.loads(lines[-1])
        assert code == 0, result
        return result, dict(stage_of(line) for line in lines if line.startswith("stage "))

    def close(self) -> None:
        """End the process."""
        self._link.close()
        self._process.wait(PATIENCE)


class Forked:
    """A build in a process that a nursery forked, the first of a process group of its own."""

    def __init__(self, link: socket.socket, pid: int, out: IO[str], errors: IO[str]) -> None:
        self._link, self.pid, self.out, self._errors = link, pid, out, errors

    def wait_for_stage(self, wanted: str) -> bool:
        """Wait until a stage begins; false where the build ends without it."""
        return any(line.startswith("stage ") and stage_of(line)[0] == wanted for line in self.out)

    def workers(self) -> list[int]:
        """Return the ids of the child's own processes."""
        return kids_of(self.pid)

    def kill(self, *, group: bool) -> None:
        """Kill the build, or it and all its workers at once.  It keeps its id until :meth:`end`."""
        (os.killpg if group else os.kill)(self.pid, signal.SIGKILL)

    def end(self) -> int:
        """Wait for the end; return the exit code."""
        self._link.send(b"wait")
        code = int(self._link.recv(64))
        with self.out, self._errors:
            self._errors.seek(0)
            said = self._errors.read()
        assert code < 0 or "Traceback" not in said, said
        return code


def stage_of(line: str) -> tuple[str, float]:
    """Return the name of a stage and when it began, from what a child said."""
    name, _, began = line.removeprefix("stage ").rpartition(" ")
    return name, float(began)


def kids_of(process: int) -> list[int]:
    """Return the ids of a process's own processes; none where it has ended."""
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        return [int(kid) for task in tasks for kid in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def build(folder: Path, **wish: Any) -> dict[str, Any]:
    """Run a build to its end and return what it reports."""
    code, lines = Child(folder, **wish).end()
    result: dict[str, Any] = json.loads(lines[-1])
    assert code == 0, result
    return result


def digest_of(folder: Path) -> str:
    """Return the digest of a workspace that must be sound."""
    with Workspace.open(folder) as workspace:
        assert workspace.verify() == []
        return workspace.digest()


def assert_gone(processes: list[int]) -> None:
    """Wait until processes have ended by themselves."""
    end = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < end, "a worker outlived its build"
        time.sleep(0.02)
