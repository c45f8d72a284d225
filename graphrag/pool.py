"""Analysing chunks — extraction and vectors — in this process or in several.

Both are pure functions of a chunk, so it does not matter where or in which order they run.  Workers are child
processes of the same interpreter that speak length-prefixed JSON and bytes over pipes.  Not ``multiprocessing``: its
workers import the user's main script again, outlive a killed parent, and cannot tell which task a dead worker had.
A worker ends when its pipe does, however its parent ended.
"""

import contextlib
import json
import os
import queue
import signal
import struct
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from graphrag import errors
from graphrag.cores import cores
from graphrag.errors import GraphRAGError
from graphrag.protocols import Embedder, Extractor
from graphrag.registry import Part, create
from graphrag.stores.codec import chunk_from_list, chunk_to_list, encode_extraction, encode_vectors
from graphrag.types import Chunk

__all__ = [
    "ONE_THREAD",
    "Analysed",
    "Analyser",
    "Local",
    "Makers",
    "Pool",
    "Task",
    "decode_task",
    "encode_task",
    "serve",
]

_LENGTH = struct.Struct("<Q")
# Chunks that are extracted ahead together: what is under way when a build is stopped is waited for, and lost.
_AHEAD = 32
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from graphrag.pool import serve; serve()"
# One thread a worker: more only fight over the cores that the other workers use.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "RAYON_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Task:
    """Chunks to analyse, and what for."""

    chunks: tuple[Chunk, ...]
    extraction: bool
    vectors: bool


class Analysed(NamedTuple):
    """What one chunk's analysis gave, in the form that the cache keeps; None where it was not asked for."""

    digest: str
    extraction: bytes | None
    vectors: bytes | None


@dataclass(frozen=True, slots=True)
class Makers:
    """The fingerprints of the parts that analyse, and the length of a vector."""

    extractor: str
    embedder: str
    dimensions: int


class Analyser(Protocol):
    """Analyses tasks somewhere."""

    makers: Makers

    def analyse(self, tasks: Iterable[Task]) -> Generator[list[Analysed], None, None]:
        """Yield the result of each task, in any order."""

    def close(self) -> None:
        """Stop, also in the middle of a task."""


def encode_task(task: Task) -> bytes:
    """Return a task as it travels to where it is done."""
    return json.dumps([task.extraction, task.vectors, [chunk_to_list(chunk) for chunk in task.chunks]]).encode()


def decode_task(data: bytes) -> Task:
    """Undo :func:`encode_task`."""
    extraction, vectors, rows = json.loads(data)
    return Task(tuple(chunk_from_list(row) for row in rows), extraction, vectors)


