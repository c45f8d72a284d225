"""Synthetic corpora for measuring how cost grows: entities and words by Zipf's law, random unit vectors.

Texts are never spelt out: a corpus is drawn as numbers, block by block, and goes into the same functions that index
real chunks.  Vectors without structure and entities that stand in a third of all passages are the hardest case.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrag.retrieval.codes import codes_of, passage_codes
from graphrag.retrieval.index import Arrays, graph_arrays, hash_word, name_arrays, posting_arrays

__all__ = ["SEED", "SENTENCES", "Corpus", "draw", "index_of", "questions_of"]

SENTENCES = 4  # of each passage
_MENTIONS = 6  # names in each passage
_WORDS = 40  # other words of each passage
_BLOCK = 20_000
SEED = 20240229
_COMMONEST = 50  # words that questions leave out as they do stop words
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprtv" for vowel in "aeiou"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A drawn corpus.  Words are numbered: first plain ones, then first names, then last names."""

    passages: NDArray[np.float32]  # (n, dim) unit vectors
    sentences: NDArray[np.int8]  # (SENTENCES * n, dim)
    term: NDArray[np.int32]  # which word
    chunk: NDArray[np.int32]  # stands in which passage
    count: NDArray[np.int32]  # how often
    lengths: NDArray[np.float32]  # words in each passage
    mention_entity: Ints  # (n * _MENTIONS,)
    about: Ints  # (n,) the entity that each passage is about
    plain: int  # number of plain words
    first_names: int
    entities: int

    @property
    def n_words(self) -> int:
        """Number of distinct words."""
        return self.plain + 2 * self.first_names


def draw(n: int, dimensions: int, seed: int = SEED) -> Corpus:
    """Draw a corpus of ``n`` passages.

    The number of words grows by Heaps' law with the square root, that of entities with the number of passages; their
    frequencies fall with the rank (Zipf's law, exponent 1).
    """
    plain, entities = 1000 + int(50 * n**0.5), max(n // 2, 4)
    first_names = int(np.ceil(entities**0.5))
    passages = np.empty((n, dimensions), dtype=np.float32)
    sentences = np.empty((SENTENCES * n, dimensions), dtype=np.int8)
    parts = []
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        random = np.random.default_rng([seed, start])
        passages[start:stop] = _unit_vectors(random, stop - start, dimensions)
        for sentence in range(SENTENCES * start, SENTENCES * stop, _BLOCK):
            end = min(sentence + _BLOCK, SENTENCES * stop)
            sentences[sentence:end], _ = codes_of(_unit_vectors(random, end - sentence, dimensions))
        parts.append(_draw_words(random, start, stop - start, plain, first_names, entities))
    term, chunk, count, mentions, about = (np.concatenate(column) for column in zip(*parts, strict=True))
    lengths = np.full(n, _WORDS + 2 * _MENTIONS + 2, dtype=np.float32)
    return Corpus(passages, sentences, term, chunk, count, lengths, mentions, about, plain, first_names, entities)


def index_of(corpus: Corpus) -> Arrays:
    """Return all arrays that retrieval reads, made by the functions that index real chunks."""
    n = len(corpus.passages)
    chunks = np.arange(n, dtype=np.int64)
    arrays: Arrays = {
        "passage_vectors": corpus.passages,
        "sentence_vectors": corpus.sentences,
        "sentence_ptr": np.arange(n + 1, dtype=np.int64) * SENTENCES,
        "chunk_document": chunks.astype(np.int32),
    }
    arrays |= passage_codes(corpus.passages)
    spelt = [_word(number) for number in range(corpus.n_words)]
    arrays |= posting_arrays(spelt, corpus.term, corpus.chunk, corpus.count, corpus.lengths)
    about = np.stack([corpus.about, chunks, np.ones(n)], axis=1)
    documents_about = np.bincount(corpus.about, minlength=corpus.entities).astype(np.float32)
    places = np.tile(np.arange(_MENTIONS, dtype=np.int64) % SENTENCES, n)
    arrays |= graph_arrays(np.repeat(chunks, _MENTIONS), corpus.mention_entity, places, about, documents_about, n)
    first, last = _name_words(np.arange(corpus.entities), corpus.plain, corpus.first_names)
    names = [f"{spelt[a]} {spelt[b]}" for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    frequency = np.bincount(np.concatenate([first, last]), minlength=corpus.n_words)
    counts = {spelt[number]: int(frequency[number]) for number in np.flatnonzero(frequency).tolist()}
    hashes = np.array([hash_word(name) for name in names], dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    return arrays | name_arrays(hashes[order], order, np.zeros(len(order)), counts)


def questions_of(n: int, how_many: int) -> list[str]:
    """Return questions to a corpus of ``n`` passages: two names and five other words each, by Zipf's law."""
    plain, entities = 1000 + int(50 * n**0.5), max(n // 2, 4)
    first_names = int(np.ceil(entities**0.5))
    random = np.random.default_rng([SEED, n, how_many])
    questions = []
    for _ in range(how_many):
        first, last = _name_words(_zipf(random, (2,), entities), plain, first_names)
        names = [f"{_word(a).title()} {_word(b).title()}" for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        a, b, c, d, e = (_word(number) for number in (_COMMONEST + _zipf(random, (5,), plain - _COMMONEST)).tolist())
        questions.append(f"Where was the {a} of {names[0]}, who {b} the {c} of {names[1]}, {d} in the {e}?")
    return questions


def _unit_vectors(random: np.random.Generator, n: int, dimensions: int) -> NDArray[np.float32]:
    """Return vectors (n, dimensions) that point anywhere."""
    vectors = random.standard_normal((n, dimensions), dtype=np.float32)
    vectors /= np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return vectors


def _draw_words(
    random: np.random.Generator, start: int, n: int, plain: int, first_names: int, entities: int
) -> tuple[NDArray[Any], ...]:
    """Return word, passage and count of each posting of ``n`` passages, what they name and what they are about."""
    about = random.integers(entities, size=n)
    mentions = _zipf(random, (n, _MENTIONS), entities)
    first, last = _name_words(np.column_stack([mentions, about]), plain, first_names)
    words = np.column_stack([_zipf(random, (n, _WORDS), plain), first, last])
    n_words = plain + 2 * first_names
    pair, count = np.unique((np.arange(n)[:, None] * n_words + words).ravel(), return_counts=True)
    term, chunk = (pair % n_words).astype(np.int32), (start + pair // n_words).astype(np.int32)
    return term, chunk, count.astype(np.int32), mentions.ravel(), about


def _zipf(random: np.random.Generator, shape: tuple[int, ...], n: int) -> Ints:
    """Return ranks from 0 to n - 1 whose frequency falls as 1 / (rank + 1): the logarithm of a rank is uniform."""
    ranks: Ints = np.minimum((n + 1.0) ** random.random(shape), n).astype(np.int64) - 1
    return ranks


def _name_words(entities: Ints, plain: int, first_names: int) -> tuple[Ints, Ints]:
    """Return the numbers of the first and the last name of entities; no two share both."""
    return plain + entities % first_names, plain + first_names + entities // first_names


def _word(number: int) -> str:
    """Return the word of a number, three syllables or more."""
    base = len(_SYLLABLES)
    number += base * base
    syllables = []
    while number:
        number, digit = divmod(number, base)
        syllables.append(_SYLLABLES[digit])
    return "".join(syllables)
