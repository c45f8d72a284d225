"""Bytes to text: finds the encoding of a file without ever holding the file."""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

__all__ = ["Encoding", "NotText", "find_encoding", "no_surrogates", "open_text"]

_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_MAX_CONTROL_SHARE = 0.01
# Control characters that real text files hold: tab, line feed, vertical tab, form feed, return, backspace, escape.
_CONTROL_BYTES = bytes(sorted(set(range(32)) - {8, 9, 10, 11, 12, 13, 27}))
_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a file that is not Unicode may be: the code pages that are found in practice.
_LEGACY = (
    "cp1252 latin_1 cp1250 iso8859_2 cp1251 koi8_r iso8859_5 cp932 euc_jp cp949 gb18030 big5 "
    "cp1253 iso8859_7 cp1254 cp1255 cp1256 cp874"
).split()
# Latin code pages differ in a few letters only, so they are told apart by the letters that their languages use.
_PUNCTUATION = "“”„’‘–—…«»°§£€©®\xa0"
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüßœÀÁÂÄÅÆÇÈÉÊÍÎÑÓÔÖØÚÜŒ¡¿ºª½" + _PUNCTUATION)
_CENTRAL = frozenset("ąćęłńóśźżáčďéěíňřšťúůýžäöüßőűôľĺŕăâîşţđĄĆĘŁŃÓŚŹŻÁČĎÉĚÍŇŘŠŤÚŮÝŽÖÜŐŰ" + _PUNCTUATION)
_TURKISH = frozenset("çğıöşüâîûÇĞİÖŞÜ" + _PUNCTUATION)
_LATIN = {"cp1252": _WESTERN, "cp1254": _TURKISH, "cp1250": _CENTRAL, "iso8859_2": _CENTRAL}
_SAFE_CUT = re.compile(rb".*[\x00-\x2f]", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotText(Exception):
    """The file is not a text file; the message says why."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to decode a file; ``doubt`` says in one sentence what the user should know, empty where all is sure."""

    name: str
    doubt: str = ""


def no_surrogates(text: str) -> str:
    """Return ``text`` with each lone surrogate replaced by U+FFFD, one for one, so that offsets stay."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def open_text(path: Path, encoding: Encoding, newline: str | None) -> TextIO:
    """Open ``path`` for reading; bytes that do not fit become U+FFFD (:func:`find_encoding` has told of them)."""
    return path.open(encoding=encoding.name, errors="replace", newline=newline)


def find_encoding(path: Path, declared: Callable[[bytes], str | None] = lambda _: None) -> Encoding:
    """Return the encoding of a text file: byte order mark, UTF-8, UTF-16/32 without a mark, then a guess.

    Parameters
    ----------
    path
        The file; it is read in blocks of 1 MiB, never as a whole.
    declared
        Reads the encoding that the file's first block names itself (html), where it is not UTF-8.

    Raises
    ------
    NotText
        When the file holds too many control characters to be text.
    OSError
        When the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    for mark, name in _BOMS:
        if head.startswith(mark):
            bad = _first_bad(path, name)
            return Encoding(name, "" if bad is None else f"some bytes are not valid {name}; replaced by U+FFFD")
    if _control_share(path) > _MAX_CONTROL_SHARE:
        return _wide_without_mark(path, head)
    if _first_bad(path, "utf-8") is None:
        return Encoding("utf-8")
    return _legacy(path, declared(head))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _first_bad(path: Path, name: str) -> int | None:
    """Return about where the first byte lies that the encoding cannot decode, or None."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    position = 0
    try:
        for block in _blocks(path):
            decoder.decode(block)
            position += len(block)
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        return position + getattr(error, "start", 0)
    return None


def _control_share(path: Path) -> float:
    total = controls = 0
    for block in _blocks(path):
        total += len(block)
        controls += len(block) - len(block.translate(None, _CONTROL_BYTES))
    return controls / max(total, 1)


def _wide_without_mark(path: Path, head: bytes) -> Encoding:
    """Return the UTF-16 or UTF-32 that turns the file into plausible text.

    Of two byte orders that both do, the right one has fewer different high bytes: a text keeps to few scripts.
    """
    sample = head[: _SAMPLE // 4 * 4]
    candidates: list[tuple[int, str]] = []
    for name, width, high in (("utf-32-le", 4, 2), ("utf-32-be", 4, 1), ("utf-16-le", 2, 1), ("utf-16-be", 2, 0)):
        text = sample.decode(name, "replace")
        odd = sum(unicodedata.category(char) in ("Cc", "Cn", "Co") and char not in "\t\n\v\f\r" for char in text)
        if odd <= _MAX_CONTROL_SHARE * len(text) and _first_bad(path, name) is None:
            candidates.append((len(set(sample[high::width])), name))
    if not candidates:
        raise NotText("it holds zero bytes or other control characters")
    name = min(candidates)[1]
    return Encoding(name, f"it has no byte order mark; read as {name}, which is a guess. Save it as UTF-8 to be sure")


def _legacy(path: Path, declared: str | None) -> Encoding:
    """Return the encoding of a file that is neither Unicode nor binary."""
    sample = _sample(path)
    as_utf8 = sample.decode("utf-8", "replace")
    replaced = as_utf8.count("\ufffd")
    if sum(not char.isascii() for char in as_utf8) > 3 * replaced:  # they count as not ASCII, too
        bad = _first_bad(path, "utf-8")
        return Encoding("utf-8", f"damaged UTF-8 (first near byte {bad}); what does not fit is replaced by U+FFFD")
    if declared is not None and _known(declared) and _first_bad(path, declared) is None:
        return Encoding(declared)
    name = _guess(sample)
    lossy = "" if _first_bad(path, name) is None else ", what does not fit is replaced by U+FFFD"
    return Encoding(name, f"not UTF-8; read as {name}, which is a guess{lossy}. Save it as UTF-8 to be sure")


def _known(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False


def _sample(path: Path) -> bytes:
    """Return about 64 KiB of the lines that are not plain ASCII: only they tell encodings apart."""
    lines: list[bytes] = []
    size = 0
    for line in _odd_lines(path):
        lines.append(line)
        size += len(line)
        if size >= _SAMPLE:
            break
    return b"\n".join(lines)


def _odd_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines with other bytes than ASCII, huge ones in parts; no character is cut."""
    rest = b""
    for block in _blocks(path):
        data = rest + block
        end = max(data.rfind(b"\n"), data.rfind(b" ")) + 1
        if end == 0 and len(data) < 4 * _BLOCK:
            rest = data
            continue
        rest = data[end:] if end else b""
        for line in data[: end or None].split(b"\n"):
            if not line.isascii():
                yield _around_first(line) if len(line) > _SAMPLE else line
    if not rest.isascii():
        yield _around_first(rest)


def _around_first(line: bytes) -> bytes:
    """Return 64 KiB of a line from its first byte that is not ASCII.

    The piece ends at a byte below "0", which is no part of another character in any of the encodings.
    """
    first = next(index for index, byte in enumerate(line) if byte > 127)
    piece = line[first : first + _SAMPLE]
    whole = _SAFE_CUT.match(piece)
    return whole.group() if whole and len(piece) < len(line) - first else piece


def _guess(sample: bytes) -> str:
    """Return the code page that makes most sense of ``sample``, by charset-normalizer and by letter use."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_LEGACY).best()
    name = "cp1252" if best is None else best.encoding
    if name not in _LATIN and name != "latin_1":
        return name

    def fit(candidate: str) -> float:
        letters = [char for char in sample.decode(candidate, "replace") if not char.isascii()]
        return sum(char in _LATIN[candidate] for char in letters) / max(len(letters), 1)

    return max(_LATIN, key=fit)  # the first of equals: Western European
