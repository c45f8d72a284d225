"""The arrays that retrieval reads: vectors, word postings, names, mentions, and what documents are about.

Everything is a flat numpy array, so that a workspace can be memory-mapped, checked and opened at once whatever its
size.  Chunk rows follow (document id, position), entity rows follow entity id.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphrag.passages import Passages
from graphrag.retrieval.codes import passage_codes
from graphrag.retrieval.counting import ReadWords, WordCounter, numbered, stem
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
    "hash_words",
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
_SECTION = 2**18  # postings that are ordered together


def hash_word(word: str) -> int:
    """Return the 64-bit hash by which words and names are looked up."""
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def hash_words(found: Sequence[str]) -> NDArray[np.uint64]:
    """Return :func:`hash_word` of each word."""
    hashes = [hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in found]
    return np.frombuffer(b"".join(hashes), dtype="<u8").astype(np.uint64)


def build_index(
    chunks: Iterable[Chunk],
    vectors: Iterable["PassageVectors"],
    resolution: Resolution,
    dimensions: int,
    read: ReadWords | None = None,
) -> Arrays:
    """Build all arrays of the index.

    Parameters
    ----------
    chunks : iterable of Chunk
        All chunks, or :class:`graphrag.passages.Passages`, of which none is read where the words are known.
    vectors : iterable of PassageVectors
        The vectors of each chunk, by document id and position.
    resolution : Resolution
        Entities (ordered by id), mentions and abouts.
    dimensions : int
        Length of a vector.
    read : ReadWords, optional
        The words of the texts of the chunks, where they are known.

    Returns
    -------
    dict of str to ndarray
        Names as read by :class:`graphrag.retrieval.reader.Index`.
    """
    lexical = LexicalBuilder()
    passages = Passages.of(chunks)
    document_rows: dict[str, list[int]] = defaultdict(list)
    for row, owner in enumerate(passages.documents):
        document_rows[owner].append(row)
    titles = [
        words(title) + (words(heading) if heading else [])
        for title, heading in zip(passages.titles, passages.headings, strict=True)
    ]
    if read is not None:
        lexical.add_read(read, titles)
    else:
        for above, chunk in zip(titles, passages, strict=True):
            text = Words.of(chunk.text)
            lexical.add(above + text.folded, len(above), text.capitals)
    arrays = lexical.arrays()
    arrays |= _vector_arrays(vectors, passages.sentences, dimensions)
    arrays |= _graph_arrays(resolution, document_rows, passages)
    arrays |= _name_arrays(resolution, lexical)
    documents = {document: number for number, document in enumerate(sorted(document_rows))}
    chunk_document = np.zeros(len(passages), dtype=np.int32)
    for document, rows in document_rows.items():
        chunk_document[rows] = documents[document]
    arrays["chunk_document"] = chunk_document
    return arrays


class LexicalBuilder(WordCounter):
    """Collects word counts and makes BM25 postings of them (Robertson et al., TREC-3, 1994)."""

    def arrays(self) -> Arrays:
        """Return the postings, terms ordered by hash, and the vocabulary as one string of bytes."""
        return posting_arrays(*self.counts())


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
    hashes = hash_words(terms)
    order = np.argsort(hashes)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    frequency = np.zeros(len(order), dtype=np.int64)
    for some in _sections(len(term)):
        frequency += np.bincount(rank[term[some]], minlength=len(order))
    often = frequency.astype(np.float32)
    idf = np.log1p((n_chunks - often + 0.5) / (often + 0.5)).astype(np.float32)
    relative = lengths / max(float(lengths.mean()) if n_chunks else 1.0, 1.0)
    norm = K1 * (1.0 - B + B * relative)
    ptr = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64)
    posting_chunk, posting_weight = np.empty(len(term), dtype=chunk.dtype), np.empty(len(term), dtype=np.float32)
    free = ptr[:-1].copy()  # where the next posting of each term goes
    for some in _sections(len(term)):
        row, times = rank[term[some]], count[some].astype(np.float32)
        weight = (idf[row] * times * (K1 + 1.0) / (times + norm[chunk[some]])).astype(np.float32)
        by_term, here = _by_group(row, len(order)), np.bincount(row, minlength=len(order))
        places = np.repeat(free - np.cumsum(here) + here, here) + np.arange(len(row))
        posting_chunk[places], posting_weight[places] = chunk[some][by_term], weight[by_term]
        free += here
    return {
        "term_hash": hashes[order],
        "term_ptr": ptr,
        "posting_chunk": posting_chunk,
        "posting_weight": posting_weight,
        "term_idf": idf,
        **_strings("vocabulary", [terms[i] for i in order.tolist()]),
    }


def _sections(items: int) -> Iterator[slice]:
    """Yield slices that are small enough for what is made on the way: new memory costs more than the work in it."""
    for start in range(0, items, _SECTION):
        yield slice(start, start + _SECTION)


def _by_group(group: NDArray[Any], groups: int) -> NDArray[np.int64]:
    """Return the order that sorts items by group and keeps their order within one; linear, by counting."""
    # Numbers of 16 bits are sorted by counting: first by the lower half, then, which keeps that order, by the upper.
    order = np.argsort(group.astype(np.uint16), kind="stable")
    if groups > 2**16:
        order = order[np.argsort((group[order] >> 16).astype(np.uint16), kind="stable")]
    return order


def _vector_arrays(vectors: Iterable["PassageVectors"], ptr: NDArray[np.int64], dimensions: int) -> Arrays:
    """Stack passage vectors (float32) and sentence vectors (int8, scaled by 1/127)."""
    passages = np.zeros((len(ptr) - 1, dimensions), dtype=np.float32)
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


def _graph_arrays(resolution: Resolution, document_rows: dict[str, list[int]], passages: Passages) -> Arrays:
    """Number the entities and chunks of mentions and abouts, and make the entity–chunk graph of them."""
    row_of = passages.row_of
    entity_row = {entity.id: row for row, entity in enumerate(resolution.entities)}
    mention_chunk = np.array([row_of[m.chunk_id] for m in resolution.mentions], dtype=np.int64)
    mention_entity = np.array([entity_row[m.entity_id] for m in resolution.mentions], dtype=np.int64)
    # The last sentence of the chunk that starts before the mention, or the first.
    start = np.array([m.span.start for m in resolution.mentions], dtype=np.int64)
    starts, sentence_ptr = passages.begins, passages.sentences
    reach = int(max(start.max(initial=0), starts.max(initial=0))) + 1
    places = np.repeat(np.arange(len(row_of), dtype=np.int64), np.diff(sentence_ptr)) * reach + starts
    before = np.searchsorted(places, mention_chunk * reach + start, side="right") - sentence_ptr[mention_chunk]
    mention_sentence = np.maximum(before - 1, 0)
    # The document's first chunk is where it says what it is about; its later chunks are about it a little less.
    triples = [
        (entity_row[item.entity_id], row, item.weight * (1.0 if row == document_rows[item.document_id][0] else 0.8))
        for item in resolution.abouts
        for row in document_rows[item.document_id]
    ]
    about_entity = np.array([entity_row[item.entity_id] for item in resolution.abouts], dtype=np.int64)
    documents_about = np.bincount(about_entity, minlength=len(entity_row)).astype(np.float32)
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
    about = about[np.lexsort((about[:, 1], about[:, 0]))]
    by_chunk = np.argsort(about[:, 1], kind="stable")
    return {
        **_mention_arrays(mention_chunk, mention_entity, mention_sentence, n_entities, n_chunks),
        "about_ptr": _pointers(about[:, 0].astype(np.int64), n_entities),
        "about_chunk": about[:, 1].astype(np.int32),
        "about_weight": about[:, 2].astype(np.float32),
        "own_ptr": _pointers(about[by_chunk, 1].astype(np.int64), n_chunks),
        "own_entity": about[by_chunk, 0].astype(np.int32),
        "own_weight": about[by_chunk, 2].astype(np.float32),
        "documents_about": documents_about,
    }


def _mention_arrays(
    mention_chunk: NDArray[np.int64],
    mention_entity: NDArray[np.int64],
    mention_sentence: NDArray[np.int64],
    n_entities: int,
    n_chunks: int,
) -> Arrays:
    """Join the mentions of an entity in a chunk: how many and in which sentences, by chunk and by entity."""
    pairs = mention_chunk * max(n_entities, 1)
    pairs += mention_entity
    order = np.argsort(pairs, kind="stable")  # quick where mentions are given by chunk
    pairs = pairs[order]
    first = np.flatnonzero(np.diff(pairs, prepend=-1))
    count = np.diff(first, append=len(pairs)).astype(np.float32)
    bit = np.left_shift(np.uint64(1), np.minimum(mention_sentence[order], LAST_BIT).astype(np.uint64))
    sentences = np.bitwise_or.reduceat(bit, first)
    del order, bit  # none of these is needed below, where as much is made again
    pairs = pairs[first]
    chunk = (pairs // max(n_entities, 1)).astype(np.int32)
    entity = (pairs % max(n_entities, 1)).astype(np.int32)
    by_entity = _by_group(entity, n_entities)
    return {
        "mention_ptr": _pointers(chunk, n_chunks),
        "mention_entity": entity,
        "mention_count": count,
        "mention_sentences": sentences,
        "entity_ptr": _pointers(entity, n_entities),
        "entity_chunk": chunk[by_entity],
        "entity_count": count[by_entity],
    }


def _name_arrays(resolution: Resolution, lexical: WordCounter) -> Arrays:
    """Make the table from name hashes to entity rows, and the words of all names for spelling."""
    about = {item.entity_id for item in resolution.abouts}
    keys: list[str] = []
    rows: list[int] = []
    common: set[str] = set()
    for row, entity in enumerate(resolution.entities):
        names = (entity.name, *entity.aliases)
        found = [key for key in dict.fromkeys(map(name_key, names)) if key and not key.isspace()]
        keys += found
        rows += [row] * len(found)
        if entity.id in about:
            common.update(name_key(name) for name in names if is_common_name(name))
    said = [key.split() for key in keys]
    lengths = np.array([len(one) for one in said], dtype=np.int64)
    numbers = lexical.numbers
    name_words = numbered(numbers, chain.from_iterable(said))
    commonness = lexical.commonness(name_words, np.cumsum(lengths) - lengths)
    commonness[[key in common for key in keys]] = _IS_COMMON_NAME
    hashes, entity_rows = hash_words(keys), np.array(rows, dtype=np.int64)
    order = np.lexsort((entity_rows, hashes))
    # A word counts once for an entity, in however many of its names it stands.
    pairs = np.sort(np.repeat(entity_rows, lengths) * len(numbers) + name_words)
    once = pairs[np.diff(pairs, prepend=-1) > 0] % max(len(numbers), 1)
    counts = np.bincount(once, minlength=len(numbers)).tolist()
    word_counts = {word: count for word, count in zip(numbers, counts, strict=True) if count}
    return name_arrays(hashes[order], entity_rows[order], commonness[order], word_counts)


def name_arrays(
    hashes: NDArray[np.uint64],
    entity_rows: NDArray[np.int64],
    commonness: NDArray[np.float64],
    word_counts: Mapping[str, int],
) -> Arrays:
    """Make the table of names.

    Parameters
    ----------
    hashes, entity_rows, commonness : ndarray (n_names,)
        Hash of a name's key, row of the entity that goes by it, and how likely the name is meant as plain words; in
        the order of the first two.
    word_counts : mapping of str to int
        Word -> number of entities in whose names it stands.
    """
    spelling = sorted(word_counts)
    return {
        **_strings("name_word", spelling),
        "name_word_count": np.array([word_counts[word] for word in spelling], dtype=np.int32),
        "name_hash": hashes,
        "name_entity": entity_rows.astype(np.int32),
        "name_commonness": commonness.astype(np.float32),
    }


def _pointers(rows: NDArray[Any], size: int) -> NDArray[np.int64]:
    """Return CSR pointers (size + 1,) for row numbers in any order."""
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int64)


def _strings(name: str, values: Sequence[str]) -> Arrays:
    """Store strings as one array of UTF-8 bytes and the offsets of each."""
    encoded = [value.encode("utf-8", "surrogatepass") for value in values]
    ptr = np.concatenate([[0], np.cumsum([len(value) for value in encoded])]).astype(np.int64)
    return {f"{name}_bytes": np.frombuffer(b"".join(encoded), dtype=np.uint8), f"{name}_ptr": ptr}
