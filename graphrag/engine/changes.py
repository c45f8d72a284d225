"""What can be done to the documents of an opened workspace."""

import contextlib
import difflib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.building import BuildReport, Estimate
from graphrag.building import build as build_workspace
from graphrag.building import estimate as estimate_build
from graphrag.config import PartSettings
from graphrag.documents.kept import KeptFiles
from graphrag.documents.problems import Problem
from graphrag.documents.sources import read_documents
from graphrag.engine.opened import Opened
from graphrag.errors import InputError, WorkspaceError
from graphrag.registry import create as create_part
from graphrag.stores.schema import LINKS_BEFORE, LINKS_FILE, PARSED_FOLDER
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, Scalar

if TYPE_CHECKING:
    from graphrag.protocols import Progress
    from graphrag.resolution.links import Link

__all__ = ["Changes"]

Inputs = Iterable[Document] | Sequence[str | Path]
"""Documents, or files and folders to read them from."""


class Changes(Opened):
    """The half of :class:`graphrag.GraphRAG` that writes: building, adding, removing, deciding about names."""

    def build(
        self,
        inputs: Inputs,
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
        return self._build(inputs, [], progress, workers, links=links)

    def estimate(
        self,
        inputs: Inputs,
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
            self._documents(inputs, problems),
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

    def add(
        self,
        inputs: Inputs,
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
        documents: Iterable[Document] = self._documents(inputs, problems, None if root is None else Path(root))
        if known:
            documents = list(documents)
            there = set(self._writable().document_ids())
            self._refuse_unknown(
                [d.id for d in documents if d.id not in there],
                "Name the folder that was built (--root), or `graphrag add` it.",
            )
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
        there = set(self._writable().document_ids())
        # The id of a file is its name in composed letters, whatever letters its folder lists.
        gone = {name if name in there else unicodedata.normalize("NFC", name) for name in ids}
        self._refuse_unknown(sorted(gone - there), "Nothing was removed.")
        return self._build([], [], progress, workers, keep=True, without=gone)

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

    def decisions(self) -> "list[Link]":
        """Return what people decided about names, first to last; the file ``links.tsv`` of the workspace holds it.

        Raises
        ------
        InputError
            A line of the file is not a decision.
        """
        from graphrag.resolution.links import links_of

        store = self._writable()
        if store.writing:
            self._settle()
        return links_of(store.path / LINKS_FILE)

    def decide(
        self, links: "Sequence[Link]", *, progress: "Progress | None" = None, workers: int | None = None
    ) -> BuildReport:
        """Follow these decisions about names instead of those before, in this and in all later builds.

        Where this build fails or is stopped, those before still hold.

        Parameters
        ----------
        links : sequence of Link
            All decisions, first to last; :meth:`decisions` without its last one undoes that one.
        progress, workers
            As :meth:`build`.

        Raises
        ------
        InputError
            One of them is no decision.
        """
        return self._build([], [], progress, workers, keep=True, links=links)

    @contextlib.contextmanager
    def _deciding(self, links: "Sequence[Link] | None") -> "Iterator[list[Link]]":
        """Give a build its decisions; new ones hold once it has succeeded, and else those before still do."""
        from graphrag.resolution.links import links_text, read_links

        store = self._writable()
        if links is None:
            yield self.decisions()
            return
        path = store.path / LINKS_FILE
        text = links_text(links)
        decided = read_links(text, str(path))
        if not store.writing:
            yield decided  # to be refused
            return
        self._settle()
        _put(path.with_name(LINKS_BEFORE), path.read_bytes() if path.exists() else b"")
        try:
            _put(path, text.encode() if links else b"")
            yield decided
        finally:
            self._settle()

    def _settle(self) -> None:
        """Put the decisions back that held before, where a build that was to follow others failed or was killed."""
        from graphrag.resolution.links import links_digest, links_of

        store = self._writable()
        path, before = store.path / LINKS_FILE, store.path / LINKS_BEFORE
        if before.exists():
            store.refresh()
            if (store.meta("links") or "") != links_digest(links_of(path)):
                before.replace(path)
            if path.exists() and not path.stat().st_size:
                path.unlink()
            before.unlink(missing_ok=True)

    def _refuse_unknown(self, ids: Sequence[str], hint: str) -> None:
        """Refuse ids that the workspace does not hold, naming the nearest one that it does."""
        if not ids:
            return
        near = difflib.get_close_matches(ids[0], self._writable().document_ids(), n=1)
        nearest = f"; did you mean {near[0]!r}?" if near else "."
        more = f" (nor of {len(ids) - 1} others)" if len(ids) > 1 else ""
        raise InputError(f"The workspace holds no document of the id {ids[0]!r}{more}{nearest} {hint}")

    def _writable(self) -> Workspace:
        """Return the workspace to build into."""
        if not isinstance(self._store, Workspace):
            raise WorkspaceError(f"The {self._store.path} is for asking: build a workspace and publish it.")
        return self._store

    def _build(
        self,
        inputs: Inputs,
        problems: list[Problem],
        progress: "Progress | None",
        workers: int | None,
        *,
        keep: bool = False,
        without: Collection[str] = (),
        links: "Sequence[Link] | None" = None,
    ) -> BuildReport:
        """Build with the recipe's parts and settings."""
        settings = self.recipe.build
        with self._deciding(links) as decided:
            report = build_workspace(
                self._documents(inputs, problems),
                self._writable(),
                extractor=settings.extraction.part("extractor"),
                embedder=settings.embedding.part("embedder"),
                settings=settings,
                problems=problems,
                progress=progress,
                workers=workers,
                executor=self.executor or settings.executor,
                notes={"recipe": self.recipe.model_dump(mode="json")},
                keep=keep,
                without=without,
                links=decided,
                refiner=self._refiner(),
                reporter=self._reporter(),
            )
        self._kept_files().keep_only(self._writable().document_ids())
        self._asker = self._composing = None
        return replace(report, usage=self._usage())

    def _documents(self, inputs: Inputs, problems: list[Problem], root: Path | None = None) -> Iterator[Document]:
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
            yield from read_documents(paths, problems, root=root, kept=self._kept_files())

    def _kept_files(self) -> KeptFiles:
        """Return what parsers made of files of this workspace."""
        return KeptFiles(self._writable().path / PARSED_FOLDER)

    def _usage(self) -> dict[str, dict[str, Any]]:
        """Return what each stage asked of the LLM since this was opened."""
        return {} if self._llm is None else {name: use.as_dict() for name, use in self._llm.usage.items()}


def _put(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
