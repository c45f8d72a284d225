"""Running the engine for requests: a bounded number of threads, a bounded queue, a deadline."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from graphrag.server.problems import Problem

__all__ = ["Threads"]

Result = TypeVar("Result")


class _End:
    """Stands in a queue after the last item."""


class Threads:
    """Threads that answer requests; one beyond the bounds is told to come back instead of waiting for ever.

    Parameters
    ----------
    threads : int
        Requests that are worked on at a time.
    waiting : int
        Requests that may wait for a thread.
    seconds : float
        The longest a request may take, waiting included.
    """

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="answer")
        self._most = threads + waiting
        self._seconds = seconds
        self._busy = 0
        self._turn = threading.Lock()

    @property
    def busy(self) -> int:
        """Requests that are worked on or wait."""
        return self._busy

    def close(self) -> None:
        """Let no more in; what runs ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` returns.

        Raises
        ------
        Problem
            503 where too much waits already, 504 where the deadline has passed.  A thread cannot be stopped: it ends
            its work, counts against the bound until then, and what it returns is thrown away.
        """
        future = self._submit(work)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), self._seconds)
        except TimeoutError:
            future.cancel()  # one that still waits for a thread need not run
            raise Problem(504, f"It took longer than {self._seconds:g} s: ask for less, or later.") from None

    async def each(self, work: Callable[[], Iterator[Result]]) -> AsyncIterator[Result]:
        """Yield what the iterator made by ``work`` yields, as it comes; raises as :meth:`run`."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Result | _End] = asyncio.Queue()
        gone = threading.Event()

        def put(item: Result | _End) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        def feed() -> None:
            try:
                for item in work():
                    if gone.is_set():
                        return
                    put(item)
            finally:
                put(_End())

        async def taken() -> Result | _End:
            # Not around the yield: a deadline there would cancel the task that began the iteration, not the one that
            # goes on with it.
            async with asyncio.timeout_at(until):
                return await queue.get()

        until = loop.time() + self._seconds
        future = self._submit(feed)
        try:
            while not isinstance(item := await taken(), _End):
                yield item
            await asyncio.wrap_future(future)
        except TimeoutError:
            raise Problem(504, f"It took longer than {self._seconds:g} s: ask for less, or later.") from None
        finally:
            gone.set()
            future.cancel()

    def _submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Hand work to a thread."""
        with self._turn:
            if self._busy >= self._most:
                raise Problem(503, "Too many requests wait already: try again in a second.", {"Retry-After": "1"})
            self._busy += 1
        context = copy_context()
        try:
            future = self._pool.submit(context.run, work)
        except RuntimeError:
            self._done(None)
            raise Problem(503, "The server is being stopped.", {"Retry-After": "5"}) from None
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        """Count a request that is over."""
        with self._turn:
            self._busy -= 1
