"""What the client does when the connection or the server fails: a real socket that answers as it is told."""

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from types import MappingProxyType

import pytest

from graphrag.client import AsyncClient, BadRequest, Client, ClientError, Failed, Limited, NotReady, Unreachable
from graphrag.types import Document, DocumentId

Script = Callable[[list[bytes | None]], str]
EMPTY = {"question": "q", "plan": {"question": "q", "kind": "plain", "seeds": [], "residual": "q", "sub_questions": []}}
FOUND = {**EMPTY, "passages": [], "timings": {}}


def response(body: object, status: str = "200 OK", *headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + data


def whole(connection: socket.socket) -> bytes:
    """Read a request with its body."""
    data = connection.recv(65_536)
    length = re.search(rb"content-length: *([0-9]+)", data, re.IGNORECASE)
    while length and len(data) < data.index(b"\r\n\r\n") + 4 + int(length[1]):
        data += connection.recv(65_536)
    return data


class Scripted:
    """Answers each connection with the next response; None closes it without one."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._replies: list[bytes | None] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def replies(self, replies: list[bytes | None]) -> str:
        self._replies = list(replies)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(whole(connection))
                reply = self._replies.pop(0) if self._replies else None
                if reply is not None:
                    connection.sendall(reply)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


def test_safe_calls_are_tried_again(server: Scripted) -> None:
    with Client(server.replies([None, None, response(FOUND)])) as client:
        assert client.search("q").passages == ()
    assert len(server.requests) == 3

    async def run() -> None:
        async with AsyncClient(server.replies([None, response(FOUND)])) as client:
            assert (await client.search("q")).passages == ()

    asyncio.run(run())
    assert len(server.requests) == 5


def test_not_for_ever(server: Scripted) -> None:
    with Client(server.replies([None] * 10)) as client, pytest.raises(Unreachable, match="broke"):
        client.search("q")
    assert len(server.requests) == 3


def test_changes_are_sent_once(server: Scripted) -> None:
    with Client(server.replies([None, response({"job": "j"})])) as client:
        with pytest.raises(Unreachable):
            client.add_documents([Document(DocumentId("a"), "A", "Text.")])
        assert len(server.requests) == 1
    with Client(server.replies([None, response({"job": "j"})])) as client:
        with pytest.raises(Unreachable):
            client.delete_document("a")
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests", "500 Internal Server Error"])
def test_responses_are_not_tried_again(server: Scripted, status: str) -> None:
    kind = {"503": NotReady, "429": Limited, "500": Failed}[status[:3]]
    body = {"title": "T", "status": int(status[:3]), "detail": "said", "request_id": "r1"}
    url = server.replies([response(body, status, "Retry-After: 7"), response(FOUND)])
    with Client(url) as client, pytest.raises(kind, match="said") as caught:
        client.search("q")
    assert (caught.value.status, caught.value.request_id, caught.value.retry_after) == (int(status[:3]), "r1", 7.0)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b"{}", json.dumps({**FOUND, "passages": [1]}).encode()]
)
def test_other_shapes_are_told(server: Scripted, body: bytes) -> None:
    with Client(server.replies([response(body)])) as client, pytest.raises(Failed, match="cannot be read"):
        client.search("q")
    with Client(server.replies([response(body, "400 Bad Request")])) as client, pytest.raises(BadRequest, match="400"):
        client.search("q")


def test_fields_of_a_newer_server_are_left_out(server: Scripted) -> None:
    line = {"id": "e", "name": "N", "label": "L", "mentions": 1, "newer": True}
    with Client(server.replies([response({"entities": [line], "next": None, "newer": 1})])) as client:
        assert [one.name for one in client.entities()] == ["N"]


def test_what_json_cannot_hold_is_told(server: Scripted) -> None:
    with Client(server.replies([response(FOUND)])) as client:
        for value in (float("nan"), object(), {1, 2}):
            with pytest.raises(BadRequest, match="as JSON"):
                client.cypher("RETURN $x", {"x": value})
        assert server.requests == []
        client.search("half a \ud800 letter", filters=MappingProxyType({"title": "T"}))
    assert rb"\ud800" in server.requests[0] and b'"title": "T"' in server.requests[0]


def test_time_is_over(server: Scripted) -> None:
    held = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def hold() -> None:
            connection, _ = silent.accept()
            with connection:
                held.wait(10)

        thread = threading.Thread(target=hold)
        thread.start()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(address, timeout=0.3) as client, pytest.raises(Unreachable, match="in time"):
            client.search("q")
        held.set()
        thread.join()


def stream(*events: tuple[str, object]) -> bytes:
    text = "".join(f"event: {name}\ndata: {json.dumps(value)}\n\n" for name, value in events)
    return response(f": a comment\n\n{text}".encode(), "200 OK", "Content-Type: text/event-stream")


DONE = {
    **EMPTY,
    **{"answer": "Yes it is.", "found": True, "confidence": 0.5, "citations": [], "path": [], "evidence": []},
    "timings": {},
}


def test_pieces_of_an_answer(server: Scripted) -> None:
    pieces = [{"text": "Yes", "delta": "Yes"}, {"text": "Yes it", "delta": " it"}, {"text": "Yes it is."}]
    events = [("plan", EMPTY["plan"]), *(("answer", piece) for piece in pieces), ("newer", 1), ("done", DONE)]
    with Client(server.replies([stream(*events)])) as client:
        heard = list(client.ask_stream("q"))
    assert [event.kind for event in heard] == ["plan", "delta", "delta", "delta", "done"]
    assert [event.value for event in heard[1:4]] == ["Yes", " it", " is."]


@pytest.mark.parametrize(
    ("events", "kind", "said"),
    [
        ([("plan", EMPTY["plan"])], Unreachable, "before the answer did"),
        ([("plan", {})], Failed, "cannot be read"),
        ([("error", {"detail": "no room", "status": 500, "request_id": "r"})], Failed, "no room"),
    ],
)
def test_broken_streams(server: Scripted, events: list[tuple[str, object]], kind: type[ClientError], said: str) -> None:
    with Client(server.replies([stream(*events)])) as client, pytest.raises(kind, match=said):
        list(client.ask_stream("q"))


def test_the_key_is_sent_and_not_shown(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRAG_KEY", "hg_canary")
    with Client(server.replies([response(FOUND)])) as client:
        client.search("q")
        assert "canary" not in repr(client)
    assert b"authorization: bearer hg_canary" in server.requests[0].lower()
    with Client(server.replies([response({}, "401 Unauthorized")])) as client:
        with pytest.raises(ClientError) as caught:
            client.search("q")
        assert "canary" not in str(caught.value)
