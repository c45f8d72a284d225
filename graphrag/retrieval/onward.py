"""Sentences that carry on from a hop passage: they name a rare entity that it names too, and fit what is still asked.

For "who governs the state in which Mine Creek lies", the hop passage on Mine Creek names Kansas; what carries on is a
sentence that names Kansas *and* is near to "who governs the state".  Neither alone tells: Kansas stands in many
passages, and governors of other states fit the rest of the question as well.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from graphrag.retrieval.index import LAST_BIT
from graphrag.retrieval.links import Links, no_links
from graphrag.retrieval.reader import FloatRows, Index, Rows, among, best_per_key, gather

__all__ = ["onward_sentences"]


def onward_sentences(
    index: Index,
    chunks: Rows,
    hops: Rows,
    strength: FloatRows,
    known: Rows,
    fits: Callable[[Rows], tuple[FloatRows, Rows]],
    limits: tuple[float, float],
) -> Links:
    """Return the candidates that carry on from a hop passage, and how well.

    Parameters
    ----------
    index : Index
        Holds mentions, abouts and sentence vectors.
    chunks : ndarray (n,)
        Candidates.
    hops, strength : ndarray (m,)
        Hop passages and how sure each is evidence.
    known : ndarray
        Entities of the question, ascending, which say nothing new.
    fits : callable
        Returns the cosines of sentences with the question without its names, and where in them those of each of some
        chunks start; see :meth:`graphrag.retrieval.dense.SentenceScores.each`.
    limits : tuple of float
        Cosines that count as 0 and as 1.

    Returns
    -------
    Links
        For each such candidate the hop passage, the entity that both name, and as weight the greatest product of the
        hop passage's strength, the rarity (0…1) of the entity, and the fit of the best sentence that names it, or the
        weight by which the candidate is about it.
    """
    bridges, source, worth = _bridges(index, hops, strength, known)
    if len(bridges) == 0:
        return no_links()
    named, namer, _ = index.mentions(chunks)
    place = np.minimum(np.searchsorted(bridges, named), len(bridges) - 1)
    hit = np.flatnonzero((bridges[place] == named) & (source[place] != chunks[namer]))
    fit = _fit(index, chunks[namer[hit]], index.mention_sentences(chunks)[hit], fits, limits)
    own, owner, about = index.own_entities(chunks)
    own_place = np.minimum(np.searchsorted(bridges, own), len(bridges) - 1)
    own_hit = np.flatnonzero((bridges[own_place] == own) & (source[own_place] != chunks[owner]))
    bridge = np.concatenate([place[hit], own_place[own_hit]])
    value = worth[bridge] * np.concatenate([fit, np.minimum(about[own_hit], 1.0)])
    target, best = best_per_key(chunks[np.concatenate([namer[hit], owner[own_hit]])], value)
    return Links(target, source[bridge[best]], bridges[bridge[best]], value[best])


def _bridges(index: Index, hops: Rows, strength: FloatRows, known: Rows) -> tuple[Rows, Rows, FloatRows]:
    """Return what hop passages name but are not about: entities (ascending), the passage that counts, and its worth."""
    entities, owners, _ = index.mentions(hops)
    own, owner, _ = index.own_entities(hops)
    themselves = among(owners * index.n_entities + entities, np.sort(owner * index.n_entities + own))
    new = ~themselves & ~among(entities, known)
    entities, owners = entities[new], owners[new]
    rarity = index.entity_idf[entities] / np.log1p(np.float32(index.n_chunks))
    worth = (strength[owners] * rarity).astype(np.float32)
    bridges, best = best_per_key(entities, worth)
    return bridges, hops[owners[best]], worth[best]


def _fit(
    index: Index,
    chunks: Rows,
    sentences: NDArray[np.uint64],
    fits: Callable[[Rows], tuple[FloatRows, Rows]],
    limits: tuple[float, float],
) -> FloatRows:
    """Return the scaled cosine of the best of some sentences of each chunk; ``sentences`` has one bit for each."""
    cosines, starts = fits(chunks)
    number, owners = gather(index.sentence_ptr, chunks)
    number -= index.sentence_ptr[chunks[owners]]
    bit = np.minimum(number, LAST_BIT).astype(np.uint64)
    wanted = (sentences[owners] >> bit) & np.uint64(1) == 1
    low, high = limits
    best = np.zeros(len(chunks), dtype=np.float32)
    owners = owners[wanted]
    scaled = (cosines[starts[owners] + number[wanted]] - low) / max(high - low, 1e-12)
    np.maximum.at(best, owners, np.minimum(scaled, 1.0).astype(np.float32))
    return best
