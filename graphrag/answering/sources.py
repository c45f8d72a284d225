"""The evidence of one question, ordered for reading: documents, their sentences, facts by entity, things by name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from graphrag.text import name_key, strip_disambiguation
from graphrag.types import Chunk, DocumentId, Entity, EntityId, Evidence, Fact, Quote, Span

__all__ = ["Sentence", "Source", "Sources", "Thing", "key_of"]

_LEAD_END = re.compile(r"\s*(?:\(|\b(?:is|was|are|were)\b)")
_HONORIFIC = re.compile(
    r"^(?:(?:his|her|hm|hrh|the|sir|dr|king|queen|prince|princess|emperor|empress|sultan|pharaoh|lady|lord"
    r"|general|president|saint|st|pope|cuban|captain"
    r"|colonel|major|admiral|count|countess|duke|duchess|baron|baroness|archduke|archduchess|grand|professor"
    r"|prof|mr|mrs|director|senator)\s+)+"
)


@lru_cache(maxsize=50_000)
def key_of(text: str) -> str:
    """Return :func:`graphrag.text.name_key`, remembered: the same sentences and names are asked for again and again."""
    return name_key(text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage."""

    chunk: Chunk
    span: Span  # in the document
    text: str
    number: int  # among the document's sentences that were found

    def quote(self) -> Quote:
        """Return the sentence as a checkable quote."""
        return Quote(self.chunk.document_id, self.chunk.id, self.span, self.text)


@dataclass(frozen=True, slots=True)
class Source:
    """A document as far as it was found: its passages, best first, and their sentences in reading order."""

    document_id: DocumentId
    title: str
    rank: int
    text: str  # of the earliest passage found
    sentences: tuple[Sentence, ...]
    keys: Mapping[str, float]  # the names it is about, and how surely
    name: str  # of what it is about: the title without its brackets, else the name it opens with
    opening: bool  # whether the document's first passage is among those found

    @property
    def lead(self) -> str:
        """The first sentence."""
        return self.sentences[0].text if self.sentences else ""


@dataclass(frozen=True, slots=True)
class Thing:
    """A known thing: its name, its entities, and the documents about it with their weights."""

    name: str
    ids: tuple[EntityId, ...]
    sources: tuple[tuple[Source, float], ...]


