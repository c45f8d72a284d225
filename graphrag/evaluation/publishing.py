"""How fast a graph is published to Neo4j, against a plain loop of the driver in the same run."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from graphrag.engine import GraphRAG
from graphrag.errors import GraphRAGError
from graphrag.stores.cypher import load_query
from graphrag.stores.neo4j.connection import Address
from graphrag.stores.neo4j.content import Content
from graphrag.stores.neo4j.items import KINDS
from graphrag.stores.neo4j.publish import publish
from graphrag.stores.neo4j.running import run_query
from graphrag.stores.neo4j.session import Database
from graphrag.stores.workspace import Workspace

__all__ = ["Publishing", "measure_publishing"]

_GRAPHS = ("bench: plain", "bench: published")
_BATCH = 1000  # rows in a transaction of the plain loop
_MORE = "It was described by John Smith in London in 1931."  # by which a document is changed
_ROUNDS = 3  # of changes
_CLEARED = 5000  # nodes in a transaction
_LEFT_OUT = shutil.ignore_patterns("neo4j", "views", "lock", "cypher")  # of the copy in which a document is changed


@dataclass(frozen=True, slots=True)
class Publishing:
    """What was measured; a row is a node or a relationship.

    Attributes
    ----------
    plain_seconds, publish_seconds : float
        The plain loop and the first publish, inside this process.
    unchanged_seconds : float
        The whole command by the clock, when nothing has changed.
    removed_seconds, added_seconds, changed_seconds : tuple of float
        The same when one document was removed, was added again, and had its text changed; in turn, so that the first
        tell what a server takes that has not run these statements before.
    search_seconds : float or None
        Median of the questions, None without any.
    """

    nodes: int
    relationships: int
    plain_seconds: float
    publish_seconds: float
    unchanged_seconds: float
    removed_seconds: tuple[float, ...]
    added_seconds: tuple[float, ...]
    changed_seconds: tuple[float, ...]
    search_seconds: float | None

    @property
    def rows_per_second(self) -> float:
        """Rows that publishing wrote in a second."""
        return (self.nodes + self.relationships) / self.publish_seconds

    @property
    def plain_rows_per_second(self) -> float:
        """Rows that the plain loop wrote in a second."""
        return (self.nodes + self.relationships) / self.plain_seconds


def measure_publishing(
    workspace: Workspace,
    database: Database,
    say: Callable[[str], None] = lambda _: None,
    questions: Sequence[str] = (),
) -> Publishing:
    """Write a workspace's graph twice, by a plain ``UNWIND … MERGE`` loop and by publishing, and remove both.

    Publishing goes first, so that constraints and indexes are there for both; it also compares, writes digests and
    checks the outcome, which the loop does not.  A document is removed, added again and changed in a copy of the
    workspace.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    database : Database
        Where two graphs named "bench: …" are written and removed.
    say : callable
        Hears what is being done.
    questions : sequence of str
        Searched for in the published graph.

    Raises
    ------
    GraphRAGError
        A command fails.
    """
    plain, published = _GRAPHS
    for graph in _GRAPHS:
        _clear(database, graph)
    try:
        say("publishing")
        done = publish(workspace, database, published)
        search = _median_search(database.address, published, questions) if questions else None
        say("changing one document")
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "w"
            shutil.copytree(workspace.path, copy, ignore=_LEFT_OUT)
            unchanged = _command(copy, database.address, published)
            removed, added, changed = zip(*_changes(copy, database.address, published), strict=True)
        _clear(database, published)
        say("the plain loop")
        content = Content(workspace)
        for kind in KINDS:  # making the items is no part of writing them
            for _ in content.items(kind):
                pass
        began = time.perf_counter()
        nodes, relationships = _write_plainly(content, database, plain)
        seconds = time.perf_counter() - began
    finally:
        for graph in _GRAPHS:
            _clear(database, graph)
    return Publishing(nodes, relationships, seconds, done.seconds, unchanged, removed, added, changed, search)


def _changes(copy: Path, address: Address, graph: str) -> Iterator[tuple[float, float, float]]:
    """Yield how long the command takes for one document that was removed, added again, and changed, several times."""
    with Workspace.open(copy) as store:
        document = store.document(store.document_ids()[0])
    assert document is not None
    for _ in range(_ROUNDS):
        with GraphRAG.create(copy) as rag:
            rag.remove([document.id])
        removed = _command(copy, address, graph)
        with GraphRAG.create(copy) as rag:
            rag.add([document])
        added = _command(copy, address, graph)
        with GraphRAG.create(copy) as rag:
            rag.add([replace(document, text=f"{document.text} {_MORE}")], known=True)
        yield removed, added, _command(copy, address, graph)


def _command(workspace: Path, address: Address, graph: str) -> float:
    """Run ``graphrag publish`` as its users do and return its seconds."""
    known = {"NEO4J_USERNAME": address.user, "NEO4J_PASSWORD": address.password, "NEO4J_DATABASE": address.database}
    command = [sys.executable, "-m", "graphrag.cli", "publish", "-w", str(workspace), "--neo4j", address.uri]
    environment = {**os.environ, **{name: value for name, value in known.items() if value}}
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - this interpreter and own words, no shell
        [*command, "--graph", graph], capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise GraphRAGError(f"`graphrag publish` failed: {done.stderr.strip()}")
    return time.perf_counter() - began


def _median_search(address: Address, graph: str, questions: Sequence[str]) -> float:
    """Return the median seconds of a search on a published graph."""
    seconds = []
    with GraphRAG.connect(address, graph=graph) as rag:
        rag.search(questions[0])  # opening reads the index
        for question in questions:
            began = time.perf_counter()
            rag.search(question)
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _write_plainly(content: Content, database: Database, graph: str) -> tuple[int, int]:
    """Write all nodes, then all relationships, row by row; return how many of each."""
    nodes = relationships = 0
    for kind in KINDS:
        rows = ({"id": item.id, "properties": _plain(item.properties)} for item in content.items(kind))
        while batch := list(islice(rows, _BATCH)):
            database.write([(f"write/put-{kind}", {"graph": graph, "batch": {"rows": batch}})])
            nodes += len(batch)
    by_type: dict[str, list[dict[str, Any]]] = {}
    for name, row in _links(content, graph):
        batch = by_type.setdefault(name, [])
        batch.append(row)
        if len(batch) == _BATCH:
            relationships += _write_links(database, graph, name, by_type.pop(name))
    for name, batch in by_type.items():
        relationships += _write_links(database, graph, name, batch)
    return nodes, relationships


def _links(content: Content, graph: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the type and the row of each relationship."""
    for kind in KINDS:
        for item in content.items(kind):
            for link in item.links:
                ends = (link.target, item.id) if link.type == "IN_COMMUNITY" else (item.id, link.target)
                properties = {**link.properties, "graph": graph}
                yield link.type, {"source": ends[0], "target": ends[1], "properties": properties}


def _write_links(database: Database, graph: str, name: str, batch: list[dict[str, Any]]) -> int:
    """Write relationships of one type."""
    database.write([(f"bench/plain-{name.lower().replace('_', '-')}", {"graph": graph, "rows": batch})])
    return len(batch)


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    """Return properties as the driver takes them without help: vectors as lists."""
    return {key: value.tolist() if hasattr(value, "tolist") else value for key, value in properties.items()}


def _clear(database: Database, graph: str) -> None:
    """Remove a graph."""
    query = load_query("bench/clear")
    while run_query(database, query, {"graph": graph, "rows": _CLEARED}, rows=1, seconds=120).rows[0][0]:
        pass
