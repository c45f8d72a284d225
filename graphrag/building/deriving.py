"""What is derived from all documents together: entities and facts, communities, reports, and the index."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphrag.building.report import Stages
from graphrag.passages import Passages
from graphrag.pool import Makers
from graphrag.protocols import Reporter
from graphrag.stores.draft import Counts, Draft
from graphrag.types import Chunk, ChunkId, Community, CommunityReport, Extraction, PassageVectors, Resolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.building.memo import KeptMemo
    from graphrag.building.readings import Readings
    from graphrag.communities.reuse import KeptReport, KeptReports
    from graphrag.communities.weights import Edges
    from graphrag.config import BuildSettings
    from graphrag.resolution.links import Link
    from graphrag.types import FloatArray

__all__ = ["Derived", "Source", "derive", "derive_graph"]

# Passages that are held in memory, about 10 kB each with all that is read from them.
_HELD = 10_000


@dataclass(frozen=True, slots=True)
class Derived:
    """What a commit needs beside the documents."""

    resolution: Resolution
    communities: list[Community]
    reports: list[CommunityReport]
    arrays: "dict[str, NDArray[Any]]"
    unwritten: int = 0  # reports that the reporter could not write


def derive(
    draft: Draft,
    makers: Makers,
    counts: Counts,
    settings: "BuildSettings",
    links: "Sequence[Link]",
    stage: Stages,
    reporter: Reporter | None = None,
) -> Derived:
    """Make the graph, the communities, the reports and the index of all staged documents.

    Parameters
    ----------
    draft : Draft
        Sealed, and with the analyses of all its chunks in the cache.
    makers : Makers
        Who made the analyses.
    counts : Counts
        How much is staged.
    settings : BuildSettings
        Resolution and communities.
    links : sequence of Link
        What people decided about names.
    stage : Stages
        Hears of the stages.
    reporter : Reporter, optional
        What writes the reports anew.
    """
    source = Source(draft, makers, counts)
    resolution, communities, reports = derive_graph(source, settings, links, stage)
    unwritten = 0
    if reporter is not None:
        with stage("writing reports", reporter.count(reports)):
            reports, unwritten = reporter.write(reports, communities, resolution, stage.advance)
            failed = f"{unwritten:,} without a usable reply" if unwritten else ""
            stage.note = ", ".join(part for part in (failed, reporter.report()) if part)
    with stage("indexing"):
        arrays = _index(source, communities, reports, resolution)
        source.readings.keep()
    return Derived(resolution, communities, reports, arrays, unwritten)


def derive_graph(
    source: "Source", settings: "BuildSettings", links: "Sequence[Link]", stage: Stages
) -> tuple[Resolution, list[Community], list[CommunityReport]]:
    """Make the graph, the communities, and the reports in sentences of the documents; parameters as :func:`derive`."""
    # Here and below, what only a build needs is imported when it is needed: asking loads these modules too.
    from graphrag.communities.weights import entity_edges
    from graphrag.resolution.resolve import resolve

    with stage("resolving"):
        resolution = resolve(
            source.passages,
            fuzzy_threshold=settings.resolution.fuzzy_threshold,
            links=links,
            reader=source.readings,
            kept=source.memo,
        )
        source.memo.keep()
        stage.note = f"{len(resolution.entities):,} entities, {len(resolution.facts):,} facts"
    with stage("communities"):
        edges = entity_edges([entity.id for entity in resolution.entities], resolution.facts, resolution.mentions)
        communities = _communities(resolution, edges, settings)
        stage.note = f"{len(communities):,} communities"
    with stage("reports"):
        kept = source.kept_reports()
        reports = _reports(source, communities, resolution, edges, kept)
        source.keep_reports(kept)
        stage.note = f"{len(reports):,} reports"
    return resolution, communities, reports


class Source:
    """The staged passages, with what was read from them; a small corpus is read once and held."""

    def __init__(self, draft: Draft, makers: Makers, counts: Counts) -> None:
        self._draft = draft
        self.makers = makers
        self._small = counts.chunks <= _HELD

    @functools.cached_property
    def _held(self) -> list[tuple[Chunk, Extraction]] | None:
        """All passages of a small corpus."""
        return list(self._draft.passages(self.makers.extractor)) if self._small else None

    @functools.cached_property
    def readings(self) -> "Readings":
        """What rules read from the texts; of a small corpus it is kept from build to build."""
        from graphrag.building.readings import Readings

        return Readings(self._draft, hold=self._small)

    @functools.cached_property
    def memo(self) -> "KeptMemo":
        """What an earlier build found in the documents."""
        from graphrag.building.memo import KeptMemo

        return KeptMemo(self._draft, self.makers.extractor, hold=self._small)

    def passages(self) -> Iterable[tuple[Chunk, Extraction]]:
        """Start a pass over all passages with their extractions, in row order."""
        return self._draft.passages(self.makers.extractor) if self._held is None else self._held

    @functools.cached_property
    def columns(self) -> Passages:
        """All passages as columns; few of them are read."""
        return Passages(self._draft.places(), self._chunks)

    def _chunks(self, rows: Sequence[int]) -> Iterable[Chunk]:
        """Return the passages of some rows, from memory where all are held."""
        held = self.__dict__.get("_held")
        return self._draft.chunks(rows) if held is None else [held[row][0] for row in rows]

    @functools.cached_property
    def _held_vectors(self) -> list[PassageVectors]:
        """The vectors of all passages of a small corpus: reports look at many of them, and the index at all."""
        return list(self._draft.vectors(self.makers.embedder))

    def vectors(self) -> Iterable[PassageVectors]:
        """Start a pass over the vectors of all passages, in row order."""
        return self._held_vectors if self._small else self._draft.vectors(self.makers.embedder)

    def sentence_vectors(self, chunks: Sequence[ChunkId]) -> "list[FloatArray]":
        """Return the vectors of the sentences of some passages; those of a small corpus are read once."""
        if not self._small:
            return self._draft.sentence_vectors(chunks, self.makers.embedder)
        return [self._held_vectors[self.columns.row_of[chunk]].sentences for chunk in chunks]

    def kept_reports(self) -> "dict[str, KeptReport]":
        """Return the reports that earlier builds wrote, by the key of what each was made of."""
        return self._draft.kept_reports()

    def keep_reports(self, kept: "dict[str, KeptReport]") -> None:
        """Keep these reports, and no others."""
        self._draft.keep_reports(kept)


def _communities(resolution: Resolution, edges: "Edges", settings: "BuildSettings") -> list[Community]:
    """Cluster the graph of entities."""
    from graphrag.communities.detect import detect_communities

    how = settings.communities
    return detect_communities(
        [entity.id for entity in resolution.entities],
        *edges,
        resolutions=how.resolutions,
        min_size=how.min_size,
        max_size=how.max_size,
    )


def _reports(
    source: Source, communities: Sequence[Community], resolution: Resolution, edges: "Edges", kept: "KeptReports"
) -> list[CommunityReport]:
    """Write the reports of the communities that are not kept."""
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
            source.columns,
            sentence_vectors=source.sentence_vectors,
            edges=edges,
            kept=kept,
            vectors_by=source.makers.embedder,
            stand=source.readings.standings_of,
        )


def _index(
    source: Source, communities: Sequence[Community], reports: Sequence[CommunityReport], resolution: Resolution
) -> "dict[str, NDArray[Any]]":
    """Make the arrays that retrieval reads."""
    from graphrag.retrieval.index import build_index
    from graphrag.retrieval.report_arrays import report_arrays

    read = source.memo.words()
    arrays = build_index(source.columns, source.vectors(), resolution, source.makers.dimensions, read)
    return arrays | report_arrays(communities, reports, resolution.entities, source.columns, arrays)
