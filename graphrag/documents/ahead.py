"""Files that are read in processes of their own: several at once, ahead of their turn; unchanged ones are not."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import NamedTuple

from graphrag.cores import cores
from graphrag.documents.apart import Apart
from graphrag.documents.kept import KeptFiles, content_of
from graphrag.documents.markdown import Parsed

__all__ = ["Ahead", "Apiece"]

_MOST = 4  # processes, each of which may take the memory that one file may


class Apiece(NamedTuple):
    """A file that is read by itself."""

    identity: str  # of its document
    path: Path
    form: str  # "pdf", "docx" or "epub"
    size: int  # bytes


class Ahead:
    """Reads files; a context manager.

    Parameters
    ----------
    kept : KeptFiles, optional
        What was read before.
    """

    def __init__(self, kept: KeptFiles | None) -> None:
        self._kept = kept
        self._readers = [Apart() for _ in range(min(cores(), _MOST))]  # each starts with its first file
        self._idle: SimpleQueue[Apart] = SimpleQueue()
        for reader in self._readers:
            self._idle.put(reader)
        self._threads = ThreadPoolExecutor(len(self._readers))
        self._begun: dict[Path, Future[Parsed]] = {}

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for reader in self._readers:
            reader.leave()
        self._threads.shutdown()
        for reader in self._readers:
            reader.close()

    @property
    def reach(self) -> int:
        """How many files are worth beginning."""
        return 2 * len(self._readers)

    def begin(self, files: Iterable[Apiece]) -> None:
        """Begin to read files that will be asked for."""
        for file in files:
            if file.path not in self._begun:
                self._begun[file.path] = self._threads.submit(self._read, file)

    def read(self, file: Apiece) -> Parsed:
        """Return what a file holds.

        Raises
        ------
        Unreadable
            It cannot be read, or not within the limits.
        OSError
            It is not there any more.
        """
        self.begin([file])
        return self._begun.pop(file.path).result()

    def _read(self, file: Apiece) -> Parsed:
        """Return what a file holds, from memory where it is the one that was read before."""
        if self._kept is None:
            return self._parse(file)
        content = content_of(file.path, file.form)
        parsed = self._kept.get(file.identity, content)
        if parsed is None:
            parsed = self._parse(file)
            if content_of(file.path, file.form) == content:  # it was not written to meanwhile
                self._kept.put(file.identity, content, parsed)
        return parsed

    def _parse(self, file: Apiece) -> Parsed:
        """Let a process that has nothing to do read a file."""
        reader = self._idle.get()
        try:
            return reader.read(file.path, file.form, file.size)
        finally:
            self._idle.put(reader)
