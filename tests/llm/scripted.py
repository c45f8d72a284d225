"""A server that speaks OpenAI's protocol over real HTTP and answers as a test says, faults included."""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

__all__ = ["Fault", "ScriptedServer", "tokens"]

MODEL = "scripted-1"


@dataclass
class Fault:
    """What goes wrong with one reply, instead of or beside its text."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None  # sent as it is, instead of a chat completion
    text: str | None = None  # what the model says instead
    finish: str = "stop"
    hang: float = 0.0  # seconds of silence, after which the connection is closed
    cut_after: int | None = None  # the connection is closed after so many bytes of the body


def tokens(text: str) -> int:
    """Count tokens as a model might: pieces of words of up to seven letters, and runs of marks."""
    return sum(1 + (len(word) - 1) // 7 for word in re.findall(r"\w+", text)) + len(re.findall(r"[^\w\s]+", text))


class ScriptedServer:
    """Answers chat completions.

    Attributes
    ----------
    answer : callable
        Takes the request's JSON and returns what the model says.
    fault : callable
        Takes the number of the request (from 0) and its JSON, and returns what goes wrong, if anything.
    requests : list
        The JSON of all requests so far.
    seconds : float
        How long each reply takes.
    pause : float
        Seconds before each word of a streamed reply.
    """

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], str] = lambda body: "ok"
        self.fault: Callable[[int, dict[str, Any]], Fault | None] = lambda number, body: None
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.faults = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self.seconds = 0.0
        self.pause = 0.0
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                send(self, 200, json.dumps({"data": [{"id": MODEL}]}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner._serve(self, body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        with self._lock:
            number = len(self.requests)
            self.requests.append(body)
            self.keys.append(handler.headers.get("Authorization", ""))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            fault = self.fault(number, body)
            self.faults += fault is not None
            self._reply(handler, body, fault or Fault())
        except OSError:
            handler.close_connection = True  # the client went away
        finally:
            with self._lock:
                self._at_once -= 1

    def _reply(self, handler: BaseHTTPRequestHandler, body: dict[str, Any], fault: Fault) -> None:
        if fault.hang:
            time.sleep(fault.hang)
            handler.close_connection = True
            return
        if body["model"] != MODEL:
            said = {"error": {"message": f"The model `{body['model']}` does not exist", "code": "model_not_found"}}
            send(handler, 404, json.dumps(said).encode())
            return
        if fault.status != 200:
            send(handler, fault.status, fault.body or b'{"error": {"message": "no"}}', fault.headers)
            return
        if self.seconds:
            time.sleep(self.seconds)
        text = self.answer(body) if fault.text is None else fault.text
        if body.get("stream"):
            self._stream(handler, text, fault)
            return
        asked = sum(tokens(message["content"]) for message in body["messages"])
        if fault.body is None:
            with self._lock:
                self.tokens_in += asked
                self.tokens_out += tokens(text)
        message = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": fault.finish}
        reply = {
            "model": MODEL,
            "choices": [message],
            "usage": {"prompt_tokens": asked, "completion_tokens": tokens(text)},
        }
        data = json.dumps(reply).encode() if fault.body is None else fault.body
        send(handler, 200, data, fault.headers, fault.cut_after)

    def _stream(self, handler: BaseHTTPRequestHandler, text: str, fault: Fault) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        for number, piece in enumerate(re.findall(r"\S+\s*", text)):
            if fault.cut_after is not None and number >= fault.cut_after:
                return
            time.sleep(self.pause)
            event = {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            handler.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": fault.finish}]}
        handler.wfile.write(b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n")


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    data: bytes,
    headers: dict[str, str] | None = None,
    cut_after: int | None = None,
) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data if cut_after is None else data[:cut_after])
    if cut_after is not None:
        handler.close_connection = True
