"""The arrays that retrieval reads: vectors, word postings, names, mentions, and what documents are about.

Everything is a flat numpy array, so that a workspace can be memory-mapped, checked and opened at once whatever its
size.  Chunk rows follow (document id, position), entity rows follow entity id.
"""

import hashlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphrag.retrieval.codes import passage_codes
from graphrag.text import Words, is_common_name, name_key, words
from graphrag.types import Chunk, Resolution

if TYPE_CHECKING:
    from graphrag.types import PassageVectors

__all__ = [
    "Arrays",
    "LexicalBuilder",
    "build_index",
    "graph_arrays",
    "hash_word",
    "name_arrays",
    "posting_arrays",
    "sentence_codes",
    "stem",
]

Arrays = dict[str, NDArray[Any]]

# Commonness of a name that is one in lower case too ("payment gateway").
_IS_COMMON_NAME = -1.0
# BM25 parameters (Robertson and Zaragoza 2009, section 3.5: usual values).
K1 = 1.2
B = 0.75
# A mention's sentences are the bits of one integer; this bit stands for its own and all later ones.
LAST_BIT = 63
_BLOCK = 256  # passages whose vectors are encoded together


def hash_word(word: str) -> int:
    """Return the 64-bit hash by which words and names are looked up."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def stem(word: str) -> str:
    """Return a word without the English plural or third-person ending; nothing more, so that names stay apart."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def build_index(
    chunks: Iterable[Chunk],
    vectors: Iterable["PassageVectors"],
    resolution: Resolution,
    dimensions: int,
    words_of: Callable[[Chunk], Words] | None = None,
) -> Arrays:
    """Build all arrays of the index.

    Parameters
    ----------
    chunks : iterable of Chunk
        All chunks, by document id and position.
    vectors : iterable of PassageVectors
        The vectors of each chunk, in the same order.
    resolution : Resolution
        Entities (ordered by id), mentions and abouts.
    dimensions : int
        Length of a vector.
    words_of : callable, optional
        Returns the words of a chunk's text, perhaps from memory.

    Returns
    -------
    dict of str to ndarray
        Names as read by :class:`graphrag.retrieval.reader.Index`.
    """
    lexical = LexicalBuilder()
    row_of: dict[str, int] = {}
    document_rows: dict[str, list[int]] = defaultdict(list)
    casing = _Casing()
    sentence_counts: list[int] = []
    sentence_starts: dict[str, list[int]] = {}
    for row, chunk in enumerate(chunks):
        row_of[chunk.id] = row
        document_rows[chunk.document_id].append(row)
        sentence_counts.append(len(chunk.sentences))
        sentence_starts[chunk.id] = [sentence.start for sentence in chunk.sentences]
        text = Words.of(chunk.text) if words_of is None else words_of(chunk)
        lexical.add([*words(chunk.title), *words(chunk.heading), *text.folded])
        casing.add(text)
    arrays = lexical.arrays()
    arrays |= _vector_arrays(vectors, sentence_counts, dimensions)
    arrays |= _graph_arrays(resolution, row_of, document_rows, sentence_starts)
    arrays |= _name_arrays(resolution, casing)
    documents = {document: number for number, document in enumerate(sorted(document_rows))}
    chunk_document = np.zeros(len(row_of), dtype=np.int32)
    for document, rows in document_rows.items():
        chunk_document[rows] = documents[document]
    arrays["chunk_document"] = chunk_document
    return arrays


class _Stems(dict[str, str]):
    """Remembers the stem of each word."""

    def __missing__(self, word: str) -> str:
        self[word] = found = stem(word)
        return found


class LexicalBuilder:
    """Collects word counts and makes BM25 postings of them (Robertson et al., TREC-3, 1994)."""

    def __init__(self) -> None:
        self._stems = _Stems()
        self._terms: dict[str, int] = {}
        self._term_rows: list[NDArray[np.int32]] = []
        self._counts: list[NDArray[np.int32]] = []
        self._lengths: list[int] = []

    def add(self, found: Sequence[str]) -> None:
        """Add the words of the next chunk, as :func:`graphrag.text.words` gives them."""
        counts = Counter(map(self._stems.__getitem__, found))
        terms = self._terms
        self._term_rows.append(np.array([terms.setdefault(word, len(terms)) for word in counts], dtype=np.int32))
        self._counts.append(np.fromiter(counts.values(), dtype=np.int32, count=len(counts)))
        self._lengths.append(len(found))

    def arrays(self) -> Arrays:
        """Return the postings, terms ordered by hash, and the vocabulary as one string of bytes."""
        sizes = [len(rows) for rows in self._term_rows]
        term = np.concatenate(self._term_rows) if sizes else np.zeros(0, dtype=np.int32)
        count = np.concatenate(self._counts) if sizes else np.zeros(0, dtype=np.int32)
        chunk = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        return posting_arrays(list(self._terms), term, chunk, count, np.array(self._lengths, dtype=np.float32))


