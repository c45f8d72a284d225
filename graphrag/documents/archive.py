"""Zip archives and the XML in them, read in memory and within limits: docx and epub files are such archives."""

import posixpath
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.parsers import expat

from graphrag.documents.problems import Unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Archive", "parse_xml"]

_BLOCK = 1 << 16
_MOST_ENTRIES = 20_000
_MOST_TOTAL = 256 << 20  # bytes of all parts that are read
_MOST_PART = 64 << 20
# Text of office programs is packed to a 10th, seldom to a 50th; zeros to a 1,000th.
_MOST_RATIO = 200
_RATIO_FROM = 1 << 20  # bytes below which the ratio does not matter
_DEEPEST = 200
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # Word before 2007, and newer files with a password
# What the names of elements and attributes begin with in the code, whichever version of a format a file is of.
_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w:",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w:",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m:",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m:",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc:",
    "http://schemas.openxmlformats.org/package/2006/metadata/core-properties": "cp:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://www.idpf.org/2007/opf": "opf:",
    "http://openebook.org/namespaces/oeb-package/1.0/": "opf:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
}


class Archive:
    """The parts of a zip archive by name; nothing is written to disk, so no name in it can do harm.

    Parameters
    ----------
    path
        The file.
    kind
        What the file should be, for messages: "Word document", "EPUB".

    Raises
    ------
    Unreadable
        The file is no zip archive, is damaged, or has too many entries.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self.kind = kind
        self._left = _MOST_TOTAL
        try:
            self._zip = zipfile.ZipFile(path)
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise self._no_archive(path, error) from error
        if len(entries) > _MOST_ENTRIES:
            message = f"it holds {len(entries):,} parts, the limit is {_MOST_ENTRIES:,}; split it"
            raise Unreadable("too large", message)
        self._entries = {entry.filename: entry for entry in entries}

    def _no_archive(self, path: Path, error: Exception) -> Unreadable:
        with path.open("rb") as file:
            head = file.read(4)
        if head == _OLD_OFFICE:
            return Unreadable(
                "encrypted",
                "it is a Word document of a version before 2007, or has a password: save it as .docx without one",
            )
        why = "its end is missing or damaged" if head == b"PK\x03\x04" else "it is no zip archive"
        return Unreadable("malformed", f"it is no {self.kind}: {why}; save it anew with the program that made it")

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """Return a part.

        Raises
        ------
        Unreadable
            There is none of this name, or it is damaged, encrypted, or larger than the limits.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise Unreadable("malformed", f"it is no whole {self.kind}: the part “{name}” is missing; save it anew")
        if entry.flag_bits & 1:
            raise Unreadable("encrypted", "it is encrypted with a password; save a copy without one")
        data = bytearray()
        try:
            with self._zip.open(entry) as stream:
                # What an entry declares of its size may be a lie: what comes out of it is counted.
                while block := stream.read(_BLOCK):
                    data += block
                    self._check(name, len(data), len(block), entry.compress_size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise Unreadable("malformed", f"its part “{name}” is damaged ({error}); save it anew") from error
        return bytes(data)

    def _check(self, name: str, size: int, more: int, packed: int) -> None:
        self._left -= more
        if size > _MOST_PART or self._left < 0:
            limit = _MOST_PART if size > _MOST_PART else _MOST_TOTAL
            what = f"its part “{name}” unpacks" if size > _MOST_PART else "its parts unpack"
            raise Unreadable("too large", f"{what} to more than {limit >> 20} MiB; split it")
        if size > _RATIO_FROM and size > _MOST_RATIO * max(packed, 1):
            message = f"its part “{name}” unpacks to more than {_MOST_RATIO} times its size, as no document does"
            raise Unreadable("too large", f"{message}; save it anew with the program that made it")

    def xml(self, name: str) -> "Element":
        """Return a part as a tree of XML; errors as of :meth:`read` and :func:`parse_xml`."""
        return parse_xml(self.read(name), name)

    def relations(self, name: str) -> dict[str, str]:
        """Return the parts that a part of an office document refers to: the last word of the relation -> name."""
        folder, base = posixpath.split(name)
        rels = posixpath.join(folder, "_rels", f"{base}.rels")
        found: dict[str, str] = {}
        for node in self.xml(rels) if rels in self else ():
            if node.get("TargetMode") != "External":
                kind = node.get("Type", "").rpartition("/")[2]
                found.setdefault(kind, self.resolve(folder, node.get("Target", "")))
        return found

    @staticmethod
    def resolve(folder: str, target: str) -> str:
        """Return the name of a part that another one in ``folder`` refers to."""
        path = unquote(target.partition("#")[0])
        return posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")


def parse_xml(data: bytes, name: str) -> "Element":
    """Return a tree of XML whose tags and attributes have the prefixes that :mod:`graphrag.documents.archive` gives.

    Raises
    ------
    Unreadable
        It is not well formed, is nested deeper than 200 elements, or declares entities: a few of these can stand for
        gigabytes, or for another file, and no program writes them into documents.
    """
    from xml.etree.ElementTree import TreeBuilder

    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise Unreadable("too deep", f"its part “{name}” nests more than {_DEEPEST} elements; save it anew")
        builder.start(_prefixed(tag), {_prefixed(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_prefixed(tag))

    def entity(*_: object) -> None:
        raise Unreadable("malformed", f"its part “{name}” declares entities, which documents do not; save it anew")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.EntityDeclHandler = entity
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two of an encoding that is not known
        raise Unreadable("malformed", f"its part “{name}” is no XML ({error}); save it anew") from error
    return builder.close()


def _prefixed(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return _PREFIXES.get(space, "") + local if space else local
