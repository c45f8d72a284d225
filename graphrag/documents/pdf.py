"""PDF files: the lines of their pages, the outline, and what they say of themselves."""

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from graphrag.documents.furniture import drop_furniture
from graphrag.documents.lines import Line, compose
from graphrag.documents.markdown import Parsed
from graphrag.documents.problems import Unreadable
from graphrag.documents.titles import plausible_title
from graphrag.types import Scalar

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

__all__ = ["read_pdf"]

_HEAD = 1024  # bytes in which a PDF says that it is one
_LISTED = 10  # pages that a problem names
_DATE = re.compile(r"D?:?([0-9]{4})(?:(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])?)?")
_NUMBER = re.compile(r"(?:chapter|section|part|appendix)?(?:\d*|[a-z]\d*|[ivxlc]+)")  # what may precede a title
_LONGEST_NUMBER = 20
_GLYPHS = re.compile(r"(?:/[A-Za-z]{1,3}\d{1,4}){2}")
_MONO = re.compile(r"mono|courier|typewriter|consol|cmtt|code", re.IGNORECASE)
_TITLE_LINES = 4
_TITLE_SIZE = 1.15  # times the size of the text below it


def read_pdf(path: Path) -> Parsed:
    """Return the text, title, headings and metadata of a PDF file.

    The lines of a paragraph are one line, words that were broken at its end are whole, and what is printed at the edge
    of page after page (running titles, page numbers) is left out.  The headings are the entries of the outline that
    stand as lines on their pages; a file without an outline has none.  ``pages`` of the metadata counts the pages,
    ``page_starts`` says at which character of the text each of them begins.

    Raises
    ------
    Unreadable
        The file is no PDF, is damaged, is encrypted with a password, or has no text.
    """
    reader = _open(path)
    pages: list[list[Line]] = []
    failed: list[int] = []
    reason = ""
    for number in range(len(reader.pages)):
        try:
            pages.append(_meaningful(list(_lines(reader.pages[number], number))))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever pypdf meets on a broken page, the others can be read
            pages.append([])
            failed.append(number + 1)
            reason = reason or (str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}")
    if not any(pages):
        raise _nothing(len(pages), len(failed), reason)
    title = _title(reader, pages)
    kept = drop_furniture(pages)
    body = kept if any(kept) else pages
    _mark_headings(reader, body)
    text, headings, starts = compose(body)
    metadata = _metadata(reader) | {"pages": len(pages), "page_starts": " ".join(map(str, starts))}
    blank = sum(not page for page in pages) - len(failed)
    return Parsed(text, title, headings, metadata, _doubt(len(pages), blank, failed, reason))


def _open(path: Path) -> "PdfReader":
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    with path.open("rb") as file:
        if b"%PDF-" not in file.read(_HEAD):
            raise Unreadable("malformed", "it is no PDF, though its name says so: give it the suffix of what it is")
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted", "it is encrypted with a password; save a copy without one")
        len(reader.pages)
    except DependencyError as error:
        raise Unreadable("encrypted", f"it is encrypted ({error}); save a copy that is not") from error
    return reader


def _nothing(pages: int, failed: int, reason: str) -> Unreadable:
    if not pages:
        return Unreadable("malformed", "it has no pages; save it anew")
    if failed:
        which = f"none of its {pages:,} pages can" if pages != 1 else "its page cannot"
        return Unreadable("malformed", f"{which} be read ({reason}); save it anew, or as text")
    said = f"its {pages:,} pages hold" if pages != 1 else "its page holds"
    return Unreadable("no text", f"{said} no text, likely pictures of it: run OCR first, such as ocrmypdf")


def _doubt(pages: int, blank: int, failed: list[int], reason: str) -> str:
    if not failed:
        said = f"{blank:,} of its {pages:,} pages hold no text, likely pictures of it: OCR would make it readable"
        return said if 2 * blank > pages else ""
    shown = ", ".join(map(str, failed[:_LISTED])) + (", …" if len(failed) > _LISTED else "")
    return f"{len(failed):,} of its pages cannot be read and are left out: {shown} ({reason})"


# --- lines


class _Piece(NamedTuple):
    """Text that is printed at one go: where, how high, and whether its letters are of one width."""

    text: str
    x: float
    y: float
    size: float
    mono: bool


def _lines(page: "PageObject", number: int) -> Iterator[Line]:
    """Yield the lines of a page in the order of its content, which nearly always is the order of reading."""
    pieces: list[_Piece] = []

    def visit(text: str, outer: list[float], inner: list[float], font: dict[str, Any] | None, size: float) -> None:
        if text:
            mono = _MONO.search(str((font or {}).get("/BaseFont"))) is not None
            pieces.append(_Piece(text, *_place(inner, outer, size), mono))

    page.extract_text(visitor_text=visit)
    line: list[_Piece] = []
    for piece in pieces:
        for count, part in enumerate(piece.text.split("\n")):
            if count:
                yield from _line(line, number)
                line = []
            line.append(piece._replace(text=part))
    yield from _line(line, number)


