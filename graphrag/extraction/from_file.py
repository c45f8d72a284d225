"""Readings of documents that another program made, from a file: entities and triples in words, found in the text."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrag.errors import InputError, RecipeError
from graphrag.extraction.doubt import most_doubtful
from graphrag.extraction.grounding import Claim, Dropped, Named, ground
from graphrag.extraction.merging import merged
from graphrag.protocols import Request
from graphrag.types import Chunk, Extraction, content_digest

__all__ = ["FromFile"]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a file says of one document."""

    names: tuple[Named, ...]
    claims: tuple[Claim, ...]


class FromFile:
    """Reads passages from a file of entities and triples by document, beside what the extractor read.

    Parameters
    ----------
    path : str
        A JSON file: a list of ``{"id": document id, "entities": [name…], "triples": [[subject, predicate, object]…]}``.
    share : float
        The share of the passages, the most doubtful first, for which the file is read; the others keep the first
        reading.  So the gain of an LLM's budget can be measured.

    Raises
    ------
    InputError
        The file cannot be read or is not of this form.
    RecipeError
        The share is wrong.
    """

    def __init__(self, path: str, share: float = 1.0) -> None:
        if not 0.0 < share <= 1.0:
            raise RecipeError(f"refinement: share = {share} is wrong: above 0, and 1 at most")
        self._share = share
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"The file of extractions {path!r} cannot be read: {error}.") from error
        self._readings = _read(text, path)
        self._dropped: Dropped = Counter()
        self.apart: list[dict[str, Any]] = []
        self.fingerprint = f"from-file {_VERSION}; {content_digest(text)}"

    def choose(self, passages: Iterable[tuple[Chunk, Extraction]]) -> set[str]:
        """Return the contents of the documents that the file holds, as many as are to be read."""
        known = ((chunk, first) for chunk, first in passages if chunk.document_id in self._readings)
        return most_doubtful(known, self._share)

    def refine(self, passages: Sequence[tuple[Chunk, Extraction]]) -> Iterator[tuple[int, Extraction | str]]:
        """Yield each passage's place with its reading."""
        for place, (chunk, first) in enumerate(passages):
            reading = self._readings[chunk.document_id]
            yield place, merged(ground(chunk, first, reading.names, reading.claims, self._dropped), first)

    def expect(self, passages: Iterable[tuple[Chunk, Extraction]]) -> Iterator[tuple[Request, int]]:
        """Yield nothing: a file costs nothing."""
        return iter(())

    def report(self) -> str:
        """Return what was dropped."""
        return ", ".join(f"dropped {count:,} {what}" for what, count in sorted(self._dropped.items()))


def _read(text: str, path: str) -> dict[str, _Reading]:
    """Return the readings by document id."""
    try:
        data = json.loads(text)
        if not isinstance(data, list):
            raise TypeError("it is no list")
        return {str(entry["id"]): _reading(entry) for entry in data}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The file of extractions {path!r} is not of the form that is wanted ({error}): a list of "
            '{"id": …, "entities": [name…], "triples": [[subject, predicate, object]…]}.'
        ) from error


def _reading(entry: dict[str, Any]) -> _Reading:
    """Return one document's reading; the sides of triples are names too."""
    triples = [tuple(str(side) for side in triple) for triple in entry.get("triples", []) if len(triple) == 3]
    names = dict.fromkeys(str(name) for name in entry.get("entities", []))
    return _Reading(tuple(Named(name) for name in names), tuple(Claim(*triple) for triple in triples))
