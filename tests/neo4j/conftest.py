"""One private Neo4j server for all tests of a run, shared by the worker processes of pytest-xdist."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from statements import GRAPH

from graphrag.stores.neo4j.connection import Address
from graphrag.stores.neo4j.publish import publish
from graphrag.stores.neo4j.server import Server, missing_tools
from graphrag.stores.neo4j.session import Database
from graphrag.stores.workspace import Workspace


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def shared_folder(factory: pytest.TempPathFactory, worker_id: str) -> Path:
    base = factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Server]:
    """A running server; the last worker that uses it stops it."""
    missing = missing_tools()
    if missing:
        pytest.skip(f"NO TEST OF NEO4J RUNS: {missing}")
    shared = shared_folder(tmp_path_factory, worker_id)
    server, users, lock = Server(shared / "neo4j-server"), shared / "neo4j-users.json", shared / "neo4j-users.lock"

    def change(join: bool) -> int:
        known = set(json.loads(users.read_text()) if users.exists() else [])
        known = known | {os.getpid()} if join else known - {os.getpid()}
        users.write_text(json.dumps(sorted(known)))
        return len(known)

    with locked(lock):
        change(join=True)
        server.start()
    yield server
    with locked(lock):
        if change(join=False) == 0:
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
def published(
    address: Address, sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Path:
    """The sample workspace, published as the graph ``sample``: read it, never change it."""
    with (
        locked(shared_folder(tmp_path_factory, worker_id) / "neo4j-publish.lock"),
        Workspace.open(sample_workspace) as store,
        Database(address) as opened,
    ):
        publish(store, opened, GRAPH)
    return sample_workspace