def _meaningful(lines: list[Line]) -> list[Line]:
    """Return the lines without those of a font that numbers its letters and does not say what they are.

    Raises
    ------
    ValueError
        Most of a page is of that kind.
    """
    kept = [line for line in lines if not _GLYPHS.search(line.text)]
    if 2 * len(kept) < len(lines):
        raise ValueError("a font does not say what its letters are, so it needs OCR")
    return kept


def _place(inner: list[float], outer: list[float], size: float) -> tuple[float, float, float]:
    """Return where text is printed, as its reader turns the page: from the left, from the bottom, and how high."""
    a, b, c, d, e, f = inner
    k, m, n, o, p, q = outer
    across, up = a * k + b * n, a * m + b * o
    x, y = e * k + f * n + p, e * m + f * o + q
    height = abs(size) * math.hypot(c * k + d * n, c * m + d * o)
    if abs(up) > abs(across):  # the text runs up or down the page
        x, y = (y, -x) if up > 0 else (-y, x)
    return x, y, height


def _line(pieces: list[_Piece], page: int) -> Iterator[Line]:
    said = [piece for piece in pieces if piece.text.strip()]
    text = Line.clean("".join(piece.text for piece in pieces))
    if text:
        most = max(said, key=lambda piece: len(piece.text))  # an index or a bullet has another height
        yield Line(text, page, said[0].x, most.y, most.size, all(piece.mono for piece in said))


# --- title, outline, metadata


def _key(text: str) -> str:
    """Return what titles are compared by: their letters and digits."""
    return "".join(c for c in Line.clean(text).casefold() if c.isalnum())


def _title(reader: "PdfReader", pages: list[list[Line]]) -> str:
    """Return the title that the file names, where its first pages print it, else what is printed largest above all."""
    named = plausible_title(_info(reader, "/Title"))
    printed = _key("".join(line.text for page in pages[:3] for line in page))
    if named and _key(named) in printed:
        return named
    first = pages[0]
    sizes = sorted(line.size for page in pages[:3] for line in page for _ in line.text)
    largest = max((line.size for line in first), default=0.0)
    if first and largest > _TITLE_SIZE * sizes[len(sizes) // 2]:
        begin = next(index for index, line in enumerate(first) if line.size == largest)
        block = [line.text for line in first[begin : begin + _TITLE_LINES] if line.size > 0.95 * largest]
        if found := plausible_title(" ".join(block)):
            return found
    return named


def _mark_headings(reader: "PdfReader", pages: list[list[Line]]) -> None:
    """Give the lines that the outline names the level that they have there."""
    keys: dict[int, list[str]] = {}  # of the lines of a page: an outline may name one page thousands of times
    for level, title, number in _outline(reader):
        wanted = _key(title)
        if not wanted or not 0 <= number < len(pages):
            continue
        if number not in keys:
            keys[number] = [_key(line.text) for line in pages[number]]
        for index, line in enumerate(pages[number]):
            several = 0 if line.level else _matches(keys[number][index : index + 3], wanted)
            if several:
                line.level = level
                for other in pages[number][index + 1 : index + several]:
                    other.goes_on = True
                break


def _matches(keys: list[str], wanted: str) -> int:
    """Return how many lines together are a title, with or without its number; 0 where they are not."""
    said = ""
    for count, key in enumerate(keys, 1):
        said += key
        before = len(said) - len(wanted)
        if said.endswith(wanted) and before < len(keys[0]) and _NUMBER.fullmatch(said[:before]):
            return count
        if before > _LONGEST_NUMBER:
            break
    return 0


def _outline(reader: "PdfReader") -> Iterator[tuple[int, str, int]]:
    """Yield level, title and page of the outline's entries; an outline that cannot be read is none."""
    try:
        yield from _entries(reader, reader.outline, 1)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what is wrong with an outline is no reason to lose the text
        return


def _entries(reader: "PdfReader", entries: list[Any], level: int) -> Iterator[tuple[int, str, int]]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _entries(reader, entry, level + 1)
        else:
            number = reader.get_destination_page_number(entry)
            yield level, str(entry.title or ""), -1 if number is None else number


def _metadata(reader: "PdfReader") -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for key, name in (("/Author", "author"), ("/Keywords", "keywords"), ("/Subject", "description")):
        if said := _info(reader, key):
            found[name] = said
    if match := _DATE.match(_info(reader, "/CreationDate")):
        found["date"] = "-".join(part for part in match.groups() if part)
    if language := _said(lambda: reader.root_object.get("/Lang")):
        found["lang"] = language
    return found


def _info(reader: "PdfReader", key: str) -> str:
    """Return what the file says of itself under a key, empty where it says nothing or nothing readable."""
    return _said(lambda: reader.metadata and reader.metadata.get(key))


def _said(read: Callable[[], Any]) -> str:
    """Return a text that the file says of itself; a list, a number or a broken place is none, and no reason to fail."""
    try:
        value = read()
        value = value.get_object() if hasattr(value, "get_object") else value
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what is wrong with the properties is no reason to lose the text
        return ""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return Line.clean(value) if isinstance(value, str) else ""
