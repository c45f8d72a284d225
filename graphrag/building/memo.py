"""The memo of resolution, kept from build to build in the cache."""

import functools
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from graphrag import text, types
from graphrag.resolution import document, entities, facts, linker, memo, names, resolve
from graphrag.resolution.memo import BREAK, Memo
from graphrag.retrieval.counting import ReadWords
from graphrag.stores.draft import Draft
from graphrag.types import Chunk, DocumentId, Extraction

__all__ = ["KeptMemo"]


class KeptMemo:
    """Keeps the memo of resolution, and reads the documents that it does not hold: a ``MemoKeeper``.

    Parameters
    ----------
    draft : Draft
        Sealed, and with the analyses of all its chunks in the cache.
    extractor : str
        The fingerprint of what extracted.
    hold : bool
        Whether the passages that were read stay in memory: they are read up to three times.
    """

    def __init__(self, draft: Draft, extractor: str, *, hold: bool) -> None:
        self._draft = draft
        self._extractor = extractor
        self._held: dict[int, tuple[Chunk, Extraction]] | None = {} if hold else None
        self._rows: dict[DocumentId, list[int]] = defaultdict(list)
        digests: dict[DocumentId, str] = {}
        for row, name, digest in draft.read_digests(extractor):
            identity = DocumentId(name)
            self._rows[identity].append(row)
            digests[identity] = digests.get(identity, "") + digest.hex()
        self.digests = digests
        kept = draft.memo(_made_by())
        self.memo = Memo() if kept is None else Memo.unpack(*kept)

    def passages(self, documents: Collection[DocumentId]) -> Iterable[tuple[Chunk, Extraction]]:
        """Start a pass over the passages of some documents with their extractions, in row order."""
        rows = sorted(row for document in documents for row in self._rows[document])
        if self._held is None:
            return self._draft.passages(self._extractor, rows)
        missing = [row for row in rows if row not in self._held]
        self._held.update(zip(missing, self._draft.passages(self._extractor, missing), strict=True))
        return [self._held[row] for row in rows]

    def words(self) -> ReadWords:
        """Return the words of all passages, in row order."""
        columns = self.memo.layers["texts"].tables["words"].columns
        said = columns["word"] != BREAK
        numbers = columns["word"][said]
        used = np.zeros(len(self.memo.texts), dtype=bool)
        used[numbers] = True
        texts = self.memo.texts
        words = [texts[number] for number in np.flatnonzero(used).tolist()]
        numbers = (np.cumsum(used, dtype=np.int32) - 1)[numbers]
        ends = np.flatnonzero(~said)
        ptr = np.concatenate([[0], ends - np.arange(len(ends))])
        return ReadWords(words, numbers, columns["opens"][said] != 0, ptr)

    def keep(self) -> None:
        """Keep the memo of this build, and no other."""
        self._draft.keep_memo(_made_by(), self.memo.pack())


@functools.cache
def _made_by() -> str:
    """Return a digest of the code that finds, so that no change of it can be forgotten here."""
    digest = hashlib.blake2b(digest_size=16)
    for module in (text, types, entities, facts, document, memo, linker, names, resolve):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()
