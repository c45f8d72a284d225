"""The calls of both clients: one function a call, with its parameters, what is sent, and how the response is read.

The clients make their methods of these functions, so a docstring here is that of the method in both.
"""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    fields: Mapping[str, Any] | None = None  # of the body; those that are None are left to the server
    query: tuple[tuple[str, str], ...] = ()
    safe: bool = True  # whether sending it twice does no harm

    @property
    def body(self) -> bytes | None:
        """The body as JSON.

        Raises
        ------
        BadRequest
            A value is none that JSON can hold.
        """
        if self.fields is None:
            return None
        try:
            given = {name: value for name, value in self.fields.items() if value is not None}
            return json.dumps(given, allow_nan=False, default=_plain).encode()
        except (TypeError, ValueError) as error:
            raise BadRequest(
                f"The request cannot be written as JSON ({error}): give texts, numbers, lists and mappings."
            ) from error


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


def search(
    question: str,
    k: int | None = None,
    mode: str | None = None,
    filters: Mapping[str, str] | None = None,
    level: int | None = None,
) -> Call[SearchResult]:
    """Return the passages that bear on a question; parameters as :meth:`graphrag.GraphRAG.search`."""
    fields = {"question": question, "k": k, "mode": mode, "filters": filters, "level": level}
    return Call("POST", "/v1/search", search_from, fields)


def ask(
    question: str,
    k: int | None = None,
    mode: str | None = None,
    filters: Mapping[str, str] | None = None,
    level: int | None = None,
    history: Iterable[tuple[str, str]] = (),
    style: str = "short",
) -> Call[Answer]:
    """Answer a question with citations; parameters as :meth:`graphrag.GraphRAG.ask`."""
    fields = {"question": question, "k": k, "mode": mode, "filters": filters, "level": level, "style": style}
    return Call("POST", "/v1/ask", answer_from, {**fields, "history": _messages(history)})


def ask_stream(
    question: str,
    k: int | None = None,
    mode: str | None = None,
    filters: Mapping[str, str] | None = None,
    level: int | None = None,
    history: Iterable[tuple[str, str]] = (),
    style: str = "short",
) -> Call[Answer]:
    """Yield the steps of an answer as they come: plan, evidence, delta, citations, and at the end done."""
    call = ask(question, k, mode, filters, level, history, style)
    return replace(call, fields={**(call.fields or {}), "stream": True})


def explain(
    question: str,
    k: int | None = None,
    mode: str | None = None,
    filters: Mapping[str, str] | None = None,
    why_not: str | None = None,
    level: int | None = None,
) -> Call[dict[str, Any]]:
    """Return the way from a question to its ranking; parameters as :meth:`graphrag.GraphRAG.explain`."""
    fields = {"question": question, "k": k, "mode": mode, "filters": filters, "why_not": why_not, "level": level}
    return Call("POST", "/v1/explain", dict, fields)


def document(identity: str) -> Call[Document]:
    """Return a document with its text."""
    return Call("GET", f"/v1/documents/{_part(identity)}", document_from)


def documents(text: str = "") -> Listing[DocumentLine]:
    """Yield the documents, or those whose title or id contains a text, by id."""
    return Listing("/v1/documents", "documents", _dataclass(DocumentLine), {"q": text})


def add_documents(new: Iterable[Document]) -> Call[str]:
    """Add documents; the result is the job's id."""
    lines = [{"id": one.id, "title": one.title, "text": one.text, "metadata": dict(one.metadata)} for one in new]
    return Call("POST", "/v1/documents", _job_id, {"documents": lines}, safe=False)


def delete_document(identity: str) -> Call[str]:
    """Remove a document; the result is the job's id."""
    return Call("DELETE", f"/v1/documents/{_part(identity)}", _job_id, safe=False)


def job(identity: str) -> Call[Job]:
    """Return how far a job is."""
    return Call("GET", f"/v1/jobs/{_part(identity)}", _dataclass(Job))


def entities(text: str = "") -> Listing[EntityLine]:
    """Yield the entities, or those of which a name contains a text, the most said first."""
    return Listing("/v1/entities", "entities", _dataclass(EntityLine), {"q": text})


def entity(identity: str) -> Call[EntityCard]:
    """Return all that is known of an entity."""
    return Call("GET", f"/v1/entities/{_part(identity)}", entity_card_from)


def graph(entities: Sequence[str], hops: int = 1, limit: int = 100) -> Call[GraphPart]:
    """Return the neighbourhood of entities: at most 4 hops and 500 entities."""
    query = (*(("entity", one) for one in entities), ("hops", str(hops)), ("limit", str(limit)))
    return Call("GET", "/v1/graph", graph_from, query=query)


def path(source: str, target: str) -> Call[GraphPart]:
    """Return the shortest path between two entities."""
    return Call("GET", "/v1/graph", graph_from, query=(("source", source), ("target", target)))


def communities(level: int | None = None) -> Listing[CommunityLine]:
    """Yield the communities of a level (0 the coarsest), or all, the most important first."""
    return Listing("/v1/communities", "communities", _dataclass(CommunityLine), {"level": level})


def community(identity: str) -> Call[CommunityCard]:
    """Return a community with the report on it."""
    return Call("GET", f"/v1/communities/{_part(identity)}", community_card_from)


def cypher(statement: str, parameters: Mapping[str, Any] | None = None, limit: int = 200) -> Call[Table]:
    """Run a Cypher statement that reads."""
    fields = {"statement": statement, "parameters": dict(parameters or {}), "limit": limit}
    return Call("POST", "/v1/cypher", table_from, fields)


def health() -> Call[str]:
    """Return ``ok`` where the server is there."""
    return Call("GET", "/healthz", lambda value: str(value["status"]))


def _plain(value: Any) -> Any:
    """Return a mapping of another kind as one that JSON knows."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a value is of the type {type(value).__name__}")


def _query(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a query that are given."""
    return tuple((name, str(value)) for name, value in given.items() if value not in (None, ""))


def _dataclass(kind: type[Result]) -> Callable[[Any], Result]:
    """Return what reads a dataclass; a newer server may send more fields."""
    names = inspect.signature(kind).parameters
    return lambda value: kind(**{name: value[name] for name in names})


def _job_id(value: Any) -> str:
    """Return the id of the job that a change has become."""
    return str(value["job"])


def _part(identity: str) -> str:
    """Return an id as a part of a path; one with a slash stays one part."""
    return quote(identity, safe="")


def _messages(history: Iterable[tuple[str, str]]) -> list[dict[str, str]] | None:
    """Return the turns before as messages."""
    messages = []
    for question, answer in history:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return messages or None
