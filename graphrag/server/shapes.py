"""The bodies of requests and responses, as OpenAPI describes them.

Responses are written by :mod:`graphrag.jsonable` and the modules beside this one; the models here describe them, and a
test holds the two together.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

__all__ = [
    "Answered", "AskRequest", "Communities", "CommunityCard", "CypherRequest", "CypherTable", "DocumentList",
    "DocumentText", "DocumentsRequest", "Entities", "EntityCard", "ExplainRequest", "Graph", "Health", "JobAccepted",
    "JobState", "ProblemBody", "SearchRequest", "Searched", "Turn",
]  # fmt: skip


def _told_in_json(value: Any) -> Any:
    """Refuse halves of characters and numbers that are none, which Python reads from JSON and JSON cannot say."""
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text


def _whole(value: Any) -> Any:
    """Return 5 for 5.0, which JSON does not tell apart; "5" stays what it is, and is refused."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Question = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(_not_blank)]
Identity = Annotated[str, Field(min_length=1, max_length=1000)]
Mode = Literal["auto", "lexical", "basic", "hybrid", "ppr", "links", "local", "global", "drift"]
Scalar = str | int | float | bool | None

_EXAMPLE = "What is the place of birth of the director of film Under The Cards?"


class _Request(BaseModel):
    """A body of a request: an unknown field is most likely a misspelt one, and nothing is taken for another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SearchRequest(_Request):
    """A search."""

    question: Question = Field(examples=[_EXAMPLE])
    k: Whole | None = Field(None, ge=1, le=200, description="Number of passages.")
    mode: Mode | None = None
    filters: dict[str, str] | None = Field(
        None, max_length=20, description="Field of a document's metadata, or title, source or id, to its value.",
        examples=[{"source": "corpus.json"}],
    )  # fmt: skip
    level: Whole | None = Field(None, ge=0, le=100, description="Level of communities, 0 the coarsest.")


class Turn(BaseModel):
    """A message of the talk before."""

    role: Literal["user", "assistant", "system"]
    content: Annotated[str, Field(max_length=20_000)]


class AskRequest(SearchRequest):
    """A question to answer."""

    history: list[Turn] = Field([], max_length=50, description="The talk before, first to last.")
    style: Literal["short", "long"] = "short"
    stream: bool = Field(False, description="Send server-sent events: plan, evidence, answer, citations, done.")


class ExplainRequest(SearchRequest):
    """A ranking to explain."""

    why_not: Identity | None = Field(None, description="A document that was expected.")


class NewDocument(_Request):
    """A document to add, or to put in the place of the one of its id."""

    id: Identity | None = Field(None, description="By default a digest of title and text.")
    title: Annotated[str, Field(max_length=1000)] = ""
    text: Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]
    metadata: dict[str, Scalar] = Field({}, max_length=100)
    groups: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        None, max_length=100, description="Who may see it; everybody where none is named."
    )


class DocumentsRequest(_Request):
    """Documents to add."""

    documents: list[NewDocument] = Field(
        min_length=1, max_length=1000,
        examples=[[{"id": "ada", "title": "Ada Lovelace", "text": "Ada Lovelace was born in London."}]],
    )  # fmt: skip


class CypherRequest(_Request):
    """A statement that reads."""

    statement: Annotated[str, Field(min_length=1, max_length=20_000)] = Field(
        examples=["MATCH (e:Entity) RETURN e.name ORDER BY e.mention_count DESC LIMIT 5"]
    )
    parameters: Annotated[dict[str, Any], Field(max_length=100), AfterValidator(_told_in_json)] = {}
    limit: Whole = Field(200, ge=1, le=10_000)


class ProblemBody(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    error: dict[str, str] = Field(description="The same as OpenAI's clients read it.")


class QuoteBody(BaseModel):
    """A quote: characters ``start`` to ``end`` of the document are exactly ``quote``."""

    document_id: str
    chunk_id: str
    start: int
    end: int
    quote: str
    page: int | None = Field(None, description="Of a document with pages, such as a pdf; else it is not there.")


class StepBody(BaseModel):
    """A step of a path."""

    entity_id: str
    name: str
    document_id: str | None
    predicate: str
    quote: QuoteBody | None


class EvidenceBody(BaseModel):
    """A passage with why it was found."""

    document_id: str
    chunk_id: str
    score: float
    title: str
    heading: str
    position: int
    start: int
    end: int
    text: str
    sentences: list[tuple[int, int]]
    found_by: dict[str, float]
    path: list[StepBody]
    quotes: list[QuoteBody]


class Searched(BaseModel):
    """Passages, best first."""

    question: str
    plan: dict[str, Any]
    passages: list[EvidenceBody]
    timings: dict[str, float]


_BORN = "Ada Lovelace was born in London."
_ANSWER: dict[str, Any] = {
    "question": "Where was Ada Lovelace born?",
    "answer": "London",
    "found": True,
    "confidence": 0.92,
    "citations": [{"document_id": "ada", "chunk_id": "chunk-1f", "start": 0, "end": len(_BORN), "quote": _BORN}],
    "path": [],
    "evidence": [],
    "plan": {"question": "Where was Ada Lovelace born?", "kind": "plain", "seeds": [], "residual": "Where was born?"},
    "timings": {"embed": 8.1, "plan": 0.9, "retrieve": 6.2, "read": 1.1, "answer": 2.0},
}


class Answered(BaseModel):
    """An answer with its citations."""

    model_config = ConfigDict(json_schema_extra={"example": _ANSWER})

    question: str
    answer: str
    found: bool
    confidence: float
    citations: list[QuoteBody]
    path: list[StepBody]
    evidence: list[EvidenceBody]
    plan: dict[str, Any]
    timings: dict[str, float]
    notes: list[str] = Field([], description="What sources disagree about, and what was left out of an LLM's words.")
    usage: dict[str, int] = Field({}, description="Requests and tokens of an LLM; nothing without one.")


class DocumentLine(BaseModel):
    """A document in a list."""

    id: str
    title: str
    source: str
    metadata: dict[str, Scalar]


class DocumentList(BaseModel):
    """A page of documents."""

    documents: list[DocumentLine]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class ChunkPlace(BaseModel):
    """Where a passage stands in its document."""

    id: str
    start: int
    end: int


class Highlight(BaseModel):
    """A span that was asked for, with its text."""

    start: int
    end: int
    text: str


class DocumentText(DocumentLine):
    """A whole document."""

    text: str
    chunks: list[ChunkPlace]
    highlights: list[Highlight]


class JobAccepted(BaseModel):
    """A change that was begun."""

    job: str


class JobState(BaseModel):
    """How far a change is."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    stage: str
    done: int
    total: int | None
    detail: str


