"""The routes of the graph: entities, drawings, communities, Cypher."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from graphrag.engine import GraphRAG
from graphrag.exploring import community_json, entity_json, neighbourhood, run_cypher, shortest_path
from graphrag.server import shapes
from graphrag.server.access import Reader
from graphrag.server.drawing import graph_json, known_or_missing
from graphrag.server.paging import Cursor, Limit, page
from graphrag.server.problems import Problem
from graphrag.server.services import services_of
from graphrag.stores.neo4j.store import Neo4jStore
from graphrag.stores.reading import Reader as Store

__all__ = ["router"]

router = APIRouter(tags=["graph"])
Id = Annotated[str, Query(max_length=100)]


@router.get("/v1/entities", response_model=shapes.Entities)
async def list_entities(
    request: Request, who: Reader, q: Annotated[str, Query(max_length=200)] = "", limit: Limit = 50, cursor: Cursor = ""
) -> Response:
    """List the entities, the most often named first, or those with ``q`` in a name."""

    def say(rag: GraphRAG) -> dict[str, Any]:
        found, after = page(lambda offset, most: rag.store.browse().entities(q, offset, most), cursor, limit)
        return {"entities": [asdict(line) for line in found], "next": after}

    return await services_of(request).reply(who, say)


@router.get("/v1/entities/{id}", response_model=shapes.EntityCard)
async def show_entity(request: Request, who: Reader, id: str) -> Response:
    """Return an entity: names, facts with the sentences that say them, communities, documents."""

    def say(rag: GraphRAG) -> dict[str, Any]:
        found = rag.store.entities_by_id([id])
        if not found:
            raise Problem(404, "There is no entity of this id: GET /v1/entities?q=NAME finds ids.")
        return entity_json(rag.store.browse(), found[0])

    return await services_of(request).reply(who, say)


@router.get("/v1/graph", response_model=shapes.Graph)
async def draw_graph(
    request: Request,
    who: Reader,
    entity: Annotated[tuple[Id, ...], Query(max_length=20, description="Entities whose surroundings are wanted.")] = (),
    hops: Annotated[int, Query(ge=1, le=4)] = 1,
    limit: Annotated[int, Query(ge=1, le=500, description="The most entities.")] = 100,
    source: Annotated[str | None, Query(max_length=100, description="Where a path begins.")] = None,
    target: Annotated[str | None, Query(max_length=100, description="Where it ends.")] = None,
) -> Response:
    """Return the surroundings of entities, or a shortest path between two, with places to draw them at."""
    if bool(entity) == bool(source and target) or (source is None) != (target is None):
        raise Problem(422, "Give entity=ID, once or more, or source=ID and target=ID.")
    if len(set(entity)) > limit:
        raise Problem(422, "limit is less than the number of entities that were given.")

    def say(rag: GraphRAG) -> dict[str, Any]:
        browser = rag.store.browse()
        if source is not None and target is not None:
            known_or_missing(browser, [source, target])
            path = shortest_path(browser, source, target, 4)
            return graph_json(browser, path or (source, target), path, truncated=False)
        known_or_missing(browser, entity)
        nodes, truncated = neighbourhood(browser, entity, hops, limit)
        return graph_json(browser, nodes, None, truncated=truncated)

    return await services_of(request).reply(who, say)


@router.get("/v1/communities", response_model=shapes.Communities)
async def list_communities(
    request: Request,
    who: Reader,
    level: Annotated[int | None, Query(ge=0, le=100, description="0 is the coarsest; all by default.")] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """List the communities, the most important first."""

    def say(rag: GraphRAG) -> dict[str, Any]:
        browser = rag.store.browse()
        found, after = page(lambda offset, most: browser.communities(level, offset, most), cursor, limit)
        return {"communities": [asdict(line) for line in found], "next": after}

    return await services_of(request).reply(who, say)


@router.get("/v1/communities/{id}", response_model=shapes.CommunityCard)
async def show_community(request: Request, who: Reader, id: str) -> Response:
    """Return a community with its report, each statement with its sentences."""

    def say(rag: GraphRAG) -> dict[str, Any]:
        browser = rag.store.browse()
        line = browser.community(id)
        if line is None:
            raise Problem(404, "There is no community of this id: GET /v1/communities lists them.")
        return community_json(browser, line)

    return await services_of(request).reply(who, say)


@router.post("/v1/cypher", response_model=shapes.CypherTable)
async def cypher(request: Request, who: Reader, body: shapes.CypherRequest) -> Response:
    """Run a Cypher statement that reads."""
    services = services_of(request)
    settings = services.settings

    def say(rag: GraphRAG) -> dict[str, Any]:
        if who.key is not None:
            _check_alone(rag.store, settings.graph)
        table = run_cypher(rag.store, body.statement, body.parameters, rows=body.limit, seconds=settings.seconds)
        return {"columns": table.columns, "rows": table.rows, "truncated": table.more}

    return await services.reply(who, say)


def _check_alone(store: Store, graph: str) -> None:
    """Refuse Cypher to keys where the database holds other graphs too: a statement can read all of a database.

    Raises
    ------
    Problem
        403 where it does.
    """
    if isinstance(store, Neo4jStore) and any(row["graph"] != graph for row in store.database.read("read/stamps")):
        raise Problem(403, "The database holds other graphs, which a statement could read: no Cypher with keys here.")
