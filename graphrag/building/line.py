"""The build line itself: what happens in which order."""

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import graphrag
from graphrag.building.analysing import analyse
from graphrag.building.deriving import Derived, derive
from graphrag.building.fresh import show_new
from graphrag.building.refining import refine
from graphrag.building.report import BuildReport, Stages
from graphrag.building.staging import Before, stage_documents
from graphrag.building.stopping import stoppable, uncollected
from graphrag.documents.problems import Problem
from graphrag.pool import Local, Makers
from graphrag.protocols import Progress, Refiner, Reporter
from graphrag.registry import Part
from graphrag.stores.draft import Changes, Counts
from graphrag.stores.workspace import Workspace
from graphrag.types import Document

if TYPE_CHECKING:
    from graphrag.config import BuildSettings
    from graphrag.resolution.links import Link

__all__ = ["build"]


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
    executor: str = "processes",
    notes: dict[str, object] | None = None,
    keep: bool = False,
    without: Collection[str] = (),
    links: Sequence["Link"] = (),
    refiner: Refiner | None = None,
    reporter: Reporter | None = None,
) -> BuildReport:
    """Make the workspace the knowledge graph of exactly these documents, or of these and those that it holds.

    What a chunk's analysis gave is kept from run to run, also from one that was stopped.  New documents can be found by
    their words and vectors at once.  Everything else changes in one commit at the end: until then, and when anything
    fails, the workspace is as it was.

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
        Hears of the stages: reading, first look, extracting and embedding, resolving, communities, reports, indexing,
        saving.
    workers : int, optional
        Processes that extract and embed; by default one for each core, fewer where there is little to do.
    executor : str
        Where they run: "processes" of this machine, or "ray", see :class:`graphrag.cluster.Cluster`.
    notes : dict, optional
        What to note in the workspace's meta table beside the build's own facts, e.g. the recipe.
    keep : bool
        Whether the documents that the workspace holds stay; one of ``documents`` replaces that of its id.
    without : collection of str
        Ids of documents that do not stay, where ``keep`` is true.
    links : sequence of Link
        What people decided about names.
    refiner : Refiner, optional
        What reads passages a second time.
    reporter : Reporter, optional
        What writes the reports anew.

    Returns
    -------
    BuildReport
        Counts, times and the digest of the content.

    Raises
    ------
    InputError
        None of the input could be used.
    GraphRAGError
        A part fails or a worker dies; the message names the documents.
    WorkspaceError
        The workspace cannot be written, or the cache is damaged.
    KeyboardInterrupt
        On Ctrl-C and SIGTERM; the message says how to go on.
    """
    notes = {**(notes or {}), **_asked_for(links, refiner, reporter)}
    with stoppable(), workspace.draft() as draft, contextlib.closing(Local(extractor, embedder)) as local:
        stage = Stages(progress, draft)
        before = Before(workspace, settings, keep=keep, without=frozenset(without))
        with _resumable(stage, workspace):
            counts = stage_documents(draft, documents, problems, settings, stage, before)
            if draft.nothing_new() and before.stands(draft, local.makers, notes):
                new_problems = draft.new_problems()
                draft.finished()
                return _unchanged(workspace, counts, new_problems, stage.total())
            changes = draft.changes()
            show_new(draft, local, stage, before, workers, executor)
            makers, analysed = analyse(draft, local, workers, counts.contents, stage, executor)
            if refiner is not None:
                notes["unread"] = refine(draft, refiner, makers.extractor, stage, workspace.path)
            new_problems = draft.new_problems()
            with uncollected():
                derived = derive(draft, makers, counts, settings, links, stage, reporter)
                notes |= {"unwritten": derived.unwritten, **_facts_about(makers, settings)}
                with stage("saving"):
                    digest = draft.commit(
                        derived.resolution, derived.communities, derived.reports, derived.arrays, notes
                    )
                report = _report(workspace, counts, changes, new_problems, derived, analysed, digest, stage.total())
                del derived  # here, or the collector looks at all of it once more before it goes
    return report


@contextlib.contextmanager
def _resumable(stage: Stages, workspace: Workspace) -> Iterator[None]:
    """Let whoever stops a build hear where it was, and that nothing is lost."""
    generation = workspace.meta("generation")
    try:
        yield
    except KeyboardInterrupt:
        workspace.refresh()
        if workspace.meta("generation") != generation:  # the interrupt came after the commit
            raise KeyboardInterrupt(f"Stopped after the change of the workspace {workspace.path} was made.") from None
        raise KeyboardInterrupt(
            f"Stopped while {stage.now}. The workspace {workspace.path} is as it was before this build, and the "
            "passages that were analysed are kept: run the same command again to go on."
        ) from None


def _asked_for(links: Sequence["Link"], refiner: Refiner | None, reporter: Reporter | None) -> dict[str, object]:
    """Return what a workspace notes of what people and LLMs add to a build; while an LLM owes any, nothing stands."""
    from graphrag.resolution.links import links_digest

    return {
        "links": links_digest(links),
        "refiner": refiner.fingerprint if refiner else "",
        "reporter": reporter.fingerprint if reporter else "",
        "unread": 0,  # passages and reports that an LLM owes
        "unwritten": 0,
    }


def _report(
    workspace: Workspace,
    counts: Counts,
    changes: Changes,
    new_problems: Iterable[tuple[str, str]],
    derived: Derived,
    analysed: int,
    digest: str,
    seconds: dict[str, float],
) -> BuildReport:
    """Return the report of a build that changed the workspace."""
    return BuildReport(
        documents=counts.documents,
        chunks=counts.chunks,
        entities=len(derived.resolution.entities),
        facts=len(derived.resolution.facts),
        communities=len(derived.communities),
        reports=len(derived.reports),
        problems=tuple(workspace.problems()),
        new_problems=tuple(new_problems),
        analysed=analysed,
        reused=counts.contents - analysed,
        seconds=seconds,
        digest=digest,
        **changes._asdict(),
    )


def _unchanged(
    workspace: Workspace, counts: Counts, new_problems: Iterable[tuple[str, str]], seconds: dict[str, float]
) -> BuildReport:
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
        new_problems=tuple(new_problems),
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
