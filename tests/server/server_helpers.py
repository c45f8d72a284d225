"""Servers for tests: in this process, and as a process of its own."""

import io
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from graphrag.server.app import create_app
from graphrag.server.observing import Log
from graphrag.server.settings import Settings


@dataclass
class Here:
    """A server in this process."""

    client: TestClient
    log: io.StringIO

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@contextmanager
def serving_here(workspace: Path, **settings: Any) -> Iterator[Here]:
    """Give a server of a workspace that runs in this process."""
    log = io.StringIO()
    app = create_app(Settings(workspace=str(workspace), **settings), Log(log))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield Here(client, log)


@dataclass
class Process:
    """A server that is a process of its own."""

    process: "subprocess.Popen[str]"
    url: str
    port: int
    lines: list[str] = field(default_factory=list)
    client: httpx.Client = field(default_factory=httpx.Client)


@contextmanager
def serving(*options: str) -> Iterator[Process]:
    """Give a server that ``graphrag serve`` started on a free port; it is ended with the block."""
    command = [sys.executable, "-m", "graphrag.cli", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stderr is not None
    lines: list[str] = []
    reading = threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True)
    try:
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r'"address": "(http://[^"]+:(\d+))"', line):
                break
        else:
            raise RuntimeError(f"the server did not start: {''.join(lines)}")
        reading.start()
        with httpx.Client(base_url=found[1], timeout=30, transport=httpx.HTTPTransport(retries=3)) as client:
            wait_until_ready(client)
            yield Process(process, found[1], int(found[2]), lines, client)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=60)
        if reading.ident is not None:
            reading.join(timeout=10)
        process.stderr.close()


def wait_until_ready(client: httpx.Client) -> None:
    """Wait until questions are answered."""
    for _ in range(600):
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the server did not become ready")


def events_of(text: str) -> list[tuple[str, Any]]:
    """Return the server-sent events of a response."""
    found = []
    for block in text.split("\n\n"):
        parts = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if "data" in parts:
            data = parts["data"]
            found.append((parts.get("event", "message"), data if data == "[DONE]" else json.loads(data)))
    return found


def done_job(client: Any, response: Any) -> dict[str, Any]:
    """Wait for the job of a response, and return its last state."""
    assert response.status_code == 202, response.text
    for _ in range(1200):
        job: dict[str, Any] = client.get(f"/v1/jobs/{response.json()['job']}").json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.05)
    raise RuntimeError(f"the job does not end: {job}")
