"""Documents of another program and where its units stand in them; rebuilt from these where the program kept no more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graphrag.documents.markdown import Parsed, parse_markdown
from graphrag.documents.plain import parse_plain
from graphrag.documents.titles import title_of_stem
from graphrag.importing.stored import Store, StoredDocument, StoredUnit
from graphrag.types import Document, DocumentId, Span

__all__ = ["Assembled", "Place", "assemble", "join_units", "locate"]

# Units that overlap share at least so many characters; fewer may be alike by chance.
_LEAST_OVERLAP = 12
_SAMPLE = 80  # characters by which a unit is found whose text is not quite the document's
_MARK = "\ufeff"  # a byte order mark that was read as text
_LOST = "\ufffd"  # what is left of a letter that was cut in two
_MARKDOWN = re.compile(r"\s*+# \S")  # programs keep the text of a Markdown file under any name
_FILE_NAME = re.compile(r"[^\n]{1,250}\.[A-Za-z0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stands: a document, and which characters of it."""

    document: str
    span: Span


@dataclass(frozen=True, slots=True)
class Assembled:
    """The documents, the places of all units, and what could not be used."""

    documents: list[Document]
    places: dict[str, list[Place]]  # of each unit, one in each document that it belongs to
    rebuilt: int  # documents of which only units were kept
    problems: list[tuple[str, str]]  # document id, what is wrong


def assemble(store: Store) -> Assembled:
    """Return the documents of a store as they are built, and where its units stand in them."""
    units: dict[str, list[StoredUnit]] = {}
    for unit in store.units:
        for document in unit.documents:
            units.setdefault(document, []).append(unit)
    known: dict[str, StoredDocument] = {}
    found = Assembled([], {}, 0, [])
    for stored in store.documents:
        if not stored.id:
            found.problems.append((stored.title or "a document", "it has no id, and was left out"))
        elif stored.id in known:
            found.problems.append((stored.id, "another document has this id; the first one is used"))
        else:
            known[stored.id] = stored
    rebuilt = 0
    for identity in dict.fromkeys([*known, *filter(None, units)]):
        stored = known.get(identity) or StoredDocument(identity, "", "")
        own = units.get(identity, [])
        text, spans = stored.text.removeprefix(_MARK), list[Span | None]()
        if text.strip():
            spans = list(_located(text, own))
        else:
            pieces = [unit.text.removeprefix(_MARK) for unit in own]
            text, joined = join_units(pieces, cut_words=not store.stripped)
            spans = list(joined)
            rebuilt += bool(text.strip())
        if not text.strip():
            found.problems.append((identity, "it has no text, and was left out"))
            continue
        found.documents.append(_document(stored, text))
        for unit, span in zip(own, spans, strict=True):
            found.places.setdefault(unit.id, []).append(Place(identity, span or Span(0, len(text))))
    return Assembled(found.documents, found.places, rebuilt, found.problems)


def _document(stored: StoredDocument, text: str) -> Document:
    """Return a document with its title and headings: a title that is a file's name is only the last resort."""
    markdown = stored.source.casefold().endswith((".md", ".markdown")) or _MARKDOWN.match(text)
    parsed: Parsed = parse_markdown(text) if markdown else parse_plain(text)
    title = " ".join(stored.title.split())
    if not title or _FILE_NAME.fullmatch(title):
        title = parsed.title or title_of_stem(title.rpartition(".")[0] or title)
    metadata = {**parsed.metadata, **stored.metadata}
    return Document(DocumentId(stored.id), title, text, stored.source, metadata, parsed.headings)


def _located(text: str, units: Sequence[StoredUnit]) -> list[Span | None]:
    """Return where the units of a document stand in it, each not before the one before it."""
    spans, begin = list[Span | None](), 0
    for unit in units:
        span = locate(unit.text, text, begin) or locate(unit.text, text)
        spans.append(span)
        begin = span.start if span else begin
    return spans


def locate(unit: str, text: str, begin: int = 0) -> Span | None:
    """Return where a unit stands in a text, by all of it, else by how it ends or begins."""
    unit = unit.strip().strip(_LOST + _MARK).strip()
    if not unit:
        return None
    start = text.find(unit, begin)
    if start >= 0:
        return Span(start, start + len(unit))
    start = text.find(unit[-_SAMPLE:], begin)
    if start >= 0:
        end = start + len(unit[-_SAMPLE:])
        return Span(max(0, end - len(unit)), end)
    start = text.find(unit[:_SAMPLE], begin)
    return Span(start, min(len(text), start + len(unit))) if start >= 0 else None


def join_units(units: Sequence[str], *, cut_words: bool) -> tuple[str, list[Span]]:
    """Return the text of a document from its units, and where each of them stands in it.

    What a unit repeats of the one before is said once.  Units that do not overlap go together as they are where white
    space is at the seam, or where ``cut_words`` says that units may end inside a word; else a line break is set.

    Examples
    --------
    >>> join_units(["The ship left at dawn", "p left at dawn, and nobody saw it."], cut_words=True)[0]
    'The ship left at dawn, and nobody saw it.'
    """
    text, spans = "", list[Span]()
    for unit in units:
        unit = unit.lstrip(_LOST)
        text = text.rstrip(_LOST)
        shared = _overlap(text, unit)
        if text and unit and not shared:
            text += _seam(text, unit, cut_words)
        start = len(text) - shared
        text += unit[shared:]
        spans.append(Span(start, len(text)))
    text = text.rstrip(_LOST)
    return text, [Span(min(span.start, len(text)), min(span.end, len(text))) for span in spans]


def _overlap(text: str, unit: str) -> int:
    """Return how many characters at the beginning of a unit are those at the end of a text."""
    if len(unit) < _LEAST_OVERLAP:
        return len(unit) if unit and text.endswith(unit) else 0
    opening = unit[:_LEAST_OVERLAP]
    at = text.find(opening, max(0, len(text) - len(unit)))
    while at >= 0:
        if unit.startswith(text[at:]):
            return len(text) - at
        at = text.find(opening, at + 1)
    return 0


def _seam(text: str, unit: str, cut_words: bool) -> str:
    """Return what goes between two units that do not overlap."""
    if text[-1].isspace() or unit[0].isspace():
        return ""
    return "" if cut_words and text[-1].isalnum() and unit[0].isalnum() else "\n"
