"""The resolution line: extractions of a whole corpus in, entities, mentions and facts out."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from graphrag.resolution.entities import (
    VALUE_LABELS,
    Directory,
    Meanings,
    Names,
    build_directory,
    entity_id,
    key_of_mention,
    top_label,
)
from graphrag.resolution.facts import FactCollector
from graphrag.resolution.linker import Match, NameMatcher
from graphrag.resolution.links import Link, follow
from graphrag.resolution.names import Claim, claims_of
from graphrag.text import Words, is_common_name, name_key
from graphrag.types import (
    Chunk,
    ChunkId,
    DocumentId,
    Entity,
    EntityId,
    EntityMention,
    Extraction,
    Resolution,
    Span,
)

__all__ = ["PassageReader", "Passages", "resolve"]

_REMEMBERED = 10_000  # passages of which it stays in memory which names they say

Passages = Callable[[], Iterable[tuple[Chunk, Extraction]]]
"""Starts a new pass over all chunks with their extractions, ordered by document and position."""


class PassageReader:
    """What the text of a passage says by itself."""

    def words(self, chunk: Chunk) -> Words:
        """Return the words of a passage."""
        return Words.of(chunk.text)

    def claims(self, chunk: Chunk) -> Sequence[Claim]:
        """Return the names that a document goes by, of its first passage."""
        return claims_of(chunk.title, _first_sentence(chunk))


def resolve(
    passages: Passages,
    *,
    fuzzy_threshold: float = 0.85,
    links: Sequence[Link] = (),
    reader: PassageReader | None = None,
) -> Resolution:
    """Turn the mentions and triples of a corpus into entities and facts.

    Parameters
    ----------
    passages : callable
        Returns a fresh iterator over (chunk, extraction), the chunks of a document together and in order.  It is
        called more than once, so that nothing has to hold the corpus.
    fuzzy_threshold : float
        See :func:`graphrag.resolution.entities.build_directory`.
    links : sequence of Link
        What people decided about names.
    reader : PassageReader, optional
        What reads the texts, perhaps from memory.

    Returns
    -------
    Resolution
        Canonically ordered; the same for the same set of documents.
    """
    reader = reader or PassageReader()
    names = _collect_names(passages(), reader)
    claims = [claim for claims in names.claims.values() for claim in claims]
    common = {claim.key for claim in claims if claim.reason != "lead" and is_common_name(claim.name)}
    about_names = _AboutNames(NameMatcher((claim.key for claim in claims), common), reader)
    for _, chunks in _by_document(passages()):
        names.document_counts.update({match.key for chunk, _ in chunks for match in about_names.find(chunk)})
    directory = build_directory(names, fuzzy_threshold=fuzzy_threshold)
    if links:
        follow(links, directory)
    finder = _MentionFinder(reader, about_names, NameMatcher(directory.entity_of, common))
    facts = FactCollector()
    mentions: list[EntityMention] = []
    for document, chunks in _by_document(passages()):
        meanings = Meanings(directory, document, _short_forms(chunks, directory, document))
        for chunk, extraction in chunks:
            mentions.extend(finder.find(chunk, extraction, meanings))
            facts.add(chunk, extraction, meanings)
    fact_list = facts.facts()
    stated = {fact.subject for fact in fact_list} | {fact.object for fact in fact_list if fact.object is not None}
    entities = _entities(names, directory, mentions, stated, facts.descriptions())
    known = {entity.id for entity in entities}
    return Resolution(
        entities=entities,
        mentions=tuple(mentions),
        abouts=tuple(about for about in directory.abouts if about.entity_id in known),
        facts=tuple(fact_list),
        merges=tuple(sorted(directory.merges, key=lambda m: (m.entity_id, m.name, m.method))),
    )


def _collect_names(passages: Iterable[tuple[Chunk, Extraction]], reader: PassageReader) -> Names:
    """Collect the names that documents go by and the names that mentions give."""
    names = Names()
    for chunk, extraction in passages:
        if chunk.position == 0:
            names.add_claims(chunk.document_id, reader.claims(chunk))
        for mention in extraction.mentions:
            key = key_of_mention(mention.text, mention.label)
            if key:
                names.add_mention(key, mention.text, mention.label)
    return names


def _first_sentence(chunk: Chunk) -> str:
    """Return the first sentence of a chunk that is not a heading, empty where there is none."""
    offset = chunk.span.start
    for span in chunk.sentences:
        text = chunk.text[span.start - offset : span.end - offset]
        if text.strip() != chunk.title and not text.lstrip().startswith("#"):
            return text
    return ""


def _by_document(
    passages: Iterable[tuple[Chunk, Extraction]],
) -> Iterable[tuple[DocumentId, list[tuple[Chunk, Extraction]]]]:
    """Group consecutive passages of one document."""
    group: list[tuple[Chunk, Extraction]] = []
    for chunk, extraction in passages:
        if group and group[0][0].document_id != chunk.document_id:
            yield group[0][0].document_id, group
            group = []
        group.append((chunk, extraction))
    if group:
        yield group[0][0].document_id, group


def _short_forms(chunks: list[tuple[Chunk, Extraction]], directory: Directory, document: DocumentId) -> dict[str, str]:
    """Return what a bare surname or first name means inside one document.

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
    anchor = directory.anchors.get(document)
    if anchor:
        full |= directory.own_names[document]
    short: dict[str, str] = {}
    for word in sorted(single):
        targets = {directory.resolve(key, document) for key in full if word in (key.split()[0], key.split()[-1])}
        targets.discard(None)
        if len(targets) == 1 and (target := targets.pop()) is not None and (word, target) not in directory.apart:
            short[word] = target
    return short


