"""Passages by a random walk between passages and entities, on the neighbourhood of the question only."""

import numpy as np

from graphrag.graph.walk import personalised_pagerank
from graphrag.retrieval.reader import FloatRows, Index, Rows, distinct

__all__ = ["walk_scores"]

_RESTART_AT_PASSAGES = 0.05
_LEAST_IDF = 0.05


def walk_scores(index: Index, chunks: Rows, seeds: Rows, hops: Rows, strength: FloatRows) -> FloatRows:
    """Return the personalised PageRank of candidate passages.

    The graph is the candidates, the entities they name and the entities they are about.  The walk restarts at the
    question's entities by their rarity, and a little at the hop passages.

    Parameters
    ----------
    index : Index
        Holds mentions and abouts.
    chunks : ndarray (n,)
        Candidates, ascending.
    seeds : ndarray (s,)
        Entities of the question.
    hops, strength : ndarray (m,)
        Hop passages, all among ``chunks``, and how sure each is evidence.

    Returns
    -------
    ndarray (n,)
        Rank of each candidate.
    """
    named, namer, count = index.mentions(chunks)
    own, owner, about = index.own_entities(chunks)
    entities = distinct(np.concatenate([named, own, seeds]))
    source = np.concatenate([namer, owner])
    target = len(chunks) + np.searchsorted(entities, np.concatenate([named, own]))
    weight = np.concatenate([np.log1p(count) * _rarity(index, named), about * _rarity(index, own)]).astype(np.float32)
    restart = np.zeros(len(chunks) + len(entities), dtype=np.float32)
    restart[len(chunks) + np.searchsorted(entities, seeds)] = index.entity_idf[seeds]
    restart[np.searchsorted(chunks, hops)] += _RESTART_AT_PASSAGES * strength
    return personalised_pagerank(len(restart), source, target, weight, restart)[: len(chunks)]


def _rarity(index: Index, entities: Rows) -> FloatRows:
    """Return how rare some entities are, never quite nothing."""
    rarity: FloatRows = np.maximum(index.entity_idf[entities], _LEAST_IDF)
    return rarity
