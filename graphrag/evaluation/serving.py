"""What a running server does under load: requests a second, latencies, errors, memory, and how long it takes to start.

The clients are plain sockets in one event loop, so that they cost the machine little beside the server they measure.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from graphrag.errors import GraphRAGError

__all__ = ["TARGETS", "Load", "measure", "misses"]

_HEALTH_SECONDS = 0.25  # between two looks at /healthz
_START_SECONDS = 60.0
_PROC = Path("/proc")

TARGETS = {
    "requests_per_second": (60.0, "at least"),
    "p95_ms": (400.0, "at most"),
    "errors": (0.0, "at most"),
    "health_p95_ms": (50.0, "at most"),
    "growth": (0.05, "at most"),
    "ready_seconds": (3.0, "at most"),
}
"""What a server of the 2Wiki workspace is to reach on two cores with 16 clients."""


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured."""

    workers: int
    threads: int
    clients: int
    seconds: float
    requests: int
    requests_per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float  # processor time of the server for one request
    errors: int
    health_p50_ms: float
    health_p95_ms: float
    health_most_ms: float
    memory_mb: float  # of all processes, at the end; what they share counts once
    growth: float  # of the memory in the second half
    ready_seconds: float  # from the start of the process to the first /readyz that says so
    load_average: float  # of the machine over the last minute, at the end


@dataclass(slots=True)
class _Seen:
    """What the clients have seen so far."""

    seconds: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    errors: int = 0


def measure(
    workspace: Path,
    questions: Sequence[str],
    memory: Callable[[int], float | None],
    *,
    clients: int = 16,
    seconds: float = 60.0,
    workers: int = 1,
    threads: int = 2,
) -> Load:
    """Serve a workspace, search it with several clients at a time, and stop the server.

    Parameters
    ----------
    workspace : pathlib.Path
        A workspace.
    questions : sequence of str
        Asked over and over, each client from another one on.
    memory : callable
        Returns the memory of a process and those it has started, in MiB.
    clients : int
        Clients; each asks its next question when the one before is answered.
    seconds : float
        How long.
    workers, threads : int
        Processes of the server, and threads of each.

    Raises
    ------
    GraphRAGError
        The server does not start.
    """
    started = time.perf_counter()
    with _server(workspace, workers, threads) as (pid, port):
        return asyncio.run(_measured(pid, port, questions, memory, clients, seconds, (workers, threads), started))


def misses(load: Load) -> list[str]:
    """Return the names of the targets that were missed."""
    return [
        name
        for name, (bound, side) in TARGETS.items()
        if (getattr(load, name) < bound if side == "at least" else getattr(load, name) > bound)
    ]


@contextmanager
def _server(workspace: Path, workers: int, threads: int) -> Iterator[tuple[int, int]]:
    """Start a server on a free port, and stop it at the end."""
    command = [sys.executable, "-m", "graphrag.cli", "serve", "-w", str(workspace), "--port", "0"]
    command += ["--workers", str(workers), "--threads", str(threads)]
    with (
        tempfile.NamedTemporaryFile() as log,
        subprocess.Popen(command, stderr=log) as process,  # noqa: S603 - our own program
    ):
        try:
            yield process.pid, _port_of(process, Path(log.name))
        finally:
            process.terminate()


def _port_of(process: subprocess.Popen[bytes], log: Path) -> int:
    """Return the port that a server says it listens at."""
    while True:
        over = process.poll() is not None
        said = log.read_text(encoding="utf-8")
        for line in said.splitlines(keepends=True):
            if '"listening"' in line and line.endswith("\n"):
                return int(json.loads(line)["address"].rpartition(":")[2])
        if over:
            raise GraphRAGError(f"The server did not start: {said.strip() or 'it said nothing'}")
        time.sleep(0.02)


