"""Cypher on a workspace without a server: reading statements on an embedded engine filled from the workspace.

The engine is ``kglite`` (extra ``[cypher]``).  It is never the truth: it is filled from the workspace once, kept in a
file beside it that bears the digest of the content, and filled anew where that file is missing or cannot be read.  Its
graph is frozen, so it cannot write; that it reads no files is the guard's doing.  It runs in a process of its own,
which is ended when a statement takes too much memory or time, and started again for the next.
"""

import contextlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphrag import errors
from graphrag.errors import GraphRAGError, InputError, MissingExtra
from graphrag.stores.cypher import Query, Table
from graphrag.stores.embedded_engine import GRAPH, MEMORY
from graphrag.stores.guard import check_statement

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["GRAPH", "run_library_query", "run_read"]

_FILES = re.compile(r"load.*csv", re.IGNORECASE | re.DOTALL)
_CALLED = re.compile(r"format\s+csv\s*;?\s*\Z", re.IGNORECASE)
_GRACE = 2.0  # seconds in which the engine may see by itself that a statement's time is over
_FILLING = 3600.0  # seconds for filling the engine; of 32,000 entities it takes seconds

# The engine's threads and their heaps reserve addresses, which are what is limited.
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "RAYON_NUM_THREADS": "2"}
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from graphrag.stores.embedded_engine import serve; serve(sys.argv[2])"
)


def run_read(
    store: "Workspace",
    statement: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    limit: int = 200,
    timeout: float = 30.0,
) -> Table:
    """Run a statement that reads on the graph of a workspace.

    Parameters
    ----------
    store : Workspace
        An opened workspace.
    statement : str
        One Cypher statement.
    parameters : mapping, optional
        Values of its parameters.
    limit : int
        The most rows to return.
    timeout : float
        The longest it may take, in seconds.

    Returns
    -------
    Table
        Columns and rows, as values that JSON can hold.

    Raises
    ------
    InputError
        The statement might do more than read, is wrong, or takes longer or more memory than it may.
    MissingExtra
        The engine is not installed.
    """
    check_statement(statement)
    if _FILES.search(statement):
        raise InputError("A statement on a workspace cannot hold the words LOAD and CSV; give texts as parameters.")
    if _CALLED.search(statement):
        raise InputError("FORMAT CSV is not Neo4j's Cypher: give --format csv instead.")
    return _run(store, statement, dict(parameters or {}), limit, timeout)


def run_library_query(
    store: "Workspace", query: Query, given: Mapping[str, Any], *, limit: int = 200, timeout: float = 30.0
) -> Table:
    """Run a query of the library on the graph of a workspace; parameters and errors are those of :func:`run_read`.

    Raises
    ------
    InputError
        The query runs on Neo4j only, or a parameter is missing, unknown, or of another type.
    """
    if "workspace" not in query.runs:
        raise InputError(
            f"The query {query.name} uses indexes of Neo4j and runs there only: publish the workspace with "
            "`graphrag publish`, then give --neo4j."
        )
    return _run(store, query.text, query.bind(given), limit, timeout)


class _Engine:
    """The process of the engine for one workspace, started when it is first wanted.  Threads take turns."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, digest: str, text: str, parameters: Mapping[str, Any], limit: int, timeout: float) -> Table:
        """Run a statement that is known to read."""
        request = {"text": text, "parameters": dict(parameters), "limit": limit, "timeout": timeout}
        try:
            said = json.dumps(request)
        except (TypeError, ValueError) as error:
            raise InputError(f"A parameter is no value of JSON: {error}") from error
        if not self._turn.acquire(timeout=timeout + _GRACE):
            raise InputError("Other statements keep the engine busy: try again later.")
        try:
            self._ask(json.dumps({"digest": digest}), _FILLING)
            reply = self._ask(said, timeout + _GRACE)
        finally:
            self._turn.release()
        return Table(tuple(reply["columns"]), tuple(tuple(row) for row in reply["rows"]), reply["more"])

    def _ask(self, request: str, seconds: float) -> dict[str, Any]:
        """Send a request and return the reply; end the process if it takes too long."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            process.stdin.write(request + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line.endswith("\n"):
            self.close()
            if late.is_set():
                raise InputError(f"The statement took longer than its time limit of {seconds - _GRACE:g} seconds.")
            raise InputError(_TOO_MUCH)
        reply: dict[str, Any] = json.loads(line)
        if reply.get("kind") == "MemoryError":
            raise InputError(_TOO_MUCH)
        if "error" in reply:
            kind = getattr(errors, reply["kind"], GraphRAGError)
            raise kind(reply["error"])
        return reply

    def _started(self) -> "subprocess.Popen[str]":
        """Return the process, started anew if it is gone."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and own words, no shell
                [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), self._path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={**os.environ, **_ENVIRONMENT},
            )
        return self._process

    def close(self) -> None:
        """End the process; ending it twice does nothing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


_TOO_MUCH = (
    f"The statement took more memory than its {MEMORY >> 30} GB: begin at named nodes, or count instead of listing."
)

_engines: "weakref.WeakKeyDictionary[Workspace, _Engine]" = weakref.WeakKeyDictionary()
_making = threading.Lock()


def _run(store: "Workspace", text: str, parameters: dict[str, Any], limit: int, timeout: float) -> Table:
    """Run a statement that is known to read in the engine of a workspace."""
    if importlib.util.find_spec("kglite") is None:
        raise MissingExtra(
            "Cypher on a workspace needs the package kglite: pip install 'hopgraph[cypher]'. Without it, Cypher runs "
            "on a published graph: give --neo4j."
        )
    with _making:
        engine = _engines.get(store)
        if engine is None:
            engine = _engines[store] = _Engine(str(store.path.resolve()))
            weakref.finalize(store, engine.close)
    return engine.run(str(store.meta("digest")), text, parameters, limit, timeout)
