"""Every noun of the program and its stable id.

All values are frozen; what an extraction consists of are tuples, which are made fastest.  Two conventions hold
everywhere:

* A :class:`Span` counts Unicode code points, end exclusive.  Inside an :class:`Extraction` it counts from the start
  of the chunk's text, because extractions are cached by content; everywhere else it counts from the start of the
  document's text, so that ``document.text[span.start:span.end] == quote``.
* An id is a digest of the natural key of the thing it names (:func:`stable_id`), so two builds agree on it.  A
  ``digest`` field detects change instead.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, NewType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]

__all__ = [
    "About",
    "Answer",
    "Chunk",
    "ChunkId",
    "Community",
    "CommunityId",
    "CommunityReport",
    "Document",
    "DocumentId",
    "Entity",
    "EntityId",
    "EntityMention",
    "Event",
    "Evidence",
    "Extraction",
    "Fact",
    "FactId",
    "Finding",
    "Mention",
    "Merge",
    "ParsedSentence",
    "PassageVectors",
    "Plan",
    "Quote",
    "Resolution",
    "Scalar",
    "SearchResult",
    "Seed",
    "Span",
    "Step",
    "Term",
    "Triple",
    "content_digest",
    "stable_id",
]

DocumentId = NewType("DocumentId", str)
ChunkId = NewType("ChunkId", str)
EntityId = NewType("EntityId", str)
FactId = NewType("FactId", str)
CommunityId = NewType("CommunityId", str)

Scalar = str | int | float | bool | None


def _hash(parts: tuple[str, ...], size: int) -> str:
    """Hash length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ."""
    whole = bytearray()  # grows in place: a community has thousands of parts
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole += len(data).to_bytes(8, "little") + data
    return hashlib.blake2b(whole, digest_size=size).hexdigest()


def stable_id(kind: str, *parts: str) -> str:
    """Return the id of the thing of ``kind`` whose natural key is ``parts``, e.g. ``entity-9f0c…``."""
    return f"{kind}-{_hash((kind, *parts), 10)}"


def content_digest(*parts: str) -> str:
    """Return a digest that changes when any of ``parts`` changes."""
    return _hash(parts, 16)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int

    def shift(self, offset: int) -> "Span":
        """Return the span moved by ``offset`` code points."""
        return Span(self.start + offset, self.end + offset)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with an id, as a source gave it."""

    id: DocumentId
    title: str
    text: str
    source: str = ""
    metadata: Mapping[str, Scalar] = field(default_factory=dict)
    # Spans of lines that are headings, as far as a format marks them, outermost first is not implied: (level, span).
    headings: tuple[tuple[int, Span], ...] = ()

    @property
    def digest(self) -> str:
        """Digest of all that a build reads of the document."""
        meta = [f"{key}={value!r}" for key, value in sorted(self.metadata.items())]
        heads = [f"{level}:{span.start}:{span.end}" for level, span in self.headings]
        return content_digest(self.id, self.title, self.text, self.source, "\n".join(meta), ",".join(heads))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one document: the unit that is retrieved."""

    id: ChunkId
    document_id: DocumentId
    position: int
    span: Span
    text: str  # document.text[span.start:span.end]
    title: str  # the document's title
    heading: str  # headings above the chunk, joined by " > "; empty where there are none
    sentences: tuple[Span, ...]  # document offsets, in order, inside ``span``

    @property
    def digest(self) -> str:
        """Digest of all that extraction and embedding read of the chunk: equal digests share their results."""
        sentences = ",".join(f"{s.start - self.span.start}:{s.end - self.span.start}" for s in self.sentences)
        return content_digest(self.title, self.heading, self.text, sentences)


class Mention(NamedTuple):
    """A name or value said at a place of a text."""

    span: Span
    text: str
    label: str  # spaCy's label (PERSON, DATE, …), or "NAME" where only capitals tell


class Term(NamedTuple):
    """A side of a triple: where it is said, and the name that is meant ("He" may mean the document's subject)."""

    span: Span
    text: str


class Triple(NamedTuple):
    """A statement read from one sentence."""

    subject: Term
    predicate: str  # lower-case lemma phrase: "direct by", "bear in", "be"
    object: Term
    sentence: Span
    when: str  # a date said in the sentence, as written; empty where there is none
    confidence: float


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one chunk says; the unit that is cached by the chunk's digest.  Spans count from the chunk's start."""

    mentions: tuple[Mention, ...]
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of a document, checkable: ``document.text[span.start:span.end] == text``."""

    document_id: DocumentId
    chunk_id: ChunkId
    span: Span
    text: str
    page: int | None = field(default=None, compare=False)  # of its document, for people; None where that has no pages


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that documents name, with all the names found for it."""

    id: EntityId
    name: str
    label: str
    aliases: tuple[str, ...]
    description: str
    mention_count: int


@dataclass(frozen=True, slots=True)
class EntityMention:
    """A place where an entity is named."""

    entity_id: EntityId
    chunk_id: ChunkId
    document_id: DocumentId
    span: Span
    text: str
    source: str  # "ner", "title" or "name": what found it


@dataclass(frozen=True, slots=True)
class About:
    """A document is about an entity: it carries its name as title or in its first words."""

    entity_id: EntityId
    document_id: DocumentId
    weight: float  # 1.0 title, .9 title without its disambiguation, .7 lead name
    reason: str  # "title", "short title" or "lead"


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement between entities, or of an entity and a value, with everything that supports it."""

    id: FactId
    subject: EntityId
    predicate: str
    object: EntityId | None  # None where the object is a plain value
    value: str  # the object as written
    when: str
    confidence: float
    evidence: tuple[Quote, ...]  # the sentences that say it


@dataclass(frozen=True, slots=True)
class Merge:
    """Two names were taken for one entity: which, how, and how sure; enough to explain and to undo it."""

    entity_id: EntityId
    name: str
    into: str
    method: str  # "key", "alias", "fuzzy" or "user"
    score: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result of resolving all extractions of a corpus, each list in canonical order."""

    entities: tuple[Entity, ...]
    mentions: tuple[EntityMention, ...]
    abouts: tuple[About, ...]
    facts: tuple[Fact, ...]
    merges: tuple[Merge, ...]


@dataclass(frozen=True, slots=True)
class Community:
    """A set of entities that are closer to each other than to the rest."""

    id: CommunityId
    level: int  # 0 is the coarsest
    parent: CommunityId | None
    members: tuple[EntityId, ...]

    @property
    def digest(self) -> str:
        """Digest of the members."""
        return content_digest(*self.members)


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of a report with what it rests on."""

    text: str
    quotes: tuple[Quote, ...]
    facts: tuple[FactId, ...]


@dataclass(frozen=True, slots=True)
class CommunityReport:
    """What a community is about, said in sentences of its sources."""

    community_id: CommunityId
    title: str
    summary: str
    findings: tuple[Finding, ...]
    key_entities: tuple[EntityId, ...]
    documents: tuple[DocumentId, ...]
    when: tuple[str, str]  # first and last year said, empty where none
    rank: float  # importance, 0 to 1
    digest: str
    made_by: str


@dataclass(frozen=True, slots=True)
class ParsedSentence:
    """A sentence with its grammar: parallel tuples over its tokens."""

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]  # code points of ``text``
    heads: tuple[int, ...]  # token numbers; the root is its own head
    relations: tuple[str, ...]  # to the head, as spaCy's English pipelines name them ("nsubj")
    tags: tuple[str, ...]  # of the Penn Treebank ("NNP")
    names: tuple[tuple[int, int, str], ...]  # first token, one past the last, spaCy's label ("PERSON")

    def slice(self, start: int, end: int) -> str:
        """Return the tokens ``start`` to ``end`` (exclusive) as written."""
        return self.text[self.starts[start] : self.starts[end - 1] + len(self.words[end - 1])]


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The vectors of one chunk, float32 and of unit length: ``passage`` (dim,) and ``sentences`` (n_sentences, dim)."""

    passage: "FloatArray"
    sentences: "FloatArray"


@dataclass(frozen=True, slots=True)
class Seed:
    """An entity that the question names, and the words of the question that name it."""

    entity_id: EntityId
    name: str
    span: Span  # in the question


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question will be searched: what it names, what remains of it, and what kind of question it is."""

    question: str
    kind: str  # "plain", "comparison" or "multi-hop"
    seeds: tuple[Seed, ...]
    residual: str  # the question without the names it contains
    sub_questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: an entity, and the sentence that leads from the step before to it."""

    entity_id: EntityId
    name: str
    document_id: DocumentId | None  # the document about the entity, if any
    predicate: str  # empty where the two are linked only by being named in one place
    quote: Quote | None  # None for the first step, which the question itself names


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that was found: its score, which retrievers found it, and the path that led to it."""

    chunk: Chunk
    score: float
    found_by: Mapping[str, float]  # retriever or feature name -> its score for this passage
    path: tuple[Step, ...] = ()
    quotes: tuple[Quote, ...] = ()  # the sentences that match best


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages found for a question, best first."""

    plan: Plan
    passages: tuple[Evidence, ...]
    timings: Mapping[str, float]  # stage -> milliseconds


@dataclass(frozen=True, slots=True)
class Answer:
    """A short answer and all that supports it.  ``text`` is empty where the documents do not hold the answer."""

    question: str
    text: str
    citations: tuple[Quote, ...]
    confidence: float  # 0 to 1
    path: tuple[Step, ...]
    evidence: tuple[Evidence, ...]
    plan: Plan
    timings: Mapping[str, float]
    notes: tuple[str, ...] = ()  # what sources disagree about, and what an LLM left out, in sentences for people
    usage: Mapping[str, int] = field(default_factory=dict)  # requests and tokens of an LLM; empty without one

    @property
    def found(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class Event:
    """A step of an answer that is being made, in the order plan, evidence, delta (any number), citations, done."""

    kind: str
    value: Any  # Plan, tuple of Evidence, str (a piece of the text), tuple of Quote, Answer
