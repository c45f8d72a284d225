"""Word documents (docx): their text with headings, lists, tables and notes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from graphrag.documents.archive import Archive
from graphrag.documents.markdown import Parsed
from graphrag.documents.problems import Unreadable
from graphrag.documents.titles import plausible_title
from graphrag.documents.writer import Writer
from graphrag.types import Scalar

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_docx"]

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|table of figures|index)(?: \d)?", re.IGNORECASE)  # styles of lists that lead to text
_OUTLINE = re.compile(r"[0-9]{1,3}")
_BODY_LEVEL = 9  # the outline level that says "no heading"
# What readers of the document do not see: text that was deleted or moved away, and how things are set.
_UNSEEN = frozenset(
    "w:del w:moveFrom w:pPr w:rPr w:tblPr w:tblGrid w:trPr w:tcPr w:sectPr w:sdtPr w:instrText w:rt".split()
)
_TABLES = frozenset(["w:tbl"])
_BLOCKS = frozenset(["w:tbl", "w:p"])
_SPACES = {"w:tab": "\t", "w:ptab": "\t", "w:noBreakHyphen": "\u2011"}
_NOTES = {"w:footnoteReference": "footnotes", "w:endnoteReference": "endnotes"}
_CORE = {
    "dc:creator": "author",
    "dc:description": "description",
    "cp:keywords": "keywords",
    "dcterms:created": "date",
    "dc:language": "lang",
}


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph's style says of it."""

    level: int = 0  # of a heading; 0 where it is none
    title: bool = False
    item: bool = False
    contents: bool = False


@dataclass(slots=True)
class _Reading:
    """What is known of a document while it is read."""

    styles: dict[str, _Style]
    notes: dict[tuple[str, str], "Element"]  # (kind, id) -> its paragraphs
    writer: Writer = field(default_factory=Writer)
    title: str = ""
    drop_cap: bool = False  # the paragraph before is the large first letter of this one


def read_docx(path: Path) -> Parsed:
    """Return the text, title, headings and metadata of a Word document.

    Headings are the paragraphs of the styles Title and Heading 1 to 9, of styles that are based on them, and those with
    an outline level.  Foot- and endnotes follow the paragraph that refers to them.  Page headers, comments, deleted and
    hidden text, and tables of contents are left out.

    Raises
    ------
    Unreadable
        The file is no Word document, or is beyond the limits of :class:`Archive`.
    """
    archive = Archive(path, "Word document")
    main = archive.relations("").get("officeDocument", "word/document.xml")
    parts = archive.relations(main)
    root = archive.xml(main)
    body = next((node for node in root if node.tag == "w:body"), None)
    if body is None:
        raise Unreadable("malformed", "it is no Word document: it has no body; save it anew as .docx")
    styles = archive.xml(parts["styles"]) if parts.get("styles", "") in archive else None
    notes = {
        (kind, note.get("w:id", "")): note
        for kind in _NOTES.values()
        if parts.get(kind, "") in archive
        for note in archive.xml(parts[kind])
    }
    reading = _Reading({} if styles is None else _styles(styles), notes)
    _write_blocks(body, reading)
    core = archive.relations("").get("core-properties", "")
    metadata, named = _properties(archive.xml(core)) if core in archive else ({}, "")
    text = "".join(reading.writer.parts)
    headings = tuple(reading.writer.headings)
    top = min(headings, key=lambda heading: heading[0])[1] if headings else None
    title = reading.title or plausible_title(named) or (text[top.start : top.end] if top else "")
    return Parsed(text, title, headings, metadata)


def _properties(core: "Element") -> tuple[dict[str, Scalar], str]:
    """Return metadata and title of the document's properties."""
    found: dict[str, Scalar] = {}
    title = ""
    for node in core:
        said = " ".join((node.text or "").split())
        if node.tag == "dc:title":
            title = said
        elif node.tag in _CORE and said:
            found[_CORE[node.tag]] = said
    return found, title


# --- styles


def _child(node: "Element | None", *path: str) -> "Element | None":
    for tag in path:
        node = None if node is None else next((child for child in node if child.tag == tag), None)
    return node


def _value(node: "Element | None", *path: str) -> str:
    found = _child(node, *path)
    return "" if found is None else found.get("w:val", "")


def _styles(root: "Element") -> dict[str, _Style]:
    nodes = {node.get("w:styleId", ""): node for node in root if node.tag == "w:style"}
    return {name: _style(name, nodes) for name in nodes}


def _style(name: str, nodes: "dict[str, Element]") -> _Style:
    """Return what a style says, or the one that it is based on."""
    level, title, item, contents = -1, False, None, False
    for _ in range(20):  # styles may be based on each other in a circle
        node = nodes.get(name)
        if node is None:
            break
        known = _value(node, "w:name")  # the name is English in every language, the id is not
        heading = _HEADING.fullmatch(known)
        title = title or known.casefold() == "title"
        contents = contents or _CONTENTS.fullmatch(known) is not None
        if level < 0:
            level = int(heading[1]) - 1 if heading else _outline(node)
        if item is None:
            item = _numbered(node)
        name = _value(node, "w:basedOn")
    return _Style(_level(level) or int(title), title, bool(item), contents)


