"""Answers in an LLM's words over HTTP: streamed as they come, counted against the key."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from answering import evidence_of, told
from fastapi.testclient import TestClient
from scripted import Fault, ScriptedServer

from graphrag.server.app import create_app
from graphrag.server.keys import add_key
from graphrag.server.observing import Log
from graphrag.server.settings import Settings

QUESTION = {"question": "What is the place of birth of the director of film Under The Cards?"}
FIRST = "André Cayatte directed Under the Cards."


def compose(body: dict[str, Any]) -> str:
    def number(words: str) -> int:
        return next(number for number, title, text in evidence_of(body) if words in f"{title} {text}")

    film, man = number("Le dessous des cartes"), number("in Carcassonne")
    return f"André Cayatte directed Under the Cards [{film}]. He was born in Carcassonne [{man}]."


@pytest.fixture
def client(
    server: ScriptedServer, sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """A client of a server whose answers a scripted model words, and whose keys may cost 1,000 tokens a day."""
    import shutil

    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("GRAPHRAG_LLM_MODEL", "scripted-1")
    server.answer = told(compose=compose)
    workspace = shutil.copytree(
        sample_workspace, tmp_path / "workspace", ignore=shutil.ignore_patterns("llm.db*", "*-wal", "*-shm")
    )
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(yaml.safe_dump({"ask": {"llm": True}, "llm": {"attempts": 1, "timeout": 5.0}}))
    _, word = add_key(tmp_path / "keys.json", "one", groups=["*"], tokens_per_day=1000)
    settings = Settings(workspace=str(workspace), recipe=str(recipe), keys=str(tmp_path / "keys.json"), threads=4)
    with TestClient(create_app(settings, Log(io.StringIO())), base_url="http://127.0.0.1") as served:
        served.headers["Authorization"] = f"Bearer {word}"
        yield served


def events_of(text: str) -> list[tuple[str, Any]]:
    blocks = [dict(line.partition(": ")[::2] for line in block.splitlines()) for block in text.strip().split("\n\n")]
    return [(block.get("event", ""), block["data"]) for block in blocks]


def test_sentences_are_streamed_as_they_come(client: TestClient) -> None:
    events = [(kind, json.loads(data)) for kind, data in events_of(client.post(
        "/v1/ask", json=QUESTION, headers={"Accept": "text/event-stream"}
    ).text)]  # fmt: skip
    said = [data for kind, data in events if kind == "answer"]
    assert [kind for kind, _ in events if kind != "evidence"] == ["plan", "answer", "answer", "citations", "done"]
    assert said[0]["text"] == said[0]["delta"] == f"{FIRST} [1]"
    assert said[1]["text"] == said[0]["delta"] + said[1]["delta"]
    done = events[-1][1]
    assert done["answer"] == said[1]["text"]
    assert done["usage"]["tokens_in"] > 100


def test_chat_streams_them_too(client: TestClient) -> None:
    body = {"messages": [{"role": "user", "content": QUESTION["question"]}], "stream": True}
    data = [json.loads(data) for _, data in events_of(client.post("/v1/chat/completions", json=body).text[:-16])]
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in data]
    assert pieces[1] == f"{FIRST} [1]"
    assert "".join(pieces).count("\n[2] “") == 1


def test_the_talk_before_is_read(client: TestClient) -> None:
    history = [{"role": "user", "content": "Who directed Under The Cards?"}]
    history += [{"role": "assistant", "content": "André Cayatte"}]
    said = client.post("/v1/ask", json={"question": "Where was he born?", "history": history}).json()
    assert said["question"] == "Where was André Cayatte born?"


def test_a_model_that_fails_leaves_the_answer_without_it(client: TestClient, server: ScriptedServer) -> None:
    server.fault = lambda number, body: Fault(status=500)
    said = client.post("/v1/ask", json=QUESTION).json()
    assert said["answer"] == "Carcassonne"
    assert "without the LLM" in said["notes"][0]


def test_tokens_count_against_the_key(client: TestClient) -> None:
    statuses = [
        client.post("/v1/ask", json={**QUESTION, "k": 5 + turn}).status_code for turn in range(4)
    ]  # no reply is cached
    assert statuses[0] == 200
    assert statuses[-1] == 429
    refused = client.post("/v1/ask", json=QUESTION)
    assert int(refused.headers["retry-after"]) >= 1


def test_many_wait_at_a_time(client: TestClient, server: ScriptedServer) -> None:
    server.seconds = 0.5
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(lambda k: client.post("/v1/ask", json={**QUESTION, "k": k}).status_code, range(5, 9))
        )
    assert answers == [200] * 4
    assert server.most_at_once >= 2
