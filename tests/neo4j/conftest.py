"""A private Neo4j server for the tests of a process.

Every worker process of pytest-xdist has its own, so that a test may look at all that the server holds: 600 MB of memory
and ten seconds to start, for the workers that are given tests of Neo4j.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from statements import GRAPH

from graphrag.stores.neo4j.connection import Address
from graphrag.stores.neo4j.publish import publish
from graphrag.stores.neo4j.server import Server, missing_tools
from graphrag.stores.neo4j.session import Database
from graphrag.stores.workspace import Workspace


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server."""
    missing = missing_tools()
    if missing:
        pytest.skip(f"NO TEST OF NEO4J RUNS: {missing}")
    server = Server(tmp_path_factory.getbasetemp() / "neo4j-server")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def address(server: Server) -> Address:
    found = server.address()
    assert found is not None
    return found


@pytest.fixture
def database(address: Address) -> Iterator[Database]:
    with Database(address) as opened:
        yield opened


@pytest.fixture(scope="session")
def published(address: Address, sample_workspace: Path) -> Path:
    """The sample workspace, published as the graph ``sample``: read it, never change it."""
    with Workspace.open(sample_workspace) as store, Database(address) as opened:
        publish(store, opened, GRAPH)
    return sample_workspace
