"""Passages by their vectors: the best sentence of each candidate."""

import numpy as np

from graphrag.retrieval.reader import FloatRows, Index, Rows

__all__ = ["best_sentences"]


def best_sentences(index: Index, chunks: Rows, vectors: FloatRows) -> tuple[FloatRows, FloatRows]:
    """Find the sentence of each chunk that is nearest to each of some vectors.

    Parameters
    ----------
    index : Index
        Holds the sentence vectors.
    chunks : ndarray (n,)
        Chunk rows.
    vectors : ndarray (m, dim)
        Unit vectors.

    Returns
    -------
    scores : ndarray (n, m)
        Cosine of the best sentence; 0 for a chunk without sentences.
    best : ndarray (n, dim)
        The vector of the sentence nearest to the first of ``vectors``.
    """
    sentences, owners = index.sentences(chunks)
    scores = np.zeros((len(chunks), len(vectors)), dtype=np.float32)
    best = np.zeros((len(chunks), vectors.shape[1]), dtype=np.float32)
    if len(sentences):
        cosines = sentences @ vectors.T
        present, first = np.unique(owners, return_index=True)
        scores[present] = np.maximum.reduceat(cosines, first, axis=0)
        order = np.lexsort((-cosines[:, 0], owners))
        best[present] = sentences[order[first]]
    return scores, best