class Local:
    """Analyses in this process."""

    def __init__(self, extractor: Part, embedder: Part) -> None:
        self.extractor, self.embedder = extractor, embedder
        self._extractor = cast(Extractor, create(extractor))
        self._embedder = cast(Embedder, create(embedder))
        self._thread: ThreadPoolExecutor | None = None
        self._ahead: dict[str, Future[dict[str, bytes]]] = {}  # by the digest of each chunk
        self.makers = Makers(self._extractor.fingerprint, self._embedder.fingerprint, self._embedder.dimensions)

    def analyse(self, tasks: Iterable[Task]) -> Generator[list[Analysed], None, None]:
        """Yield the result of each task, in order."""
        for task in tasks:
            yield self.run(task)

    def run(self, task: Task) -> list[Analysed]:
        """Return the result of one task.

        Raises
        ------
        GraphRAGError
            A vector is not made of finite numbers of the right count.
        """
        n = len(task.chunks)
        extractions = self._extractions(task.chunks) if task.extraction else [None] * n
        vectors = self._vectors(task.chunks) if task.vectors else [None] * n
        rows = zip(task.chunks, extractions, vectors, strict=True)
        return [Analysed(chunk.digest, extraction, vector) for chunk, extraction, vector in rows]

    def extract_ahead(self, chunks: Sequence[Chunk]) -> None:
        """Begin to extract beside what comes next, where there is a second core; :meth:`run` takes what this gives."""
        if cores() == 1:
            return
        self._thread = ThreadPoolExecutor(1)
        for begin in range(0, len(chunks), _AHEAD):
            some = chunks[begin : begin + _AHEAD]
            self._ahead |= dict.fromkeys((c.digest for c in some), self._thread.submit(self._extracted, some))

    def _extracted(self, chunks: Sequence[Chunk]) -> dict[str, bytes]:
        """Return the encoded extraction of each content."""
        extractions = map(encode_extraction, self._extractor.extract(chunks))
        return dict(zip((chunk.digest for chunk in chunks), extractions, strict=True))

    def _extractions(self, chunks: Sequence[Chunk]) -> list[bytes]:
        """Return the encoded extraction of each chunk; a failure that happened ahead is raised here."""
        known: dict[str, bytes] = {}
        for chunk in chunks:
            if chunk.digest in self._ahead and chunk.digest not in known:
                known |= self._ahead[chunk.digest].result()
        if rest := [chunk for chunk in chunks if chunk.digest not in known]:
            known |= self._extracted(rest)
        return [known[chunk.digest] for chunk in chunks]

    def _vectors(self, chunks: tuple[Chunk, ...]) -> Iterator[bytes]:
        """Yield the encoded vectors of each chunk."""
        for chunk, vectors in zip(chunks, self._embedder.embed_chunks(chunks), strict=True):
            try:
                if len(vectors.passage) != self.makers.dimensions or len(vectors.sentences) != len(chunk.sentences):
                    raise ValueError(f"vectors of shapes {vectors.passage.shape} and {vectors.sentences.shape}")
                yield encode_vectors(vectors)
            except ValueError as error:
                raise GraphRAGError(
                    f"The embedder gave {error} for the document {chunk.document_id!r}: use another embedder, or take "
                    "the document out."
                ) from error

    def close(self) -> None:
        """Extract nothing ahead any more, but for what is under way."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)


class Pool:
    """Analyses in worker processes; a task that is under way when the pool is closed is lost.

    Parameters
    ----------
    extractor, embedder : Part
        Made once in each worker.
    workers : int
        Number of processes.
    """

    def __init__(self, extractor: Part, embedder: Part, workers: int) -> None:
        self._workers: list[_Worker] = []
        try:
            self._workers.extend(_Worker(extractor, embedder) for _ in range(workers))
            # Every worker is waited for, so that a part that cannot be made is reported before any work is done.
            self.makers = max((worker.makers() for worker in self._workers), key=str)
        except BaseException:
            self.close()
            raise

    def analyse(self, tasks: Iterable[Task]) -> Generator[list[Analysed], None, None]:
        """Yield the result of each task as it is ready; at most two tasks a worker are in memory.

        Raises
        ------
        GraphRAGError
            A worker died, or a part refused a task.
        """
        idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            idle.put(worker)

        failures: list[GraphRAGError] = []

        def run(task: Task) -> list[Analysed]:
            worker = idle.get()
            try:
                return worker.run(task)
            except GraphRAGError as error:
                failures.append(error)
                raise failures[0] from None  # what failed first is the reason; a later task only met a dead worker
            finally:
                idle.put(worker)

        with ThreadPoolExecutor(len(self._workers)) as threads, contextlib.ExitStack() as stack:
            stack.callback(self.close)  # before the threads are waited for, so that none waits for a worker
            pending: set[Future[list[Analysed]]] = set()
            for task in tasks:
                if len(pending) >= 2 * len(self._workers):
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    yield from _results(done)
                pending.add(threads.submit(run, task))
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from _results(done)

    def close(self) -> None:
        """Stop all workers."""
        for worker in self._workers:
            worker.close()


def _results(done: Iterable[Future[list[Analysed]]]) -> Iterator[list[Analysed]]:
    """Yield what tasks gave, so that nothing is lost when one of them failed; then raise that failure."""
    for future in sorted(done, key=lambda future: future.exception() is not None):
        yield future.result()


class _Worker:
    """A child process, seen from its parent."""

    def __init__(self, extractor: Part, embedder: Part) -> None:
        path = [entry or str(Path.cwd()) for entry in sys.path]
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter with a constant program
            [sys.executable, "-P", "-c", _START, json.dumps(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "TOKENIZERS_PARALLELISM": "false"},
        )
        parts = [[part.slot, part.name, dict(part.options)] for part in (extractor, embedder)]
        self._send(json.dumps(parts).encode(), "starting")

    def makers(self) -> Makers:
        """Wait until the worker is ready and return its fingerprints."""
        return Makers(**json.loads(self._receive("starting")))

    def run(self, task: Task) -> list[Analysed]:
        """Let the worker do a task and wait for the result."""
        documents = (task.chunks[0].document_id, task.chunks[-1].document_id)
        doing = f"analysing {len(task.chunks)} passages of the documents {documents[0]!r} to {documents[1]!r}"
        self._send(encode_task(task), doing)
        sizes = json.loads(self._receive(doing))
        bodies = memoryview(self._receive(doing))
        results = []
        start = 0
        for chunk, pair in zip(task.chunks, sizes, strict=True):
            parts = []
            for size in pair:
                parts.append(None if size is None else bytes(bodies[start : start + size]))
                start += size or 0
            results.append(Analysed(chunk.digest, parts[0], parts[1]))
        return results

    def _send(self, data: bytes, doing: str) -> None:
        """Send a frame."""
        try:
            _write(cast(IO[bytes], self._process.stdin), data)
        except OSError as error:
            raise self._death(doing) from error

    def _receive(self, doing: str) -> bytes:
        """Receive a frame; the first byte tells a result from an error."""
        data = _read(cast(IO[bytes], self._process.stdout))
        if data is None:
            raise self._death(doing)
        if data[:1] == b"!":
            name, message = json.loads(data[1:])
            kind: type[GraphRAGError] = getattr(errors, name, GraphRAGError)
            raise kind(message)
        return data[1:]

    def _death(self, doing: str) -> GraphRAGError:
        """Return the error for a worker that is gone."""
        code = self._process.wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        why = (
            " (perhaps for lack of memory)"
            if code == -signal.SIGKILL
            else " (the reason stands above)"
            if code > 0
            else ""
        )
        return GraphRAGError(
            f"A worker process {how}{why} while {doing}: what was done before is kept; run the same command again, "
            "with fewer workers if memory is short."
        )

    def close(self) -> None:
        """Kill the process if it still runs, and wait for its end."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
        self._process.wait()


