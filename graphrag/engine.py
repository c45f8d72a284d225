"""GraphRAG: open, build, search, ask, explain, inspect, close.  The only place that wires the parts together."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from graphrag.answering.condense import Turn, standalone
from graphrag.asking import Asker, events_of
from graphrag.building import BuildReport, Estimate
from graphrag.building import build as build_workspace
from graphrag.building import estimate as estimate_build
from graphrag.config import PartSettings, Recipe, check_settings, load_recipe
from graphrag.documents.problems import Problem
from graphrag.documents.sources import read_documents
from graphrag.errors import InputError, WorkspaceError
from graphrag.explaining import explanation_of
from graphrag.registry import Part
from graphrag.registry import create as create_part
from graphrag.retrieval.appended import append_passages
from graphrag.retrieval.fusion import weight_vector
from graphrag.retrieval.reader import Index
from graphrag.stores.neo4j.connection import Address
from graphrag.stores.reading import Reader
from graphrag.stores.schema import LINKS_FILE
from graphrag.stores.workspace import Workspace
from graphrag.types import Answer, Document, Event, Scalar, SearchResult

if TYPE_CHECKING:
    from graphrag.composing import Composer
    from graphrag.llms.client import Client
    from graphrag.protocols import Embedder, Progress, Refiner, Reporter, Reranker
    from graphrag.querying import CypherAnswer
    from graphrag.resolution.links import Link
    from graphrag.retrieval.reader import FloatRows

__all__ = ["STYLES", "BuildReport", "GraphRAG", "asked_with"]

_MOST_PASSAGES = 200
STYLES = ("short", "long")
"""How much an answer says; only an LLM makes a difference of it."""


class GraphRAG:
    """A workspace, ready to build and to be asked.  Made by :meth:`create` or :meth:`open`; a context manager.

    Examples
    --------
    >>> with GraphRAG.create("workspace") as rag:  # doctest: +SKIP
    ...     rag.build(["documents/"])
    ...     print(rag.ask("Who directed the film?").text)
    """

    def __init__(self, store: Reader, recipe: Recipe) -> None:
        self._store = store
        self.recipe = recipe
        self._asker: Asker | None = None
        self._composing: Composer | None = None
        self._graph = "main"
        self._llm: Client | None = None
        self._closed = False
        self.max_cost: float | None = None
        """The most money that the LLM may cost while this is open, instead of the recipe's."""
        self.executor = "processes"
        """Where builds extract and embed: "processes" of this machine, or "ray"."""

    @property
    def store(self) -> Reader:
        """Where the graph is read: documents, entities, facts and communities of the state that is asked."""
        return self._store

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
        store = Workspace.open(path)
        try:
            rag = cls(store, asked_with(_stored_recipe(store) or load_recipe(), asked, llm))
            rag._ready()
        except BaseException:
            store.close()
            raise
        return rag

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
        try:
            store = Neo4jStore(database, graph)
            rag = cls(store, asked_with(_stored_recipe(store) or load_recipe(), asked, llm))
            rag._graph = graph
            rag._ready()
        except BaseException:
            database.close()
            raise
        return rag

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
        wanted = load_recipe(recipe) if recipe is not None else None
        store = Workspace.create(path)
        try:
            rag = cls(store, wanted or _stored_recipe(store) or load_recipe())
            weight_vector(rag.recipe.ask.weights)  # a wrong weight is told before a long build, not after it
        except BaseException:
            store.close()
            raise
        return rag

    def build(
        self,
        inputs: Iterable[Document] | Sequence[str | Path],
        *,
        progress: "Progress | None" = None,
        workers: int | None = None,
        links: "Sequence[Link] | None" = None,
    ) -> BuildReport:
        """Make the workspace the graph of exactly these documents.

        Parameters
        ----------
        inputs : iterable of Document, or of paths
            Documents, or files and folders to read them from.
        progress : Progress, optional
            Hears how far the build is.
        workers : int, optional
            Processes that extract and embed; by default as many as there are cores and enough to do.
        links : sequence of Link, optional
            All decisions about names, as for :meth:`decide`; by default those that the workspace holds.

        Returns
        -------
        BuildReport
            Counts, problems in the input, times and the digest.

        Raises
        ------
        InputError
            An input path does not exist.
        WorkspaceError
            The workspace was opened for reading only, or cannot be written.
        """
        if links is not None:
            self._write_links(links)
        return self._build(inputs, [], progress, workers)

    def add(
        self,
        inputs: Iterable[Document] | Sequence[str | Path],
        *,
        root: str | Path | None = None,
        known: bool = False,
        progress: "Progress | None" = None,
        workers: int | None = None,
    ) -> BuildReport:
        """Add documents to those that the workspace holds; one whose id is there takes the place of the old one.

        The workspace is afterwards what a build of all its documents would have made, to the bit.

        Parameters
        ----------
        inputs : iterable of Document, or of paths
            Documents, or files and folders to read them from.
        root : str or pathlib.Path, optional
            The folder below which the ids of files are paths, as in a build of that folder.
        known : bool
            Whether to refuse documents whose id is not there yet.
        progress, workers
            As :meth:`build`.

        Raises
        ------
        InputError
            An input path does not exist, or ``known`` is asked for and a document is not there.
        WorkspaceError
            The workspace was opened for reading only, or cannot be written.
        """
        problems: list[Problem] = []
        documents: Iterable[Document] = _documents(inputs, problems, None if root is None else Path(root))
        if known:
            documents = list(documents)
            there = set(self._writable().document_ids())
            self._refuse_unknown([d.id for d in documents if d.id not in there], "`graphrag add` adds it")
        return self._build(documents, problems, progress, workers, keep=True)

    def remove(
        self, ids: Iterable[str], *, progress: "Progress | None" = None, workers: int | None = None
    ) -> BuildReport:
        """Remove documents and all that rests on them alone.

        Parameters
        ----------
        ids : iterable of str
            Document ids.
        progress, workers
            As :meth:`build`.

        Raises
        ------
        InputError
            There is no document of an id; nothing is removed then.
        """
        gone = set(ids)
        self._refuse_unknown(sorted(gone - set(self._writable().document_ids())), "nothing was removed")
        return self._build([], [], progress, workers, keep=True, without=gone)

    def decisions(self) -> "list[Link]":
        """Return what people decided about names, first to last; the file ``links.tsv`` of the workspace holds it.

        Raises
        ------
        InputError
            A line of the file is not a decision.
        """
        from graphrag.resolution.links import read_links

        path = self._writable().path / LINKS_FILE
        return read_links(path.read_text(encoding="utf-8"), str(path)) if path.exists() else []

    def decide(
        self, links: "Sequence[Link]", *, progress: "Progress | None" = None, workers: int | None = None
    ) -> BuildReport:
        """Follow these decisions about names instead of those before, in this and in all later builds.

        Parameters
        ----------
        links : sequence of Link
            All decisions, first to last; :meth:`decisions` without its last one undoes that one.
        progress, workers
            As :meth:`build`.
        """
        self._write_links(links)
        return self._build([], [], progress, workers, keep=True)

    def _write_links(self, links: "Sequence[Link]") -> None:
        """Make these the decisions that the workspace holds."""
        from graphrag.resolution.links import links_text

        path = self._writable().path / LINKS_FILE
        if links:
            beside = path.with_name(f"{path.name}.new")
            beside.write_text(links_text(links), encoding="utf-8")
            beside.replace(path)
        else:
            path.unlink(missing_ok=True)

    def reembed(
        self,
        embedder: str,
        options: Mapping[str, Scalar] | None = None,
        *,
        progress: "Progress | None" = None,
        workers: int | None = None,
    ) -> BuildReport:
        """Give the workspace the vectors of another embedder, in this and in all later builds; nothing is read anew.

        Parameters
        ----------
        embedder : str
            Its name in the registry, such as ``onnx`` or ``sentence-transformers``.
        options : mapping, optional
            Its options, such as the model.
        progress, workers
            As :meth:`build`.

        Raises
        ------
        RecipeError
            There is no such embedder, or it refuses the options.
        MissingExtra
            A package that it needs is not installed.
        """
        embedding = PartSettings(name=embedder, options=options or {})
        create_part(embedding.part("embedder"))  # what is wrong with it is told before the work
        before = self.recipe
        build_settings = before.build.model_copy(update={"embedding": embedding})
        self.recipe = before.model_copy(update={"build": build_settings})
        try:
            return self._build([], [], progress, workers, keep=True)
        except BaseException:
            self.recipe = before
            raise

    def _refuse_unknown(self, ids: Sequence[str], hint: str) -> None:
        """Refuse ids that the workspace does not hold, naming the nearest one that it does."""
        if not ids:
            return
        import difflib

        near = difflib.get_close_matches(ids[0], self._writable().document_ids(), n=1)
        nearest = f"; did you mean {near[0]!r}?" if near else ""
        more = f" (nor of {len(ids) - 1} others)" if len(ids) > 1 else ""
        raise InputError(f"The workspace holds no document of the id {ids[0]!r}{more}{nearest}: {hint}.")

    def _writable(self) -> Workspace:
        """Return the workspace to build into."""
        if not isinstance(self._store, Workspace):
            raise WorkspaceError(f"The {self._store.path} is for asking: build a workspace and publish it.")
        return self._store

    def _build(
        self,
        inputs: Iterable[Document] | Sequence[str | Path],
        problems: list[Problem],
        progress: "Progress | None",
        workers: int | None,
        *,
        keep: bool = False,
        without: Collection[str] = (),
    ) -> BuildReport:
        """Build with the recipe's parts and settings."""
        settings = self.recipe.build
        report = build_workspace(
            _documents(inputs, problems),
            self._writable(),
            extractor=settings.extraction.part("extractor"),
            embedder=settings.embedding.part("embedder"),
            settings=settings,
            problems=problems,
            progress=progress,
            workers=workers,
            executor=self.executor,
            notes={"recipe": self.recipe.model_dump(mode="json")},
            keep=keep,
            without=without,
            links=self.decisions(),
            refiner=self._refiner(),
            reporter=self._reporter(),
        )
        self._asker = self._composing = None
        return replace(report, usage=self._usage())

    def _usage(self) -> dict[str, dict[str, Any]]:
        """Return what each stage asked of the LLM since this was opened."""
        return {} if self._llm is None else {name: use.as_dict() for name, use in self._llm.usage.items()}

    def estimate(
        self,
        inputs: Iterable[Document] | Sequence[str | Path],
        *,
        progress: "Progress | None" = None,
        workers: int | None = None,
    ) -> Estimate:
        """Return what :meth:`build` would ask of the LLM; parameters and errors as there.

        What costs nothing is done and kept for the build; nothing is sent, and what is asked stays as it is.
        """
        problems: list[Problem] = []
        settings = self.recipe.build
        return estimate_build(
            _documents(inputs, problems),
            self._writable(),
            extractor=settings.extraction.part("extractor"),
            embedder=settings.embedding.part("embedder"),
            settings=settings,
            refiner=self._refiner(),
            reporter=self._reporter(),
            meter=self.llm,
            problems=problems,
            progress=progress,
            workers=workers,
            links=self.decisions(),
        )

    def _create(self, part: Part) -> object:
        """Make a part that may need the LLM."""
        return create_part(part, llm=self.llm, prompts=self.recipe.llm.prompts)

    def _refiner(self) -> "Refiner | None":
        """Return what reads passages a second time, where the recipe names it."""
        part = self.recipe.build.refinement
        return None if part is None else cast("Refiner", self._create(part.part("refiner")))

    def _reporter(self) -> "Reporter | None":
        """Return what writes the reports anew, where the recipe names it."""
        part = self.recipe.build.reporting
        return None if part is None else cast("Reporter", self._create(part.part("reporter")))

    def search(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
    ) -> SearchResult:
        """Return the passages that bear on a question, best first.

        Parameters
        ----------
        question : str
            Anything.
        k : int, optional
            Number of passages; by default the recipe's.
        mode : str, optional
            One of :data:`graphrag.asking.MODE_WEIGHTS`; by default the recipe's.
        filters : mapping, optional
            Field -> value that a passage's document must have ("source", "title", "id" or any metadata).
        level : int, optional
            Level of the communities in the modes ``global`` and ``drift``, 0 the coarsest; by default the question
            decides.

        Returns
        -------
        SearchResult
            Empty where the workspace is.
        """
        settings = self.recipe.ask
        k = _checked(question, k, settings.k)
        return self._ready().search(question, k, mode or settings.mode, filters, level)

    def ask(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
        history: Sequence[Turn] = (),
        style: str = "short",
    ) -> Answer:
        """Answer a question from the documents, with citations.

        Parameters
        ----------
        question, k, mode, filters, level
            As :meth:`search`.
        history : sequence of (question, answer)
            The turns before, first to last; the question is made to stand alone with them.
        style : str
            ``short`` or ``long``; without an LLM both are the same.

        Returns
        -------
        Answer
            ``text`` is empty where the documents do not hold the answer; ``question`` is the one that stands alone.
            In an LLM's words each sentence ends with the numbers of its citations; ``notes`` say what was left out.

        Raises
        ------
        LLMError
            An LLM is wanted and none is set.  One that fails is no error: the answer without it has a note.
        """
        settings = self.recipe.ask
        k, mode = _checked(question, k, settings.k), mode or settings.mode
        _check_style(style)
        asker = self._ready()
        if settings.llm:
            from graphrag.composing import Asked

            return self._composer().ask(Asked(question, k, mode, filters, level, history, style))
        if history:
            question = standalone(question, history, asker.things)
        return asker.ask(question, k, mode, filters, settings.answer_threshold, level)

    def ask_stream(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        level: int | None = None,
        history: Sequence[Turn] = (),
        style: str = "short",
    ) -> Iterator[Event]:
        """Answer a question step by step; parameters and errors as :meth:`ask`, errors come with the first step.

        Yields
        ------
        Event
            ``plan`` (:class:`Plan`), ``evidence`` (the passages), ``delta`` (a piece of the text: with an LLM a
            sentence whose citations were checked), ``citations`` (the quotes), ``done`` (the :class:`Answer`).
        """
        settings = self.recipe.ask
        if not settings.llm:
            yield from events_of(self.ask(question, k, mode, filters, level, history, style))
            return
        from graphrag.composing import Asked

        k, mode = _checked(question, k, settings.k), mode or settings.mode
        _check_style(style)
        yield from self._composer().stream(Asked(question, k, mode, filters, level, history, style))

    def ask_cypher(self, question: str) -> "CypherAnswer":
        """Answer a question by a Cypher statement that the recipe's LLM writes; the statement can only read.

        Returns
        -------
        CypherAnswer
            The statement, its rows, and what they say; without rows where no statement could be run.

        Raises
        ------
        LLMError
            No LLM is set, or it fails.
        MissingExtra
            This is a workspace, and the engine for Cypher on it is not installed.
        """
        from graphrag.answering.model import Model
        from graphrag.querying import ask_cypher

        _checked(question, None, 1)
        names = [thing.name for thing in self._ready().things(question)]
        return ask_cypher(question, Model(self.llm(), self.recipe.llm.prompts), self._store, self._graph, names)

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

    def explain(
        self,
        question: str,
        k: int | None = None,
        mode: str | None = None,
        filters: Mapping[str, str] | None = None,
        why_not: str | None = None,
        level: int | None = None,
    ) -> dict[str, Any]:
        """Return the whole way from a question to its ranking, as JSON-able values.

        Parameters
        ----------
        question, k, mode, filters, level
            As :meth:`search`.
        why_not : str, optional
            A document that was expected: where it was lost.
        """
        settings = self.recipe.ask
        k = _checked(question, k, settings.k)
        asker = self._ready()
        mode = mode or settings.mode
        found = asker.find(question, mode, filters)
        overview = asker.overview(found, mode, filters, level)
        return explanation_of(asker, self._store, found, k, why_not, overview)

    def candidates(self, question: str) -> "tuple[list[str], FloatRows]":
        """Return all candidates of a question for fitting weights: document ids, and features (n, m)."""
        found = self._ready().find(question, "auto", None)
        chunks = self._store.chunks(found.candidates.rows.tolist())
        return [chunk.document_id for chunk in chunks], found.candidates.features

    def inspect(self) -> dict[str, Any]:
        """Return counts, the most mentioned entities, the largest communities, and the state of the workspace."""
        entities = sorted(self._store.entities(), key=lambda e: (-e.mention_count, e.name))[:10]
        reports = sorted(self._store.reports(), key=lambda r: (-r.rank, r.community_id))[:10]
        trouble = self._store.verify()
        return {
            "counts": self._store.counts(),
            "biggest_entities": [{"name": e.name, "label": e.label, "mentions": e.mention_count} for e in entities],
            "top_communities": [{"title": r.title, "rank": r.rank, "summary": r.summary} for r in reports],
            "build": {key: self._store.meta(key) for key in ("built", "version", "extractor", "embedder", "digest")},
            "health": trouble or "sound: structure, references, content and array checksums were verified",
        }

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
        from graphrag.llm import connect_llm

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

    def _ready(self) -> Asker:
        """Open the index when it is first needed."""
        if self._closed:
            raise WorkspaceError(f"The workspace {self._store.path} was closed: open it again.")
        if self._asker is None:
            embedder = _LazyEmbedder(self.recipe, self._store)
            arrays, weights = self._store.arrays(), self.recipe.ask.weights
            if isinstance(self._store, Workspace):
                arrays = append_passages(arrays, self._store.fresh())
            self._asker = Asker(self._store, Index(arrays), embedder.embed, weights, self._reranker())
        return self._asker


