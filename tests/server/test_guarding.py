"""What every request passes: hosts, origins, bounds, problems, headers, log."""

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from server_helpers import Here, serving, serving_here

QUESTION = {"question": "Who directed Under The Cards?"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8765", "localhost:1", "[::1]:8765", "10.1.2.3", "LOCALHOST"])
def test_the_server_is_called_by_its_address(here: Here, host: str) -> None:
    assert here.client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example", "[::1", "a b",
     "0x7f.1", "localhost\t", "é"],
)  # fmt: skip
def test_another_name_is_refused_as_rebinding(here: Here, host: str) -> None:
    response = here.client.get("/v1/documents", headers={"Host": host.encode("latin-1")})
    assert response.status_code == 421
    assert "documents" not in response.text


def test_a_name_can_be_allowed(sample_workspace: Path) -> None:
    with serving_here(sample_workspace, hosts=("Answers.example",)) as server:
        assert server.client.get("/healthz", headers={"Host": "answers.EXAMPLE:80"}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://127.0.0.1.evil.example", "http://127.0.0.1:1", "file://", "127.0.0.1"],
)
def test_pages_of_other_origins_are_refused(here: Here, origin: str) -> None:
    for method, path in (("POST", "/v1/search"), ("DELETE", "/v1/documents/x"), ("GET", "/v1/documents")):
        response = here.client.request(method, path, headers={"Origin": origin})
        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers


def test_its_own_page_may_ask(here: Here) -> None:
    assert here.client.post("/v1/search", json=QUESTION, headers={"Origin": "http://127.0.0.1"}).status_code == 200


def test_an_origin_can_be_allowed(sample_workspace: Path) -> None:
    mine = "https://mine.example"
    with serving_here(sample_workspace, origins=(mine,)) as server:
        asked = {"Origin": mine, "Access-Control-Request-Method": "POST"}
        preflight = server.client.options("/v1/search", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == mine
        assert "authorization" in preflight.headers["access-control-allow-headers"]
        response = server.client.post("/v1/search", json=QUESTION, headers={"Origin": mine})
        assert response.headers["access-control-allow-origin"] == mine
        assert response.headers["vary"] == "Origin"
        other = server.client.options("/v1/search", headers={**asked, "Origin": "https://other.example"})
        assert other.status_code == 403


def test_every_response_has_the_headers(here: Here) -> None:
    for path in ("/healthz", "/v1/documents", "/nothing", "/"):
        headers = here.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-request-id"]
        assert "server" not in headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/v1/documents/nothing", 404), ("PUT", "/v1/search", 405),
     ("GET", "/v1/search", 405), ("POST", "/v1/search", 422), ("GET", "/v1/documents?limit=0", 422),
     ("GET", "/v1/documents?cursor=x", 422), ("GET", "/v1/jobs/..%2fx", 404), ("GET", "/V1/search", 404),
     ("GET", f"/assets/{'a' * 300}", 404), ("GET", "/assets/" + "a/" * 3000 + "a", 404)],
)  # fmt: skip
def test_every_error_is_a_problem(here: Here, method: str, path: str, status: int) -> None:
    response = here.client.request(method, path, headers={"X-Request-ID": "mine-1"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["request_id"] == "mine-1" == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]


def test_an_id_that_is_none_is_replaced(here: Here) -> None:
    for given in ("a b", "x" * 65, "", '"}\n{'):
        response = here.client.get("/healthz", headers={"X-Request-ID": given.encode()})
        assert response.headers["x-request-id"] != given
        assert len(response.headers["x-request-id"]) == 16


def test_an_unforeseen_error_tells_nothing_of_the_inside(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr("graphrag.engine.GraphRAG.search", fail)
    response = here.client.post("/v1/search", json=QUESTION)
    assert response.status_code == 500
    assert "secret" not in response.text
    told = [line for line in here.lines if line["event"] == "error"][-1]
    assert "a secret of the inside" in told["trace"]
    assert told["request_id"] == response.json()["request_id"]


def test_a_body_is_bounded(sample_workspace: Path) -> None:
    with serving_here(sample_workspace, body_bytes=2000) as server:
        assert server.client.post("/v1/search", json=QUESTION).status_code == 200
        long = {"question": "x" * 1000, "filters": {"a": "y" * 2000}}
        assert server.client.post("/v1/search", json=long).status_code == 413
        unsaid = server.client.post("/v1/search", content=iter([b"x" * 900] * 3))
        assert unsaid.status_code == 413
        assert server.client.get("/healthz", headers={"Content-Length": "many"}).status_code == 413


def test_deep_and_broken_json_is_told(here: Here) -> None:
    for body in (b"[" * 100_000, b'{"question": ', b"\xff\xfe", b'{"question": "x", "k": NaN}', b"null", b"[]", b'"x"'):
        response = here.client.post("/v1/search", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code in (400, 422), response.text
        assert response.headers["content-type"] == "application/problem+json"


def test_the_log_has_no_question_and_no_key(sample_workspace: Path) -> None:
    secret = "Who directed Under The Cards?"
    for wanted in (False, True):
        with serving_here(sample_workspace, log_questions=wanted) as server:
            server.client.post("/v1/ask", json={"question": secret}, headers={"Authorization": "Bearer hg_word"})
            server.client.get("/v1/documents?q=hidden")
            server.client.get("/v1/documents/hidden%0a%7b%22event%22")
        text = server.log.getvalue()
        assert (secret in text) == wanted
        assert "hg_word" not in text
        assert "hidden" not in text
        line = next(line for line in server.lines if line.get("route") == "/v1/ask")
        assert line["status"] == 200
        assert line["ms"] > 0


def raw(port: int, request: bytes, seconds: float = 10.0) -> bytes:
    """Send bytes as they are, and return what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        with suppress(ConnectionResetError):  # it has heard enough
            while part := connection.recv(65536):
                said += part
        return said


def test_hostile_bytes_do_not_stop_the_server(sample_workspace: Path) -> None:
    with serving("-w", str(sample_workspace), "--timeout", "1") as server:
        hostile = [
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
            b"GET /v1/documents HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
            b"GET http://evil.example/v1/documents HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01",
            b"GET /%00%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /v1/entities?q=%00%ff%22%27 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ]
        for request in hostile:
            said = raw(server.port, request)
            assert b" 500 " not in said.partition(b"\r\n")[0], request[:80]
            assert b'"documents"' not in said
        start = time.monotonic()
        slow = b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
        slow += b"Content-Type: application/json\r\n\r\n{"
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(slow)
            assert b" 408 " in connection.recv(65536)
        assert time.monotonic() - start < 5
        assert server.client.post("/v1/search", json=QUESTION).status_code == 200
