"""Reading documents of office programs in a process of their own, so that none of them can take a build down."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from graphrag.documents.child import LENGTH
from graphrag.documents.markdown import Parsed
from graphrag.documents.problems import Unreadable
from graphrag.types import Span

__all__ = ["MEMORY", "SECONDS", "Apart"]

MEMORY = 1 << 30
"""Bytes that reading one file may take."""
SECONDS = 30
"""Seconds of processor time that reading one file may take, and one more for each 50 KB of it."""

_BYTES_A_SECOND = 50_000
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from graphrag.documents.child import serve; serve()"
)
_GOODBYE = 5.0  # seconds that the process has to end by itself


class Apart:
    """A process that reads files one after the other, started when the first one comes.

    It ends with the ``with`` block, and by itself when this process ends in any other way: its stdin is closed then.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._left = False

    def __enter__(self) -> "Apart":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, path: Path, form: str, size: int) -> Parsed:
        """Return what a file holds.

        Parameters
        ----------
        path
            The file.
        form
            Its format: "pdf", "docx" or "epub".
        size
            Its bytes, by which it has more time.

        Raises
        ------
        Unreadable
            It cannot be read, or not within the limits.
        """
        seconds = SECONDS + size // _BYTES_A_SECOND
        request = {"path": str(path.absolute()), "form": form, "seconds": seconds, "memory": MEMORY}
        process = self._started()
        if self._left:  # looked at when the process can be seen: whoever leaves sees one of the two
            raise Unreadable("unreadable", "reading was stopped; run the same command again")
        try:
            cast(IO[bytes], process.stdin).write(json.dumps(request).encode() + b"\n")
            cast(IO[bytes], process.stdin).flush()
            reply = _frame(cast(IO[bytes], process.stdout))
        except OSError:
            reply = None
        if reply is None:
            self.close()  # the next file has a new one
            raise Unreadable("unreadable", "the process that reads files of this kind has ended; add the file again")
        said = json.loads(reply)
        if "error" in said:
            raise Unreadable(said["kind"], said["error"])
        headings = tuple((level, Span(start, end)) for level, start, end in said["headings"])
        return Parsed(said["text"], said["title"], headings, said["metadata"], said["doubt"])

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            path = [entry or str(Path.cwd()) for entry in sys.path]
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter with a constant program
                [sys.executable, "-P", "-c", _PROGRAM, json.dumps(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONHASHSEED": "0"},  # what a parser makes hangs on nothing but the file
            )
        return self._process

    def leave(self) -> None:
        """Let a file that is being read, in another thread, be the last one, and its reading end."""
        self._left = True
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()

    def close(self) -> None:
        """End the process; ending it twice does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(_GOODBYE)  # it ends its fork before itself
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.kill()
            process.wait()


def _frame(pipe: IO[bytes]) -> bytes | None:
    """Read a reply; None where the process is gone."""
    head = pipe.read(LENGTH)
    size = int.from_bytes(head, "little")
    data = pipe.read(size) if len(head) == LENGTH else b""
    return data if head and len(data) == size else None
