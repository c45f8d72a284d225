"""Passages that stand behind those that the index was built of, until the next build takes them in.

They are found by their vectors and by their words, and link to nothing.  A new array of the index that counts in
passages, sentences or words needs its line here; the test asks in every mode.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrag.retrieval.codes import codes_of
from graphrag.retrieval.index import K1, Arrays, hash_word, sentence_codes, stem
from graphrag.text import words
from graphrag.types import Chunk, PassageVectors

__all__ = ["append_passages"]


def append_passages(
    arrays: Mapping[str, NDArray[Any]], passages: Iterable[tuple[Chunk, PassageVectors]]
) -> Mapping[str, NDArray[Any]]:
    """Return the arrays of an index with further passages behind its own.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        What :func:`graphrag.retrieval.index.build_index` made.
    passages : iterable of (Chunk, PassageVectors)
        In the order of their rows; where there are none, ``arrays`` is returned as it is.
    """
    new = list(passages)
    if not new:
        return arrays
    chunks = [chunk for chunk, _ in new]
    return {
        **arrays,
        **_vectors(arrays, [vectors for _, vectors in new]),
        **_links(arrays, chunks),
        **_postings(arrays, chunks),
    }


def _vectors(arrays: Mapping[str, NDArray[Any]], new: list[PassageVectors]) -> Arrays:
    """Append vectors of passages and sentences."""
    rows = np.stack([vectors.passage for vectors in new]).astype(np.float32)
    counts = [len(vectors.sentences) for vectors in new]
    ptr = arrays["sentence_ptr"]
    appended = {
        "passage_vectors": np.concatenate([arrays["passage_vectors"], rows]),
        "sentence_vectors": np.concatenate(
            [arrays["sentence_vectors"], *(sentence_codes(vectors.sentences) for vectors in new)]
        ),
        "sentence_ptr": np.concatenate([ptr, ptr[-1] + np.cumsum(counts)]).astype(np.int64),
    }
    if "passage_codes" in arrays:
        codes, scale = codes_of(rows)
        appended["passage_codes"] = np.concatenate([arrays["passage_codes"], codes])
        appended["passage_scale"] = np.concatenate([arrays["passage_scale"], scale])
    return appended


def _links(arrays: Mapping[str, NDArray[Any]], chunks: list[Chunk]) -> Arrays:
    """Give the new passages their documents, and no names."""
    documents = {chunk.document_id: number for number, chunk in reversed(list(enumerate(chunks)))}
    first = int(arrays["chunk_document"].max(initial=-1)) + 1
    number_of = {document: first + n for n, document in enumerate(sorted(documents, key=documents.__getitem__))}
    of_chunk = np.array([number_of[chunk.document_id] for chunk in chunks], dtype=np.int32)
    return {
        "chunk_document": np.concatenate([arrays["chunk_document"], of_chunk]),
        **{
            name: np.concatenate([arrays[name], np.repeat(arrays[name][-1:], len(chunks))])
            for name in ("mention_ptr", "own_ptr")
        },
    }


def _postings(arrays: Mapping[str, NDArray[Any]], chunks: list[Chunk]) -> Arrays:
    """Insert the words of the new passages; how rare a word is, is taken from the passages before."""
    before = len(arrays["passage_vectors"])
    counts = [Counter(stem(word) for word in words(f"{c.title}\n{c.heading}\n{c.text}")) for c in chunks]
    hashes = {word: hash_word(word) for count in counts for word in count}
    known = arrays["term_hash"]
    place = {word: int(np.searchsorted(known, np.uint64(value))) for word, value in hashes.items()}
    new_words = sorted(
        (word for word, row in place.items() if row == len(known) or known[row] != np.uint64(hashes[word])),
        key=hashes.__getitem__,
    )
    grown = _with_words(arrays, new_words, hashes, before)
    row_of = {word: int(np.searchsorted(grown["term_hash"], np.uint64(value))) for word, value in hashes.items()}
    items = sorted(
        (row_of[word], before + number, times) for number, count in enumerate(counts) for word, times in count.items()
    )
    row, chunk, times = (np.array(column, dtype=np.int64) for column in zip(*items, strict=True))
    # A passage of average length, because the index does not keep what the average is.
    weight = grown["term_idf"][row] * times * (K1 + 1.0) / (times + K1)
    ends = grown["term_ptr"][row + 1]
    added = np.bincount(row, minlength=len(grown["term_hash"]))
    return {
        **grown,
        "posting_chunk": np.insert(arrays["posting_chunk"], ends, chunk.astype(np.int32)),
        "posting_weight": np.insert(arrays["posting_weight"], ends, weight.astype(np.float32)),
        "term_ptr": grown["term_ptr"] + np.concatenate([[0], np.cumsum(added)]),
    }


def _with_words(arrays: Mapping[str, NDArray[Any]], new: list[str], hashes: Mapping[str, int], passages: int) -> Arrays:
    """Insert words without postings into the vocabulary, which is ordered by hash."""
    values = np.array([hashes[word] for word in new], dtype=np.uint64)
    at = np.searchsorted(arrays["term_hash"], values)
    ptr, letters, letters_ptr = arrays["term_ptr"], arrays["vocabulary_bytes"], arrays["vocabulary_ptr"]
    encoded = [word.encode("utf-8", "surrogatepass") for word in new]
    sizes = np.insert(np.diff(letters_ptr), at, [len(word) for word in encoded])
    letter_at = np.repeat(letters_ptr[at], [len(word) for word in encoded])
    rare = np.float32(np.log1p((passages + 0.5) / 1.5))
    return {
        "term_hash": np.insert(arrays["term_hash"], at, values),
        "term_idf": np.insert(arrays["term_idf"], at, rare),
        "term_ptr": np.insert(ptr, at, ptr[at]),
        "vocabulary_bytes": np.insert(letters, letter_at, np.frombuffer(b"".join(encoded), dtype=np.uint8)),
        "vocabulary_ptr": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
    }
