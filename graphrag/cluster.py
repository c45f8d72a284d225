"""Analysing chunks on a Ray cluster: the only module that knows Ray.

Tasks travel as JSON and results as bytes, as they do to the worker processes of :mod:`graphrag.pool`.  Every machine of
the cluster needs this program, the same models, and the plug-ins that a recipe names.
"""

import contextlib
import json
import os
import warnings
from collections.abc import Generator, Iterable
from typing import Any

from graphrag.cores import cores
from graphrag.errors import GraphRAGError, MissingExtra
from graphrag.pool import ONE_THREAD, Analysed, Local, Makers, Task, decode_task, encode_task
from graphrag.registry import Part

__all__ = ["Cluster"]

_AHEAD = 2  # tasks that wait at each worker, so that none is idle while results travel


class Cluster:
    """Analyses on the Ray cluster that ``RAY_ADDRESS`` names, or on one that is started on this machine.

    Parameters
    ----------
    extractor, embedder : Part
        Made once in each worker.
    workers : int, optional
        Number of workers; by default one for each processor core of the cluster.

    Raises
    ------
    MissingExtra
        Ray is not installed.
    GraphRAGError
        The cluster cannot be reached, or a part cannot be made there.
    """

    def __init__(self, extractor: Part, embedder: Part, workers: int | None = None) -> None:
        self._ray = ray = _ray()
        self._mine = not ray.is_initialized()
        self._actors: list[Any] = []
        parts = json.dumps([[part.slot, part.name, dict(part.options)] for part in (extractor, embedder)])
        try:
            if self._mine:
                _start(ray, workers)
            count = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            worker = ray.remote(num_cpus=1, max_restarts=0)(_Worker)
            self._actors = [worker.remote(parts) for _ in range(count)]
            makers = [self._get(actor.makers.remote(), "starting") for actor in self._actors]
            self.makers = Makers(**json.loads(max(makers)))
        except BaseException:
            self.close()
            raise

    def analyse(self, tasks: Iterable[Task]) -> Generator[list[Analysed], None, None]:
        """Yield the result of each task as it is ready; a bounded number of tasks is under way.

        Raises
        ------
        GraphRAGError
            A worker died, or a part refused a task.
        """
        pending: dict[Any, tuple[Task, Any]] = {}
        idle = [actor for _ in range(_AHEAD) for actor in self._actors]
        for task in tasks:
            if not idle:
                yield self._next(pending, idle)
            actor = idle.pop()
            pending[actor.run.remote(encode_task(task))] = task, actor
        while pending:
            yield self._next(pending, idle)

    def _next(self, pending: dict[Any, tuple[Task, Any]], idle: list[Any]) -> list[Analysed]:
        """Wait for a task, and return its result."""
        (done,), _ = self._ray.wait(list(pending), num_returns=1)
        task, actor = pending.pop(done)
        first, last = task.chunks[0].document_id, task.chunks[-1].document_id
        doing = f"analysing {len(task.chunks)} passages of the documents {first!r} to {last!r}"
        bodies = self._get(done, doing)
        idle.append(actor)
        return [Analysed(chunk.digest, *pair) for chunk, pair in zip(task.chunks, bodies, strict=True)]

    def _get(self, reference: Any, doing: str) -> Any:
        """Return what a worker gave, or raise what it raised."""
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            if isinstance(error.cause, GraphRAGError):
                raise error.cause from None
            raise
        except errors.RayError as error:
            raise GraphRAGError(
                f"A worker of the Ray cluster was lost while {doing} ({type(error).__name__}): what was done before is "
                "kept; run the same command again, with fewer workers if memory is short."
            ) from error

    def close(self) -> None:
        """Stop all workers, and the cluster where this process started it."""
        for actor in self._actors:
            with contextlib.suppress(Exception):
                self._ray.kill(actor)
        self._actors = []
        if self._mine and self._ray.is_initialized():
            self._ray.shutdown()


class _Worker:
    """What runs on the cluster."""

    def __init__(self, parts: str) -> None:
        extractor, embedder = (Part(slot, name, options) for slot, name, options in json.loads(parts))
        self._local = Local(extractor, embedder)

    def makers(self) -> str:
        """Return the fingerprints as JSON."""
        makers = self._local.makers
        names = {"extractor": makers.extractor, "embedder": makers.embedder, "dimensions": makers.dimensions}
        return json.dumps(names, sort_keys=True)

    def run(self, request: bytes) -> list[tuple[bytes | None, bytes | None]]:
        """Do a task."""
        return [(result.extraction, result.vectors) for result in self._local.run(decode_task(request))]


def _ray() -> Any:
    """Import Ray."""
    # Without these it reports usage, and says at every start what a future version will do.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ray
    except ImportError as error:
        raise MissingExtra("Ray is not installed: pip install 'hopgraph[ray]'") from error
    return ray


def _start(ray: Any, workers: int | None) -> None:
    """Join the cluster that ``RAY_ADDRESS`` names, or start one on this machine."""
    address = os.environ.get("RAY_ADDRESS")
    where: dict[str, Any] = {"address": address} if address else {"num_cpus": workers or cores()}
    if not address:
        where["include_dashboard"] = False
    threads = {**dict.fromkeys(ONE_THREAD, "1"), "TOKENIZERS_PARALLELISM": "false"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ray.init(runtime_env={"env_vars": threads}, log_to_driver=False, logging_level="ERROR", **where)
        except (ConnectionError, RuntimeError, OSError, ValueError) as error:
            raise GraphRAGError(
                f"The Ray cluster {address or 'on this machine'} cannot be used ({error}): check RAY_ADDRESS and `ray "
                "status`, or build with --executor processes."
            ) from error
