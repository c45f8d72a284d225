"""Passages by their words: BM25 over precomputed postings."""

import numpy as np

from graphrag.retrieval.index import stem
from graphrag.retrieval.reader import FloatRows, Index
from graphrag.text import STOP_WORDS, words

__all__ = ["lexical_scores"]


def lexical_scores(index: Index, question: str) -> FloatRows:
    """Return the BM25 score (n_chunks,) of every chunk for a question.

    Each distinct word of the question counts once, stop words not at all (Robertson and Zaragoza, "The Probabilistic
    Relevance Framework", 2009, section 3).
    """
    scores = np.zeros(index.n_chunks, dtype=np.float32)
    ptr, chunks, weights = (index.arrays[name] for name in ("term_ptr", "posting_chunk", "posting_weight"))
    for word in sorted({stem(word) for word in words(question) if word not in STOP_WORDS}):
        row = index.term(word)
        if row is not None:
            lo, hi = int(ptr[row]), int(ptr[row + 1])
            scores[chunks[lo:hi]] += weights[lo:hi]
    return scores
