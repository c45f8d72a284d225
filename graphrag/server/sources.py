"""Where the graph of a server comes from: a workspace with its views, or a published graph."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from graphrag.config import load_recipe
from graphrag.engine import GraphRAG, asked_with
from graphrag.errors import GraphRAGError, WorkspaceError
from graphrag.rights.views import Views
from graphrag.server.problems import Problem
from graphrag.server.settings import Settings
from graphrag.stores.neo4j.connection import Address
from graphrag.stores.neo4j.publish import stamp_of
from graphrag.stores.neo4j.session import Database
from graphrag.stores.watching import GenerationWatch

__all__ = ["Groups", "Source", "source_of"]

Groups = frozenset[str] | None
"""Whose documents are seen beside the public ones; None sees all."""


class Source(Protocol):
    """Opens the graph, and tells when there is another."""

    def open(self, groups: Groups, changed: Callable[[Groups], None]) -> GraphRAG:
        """Open the graph as some groups see it; ``changed`` is called when they may see more than that."""

    def mark(self) -> object:
        """Return what changes when there is another state; None where that cannot be told now."""

    def close(self) -> None:
        """Let go of everything."""


def source_of(settings: Settings) -> Source:
    """Return where the graph of a server comes from."""
    if settings.neo4j is not None:
        return _PublishedGraph(settings, settings.neo4j)
    return _WorkspaceFolder(settings, Path(str(settings.workspace)))


class _WorkspaceFolder:
    """A workspace.  What some groups see is built in a process of its own, while others are answered."""

    def __init__(self, settings: Settings, path: Path) -> None:
        self._settings = settings
        self._path = path
        self._watch = GenerationWatch(path)
        self._turn = threading.Lock()
        self._building: set[Groups] = set()
        self._one = threading.Lock()  # one view is built at a time, however many keys wait for theirs

    def open(self, groups: Groups, changed: Callable[[Groups], None]) -> GraphRAG:
        """See :class:`Source`.

        Raises
        ------
        Problem
            503 where what the groups see has still to be built.
        """
        if groups is None:
            return self._whole()
        view = Views(self._path).open(groups)
        if view is None or not view.current:
            self._build(groups, changed)
        if view is None:
            raise Problem(503, "What this key may see is being prepared: try again soon.", {"Retry-After": "2"})
        recipe = None if self._settings.recipe is None else load_recipe(self._settings.recipe)
        view.rag.recipe = asked_with(view.rag.recipe, recipe, self._settings.llm)
        return view.rag

    def mark(self) -> object:
        """See :class:`Source`."""
        return self._watch.now()

    def close(self) -> None:
        """See :class:`Source`."""
        self._watch.close()

    def _whole(self) -> GraphRAG:
        """Open all of it, again where a build replaced its arrays in the same moment."""
        for _ in range(2):
            try:
                return GraphRAG.open(self._path, recipe=self._settings.recipe, llm=self._settings.llm)
            except WorkspaceError:
                continue
        return GraphRAG.open(self._path, recipe=self._settings.recipe, llm=self._settings.llm)

    def _build(self, groups: frozenset[str], changed: Callable[[Groups], None]) -> None:
        """Begin to build what some groups see, unless that is going on."""
        with self._turn:
            if groups in self._building:
                return
            self._building.add(groups)

        def work() -> None:
            command = [sys.executable, "-m", "graphrag.server.view", str(self._path), json.dumps(sorted(groups))]
            try:
                with self._one:
                    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # noqa: S603 - our own program
            finally:
                with self._turn:
                    self._building.discard(groups)
                changed(groups)

        threading.Thread(target=work, name="view", daemon=True).start()


class _PublishedGraph:
    """A graph in Neo4j.  It has no views, so only those who see everything may ask it."""

    def __init__(self, settings: Settings, address: Address) -> None:
        self._settings = settings
        self._address = address
        self._database: Database | None = None

    def open(self, groups: Groups, changed: Callable[[Groups], None]) -> GraphRAG:
        """See :class:`Source`.

        Raises
        ------
        Problem
            403 for some groups.
        """
        if groups is not None:
            raise Problem(403, "A published graph knows no groups: keys of some groups need its workspace.")
        settings = self._settings
        return GraphRAG.connect(self._address, graph=settings.graph, recipe=settings.recipe, llm=settings.llm)

    def mark(self) -> object:
        """See :class:`Source`."""
        try:
            if self._database is None:
                self._database = Database(self._address)
            stamp = stamp_of(self._database, self._settings.graph)
        except GraphRAGError:
            return None
        return stamp["digest"] if stamp is not None and stamp.get("state") == "complete" else None

    def close(self) -> None:
        """See :class:`Source`."""
        if self._database is not None:
            self._database.close()
