"""EPUB books: their chapters in reading order, read as html."""

import codecs
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from graphrag.documents.archive import Archive
from graphrag.documents.html import parse_html
from graphrag.documents.markdown import Parsed
from graphrag.documents.problems import Unreadable
from graphrag.types import Scalar, Span

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_epub"]

_CHAPTERS = frozenset(["application/xhtml+xml", "text/html", "text/x-oeb1-document"])
_DUBLIN_CORE = {
    "dc:creator": "author",
    "dc:description": "description",
    "dc:subject": "keywords",
    "dc:date": "date",
    "dc:language": "lang",
}
_SEVERAL = frozenset(["author", "keywords"])  # what a book may have several of; of the rest the first counts
# An empty element of XML, which html would take for an open one: <title/> would hide the whole chapter.
_EMPTY = re.compile(r"<([A-Za-z][\w:.-]*)((?:\s[^<>]*)?)/>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})[\"']")
_FONTS = frozenset(["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"])


def read_epub(path: Path) -> Parsed:
    """Return the text, title, headings and metadata of an EPUB book.

    The chapters come in the order of the spine, each as :func:`parse_html` reads it, divided by a blank line.

    Raises
    ------
    Unreadable
        The file is no EPUB, is protected, or is beyond the limits of :class:`Archive`.
    TooDeep
        As of :func:`parse_html`.
    """
    archive = Archive(path, "EPUB")
    container = archive.xml("META-INF/container.xml")
    package = next((node.get("full-path", "") for node in container.iter() if _local(node) == "rootfile"), "")
    root = archive.xml(Archive.resolve("", package))
    names = _spine(root, posixpath.dirname(package))
    if not names:
        raise Unreadable("malformed", "it is no whole EPUB: its spine names no chapter; save it anew")
    _refuse_protected(archive, names)
    parts: list[str] = []
    headings: list[tuple[int, Span]] = []
    length = 0
    for name in names:
        parsed = parse_html(_markup(archive.read(name)))
        if parsed.text.strip():
            headings += [(level, span.shift(length)) for level, span in parsed.headings]
            parts.append(parsed.text)
            length += len(parsed.text) + 2
    metadata, title = _metadata(root)
    return Parsed("\n\n".join(parts), title, tuple(headings), metadata)


def _local(node: "Element") -> str:
    return node.tag.rpartition(":")[2]


def _spine(root: "Element", folder: str) -> list[str]:
    """Return the names of the chapters in reading order, each once."""
    items = {
        node.get("id", ""): Archive.resolve(folder, node.get("href", ""))
        for node in root.iter()
        if _local(node) == "item" and node.get("media-type", "").lower() in _CHAPTERS
    }
    named = (items.get(node.get("idref", "")) for node in root.iter() if _local(node) == "itemref")
    return list(dict.fromkeys(name for name in named if name))


def _refuse_protected(archive: Archive, names: list[str]) -> None:
    """Refuse a book whose chapters only its shop's program can read; fonts may be obfuscated."""
    if "META-INF/encryption.xml" not in archive:
        return
    for node in archive.xml("META-INF/encryption.xml"):
        methods = {child.get("Algorithm", "") for child in node if _local(child) == "EncryptionMethod"}
        hidden = {
            Archive.resolve("", child.get("URI", "")) for child in node.iter() if _local(child) == "CipherReference"
        }
        if not methods <= _FONTS and hidden & set(names):
            raise Unreadable("encrypted", "it is protected (DRM) and can be read by its shop's program only")


def _markup(data: bytes) -> str:
    """Return a chapter as html."""
    declared = _DECLARED.match(data)
    encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    if declared and encoding == "utf-8-sig":
        encoding = declared[1].decode("ascii")
    try:
        text = data.decode(encoding, "replace")
    except LookupError:
        text = data.decode("utf-8-sig", "replace")
    return _EMPTY.sub(lambda m: m[0] if m[1].lower() in _VOID else f"<{m[1]}{m[2]}></{m[1]}>", text)


def _metadata(root: "Element") -> tuple[dict[str, Scalar], str]:
    found: dict[str, str] = {}
    title = ""
    for node in root.iter():
        name = _DUBLIN_CORE.get(node.tag)
        said = " ".join((node.text or "").split())
        if node.tag == "dc:title" and not title:
            title = said
        elif name and said:
            found[name] = f"{found[name]}, {said}" if name in found and name in _SEVERAL else found.get(name, said)
    return dict(found), title