async def _measured(
    pid: int,
    port: int,
    questions: Sequence[str],
    memory: Callable[[int], float | None],
    clients: int,
    seconds: float,
    shape: tuple[int, int],
    started: float,
) -> Load:
    """Wait until the server is ready, let the clients ask, and sum up."""
    ready = await _ready_seconds(port, started)
    bodies = [json.dumps({"question": question}).encode() for question in questions]
    seen, end, before = _Seen(), time.perf_counter() + seconds, _cpu_seconds(pid)
    work = [_ask(port, bodies, number * len(bodies) // clients, end, seen) for number in range(clients)]
    work.append(_look(port, end, seen))
    halfway = asyncio.create_task(_memory_at(end - seconds / 2, pid, memory))
    await asyncio.gather(*work)
    after, used = memory(pid) or 0.0, _cpu_seconds(pid) - before
    half = await halfway
    laps, health = np.array(seen.seconds or [0.0]) * 1000, np.array(seen.health or [0.0]) * 1000
    return Load(
        workers=shape[0],
        threads=shape[1],
        clients=clients,
        seconds=seconds,
        requests=len(seen.seconds),
        requests_per_second=len(seen.seconds) / seconds,
        p50_ms=float(np.percentile(laps, 50)),
        p95_ms=float(np.percentile(laps, 95)),
        cpu_ms=used * 1000 / max(len(seen.seconds), 1),
        errors=seen.errors,
        health_p50_ms=float(np.percentile(health, 50)),
        health_p95_ms=float(np.percentile(health, 95)),
        health_most_ms=float(health.max()),
        memory_mb=after,
        growth=after / half - 1.0 if half else 0.0,
        ready_seconds=ready,
        load_average=os.getloadavg()[0],
    )


async def _ready_seconds(port: int, started: float) -> float:
    """Wait until a server is ready; return how long that took from its start."""
    while (await _once(port, "/readyz"))[0] != 200:
        if time.perf_counter() - started > _START_SECONDS:
            raise GraphRAGError("The server did not become ready within a minute.")
        await asyncio.sleep(0.02)
    return time.perf_counter() - started


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its children, 0 where the system does not tell."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
        children = [child for task in (_PROC / str(pid) / "task").iterdir() for child in _children(task)]
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") + sum(_cpu_seconds(child) for child in children)


def _children(task: Path) -> list[int]:
    """Return the processes that a thread has started."""
    try:
        return [int(child) for child in (task / "children").read_text().split()]
    except OSError:  # it has ended meanwhile
        return []


async def _memory_at(moment: float, pid: int, memory: Callable[[int], float | None]) -> float:
    """Return the memory of a process at a moment."""
    await asyncio.sleep(max(0.0, moment - time.perf_counter()))
    return memory(pid) or 0.0


async def _ask(port: int, bodies: Sequence[bytes], first: int, end: float, seen: _Seen) -> None:
    """Ask one question after the other over one connection; one that fails is an error, and opens another."""
    head = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    places = count(first)
    while time.perf_counter() < end:
        try:
            async with _connection(port) as (reader, writer):
                while (start := time.perf_counter()) < end:
                    body = bodies[next(places) % len(bodies)]
                    writer.write(head + str(len(body)).encode() + b"\r\n\r\n" + body)
                    status = await _status(reader)
                    if status == 200:
                        seen.seconds.append(time.perf_counter() - start)
                    else:
                        seen.errors += 1
        except (OSError, EOFError, ValueError):
            seen.errors += 1
            await asyncio.sleep(0.05)


async def _look(port: int, end: float, seen: _Seen) -> None:
    """Look at the server's health again and again."""
    while time.perf_counter() < end:
        status, seconds = await _once(port, "/healthz")
        if status == 200:
            seen.health.append(seconds)
        else:
            seen.errors += 1
        await asyncio.sleep(_HEALTH_SECONDS)


async def _once(port: int, path: str) -> tuple[int, float]:
    """Return the status of one request over its own connection, 0 where nobody answers, and how long it took."""
    start = time.perf_counter()
    try:
        async with _connection(port) as (reader, writer):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return await _status(reader), time.perf_counter() - start
    except (OSError, EOFError, ValueError):
        return 0, time.perf_counter() - start


@asynccontextmanager
async def _connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection, and close it at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    """Read a whole response, and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(maxsplit=2)[1])
