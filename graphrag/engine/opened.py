"""An opened store and the parts that its recipe names, each made when it is first needed."""

import functools
import threading
from typing import TYPE_CHECKING, Any, Self, cast

from graphrag.config import Recipe
from graphrag.errors import WorkspaceError
from graphrag.registry import Part
from graphrag.registry import create as create_part
from graphrag.stores.reading import Reader
from graphrag.stores.schema import READINGS_FILE
from graphrag.stores.workspace import Workspace

if TYPE_CHECKING:
    from graphrag.answering.spotting import Spotter
    from graphrag.asking import Asker
    from graphrag.composing import Composer
    from graphrag.llms.client import Client
    from graphrag.protocols import Embedder, Refiner, Reporter, Reranker

__all__ = ["Opened"]

_KEPT_PARTS = 1000  # vectors of parts of questions that are kept, 1.5 KB each


class Opened:
    """What :class:`graphrag.GraphRAG` holds: a store, its recipe, and the parts; a context manager.

    Parameters
    ----------
    store : Reader
        A workspace or a published graph; closed with this.
    recipe : Recipe
        Names the parts and their settings.
    graph : str
        The graph's name, where the store is a database.
    """

    def __init__(self, store: Reader, recipe: Recipe, graph: str = "main") -> None:
        self._store = store
        self.recipe = recipe
        self._graph = graph
        self._asker: Asker | None = None
        self._composing: Composer | None = None
        self._llm: Client | None = None
        self._closed = False
        self._making = threading.Lock()  # threads of a server share one LLM, with its usage and its limits
        self.max_cost: float | None = None
        """The most money that the LLM may cost while this is open, instead of the recipe's."""
        self.executor: str | None = None
        """Where builds extract and embed, instead of the recipe's: "processes" of this machine, or "ray"."""

    @property
    def store(self) -> Reader:
        """Where the graph is read: documents, entities, facts and communities of the state that is asked."""
        return self._store

    def llm(self) -> "Client":
        """Return the LLM that the recipe names, made when it is first needed.

        Its ``usage`` tells what it cost so far.

        Raises
        ------
        LLMError
            No endpoint or no model is set.
        RecipeError
            A setting is wrong, or money is limited and the model's price is not known.
        """
        from graphrag.recipe_llm import connect_llm

        with self._making:
            if self._llm is None:
                folder = self._store.path if isinstance(self._store, Workspace) else None
                self._llm = connect_llm(self.recipe.llm, folder, max_cost=self.max_cost)
            return self._llm

    def close(self) -> None:
        """Close the workspace; closing twice does nothing."""
        self._asker = self._composing = None
        if self._llm is not None:
            self._llm.close()
            self._llm = None
        self._closed = True
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ready(self) -> "Asker":
        """Open the index when it is first needed."""
        from graphrag.asking import Asker
        from graphrag.retrieval.appended import append_passages
        from graphrag.retrieval.reader import Index

        if self._closed:
            raise WorkspaceError(f"The workspace {self._store.path} was closed: open it again.")
        if self._asker is None:
            embedder = _LazyEmbedder(self.recipe, self._store)
            arrays, weights = self._store.arrays(), self.recipe.ask.weights
            if isinstance(self._store, Workspace):
                arrays = append_passages(arrays, self._store.fresh())
            self._asker = Asker(
                self._store,
                Index(arrays),
                embedder,
                weights,
                self._reranker(),
                self._spotter(),
            )
        return self._asker

    def _composer(self) -> "Composer":
        """Return what words answers with the recipe's LLM."""
        from graphrag.composing import Composer

        if self._composing is None:
            asker, recipe = self._ready(), self.recipe
            self._composing = Composer(asker, self._store, self.llm(), recipe.ask, recipe.llm.prompts, self._reranker())
        return self._composing

    def _reranker(self) -> "Reranker | None":
        """Return what puts passages in another order; None where nothing does, or the LLM."""
        part = self.recipe.ask.rerank
        if part is None or part.name == "llm":
            return None
        return cast("Reranker", create_part(part.part("reranker")))

    def _spotter(self) -> "Spotter":
        """Return what reads short answers; its parser is loaded when it is first needed."""
        from graphrag.answering.spotting import Spotter, shipped_reader
        from graphrag.extraction.parsing import SentenceParser

        shipped = shipped_reader()
        return Spotter(SentenceParser(), shipped["weights"], shipped["surety"])

    def _create(self, part: Part) -> object:
        """Make a part that may need the LLM, or what the workspace keeps for it."""
        readings = self._store.path / READINGS_FILE if isinstance(self._store, Workspace) else None
        return create_part(part, llm=self.llm, prompts=self.recipe.llm.prompts, readings=readings)

    def _refiner(self) -> "Refiner | None":
        """Return what reads passages a second time, where the recipe names it."""
        part = self.recipe.build.refinement
        return None if part is None else cast("Refiner", self._create(part.part("refiner")))

    def _reporter(self) -> "Reporter | None":
        """Return what writes the reports anew, where the recipe names it."""
        part = self.recipe.build.reporting
        return None if part is None else cast("Reporter", self._create(part.part("reporter")))


class _LazyEmbedder:
    """Loads the embedder at the first question, and refuses one that did not make the workspace's vectors."""

    def __init__(self, recipe: Recipe, store: Reader) -> None:
        self._recipe = recipe
        self._store = store
        self._embedder: Embedder | None = None
        # What is asked about names is often the same from question to question.
        self.rest = functools.lru_cache(_KEPT_PARTS)(self.question)
        self.clause = functools.lru_cache(_KEPT_PARTS)(self._clause)

    def question(self, text: str) -> Any:
        """Return the vector of a question."""
        return self._ready().embed_query(text)

    def _clause(self, text: str) -> Any:
        """Return the vector of a clause, without what the embedder puts before questions."""
        embedder = self._ready()
        return getattr(embedder, "embed_phrase", embedder.embed_query)(text)

    def _ready(self) -> "Embedder":
        """Return the embedder, loaded when it is first wanted."""
        if self._embedder is None:
            embedder = cast("Embedder", create_part(self._recipe.build.embedding.part("embedder")))
            made_by = self._store.meta("embedder")
            if made_by not in (None, embedder.fingerprint):
                raise WorkspaceError(
                    f"The vectors of {self._store.path} were made by another embedder ({made_by}) than the one "
                    f"installed ({embedder.fingerprint}): run `graphrag build` again with the same documents."
                )
            self._embedder = embedder
        return self._embedder
