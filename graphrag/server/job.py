"""The process that makes one change of the documents: ``python -m graphrag.server.job WORKSPACE FOLDER JOB``.

It tells how far it is in the job's file, and how it ended on stdout.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphrag.engine import GraphRAG
from graphrag.errors import GraphRAGError, InputError, WorkspaceLocked
from graphrag.rights.groups import groups_of, may_change
from graphrag.server.jobs import Job, read_job, write_job
from graphrag.types import Document, DocumentId

__all__ = ["main"]

_WRITE_SECONDS = 0.2
_PATIENCE_SECONDS = 900.0  # for another process that builds
_NICE = 5  # answering goes first


class _FileProgress:
    """Notes in the job's file how far the build is; ``counts`` says whether also how much the workspace holds."""

    def __init__(self, folder: Path, job: Job, *, counts: bool) -> None:
        self._folder = folder
        self._job = job
        self._counts = counts
        self._written = 0.0

    def start(self, stage: str, total: int | None) -> None:
        """Note that a stage begins."""
        self._job = replace(self._job, state="running", stage=stage, done=0, total=total)
        self._write()

    def advance(self, units: int = 1) -> None:
        """Note progress, a few times a second at most."""
        self._job = replace(self._job, done=self._job.done + units)
        if time.monotonic() - self._written > _WRITE_SECONDS:
            self._write()

    def finish(self, note: str = "") -> None:
        """Note that a stage is over."""
        self._job = replace(self._job, detail=note if self._counts else "")
        self._write()

    def _write(self) -> None:
        write_job(self._folder, self._job)
        self._written = time.monotonic()


def main(workspace: str, folder: str, identity: str) -> None:
    """Make the change of a job."""
    os.nice(_NICE)
    place = Path(folder)
    job = read_job(place, identity) or Job(identity)
    work: dict[str, Any] = json.loads((place / f"{identity}.work").read_text(encoding="utf-8"))
    sees_all = work.get("groups") is None  # to others, what the whole workspace holds says what is hidden from them
    try:
        said = _change(Path(workspace), work, _FileProgress(place, job, counts=sees_all))
        outcome = {"state": "done", "detail": said if sees_all else ""}
    except (GraphRAGError, KeyboardInterrupt) as error:  # the second where the server ends
        outcome = {"state": "failed", "detail": str(error)}
    sys.stdout.write(json.dumps(outcome))


def _change(workspace: Path, work: dict[str, Any], progress: _FileProgress) -> str:
    """Add or remove documents, and return a sentence about the result."""
    with _opened(workspace) as rag:
        if "remove" in work:
            _check_rights(rag, work, dict.fromkeys(work["remove"]))
            report = rag.remove(work["remove"], progress=progress)
        else:
            documents = [
                Document(DocumentId(d["id"]), d["title"], d["text"], d["source"], d["metadata"]) for d in work["add"]
            ]
            _check_rights(rag, work, {d.id: d for d in documents})
            report = rag.add(documents, progress=progress)
    said = f"{report.documents} documents, {report.entities} entities, {report.facts} facts"
    problems = "; ".join(f"{place}: {message}" for place, message in report.new_problems[:5])
    return f"{said}; problems: {problems}" if problems else said


def _opened(workspace: Path) -> GraphRAG:
    """Open the workspace for writing, waiting for another process that does."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return GraphRAG.create(workspace)
        except WorkspaceLocked:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _check_rights(rag: GraphRAG, work: dict[str, Any], documents: dict[str, Document | None]) -> None:
    """Refuse a change that the groups of the key do not allow; the first look was before the job waited."""
    writer = work.get("groups")
    for identity, document in documents.items():
        old = rag.store.document(identity)
        before = None if old is None else groups_of(old.metadata)
        after = None if document is None else groups_of(document.metadata)
        if writer is not None and not may_change(writer, before, after):
            raise InputError(f"The groups of this key do not allow the change of {identity!r}: nothing was changed.")


if __name__ == "__main__":
    main(*sys.argv[1:])
