"""What one document says, once it is known what names mean: its mentions and its statements."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, chain

from graphrag.resolution.entities import VALUE_LABELS, Directory, Meanings, key_of_mention, without_article
from graphrag.resolution.facts import statements
from graphrag.resolution.linker import Match, NameMatcher
from graphrag.resolution.memo import BREAK, LayerWriter
from graphrag.resolution.names import Claim, claims_of
from graphrag.text import Numbers, Words, name_key
from graphrag.types import Chunk, ChunkId, DocumentId, Extraction, Span

__all__ = ["AboutNames", "DocumentFinder", "PassageReader", "own_names", "read_texts"]

_REMEMBERED = 10_000  # passages of which it stays in memory which names they say

Passage = tuple[Chunk, Extraction]


class PassageReader:
    """What the text of a passage says by itself."""

    def words(self, chunk: Chunk) -> Words:
        """Return the words of a passage."""
        return Words.of(chunk.text)

    def claims(self, chunk: Chunk) -> Sequence[Claim]:
        """Return the names that a document goes by, of its first passage."""
        return claims_of(chunk.title, _first_sentence(chunk))


def _first_sentence(chunk: Chunk) -> str:
    """Return the first sentence of a chunk that is not a heading, empty where there is none."""
    offset = chunk.span.start
    for span in chunk.sentences:
        text = chunk.text[span.start - offset : span.end - offset]
        if text.strip() != chunk.title and not text.lstrip().startswith("#"):
            return text
    return ""


def read_texts(
    writer: LayerWriter, document: DocumentId, chunks: Iterable[Passage], reader: PassageReader, numbers: Numbers
) -> None:
    """Write what a document says by itself: names that the extractor found, names that it goes by, and its words."""
    names: list[float] = []
    claims: list[float] = []
    words: list[float] = []
    number = numbers.__getitem__
    for chunk, extraction in chunks:
        if chunk.position == 0:
            for claim in reader.claims(chunk):
                claims += (number(claim.key), number(claim.name), number(claim.reason), claim.weight)
        for mention in extraction.mentions:
            key = key_of_mention(mention.text, mention.label)
            if key:
                names += (number(key), number(mention.text), number(mention.label))
        text = reader.words(chunk)
        opens = bytearray(len(text.folded))
        for place in text.capitals:
            opens[place] = 1
        words.extend(chain.from_iterable(zip(map(number, text.folded), opens, strict=True)))
        words += (BREAK, 0)
    writer.add(document, names=names, claims=claims, words=words)


class AboutNames:
    """Finds the names that documents go by; what it found in the first passages it remembers for the next pass."""

    def __init__(self, matcher: NameMatcher, reader: PassageReader) -> None:
        self._matcher = matcher
        self._reader = reader
        self._found: dict[ChunkId, list[Match]] = {}

    def find(self, chunk: Chunk) -> list[Match]:
        """Return the names in a chunk, in order."""
        found = self._found.get(chunk.id)
        if found is None:
            found = self._matcher.find(self._reader.words(chunk))
            if len(self._found) < _REMEMBERED:
                self._found[chunk.id] = found
        return found


class DocumentFinder:
    """Finds every mention of every entity in a document, by the extractor and by the dictionary of names.

    Parameters
    ----------
    directory : Directory
        What names mean.
    about_names : AboutNames
        Finds the names that documents go by.
    all_names : NameMatcher
        Finds all names.
    reader : PassageReader
        Reads the texts.
    """

    def __init__(
        self, directory: Directory, about_names: AboutNames, all_names: NameMatcher, reader: PassageReader
    ) -> None:
        self._directory = directory
        self._about_names = about_names
        self._all_names = all_names
        self._reader = reader

    def find(self, writer: LayerWriter, document: DocumentId, chunks: Sequence[Passage], numbers: Numbers) -> None:
        """Write the mentions and statements of a document, and all names that they hang on."""
        asked: set[str] = set()
        meanings = Meanings(self._directory, document, _short_forms(chunks, self._directory, document, asked))
        mentions: list[float] = []
        said: list[float] = []
        for chunk, extraction in chunks:
            offset, text = chunk.span.start, chunk.text
            for (start, end, canonical), source in self._mentions(chunk, extraction, meanings, asked):
                mentions += (numbers[chunk.id], offset + start, offset + end, numbers[canonical])
                mentions += (numbers[text[start:end]], numbers[source])
            said.extend(statements(chunk, extraction, meanings, numbers))
        asked.update(meanings)
        asked.update([without_article(key) for key in asked])
        writer.add(
            document,
            asked=[numbers[key] for key in sorted(asked)],
            own=[numbers[key] for key in own_names(self._directory, document)],
            mentions=mentions,
            statements=said,
        )

    def _mentions(
        self, chunk: Chunk, extraction: Extraction, meanings: Meanings, asked: set[str]
    ) -> list[tuple[tuple[int, int, str], str]]:
        """Return (start, end, canonical key) of each mention of a chunk and what found it, in order.

        Names that documents go by are looked for on their own first: a recogniser's name would otherwise hide the title
        inside it or around it, and titles are what links.
        """
        found: dict[tuple[int, int, str], str] = {}
        values = [mention.span for mention in extraction.mentions if mention.label in VALUE_LABELS]
        persons = [mention.span for mention in extraction.mentions if mention.label == "PERSON"]

        def add(start: int, end: int, key: str, source: str) -> None:
            canonical = meanings[key]
            if canonical is not None:
                found.setdefault((start, end, canonical), source)

        dated = _Cover([(span.start, span.end) for span in values])
        for key, start, end in self._about_names.find(chunk):
            asked.add(key)
            # "March" inside a date and "George" inside a longer name of a person are not the film or the king.
            if (start, end) not in dated and (" " in key or not _inside_longer(start, end, persons)):
                add(start, end, key, "title")
        for mention in extraction.mentions:
            key = key_of_mention(mention.text, mention.label)
            if key:
                add(mention.span.start, mention.span.end, key, "ner")
        covered = _Cover([*((start, end) for start, end, _ in found), *((span.start, span.end) for span in values)])
        for key, start, end in self._all_names.find(self._reader.words(chunk)):
            asked.add(key)
            if (start, end) not in covered:
                add(start, end, key, "name")
        return sorted(found.items())


def own_names(directory: Directory, document: DocumentId) -> list[str]:
    """Return the anchor of a document and the names that mean it there; nothing where it goes by no name."""
    anchor = directory.anchors.get(document)
    return [anchor, *sorted(directory.own_names[document])] if anchor else []


def _short_forms(
    chunks: Iterable[Passage], directory: Directory, document: DocumentId, asked: set[str]
) -> dict[str, str]:
    """Return what a bare surname or first name means inside one document; note the names that this hangs on.

    A one-word name of a person that is a word of exactly one longer name of a person in the same document, or of the
    name that the document goes by, means that person ("Lovelace" after "Ada Lovelace").
    """
    full: set[str] = set()
    single: set[str] = set()
    for _, extraction in chunks:
        for mention in extraction.mentions:
            if mention.label in ("PERSON", "NAME"):
                key = name_key(mention.text)
                (full if " " in key else single).add(key)
    if directory.anchors.get(document):
        full |= directory.own_names[document]
    asked.update(chain(full, single))
    short: dict[str, str] = {}
    for word in sorted(single):
        targets = {directory.resolve(key, document) for key in full if word in (key.split()[0], key.split()[-1])}
        targets.discard(None)
        if len(targets) == 1 and (target := targets.pop()) is not None and (word, target) not in directory.apart:
            short[word] = target
    return short


class _Cover:
    """Places of a text, to ask whether another place lies inside one of them."""

    def __init__(self, places: list[tuple[int, int]]) -> None:
        places.sort()
        self._starts = [start for start, _ in places]
        self._reach = list(accumulate([end for _, end in places], max))  # the furthest end up to each start

    def __contains__(self, place: tuple[int, int]) -> bool:
        before = bisect_right(self._starts, place[0])
        return before > 0 and self._reach[before - 1] >= place[1]


def _inside_longer(start: int, end: int, others: Collection[Span]) -> bool:
    """Tell whether a place lies inside one of ``others`` that is longer than it."""
    return any(o.start <= start and end <= o.end and (o.start, o.end) != (start, end) for o in others)
