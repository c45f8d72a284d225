"""The tools for agents give the same on a published graph as on its workspace."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from graphrag import GraphRAG
from graphrag.agents.tools import Tools
from graphrag.stores.neo4j.connection import Address

pytestmark = pytest.mark.neo4j

GRAPH = "sample"
QUESTION = "What is the place of birth of the director of film Under The Cards?"


@pytest.fixture(scope="module")
def here(published: Path) -> Iterator[Tools]:
    tools = Tools(lambda: GraphRAG.open(published))
    yield tools
    tools.close()


@pytest.fixture(scope="module")
def there(published: Path, address: Address) -> Iterator[Tools]:
    tools = Tools(lambda: GraphRAG.connect(address, graph=GRAPH))
    yield tools
    tools.close()


def test_both_places_tell_the_same(here: Tools, there: Tools) -> None:
    assert there.entity("André Cayatte") == here.entity("André Cayatte")
    assert there.entity("Carcassonne") == here.entity("Carcassonne")
    for hops, limit in ((1, 30), (2, 10)):
        assert there.neighbours("André Cayatte", hops, limit) == here.neighbours("André Cayatte", hops, limit)
    assert there.path("Under the Cards", "Carcassonne") == here.path("Under the Cards", "Carcassonne")
    listed = here.community()
    assert there.community() == listed
    assert there.community(about="André Cayatte") == here.community(about="André Cayatte")
    top = listed["communities"][0]["id"]
    assert there.community(top) == here.community(top)
    mine, other = here.ask(QUESTION), there.ask(QUESTION)
    assert (other["answer"], other["citations"], other["path"]) == (mine["answer"], mine["citations"], mine["path"])


def test_cypher_cites(there: Tools) -> None:
    statement = "MATCH (g:Graph {name: 'sample'}) RETURN count(g)"
    rows = "MATCH (c:Chunk {graph: 'sample'})-[:MENTIONS]->(e:Entity {name: $name}) RETURN c.id ORDER BY c.id"
    assert there.cypher(statement)["citations"] == []
    found = there.cypher(rows, {"name": "André Cayatte"})
    assert found["rows"] and [quote["chunk_id"] for quote in found["citations"]] == [row[0] for row in found["rows"]]
    assert all("Cayatte" in quote["quote"] for quote in found["citations"])


def test_over_stdio(published: Path, address: Address) -> None:
    command = ["-m", "graphrag.cli", "mcp", "--neo4j", address.uri, "--graph", GRAPH]
    environment = {"NEO4J_USERNAME": address.user, "NEO4J_PASSWORD": address.password}

    async def run() -> None:
        async with Client(StdioServerParameters(command=sys.executable, args=command, env=environment)) as client:
            result = await client.call_tool("ask", {"question": QUESTION})
            assert not result.is_error and result.structured_content["answer"] == "Carcassonne"

    asyncio.run(run())
