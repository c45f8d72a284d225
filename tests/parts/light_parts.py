"""A light extractor and embedder, real parts without a model, and a corpus for them.

They are found like any plug-in: by the entry points in the folder beside this file, once it is on ``sys.path``; so
worker processes find them too.
"""

import hashlib
import os
import random
import re
import signal
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.types import (
    Chunk,
    Document,
    DocumentId,
    Extraction,
    Mention,
    PassageVectors,
    Span,
    Term,
    Triple,
)

if TYPE_CHECKING:
    from graphrag.types import FloatArray

RECIPE = "build:\n  extraction: {name: light}\n  embedding: {name: light}\n"

_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)+")
_STATEMENT = re.compile(rf"({_NAME.pattern}) (knows|directed) ({_NAME.pattern})")


class LightExtractor:
    """Names are runs of capitalised words; statements are "A knows B" and "A directed B"."""

    def __init__(self, version: str = "1", delay: float = 0.0, die_at: str = "", wrong: bool = False) -> None:
        self.fingerprint = f"light-extractor:{version}"
        self._delay = delay
        self._die_at = die_at
        self._wrong = wrong

    def extract(self, chunks: Sequence[Chunk]) -> list[Extraction]:
        if self._wrong:
            raise ZeroDivisionError("a mistake in the extractor")
        return [self._one(chunk) for chunk in chunks]

    def _one(self, chunk: Chunk) -> Extraction:
        if self._die_at and self._die_at in chunk.text:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self._delay)
        mentions = tuple(Mention(Span(*m.span()), m.group(), "PERSON") for m in _NAME.finditer(chunk.text))
        triples = []
        for sentence in chunk.sentences:
            start, end = sentence.start - chunk.span.start, sentence.end - chunk.span.start
            for m in _STATEMENT.finditer(chunk.text, start, end):
                sides = [Term(Span(*m.span(i)), m.group(i)) for i in (1, 3)]
                predicate = {"knows": "know", "directed": "direct"}[m.group(2)]
                triples.append(Triple(sides[0], predicate, sides[1], Span(start, end), "1999", 0.8))
        return Extraction(mentions, tuple(triples))


class LightEmbedder:
    """Vectors are hashes of the text."""

    def __init__(self, version: str = "1", dimensions: int = 16, nan_at: str = "") -> None:
        self.fingerprint = f"light-embedder:{version}"
        self.dimensions = dimensions
        self._nan_at = nan_at

    def embed_query(self, text: str) -> "FloatArray":
        seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
        vector = np.random.default_rng(seed).standard_normal(self.dimensions).astype(np.float32)
        unit: FloatArray = vector / np.linalg.norm(vector)
        return unit

    def embed_chunks(self, chunks: Sequence[Chunk]) -> list[PassageVectors]:
        return [self._one(chunk) for chunk in chunks]

    def _one(self, chunk: Chunk) -> PassageVectors:
        texts = [chunk.text[s.start - chunk.span.start : s.end - chunk.span.start] for s in chunk.sentences]
        sentences = np.array([self.embed_query(text) for text in texts], dtype=np.float32)
        passage = self.embed_query(chunk.text)
        if self._nan_at and self._nan_at in chunk.text:
            passage = passage * np.float32("nan")
        return PassageVectors(passage, sentences.reshape(len(texts), self.dimensions))


def corpus(size: int, seed: int = 1) -> list[Document]:
    """Return documents about people who know each other."""
    chance = random.Random(seed)
    syllables = "ba do ke li mu na po ra si tu ve zo".split()

    def word() -> str:
        return "".join(chance.choice(syllables) for _ in range(3)).capitalize()

    names = [f"{word()} {word()}" for _ in range(size)]
    documents = []
    for number, name in enumerate(names):
        others = chance.sample(names, 3) if size > 3 else [name] * 3
        text = (
            f"{name} is a person. {name} knows {others[0]}. {others[1]} directed {others[2]} in 1999.\n\nThat is all."
        )
        documents.append(Document(DocumentId(f"d{number:04d}"), name, text, "made up", {"number": number}))
    return documents
