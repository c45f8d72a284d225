"""Showing new documents to readers before the graph of all documents is made again."""

from graphrag.building.analysing import runs_here
from graphrag.building.report import Stages
from graphrag.building.staging import Before
from graphrag.pool import Local, Task
from graphrag.stores.draft import Draft

__all__ = ["show_new"]

# With more new passages than these, words and vectors are not there much sooner than everything else.
_MOST = 128
# With fewer, embedding is over long before the extractor's models are loaded, and would only be held up.
_WORTH_EXTRACTING_AHEAD = 16


def show_new(
    draft: Draft, local: Local, stage: Stages, before: Before, workers: int | None = None, executor: str = "processes"
) -> None:
    """Let readers find new documents by words and vectors: what takes the time is done after that.

    Documents that take the place of others are left to the commit, and so are those that another embedder or another
    way of cutting would set apart from the rest.

    Parameters
    ----------
    draft : Draft
        Sealed.
    local : Local
        Embeds in this process, and begins to extract, where this process extracts after that too.
    stage : Stages
        Hears of the stage, if there is anything to show.
    before : Before
        The workspace as it is.
    workers, executor
        What analyses the rest, as for :func:`graphrag.building.analysing.analyse`.
    """
    chunks = draft.new_chunks(_MOST) if before.cut_the_same else []
    if not chunks or before.workspace.meta("embedder") != local.makers.embedder:
        return
    missing = draft.missing(local.makers.extractor, local.makers.embedder)
    unread = [entry.row for entry in missing if entry.extraction]
    if _WORTH_EXTRACTING_AHEAD <= len(unread) <= _MOST and runs_here(len(missing), workers, executor):
        local.extract_ahead(list(draft.chunks(unread)))
    without = {chunk.digest for chunk in draft.chunks([entry.row for entry in missing if entry.vectors])}
    embedded = {chunk.digest: chunk for chunk in chunks if chunk.digest in without}
    with stage("first look", len(chunks)):
        if embedded:
            results = local.run(Task(tuple(embedded.values()), extraction=False, vectors=True))
            draft.keep(local.makers.extractor, local.makers.embedder, results)
        draft.show_new(local.makers.embedder)
        stage.note = f"{len(chunks):,} new passages can be found by words and meaning"
