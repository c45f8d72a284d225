"""Nodes and edges of a GraphML file, read as a stream.

Expat reads it, and a document type is refused before it can declare entities: a file of a kilobyte could else grow to
gigabytes.  ``networkx.read_graphml`` would hold the whole file, and does not refuse one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from graphrag.errors import InputError

__all__ = ["Element", "read_graphml"]

_BLOCK = 1 << 16


@dataclass(slots=True)
class Element:
    """A node or an edge with its data by name."""

    kind: str  # "node" or "edge"
    source: str  # the node itself, or where the edge begins
    target: str
    data: dict[str, str] = field(default_factory=dict)


class _Refused(Exception):
    """The file is not what may be read."""


def read_graphml(path: Path) -> Iterator[Element]:
    """Yield the nodes and edges of a file, in its order.

    Raises
    ------
    InputError
        The file cannot be read, is no GraphML, or declares a document type.
    """
    reader = _Reader()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                reader.parser.Parse(block, False)
                yield from reader.take()
            reader.parser.Parse(b"", True)
            yield from reader.take()
    except (OSError, expat.ExpatError, _Refused, ValueError, LookupError) as error:
        raise InputError(f"The file {path} cannot be read as GraphML ({error}): copy it again.") from error


class _Reader:
    """What the parser calls."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._names: dict[str, str] = {}
        self._done: list[Element] = []
        self._element: Element | None = None
        self._key: str | None = None
        self._said: list[str] = []
        self._depth = 0

    def take(self) -> list[Element]:
        """Return what was read since the last call."""
        done, self._done = self._done, []
        return done

    def _doctype(self, *_: object) -> None:
        raise _Refused("it declares a document type, which GraphML does not need")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if self._depth == 0 and tag != "graphml":
            raise _Refused(f"it begins with <{name}>")
        self._depth += 1
        if tag == "key":
            self._names[attributes.get("id", "")] = attributes.get("attr.name", "")
        elif tag == "node":
            self._element = Element("node", attributes.get("id", ""), "")
        elif tag == "edge":
            self._element = Element("edge", attributes.get("source", ""), attributes.get("target", ""))
        elif tag == "data" and self._element is not None:
            self._key, self._said = self._names.get(attributes.get("key", "")), []

    def _characters(self, text: str) -> None:
        if self._key is not None:
            self._said.append(text)

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        self._depth -= 1
        if self._element is None:
            return
        if tag == "data" and self._key is not None:
            self._element.data[self._key] = "".join(self._said)
            self._key = None
        elif tag == self._element.kind:
            self._done.append(self._element)
            self._element = None
