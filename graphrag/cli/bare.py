"""The bare time of the models on the passages of a workspace: what no build can be faster than."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from graphrag.config import Recipe
    from graphrag.protocols import Embedder
    from graphrag.registry import Part

__all__ = ["bare_seconds"]

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


def bare_seconds(workspace: Path, recipe: "Recipe", workers: int | None) -> float | None:
    """Return how long the embedder and the spaCy pipeline alone take for all passages of a workspace.

    Parameters
    ----------
    workspace : Path
        A finished build.
    recipe : Recipe
        Names the embedder and the extractor.
    workers : int, optional
        Processes, each with its share of the passages; by default one for each core.

    Returns
    -------
    float or None
        Seconds of the slowest process, without starting processes and loading models; None where the extractor has
        no spaCy pipeline.
    """
    from graphrag.pool import cores

    count = workers or cores()
    parts = recipe.build.extraction.part("extractor"), recipe.build.embedding.part("embedder")
    # Fresh processes, so that nothing that the build left behind helps or hinders.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(_share, workspace, *parts, number, count) for number in range(count)]
        times = [run.result() for run in runs]
    return max((seconds for seconds in times if seconds is not None), default=None)


def _share(workspace: Path, extractor: "Part", embedder: "Part", number: int, count: int) -> float | None:
    """Time one process's share of the passages: every ``count``-th from ``number``."""
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    from graphrag.registry import create
    from graphrag.stores.workspace import Workspace

    # The extractor's own pipeline, with exactly the components that the build runs.
    pipeline = getattr(create(extractor), "_nlp", None)
    model = cast("Embedder", create(embedder))
    if pipeline is None:
        return None
    with Workspace.open(workspace) as store:
        chunks = list(store.chunks())[number::count]
    texts = [chunk.text for chunk in chunks]
    for _ in pipeline.pipe(texts[:1]):  # the first text pays for lazy initialisation
        model.embed_query("warm")
    start = time.perf_counter()
    for _ in pipeline.pipe(texts, batch_size=32):
        pass
    model.embed_chunks(chunks)
    return time.perf_counter() - start
