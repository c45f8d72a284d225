"""The routes of the graph: entities, drawings, communities, Cypher."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from graphrag.jsonable import quote_json
from graphrag.server import shapes
from graphrag.server.access import Principal, needs
from graphrag.server.cypher import run_cypher
from graphrag.server.drawing import graph_json, known_or_missing, neighbourhood, shortest_path
from graphrag.server.paging import Cursor, Limit, page
from graphrag.server.problems import Problem
from graphrag.server.replies import as_json, json_response
from graphrag.server.services import services_of
from graphrag.stores.browsing import Browser, CommunityLine
from graphrag.types import Entity, Fact

__all__ = ["router"]

router = APIRouter(tags=["graph"])
Reader = Annotated[Principal, Depends(needs("read"))]
Id = Annotated[str, Query(max_length=100)]

_MOST_FACTS = 200
_MOST_DOCUMENTS = 200
_MOST_MEMBERS = 50


@router.get("/v1/entities", response_model=shapes.Entities)
async def list_entities(
    request: Request, who: Reader, q: Annotated[str, Query(max_length=200)] = "", limit: Limit = 50, cursor: Cursor = ""
) -> Response:
    """List the entities, the most often named first, or those with ``q`` in a name."""
    services = services_of(request)

    def work() -> bytes:
        with services.graph(who) as rag:
            found, after = page(lambda offset, most: rag.store.browse().entities(q, offset, most), cursor, limit)
            return as_json({"entities": [asdict(line) for line in found], "next": after})

    return json_response(await services.threads.run(work))


@router.get("/v1/entities/{id}", response_model=shapes.EntityCard)
async def show_entity(request: Request, who: Reader, id: str) -> Response:
    """Return an entity: names, facts with the sentences that say them, communities, documents."""
    services = services_of(request)

    def work() -> bytes:
        with services.graph(who) as rag:
            found = rag.store.entities_by_id([id])
            if not found:
                raise Problem(404, "There is no entity of this id: GET /v1/entities?q=NAME finds ids.")
            return as_json(_card(rag.store.browse(), found[0]))

    return json_response(await services.threads.run(work))


@router.get("/v1/graph", response_model=shapes.Graph)
async def draw_graph(
    request: Request,
    who: Reader,
    entity: Annotated[list[Id], Query(max_length=20, description="Entities whose surroundings are wanted.")] = [],  # noqa: B006 - FastAPI copies it
    hops: Annotated[int, Query(ge=1, le=4)] = 1,
    limit: Annotated[int, Query(ge=1, le=500, description="The most entities.")] = 100,
    source: Annotated[str | None, Query(max_length=100, description="Where a path begins.")] = None,
    target: Annotated[str | None, Query(max_length=100, description="Where it ends.")] = None,
) -> Response:
    """Return the surroundings of entities, or a shortest path between two, with places to draw them at."""
    services = services_of(request)
    if bool(entity) == bool(source and target) or (source is None) != (target is None):
        raise Problem(422, "Give entity=ID, once or more, or source=ID and target=ID.")
    if len(set(entity)) > limit:
        raise Problem(422, "limit is less than the number of entities that were given.")

    def work() -> bytes:
        with services.graph(who) as rag:
            browser = rag.store.browse()
            if source is not None and target is not None:
                known_or_missing(browser, [source, target])
                path = shortest_path(browser, source, target, 4)
                return as_json(graph_json(browser, path or (source, target), path, truncated=False))
            known_or_missing(browser, entity)
            nodes, truncated = neighbourhood(browser, entity, hops, limit)
            return as_json(graph_json(browser, nodes, None, truncated=truncated))

    return json_response(await services.threads.run(work))


@router.get("/v1/communities", response_model=shapes.Communities)
async def list_communities(
    request: Request,
    who: Reader,
    level: Annotated[int | None, Query(ge=0, le=100, description="0 is the coarsest; all by default.")] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """List the communities, the most important first."""
    services = services_of(request)

    def work() -> bytes:
        with services.graph(who) as rag:
            browser = rag.store.browse()
            found, after = page(lambda offset, most: browser.communities(level, offset, most), cursor, limit)
            return as_json({"communities": [asdict(line) for line in found], "next": after})

    return json_response(await services.threads.run(work))


@router.get("/v1/communities/{id}", response_model=shapes.CommunityCard)
async def show_community(request: Request, who: Reader, id: str) -> Response:
    """Return a community with its report, each statement with its sentences."""
    services = services_of(request)

    def work() -> bytes:
        with services.graph(who) as rag:
            browser = rag.store.browse()
            line = browser.community(id)
            if line is None:
                raise Problem(404, "There is no community of this id: GET /v1/communities lists them.")
            return as_json(_community(browser, line))

    return json_response(await services.threads.run(work))


@router.post("/v1/cypher", response_model=shapes.CypherTable)
async def cypher(request: Request, who: Reader, body: shapes.CypherRequest) -> Response:
    """Run a Cypher statement that reads."""
    services = services_of(request)

    def work() -> bytes:
        with services.graph(who) as rag:
            table = run_cypher(rag, body.statement, body.parameters, body.limit, services.settings.seconds)
            return as_json({"columns": table.columns, "rows": table.rows, "truncated": table.more})

    return json_response(await services.threads.run(work))


def _card(browser: Browser, entity: Entity) -> dict[str, Any]:
    """Return the card of an entity."""
    facts = browser.facts_of(entity.id, _MOST_FACTS)
    ends = {fact.subject for fact in facts} | {fact.object for fact in facts if fact.object is not None}
    names = {line.id: line.name for line in browser.names(sorted(ends))}
    return {
        "id": entity.id,
        "name": entity.name,
        "label": entity.label,
        "mentions": entity.mention_count,
        "aliases": list(entity.aliases),
        "description": entity.description,
        "facts": [_fact(fact, names) for fact in facts],
        "communities": [{"id": c.id, "title": c.title, "level": c.level} for c in browser.communities_of(entity.id)],
        "documents": [{"id": i, "title": title} for i, title in browser.documents_of(entity.id, _MOST_DOCUMENTS)],
    }


def _fact(fact: Fact, names: dict[str, str]) -> dict[str, Any]:
    """Return a fact with the names of its ends."""
    target = None if fact.object is None else {"id": fact.object, "name": names.get(fact.object, fact.value)}
    return {
        "id": fact.id,
        "subject": {"id": fact.subject, "name": names.get(fact.subject, "")},
        "predicate": fact.predicate,
        "object": target,
        "value": fact.value,
        "when": fact.when,
        "confidence": fact.confidence,
        "evidence": [quote_json(quote) for quote in fact.evidence],
    }


def _community(browser: Browser, line: CommunityLine) -> dict[str, Any]:
    """Return a community; one without a report has its members for key entities."""
    report = browser.report(line.id)
    if report is None:
        members = browser.members(line.id, _MOST_MEMBERS)
        said: dict[str, Any] = {"summary": "", "findings": [], "documents": [], "when": ["", ""]}
    else:
        members = _in_order(browser, report.key_entities)
        findings = [{"text": f.text, "quotes": [quote_json(quote) for quote in f.quotes]} for f in report.findings]
        said = {"summary": report.summary, "findings": findings, "documents": list(report.documents)}
        said["when"] = list(report.when)
    return {
        "id": line.id,
        "level": line.level,
        "parent": line.parent,
        "children": [{"id": child.id, "title": child.title} for child in browser.children(line.id)],
        "title": line.title,
        "key_entities": [{"id": member.id, "name": member.name} for member in members],
        "rank": line.rank,
        **said,
    }


def _in_order(browser: Browser, ids: Sequence[str]) -> list[Any]:
    """Return entities in the order of their ids given."""
    found = {line.id: line for line in browser.names(ids)}
    return [found[identity] for identity in ids if identity in found]
