"""The build line: documents → chunks → extraction and vectors → resolution → communities → index → one commit."""

import contextlib
import functools
import gc
import re
import signal
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import TYPE_CHECKING

import graphrag
from graphrag.documents.problems import Problem
from graphrag.errors import GraphRAGError, InputError
from graphrag.pool import Analyser, Local, Makers, Pool, Task, cores
from graphrag.protocols import Progress
from graphrag.registry import Part
from graphrag.stores.draft import Counts, Draft, Missing
from graphrag.stores.workspace import Workspace
from graphrag.types import Chunk, Community, CommunityReport, Document, DocumentId, Resolution, Scalar

if TYPE_CHECKING:
    from graphrag.config import BuildSettings
    from graphrag.resolution.links import Link
    from graphrag.resolution.resolve import Passages

__all__ = ["BuildReport", "build"]

# Chunks a task: large enough that pipes and commits cost nothing, small enough that a kill loses under a second.
_BATCH = 32
# Below this many chunks a worker would spend longer loading its models than working.
_WORTH_A_WORKER = 75
_DOCUMENTS_A_COMMIT = 500
# Passages that are held in memory, about 10 kB each with all that is read from them.
_HELD = 10_000
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made and what it cost."""

    documents: int
    chunks: int
    entities: int
    facts: int
    communities: int
    reports: int
    problems: tuple[tuple[str, str], ...]  # (place, message) for all input that could not be used as it was
    analysed: int  # chunks of different content that were extracted or embedded in this run
    reused: int  # chunks of different content whose analysis was there from an earlier run
    seconds: dict[str, float] = field(compare=False)  # stage -> seconds
    digest: str = ""
    changed: bool = True  # False where the workspace held all this already, and was left alone


class _Stages:
    """Names the stages of a build to whoever listens, to the journal and to the report."""

    def __init__(self, progress: Progress | None, draft: Draft) -> None:
        self._progress = progress
        self._draft = draft
        self.seconds: dict[str, float] = {}
        self.now = ""
        self.note = ""

    @contextlib.contextmanager
    def __call__(self, name: str, total: int | None = None) -> Iterator[None]:
        """Run a block as the stage ``name`` of ``total`` units."""
        self.now, self.note = name, ""
        self._draft.journal(name)
        if self._progress is not None:
            self._progress.start(name, total)
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(time.perf_counter() - started, 3)
            if self._progress is not None:
                self._progress.finish(self.note)

    def advance(self, units: int = 1) -> None:
        """Tell that ``units`` more of the stage are done."""
        if self._progress is not None:
            self._progress.advance(units)


def build(
    documents: Iterable[Document],
    workspace: Workspace,
    *,
    extractor: Part,
    embedder: Part,
    settings: "BuildSettings",
    problems: Sequence[Problem] = (),
    progress: Progress | None = None,
    workers: int | None = None,
    notes: dict[str, object] | None = None,
    keep: bool = False,
    without: Collection[str] = (),
    links: Sequence["Link"] = (),
) -> BuildReport:
    """Make the workspace the knowledge graph of exactly these documents, or of these and those that it holds.

    What a chunk's analysis gave is kept from run to run, also from one that was stopped.  Everything else changes in
    one commit at the end: until then, and when anything fails, the workspace is as it was.

    Parameters
    ----------
    documents : iterable of Document
        Read once, in any order; the result does not depend on it.
    workspace : Workspace
        Opened for writing.
    extractor, embedder : Part
        What reads mentions and facts, and what makes vectors.
    settings : BuildSettings
        Chunking, resolution and communities.
    problems : sequence of Problem
        What reading ``documents`` noted, looked at once they are exhausted.
    progress : Progress, optional
        Hears of the stages reading, extracting and embedding, resolving, communities, reports, indexing, saving.
    workers : int, optional
        Processes that extract and embed; by default one for each core, fewer where there is little to do.
    notes : dict, optional
        What to note in the workspace's meta table beside the build's own facts, e.g. the recipe.
    keep : bool
        Whether the documents that the workspace holds stay; one of ``documents`` replaces that of its id.
    without : collection of str
        Ids of documents that do not stay, where ``keep`` is true.
    links : sequence of Link
        What people decided about names.

    Returns
    -------
    BuildReport
        Counts, times and the digest of the content.

    Raises
    ------
    InputError
        None of the input could be used, and the workspace holds documents.
    GraphRAGError
        A part fails or a worker dies; the message names the documents.
    WorkspaceError
        The workspace cannot be written, or the cache is damaged.
    KeyboardInterrupt
        On Ctrl-C and SIGTERM; the message says how to go on.
    """
    # Here and below, what only a build needs is imported when it is needed: asking loads this module too.
    from graphrag.resolution.links import links_digest
    from graphrag.resolution.resolve import resolve
    from graphrag.retrieval.index import build_index
    from graphrag.retrieval.report_arrays import report_arrays

    started = time.perf_counter()
    notes = {**(notes or {}), "links": links_digest(links)}
    with _stoppable(), workspace.draft() as draft, contextlib.ExitStack() as stack:
        stage = _Stages(progress, draft)
        try:
            before = _Before(workspace, settings, keep=keep, without=frozenset(without))
            counts = _read(draft, documents, problems, settings, stage, before)
            if counts.documents == 0 and problems and not keep and workspace.counts()["documents"]:
                raise InputError(
                    f"None of the input could be used ({problems[0]}), so the workspace {workspace.path} is left as it "
                    "was: check the input, or delete the folder to begin anew."
                )
            if draft.nothing_new() and before.stands(draft, extractor, embedder, notes):
                draft.finished()
                stage.seconds["total"] = round(time.perf_counter() - started, 3)
                return _unchanged(workspace, counts, stage.seconds)
            makers, analysed = _analyse(draft, extractor, embedder, workers, counts.contents, stage)
            stack.enter_context(_uncollected())
            with stage("resolving"):
                threshold = settings.resolution.fuzzy_threshold
                passages = _passages(draft, makers.extractor, counts)
                resolution = resolve(passages, fuzzy_threshold=threshold, links=links)
                stage.note = f"{len(resolution.entities):,} entities, {len(resolution.facts):,} facts"
            with stage("communities"):
                communities = _communities(resolution, settings)
                stage.note = f"{len(communities):,} communities"
            with stage("reports"):
                reports = _reports(draft, communities, resolution, makers.embedder)
                stage.note = f"{len(reports):,} reports"
            with stage("indexing"):
                vectors = draft.vectors(makers.embedder)
                arrays = build_index(draft.chunks(), vectors, resolution, makers.dimensions)
                arrays |= report_arrays(communities, reports, resolution.entities, draft.chunks(), arrays)
            with stage("saving"):
                facts = {**notes, **_facts_about(makers, settings)}
                digest = draft.commit(resolution, communities, reports, arrays, facts)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"Stopped while {stage.now}. The workspace {workspace.path} is as it was before this build, and the "
                "passages that were analysed are kept: run the same command again to go on."
            ) from None
    stage.seconds["total"] = round(time.perf_counter() - started, 3)
    return BuildReport(
        documents=counts.documents,
        chunks=counts.chunks,
        entities=len(resolution.entities),
        facts=len(resolution.facts),
        communities=len(communities),
        reports=len(reports),
        problems=tuple(workspace.problems()),
        analysed=analysed,
        reused=counts.contents - analysed,
        seconds=stage.seconds,
        digest=digest,
    )


@dataclass(frozen=True, slots=True)
class _Before:
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

    def stands(self, draft: Draft, extractor: Part, embedder: Part, notes: Mapping[str, object]) -> bool:
        """Tell whether the workspace is sound, complete, and what these parts and settings would make again."""
        meta = self.workspace.meta
        wanted = {**notes, "settings": self.settings.fingerprint, "version": graphrag.__version__}
        if any(meta(key) != value for key, value in wanted.items()):
            return False
        makers = Local(extractor, embedder).makers
        same = (meta("extractor"), meta("embedder")) == (makers.extractor, makers.embedder)
        return same and not draft.missing(makers.extractor, makers.embedder) and not self.workspace.verify()


def _unchanged(workspace: Workspace, counts: Counts, seconds: dict[str, float]) -> BuildReport:
    """Return the report of a build that found everything done."""
    there = workspace.counts()
    return BuildReport(
        documents=there["documents"],
        chunks=there["chunks"],
        entities=there["entities"],
        facts=there["facts"],
        communities=there["communities"],
        reports=there["reports"],
        problems=tuple(workspace.problems()),
        analysed=0,
        reused=counts.contents,
        seconds=seconds,
        digest=workspace.meta("digest"),
        changed=False,
    )


def _facts_about(makers: Makers, settings: "BuildSettings") -> dict[str, object]:
    """Return what a workspace notes about the build that made it."""
    return {
        "built": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "version": graphrag.__version__,
        "extractor": makers.extractor,
        "embedder": makers.embedder,
        "dimensions": makers.dimensions,
        "settings": settings.fingerprint,
        "chunking": settings.chunking.model_dump(),
    }


# --- reading


def _read(
    draft: Draft,
    documents: Iterable[Document],
    problems: Sequence[Problem],
    settings: "BuildSettings",
    stage: _Stages,
    before: _Before,
) -> Counts:
    """Stage all documents with their chunks, and note what could not be read."""
    with stage("reading"):
        _stage_documents(draft, documents, settings, stage, draft.known() if before.cut_the_same else {})
        if before.keep:
            _keep(draft, problems, settings, stage, before)
        draft.note((f"{p.source}, {p.where}" if p.where else p.source, p.message) for p in problems)
        counts = draft.seal()
        stage.note = f"{counts.documents:,} documents, {counts.chunks:,} passages"
    return counts


def _keep(
    draft: Draft, problems: Sequence[Problem], settings: "BuildSettings", stage: _Stages, before: _Before
) -> None:
    """Stage the documents that stay, and note what was said about them."""
    new = draft.staged()
    replaced = {d: source for d, source in before.workspace.document_sources() if d in new or d in before.without}
    draft.keep_problems({*new.values(), *replaced.values(), *new, *replaced, *(p.source for p in problems)})
    if before.cut_the_same:
        draft.keep_documents(before.without)
    else:
        stays = (d for d in before.workspace.documents() if d.id not in new and d.id not in before.without)
        _stage_documents(draft, stays, settings, stage, {})


def _stage_documents(
    draft: Draft, documents: Iterable[Document], settings: "BuildSettings", stage: _Stages, known: Mapping[str, str]
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


# --- analysing


def _analyse(
    draft: Draft, extractor: Part, embedder: Part, workers: int | None, contents: int, stage: _Stages
) -> tuple[Makers, int]:
    """Extract and embed what is not known yet; return who did it and how many chunks of different content it was."""
    with _analyser(draft, extractor, embedder, workers) as analyser:
        makers = analyser.makers
        missing = draft.missing(makers.extractor, makers.embedder)
        analysing = contextlib.closing(analyser.analyse(_tasks(draft, missing)))
        with stage("extracting and embedding", len(missing)), analysing as batches:
            for results in batches:
                draft.keep(makers.extractor, makers.embedder, results)
                stage.advance(len(results))
            stage.note = f"{len(missing):,} passages, {contents - len(missing):,} known from before"
    return makers, len(missing)


@contextlib.contextmanager
def _analyser(draft: Draft, extractor: Part, embedder: Part, workers: int | None) -> Iterator[Analyser]:
    """Make what analyses chunks: this process where there is little to do, else a pool of workers."""
    todo = draft.never_analysed()
    local = Local(extractor, embedder) if _useful_workers(todo, workers) == 1 else None
    if local is not None:
        # Other fingerprints than before may leave more to do than was known.
        todo = len(draft.missing(local.makers.extractor, local.makers.embedder))
    count = _useful_workers(todo, workers)
    analyser: Analyser = local if local is not None and count == 1 else Pool(extractor, embedder, count)
    try:
        yield analyser
    finally:
        analyser.close()


def _useful_workers(todo: int, workers: int | None) -> int:
    """Return how many processes are worth their start."""
    if workers is not None and workers < 1:
        raise GraphRAGError(f"workers = {workers} is wrong: use 1 or more.")
    return max(1, min(workers or cores(), todo // _WORTH_A_WORKER))


def _tasks(draft: Draft, missing: Sequence[Missing]) -> Iterator[Task]:
    """Yield tasks of chunks that lack the same things."""
    for (extraction, vectors), group in groupby(
        sorted(missing, key=lambda m: (m.extraction, m.vectors, m.row)), key=lambda m: (m.extraction, m.vectors)
    ):
        while rows := [entry.row for entry in islice(group, _BATCH)]:
            yield Task(tuple(draft.chunks(rows)), extraction, vectors)


# --- what is derived


def _passages(draft: Draft, extractor: str, counts: Counts) -> "Passages":
    """Return what starts a pass over all passages; a small corpus is read once and held."""
    if counts.chunks > _HELD:
        return lambda: draft.passages(extractor)
    held = list(draft.passages(extractor))
    return lambda: held


def _communities(resolution: Resolution, settings: "BuildSettings") -> list[Community]:
    """Cluster the graph of entities."""
    from graphrag.communities.detect import detect_communities
    from graphrag.communities.weights import entity_edges

    entities = [entity.id for entity in resolution.entities]
    pairs, weights = entity_edges(entities, resolution.facts, resolution.mentions)
    how = settings.communities
    return detect_communities(
        entities,
        pairs,
        weights,
        resolutions=how.resolutions,
        min_size=how.min_size,
        max_size=how.max_size,
        seed=how.seed,
    )


def _reports(
    draft: Draft, communities: Sequence[Community], resolution: Resolution, embedder: str
) -> list[CommunityReport]:
    """Write the reports of the communities."""
    from threadpoolctl import ThreadpoolController

    from graphrag.communities.reports import write_reports

    # One thread: how the products of matrices are split among cores would show in their last digits.
    with ThreadpoolController().limit(limits=1, user_api="blas"):
        return write_reports(
            communities,
            resolution.entities,
            resolution.facts,
            resolution.mentions,
            resolution.abouts,
            draft.chunks(),
            # A passage is compared once for each of its sentences.
            functools.lru_cache(_HELD)(lambda chunk: draft.vectors_of(chunk, embedder).sentences),
        )


# --- stopping


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Pause the collector of cycles: millions of small values make it look at them again and again, and hold none."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGTERM stop a build as Ctrl-C does, unless the program has its own use for it."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
