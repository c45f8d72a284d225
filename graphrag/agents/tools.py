"""What an agent can do with a graph: each tool returns JSON-able values of bounded size, with citations.

A citation is ``{document_id, chunk_id, start, end, quote}``: characters ``start`` to ``end`` of the document's text are
exactly ``quote``.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice, pairwise
from typing import Any

from graphrag.engine import GraphRAG
from graphrag.errors import InputError
from graphrag.exploring import community_json, entity_json, fact_json, neighbourhood, run_cypher, shortest_path
from graphrag.jsonable import answer_json, quote_json
from graphrag.stores.browsing import Browser, Edge
from graphrag.stores.reading import Reader
from graphrag.text import name_key
from graphrag.types import Entity, Evidence

__all__ = ["Tools"]

_MOST_FACTS = 60  # of a card or a drawing
_MOST_QUOTES = 3  # of one fact or finding
_MOST_LISTED = 20
_MOST_HOPS = 4
_LONGEST_CELL = 2_000  # characters
_CYPHER_SECONDS = 20.0
_IDS = re.compile(r"(?:chunk|fact)-[0-9a-f]{20}")


class Tools:
    """The tools on one graph, opened again when it was built again.  Calls take turns.

    Parameters
    ----------
    open_graph : callable
        Opens the graph.
    mark : callable
        Returns what changes with each build of it.
    """

    def __init__(self, open_graph: Callable[[], GraphRAG], mark: Callable[[], object] = lambda: None) -> None:
        self._open = open_graph
        self._mark = mark
        self._turn = threading.Lock()
        self._seen = mark()
        self._rag = open_graph()

    def close(self) -> None:
        """Close the graph."""
        with self._turn:
            self._rag.close()

    @contextmanager
    def _graph(self) -> Iterator[GraphRAG]:
        """Give the newest build of the graph to one call at a time."""
        with self._turn:
            now = self._mark()
            if now != self._seen:
                newer = self._open()
                self._rag.close()
                self._rag, self._seen = newer, now
            yield self._rag

    def search(
        self, question: str, k: int = 8, mode: str | None = None, filters: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return passages that bear on a question, each with its place and its best sentences."""
        with self._graph() as rag:
            result = rag.search(_asked(question), k, mode, filters)
        return {"kind": result.plan.kind, "passages": [_passage(found) for found in result.passages]}

    def ask(
        self, question: str, k: int = 8, mode: str | None = None, history: Sequence[tuple[str, str]] = ()
    ) -> dict[str, Any]:
        """Return an answer with its citations and the path that leads to it; no answer where nothing supports one."""
        with self._graph() as rag:
            answer = rag.ask(_asked(question), k, mode, history=history)
        told = answer_json(answer)
        kept = ("question", "answer", "found", "confidence", "citations", "path", "notes")
        return {key: told[key] for key in kept if key in told}

    def entity(self, name: str) -> dict[str, Any]:
        """Return what is known of an entity: names, facts with sentences, communities, documents."""
        with self._graph() as rag:
            entity, others = _entity(rag.store, name)
            card = entity_json(rag.store.browse(), entity, _MOST_FACTS)
        card["facts"] = [_fewer_quotes(fact, "evidence") for fact in card["facts"]]
        return {**card, "documents": card["documents"][:_MOST_LISTED], "others_of_like_name": others}

    def neighbours(self, name: str, hops: int = 1, limit: int = 30) -> dict[str, Any]:
        """Return the entities around one, and the facts between them with their sentences."""
        with self._graph() as rag:
            entity, others = _entity(rag.store, name)
            browser = rag.store.browse()
            ids, more = neighbourhood(browser, [entity.id], min(hops, _MOST_HOPS), limit)
            lines = browser.names(sorted(ids))
            edges = [edge for edge in browser.edges(sorted(ids)) if {edge.subject, edge.object} <= ids]
            facts = _facts(browser, edges[:_MOST_FACTS])
        nodes = [{"id": n.id, "name": n.name, "label": n.label, "mentions": n.mentions} for n in lines]
        return {
            "entity": {"id": entity.id, "name": entity.name},
            "entities": sorted(nodes, key=lambda n: (-n["mentions"], n["id"])),
            "facts": facts,
            "truncated": more or len(edges) > _MOST_FACTS,
            "others_of_like_name": others,
        }

    def path(self, source: str, target: str) -> dict[str, Any]:
        """Return a shortest path of at most four facts between two entities, with the sentences of each step."""
        with self._graph() as rag:
            first, last = _entity(rag.store, source)[0], _entity(rag.store, target)[0]
            browser = rag.store.browse()
            ids = shortest_path(browser, first.id, last.id, _MOST_HOPS)
            names = {line.id: line.name for line in browser.names(ids)}
            steps = {frozenset(pair): step for step, pair in enumerate(pairwise(ids))}
            between = (e for e in browser.edges(ids) if frozenset((e.subject, e.object)) in steps)
            facts = _facts(browser, list(islice(between, _MOST_FACTS)))
        facts.sort(key=lambda fact: steps[frozenset((fact["subject"]["id"], fact["object"]["id"]))])
        return {"found": bool(ids), "entities": [{"id": one, "name": names[one]} for one in ids], "facts": facts}

    def community(self, community_id: str = "", about: str = "") -> dict[str, Any]:
        """Return the report on a community, the communities of an entity, or else the most important ones."""
        with self._graph() as rag:
            browser = rag.store.browse()
            if community_id:
                line = browser.community(community_id)
                if line is None:
                    raise InputError(
                        f"There is no community {community_id!r}: call this tool without an id for a list."
                    )
                card = community_json(browser, line)
                card["findings"] = [_fewer_quotes(finding, "quotes") for finding in card["findings"]]
                return {
                    **card,
                    "key_entities": card["key_entities"][:_MOST_LISTED],
                    "documents": card["documents"][:60],
                }
            lines = (
                browser.communities_of(_entity(rag.store, about)[0].id)
                if about
                else browser.communities(None, 0, _MOST_LISTED)
            )
            return {"communities": [_community_line(browser, line.id) for line in lines[:_MOST_LISTED]]}

    def cypher(self, statement: str, parameters: Mapping[str, Any] | None = None, limit: int = 50) -> dict[str, Any]:
        """Run a Cypher statement that reads; passages and facts whose ids are in the rows are cited."""
        with self._graph() as rag:
            table = run_cypher(rag.store, statement, parameters or {}, rows=limit, seconds=_CYPHER_SECONDS)
            rows = [[_cut(cell) for cell in row] for row in table.rows]
            return {
                "columns": list(table.columns),
                "rows": rows,
                "truncated": table.more,
                "citations": _citations(rag.store, rows),
            }


