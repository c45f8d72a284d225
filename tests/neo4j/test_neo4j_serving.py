"""A published graph served over HTTP gives what its workspace gives."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from graphrag.server.app import create_app
from graphrag.server.keys import add_key
from graphrag.server.observing import Log
from graphrag.server.settings import Settings, settings_from_json
from graphrag.stores.neo4j.connection import Address

pytestmark = pytest.mark.neo4j

QUESTION = {"question": "What is the place of birth of the director of film Under The Cards?"}


@contextmanager
def served(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, Log(io.StringIO()))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
def both(address: Address, published: Path) -> Iterator[tuple[TestClient, TestClient]]:
    """A server of the workspace, and one of the graph that was published from it."""
    remote = Settings(neo4j=address, graph="sample")
    with served(Settings(workspace=str(published))) as here, served(settings_from_json(remote.as_json())) as there:
        yield here, there


def same(both: tuple[TestClient, TestClient], method: str, path: str, body: Any = None) -> Any:
    found = [client.request(method, path, json=body) for client in both]
    assert [response.status_code for response in found] == [200, 200], [response.text for response in found]
    here, there = (response.json() for response in found)
    for said in (here, there):
        said.pop("timings", None)
        said.pop("timings_ms", None)
    assert here == there
    return here


def test_every_route_gives_what_the_workspace_gives(both: tuple[TestClient, TestClient]) -> None:
    for path in ("/v1/search", "/v1/ask", "/v1/explain"):
        same(both, "POST", path, QUESTION)
    same(both, "GET", "/v1/documents?limit=7&cursor=3")
    document = same(both, "GET", "/v1/documents?q=cayatte")["documents"][0]["id"]
    same(both, "GET", f"/v1/documents/{document}?highlight=0-9")
    same(both, "GET", "/v1/entities?limit=20")
    entity = same(both, "GET", "/v1/entities?q=cayatte")["entities"][0]["id"]
    same(both, "GET", f"/v1/entities/{entity}")
    same(both, "GET", f"/v1/graph?entity={entity}&hops=2")
    community = same(both, "GET", "/v1/communities?level=0")["communities"][0]["id"]
    same(both, "GET", f"/v1/communities/{community}")
    # The database holds the graphs of other tests too.
    counts = [
        client.post("/v1/cypher", json={"statement": f"MATCH (e:Entity{where}) RETURN count(e) AS n"}).json()["rows"]
        for client, where in zip(both, ("", " {graph: 'sample'}"), strict=True)
    ]
    assert counts[0] == counts[1] and counts[0][0][0] > 1000


def test_many_ask_at_a_time(both: tuple[TestClient, TestClient]) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: both[1].post("/v1/ask", json=QUESTION).json()["answer"], range(24)))
    assert set(answers) == {"Carcassonne"}


def test_documents_cannot_be_changed_there(both: tuple[TestClient, TestClient]) -> None:
    response = both[1].post("/v1/documents", json={"documents": [{"text": "A text."}]})
    assert response.status_code == 501
    assert "publish" in response.json()["detail"]
    refused = both[1].post("/v1/cypher", json={"statement": "MATCH (n) DETACH DELETE n"})
    assert refused.status_code == 422


def test_only_keys_that_see_everything_may_ask(address: Address, published: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    words = [add_key(keys, "all", groups=["*"])[1], add_key(keys, "some", groups=["a"])[1]]
    with served(Settings(neo4j=address, graph="sample", keys=str(keys))) as client:
        found = [
            client.post("/v1/search", json=QUESTION, headers={"Authorization": f"Bearer {word}"}) for word in words
        ]
    assert [response.status_code for response in found] == [200, 403]
    assert "Under" not in json.dumps(found[1].json())
