"""The index as retrieval reads it: named views of the arrays and vectorised look-ups."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrag.retrieval.index import hash_word

__all__ = ["FloatRows", "Index", "Rows", "among", "best_per_key", "distinct", "gather"]

Rows = NDArray[np.int64]
FloatRows = NDArray[np.float32]


def gather(ptr: NDArray[np.int64], rows: Rows) -> tuple[Rows, Rows]:
    """Return the positions of all items of some rows of a compressed sparse structure.

    Parameters
    ----------
    ptr : ndarray (n + 1,)
        Where each row's items begin.
    rows : ndarray (m,)
        The wanted rows.

    Returns
    -------
    positions, owners : ndarray (k,), ndarray (k,)
        Position of each item, and which of ``rows`` (0 … m-1) it belongs to.
    """
    starts = ptr[rows]
    sizes = ptr[rows + 1] - starts
    owners = np.repeat(np.arange(len(rows), dtype=np.int64), sizes)
    first = np.cumsum(sizes) - sizes
    positions = np.arange(int(sizes.sum()), dtype=np.int64) - np.repeat(first, sizes) + np.repeat(starts, sizes)
    return positions, owners


def best_per_key(keys: Rows, values: FloatRows) -> tuple[Rows, Rows]:
    """Return each distinct key (ascending) and the position of its greatest value; the first position on ties."""
    order = np.lexsort((-values, keys))  # stable: of equal values the first position comes first
    first = order[_changes(keys[order])]
    return keys[first], first


# On the few thousand rows of a question these take a tenth of the time of numpy's set operations.


def distinct(rows: Rows) -> Rows:
    """Return the distinct values of some rows, ascending."""
    ordered = np.sort(rows)
    return ordered[_changes(ordered)]


def among(rows: Rows, ascending: Rows) -> NDArray[np.bool_]:
    """Tell for each of some rows (n,) whether it is one of the ``ascending`` ones."""
    if len(ascending) == 0:
        return np.zeros(len(rows), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ascending, rows), len(ascending) - 1)
    found: NDArray[np.bool_] = ascending[place] == rows
    return found


def _changes(ordered: Rows) -> NDArray[np.bool_]:
    """Tell for each of some ordered values whether another stands before it."""
    changes = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=changes[1:])
    return changes


class Index:
    """The arrays of :func:`graphrag.retrieval.index.build_index`, opened for reading.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        As built; may be memory-mapped.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        # Plain views: numpy's memory-map class makes every slice slower.
        arrays = {name: array.view(np.ndarray) for name, array in arrays.items()}
        self.arrays = arrays
        self.passages: FloatRows = arrays["passage_vectors"]
        self.n_chunks = len(self.passages)
        self.sentence_ptr = arrays["sentence_ptr"]
        self.mention_ptr, self.mention_entity = arrays["mention_ptr"], arrays["mention_entity"]
        self.entity_ptr, self.entity_chunk = arrays["entity_ptr"], arrays["entity_chunk"]
        self.about_ptr, self.about_chunk = arrays["about_ptr"], arrays["about_chunk"]
        self.own_ptr, self.own_entity = arrays["own_ptr"], arrays["own_entity"]
        self.n_entities = len(self.entity_ptr) - 1
        self.chunk_frequency = np.diff(self.entity_ptr)
        self.entity_idf = np.log1p(self.n_chunks / np.maximum(self.chunk_frequency, 1)).astype(np.float32)
        # A name that several documents go by points at each of them less.
        self.about_share = (1.0 / np.sqrt(np.maximum(arrays["documents_about"], 1.0))).astype(np.float32)

    def named(self, keys: Sequence[str]) -> list[range]:
        """Return where the table of names has each of some name keys; an empty range for a key that is no name."""
        hashes = self.arrays["name_hash"]
        values = np.array([hash_word(key) for key in keys], dtype=np.uint64)
        first, last = np.searchsorted(hashes, values, "left"), np.searchsorted(hashes, values, "right")
        return [range(*ends) for ends in zip(first.tolist(), last.tolist(), strict=True)]

    def entities_at(self, places: range) -> list[tuple[int, float]]:
        """Return (entity row, commonness) at some places of the table of names.

        Commonness is the share of lower case among the name's words, -1 for a name that is one in lower case too.
        """
        entities, commonness = self.arrays["name_entity"], self.arrays["name_commonness"]
        return [(int(entities[i]), float(commonness[i])) for i in places]

    def entities_named(self, key: str) -> list[tuple[int, float]]:
        """Return (entity row, commonness) for each entity that goes by a name key, as :meth:`entities_at`."""
        return self.entities_at(self.named([key])[0])

    def term(self, word: str) -> int | None:
        """Return the row of a stemmed word in the postings, None where no chunk holds it."""
        hashes = self.arrays["term_hash"]
        value = np.uint64(hash_word(word))
        row = int(np.searchsorted(hashes, value))
        return row if row < len(hashes) and hashes[row] == value else None

    def abouts(self, entities: Rows) -> tuple[Rows, Rows, FloatRows]:
        """Return (chunk row, owner, weight) for each chunk that is about one of ``entities``."""
        positions, owners = gather(self.about_ptr, entities)
        weight = self.arrays["about_weight"][positions] * self.about_share[entities[owners]]
        return self.about_chunk[positions].astype(np.int64), owners, weight

    def mentions(self, chunks: Rows) -> tuple[Rows, Rows, FloatRows]:
        """Return (entity row, owner, count) for each entity that one of ``chunks`` names."""
        positions, owners = gather(self.mention_ptr, chunks)
        return self.mention_entity[positions].astype(np.int64), owners, self.arrays["mention_count"][positions]

    def mention_sentences(self, chunks: Rows) -> NDArray[np.uint64]:
        """Return for each of :meth:`mentions` the sentences of the chunk that name the entity, one a bit.

        An index that was built before this was noted says all sentences.
        """
        positions, _ = gather(self.mention_ptr, chunks)
        if "mention_sentences" not in self.arrays:
            return np.full(len(positions), np.iinfo(np.uint64).max, dtype=np.uint64)
        sentences: NDArray[np.uint64] = self.arrays["mention_sentences"][positions]
        return sentences

    def own_entities(self, chunks: Rows) -> tuple[Rows, Rows, FloatRows]:
        """Return (entity row, owner, weight) for each entity that one of ``chunks`` is about."""
        positions, owners = gather(self.own_ptr, chunks)
        entities = self.own_entity[positions].astype(np.int64)
        return entities, owners, self.arrays["own_weight"][positions] * self.about_share[entities]

    def namers(self, entities: Rows) -> tuple[Rows, Rows]:
        """Return (chunk row, owner) for each chunk that names one of ``entities``."""
        positions, owners = gather(self.entity_ptr, entities)
        return self.entity_chunk[positions].astype(np.int64), owners

    def sentences(self, chunks: Rows) -> tuple[FloatRows, Rows]:
        """Return the unit sentence vectors (k, dim) of some chunks, and which of ``chunks`` each belongs to."""
        positions, owners = gather(self.sentence_ptr, chunks)
        vectors = self.arrays["sentence_vectors"][positions].astype(np.float32)
        vectors /= np.maximum(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)), 1e-12)[:, None]
        return vectors, owners