def _asked(question: str) -> str:
    """Return a question, refusing an empty one."""
    if not question.strip():
        raise InputError("The question is empty.")
    return question


def _passage(found: Evidence) -> dict[str, Any]:
    """Return a passage with what it says about the question."""
    chunk = found.chunk
    return {
        "document_id": chunk.document_id,
        "chunk_id": chunk.id,
        "title": chunk.title,
        "start": chunk.span.start,
        "end": chunk.span.end,
        "text": chunk.text,
        "score": found.score,
        "found_by": dict(found.found_by),
        "citations": [quote_json(quote) for quote in found.quotes],
    }


def _entity(store: Reader, name: str) -> tuple[Entity, list[dict[str, str]]]:
    """Return the entity of a name or id, and others that the name may mean.

    Raises
    ------
    InputError
        There is none; the message names some that are near.
    """
    browser = store.browse()
    if known := store.entities_by_id([name]):
        return known[0], []
    if not name_key(name):
        raise InputError("Name an entity: by one of its names, or by its id.")
    lines = browser.entities(name.strip(), 0, _MOST_LISTED)
    found = store.entities_by_id([line.id for line in lines])
    exact = [e for e in found if name_key(name) in {name_key(form) for form in (e.name, *e.aliases)}]
    best = exact or (found if len(found) == 1 else [])
    if not best:
        near = ", ".join(repr(entity.name) for entity in found[:10])
        hint = f"names that contain it: {near}" if near else "`search` finds passages by words and meaning"
        raise InputError(f"No entity is called {name!r}; {hint}.")
    return best[0], [{"id": entity.id, "name": entity.name} for entity in found if entity.id != best[0].id][:10]


def _facts(browser: Browser, edges: Sequence[Edge]) -> list[dict[str, Any]]:
    """Return the facts of edges, with the names of their ends and a few sentences each."""
    ends = {end for edge in edges for end in (edge.subject, edge.object)}
    names = {line.id: line.name for line in browser.names(sorted(ends))}
    facts = browser.facts_by_id([edge.fact for edge in edges])
    return [_fewer_quotes(fact_json(fact, names), "evidence") for fact in facts]


def _fewer_quotes(thing: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Return a fact or finding with its first sentences as its citations."""
    said = {key: value for key, value in thing.items() if key != field}
    return {**said, "citations": thing[field][:_MOST_QUOTES]}


def _community_line(browser: Browser, identity: str) -> dict[str, Any]:
    """Return a community in a list, with its summary and the sentences that this rests on first."""
    line, report = browser.community(identity), browser.report(identity)
    assert line is not None  # it was in a list of the same state
    quotes = [] if report is None else [quote for finding in report.findings[:2] for quote in finding.quotes[:1]]
    return {
        "id": line.id,
        "level": line.level,
        "title": line.title,
        "size": line.size,
        "rank": line.rank,
        "summary": _cut("" if report is None else report.summary),
        "citations": [quote_json(quote) for quote in quotes],
    }


def _cut(value: Any) -> Any:
    """Return a value with its long texts cut."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_CELL else f"{value[:_LONGEST_CELL]}…"
    if isinstance(value, list | tuple):
        return [_cut(item) for item in value[:_LONGEST_CELL]]
    if isinstance(value, Mapping):
        return {key: _cut(item) for key, item in value.items()}
    return value


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, Iterable):
        for item in value:
            yield from _texts(item)


def _citations(store: Reader, rows: Any) -> list[dict[str, Any]]:
    """Return the places of the passages and facts whose ids stand in rows."""
    ids = list(dict.fromkeys(text for text in _texts(rows) if _IDS.fullmatch(text)))[:_MOST_LISTED]
    chunks = store.chunks_by_id([one for one in ids if one.startswith("chunk-")])
    facts = store.browse().facts_by_id([one for one in ids if one.startswith("fact-")])
    places = [
        {"document_id": c.document_id, "chunk_id": c.id, "start": c.span.start, "end": c.span.end, "quote": c.text}
        for c in chunks
    ]
    return places + [quote_json(quote) for fact in facts for quote in fact.evidence[:_MOST_QUOTES]]
