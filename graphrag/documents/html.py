"""HTML: its title, and its readable text with headings on lines of their own."""

import re
from typing import TYPE_CHECKING

from graphrag.documents.markdown import Parsed
from graphrag.documents.writer import Writer
from graphrag.types import Scalar

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = ["TooDeep", "declared_encoding", "parse_html"]

_MAX_DEPTH = 5_000
_MIN_MAIN = 100  # a <main> with less text than this is a shell that a script fills

_DROPPED = frozenset(
    "script style noscript template head title svg iframe object embed canvas audio video map button select datalist "
    "input textarea dialog menu nav annotation".split()
)
# Page furniture, unless it stands inside the content.
_FURNITURE = frozenset(["footer", "aside"])
_CONTENT = frozenset(["main", "article", "blockquote"])
_DROPPED_ROLES = frozenset("navigation contentinfo search banner menu menubar toolbar dialog alertdialog".split())
_PARAGRAPHS = frozenset(
    "address article aside blockquote body caption center details div dl fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hgroup hr main ol p pre section summary table ul".split()
)
_LINES = frozenset("br dd dt li option optgroup tr".split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Elements whose end tag may be left out: they do not nest however many are open.
_SELF_ENDING = frozenset(
    "p li td tr th dd dt option optgroup tbody thead tfoot colgroup br img hr input meta link area base col embed "
    "source track wbr param html head body".split()
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
# What browsers take these labels for.
_LABELS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
}
_META = {"author": "author", "description": "description", "keywords": "keywords", "date": "date", "groups": "groups"}
_META_PROPERTIES = {"article:published_time": "date", "og:description": "description"}


class TooDeep(Exception):
    """The elements are nested so deeply that parsing them would take minutes."""


def declared_encoding(head: bytes) -> str | None:
    """Return the encoding that the first bytes of an HTML file declare, by Python's name, or None."""
    match = _CHARSET.search(head[:4096])
    if match is None:
        return None
    label = match.group(1).decode("ascii").lower()
    return _LABELS.get(label, label)


def parse_html(markup: str) -> Parsed:
    """Return title, readable text, headings and metadata of an HTML page.

    Scripts, styles, navigation and page furniture are left out; a ``<main>`` that holds text stands for the page.
    Paragraphs are divided by a blank line, list items and table rows by a line break, cells by `` | ``.

    Raises
    ------
    TooDeep
        When more than 5,000 elements are open at once: the parser's time grows with the square of the depth.
    """
    from selectolax.lexbor import LexborHTMLParser

    _check_depth(markup)
    tree = LexborHTMLParser(markup)
    mains = tree.css("main, [role=main]")
    writer = Writer()
    if len(mains) == 1:
        _write(mains[0], writer)
    if writer.length < _MIN_MAIN and tree.body is not None:
        writer = Writer()
        _write(tree.body, writer)
    return Parsed("".join(writer.parts), _title(tree), tuple(writer.headings), _metadata(tree))


def _check_depth(markup: str) -> None:
    depth = 0
    for match in _TAG.finditer(markup):
        closing, name = match.groups()
        if name.lower() not in _SELF_ENDING:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > _MAX_DEPTH:
                raise TooDeep(f"more than {_MAX_DEPTH:,} elements are nested")


def _words(node: "LexborNode | None") -> str:
    return "" if node is None else " ".join(node.text().split())


def _title(tree: "LexborHTMLParser") -> str:
    """Return the page's title, without the site's name where the main heading shows what that is."""
    title = _words(tree.css_first("head title"))
    headings = [words for node in tree.css("h1") if (words := _words(node))]
    if not title:
        return headings[0] if headings else ""
    return next((words for words in headings if words in title), title)


def _metadata(tree: "LexborHTMLParser") -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    root = tree.root
    if root is not None and (language := root.attributes.get("lang")):
        found["lang"] = language
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = _META.get((attributes.get("name") or "").lower()) or _META_PROPERTIES.get(
            (attributes.get("property") or "").lower()
        )
        content = " ".join((attributes.get("content") or "").split())
        if name is not None and content:
            found.setdefault(name, content)
    return found


def _write(root: "LexborNode", writer: Writer) -> None:
    """Walk the tree without recursion, so that a deep one cannot overflow the stack."""
    stack: list[str] = []  # tags of the open elements below the root
    preformatted = 0
    content = 1 if root.tag != "body" else 0
    node: LexborNode | None = root.child
    parent = root
    while True:
        if node is None:
            if not stack:
                return
            tag = stack.pop()
            preformatted -= tag == "pre"
            content -= tag in _CONTENT
            _leave(tag, writer)
            above = parent.parent
            node, parent = parent.next, root if above is None else above
            continue
        if node.is_text_node:
            writer.text(node.text_content or "", preformatted > 0)
        elif node.is_element_node and not _is_dropped(node, in_content=content > 0):
            tag = node.tag or ""
            _enter(tag, writer)
            preformatted += tag == "pre"
            content += tag in _CONTENT
            stack.append(tag)
            parent = node
            node = parent.child
            continue
        node = node.next


def _enter(tag: str, writer: Writer) -> None:
    if tag in _HEADINGS:
        writer.begin_heading(_HEADINGS[tag])
    elif tag in _PARAGRAPHS:
        writer.break_lines(2)
    elif tag in _LINES:
        writer.break_lines(1)
        if tag == "li":
            writer.item()
        elif tag == "tr":
            writer.row()
    elif tag in ("td", "th"):
        writer.cell()


def _leave(tag: str, writer: Writer) -> None:
    if tag in _HEADINGS:
        writer.end_heading()
    elif tag in _PARAGRAPHS:
        writer.break_lines(2)
    elif tag in _LINES and tag != "br":
        writer.break_lines(1)


def _is_dropped(node: "LexborNode", in_content: bool) -> bool:
    if node.tag in _DROPPED or (node.tag in _FURNITURE and not in_content):
        return True
    attributes = node.attributes
    return bool(attributes) and (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or (attributes.get("role") or "").lower() in _DROPPED_ROLES
    )
