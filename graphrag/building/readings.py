"""What rules read from the texts of passages, kept by content: words, names that documents claim, how sentences stand.

A model reads nothing of it, and yet it is most of what a small change of a large corpus would read again.
"""

import functools
import hashlib
import sys
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from graphrag import text
from graphrag.communities import sources, wording
from graphrag.communities.sources import standings
from graphrag.resolution import names, resolve
from graphrag.resolution.names import Claim
from graphrag.resolution.resolve import PassageReader
from graphrag.stores.draft import Draft
from graphrag.text import Words
from graphrag.types import Chunk

__all__ = ["Readings"]


class Readings(PassageReader):
    """Reads the texts of passages, those of :meth:`know` once and for all builds.

    Parameters
    ----------
    draft : Draft
        Keeps the readings in the cache.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._known: dict[str, tuple[Words, Sequence[Claim], Sequence[int]]] = {}

    def know(self, chunks: Iterable[Chunk]) -> None:
        """Hold the readings of these chunks in memory, about 3 kB each, and keep those that are new."""
        kept = dict(self._draft.readings(_made_by()))
        new = []
        for chunk in chunks:
            body = kept.get(chunk.id)
            if body is None:
                body = self._read(chunk)
                new.append((chunk.digest, body))
            folded, starts, ends, capitals, claims, stands = body
            said = list(map(sys.intern, folded.split("\n"))) if folded else []  # the words of a corpus repeat
            words = Words(said, array("I", starts), array("I", ends), capitals)
            self._known[chunk.id] = words, [Claim(*claim) for claim in claims], stands
        self._draft.keep_readings(_made_by(), new)

    def _read(self, chunk: Chunk) -> tuple[Any, ...]:
        """Return the reading of a chunk as values that JSON can hold."""
        words = super().words(chunk)
        claims = [(claim.key, claim.name, claim.weight, claim.reason) for claim in super().claims(chunk)]
        return "\n".join(words.folded), words.starts, words.ends, words.capitals, claims, standings(chunk)

    def words(self, chunk: Chunk) -> Words:
        """Return the words of a passage."""
        known = self._known.get(chunk.id)
        return super().words(chunk) if known is None else known[0]

    def claims(self, chunk: Chunk) -> Sequence[Claim]:
        """Return the names that a document goes by, of its first passage."""
        known = self._known.get(chunk.id)
        return super().claims(chunk) if known is None else known[1]

    def standings(self, chunk: Chunk) -> Sequence[int]:
        """Return how the sentences of a passage stand."""
        known = self._known.get(chunk.id)
        return standings(chunk) if known is None else known[2]


@functools.cache
def _made_by() -> str:
    """Return a digest of the code that reads, so that no change of it can be forgotten here."""
    digest = hashlib.blake2b(digest_size=16)
    for module in (text, names, resolve, wording, sources):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()
