"""The process in which documents of office programs are read: one fork for each file, within limits.

A file of a few kilobytes can make a parser take all memory, or never end.  So each is read in a fork of a small process
that has its limits of memory and processor time from the system, and ends by itself at an alarm; what one file leaves
behind is never there when the next one is read.

Every line of stdin is a request, every frame of stdout a reply, both JSON: see :mod:`graphrag.documents.apart`.
"""

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from graphrag.documents.decoding import no_surrogates
from graphrag.documents.html import TooDeep
from graphrag.documents.markdown import Parsed
from graphrag.documents.problems import Unreadable

__all__ = ["LENGTH", "serve"]

LENGTH = 8
"""Bytes, lowest first, that say how long a reply is."""

_READERS = {"pdf": "read_pdf", "docx": "read_docx", "epub": "read_epub"}
_MOST_TEXT = 64 << 20  # characters
_BLOCK = 1 << 16
_PATIENCE = 3  # times the processor time that a file may take on the clock
_NO_MEMORY = 3  # the exit code that says so
_ANEW = "open it in a program of its kind and save it anew, or as text"


def serve() -> None:
    """Answer requests until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    import logging

    logging.disable(logging.CRITICAL)  # pypdf says much about small faults
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes to standard error, not between the frames
    with contextlib.suppress(BrokenPipeError):
        for line in sys.stdin.buffer:
            reply = _read_apart(json.loads(line))
            target.write(len(reply).to_bytes(LENGTH, "little") + reply)
            target.flush()


def _reader(form: str) -> Callable[[Path], Parsed]:
    """Return what reads a format."""
    read: Callable[[Path], Parsed] = getattr(importlib.import_module(f"graphrag.documents.{form}"), _READERS[form])
    return read


def _read_apart(request: dict[str, Any]) -> bytes:
    """Return the reply to a request, read by a fork."""
    _load(request["form"])
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.closerange(3, into)  # when the process ends, its parent must see it, whatever becomes of the fork
        _be_the_fork(into, request)
    os.close(into)
    reply = bytearray()
    while True:
        ready, _, _ = select.select([0, out], [], [])
        if 0 in ready:  # nothing is asked while a file is read: the parent is gone
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise BrokenPipeError
        block = os.read(out, _BLOCK)
        if not block:
            break
        reply += block
    os.close(out)
    _, status = os.waitpid(pid, 0)
    return bytes(reply) if status == 0 else _death(status, request)


def _load(form: str) -> None:
    """Import what reads a format, once for all forks."""
    with contextlib.suppress(ImportError):  # the fork says so
        _reader(form)
        if form == "pdf":
            importlib.import_module("pypdf")


def _death(status: int, request: dict[str, Any]) -> bytes:
    """Return the reply for a fork that was ended by the system."""
    end = os.waitstatus_to_exitcode(status)
    if end in (-signal.SIGXCPU, -signal.SIGALRM):
        kind, message = "too slow", f"reading it takes longer than {request['seconds']} seconds; {_ANEW}"
    elif end in (-signal.SIGKILL, _NO_MEMORY):
        limit = request["memory"] >> 20
        kind, message = "too large", f"reading it takes more than {limit:,} MiB of memory; split it, or save it as text"
    else:
        how = f"was ended by {signal.Signals(-end).name}" if end < 0 else f"ended with exit code {end}"
        kind, message = "malformed", f"the process that read it {how}; {_ANEW}"
    return json.dumps({"kind": kind, "error": message}).encode()


def _be_the_fork(into: int, request: dict[str, Any]) -> NoReturn:
    """Read a file within limits, write the reply, and end."""
    code = 1
    try:
        _limit(request["seconds"], request["memory"])
        reply = json.dumps(_reply(request), ensure_ascii=False).encode("utf-8", "replace")
        with os.fdopen(into, "wb") as pipe:
            pipe.write(reply)
        code = 0
    except MemoryError:
        code = _NO_MEMORY  # there may be none even for a reply
    finally:
        os._exit(code)  # neither what the parent has to clean up nor what it has to write is the fork's


def _limit(seconds: int, memory: int) -> None:
    """Let this process take so much processor time, and so much more memory than it has now; let it write no file."""
    pages = 0
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limits = {
        resource.RLIMIT_CPU: (seconds, seconds + 5),  # the first is told from a lack of memory, the second is not
        resource.RLIMIT_AS: (pages * resource.getpagesize() + memory,) * 2,
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
    }
    for what, pair in limits.items():
        with contextlib.suppress(OSError, ValueError):  # a system may have none, or a lower one already
            resource.setrlimit(what, pair)
    signal.alarm(seconds * _PATIENCE)


def _reply(request: dict[str, Any]) -> dict[str, Any]:
    """Return what a file holds, or what is wrong with it."""
    try:
        parsed = _reader(request["form"])(Path(request["path"]))
        if len(parsed.text) > _MOST_TEXT:
            raise Unreadable("too large", f"it holds more than {_MOST_TEXT >> 20} million characters; split it")
        return {
            "text": no_surrogates(parsed.text),
            "title": no_surrogates(parsed.title),
            "headings": [[level, span.start, span.end] for level, span in parsed.headings],
            "metadata": {k: no_surrogates(v) if isinstance(v, str) else v for k, v in parsed.metadata.items()},
            "doubt": no_surrogates(parsed.doubt),
        }
    except Unreadable as error:
        return {"kind": error.kind, "error": no_surrogates(str(error))}
    except (RecursionError, TooDeep):
        return {"kind": "too deep", "error": f"its parts are nested too deeply to be read; {_ANEW}"}
    except OSError as error:
        return {"kind": "unreadable", "error": f"the file cannot be read ({error.strerror or error})"}
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a parser meets in a broken file is that file's fault
        said = no_surrogates(" ".join(f"{type(error).__name__}: {error}".split())[:200])
        return {"kind": "malformed", "error": f"it is damaged ({said}); {_ANEW}"}
