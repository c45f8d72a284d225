"""Passages by their vectors: the best sentence of each candidate."""

import numpy as np

from graphrag.retrieval.reader import FloatRows, Index, Rows

__all__ = ["best_sentences"]


def best_sentences(index: Index, chunks: Rows, vectors: FloatRows) -> FloatRows:
    """Compare the best sentence of each chunk with each of some vectors.

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
    ndarray (n, m)
        Cosine of the best sentence; 0 for a chunk without sentences.
    """
    sentences, owners = index.sentences(chunks)
    scores = np.zeros((len(chunks), len(vectors)), dtype=np.float32)
    if len(sentences):
        first = np.flatnonzero(np.diff(owners, prepend=-1))  # owners ascend
        scores[owners[first]] = np.maximum.reduceat(sentences @ vectors.T, first, axis=0)
    return scores
