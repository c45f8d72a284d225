"""GraphRAG itself: how a workspace or a published graph is opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self

from graphrag.config import Recipe, load_recipe
from graphrag.engine.changes import Changes
from graphrag.engine.questions import Questions
from graphrag.engine.recipes import asked_with, recipe_of
from graphrag.retrieval.fusion import weight_vector
from graphrag.stores.neo4j.connection import Address
from graphrag.stores.reading import Reader
from graphrag.stores.workspace import Workspace

__all__ = ["GraphRAG"]


class GraphRAG(Changes, Questions):
    """A workspace, ready to build and to be asked.  Made by :meth:`create` or :meth:`open`; a context manager.

    Examples
    --------
    >>> with GraphRAG.create("workspace") as rag:  # doctest: +SKIP
    ...     rag.build(["documents/"])
    ...     print(rag.ask("Who directed the film?").text)
    """

    @classmethod
    def open(cls, path: str | Path, *, recipe: str | None = None, llm: bool | None = None) -> Self:
        """Open a workspace for asking.

        Parameters
        ----------
        path : str or pathlib.Path
            The workspace's folder.
        recipe : str, optional
            A recipe whose sections ``ask`` and ``llm`` take the place of those that the workspace was built with.
        llm : bool, optional
            Whether an LLM words the answers; by default as the recipe's ``ask.llm`` says.

        Raises
        ------
        WorkspaceError
            There is no workspace, another version made it, or it cannot be read.
        WorkspaceDamaged
            A file does not match its checksum.
        """
        asked = None if recipe is None else load_recipe(recipe)
        asked = None if recipe is None else load_recipe(recipe)
        store = Workspace.open(path)
        with _closed_if_it_fails(store):
            return cls._to_ask(store, asked, llm)

    @classmethod
    def connect(
        cls, address: Address, *, graph: str = "main", recipe: str | None = None, llm: bool | None = None
    ) -> Self:
        """Open a graph that was published to Neo4j, for asking; no workspace is needed.

        Parameters
        ----------
        address : Address
            Made by :func:`graphrag.stores.neo4j.connection.find_address`.
        graph : str
            The graph's name in the database.
        recipe, llm
            As :meth:`open`.

        Raises
        ------
        GraphRAGError
            The server cannot be reached, or has no such graph.
        """
        from graphrag.stores.neo4j.session import Database
        from graphrag.stores.neo4j.store import Neo4jStore

        asked = None if recipe is None else load_recipe(recipe)
        database = Database(address)
        with _closed_if_it_fails(database):
            return cls._to_ask(Neo4jStore(database, graph), asked, llm, graph)

    @classmethod
    def create(cls, path: str | Path, *, recipe: str | None = None) -> Self:
        """Make a workspace, or open the one that is there for building.

        Parameters
        ----------
        path : str or pathlib.Path
            A folder that does not exist, is empty, or is a workspace.
        recipe : str, optional
            A shipped recipe's name or a YAML file; by default the workspace's own, else ``offline``.

        Raises
        ------
        RecipeError
            The recipe is unknown or wrong.
        WorkspaceError
            The folder cannot be used.
        WorkspaceLocked
            Another process is building there.
        """
        wanted = None if recipe is None else load_recipe(recipe)
        store = Workspace.create(path)
        with _closed_if_it_fails(store):
            rag = cls(store, wanted or recipe_of(store))
            weight_vector(rag.recipe.ask.weights)  # a wrong weight is told before a long build, not after it
            return rag

    @classmethod
    def _to_ask(cls, store: Reader, asked: Recipe | None, llm: bool | None, graph: str = "main") -> Self:
        """Return a store with its recipe, or another's way of asking, and the index open."""
        rag = cls(store, asked_with(recipe_of(store), asked, llm), graph)
        rag._ready()
        return rag


class _Closable(Protocol):
    def close(self) -> None: ...


@contextmanager
def _closed_if_it_fails(opened: _Closable) -> Iterator[None]:
    """Close what was opened where the block does not end well."""
    try:
        yield
    except BaseException:
        opened.close()
        raise
