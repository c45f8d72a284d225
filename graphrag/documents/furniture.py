"""What is printed at the edge of page after page: running titles, page numbers, numbers of lines."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from graphrag.documents.lines import SAME_SIZE, Line, differ, text_size

__all__ = ["drop_furniture"]

_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"[ivxlc]{1,7}", re.IGNORECASE)
_COUNTED = re.compile(r"\D{0,2}(\d{1,3})\D?")  # "17", or "S32" where a printer's mark stands beside it
_REPEATS = 3  # pages that print the same at their edge
_COUNTING = 10  # lines of numbers that follow each other
_EDGE = 3  # lines from an edge that may be page furniture
_APART = 1.6  # times the height of letters: lines of one text are less far from each other
_LONGEST_NUMBER = 6  # digits, and none of a page has as many
_SAME_PLACE = 3.0  # points


def drop_furniture(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Return the pages without running titles and page numbers.

    A line within three of the upper or lower edge goes if three pages (of two pages both) have the same one at the same
    height, or if it begins or ends with the number of its page.  Equal are lines whose numbers are equal too, but for
    that of the page: "Total: 530 euros" on each page is none.  No larger letters than those of the text go, only
    lines that stand apart from it, and the lines between one and the edge have to go too.  Numbers that count the lines
    of a page go as well.
    """
    pages = [_without_line_numbers(page) for page in pages]
    edges = [_edges(page) for page in pages]
    least = max(2, min(_REPEATS, len(pages)))
    first = _first_number(edges, least)
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    for number, page in enumerate(edges):
        for line in {id(line): line for side in page for line in side[:_EDGE]}.values():
            for key in _keys(line, _number_of(number, first)):
                seen[key].add(number)
    usual = text_size(pages)
    kept = []
    for number, page in enumerate(edges):
        printed = _number_of(number, first)
        its_number = None if printed is None else _page_number(page, printed)
        gone: set[int] = set()
        for side in page:
            for place, block in enumerate(_blocks(side)):
                again = all(line is its_number or len(seen[_keys(line, printed)[0]]) >= least for line in block)
                # The first block may be as large as the text, one that is further in has to be smaller.
                most = usual * (0.95 if place else 1 + SAME_SIZE)
                if not again or any(line.size > most for line in block):
                    break
                gone.update(map(id, block))
        kept.append([line for line in pages[number] if id(line) not in gone])
    return kept


def _blocks(side: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines near an edge in groups that stand apart from what is further in."""
    block: list[Line] = []
    for place, line in enumerate(side[:_EDGE]):
        block.append(line)
        if place + 1 == len(side) or _is_apart(line, side[place + 1]):
            yield block
            block = []


def _number_of(page: int, first: int | None) -> int | None:
    """Return the number that is printed on a page, by that of the first."""
    return None if first is None else page + first


def _first_number(edges: Sequence[tuple[list[Line], list[Line]]], least: int) -> int | None:
    """Return the number that is printed on the first page, None where the pages print none."""
    firsts: Counter[int] = Counter()
    for number, page in enumerate(edges):
        said = (said for side in page for line in side[:_EDGE] for said in _DIGITS.findall(line.text))
        firsts.update({int(value) - number for value in said if len(value) < _LONGEST_NUMBER})
    first, count = max(firsts.items(), key=lambda item: (item[1], -abs(item[0])), default=(0, 0))
    numbered = count >= max(least, len(edges) // 2) and (len(edges) >= _REPEATS or first == 1)
    return first if numbered else None


def _is_apart(line: Line, inner: Line) -> bool:
    """Tell whether the next line of a page is further off than one of the same text, or of another size."""
    return abs(line.y - inner.y) > _APART * max(line.size, inner.size) or differ(line.size, inner.size)


def _page_number(edges: tuple[list[Line], list[Line]], number: int) -> Line | None:
    """Return the line that says a page's number: nothing else at best, since "1 Introduction" may stand on page 1."""
    lines = [line for side in edges for line in side[:_EDGE]]
    alone = (line for line in lines if line.text == str(number) or _ROMAN.fullmatch(line.text))
    return next(alone, None) or next((line for line in lines if number in _numbers(line.text)), None)


def _without_line_numbers(page: list[Line]) -> list[Line]:
    """Return a page without the numbers 1, 2, 3, … of its lines."""
    values = [int(match[1]) if (match := _COUNTED.fullmatch(line.text)) else None for line in page]
    gone: set[int] = set()
    begin = 0
    for index, value in enumerate([*values, None]):
        before = values[index - 1] if index else None
        if value is None or before is None or value != before + 1:
            if index - begin >= _COUNTING:
                gone.update(range(begin, index))
            begin = index
    return [line for index, line in enumerate(page) if index not in gone]


def _edges(page: list[Line]) -> tuple[list[Line], list[Line]]:
    """Return the lines next to the upper and to the lower edge, from the edge inwards, and one more of each."""
    ordered = sorted(page, key=lambda line: -line.y)
    return ordered[: _EDGE + 1], ordered[::-1][: _EDGE + 1]


def _keys(line: Line, printed: int | None) -> list[tuple[str, int]]:
    """Return what tells equal lines at equal heights; the second height is there for lines near a rounding."""
    said = re.sub(rf"(?<!\d){printed}(?!\d)", "#", line.text, count=1)  # "Page 3 of 3" is as "Page 2 of 3"
    if not any(c.isalpha() for c in said) and "#" not in said:
        return [("", -1 - line.page)]  # a row of numbers is no page number
    place = line.y / _SAME_PLACE
    return [(said, round(place)), (said, round(place + (0.5 if place > round(place) else -0.5)))]


def _numbers(text: str) -> set[int]:
    """Return the numbers with which a line begins and ends."""
    words = text.split()
    return {int(word) for word in (words[0], words[-1]) if word.isdecimal() and len(word) < 6} if words else set()
