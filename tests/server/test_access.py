"""Keys and rights over HTTP."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from server_helpers import Here, done_job, serving_here

from graphrag import GraphRAG
from graphrag.errors import InputError
from graphrag.server.access import Principal
from graphrag.server.asking import counted
from graphrag.server.graph import _check_alone
from graphrag.server.keys import add_key, revoke_key
from graphrag.server.problems import Problem
from graphrag.server.settings import Settings
from graphrag.server.sources import _WorkspaceFolder
from graphrag.stores.neo4j.store import Neo4jStore
from graphrag.types import Event

DOCUMENTS = [
    {"id": "open", "title": "Ann Open", "text": "Ann Open was born in Paris. Ann Open knows Bob Board."},
    {
        "id": "board",
        "title": "Bob Board",
        "text": "Bob Board was born in Rome. He met Eve Finance.",
        "groups": ["board"],
    },
    {"id": "finance", "title": "Eve Finance", "text": "Eve Finance was born in Oslo.", "groups": ["finance"]},
]
OPEN_ROUTES = {("GET", "/healthz"), ("GET", "/readyz")}


def bearer(word: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {word}"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Return a file of keys, and the keys."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    words = {
        "all": add_key(path, "all", role="admin", groups=["*"])[1],
        "reader": add_key(path, "reader", groups=["*"])[1],
        "board": add_key(path, "board", role="write", groups=["board"])[1],
        "public": add_key(path, "public")[1],
        "slow": add_key(path, "slow", groups=["*"], requests_per_minute=2)[1],
        "spent": add_key(path, "spent", groups=["*"], requests_per_day=1)[1],
    }
    return path, words


@pytest.fixture(scope="module")
def closed(keys: tuple[Path, dict[str, str]], notes_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give a server with keys over a workspace of three documents of different groups."""
    workspace = tmp_path_factory.mktemp("closed") / "workspace"
    with GraphRAG.create(workspace) as rag:
        from graphrag.types import Document, DocumentId

        rag.build(
            Document(DocumentId(d["id"]), d["title"], d["text"], "", {"groups": ",".join(d.get("groups", []))})
            for d in DOCUMENTS
        )
    with serving_here(workspace, keys=str(keys[0])) as server:
        yield server


def routes(server: Here) -> list[tuple[str, str]]:
    found = [
        (method.upper(), re.sub(r"\{[^}]+\}", "x", path))
        for path, item in server.client.app.openapi()["paths"].items()
        for method in item
    ]
    return [*found, ("GET", "/openapi.json")]


@pytest.mark.parametrize("word", [None, "", "x", "hg_" + "A" * 43, "Basic x"])
def test_every_route_needs_a_key(closed: Here, word: str | None) -> None:
    checked = 0
    for method, path in routes(closed):
        if (method, path) in OPEN_ROUTES:
            continue
        response = closed.client.request(method, path, headers={} if word is None else bearer(word))
        assert response.status_code == 401, (method, path)
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["content-type"] == "application/problem+json"
        checked += 1
    assert checked >= 18


def test_mutated_keys_are_none(closed: Here, keys: tuple[Path, dict[str, str]]) -> None:
    word = keys[1]["reader"]
    assert closed.client.get("/v1/documents", headers=bearer(word)).status_code == 200
    assert closed.client.get("/v1/documents", headers={"X-API-Key": word}).status_code == 200
    mutated = [word[:-1], word + "A", word.lower(), word.upper(), word[::-1], f" {word}x", word.replace("hg_", "hg-")]
    mutated += [word[:i] + ("A" if word[i] != "A" else "B") + word[i + 1 :] for i in range(len(word))]
    for wrong in mutated:
        assert closed.client.get("/v1/documents", headers=bearer(wrong)).status_code == 401, wrong
        assert closed.client.get("/v1/documents", headers={"X-API-Key": wrong}).status_code == 401, wrong
    assert closed.client.get(f"/v1/documents?key={word}&api_key={word}").status_code == 401


