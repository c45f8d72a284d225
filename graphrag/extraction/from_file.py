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
from graphrag.types import Chunk, Extraction, Span, content_digest

__all__ = ["FromFile"]

_VERSION = 2


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a file says of one document, or of some of its characters."""

    names: tuple[Named, ...]
    claims: tuple[Claim, ...]
    span: Span | None = None

    def is_about(self, chunk: Chunk) -> bool:
        """Tell whether it says something of a chunk of its document."""
        return self.span is None or (self.span.start < chunk.span.end and chunk.span.start < self.span.end)


class FromFile:
    """Reads passages from a file of entities and triples by document, beside what the extractor read.

    Parameters
    ----------
    path : str
        A JSON file: a list of ``{"id": document id, "entities": [name…], "triples": [[subject, predicate, object]…]}``.
        A name may be ``[name, kind]``; a triple may have the document's very words that state it as its fourth text;
        ``"span": [start, end]`` holds an entry to these characters of its document, which may then have several.
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
        known = ((chunk, first) for chunk, first in passages if self._of(chunk))
        return most_doubtful(known, self._share)

    def refine(self, passages: Sequence[tuple[Chunk, Extraction]]) -> Iterator[tuple[int, Extraction | str]]:
        """Yield each passage's place with its reading."""
        for place, (chunk, first) in enumerate(passages):
            readings = self._of(chunk)
            names = dict.fromkeys(named for reading in readings for named in reading.names)
            claims = dict.fromkeys(
                claim for reading in readings for claim in reading.claims if claim.quote in chunk.text
            )
            yield place, merged(ground(chunk, first, names, claims, self._dropped), first)

    def _of(self, chunk: Chunk) -> list[_Reading]:
        """Return what the file says of a chunk."""
        return [reading for reading in self._readings.get(chunk.document_id, ()) if reading.is_about(chunk)]

    def expect(self, passages: Iterable[tuple[Chunk, Extraction]]) -> Iterator[tuple[Request, int]]:
        """Yield nothing: a file costs nothing."""
        return iter(())

    def report(self) -> str:
        """Return what was dropped."""
        return ", ".join(f"dropped {count:,} {what}" for what, count in sorted(self._dropped.items()))


def _read(text: str, path: str) -> dict[str, list[_Reading]]:
    """Return the readings by document id."""
    try:
        data = json.loads(text)
        if not isinstance(data, list):
            raise TypeError("it is no list")
        readings: dict[str, list[_Reading]] = {}
        for entry in data:
            readings.setdefault(str(entry["id"]), []).append(_reading(entry))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"The file of extractions {path!r} is not of the form that is wanted ({error}): a list of "
            '{"id": …, "entities": [name…], "triples": [[subject, predicate, object]…]}.'
        ) from error
    return readings


def _reading(entry: dict[str, Any]) -> _Reading:
    """Return what one entry says; the sides of triples are names too."""
    triples = [tuple(str(part) for part in triple) for triple in entry.get("triples", []) if len(triple) in (3, 4)]
    names = dict.fromkeys(_named(name) for name in entry.get("entities", []))
    span = entry.get("span")
    if span is not None:
        start, end = span
        span = Span(int(start), int(end))
    return _Reading(tuple(names), tuple(Claim(*triple) for triple in triples), span)


def _named(said: object) -> Named:
    """Return a name with its kind, where that is said."""
    return Named(*(str(part) for part in said[:2])) if isinstance(said, list) and said else Named(str(said))
