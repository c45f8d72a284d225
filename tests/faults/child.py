# ruff: noqa: E402, T201 - the checkout goes onto the path first; it talks to its parent on standard output
"""A build in a process of its own, that can be killed, with the faults that a test asks for.

Usage: child.py FOLDER JSON.  It says "stage NAME SECONDS" when a stage begins, "advanced N" after every batch that is
kept, and at the end one line of JSON.
"""

import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "parts")]

import light_parts

from graphrag.building import build
from graphrag.config import BuildSettings
from graphrag.errors import GraphRAGError
from graphrag.registry import Part
from graphrag.stores import analyses, draft
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId


class Speaker:
    """A progress that tells the parent process, and kills this one where it is asked to."""

    def __init__(self, kill_at: str) -> None:
        self._stage, _, count = kill_at.partition("+")  # "resolving", or "extracting and embedding+3"
        self._left = int(count or 0)
        self._now = ""

    def start(self, stage: str, total: int | None) -> None:
        print("stage", stage, time.monotonic(), flush=True)
        self._now = stage
        if stage == self._stage and self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def advance(self, units: int = 1) -> None:
        if self._now == "extracting and embedding":
            print("advanced", units, flush=True)
        if self._now == self._stage and self._left:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def finish(self, note: str = "") -> None:
        pass


def kill_around(name: str, *, after: bool) -> None:
    """Kill this process just before or after a step of the commit."""
    module = analyses if name == "store_reports" else draft
    step: Callable[..., Any] = getattr(module, name)

    def dying(*args: Any, **options: Any) -> Any:
        if after:
            step(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, dying)


def fail_at(count: int) -> None:
    """Let the ``count``-th call of fsync by the program fail."""
    real = os.fsync
    left = [count]

    def failing(file: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(5, "Input/output error")
        real(file)

    os.fsync = failing


def documents(wish: dict[str, Any]) -> list[Document]:
    """Return the corpus that the test asks for."""
    if wish.get("real"):
        rows = json.loads((ROOT / "data/samples/2wiki/corpus.json").read_text(encoding="utf-8"))
        return [Document(DocumentId(row["id"]), row["title"], row["text"]) for row in rows][: wish.get("first")]
    corpus = light_parts.corpus(wish["size"])
    if "shuffle" in wish:
        random.Random(wish["shuffle"]).shuffle(corpus)
    return corpus[: wish.get("first")]


def run(folder: Path, wish: dict[str, Any]) -> int:
    """Build, and say how it went."""
    if "step" in wish:
        kill_around(wish["step"], after=wish["after"])
    if "fsync" in wish:
        fail_at(wish["fsync"])
    corpus = documents(wish)
    real = wish.get("real")
    extractor = Part("extractor", "spacy") if real else Part("extractor", "light", {"delay": wish.get("delay", 0.0)})
    embedder = Part("embedder", "onnx" if real else "light")
    try:
        with Workspace.create(folder) as workspace:
            if "file_size" in wish:
                resource.setrlimit(resource.RLIMIT_FSIZE, (wish["file_size"], wish["file_size"]))
            print("ready", flush=True)
            report = build(
                corpus,
                workspace,
                extractor=extractor,
                embedder=embedder,
                settings=BuildSettings(),
                progress=Speaker(wish.get("kill_at", "")),
                workers=wish.get("workers", 1),
            )
    except GraphRAGError as error:
        print(json.dumps({"error": type(error).__name__, "message": str(error)}), flush=True)
        return error.exit_code
    except KeyboardInterrupt as stop:
        print(json.dumps({"error": "KeyboardInterrupt", "message": str(stop)}), flush=True)
        return 130
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # MB
    result = {"digest": report.digest, "analysed": report.analysed, "reused": report.reused, "peak": peak}
    result["ended"] = time.monotonic()
    print(json.dumps(result), flush=True)
    return 0


if __name__ == "__main__":
    # A shell lets what it runs in the background ignore Ctrl-C; the tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(run(Path(sys.argv[1]), json.loads(sys.argv[2])))