def test_roles(closed: Here, keys: tuple[Path, dict[str, str]]) -> None:
    reader = bearer(keys[1]["reader"])
    document = {"documents": [{"text": "A text."}]}
    assert closed.client.post("/v1/documents", json=document, headers=reader).status_code == 403
    assert closed.client.delete("/v1/documents/open", headers=reader).status_code == 403
    assert closed.client.get("/metrics", headers=reader).status_code == 403
    assert closed.client.get("/metrics", headers=bearer(keys[1]["all"])).status_code == 200


def test_limits(closed: Here, keys: tuple[Path, dict[str, str]]) -> None:
    for name in ("slow", "spent"):
        answers = [closed.client.get("/v1/documents", headers=bearer(keys[1][name])) for _ in range(4)]
        assert answers[0].status_code == 200
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1


def test_a_revoked_key_stops_at_once(closed: Here, keys: tuple[Path, dict[str, str]]) -> None:
    _, word = add_key(keys[0], "for a moment", groups=["*"])
    assert closed.client.get("/v1/documents", headers=bearer(word)).status_code == 200
    revoke_key(keys[0], "for a moment")
    assert closed.client.get("/v1/documents", headers=bearer(word)).status_code == 401


def test_a_damaged_file_of_keys_lets_nobody_in_and_is_not_told_about(
    closed: Here, keys: tuple[Path, dict[str, str]]
) -> None:
    path, words = keys
    good = path.read_bytes()
    try:
        path.write_bytes(b"{")
        response = closed.client.get("/v1/documents", headers=bearer(words["all"]))
        assert response.status_code == 503
        assert str(path) not in response.text
    finally:
        path.write_bytes(good)
    assert closed.client.get("/v1/documents", headers=bearer(words["all"])).status_code == 200


def seen(server: Here, word: str, path: str = "/v1/documents") -> Any:
    """Return a response once what the key may see has been prepared."""
    for _ in range(300):
        response = server.client.get(path, headers=bearer(word))
        if response.status_code != 503:
            assert response.status_code == 200, response.text
            return response.json()
        assert response.headers["retry-after"] == "2"
        time.sleep(0.2)
    raise AssertionError("the view was never ready")


def test_groups_limit_what_is_seen(closed: Here, keys: tuple[Path, dict[str, str]]) -> None:
    words = keys[1]
    ids = {name: {d["id"] for d in seen(closed, words[name])["documents"]} for name in ("all", "board", "public")}
    assert ids == {"all": {"open", "board", "finance"}, "board": {"open", "board"}, "public": {"open"}}
    names = {e["name"] for e in seen(closed, words["public"], "/v1/entities")["entities"]}
    assert "Eve Finance" not in names
    assert "Eve Finance" in {e["name"] for e in seen(closed, words["all"], "/v1/entities")["entities"]}
    for path in ("/v1/search", "/v1/ask"):
        body = {"question": "Where was Eve Finance born?"}
        response = closed.client.post(path, json=body, headers=bearer(words["public"]))
        assert "Oslo" not in response.text
        assert "Oslo" in closed.client.post(path, json=body, headers=bearer(words["all"])).text
    assert closed.client.get("/v1/documents/board", headers=bearer(words["public"])).status_code == 404
    table = closed.client.post(
        "/v1/cypher", json={"statement": "MATCH (d:Document) RETURN d.id"}, headers=bearer(words["public"])
    )
    assert table.json()["rows"] == [["open"]]


