"""Staging the documents of a build: those that are read, and those that stay."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import graphrag
from graphrag.building.report import Stages
from graphrag.documents.problems import Problem
from graphrag.errors import InputError, WorkspaceDamaged
from graphrag.pool import Makers
from graphrag.stores.draft import Counts, Draft
from graphrag.stores.spare import has_spare
from graphrag.stores.workspace import Workspace
from graphrag.types import Chunk, Document, DocumentId, Scalar

if TYPE_CHECKING:
    from graphrag.config import BuildSettings

__all__ = ["Before", "stage_documents"]

_DOCUMENTS_A_COMMIT = 500
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Before:
    """What the workspace holds already, and what of it can be used again."""

    workspace: Workspace
    settings: "BuildSettings"
    keep: bool
    without: frozenset[str]

    @property
    def cut_the_same(self) -> bool:
        """Whether this version of the program, with these settings, cut the documents of the workspace."""
        meta = self.workspace.meta
        return bool(meta("version") == graphrag.__version__ and meta("chunking") == self.settings.chunking.model_dump())

    def stands(self, draft: Draft, makers: Makers, notes: Mapping[str, object]) -> bool:
        """Tell whether the workspace is sound, complete, and what these makers and settings would make again."""
        meta = self.workspace.meta
        wanted = {**notes, "settings": self.settings.fingerprint, "version": graphrag.__version__}
        if any(meta(key) != value for key, value in wanted.items()):
            return False
        same = (meta("extractor"), meta("embedder")) == (makers.extractor, makers.embedder)
        return same and not draft.missing(makers.extractor, makers.embedder) and not self.workspace.verify()


def stage_documents(
    draft: Draft,
    documents: Iterable[Document],
    problems: Sequence[Problem],
    settings: "BuildSettings",
    stage: Stages,
    before: Before,
) -> Counts:
    """Stage all documents with their chunks, and note what could not be read.

    Raises
    ------
    InputError
        None of the input could be used.
    WorkspaceDamaged
        Documents are to stay that only the second copy still holds.
    """
    if before.keep and not before.workspace.meta("generation") and has_spare(before.workspace.path):
        raise WorkspaceDamaged(
            f"The workspace {before.workspace.path} has lost its documents, but for their second copy: "
            f"`graphrag doctor -w {before.workspace.path}` makes it again."
        )
    with stage("reading"):
        _stage(draft, documents, settings, stage, draft.known() if before.cut_the_same else {})
        if problems and draft.nothing_staged():
            raise _nothing_usable(problems, before)
        if before.keep:
            _keep(draft, problems, settings, stage, before)
        draft.note((f"{p.source}, {p.where}" if p.where else p.source, p.message) for p in problems)
        counts = draft.seal()
        stage.note = f"{counts.documents:,} documents, {counts.chunks:,} passages"
    return counts


def _nothing_usable(problems: Sequence[Problem], before: Before) -> InputError:
    """Return the error for an input without a document: a script must hear of it, and it empties no workspace."""
    path, there = before.workspace.path, bool(before.workspace.meta("generation"))
    more = f", and {len(problems) - 1:,} more" if len(problems) > 1 else ""
    rest = f"the workspace {path} is left as it was" if there else f"no workspace is made at {path}"
    anew = ", or delete the folder to begin anew" if there and not before.keep else ""
    return InputError(f"None of the input could be used ({problems[0]}{more}), so {rest}: check the input{anew}.")


def _keep(draft: Draft, problems: Sequence[Problem], settings: "BuildSettings", stage: Stages, before: Before) -> None:
    """Stage the documents that stay, and note what was said about them."""
    new = draft.staged()
    replaced = {d: source for d, source in before.workspace.document_sources() if d in new or d in before.without}
    if before.cut_the_same:
        draft.keep_documents(before.without)
    else:
        stays = (d for d in before.workspace.documents() if d.id not in new and d.id not in before.without)
        _stage(draft, stays, settings, stage, {})
    # Last, for what is cut anew notes its problems again.
    draft.keep_problems({*new.values(), *replaced.values(), *new, *replaced, *(p.source for p in problems)})


def _stage(
    draft: Draft, documents: Iterable[Document], settings: "BuildSettings", stage: Stages, known: Mapping[str, str]
) -> None:
    """Stage all documents with their chunks, a bounded number at a time; ``known`` ones are cut already."""
    from graphrag.documents.chunks import chunk_document

    chunking = settings.chunking
    some = iter(documents)
    while block := list(islice(some, _DOCUMENTS_A_COMMIT)):
        rows: list[tuple[Document, list[Chunk] | None]] = []
        for document in block:
            clean = _well_formed(document)
            chunks: list[Chunk] | None = None
            if not clean.text.strip() or known.get(clean.id) != clean.digest:
                chunks = chunk_document(
                    clean, max_tokens=chunking.max_tokens, overlap_sentences=chunking.overlap_sentences
                )
            rows.append((clean, chunks))
            place = clean.source or clean.id
            if clean is not document:
                draft.note([(place, f"the document {clean.id!r} holds lone surrogates, which were replaced by U+FFFD")])
            if chunks == []:
                draft.note([(place, f"the document {clean.id!r} holds no text; it is kept without passages")])
        draft.add(rows)
        stage.advance(len(rows))


def _well_formed(document: Document) -> Document:
    """Return the document with U+FFFD in place of lone surrogates, which no text format can hold; offsets stay."""

    def fix(text: str) -> str:
        return text if text.isascii() else _SURROGATE.sub("\ufffd", text)

    metadata: dict[str, Scalar] = {
        fix(key): fix(value) if isinstance(value, str) else value for key, value in document.metadata.items()
    }
    clean = replace(
        document,
        id=DocumentId(fix(document.id)),
        title=fix(document.title),
        text=fix(document.text),
        source=fix(document.source),
        metadata=metadata,
    )
    return document if clean == document else clean