def serve() -> None:
    """Be a worker: read tasks from standard input and write results to standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes to standard error, not between the frames
    with contextlib.suppress(BrokenPipeError):  # the parent is gone: so is the reason to work
        try:
            _serve(source, target)
        except GraphRAGError as error:
            _write(target, b"!" + json.dumps([type(error).__name__, str(error)]).encode())


def _serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Make the parts, then do tasks."""
    head = _read(source)
    if head is None:
        return
    extractor, embedder = (Part(slot, name, options) for slot, name, options in json.loads(head))
    local = Local(extractor, embedder)
    makers: dict[str, Any] = {
        "extractor": local.makers.extractor,
        "embedder": local.makers.embedder,
        "dimensions": local.makers.dimensions,
    }
    _write(target, b" " + json.dumps(makers).encode())
    while (data := _read(source)) is not None:
        results = local.run(decode_task(data))
        bodies = [(result.extraction, result.vectors) for result in results]
        sizes = [[None if body is None else len(body) for body in pair] for pair in bodies]
        _write(target, b" " + json.dumps(sizes).encode())
        _write(target, b" " + b"".join(body for pair in bodies for body in pair if body is not None))


def _write(pipe: IO[bytes], data: bytes) -> None:
    """Write a frame."""
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes | None:
    """Read a frame; None where the other side is gone."""
    try:
        head = pipe.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        size = _LENGTH.unpack(head)[0]
        data = pipe.read(size)
    except (OSError, ValueError):
        return None
    return data if len(data) == size else None
