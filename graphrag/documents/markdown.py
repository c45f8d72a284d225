"""Markdown: its title, headings and front matter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphrag.documents.rows import scalar
from graphrag.types import Scalar, Span

__all__ = ["Parsed", "body_start", "parse_markdown"]

_MAX_FRONT_MATTER = 1 << 16
_GROUPS = re.compile(r"(?im)^\s*['\"]?groups['\"]?\s*:")


@dataclass(slots=True)
class Parsed:
    """What a marked-up file says of itself; ``title`` is empty where it names none."""

    text: str
    title: str = ""
    headings: tuple[tuple[int, Span], ...] = ()
    metadata: dict[str, Scalar] = field(default_factory=dict)
    doubt: str = ""  # why the front matter could not be used
    body: int = 0  # where the text begins after the front matter


# --- Markdown

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_LINE_START = re.compile(
    r"^(?:"
    r"(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t])*[ \t]*(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)"
    r"|[ ]{0,3}(?P<atx>\#{1,6})(?=[ \t\n]|\Z)(?P<title>[^\n]*)"
    r"|[ ]{0,3}(?P<under>=+|-+)[ \t]*$"
    r"|[ ]{0,3}(?P<comment><!--)"
    r")",
    re.MULTILINE,
)
_NO_PARAGRAPH = re.compile(r"[ ]{4}|\t|[ ]{0,3}(?:[>|]|[-*+][ \t]|\d{1,9}[.)][ \t]|\#{1,6}[ \t]|(?:[-*_][ \t]*){3,}$)")
_CLOSING_MARKS = re.compile(r"(?:^|[ \t])#+$")


def parse_markdown(text: str) -> Parsed:
    """Return the title, headings and front matter of Markdown; the text stays as it is.

    A heading's span covers its words, without ``#`` marks or underline.  Headings inside code and comments are none.
    """
    parsed = Parsed(text)
    parsed.body = _front_matter(text, parsed)
    parsed.headings = tuple(_markdown_headings(text, parsed.body))
    title = parsed.metadata.pop("title", None)
    if title is not None:
        parsed.title = " ".join(str(title).split())
    elif parsed.headings:
        top = min(parsed.headings, key=lambda heading: heading[0])[1]
        parsed.title = text[top.start : top.end]
    return parsed


def body_start(text: str) -> int:
    """Return where Markdown begins after its front matter, 0 where it has none."""
    return _front_matter(text, Parsed(text))


def _front_matter(text: str, parsed: Parsed) -> int:
    """Read the YAML block at the beginning, if there is one, and return where it ends."""
    match = _FRONT_MATTER.match(text, 0, _MAX_FRONT_MATTER)
    if match is None:
        return 0
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # An alias makes a small file expand without bound, and front matter needs none.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(match.group(1), loader)):
            raise ValueError("it uses aliases")
        values = yaml.load(match.group(1), loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())
        parsed.doubt = f"the front matter cannot be read and is left in the text only: {reason}"
        if _GROUPS.search(match.group(1)):
            parsed.metadata = {"groups": "front matter that cannot be read"}  # nobody's: a mistake publishes nothing
        return match.end()
    if not isinstance(values, dict):
        return 0
    parsed.metadata = {str(name): _front_value(value) for name, value in values.items()}
    return match.end()


def _front_value(value: object) -> Scalar:
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if callable(isoformat) else scalar(value)


def _markdown_headings(text: str, start: int) -> Iterator[tuple[int, Span]]:
    skip_to = start
    fence = ""
    for match in _LINE_START.finditer(text, start):
        at = match.start()
        if at < skip_to:
            continue
        if mark := match["fence"]:
            if not fence:
                fence = "" if mark[0] == "`" and "`" in match["info"] else mark
            elif mark[0] == fence[0] and len(mark) >= len(fence) and not match["info"].strip():
                fence = ""
        elif fence:
            continue
        elif match["comment"]:
            end = text.find("-->", at)
            skip_to = end if end >= 0 else at
        elif match["atx"]:
            title = _CLOSING_MARKS.sub("", match["title"].rstrip())
            yield from _heading(len(match["atx"]), title, match.start("title"))
        elif at > max(start, skip_to):
            begin = text.rfind("\n", start, at - 1) + 1 or start
            line = text[begin : at - 1]
            before = text[text.rfind("\n", start, max(start, begin - 1)) + 1 or start : begin]
            # Only a paragraph of one line: a rule under a longer one is nearly always meant as a rule.
            if not before.strip(" \t\r\n=-") and not _NO_PARAGRAPH.match(line):
                yield from _heading(1 if match["under"][0] == "=" else 2, line, begin)


def _heading(level: int, line: str, at: int) -> Iterator[tuple[int, Span]]:
    words = line.strip()
    if words:
        begin = at + len(line) - len(line.lstrip())
        yield level, Span(begin, begin + len(words))
