"""Extracting and embedding what no build has analysed yet, in this process or in several."""

import contextlib
from collections.abc import Iterator, Sequence
from itertools import groupby, islice

from graphrag.building.report import Stages
from graphrag.cores import cores
from graphrag.errors import GraphRAGError
from graphrag.pool import Analyser, Local, Makers, Pool, Task
from graphrag.stores.draft import Draft, Missing

__all__ = ["EXECUTORS", "analyse", "runs_here"]

EXECUTORS = ("processes", "ray")

# Chunks a task: large enough that pipes and commits cost nothing, small enough that a kill loses under a second.
_BATCH = 32
# Below this many chunks a worker would spend longer loading its models than working.
_WORTH_A_WORKER = 75


def analyse(
    draft: Draft, local: Local, workers: int | None, contents: int, stage: Stages, executor: str = "processes"
) -> tuple[Makers, int]:
    """Extract and embed what is not known yet; return who did it and how many chunks of different content it was."""
    with _analyser(draft, local, workers, executor) as analyser:
        makers = analyser.makers
        missing = draft.missing(makers.extractor, makers.embedder)
        analysing = contextlib.closing(analyser.analyse(_tasks(draft, missing)))
        with stage("extracting and embedding", len(missing)), analysing as batches:
            for results in batches:
                draft.keep(makers.extractor, makers.embedder, results)
                stage.advance(len(results))
            stage.note = f"{len(missing):,} passages, {contents - len(missing):,} known from before"
    return makers, len(missing)


def runs_here(todo: int, workers: int | None, executor: str) -> bool:
    """Tell whether so many chunks are analysed in this process, not by a pool of workers or a cluster."""
    return not (executor == "ray" and todo) and _useful_workers(todo, workers) == 1


@contextlib.contextmanager
def _analyser(draft: Draft, local: Local, workers: int | None, executor: str) -> Iterator[Analyser]:
    """Return what analyses chunks: this process where there is little to do, else a pool of workers or a cluster."""
    if executor not in EXECUTORS:
        raise GraphRAGError(f"There is no executor {executor!r}: use one of {', '.join(EXECUTORS)}.")
    todo = len(draft.missing(local.makers.extractor, local.makers.embedder))
    analyser: Analyser = local
    if not runs_here(todo, workers, executor):
        if executor == "ray":
            from graphrag.cluster import Cluster

            analyser = Cluster(local.extractor, local.embedder, workers)
        else:
            analyser = Pool(local.extractor, local.embedder, _useful_workers(todo, workers))
    try:
        yield analyser
    finally:
        analyser.close()


def _useful_workers(todo: int, workers: int | None) -> int:
    """Return how many processes are worth their start."""
    if workers is not None and workers < 1:
        raise GraphRAGError(f"workers = {workers} is wrong: use 1 or more.")
    return max(1, min(workers or cores(), todo // _WORTH_A_WORKER))


def _tasks(draft: Draft, missing: Sequence[Missing]) -> Iterator[Task]:
    """Yield tasks of chunks that lack the same things."""
    for (extraction, vectors), group in groupby(
        sorted(missing, key=lambda m: (m.extraction, m.vectors, m.row)), key=lambda m: (m.extraction, m.vectors)
    ):
        while rows := [entry.row for entry in islice(group, _BATCH)]:
            yield Task(tuple(draft.chunks(rows)), extraction, vectors)
