"""What rules read from the texts of passages, kept by content: words, names that documents claim, how sentences stand.

A model reads nothing of it, and yet it is most of what a small change of a large corpus would read again.
"""

import functools
import hashlib
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphrag import text
from graphrag.communities import sources, wording
from graphrag.communities.sources import standings
from graphrag.passages import Passages
from graphrag.resolution import document, names
from graphrag.resolution.document import PassageReader
from graphrag.resolution.names import Claim
from graphrag.stores.draft import Draft
from graphrag.text import Words
from graphrag.types import Chunk

__all__ = ["Readings"]


class Readings(PassageReader):
    """Reads the texts of passages, each once and for all builds.

    Parameters
    ----------
    draft : Draft
        Keeps the readings in the cache.
    hold : bool
        Whether to hold what is read in memory, about 3 kB a passage, and to keep it; else every text is read anew.
    """

    def __init__(self, draft: Draft, *, hold: bool) -> None:
        self._draft = draft
        self._hold = hold
        self._known: dict[str, tuple[Words, Sequence[Claim]]] = {}
        self._new: list[tuple[str, object]] = []
        self._new_standings: list[tuple[str, object]] = []

    def words(self, chunk: Chunk) -> Words:
        """Return the words of a passage."""
        return self._reading(chunk)[0] if self._hold else super().words(chunk)

    def claims(self, chunk: Chunk) -> Sequence[Claim]:
        """Return the names that a document goes by, of its first passage."""
        return self._reading(chunk)[1] if self._hold else super().claims(chunk)

    def standings(self, chunk: Chunk) -> Sequence[int]:
        """Return how the sentences of a passage stand."""
        if not self._hold:
            return standings(chunk)
        known = self._standings.get(chunk.id)
        if known is None:
            known = self._standings[chunk.id] = standings(chunk)
            self._new_standings.append((chunk.digest, known))
        return known

    def standings_of(self, passages: Passages, rows: Sequence[int]) -> list[Sequence[int]]:
        """Return how the sentences of the passages of some rows stand; only those that are not known are read."""
        if not self._hold:
            return [standings(chunk) for chunk in passages.chunks(rows)]
        new = passages.chunks([row for row in rows if passages.ids[row] not in self._standings])
        found = {chunk.id: self.standings(chunk) for chunk in new} | self._standings
        return [found[passages.ids[row]] for row in rows]

    def keep(self) -> None:
        """Keep what was read anew."""
        self._draft.keep_readings(_made_by(), self._new, self._new_standings)
        self._new.clear()
        self._new_standings.clear()

    @functools.cached_property
    def _standings(self) -> dict[str, list[int]]:
        """How the sentences of passages stand: a report may be made of any of them."""
        return dict(self._draft.standings(_made_by()))

    def _reading(self, chunk: Chunk) -> tuple[Words, Sequence[Claim]]:
        """Return the words of a passage and what its document goes by, as they are known or read."""
        known = self._known.get(chunk.id)
        if known is None:
            digest = chunk.digest
            body = self._draft.reading(_made_by(), digest)
            if body is None:
                body = self._read(chunk)
                self._new.append((digest, body))
            folded, starts, ends, capitals, claims = body
            said = list(map(sys.intern, folded.split("\n"))) if folded else []  # the words of a corpus repeat
            words = Words(said, array("I", starts), array("I", ends), capitals)
            known = self._known[chunk.id] = words, [Claim(*claim) for claim in claims]
        return known

    def _read(self, chunk: Chunk) -> tuple[Any, ...]:
        """Return the reading of a chunk as values that JSON can hold."""
        words = super().words(chunk)
        claims = [(claim.key, claim.name, claim.weight, claim.reason) for claim in super().claims(chunk)]
        return "\n".join(words.folded), words.starts, words.ends, words.capitals, claims


@functools.cache
def _made_by() -> str:
    """Return a digest of the code that reads, so that no change of it can be forgotten here."""
    digest = hashlib.blake2b(digest_size=16)
    for file in (__file__, *(str(module.__file__) for module in (text, names, document, wording, sources))):
        digest.update(Path(file).read_bytes())
    return digest.hexdigest()
