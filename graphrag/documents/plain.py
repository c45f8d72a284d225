"""Plain text: its title, where the first line is one."""

import re

from graphrag.documents.markdown import Parsed
from graphrag.types import Span

__all__ = ["parse_plain"]

_LONGEST_TITLE = 100
_FIRST_LINE = re.compile(r"\s*+(?P<line>[^\n]+)\n[^\S\n]*+\n\s*+\S")
# What ends a sentence, or shows that one goes on; closing quotes and brackets may follow.
_SENTENCE_END = re.compile(r"[.!?…,;:؟۔।॥。！？｡，；：][\"'”’»›)\]」』”]*\Z")
_LETTER = re.compile(r"[^\W\d_]")


def parse_plain(text: str) -> Parsed:
    """Return the title of plain text; the text stays as it is.

    A first line of at most 100 characters that does not end like a sentence and has a blank line and more text below
    it is the title, and a heading of level 1.
    """
    match = _FIRST_LINE.match(text)
    if match is None:
        return Parsed(text)
    start = match.start("line")
    line = match["line"].rstrip()
    if len(line) > _LONGEST_TITLE or _SENTENCE_END.search(line) or not _LETTER.search(line):
        return Parsed(text)
    return Parsed(text, " ".join(line.split()), ((1, Span(start, start + len(line))),))