class _LazyEmbedder:
    """Loads the embedder at the first question, and refuses one that did not make the workspace's vectors."""

    def __init__(self, recipe: Recipe, store: Reader) -> None:
        self._recipe = recipe
        self._store = store
        self._embedder: Embedder | None = None

    def embed(self, text: str) -> Any:
        """Return the vector of a question."""
        if self._embedder is None:
            embedder = cast("Embedder", create_part(self._recipe.build.embedding.part("embedder")))
            made_by = self._store.meta("embedder")
            if made_by not in (None, embedder.fingerprint):
                raise WorkspaceError(
                    f"The vectors of {self._store.path} were made by another embedder ({made_by}) than the one "
                    f"installed ({embedder.fingerprint}): run `graphrag build` again with the same documents."
                )
            self._embedder = embedder
        return self._embedder.embed_query(text)


def _checked(question: str, k: int | None, default: int) -> int:
    """Return how many passages are wanted, refusing what is no question or no number of passages."""
    if not isinstance(question, str):
        raise InputError(f"a question is text, not {type(question).__name__}")
    if k is not None and not 1 <= k <= _MOST_PASSAGES:
        raise InputError(f"k = {k} is wrong: ask for 1 to {_MOST_PASSAGES} passages")
    return k or default


def _check_style(style: str) -> None:
    """Refuse a style that answers do not have."""
    if style not in STYLES:
        raise InputError(f"there is no style {style!r}; styles: {', '.join(STYLES)}")


def _documents(
    inputs: Iterable[Document] | Sequence[str | Path], problems: list[Problem], root: Path | None = None
) -> Iterator[Document]:
    """Yield documents as they are, and read those that are given as paths."""
    if isinstance(inputs, str | Path):
        inputs = [inputs]
    paths: list[Path] = []
    for item in inputs:
        if isinstance(item, Document):
            yield item
        else:
            paths.append(Path(item))
    if paths:
        yield from read_documents(paths, problems, root=root)


def asked_with(recipe: Recipe, asked: Recipe | None, llm: bool | None) -> Recipe:
    """Return a recipe with another's way of asking, and with an LLM that words answers, or without."""
    if asked is not None:
        recipe = recipe.model_copy(update={"ask": asked.ask, "llm": asked.llm})
    if llm is not None:
        recipe = recipe.model_copy(update={"ask": recipe.ask.model_copy(update={"llm": llm})})
    return recipe


def _stored_recipe(store: Reader) -> Recipe | None:
    """Return the recipe that a workspace was built with."""
    stored = store.meta("recipe")
    return None if stored is None else check_settings(stored, where=f"the recipe stored in {store.path}")
