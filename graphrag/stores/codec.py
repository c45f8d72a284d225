"""Extractions and vectors as bytes: what the cache holds and what worker processes send.

Both forms carry a checksum, so that a flipped bit is noticed instead of becoming part of a graph.
"""

import json
import struct
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphrag.types import Chunk, ChunkId, DocumentId, Extraction, Mention, PassageVectors, Span, Term, Triple

if TYPE_CHECKING:
    from graphrag.types import FloatArray

__all__ = [
    "chunk_from_list",
    "chunk_to_list",
    "decode_all_vectors",
    "decode_extraction",
    "decode_json",
    "decode_sentences",
    "decode_vectors",
    "dump_spans",
    "encode_extraction",
    "encode_json",
    "encode_vectors",
    "load_offsets",
    "load_spans",
    "make_chunk",
]

_HEADER = struct.Struct("<IHI")  # CRC-32 of all that follows, dimensions, number of sentences


def dump_spans(spans: tuple[Span, ...], origin: int) -> str:
    """Return spans as a flat JSON list of offsets that count from ``origin``."""
    return json.dumps([end - origin for span in spans for end in (span.start, span.end)], separators=(",", ":"))


def load_spans(text: str, origin: int) -> tuple[Span, ...]:
    """Undo :func:`dump_spans`."""
    ends = json.loads(text)
    return tuple(Span(origin + start, origin + end) for start, end in zip(ends[::2], ends[1::2], strict=True))


def load_offsets(texts: Sequence[str]) -> list[list[int]]:
    """Return the offsets that :func:`dump_spans` wrote, of many texts; several at once cost less."""
    found: list[list[int]] = json.loads(f"[{','.join(texts)}]")
    return found


def chunk_to_list(chunk: Chunk) -> list[object]:
    """Return a chunk as a list that JSON can hold."""
    return [
        chunk.id,
        chunk.document_id,
        chunk.position,
        chunk.span.start,
        chunk.span.end,
        chunk.text,
        chunk.title,
        chunk.heading,
        dump_spans(chunk.sentences, chunk.span.start),
    ]


def chunk_from_list(row: list[object]) -> Chunk:
    """Undo :func:`chunk_to_list`."""
    identity, document, position, start, end, text, title, heading, sentences = row
    return make_chunk(
        str(identity),
        str(document),
        int(str(position)),
        int(str(start)),
        int(str(end)),
        str(heading),
        str(sentences),
        str(text),
        str(title),
    )


def make_chunk(
    identity: str,
    document: str,
    position: int,
    start: int,
    stop: int,
    heading: str,
    sentences: str,
    text: str,
    title: str,
) -> Chunk:
    """Make a chunk of the columns of a row."""
    return Chunk(
        ChunkId(identity),
        DocumentId(document),
        position,
        Span(start, stop),
        text,
        title,
        heading,
        load_spans(sentences, start),
    )


def encode_json(value: object) -> bytes:
    """Return a value as compact JSON behind its checksum."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return zlib.crc32(body).to_bytes(4, "little") + body


def decode_json(data: bytes) -> Any:
    """Undo :func:`encode_json`.

    Raises
    ------
    ValueError
        The bytes are damaged.
    """
    if len(data) < 4 or zlib.crc32(data[4:]).to_bytes(4, "little") != data[:4]:
        raise ValueError("damaged JSON")
    return json.loads(data[4:].decode("utf-8", "surrogatepass"))


def encode_extraction(extraction: Extraction) -> bytes:
    """Return an extraction as compressed JSON."""
    mentions = [[m.span.start, m.span.end, m.text, m.label] for m in extraction.mentions]
    triples = [
        [
            *(t.subject.span.start, t.subject.span.end, t.subject.text, t.predicate),
            *(t.object.span.start, t.object.span.end, t.object.text),
            *(t.sentence.start, t.sentence.end, t.when, t.confidence),
        ]
        for t in extraction.triples
    ]
    text = json.dumps([mentions, triples], ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def decode_extraction(body: bytes) -> Extraction:
    """Undo :func:`encode_extraction`.

    Raises
    ------
    ValueError
        The bytes are damaged.
    """
    try:
        mentions, triples = json.loads(zlib.decompress(body))
    except zlib.error as error:
        raise ValueError("damaged extraction") from error
    return Extraction(
        tuple(Mention(Span(start, end), text, label) for start, end, text, label in mentions),
        tuple(
            Triple(Term(Span(a, b), subject), predicate, Term(Span(c, d), target), Span(e, f), when, confidence)
            for a, b, subject, predicate, c, d, target, e, f, when, confidence in triples
        ),
    )


def encode_vectors(vectors: PassageVectors) -> bytes:
    """Return the vectors of a chunk as bytes: the passage in 32-bit, the sentences in 16-bit floats.

    Raises
    ------
    ValueError
        The vectors are not finite numbers of one length.
    """
    import numpy as np

    passage, sentences = vectors.passage, vectors.sentences
    if passage.ndim != 1 or sentences.ndim != 2 or sentences.shape[1] != len(passage):
        raise ValueError(f"vectors of shapes {passage.shape} and {sentences.shape}")
    if not (np.isfinite(passage).all() and np.isfinite(sentences).all()):
        raise ValueError("vectors that are not finite numbers")
    body = passage.astype("<f4").tobytes() + sentences.astype("<f2").tobytes()
    head = _HEADER.pack(0, len(passage), len(sentences))[4:]
    return struct.pack("<I", zlib.crc32(head + body)) + head + body


def decode_vectors(data: bytes) -> PassageVectors:
    """Undo :func:`encode_vectors`, up to the rounding of the sentences' vectors, which are of unit length again.

    Raises
    ------
    ValueError
        The bytes are damaged.
    """
    return decode_all_vectors([data])[0]


def decode_all_vectors(bodies: Sequence[bytes]) -> list[PassageVectors]:
    """Undo :func:`encode_vectors` for chunks of one length of vectors, at least one; several at once cost less.

    Raises
    ------
    ValueError
        The bytes of one are damaged.
    """
    import numpy as np

    sentences = decode_sentences(bodies)
    dimensions = sentences[0].shape[1]
    passages = [np.frombuffer(data, "<f4", dimensions, _HEADER.size).astype(np.float32) for data in bodies]
    return [PassageVectors(*pair) for pair in zip(passages, sentences, strict=True)]


def decode_sentences(bodies: Sequence[bytes]) -> "list[FloatArray]":
    """Return the vectors of the sentences as :func:`decode_all_vectors`, at a third of its cost."""
    import numpy as np

    stored, counts, dimensions = [], [], 0
    for data in bodies:
        if len(data) < _HEADER.size or zlib.crc32(memoryview(data)[4:]) != _HEADER.unpack_from(data)[0]:
            raise ValueError("damaged vectors")
        _, dimensions, count = _HEADER.unpack_from(data)
        stored.append(np.frombuffer(data, "<f2", count * dimensions, _HEADER.size + 4 * dimensions))
        counts.append(count)
    sentences: FloatArray = np.concatenate(stored).astype(np.float32).reshape(-1, dimensions)
    lengths = np.sqrt((sentences * sentences).sum(axis=1, keepdims=True))
    sentences /= np.where(lengths > 0, lengths, np.float32(1))
    return np.split(sentences, np.cumsum(counts)[:-1])
