"""Printed lines to running text: paragraphs in one piece."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from graphrag.types import Span

__all__ = ["SAME_SIZE", "Line", "compose", "differ", "text_size"]

_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": "\u2010", "\x00": " "}
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]+")
_LEADERS = re.compile(r"(?:\s?[.·…_]){5,}")  # the dots between a title and its page in a table of contents
_BULLET = re.compile(r"[•●▪■◦‣∙◆►➢✓\uf0b7\uf0a7]\s*")
_ITEM = re.compile(r"[-–—*]\s+\S|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+\S|\[\d{1,3}\]\s*\S")
_BROKEN = re.compile(r"([^\W\d_]+)[-\u2010]\Z")  # a word that goes on in the next line
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_END = re.compile(r"[.!?:;…][\"'”’»)\]]*\Z")

_LONGEST_WORD = 60  # characters
SAME_SIZE = 0.12
_SPREAD = 1.25  # times the usual distance of lines: more is between paragraphs
_INDENT = 0.8  # times the height of the letters
_FULL = 0.8  # of the usual length of lines: shorter ones end on purpose
_JOINED, _NEW_LINE, _NEW_PARAGRAPH = range(3)


@dataclass(slots=True)
class Line:
    """A line of print: where its page has it in points, from the left and from the bottom, and how high it is."""

    text: str
    page: int
    x: float
    y: float
    size: float
    mono: bool = False  # all of it has letters of one width, as code has
    level: int = 0  # of a heading; 0 where it is none
    goes_on: bool = False  # it belongs to the heading before it

    @staticmethod
    def clean(text: str) -> str:
        """Return printed text as it is meant: without ligatures, controls, leading dots, and with single spaces."""
        text = _CONTROLS.sub(" ", text.translate(_LIGATURES))
        return " ".join(_LEADERS.sub(" … ", text).split())

    @property
    def item(self) -> bool:
        """Whether it begins an item of a list."""
        return bool(_BULLET.match(self.text) or _ITEM.match(self.text))


def text_size(pages: Sequence[Sequence[Line]]) -> float:
    """Return how high most of the letters are."""
    weights: Counter[float] = Counter()
    for page in pages:
        for line in page:
            weights[round(line.size, 1)] += len(line.text)
    return max(weights, key=lambda size: (weights[size], size), default=0.0)


def differ(size: float, other: float) -> bool:
    """Tell whether letters are of different heights."""
    return abs(size - other) > SAME_SIZE * size


# --- paragraphs


def compose(pages: Sequence[Sequence[Line]]) -> tuple[str, tuple[tuple[int, Span], ...], list[int]]:
    """Return the running text of pages, the spans of its headings, and where each page begins in it."""
    lines = [line for page in pages for line in page]
    layout = _Layout(lines)
    parts: list[str] = []
    headings: list[tuple[int, Span]] = []
    starts: list[int] = []
    length = 0
    for index, line in enumerate(lines):
        after = lines[index + 1] if index + 1 < len(lines) else None
        text, gap = layout.set(line, after)
        starts += [length] * (line.page + 1 - len(starts))
        if line.level:
            headings.append((line.level, Span(length, length + len(text))))
        elif line.goes_on:
            level, span = headings[-1]
            headings[-1] = (level, Span(span.start, length + len(text)))
        parts += (text, gap)
        length += len(text) + len(gap)
    starts += [length] * (len(pages) - len(starts))
    return "".join(parts), tuple(headings), starts


class _Layout:
    """How a document sets its lines, and what follows from it for where paragraphs end."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._size = text_size([lines])
        lengths = sorted(len(line.text) for line in lines if abs(line.size - self._size) <= SAME_SIZE * self._size)
        self._length = lengths[len(lengths) * 9 // 10] if lengths else 0
        self._distance = _distances(lines)
        self._words = Counter(word for line in lines for word in _WORD.findall(line.text))
        self._code = 2 * sum(line.mono for line in lines) < len(lines)  # whether letters of one width are code
        self._first = True  # whether the line is the first of its paragraph
        self._item = False  # whether its paragraph is an item of a list

    def set(self, line: Line, after: Line | None) -> tuple[str, str]:
        """Return a line as it stands in the text, and what divides it from the next one."""
        if self._first:
            self._item = line.item and not line.level
        text = _BULLET.sub("- ", line.text, count=1).rstrip() if self._item and self._first else line.text
        if after is None:
            return text, ""
        way = self._way(line, after)
        self._first = way != _JOINED
        if way == _JOINED:
            return self._joined(text, after.text)
        return text, "\n" if way == _NEW_LINE else "\n\n"

    def _joined(self, text: str, after: str) -> tuple[str, str]:
        """Return the end of a line without the hyphen that only the line's end put there."""
        broken = _broken(text)
        rest = _WORD.match(after)
        if broken is None or rest is None or not rest[0][0].islower():
            return text, " "
        known = self._words
        whole, hyphened = known[broken[1] + rest[0]], known[f"{broken[1]}-{rest[0]}"]
        # "mixed-mode" is said nowhere else, but both its halves are; of "manage-ment" one half is no word.
        of_two = hyphened > whole or (not whole and known[broken[1]] > 1 and known[rest[0]] > 1)
        return (text if text[-1] == "-" and of_two else text[:-1]), ""

    def _way(self, line: Line, after: Line) -> int:
        """Return what stands between two lines."""
        if after.goes_on:
            return _JOINED
        if line.level or line.goes_on or after.level or differ(line.size, after.size):
            return _NEW_PARAGRAPH
        if _broken(line.text) and after.text[0].islower():
            return _JOINED
        down = line.y - after.y
        if after.page != line.page or down < -line.size:
            return self._over(line, after)
        if down < 0.5 * line.size:
            return _JOINED
        if after.item:
            return _NEW_LINE if self._item else _NEW_PARAGRAPH
        if down > _SPREAD * self._distance.get(round(line.size), 1.3 * line.size):
            return _NEW_PARAGRAPH
        if self._code and line.mono and after.mono:
            return _NEW_LINE
        if self._indented(line, after) and line.size <= self._size * (1 + SAME_SIZE):  # titles are often centred
            return _NEW_PARAGRAPH
        if self._short(line, after) and not (after.text[0].islower() and not _END.search(line.text)):
            return _NEW_PARAGRAPH if _END.search(line.text) else _NEW_LINE
        return _JOINED

    def _over(self, line: Line, after: Line) -> int:
        """Return what stands between the last line of a page or column and the first of the next."""
        if after.item:
            return _NEW_LINE if self._item else _NEW_PARAGRAPH
        goes_on = not _END.search(line.text) and (after.text[0].islower() or not self._short(line, after))
        return _JOINED if goes_on else _NEW_PARAGRAPH

    def _indented(self, line: Line, after: Line) -> bool:
        """Tell whether the next line begins further right or left than one that goes on would."""
        shift = (after.x - line.x) / max(line.size, 1.0)
        if shift > _INDENT:
            return not (self._item and self._first)
        return shift < -_INDENT and (not self._first or self._item)

    def _short(self, line: Line, after: Line) -> bool:
        """Tell whether the next line's first word would have had room in this one."""
        room = self._length * self._size / max(line.size, 1.0)
        return len(line.text) + 1 + len(after.text.split()[0]) < _FULL * room


def _broken(text: str) -> re.Match[str] | None:
    """Find the part of a word with its hyphen with which a line ends."""
    return _BROKEN.search(text, max(0, len(text) - _LONGEST_WORD)) if text[-1] in "-\u2010" else None


def _distances(lines: Sequence[Line]) -> dict[int, float]:
    """Return the usual distance of lines of each height."""
    found: dict[int, Counter[float]] = defaultdict(Counter)
    for line, after in pairwise(lines):
        down = line.y - after.y
        if line.page == after.page and line.size * 0.8 < down < line.size * 3 and abs(line.size - after.size) < 0.5:
            found[round(line.size)][round(down * 2) / 2] += 1
    return {size: min(counts, key=lambda down: (-counts[down], down)) for size, counts in found.items()}
