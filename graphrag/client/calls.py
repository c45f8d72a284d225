"""What a client sends and how it reads the response: one function a call, shared by both clients."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from graphrag.client.errors import BadRequest
from graphrag.client.results import answer_from, search_from
from graphrag.client.values import (
    CommunityCard,
    CommunityLine,
    DocumentLine,
    EntityCard,
    EntityLine,
    GraphPart,
    Job,
    Table,
    community_card_from,
    document_from,
    entity_card_from,
    graph_from,
    table_from,
)
from graphrag.types import Answer, Document, SearchResult

__all__ = ["Call", "Line", "Listing"]

Result = TypeVar("Result")
Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """A request, and how its response is read."""

    method: str
    path: str
    read: Callable[[Any], Result]
    body: bytes | None = None  # JSON
    query: tuple[tuple[str, str], ...] = ()
    safe: bool = True  # whether sending it twice does no harm


@dataclass(frozen=True, slots=True)
class Listing(Generic[Line]):
    """A list that comes in pages."""

    path: str
    name: str  # of the list in a page
    read: Callable[[Any], Line]
    query: Mapping[str, Any] = field(default_factory=dict)

    def page(self, cursor: str) -> Call[tuple[list[Line], str | None]]:
        """Return the call for the page at a cursor."""

        def read(value: Any) -> tuple[list[Line], str | None]:
            return [self.read(line) for line in value[self.name]], value["next"]

        return Call("GET", self.path, read, query=_query({**self.query, "cursor": cursor, "limit": 200}))


def search(question: str, **options: Any) -> Call[SearchResult]:
    """Search."""
    return Call("POST", "/v1/search", search_from, _body(question=question, **options))


def ask(question: str, history: Iterable[tuple[str, str]], **options: Any) -> Call[Answer]:
    """Ask; ``stream=True`` is the same request, whose response is read otherwise."""
    return Call("POST", "/v1/ask", answer_from, _body(question=question, history=_messages(history), **options))


def explain(question: str, **options: Any) -> Call[dict[str, Any]]:
    """Explain a ranking."""
    return Call("POST", "/v1/explain", dict, _body(question=question, **options))


def document(identity: str) -> Call[Document]:
    """Return a document."""
    return Call("GET", f"/v1/documents/{_part(identity)}", document_from)


def documents(text: str) -> Listing[DocumentLine]:
    """List documents."""
    return Listing("/v1/documents", "documents", _fields(DocumentLine), {"q": text})


def add_documents(new: Iterable[Document]) -> Call[str]:
    """Add documents; the result is the job's id."""
    body = {
        "documents": [
            {"id": one.id, "title": one.title, "text": one.text, "metadata": dict(one.metadata)} for one in new
        ]
    }
    return Call("POST", "/v1/documents", lambda value: str(value["job"]), _body(**body), safe=False)


def delete_document(identity: str) -> Call[str]:
    """Remove a document; the result is the job's id."""
    return Call("DELETE", f"/v1/documents/{_part(identity)}", lambda value: str(value["job"]), safe=False)


def job(identity: str) -> Call[Job]:
    """Return how far a job is."""
    return Call("GET", f"/v1/jobs/{_part(identity)}", _fields(Job))


def entities(text: str) -> Listing[EntityLine]:
    """List entities."""
    return Listing("/v1/entities", "entities", _fields(EntityLine), {"q": text})


def entity(identity: str) -> Call[EntityCard]:
    """Return the card of an entity."""
    return Call("GET", f"/v1/entities/{_part(identity)}", entity_card_from)


def graph(entities: Sequence[str], hops: int, limit: int) -> Call[GraphPart]:
    """Return the neighbourhood of entities."""
    query = (*(("entity", one) for one in entities), ("hops", str(hops)), ("limit", str(limit)))
    return Call("GET", "/v1/graph", graph_from, query=query)


def path(source: str, target: str) -> Call[GraphPart]:
    """Return the shortest path between two entities."""
    return Call("GET", "/v1/graph", graph_from, query=(("source", source), ("target", target)))


def communities(level: int | None) -> Listing[CommunityLine]:
    """List communities."""
    return Listing("/v1/communities", "communities", _fields(CommunityLine), {"level": level})


def community(identity: str) -> Call[CommunityCard]:
    """Return the card of a community."""
    return Call("GET", f"/v1/communities/{_part(identity)}", community_card_from)


def cypher(statement: str, parameters: Mapping[str, Any], limit: int) -> Call[Table]:
    """Run a reading statement."""
    body = {"statement": statement, "parameters": dict(parameters), "limit": limit}
    return Call("POST", "/v1/cypher", table_from, _body(**body))


def health() -> Call[str]:
    """Ask whether the server is there."""
    return Call("GET", "/healthz", lambda value: str(value["status"]))


def _body(**given: Any) -> bytes:
    """Return a body of the fields that are given; the server decides the others.

    Raises
    ------
    BadRequest
        A value is none that JSON can hold.
    """
    try:
        fields = {name: value for name, value in given.items() if value is not None}
        return json.dumps(fields, allow_nan=False, default=_plain).encode()
    except (TypeError, ValueError) as error:
        raise BadRequest(
            f"The request cannot be written as JSON ({error}): give texts, numbers, lists and mappings."
        ) from error


def _plain(value: Any) -> Any:
    """Return a mapping of another kind as one that JSON knows."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value is of the type {type(value).__name__}")


def _query(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a query that are given."""
    return tuple((name, str(value)) for name, value in given.items() if value not in (None, ""))


def _fields(kind: type[Result]) -> Callable[[Any], Result]:
    """Return what reads a dataclass; a newer server may send more fields."""
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    return lambda value: kind(**{name: value[name] for name in names})


def _part(identity: str) -> str:
    """Return an id as a part of a path; one with a slash stays one part."""
    return quote(identity, safe="")


def _messages(history: Iterable[tuple[str, str]]) -> list[dict[str, str]] | None:
    """Return the turns before as messages."""
    messages = []
    for question, answer in history:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return messages or None
