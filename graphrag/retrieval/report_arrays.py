"""The arrays of reports on communities: their words, their vectors, their tree, and who belongs to them.

Report rows follow the order of the workspace: level, then community id.  A report's vector is the mean of the vectors
of the sentences that it cites, which costs nothing; to embed its text would make a build a sixth longer.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from graphrag.passages import Passages
from graphrag.retrieval.index import Arrays, LexicalBuilder
from graphrag.text import words
from graphrag.types import Chunk, Community, CommunityId, CommunityReport, Entity, EntityId, Quote

__all__ = ["report_arrays"]

_BLOCK = 512


def report_arrays(
    communities: Iterable[Community],
    reports: Iterable[CommunityReport],
    entities: Sequence[Entity],
    chunks: Iterable[Chunk],
    index: Arrays,
) -> Arrays:
    """Build the arrays of the reports.

    Parameters
    ----------
    communities : iterable of Community
        The whole tree.
    reports : iterable of CommunityReport
        In any order.
    entities : sequence of Entity
        Ordered by id: their positions are the entity rows.
    chunks : iterable of Chunk
        All chunks, or :class:`graphrag.passages.Passages`, of which none is read.
    index : dict of str to ndarray
        What :func:`graphrag.retrieval.index.build_index` made of the same chunks.

    Returns
    -------
    dict of str to ndarray
        All names begin with ``report_``; read by :class:`graphrag.retrieval.community.Reports`.
    """
    by_id = {community.id: community for community in communities}
    ordered = sorted(reports, key=lambda r: (by_id[r.community_id].level, r.community_id))
    row_of = {report.community_id: row for row, report in enumerate(ordered)}
    owners = [by_id[report.community_id] for report in ordered]
    entity_row = {entity.id: row for row, entity in enumerate(entities)}
    lexical = LexicalBuilder()
    words_of = cache(words)  # a sentence stands in the reports of several levels, a name in many
    for report in ordered:
        names = [entities[entity_row[key]].name for key in report.key_entities if key in entity_row]
        said = [report.title, *names, *(finding.text for finding in report.findings)]
        lexical.add(list(chain.from_iterable(map(words_of, said))))
    arrays = {f"report_{name}": array for name, array in lexical.arrays().items() if name in _POSTINGS}
    arrays |= _finding_arrays(ordered, Passages.of(chunks), index["sentence_vectors"])
    arrays |= _member_arrays(owners, entity_row)
    arrays["report_level"] = np.array([owner.level for owner in owners], dtype=np.int32)
    arrays["report_parent"] = np.array([_parent(owner, by_id, row_of) for owner in owners], dtype=np.int32)
    arrays["report_rank"] = np.array([report.rank for report in ordered], dtype=np.float32)
    return arrays


_POSTINGS = frozenset({"term_hash", "term_ptr", "posting_chunk", "posting_weight"})


def _parent(owner: Community, by_id: dict[CommunityId, Community], row_of: dict[CommunityId, int]) -> int:
    """Return the row of the report on the nearest community above that has one, -1 where none has."""
    above = owner.parent
    while above is not None and above not in row_of:
        above = by_id[above].parent
    return -1 if above is None else row_of[above]


def _finding_arrays(reports: Sequence[CommunityReport], passages: Passages, vectors: NDArray[np.int8]) -> Arrays:
    """Return which sentences each finding cites, and the mean vector of each report's."""
    findings = [finding for report in reports for finding in report.findings]
    quotes = [quote for finding in findings for quote in finding.quotes]
    owner = np.repeat(np.arange(len(findings)), [len(finding.quotes) for finding in findings])
    quote, row = _cited(quotes, passages)
    sentences = max(len(passages.begins), 1)
    pairs = np.unique(owner[quote] * sentences + row)  # a finding cites a sentence once, in however many quotes
    cited = pairs % sentences
    bounds = np.searchsorted(pairs // sentences, np.arange(len(findings) + 1)).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum([len(report.findings) for report in reports])]).astype(np.int64)
    return {
        "report_finding_ptr": ends,
        "report_sentence_ptr": bounds,
        "report_sentence": cited,
        "report_vectors": _means(cited, bounds[ends], vectors),
    }


def _cited(quotes: Sequence[Quote], passages: Passages) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (number of the quote, row of the sentence) of every sentence that a quote touches."""
    rows = [passages.row_of.get(quote.chunk_id, -1) for quote in quotes]
    known = [(number, row, quotes[number].span) for number, row in enumerate(rows) if row >= 0]
    number = np.array([one for one, _, _ in known], dtype=np.int64)
    chunk = np.array([row for _, row, _ in known], dtype=np.int64)
    start = np.array([span.start for _, _, span in known], dtype=np.int64)
    end = np.array([span.end for _, _, span in known], dtype=np.int64)
    reach = int(max(end.max(initial=0), passages.ends.max(initial=0))) + 1
    base = np.repeat(np.arange(len(passages)), np.diff(passages.sentences)) * reach
    first = np.searchsorted(base + passages.ends, chunk * reach + start, side="right")  # ends behind the quote's start
    after = np.searchsorted(base + passages.begins, chunk * reach + end)  # begins at the quote's end, or behind it
    counts = np.maximum(after - first, 0)
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(number, counts), np.repeat(first, counts) + steps


def _means(rows: NDArray[np.int64], bounds: NDArray[np.int64], vectors: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the unit mean (n, dim) of the unit vectors of each run of rows; 0 for a run without any."""
    means = np.zeros((len(bounds) - 1, vectors.shape[1]), dtype=np.float32)
    for begin in range(0, len(means), _BLOCK):
        end = min(begin + _BLOCK, len(means))
        block = vectors[rows[bounds[begin] : bounds[end]]].astype(np.float32)
        block /= np.maximum(np.linalg.norm(block, axis=1, keepdims=True), 1e-12)
        owner = np.repeat(np.arange(begin, end), np.diff(bounds[begin : end + 1]))
        np.add.at(means, owner, block)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return means


def _member_arrays(owners: Sequence[Community], entity_row: Mapping[EntityId, int]) -> Arrays:
    """Return the reports on the communities of each entity, the coarsest first."""
    sizes = [len(owner.members) for owner in owners]
    reports = np.repeat(np.arange(len(owners), dtype=np.int32), sizes)
    members = chain.from_iterable(owner.members for owner in owners)
    entities = np.fromiter(map(entity_row.__getitem__, members), dtype=np.int64, count=sum(sizes))
    order = np.argsort(entities, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(entities, minlength=len(entity_row)))]).astype(np.int64)
    return {
        "report_size": np.array(sizes, dtype=np.int32),
        "report_of_entity_ptr": ptr,
        "report_of_entity": reports[order],
    }