def test_a_writer_changes_its_own_only(closed: Here, keys: tuple[Path, dict[str, str]]) -> None:
    board = bearer(keys[1]["board"])
    seen(closed, keys[1]["board"])
    for document in ({"id": "new", "text": "A plan.", "groups": ["finance"]}, {"id": "finance", "text": "Mine now."}):
        response = closed.client.post("/v1/documents", json={"documents": [document]}, headers=board)
        assert response.status_code == 403, document
    assert closed.client.delete("/v1/documents/finance", headers=board).status_code == 404
    closed.client.headers.update(board)
    try:
        plan = {"id": "plan", "title": "Plan", "text": "Bob Board plans a tower.", "groups": ["board"]}
        job = done_job(closed.client, closed.client.post("/v1/documents", json={"documents": [plan]}))
    finally:
        del closed.client.headers["Authorization"]
    assert job["state"] == "done", job
    everything = {d["id"] for d in seen(closed, keys[1]["all"])["documents"]}
    assert "plan" in everything
    for _ in range(300):  # the view follows in the background
        if "plan" in {d["id"] for d in seen(closed, keys[1]["board"])["documents"]}:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the view does not follow")
    assert "plan" not in {d["id"] for d in seen(closed, keys[1]["public"])["documents"]}


@pytest.mark.parametrize(("budget", "counted_tokens"), [(100, [7]), (None, [])])
def test_who_hangs_up_has_used_the_tokens(tmp_path: Path, budget: int | None, counted_tokens: list[int]) -> None:
    key, _ = add_key(tmp_path / "keys.json", "one", groups=["*"], tokens_per_day=budget)
    spent: list[int] = []

    class Noting:
        def used(self, _: Principal, usage: dict[str, int]) -> None:
            spent.append(usage["tokens_out"])

    def told() -> Iterator[Event]:
        yield Event("delta", "Some")
        yield Event("delta", " words.")
        yield Event("done", SimpleNamespace(usage={"tokens_out": 7}))

    services: Any = SimpleNamespace(access=Noting())

    def response() -> Iterator[str]:
        with counted(services, Principal(key.id, "read", None, key), told()) as steps:
            yield from (step.kind for step in steps)

    stream = response()
    next(stream)
    stream.close()
    assert spent == counted_tokens


@pytest.mark.parametrize(("graphs", "refused"), [(["main"], False), (["main", "board"], True)])
def test_cypher_with_keys_reads_no_other_graph_of_a_database(graphs: list[str], refused: bool) -> None:
    class Listing:
        def read(self, name: str) -> list[dict[str, str]]:
            assert name == "read/stamps"
            return [{"graph": graph} for graph in graphs]

    store = Neo4jStore.__new__(Neo4jStore)
    store._database = Listing()
    if refused:
        with pytest.raises(Problem, match="other graphs"):
            _check_alone(store, "main")
    else:
        _check_alone(store, "main")


def test_one_view_is_built_at_a_time(notes_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, done = [0], [0], []

    def build(*_: object, **__: object) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.05)
        running[0] -= 1

    monkeypatch.setattr("graphrag.server.sources.subprocess.run", build)
    source = _WorkspaceFolder(Settings(workspace=str(notes_once)), notes_once)
    for name in "abcd":
        source._build(frozenset([name]), done.append)
    for _ in range(100):
        if len(done) == 4:
            break
        time.sleep(0.05)
    assert len(done) == 4
    assert most == [1]


def test_a_public_address_needs_keys(keys: tuple[Path, dict[str, str]]) -> None:
    for host in ("0.0.0.0", "::", "192.168.1.2", "example.com"):
        with pytest.raises(InputError, match="no keys are set"):
            Settings(workspace="w", host=host)
        Settings(workspace="w", host=host, keys=str(keys[0]))
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.5"):
        Settings(workspace="w", host=host)


@pytest.mark.parametrize(
    "settings",
    [{}, {"workspace": "w", "keys": "nothing.json"}, {"workspace": "w", "origins": ("*",)},
     {"workspace": "w", "origins": ("https://a/b",)}, {"workspace": "w", "origins": ("ftp://a",)}],
)  # fmt: skip
def test_settings_that_cannot_be_served_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Settings(**settings)
