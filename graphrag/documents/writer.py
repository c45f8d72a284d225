"""The readable text of a marked-up document, while it is written: paragraphs, lists, tables, headings."""

from graphrag.types import Span

__all__ = ["Writer"]


class Writer:
    """Joins pieces of text with the white space that a reader of the page would see between them."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.headings: list[tuple[int, Span]] = []
        self._breaks = 0
        self._space = False
        self._cell = False
        self._bullet = False
        self._heading_level = 0
        self._heading_start = -1

    def break_lines(self, count: int) -> None:
        """Ask for a line break (1) or a blank line (2) before the next text."""
        if self._heading_level:
            self._space = True
        else:
            self._breaks = max(self._breaks, count)

    def cell(self) -> None:
        """Divide the next text by `` | `` from what stands before it in its row."""
        self._cell = True

    def row(self) -> None:
        """Begin a row: its first cell has nothing before it."""
        self._cell = False

    def item(self) -> None:
        """Put ``- `` before the next text."""
        self._bullet = True

    def drop_item(self) -> None:
        """Put no ``- `` after all: the item has no text."""
        self._bullet = False

    def begin_heading(self, level: int) -> None:
        """Take what is written from here on as a heading, on a line of its own."""
        self.break_lines(2)
        self._heading_level, self._heading_start = level, -1

    def end_heading(self) -> None:
        """End the heading; one without text is none."""
        if self._heading_level and self._heading_start >= 0:
            self.headings.append((self._heading_level, Span(self._heading_start, self.length)))
        self._heading_level = 0
        self.break_lines(2)

    def text(self, raw: str, preformatted: bool) -> None:
        """Write the text of one text node."""
        content = raw if preformatted else " ".join(raw.split())
        blank = not content.strip()
        if blank and (not preformatted or self._breaks):
            self._space = self._space or bool(raw)
            return
        self._gap(not preformatted and raw[0].isspace())
        self._put(content)
        self._space = not preformatted and raw[-1].isspace()

    def _gap(self, space: bool) -> None:
        if self.length:
            if self._breaks:
                self._put("\n" * self._breaks)
            elif self._cell:
                self._put(" | ")
            elif self._space or space:
                self._put(" ")
        if self._bullet:
            self._put("- ")
        self._breaks, self._cell, self._bullet = 0, False, False
        if self._heading_level and self._heading_start < 0:
            self._heading_start = self.length

    def _put(self, piece: str) -> None:
        self.parts.append(piece)
        self.length += len(piece)