class EntityLine(BaseModel):
    """An entity in a list."""

    id: str
    name: str
    label: str
    mentions: int


class Entities(BaseModel):
    """A page of entities."""

    entities: list[EntityLine]
    next: str | None


class Named(BaseModel):
    """An entity by id and name."""

    id: str
    name: str


class FactBody(BaseModel):
    """A fact with the sentences that say it."""

    id: str
    subject: Named
    predicate: str
    object: Named | None
    value: str
    when: str
    confidence: float
    evidence: list[QuoteBody]


class CommunityName(BaseModel):
    """A community of an entity."""

    id: str
    title: str
    level: int


class Titled(BaseModel):
    """A thing by id and title."""

    id: str
    title: str


class EntityCard(EntityLine):
    """All that is known of an entity."""

    aliases: list[str]
    description: str
    facts: list[FactBody]
    communities: list[CommunityName]
    documents: list[Titled]


class Node(EntityLine):
    """An entity in a drawing; x and y are between 0 and 1."""

    x: float
    y: float


class EdgeBody(BaseModel):
    """A fact in a drawing, with the sentence that says it."""

    id: str
    source: str
    target: str
    predicate: str
    when: str
    quote: QuoteBody


class Graph(BaseModel):
    """A part of the graph, drawn."""

    nodes: list[Node]
    edges: list[EdgeBody]
    truncated: bool


class CommunityLine(BaseModel):
    """A community in a list."""

    id: str
    level: int
    parent: str | None
    title: str
    size: int
    rank: float


class Communities(BaseModel):
    """A page of communities."""

    communities: list[CommunityLine]
    next: str | None


class FindingBody(BaseModel):
    """A statement of a report with what it rests on."""

    text: str
    quotes: list[QuoteBody]


class CommunityCard(BaseModel):
    """A community with its report."""

    id: str
    level: int
    parent: str | None
    children: list[Titled]
    title: str
    summary: str
    findings: list[FindingBody]
    key_entities: list[Named]
    documents: list[str]
    rank: float
    when: list[str] = Field(description="The first and the last year that is said, empty where none is.")


class CypherTable(BaseModel):
    """What a statement returned."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool


class Health(BaseModel):
    """Whether the server is there."""

    status: str
