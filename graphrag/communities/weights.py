"""How strongly two entities belong together: from the facts that join them and the passages that name both."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.numbers import numbers_of
from graphrag.types import EntityId, EntityMention, Fact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    WeightArray = NDArray[np.float64]
    Edges = tuple[IntArray, WeightArray]  # what entity_edges returns

__all__ = ["entity_edges", "sum_edges"]

# A fact gives its confidence; a passage that names ten entities gives each pair of them a ninth.
_FACT_WEIGHT = 1.0
# Names of one passage are joined only within so many others: a list of 500 names would else make 125,000 pairs.
_WINDOW = 6


def entity_edges(
    entities: Sequence[EntityId], facts: Iterable[Fact], mentions: Iterable[EntityMention]
) -> tuple["IntArray", "WeightArray"]:
    """Return which entities belong together, and how strongly.

    A passage that names k entities gives each pair of them 1 / (k - 1), so that every passage counts the same for
    an entity however many others it names (Newman, "Scientific collaboration networks II", Phys. Rev. E 64, 016132,
    2001); a fact gives its confidence.  The sum is divided by the geometric mean of the numbers of passages that
    name the two (Salton's cosine), so that a name said everywhere ("American") glues nothing together.

    Parameters
    ----------
    entities : sequence of EntityId
        The nodes; facts and mentions of others are passed over.
    facts : iterable of Fact
        In any order; those whose object is a plain value join nothing.
    mentions : iterable of EntityMention
        In any order.

    Returns
    -------
    pairs : ndarray of int64, shape (m, 2)
        Rows of ``entities``, the smaller first, each pair once, in order.
    weights : ndarray of float64, shape (m,)
        Greater than 0.
    """
    row_of = {entity: row for row, entity in enumerate(entities)}
    chunks, rows = _named_in_order(row_of, mentions)
    named_pairs, named_weights = _named_together(chunks, rows)
    fact_pairs, fact_weights = _joined_by_facts(row_of, facts)
    pairs, weights = sum_edges(np.concatenate([named_pairs, fact_pairs]), np.concatenate([named_weights, fact_weights]))
    passages = np.maximum(np.bincount(rows, minlength=len(row_of)), 1)
    return pairs, weights / np.sqrt(passages[pairs[:, 0]] * passages[pairs[:, 1]])


def sum_edges(pairs: "IntArray", weights: "WeightArray") -> tuple["IntArray", "WeightArray"]:
    """Return each unordered pair once with the sum of its weights, in order.

    Loops and weights that are not finite or not above 0 are left out.  The sums do not depend on the order of the
    input: floating-point numbers are added from the smallest up.

    Parameters
    ----------
    pairs : ndarray of int64, shape (m, 2)
        Rows, either end first.
    weights : ndarray of float64, shape (m,)
        One weight for each pair.

    Returns
    -------
    pairs : ndarray of int64, shape (n, 2)
        The smaller row first.
    weights : ndarray of float64, shape (n,)
        The sums.
    """
    low, high = np.minimum(*pairs.T), np.maximum(*pairs.T)
    keep = (low != high) & np.isfinite(weights) & (weights > 0)
    low, high, weights = low[keep], high[keep], weights[keep]
    count = int(high.max(initial=0)) + 1
    pairs = low * count + high
    if (pairs[1:] > pairs[:-1]).all():
        return np.column_stack([low, high]), weights
    order = np.argsort(pairs)
    pairs, weights = pairs[order], weights[order]
    again = pairs[1:] == pairs[:-1]
    first = np.flatnonzero(np.r_[True, ~again][: len(pairs)])
    parallel = np.flatnonzero(np.r_[False, again] | np.r_[again, False]) if len(pairs) else first
    weights[parallel] = weights[parallel][np.lexsort((weights[parallel], pairs[parallel]))]
    sums = np.add.reduceat(weights, first) if len(first) else weights
    return np.column_stack(np.divmod(pairs[first], count)), sums


def _named_in_order(row_of: Mapping[EntityId, int], mentions: Iterable[EntityMention]) -> tuple["IntArray", "IntArray"]:
    """Return (chunk number, entity row) of every entity that a chunk names, once a chunk, in reading order."""
    said = list(mentions)
    rows = numbers_of([mention.entity_id for mention in said], row_of)
    named = [mention.chunk_id for mention in said]
    chunks = numbers_of(named, {chunk: number for number, chunk in enumerate(dict.fromkeys(named))})
    starts = np.array([mention.span.start for mention in said], dtype=np.int64)
    known = rows >= 0
    chunks, starts, rows = chunks[known], starts[known], rows[known]
    order = np.lexsort((rows, chunks * (int(starts.max(initial=0)) + 1) + starts))
    chunks, rows = chunks[order], rows[order]
    _, first = np.unique(chunks * max(len(row_of), 1) + rows, return_index=True)
    first.sort()
    return chunks[first], rows[first]


def _named_together(chunks: "IntArray", rows: "IntArray") -> tuple["IntArray", "WeightArray"]:
    """Return every pair that one chunk names within the window, with 1 / (names of the chunk - 1)."""
    sizes = np.bincount(chunks)
    pairs, weights = [np.empty((0, 2), dtype=np.int64)], [np.empty(0)]
    for step in range(1, min(_WINDOW, len(rows) - 1) + 1):
        same = np.flatnonzero(chunks[step:] == chunks[:-step])
        if not len(same):
            break
        pairs.append(np.column_stack([rows[same], rows[same + step]]))
        weights.append(1.0 / (sizes[chunks[same]] - 1))
    return np.concatenate(pairs), np.concatenate(weights)


def _joined_by_facts(row_of: Mapping[EntityId, int], facts: Iterable[Fact]) -> tuple["IntArray", "WeightArray"]:
    """Return the pairs of entities that facts join."""
    joining = [fact for fact in facts if fact.object is not None]
    subjects = numbers_of([fact.subject for fact in joining], row_of)
    objects = numbers_of([fact.object for fact in joining], row_of)
    weights = _FACT_WEIGHT * np.array([fact.confidence for fact in joining], dtype=np.float64)
    known = (subjects >= 0) & (objects >= 0)
    return np.column_stack([subjects[known], objects[known]]), weights[known]