class _AboutNames:
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


class _MentionFinder:
    """Finds every mention of every entity in a chunk, by the extractor and by the dictionary of names."""

    def __init__(self, reader: PassageReader, about_names: _AboutNames, all_names: NameMatcher) -> None:
        self._reader = reader
        self._about_names = about_names
        self._all_names = all_names

    def find(self, chunk: Chunk, extraction: Extraction, meanings: Meanings) -> list[EntityMention]:
        """Return the mentions of a chunk in order; names that documents go by are looked for on their own first.

        A recogniser's name would otherwise hide the title inside it or around it, and titles are what links.
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
            # "March" inside a date and "George" inside a longer name of a person are not the film or the king.
            if (start, end) not in dated and (" " in key or not _inside_longer(start, end, persons)):
                add(start, end, key, "title")
        for mention in extraction.mentions:
            key = key_of_mention(mention.text, mention.label)
            if key:
                add(mention.span.start, mention.span.end, key, "ner")
        covered = _Cover([*((start, end) for start, end, _ in found), *((span.start, span.end) for span in values)])
        for key, start, end in self._all_names.find(self._reader.words(chunk)):
            if (start, end) not in covered:
                add(start, end, key, "name")
        offset, said = chunk.span.start, chunk.text
        return [
            EntityMention(
                entity_id(canonical),
                chunk.id,
                chunk.document_id,
                Span(offset + start, offset + end),
                said[start:end],
                source,
            )
            for (start, end, canonical), source in sorted(found.items())
        ]


class _Cover:
    """Places of a text, to ask whether another place lies inside one of them."""

    def __init__(self, places: list[tuple[int, int]]) -> None:
        places.sort()
        self._starts = [start for start, _ in places]
        self._reach = list(accumulate([end for _, end in places], max))  # the furthest end up to each start

    def __contains__(self, place: tuple[int, int]) -> bool:
        before = bisect_right(self._starts, place[0])
        return before > 0 and self._reach[before - 1] >= place[1]


def _inside_longer(start: int, end: int, others: list[Span]) -> bool:
    """Tell whether a place lies inside one of ``others`` that is longer than it."""
    return any(o.start <= start and end <= o.end and (o.start, o.end) != (start, end) for o in others)


def _entities(
    names: Names,
    directory: Directory,
    mentions: list[EntityMention],
    stated: set[EntityId],
    descriptions: dict[str, str],
) -> tuple[Entity, ...]:
    """Make one entity of each canonical key that is mentioned, in a fact, or that a document is about."""
    counts = Counter(mention.entity_id for mention in mentions)
    keys_of: dict[str, list[str]] = defaultdict(list)
    for key in sorted(directory.entity_of):
        keys_of[directory.entity_of[key]].append(key)
    needed = {about.entity_id for about in directory.abouts} | stated | counts.keys()
    entities = []
    for canonical, keys in keys_of.items():
        identity = entity_id(canonical)
        if identity not in needed:
            continue
        forms = {key: names.written_form(key) for key in keys}
        renamed = directory.renamed.get(canonical)
        entities.append(
            Entity(
                id=identity,
                name=renamed or forms[canonical],
                label=top_label(names.labels_of(keys)),
                aliases=tuple(form for key, form in forms.items() if key != canonical or renamed),
                description=descriptions.get(canonical, ""),
                mention_count=counts[identity],
            )
        )
    return tuple(sorted(entities, key=lambda entity: entity.id))
