"""The bare time of the models on the passages of a workspace: what no build can be faster than."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

    from graphrag.config import Recipe
    from graphrag.protocols import Embedder
    from graphrag.registry import Part

__all__ = ["bare_seconds"]

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_LOADING = 120.0  # seconds after which models are not waited for any more
_together: "Barrier | None" = None


def bare_seconds(workspace: Path, recipe: "Recipe", workers: int | None, most: int | None = None) -> float | None:
    """Return how long the embedder and the spaCy pipeline alone take for the passages of a workspace.

    Parameters
    ----------
    workspace : Path
        A finished build.
    recipe : Recipe
        Names the embedder and the extractor.
    workers : int, optional
        Processes, each with its share of the passages; by default one for each core.  They begin together.
    most : int, optional
        Only so many passages.

    Returns
    -------
    float or None
        Seconds of the slowest process, without starting processes and loading models; None where the extractor has
        no spaCy pipeline.
    """
    from concurrent.futures import ProcessPoolExecutor  # here: every command loads this module
    from multiprocessing import get_context

    from graphrag.cores import cores

    count = workers or cores()
    parts = recipe.build.extraction.part("extractor"), recipe.build.embedding.part("embedder")
    # Fresh processes, so that nothing that the build left behind helps or hinders.
    context = get_context("spawn")
    together = context.Barrier(count, timeout=_LOADING)
    with ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(together,)) as pool:
        runs = [pool.submit(_share, workspace, *parts, number, count, most) for number in range(count)]
        times = [run.result() for run in runs]
    return max((seconds for seconds in times if seconds is not None), default=None)


def _begin(together: "Barrier") -> None:
    """Note in a new process for what it waits."""
    global _together
    _together = together


def _share(
    workspace: Path, extractor: "Part", embedder: "Part", number: int, count: int, most: int | None
) -> float | None:
    """Time one process's share of the passages: every ``count``-th from ``number``."""
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    from graphrag.stores.workspace import Workspace

    try:
        models = _models(extractor, embedder)
        if models is None:
            return None
        pipeline, model = models
        with Workspace.open(workspace) as store:
            chunks = list(store.chunks())[:most][number::count]
        texts = [chunk.text for chunk in chunks]
        for _ in pipeline.pipe(texts[:1]):  # the first text pays for lazy initialisation
            model.embed_query("warm")
    except BaseException:
        if _together is not None:
            _together.abort()  # the others would wait for this process
        raise
    if _together is not None:
        _together.wait()
    start = time.perf_counter()
    for _ in pipeline.pipe(texts, batch_size=32):
        pass
    model.embed_chunks(chunks)
    return time.perf_counter() - start


def _models(extractor: "Part", embedder: "Part") -> "tuple[Any, Embedder] | None":
    """Return the extractor's own pipeline, with exactly the components that the build runs, and the embedder."""
    from graphrag.registry import create

    pipeline = getattr(create(extractor), "_nlp", None)
    return None if pipeline is None else (pipeline, cast("Embedder", create(embedder)))
