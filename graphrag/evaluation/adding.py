"""What adding a part of a corpus costs, against building all of it in the same run."""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrag.errors import GraphRAGError, InputError
from graphrag.stores.workspace import Workspace
from graphrag.types import Document

__all__ = ["Adding", "Step", "measure_adding"]

_SEED = 20241130  # the same documents in every run


@dataclass(frozen=True, slots=True)
class Step:
    """One command, with the start of Python and all worker processes."""

    documents: int
    seconds: float
    processor_seconds: float
    clustering_seconds: float  # of the build, which finds communities anew


@dataclass(frozen=True, slots=True)
class Adding:
    """What was measured: building all documents, adding a part of them to the others, and adding one more."""

    whole: Step
    part: Step
    one: Step

    @property
    def share(self) -> float:
        """The time of adding the part, but for a clustering, over that of the whole build."""
        return (self.part.seconds - self.part.clustering_seconds) / self.whole.seconds

    @property
    def processor_share(self) -> float:
        """The same by processor time; a clustering runs on one core."""
        return (self.part.processor_seconds - self.part.clustering_seconds) / self.whole.processor_seconds


def measure_adding(workspace: Path, share: float, say: Callable[[str], None]) -> Adding:
    """Build the documents of a workspace anew, and add a part of them to the others, in temporary folders.

    Parameters
    ----------
    workspace : pathlib.Path
        Its documents and its recipe are taken; nothing of it changes.
    share : float
        Which part is added, chosen at random.
    say : callable
        Hears what is done.

    Raises
    ------
    InputError
        There are too few documents for a part of that size and one more.
    GraphRAGError
        A command failed.
    """
    with Workspace.open(workspace) as store:
        documents = list(store.documents())
        recipe = store.meta("recipe")
    count = round(share * len(documents))
    if not 1 <= count < len(documents) - 1:
        raise InputError(
            f"{len(documents):,} documents cannot be divided at {share:.1%}: take another workspace or share."
        )
    random.Random(_SEED).shuffle(documents)
    with tempfile.TemporaryDirectory(prefix="graphrag-adding-") as temporary:
        folder = Path(temporary)
        (folder / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
        files = {"one": documents[:1], "part": documents[1 : count + 1], "rest": documents[count + 1 :]}
        files["whole"] = documents[1:]
        for name, some in files.items():
            _write(folder / f"{name}.jsonl", some)
        steps = {}
        for name, command, target in (
            ("rest", "build", "grown"),
            ("part", "add", "grown"),
            ("one", "add", "grown"),
            ("whole", "build", "anew"),
        ):
            say(f"{command} {len(files[name]):,} documents …")
            steps[name] = _run(folder, command, name, target, len(files[name]))
    return Adding(steps["whole"], steps["part"], steps["one"])


def _write(path: Path, documents: Sequence[Document]) -> None:
    """Write documents as rows."""
    with path.open("w", encoding="utf-8", errors="surrogatepass") as file:
        for document in documents:
            row = {**document.metadata, "id": document.id, "title": document.title, "text": document.text}
            file.write(json.dumps(row) + "\n")


def _run(folder: Path, command: str, source: str, target: str, count: int) -> Step:
    """Run a command by itself."""
    arguments = [command, str(folder / f"{source}.jsonl"), "-w", str(folder / target), "--json"]
    if command == "build":
        arguments += ["--recipe", str(folder / "recipe.yaml")]
    before, start = _processor_seconds(), time.perf_counter()
    done = subprocess.run(  # noqa: S603 - this interpreter and own words, no shell
        [sys.executable, "-m", "graphrag.cli", *arguments], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise GraphRAGError(f"graphrag {command} failed: {done.stderr.strip().splitlines()[-1:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return Step(count, seconds, _processor_seconds() - before, float(report["seconds"]["communities"]))


def _processor_seconds() -> float:
    """Return the processor time of all child processes that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