@dataclass(slots=True)
class Sources:
    """All that the reader may read for one question."""

    evidence: Sequence[Evidence]
    facts: Sequence[Fact]
    entities: Mapping[EntityId, Entity]
    about: Mapping[EntityId, Sequence[DocumentId]]
    documents: tuple[Source, ...] = ()
    by_subject: dict[EntityId, list[Fact]] = field(default_factory=dict)
    by_object: dict[EntityId, list[Fact]] = field(default_factory=dict)
    ids_of: dict[str, list[EntityId]] = field(default_factory=dict)
    _words: dict[DocumentId, str] = field(default_factory=dict)
    _things: dict[tuple[str, tuple[EntityId, ...]], Thing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Group passages by document and facts by entity."""
        grouped: dict[DocumentId, list[Chunk]] = {}
        for item in self.evidence:
            grouped.setdefault(item.chunk.document_id, []).append(item.chunk)
        self.documents = tuple(_source(rank, chunks) for rank, chunks in enumerate(grouped.values()))
        for fact in sorted(self.facts, key=lambda f: (-f.confidence, f.id)):
            self.by_subject.setdefault(fact.subject, []).append(fact)
            if fact.object is not None:
                self.by_object.setdefault(fact.object, []).append(fact)
            for entity_id in (fact.subject, fact.object):
                if entity_id is not None:
                    self._remember(entity_id)

    def _remember(self, entity_id: EntityId) -> None:
        """File an entity under its names."""
        entity = self.entities.get(entity_id)
        if entity is None:
            return
        for name in (entity.name, *entity.aliases):
            known = self.ids_of.setdefault(key_of(name), [])
            if entity_id not in known:
                known.append(entity_id)

    def thing(self, name: str, ids: Iterable[EntityId] = ()) -> Thing:
        """Return what is known under a name: entities and the documents about them, the surest first."""
        given = tuple(dict.fromkeys(ids))
        memo = (name, given)
        if memo not in self._things:
            self._things[memo] = self._thing(name, given)
        return self._things[memo]

    def _thing(self, name: str, given: tuple[EntityId, ...]) -> Thing:
        """Find the entities and documents of a name."""
        key, short = key_of(name), key_of(strip_disambiguation(name))
        bare = _HONORIFIC.sub("", short) or short
        ids = tuple(
            dict.fromkeys((*given, *self.ids_of.get(key, ()), *self.ids_of.get(short, ()), *self.ids_of.get(bare, ())))
        )
        told = {document for entity_id in ids for document in self.about.get(entity_id, ())}
        weighed: list[tuple[float, int, Source]] = []
        for source in self.documents:
            weight = max(source.keys.get(key, 0.0), 0.97 * source.keys.get(short, 0.0), _alike(short, source))
            if bare != short:
                weight = max(weight, 0.85 * source.keys.get(bare, 0.0), 0.85 * _alike(bare, source))
            if source.document_id in told:
                weight = max(weight, 0.9)
            if weight > 0.0:
                weighed.append((weight, source.rank, source))
        weighed.sort(key=lambda item: (-item[0], item[1]))
        return Thing(name, ids, tuple((source, weight) for weight, _, source in weighed[:4]))

    def naming(self, name: str) -> list[Sentence]:
        """Return the sentences that name a thing."""
        key = f" {key_of(strip_disambiguation(name))} "
        if len(key) < 6:
            return []
        return [
            sentence
            for source in self.documents
            if key in self._padded(source)
            for sentence in source.sentences
            if key in f" {key_of(sentence.text)} "
        ]

    def _padded(self, source: Source) -> str:
        """Return the folded words of a source between spaces, to look names up in."""
        if source.document_id not in self._words:
            text = " ".join(key_of(sentence.text) for sentence in source.sentences)
            self._words[source.document_id] = f" {text} "
        return self._words[source.document_id]


def _source(rank: int, chunks: list[Chunk]) -> Source:
    """Put the passages of one document together."""
    ordered = sorted(chunks, key=lambda chunk: chunk.position)
    sentences: list[Sentence] = []
    for chunk in ordered:
        for span in chunk.sentences:
            text = chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]
            sentences.append(Sentence(chunk, span, text, len(sentences)))
    first = ordered[0]
    opening = first.position == 0
    leads = _lead_names(first.text[:300]) if opening else []
    keys = {key_of(name): 0.8 for name in leads}
    if first.title:
        keys[key_of(strip_disambiguation(first.title))] = 0.95
        keys[key_of(first.title)] = 1.0
    keys.pop("", None)
    name = strip_disambiguation(first.title) or (leads[0] if leads else "")
    return Source(first.document_id, first.title, rank, first.text, tuple(sentences), keys, name, opening)


def _lead_names(text: str) -> list[str]:
    """Return the names with which a text opens: before "(" or "is", and those it is also known by."""
    found: list[str] = []
    end = _LEAD_END.search(text)
    if end is not None and 1 < end.start() < 120:
        found.append(text[: end.start()].strip(" ,\"'“”"))
        if "," in found[0]:
            found.append(found[0].split(",")[0])
    for match in re.finditer(
        r"(?:also (?:known|called|spelled)(?: as)?|known as|or simply|born(?: as)?)\s+([A-Z][^,;.()]{1,50})", text
    ):
        found += [match.group(1).strip(" \"'“”")]
    return found


def _alike(key: str, source: Source) -> float:
    """Weigh a name that is like a source's name but not the same."""
    return max((weight * _likeness(key.split(), other.split()) for other, weight in source.keys.items()), default=0.0)


def _likeness(mine: list[str], theirs: list[str]) -> float:
    """Compare the words of two names: one within the other, most words shared, initials and short forms.

    Returns
    -------
    float
        0 where they cannot name the same thing.
    """
    shared = set(mine) & set(theirs)
    if not shared or _numbers(mine) ^ _numbers(theirs):
        return 0.0
    shorter, longer = (mine, theirs) if len(mine) <= len(theirs) else (theirs, mine)
    same_last = _last(mine) == _last(theirs)
    if set(shorter) <= set(longer):
        if len(shorter) >= 2:
            return (0.65 if same_last else 0.5) + 0.3 * len(shorter) / len(longer)
        alone = longer[0] == shorter[0] and len(shorter[0]) > 3
        return 0.6 * (0.5 + 0.3 / len(longer)) if alone else 0.0
    if same_last and len(shorter) >= 2 and all(_short_for(word, longer) for word in shorter):
        return 0.7  # "J. Lee Thompson" and "John Lee Thompson"
    if len(shared) >= 2 and len(shared) / len({*mine, *theirs}) >= 0.6:
        return 0.55
    if len(mine) == 2 and same_last and mine[0][:3] == theirs[0][:3] and len(mine[0]) > 2:
        return 0.5  # "Lou Breslow" and "Louis Breslow"
    return 0.0


def _last(words_of_name: list[str]) -> str:
    """Return the last word of a name, "Jr." aside."""
    return next((word for word in reversed(words_of_name) if word not in ("jr", "sr", "junior", "senior")), "")


def _short_for(word: str, others: list[str]) -> bool:
    """Tell whether a word of a name is among others, or an initial of one of them."""
    return word in others or (len(word) == 1 and any(other.startswith(word) for other in others))


def _numbers(tokens: list[str]) -> set[str]:
    """Return the numbers among words: things that differ in them are never the same."""
    return {t for t in tokens if t.isdigit() or re.fullmatch(r"[ivx]+", t) or re.fullmatch(r"\d+(?:st|nd|rd|th)", t)}
