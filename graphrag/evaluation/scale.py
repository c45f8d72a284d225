"""How the cost of retrieval grows with the corpus: build, opening, memory and latency, measured on synthetic corpora.

Building and asking run in a new process each, so that the memory of one does not count for the other.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from threadpoolctl import ThreadpoolController

from graphrag.config import load_recipe
from graphrag.evaluation.synthetic import SEED, draw, index_of, questions_of
from graphrag.registry import create
from graphrag.retrieval.fusion import weight_vector
from graphrag.retrieval.nearest import NearScores, passage_scores
from graphrag.retrieval.reader import FloatRows, Index
from graphrag.retrieval.search import prepare, rank, retrieve
from graphrag.retrieval.spelling import Speller
from graphrag.stores.arrays import ArrayInfo, open_arrays, write_arrays

if TYPE_CHECKING:
    from graphrag.protocols import Embedder

__all__ = ["Cost", "growth", "measure"]

_QUESTIONS = 200
_WARM_UP = 5
_INDEXED, _CORPORA = 1_000_000, 100  # passages that are indexed at each size, in as many corpora, but no more corpora
_COMPARED = 20  # questions whose ten nearest passages are compared with those of an exact comparison


@dataclass(frozen=True, slots=True)
class Cost:
    """What a corpus of ``passages`` passages costs."""

    passages: int
    index_seconds: float  # making all arrays, writing them to the disk and their checksums; the mean of the corpora
    index_us: float  # the same for one passage, in microseconds
    index_cpu_us: float  # of that, processor time
    disk_mb: float
    build_peak_mb: float  # of the process that draws and indexes one corpus after the other
    open_seconds: float  # checksums verified, arrays mapped, index ready
    search_peak_mb: float  # of the process that opens the index and answers
    search_ms_median: float  # names, embedding, candidates, features, ranking
    search_ms_p95: float
    embed_ms_median: float  # the part of it in which the question is embedded
    recall: float | None  # share of the ten nearest passages that the one-byte search finds; None below its least size


def measure(n: int) -> Cost:
    """Build synthetic corpora of ``n`` passages, and ask one of them.

    Notes
    -----
    Every size from 10,000 on indexes as many passages as the largest, and what is written stays until the end: a page
    of memory costs several times as much when it is touched for the first time, above all in a virtual machine, and a
    small corpus that is indexed again and again would find its pages touched already, where a large one has to touch
    new ones.

    Questions are embedded by the shipped recipe's embedder.  Passages are not read from a database: only retrieval is
    timed.  The index was just written, so opening reads it from the system's cache.
    """
    embedder = cast("Embedder", create(load_recipe().build.embedding.part("embedder")))
    with tempfile.TemporaryDirectory(prefix="graphrag-scale-") as temporary:
        place = Path(temporary) / "arrays"
        corpora = min(max(round(_INDEXED / n), 1), _CORPORA)
        built = _alone(_build, place, n, embedder.dimensions, corpora)
        asked = _alone(_ask, place, built.pop("infos"), questions_of(n, _QUESTIONS + _WARM_UP))
    return Cost(passages=n, **built, **asked)


def growth(costs: Sequence[Cost]) -> float | None:
    """Return the processor time to index a passage of the largest corpus over that of 10,000; None without these.

    Processor time, because the disk and other programs say more about the time that passes.
    """
    by_size = {cost.passages: cost.index_cpu_us for cost in costs}
    largest = max(by_size, default=0)
    return by_size[largest] / by_size[10_000] if 10_000 in by_size and largest > 10_000 else None


def _alone(work: Callable[..., dict[str, Any]], *args: object) -> dict[str, Any]:
    """Run ``work`` in a new process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *args).result()


def _build(folder: Path, n: int, dimensions: int, corpora: int = 1) -> dict[str, Any]:
    """Draw, index and write corpora, the one that is kept last."""
    elapsed = busy = 0.0
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="graphrag-scale-", dir=folder.parent) as temporary:
        for number in reversed(range(corpora)):
            corpus = draw(n, dimensions, SEED + number)
            start, start_busy = time.perf_counter(), time.process_time()
            infos = write_arrays(Path(temporary) / str(number) if number else folder, index_of(corpus))
            elapsed += time.perf_counter() - start
            busy += time.process_time() - start_busy
            del corpus  # before the next one is drawn
    return {
        "index_seconds": elapsed / corpora,
        "index_us": elapsed / corpora / n * 1e6,
        "index_cpu_us": busy / corpora / n * 1e6,
        "disk_mb": sum(info.size for info in infos) / 2**20,
        "build_peak_mb": _peak_mb(),
        "infos": infos,
    }


def _ask(folder: Path, infos: Sequence[ArrayInfo], questions: Sequence[str]) -> dict[str, Any]:
    """Open an index and answer questions from it, one after the other on one core."""
    embedder = cast("Embedder", create(load_recipe().build.embedding.part("embedder")))
    vectors = _Timed(embedder)
    start = time.perf_counter()
    index = Index(open_arrays(folder, infos))
    opened = time.perf_counter() - start
    speller, weights = Speller(index), weight_vector({})
    times, embedding = [], []
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        for question in questions:
            vectors.seconds = 0.0
            start = time.perf_counter()
            rank(retrieve(index, prepare(index, speller, question, vectors)), weights)
            times.append((time.perf_counter() - start) * 1000)
            embedding.append(vectors.seconds * 1000)
        peak = _peak_mb()  # before the exact comparison, which reads far more
        recall = _recall(index, [vectors.question(question) for question in questions[:_COMPARED]])
    median, p95 = np.quantile(times[_WARM_UP:], [0.5, 0.95])
    return {
        "open_seconds": opened,
        "search_peak_mb": peak,
        "search_ms_median": float(median),
        "search_ms_p95": float(p95),
        "embed_ms_median": float(np.median(embedding[_WARM_UP:])),
        "recall": recall,
    }


class _Timed:
    """Makes the vectors of questions and adds up how long that took; nothing is kept from question to question."""

    def __init__(self, embedder: "Embedder") -> None:
        self._embed = embedder.embed_query
        self._embed_clause = getattr(embedder, "embed_phrase", embedder.embed_query)
        self.seconds = 0.0

    def question(self, text: str) -> FloatRows:
        """Return the vector of a question."""
        return self._timed(self._embed, text)

    def rest(self, text: str) -> FloatRows:
        """Return the vector of a question without its names."""
        return self._timed(self._embed, text)

    def clause(self, text: str) -> FloatRows:
        """Return the vector of a clause."""
        return self._timed(self._embed_clause, text)

    def _timed(self, embed: Callable[[str], FloatRows], text: str) -> FloatRows:
        """Return the vector of a text."""
        start = time.perf_counter()
        vector = embed(text)
        self.seconds += time.perf_counter() - start
        return vector


def _recall(index: Index, vectors: Sequence[FloatRows]) -> float | None:
    """Return the share of the ten nearest passages that are found; None where all are compared exactly."""
    found = [passage_scores(index, vector) for vector in vectors]
    if not all(isinstance(scores, NearScores) for scores in found):
        return None
    shares = []
    for scores, vector in zip(found, vectors, strict=True):
        exact = np.argpartition(-(index.passages @ vector), 10)[:10]
        shares.append(len(np.intersect1d(scores.top(10), exact)) / 10)
    return float(np.mean(shares))


def _peak_mb() -> float:
    """Return the most memory that this process has held, in MiB, pages of mapped files included."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
