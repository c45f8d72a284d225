"""A server on a free port, started as a user starts it."""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from graphrag.client import Client, Unreachable

Start = Callable[..., str]


def starting(processes: list["subprocess.Popen[str]"]) -> Start:
    """Return what starts a server and returns its address."""

    def start(workspace: Path, *options: str) -> str:
        command = [sys.executable, "-m", "graphrag.cli", "serve", "-w", str(workspace), "--port", "0", *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("{") and "address" in (said := json.loads(line)):
                threading.Thread(target=drain, args=(process.stderr,)).start()
                return ready(str(said["address"]))
        raise AssertionError("the server ended")

    return start


def drain(log: IO[str]) -> None:
    """Read a log to its end: a full pipe would stop the server."""
    with log:
        for _ in log:
            pass


def ready(address: str) -> str:
    """Wait until a server answers: the address is known before that."""
    deadline = time.monotonic() + 60
    with Client(address) as client:
        while True:
            try:
                client.health()
                return address
            except Unreachable:
                assert time.monotonic() < deadline
                time.sleep(0.1)


def stop(processes: list["subprocess.Popen[str]"]) -> None:
    for process in processes:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def serve() -> Iterator[Start]:
    """Return what starts a server for one test."""
    processes: list[subprocess.Popen[str]] = []
    yield starting(processes)
    stop(processes)


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace that tests may change."""
    folder = tmp_path_factory.mktemp("client") / "workspace"
    shutil.copytree(sample_workspace, folder)
    return folder


@pytest.fixture(scope="module")
def address(workspace: Path) -> Iterator[str]:
    """Return the address of a server without keys."""
    processes: list[subprocess.Popen[str]] = []
    yield starting(processes)(workspace)
    stop(processes)