def _outline(node: "Element") -> int:
    """Return the outline level that a paragraph or style names, -1 where it names none."""
    value = _value(node, "w:pPr", "w:outlineLvl")
    return int(value) if _OUTLINE.fullmatch(value) else -1


def _level(outline: int) -> int:
    return outline + 1 if 0 <= outline < _BODY_LEVEL else 0


def _numbered(node: "Element") -> bool | None:
    """Return whether a paragraph or style is an item of a list; None where it does not say."""
    number = _child(node, "w:pPr", "w:numPr")
    return None if number is None else _value(number, "w:numId") != "0"


# --- paragraphs and tables


def _write_blocks(parent: "Element", reading: _Reading) -> None:
    """Write the paragraphs and tables of a body, a note or a text box."""
    for node in parent:
        if node.tag == "w:p":
            _write_paragraph(node, reading)
        elif node.tag == "w:tbl":
            _write_table(node, reading)
        elif node.tag not in _UNSEEN:
            _write_blocks(_branch(node), reading)


def _branch(node: "Element") -> "Element":
    """Return the one of two ways of saying the same that newer programs read, or the element itself."""
    chosen = _child(node, "mc:Choice") if node.tag == "mc:AlternateContent" else None
    return node if chosen is None else chosen


def _write_paragraph(node: "Element", reading: _Reading) -> None:
    style = reading.styles.get(_value(node, "w:pPr", "w:pStyle"), _Style())
    if style.contents:
        return
    level = _level(_outline(node)) if _outline(node) >= 0 else style.level
    numbered = _numbered(node)
    writer = reading.writer
    item = not level and (style.item if numbered is None else numbered)
    if not reading.drop_cap:
        writer.break_lines(1 if item else 2)
    if level:
        writer.begin_heading(level)
    elif item:
        writer.item()
    later: list[Element] = []
    written = len(writer.parts)
    for piece in _pieces(node, later, reading.notes):
        if piece == "\n":
            writer.break_lines(1)
        else:
            writer.text(piece, False)
    if level:
        writer.end_heading()
    if style.title and not reading.title:
        reading.title = "".join(writer.parts[written:]).strip()
    writer.drop_item()
    frame = _child(node, "w:pPr", "w:framePr")
    reading.drop_cap = frame is not None and frame.get("w:dropCap", "none") != "none"
    if not reading.drop_cap:
        writer.break_lines(1 if item else 2)
    for block in later:
        _write_blocks(block, reading)


def _write_table(node: "Element", reading: _Reading) -> None:
    """Write a line for each row; a cell's paragraphs, and tables in it, are joined by a space."""
    writer = reading.writer
    writer.break_lines(2)
    later: list[Element] = []
    for row in _below(node, "w:tr"):
        writer.break_lines(1)
        writer.row()
        for cell in _below(row, "w:tc"):
            writer.cell()
            for paragraph in _below(cell, "w:p", into=_TABLES):
                for piece in _pieces(paragraph, later, reading.notes):
                    writer.text(" " if piece == "\n" else piece, False)
                writer.text(" ", False)
    writer.row()
    writer.break_lines(2)
    for block in later:
        _write_blocks(block, reading)


def _below(node: "Element", tag: str, into: frozenset[str] = frozenset()) -> "Iterator[Element]":
    """Yield the next elements of a tag, in whatever wrappers they are; in tables only if these are named."""
    for child in node:
        if child.tag == tag:
            yield child
        elif child.tag not in _UNSEEN and child.tag not in _BLOCKS - into:
            yield from _below(child, tag, into)


def _pieces(node: "Element", later: "list[Element]", notes: "dict[tuple[str, str], Element]") -> Iterator[str]:
    """Yield the text of a paragraph; notes and text boxes are put off until it is written."""
    for child in _branch(node):
        tag = child.tag
        if tag in ("w:t", "m:t"):
            yield child.text or ""
        elif tag in _SPACES:
            yield _SPACES[tag]
        elif tag in ("w:br", "w:cr"):
            yield "\n"
        elif tag == "w:txbxContent":
            later.append(child)
        elif tag in _NOTES:
            note = notes.pop((_NOTES[tag], child.get("w:id", "")), None)
            later.extend(() if note is None else (note,))
        elif tag not in _UNSEEN and not (tag == "w:r" and _hidden(child)):
            yield from _pieces(child, later, notes)


def _hidden(run: "Element") -> bool:
    vanish = _child(run, "w:rPr", "w:vanish")
    return vanish is not None and vanish.get("w:val", "true") not in ("0", "false", "off")
