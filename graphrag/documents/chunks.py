"""Documents to chunks: whole sentences packed up to a size, with exact offsets."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphrag.documents.markdown import body_start
from graphrag.errors import RecipeError
from graphrag.text import sentence_spans, token_estimate
from graphrag.types import Chunk, ChunkId, Document, Span, stable_id

__all__ = ["chunk_document"]

_FOREIGN = re.compile(r"[^\W\d_\x00-\x7f]")
_TOKEN_RUN = re.compile(r"\S+")
_UNDERLINE = re.compile(r"\n[ ]{0,3}(?:=+|-+)[ \t]*(?=\n|\Z)")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)")


@dataclass(slots=True)
class _Piece:
    """A sentence, a part of an over-long one, or a heading: what is packed."""

    span: Span  # what it takes of the document
    sentence: Span  # the sentence in it: for a heading its words without marks
    tokens: int
    path: tuple[str, ...]  # the headings above it, a heading itself included
    is_heading: bool
    new_paragraph: bool


def chunk_document(document: Document, *, max_tokens: int = 400, overlap_sentences: int = 0) -> list[Chunk]:
    """Return the chunks of a document, in order.

    Sentences are packed until the next one would make more than ``max_tokens``.  A chunk ends early at the beginning
    of a paragraph in its last third, and at a heading once it is a quarter full; the last two chunks of a section
    share its rest evenly.  A sentence that is too long is cut at white space, and where there is none, anywhere.  The
    time is linear in the length of the document.

    Parameters
    ----------
    document
        Its headings start sections; a heading's line is a sentence of its own and goes with the text below it.  Front
        matter of a source that ends in ``.md`` or ``.markdown`` is in no chunk.
    max_tokens
        The most tokens of a chunk, by :func:`graphrag.text.token_estimate` and one more for each letter that is not
        ASCII, since word pieces of an English vocabulary are short there.
    overlap_sentences
        How many sentences of the chunk before are repeated, as far as they fit; a quarter of the size is kept free
        for them.

    Returns
    -------
    list[Chunk]
        ``chunk.text == document.text[chunk.span.start:chunk.span.end]``.  Without overlap every character that is not
        white space or front matter is in exactly one chunk.  A document without text has none.

    Raises
    ------
    RecipeError
        When ``max_tokens`` is below 1 or ``overlap_sentences`` below 0.

    Notes
    -----
    A chunk's id is made of its document's id and its text (and a number, where a document repeats itself), not of its
    position or offsets: a sentence added at the beginning of a document leaves the ids of all chunks whose text stays.
    """
    if max_tokens < 1 or overlap_sentences < 0:
        raise RecipeError(
            f"chunks of {max_tokens} tokens with {overlap_sentences} sentences of overlap are not possible; "
            "set max_tokens to 1 or more and overlap_sentences to 0 or more"
        )
    pieces = list(_pieces(document, max_tokens))
    budget = max(1, max_tokens * 3 // 4) if overlap_sentences else max_tokens
    ranges = _pack(pieces, budget)
    if overlap_sentences:
        ranges = [(_overlapped(pieces, start, end, overlap_sentences, max_tokens), end) for start, end in ranges]
    repeats: Counter[str] = Counter()
    chunks: list[Chunk] = []
    for position, (start, end) in enumerate(ranges):
        group = pieces[start:end]
        span = Span(group[0].span.start, group[-1].span.end)
        text = document.text[span.start : span.end]
        chunk_id = stable_id("chunk", document.id, text, str(repeats[text]))
        repeats[text] += 1
        sentences = tuple(piece.sentence for piece in group)
        heading = " > ".join(_common_path(group))
        chunks.append(Chunk(ChunkId(chunk_id), document.id, position, span, text, document.title, heading, sentences))
    return chunks


# --- the document as pieces


def _tokens(text: str) -> int:
    return token_estimate(text) + (0 if text.isascii() else len(_FOREIGN.findall(text)))


def _pieces(document: Document, max_tokens: int) -> Iterator[_Piece]:
    text = document.text
    path: list[tuple[int, str]] = []
    at = body_start(text) if document.source.lower().endswith((".md", ".markdown")) else 0
    for level, words in sorted(document.headings, key=lambda heading: heading[1]):
        block = _heading_block(text, words)
        if block.start < at or words.end > len(text):
            continue  # a heading inside another one, or outside of the text: not one that a source makes
        yield from _body(text, at, block.start, path, max_tokens)
        path = [entry for entry in path if entry[0] < level]
        path.append((level, _heading_words(text[words.start : words.end])))
        yield from _heading_pieces(text, block, words, path, max_tokens)
        at = block.end
    yield from _body(text, at, len(text), path, max_tokens)


def _heading_block(text: str, words: Span) -> Span:
    """Return the lines that a heading takes, with the marks before it and the underline after it."""
    start = text.rfind("\n", 0, words.start) + 1
    end = text.find("\n", words.end)
    end = len(text) if end < 0 else end
    underline = _UNDERLINE.match(text, end)
    if underline and not text[start : words.start].strip():
        end = underline.end()
    while start < words.start and text[start].isspace():
        start += 1
    return Span(start, words.end + len(text[words.end : end].rstrip()))


def _heading_words(line: str) -> str:
    """Return a heading as plain words, without links and emphasis."""
    return " ".join(_EMPHASIS.sub("", _LINK.sub(r"\1", line)).split())


def _heading_pieces(
    text: str, block: Span, words: Span, path: list[tuple[int, str]], max_tokens: int
) -> Iterator[_Piece]:
    names = tuple(name for _, name in path)
    tokens = _tokens(text[block.start : block.end])
    if tokens <= max_tokens:
        yield _Piece(block, words, tokens, names, True, True)
        return
    for number, span in enumerate(_cut(text, block, max_tokens)):
        yield _Piece(span, span, _tokens(text[span.start : span.end]), names, True, number == 0)


def _body(text: str, start: int, end: int, path: list[tuple[int, str]], max_tokens: int) -> Iterator[_Piece]:
    names = tuple(name for _, name in path)
    before = start
    for sentence in sentence_spans(text, start, end):
        new_paragraph = text.count("\n", before, sentence.start) > 1
        tokens = _tokens(text[sentence.start : sentence.end])
        if tokens <= max_tokens:
            yield _Piece(sentence, sentence, tokens, names, False, new_paragraph)
        else:
            for span in _cut(text, sentence, max_tokens):
                yield _Piece(span, span, _tokens(text[span.start : span.end]), names, False, new_paragraph)
                new_paragraph = False
        before = sentence.end


def _cut(text: str, span: Span, max_tokens: int) -> Iterator[Span]:
    """Yield the parts of an over-long sentence: runs of words, and slices of a word that alone is too long."""
    start = end = -1
    tokens = 0
    for match in _TOKEN_RUN.finditer(text, span.start, span.end):
        more = _tokens(match.group())
        if start >= 0 and tokens + more > max_tokens:
            yield Span(start, end)
            start, tokens = -1, 0
        if more > max_tokens:
            yield from _slices(text, match.start(), match.end(), max_tokens)
            continue
        start = match.start() if start < 0 else start
        end, tokens = match.end(), tokens + more
    if start >= 0:
        yield Span(start, end)


def _slices(text: str, start: int, end: int, max_tokens: int) -> Iterator[Span]:
    """Yield slices of a text without white space, each of at most ``max_tokens``, with accents left on their letters.

    A character is at most two tokens (a foreign letter alone is estimated as a word and as a letter).
    """
    size = max_tokens if text[start:end].isascii() else max(1, max_tokens * 7 // 8 - 1)
    while start < end:
        stop = min(start + size, end)
        back = stop
        while back < end and back > stop - 8 and back - 1 > start and unicodedata.combining(text[back]):
            back -= 1
        yield Span(start, back)
        start = back


# --- packing


def _pack(pieces: Sequence[_Piece], budget: int) -> list[tuple[int, int]]:
    """Return the ranges of pieces that make the chunks, none above ``budget`` tokens."""
    ranges: list[tuple[int, int]] = []
    start = tokens = section = 0  # section: the first chunk since the last heading that ended one
    for index, piece in enumerate(pieces):
        if index > start and piece.is_heading and not pieces[index - 1].is_heading and tokens * 4 >= budget:
            ranges.append((start, index))
            _balance(pieces, ranges, section, budget)
            start, tokens, section = index, 0, len(ranges)
        while index > start and tokens + piece.tokens > budget:  # again, when what is left over fills the next one
            cut = _best_cut(pieces, start, index, budget)
            ranges.append((start, cut))
            start = cut
            tokens = sum(piece.tokens for piece in pieces[cut:index])
        tokens += piece.tokens
    if start < len(pieces):
        ranges.append((start, len(pieces)))
        _balance(pieces, ranges, section, budget)
    return ranges


def _best_cut(pieces: Sequence[_Piece], start: int, end: int, budget: int) -> int:
    """Return where to end a chunk that can hold ``pieces[start:end]`` and no more.

    At the last paragraph that begins in its last third, else at the end; never between a heading and its text.
    """
    tokens = 0
    best = end
    for index in range(start, end):
        if pieces[index].new_paragraph and tokens * 3 >= budget * 2:
            best = index
        tokens += pieces[index].tokens
    # A run of headings without text between them is cut like text.
    return next((index for index in range(best, start, -1) if not pieces[index - 1].is_heading), best)


def _balance(pieces: Sequence[_Piece], ranges: list[tuple[int, int]], section: int, budget: int) -> None:
    """Move sentences from the last chunk but one to the last one of a section until both are about as long."""
    if len(ranges) - section < 2:
        return
    (start, middle), (_, end) = ranges[-2:]
    left = sum(piece.tokens for piece in pieces[start:middle])
    right = sum(piece.tokens for piece in pieces[middle:end])
    if right * 2 >= left:
        return
    if left + right <= budget:
        ranges[-2:] = [(start, end)]
        return
    while middle - 1 > start and right + pieces[middle - 1].tokens <= left - pieces[middle - 1].tokens:
        middle -= 1
        left -= pieces[middle].tokens
        right += pieces[middle].tokens
    while middle - 1 > start and pieces[middle - 1].is_heading and right + pieces[middle - 1].tokens <= budget:
        middle -= 1
        right += pieces[middle].tokens
    ranges[-2:] = [(start, middle), (middle, end)]


def _overlapped(pieces: Sequence[_Piece], start: int, end: int, sentences: int, max_tokens: int) -> int:
    """Return the first piece of a chunk that repeats sentences of its section before it, as far as they fit."""
    tokens = sum(piece.tokens for piece in pieces[start:end])
    first = start
    while first > max(0, start - sentences) and pieces[first - 1].path == pieces[start].path:
        tokens += pieces[first - 1].tokens
        if tokens > max_tokens:
            break
        first -= 1
    return first


def _common_path(group: Sequence[_Piece]) -> tuple[str, ...]:
    """Return the headings that stand above all text of a chunk, or those of its last heading if it has no text."""
    paths = [piece.path for piece in group if not piece.is_heading] or [group[-1].path]
    common = paths[0]
    for path in paths[1:]:
        if path == common:
            continue
        length = next((i for i, (a, b) in enumerate(zip(common, path, strict=False)) if a != b), None)
        common = common[: min(len(common), len(path)) if length is None else length]
    return common