def posting_arrays(
    terms: Sequence[str],
    term: NDArray[np.int32],
    chunk: NDArray[np.int32],
    count: NDArray[np.int32],
    lengths: NDArray[np.float32],
) -> Arrays:
    """Return BM25 postings.

    Parameters
    ----------
    terms : sequence of str
        The distinct words.
    term, chunk, count : ndarray (m,)
        Which word stands in which chunk how often, by chunk.
    lengths : ndarray (n_chunks,)
        Words in each chunk.
    """
    n_chunks = len(lengths)
    hashes = np.array([hash_word(word) for word in terms], dtype=np.uint64)
    order = np.argsort(hashes)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    row = rank[term]
    frequency = np.bincount(row, minlength=len(order)).astype(np.float32)
    idf = np.log1p((n_chunks - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    relative = lengths / max(float(lengths.mean()) if n_chunks else 1.0, 1.0)
    norm = K1 * (1.0 - B + B * relative)
    times = count.astype(np.float32)
    weight = (idf[row] * times * (K1 + 1.0) / (times + norm[chunk])).astype(np.float32)
    by_term = _by_group(row, len(order))
    return {
        "term_hash": hashes[order],
        "term_ptr": np.concatenate([[0], np.cumsum(frequency.astype(np.int64))]).astype(np.int64),
        "posting_chunk": chunk[by_term],
        "posting_weight": weight[by_term],
        "term_idf": idf,
        **_strings("vocabulary", [terms[i] for i in order.tolist()]),
    }


def _by_group(group: NDArray[Any], groups: int) -> NDArray[np.int64]:
    """Return the order that sorts items by group and keeps their order within one; linear, by counting."""
    from scipy.sparse import coo_array

    items = np.arange(len(group), dtype=np.int64)
    ones = np.ones(len(group), dtype=np.int8)
    order: NDArray[np.int64] = coo_array((ones, (group, items)), shape=(groups, len(group))).tocsr().indices
    return order


class _Casing:
    """Counts how often words stand in lower case, to tell "Home" the film from "home" in a question."""

    def __init__(self) -> None:
        self._total: Counter[str] = Counter()
        self._capital: Counter[str] = Counter()

    def add(self, text: Words) -> None:
        """Count the words of a text."""
        self._total.update(text.folded)
        self._capital.update([text.folded[number] for number in text.capitals])

    def commonness(self, key: str) -> float:
        """Return how likely a name is meant as plain words: the least share of lower case among its words."""
        total, capital = self._total.get, self._capital.get
        return min([(total(word, 0) - capital(word, 0)) / total(word, 1) for word in key.split()])


def _vector_arrays(vectors: Iterable["PassageVectors"], sentence_counts: Sequence[int], dimensions: int) -> Arrays:
    """Stack passage vectors (float32) and sentence vectors (int8, scaled by 1/127)."""
    passages = np.zeros((len(sentence_counts), dimensions), dtype=np.float32)
    ptr = np.concatenate([[0], np.cumsum(sentence_counts)]).astype(np.int64)
    sentences = np.zeros((int(ptr[-1]), dimensions), dtype=np.int8)
    row, some = 0, iter(vectors)
    while block := list(islice(some, _BLOCK)):
        passages[row : row + len(block)] = [vector.passage for vector in block]
        codes = sentence_codes(np.concatenate([vector.sentences for vector in block]))
        sentences[ptr[row] : ptr[row + len(block)]] = codes
        row += len(block)
    return {
        "passage_vectors": passages,
        "sentence_vectors": sentences,
        "sentence_ptr": ptr,
        **passage_codes(passages),
    }


def sentence_codes(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return vectors (n, dim) as integers from -127 to 127, each row scaled by its own peak."""
    peak = np.abs(vectors).max(axis=1, keepdims=True)
    codes: NDArray[np.int8] = np.rint(vectors * (127.0 / np.maximum(peak, 1e-12))).astype(np.int8)
    return codes


def _graph_arrays(
    resolution: Resolution,
    row_of: dict[str, int],
    document_rows: dict[str, list[int]],
    sentence_starts: dict[str, list[int]],
) -> Arrays:
    """Number the entities and chunks of mentions and abouts, and make the entity–chunk graph of them."""
    entity_row = {entity.id: row for row, entity in enumerate(resolution.entities)}
    mention_chunk = np.array([row_of[m.chunk_id] for m in resolution.mentions], dtype=np.int64)
    mention_entity = np.array([entity_row[m.entity_id] for m in resolution.mentions], dtype=np.int64)
    mention_sentence = np.array(
        [max(bisect_right(sentence_starts[m.chunk_id], m.span.start) - 1, 0) for m in resolution.mentions],
        dtype=np.int64,
    )
    # The document's first chunk is where it says what it is about; its later chunks are about it a little less.
    triples = [
        (entity_row[item.entity_id], row, item.weight * (1.0 if row == document_rows[item.document_id][0] else 0.8))
        for item in resolution.abouts
        for row in document_rows[item.document_id]
    ]
    documents_about = np.zeros(len(entity_row), dtype=np.float32)
    for item in resolution.abouts:
        documents_about[entity_row[item.entity_id]] += 1
    about = np.array(triples, dtype=np.float64).reshape(-1, 3)
    return graph_arrays(mention_chunk, mention_entity, mention_sentence, about, documents_about, len(row_of))


def graph_arrays(
    mention_chunk: NDArray[np.int64],
    mention_entity: NDArray[np.int64],
    mention_sentence: NDArray[np.int64],
    about: NDArray[np.float64],
    documents_about: NDArray[np.float32],
    n_chunks: int,
) -> Arrays:
    """Make the entity–chunk graph: mentions both ways, and what chunks are about both ways.

    Parameters
    ----------
    mention_chunk, mention_entity, mention_sentence : ndarray (m,)
        Rows of the chunk and the entity of each mention, and the number of the sentence within its chunk.
    about : ndarray (k, 3)
        Entity row, chunk row and weight of each about.
    documents_about : ndarray (n_entities,)
        How many documents are about each entity.
    n_chunks : int
        Number of chunks.
    """
    n_entities = len(documents_about)
    pairs = mention_chunk * max(n_entities, 1) + mention_entity
    pair, place, count = np.unique(pairs, return_inverse=True, return_counts=True)
    sentences = np.zeros(len(pair), dtype=np.uint64)
    bit = np.left_shift(np.uint64(1), np.minimum(mention_sentence, LAST_BIT).astype(np.uint64))
    np.bitwise_or.at(sentences, place, bit)
    chunk, entity = pair // max(n_entities, 1), pair % max(n_entities, 1)
    by_entity = _by_group(entity, n_entities)
    about = about[np.lexsort((about[:, 1], about[:, 0]))]
    by_chunk = np.argsort(about[:, 1], kind="stable")
    return {
        "mention_ptr": _pointers(chunk, n_chunks),
        "mention_entity": entity.astype(np.int32),
        "mention_count": count.astype(np.float32),
        "mention_sentences": sentences,
        "entity_ptr": _pointers(entity, n_entities),
        "entity_chunk": chunk[by_entity].astype(np.int32),
        "entity_count": count[by_entity].astype(np.float32),
        "about_ptr": _pointers(about[:, 0].astype(np.int64), n_entities),
        "about_chunk": about[:, 1].astype(np.int32),
        "about_weight": about[:, 2].astype(np.float32),
        "own_ptr": _pointers(about[by_chunk, 1].astype(np.int64), n_chunks),
        "own_entity": about[by_chunk, 0].astype(np.int32),
        "own_weight": about[by_chunk, 2].astype(np.float32),
        "documents_about": documents_about,
    }


def _name_arrays(resolution: Resolution, casing: _Casing) -> Arrays:
    """Make the table from name hashes to entity rows, and the words of all names for spelling."""
    about = {item.entity_id for item in resolution.abouts}
    common = {
        name_key(name)
        for entity in resolution.entities
        if entity.id in about
        for name in (entity.name, *entity.aliases)
        if is_common_name(name)
    }
    rows = sorted(
        (hash_word(key), row, _IS_COMMON_NAME if key in common else casing.commonness(key))
        for row, entity in enumerate(resolution.entities)
        for key in {name_key(name) for name in (entity.name, *entity.aliases)} - {""}
    )
    word_counts: Counter[str] = Counter()
    for entity in resolution.entities:
        word_counts.update({word for name in (entity.name, *entity.aliases) for word in words(name)})
    return name_arrays(rows, word_counts)


def name_arrays(rows: Sequence[tuple[int, int, float]], word_counts: Mapping[str, int]) -> Arrays:
    """Make the table of names.

    Parameters
    ----------
    rows : sequence of (int, int, float)
        Hash of a name's key, row of the entity that goes by it, and how likely the name is meant as plain words;
        ascending.
    word_counts : mapping of str to int
        Word -> number of entities in whose names it stands.
    """
    spelling = sorted(word_counts)
    return {
        **_strings("name_word", spelling),
        "name_word_count": np.array([word_counts[word] for word in spelling], dtype=np.int32),
        "name_hash": np.array([row[0] for row in rows], dtype=np.uint64),
        "name_entity": np.array([row[1] for row in rows], dtype=np.int32),
        "name_commonness": np.array([row[2] for row in rows], dtype=np.float32),
    }


def _pointers(rows: NDArray[Any], size: int) -> NDArray[np.int64]:
    """Return CSR pointers (size + 1,) for row numbers in any order."""
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int64)


def _strings(name: str, values: Sequence[str]) -> Arrays:
    """Store strings as one array of UTF-8 bytes and the offsets of each."""
    encoded = [value.encode("utf-8", "surrogatepass") for value in values]
    ptr = np.concatenate([[0], np.cumsum([len(value) for value in encoded])]).astype(np.int64)
    return {f"{name}_bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8), f"{name}_ptr": ptr}
