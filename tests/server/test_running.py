"""Servers as processes: start, stop, workers, and the clients that people have."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from click.testing import CliRunner
from server_helpers import Process, done_job, serving

from graphrag.cli import main
from graphrag.cli.memory import megabytes_of
from graphrag.errors import GraphRAGError
from graphrag.evaluation.serving import Load, measure, misses
from graphrag.server.keys import add_key
from graphrag.server.running import _bound
from graphrag.server.settings import Settings

QUESTION = "What is the place of birth of the director of film Under The Cards?"


@pytest.fixture(scope="module")
def server(sample_workspace: Path) -> Any:
    with serving("-w", str(sample_workspace)) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Process) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0)


def test_openai_s_client_asks(client: openai.OpenAI) -> None:
    talk: Any = [{"role": "system", "content": "Be short."}, {"role": "user", "content": QUESTION}]
    done = client.chat.completions.create(model="hopgraph", messages=talk, temperature=0)
    message = done.choices[0].message
    assert message.content is not None
    assert message.content.startswith("Carcassonne")
    assert "[1] “" in message.content
    assert message.model_extra is not None
    assert message.model_extra["citations"][0]["quote"] in message.content
    assert done.choices[0].finish_reason == "stop"
    assert done.usage is not None
    assert done.usage.total_tokens > 0
    assert "hopgraph" in [model.id for model in client.models.list()]


def test_openai_s_client_streams(client: openai.OpenAI) -> None:
    talk: Any = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    chunks = list(
        client.chat.completions.create(
            model="hopgraph", messages=talk, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith("Carcassonne\n\n[1] “")
    assert chunks[-1].usage is not None
    last = [chunk for chunk in chunks if chunk.choices][-1].choices[0]
    assert last.finish_reason == "stop"
    assert last.delta.model_extra is not None
    assert last.delta.model_extra["citations"]


def test_openai_s_client_is_told_what_is_wrong(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-4'"):
        client.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": "x"}])
    with pytest.raises(openai.UnprocessableEntityError, match="no question"):
        client.chat.completions.create(model="hopgraph", messages=[{"role": "system", "content": "x"}])


def test_openai_s_client_needs_a_key(sample_workspace: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    _, word = add_key(keys, "chat", groups=["*"])
    with serving("-w", str(sample_workspace), "--keys", str(keys), "--host", "0.0.0.0") as server:
        url = f"http://127.0.0.1:{server.port}/v1"
        talk: Any = [{"role": "user", "content": QUESTION}]
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=url, api_key="hg_no", max_retries=0).models.list()
        done = openai.OpenAI(base_url=url, api_key=word).chat.completions.create(model="hopgraph", messages=talk)
        assert (done.choices[0].message.content or "").startswith("Carcassonne")
        line = logged(server, "completions")
        assert line["key"].startswith("k_")
        assert word not in "".join(server.lines)


def logged(server: Process, word: str) -> dict[str, Any]:
    """Return a line of the log with a word; it is written after the response."""
    for _ in range(100):
        for line in server.lines:
            if word in line:
                told: dict[str, Any] = json.loads(line)
                return told
        time.sleep(0.05)
    raise AssertionError(f"the log says nothing of {word}")


def test_who_comes_before_the_application_waits() -> None:
    with _bound(Settings(workspace="w", port=0)) as place, socket.create_connection(place.getsockname(), timeout=1):
        pass


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_before_it_answers_leaves_nothing(sample_workspace: Path, tmp_path: Path, workers: str) -> None:
    options = ["-w", str(sample_workspace), "--port", "0", "--workers", workers]
    command = [sys.executable, "-m", "graphrag.cli", "serve", *options]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        assert any("listening" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert not list(tmp_path.glob("graphrag-serve-*"))


def test_workers_end_when_their_parent_is_killed(
    sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # what a killed process leaves
    with serving("-w", str(sample_workspace), "--workers", "2") as server:
        server.process.kill()
        server.process.wait(timeout=10)
        for _ in range(200):
            try:
                server.client.get("/healthz", headers={"Connection": "close"})
            except httpx.TransportError:
                return
            time.sleep(0.1)
    raise AssertionError("workers answer without their parent")


def test_a_thread_that_does_not_end_does_not_keep_the_process() -> None:
    program = """if True:
        import signal, threading, time
        from graphrag.server import running
        running._GRACE_SECONDS = 0.5
        running._hear_signals()
        threading.Thread(target=time.sleep, args=(60,)).start()
        signal.raise_signal(signal.SIGTERM)
    """
    assert subprocess.run([sys.executable, "-c", program], timeout=30).returncode == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_lets_requests_finish(sample_workspace: Path, workers: str) -> None:
    with serving("-w", str(sample_workspace), "--workers", workers) as server:
        done: list[int] = []
        started = threading.Barrier(9)

        def ask() -> None:
            started.wait()
            body = {"question": QUESTION, "k": 200}
            done.append(server.client.post("/v1/ask", json=body).status_code)

        askers = [threading.Thread(target=ask) for _ in range(8)]
        for asker in askers:
            asker.start()
        server.client.get("/healthz")
        started.wait()
        time.sleep(0.3)  # all have been sent, and few are answered
        server.process.send_signal(signal.SIGTERM)
        for asker in askers:
            asker.join()
        assert server.process.wait(timeout=30) == 0
    assert done == [200] * 8
    events = [json.loads(line)["event"] for line in server.lines]
    assert events.count("stopped") == int(workers)
    assert "error" not in events


def test_a_followed_job_does_not_hold_up_the_end(notes: Path) -> None:
    with serving("-w", str(notes)) as server:
        texts = [{"id": f"d{n}", "text": f"Anna Number{n} was born in Town{n}. " * 20} for n in range(300)]
        job = server.client.post("/v1/documents", json={"documents": texts}).json()["job"]
        with server.client.stream("GET", f"/v1/jobs/{job}/events") as response:
            lines = response.iter_lines()
            assert next(lines) == "event: progress"
            start = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            list(lines)
        assert server.process.wait(timeout=20) == 0
        assert time.monotonic() - start < 15
    found = subprocess.run(
        [sys.executable, "-m", "graphrag.cli", "verify", "-w", str(notes)], capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr


def test_workers_share_jobs_and_figures(notes: Path) -> None:
    with serving("-w", str(notes), "--workers", "2") as server:
        document = {"id": "zed", "title": "Zed Xon", "text": "Zed Xon was a painter. Zed Xon was born in Ghent."}
        job = done_job(server.client, server.client.post("/v1/documents", json={"documents": [document]}))
        assert job["state"] == "done"
        time.sleep(2.0)  # the other worker notices by itself
        for _ in range(10):  # a new connection each, so that both are asked
            with serving_client(server) as client:
                assert client.post("/v1/ask", json={"question": "Where was Zed Xon born?"}).json()["answer"] == "Ghent"
        text = server.client.get("/metrics").text
        asked = 'graphrag_requests_total{method="POST",route="/v1/ask"'
        (line,) = [line for line in text.splitlines() if line.startswith(asked)]
        assert float(line.rpartition(" ")[2]) == 10


def serving_client(server: Process) -> Any:
    return httpx.Client(base_url=server.url, timeout=30)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["-w", "nowhere"], 5, "There is no workspace"),
        (["-w", "WORKSPACE", "--host", "0.0.0.0"], 3, "no keys are set"),
        (["-w", "WORKSPACE", "--keys", "nothing.json"], 3, "no file of keys"),
        (["-w", "WORKSPACE", "--allow-origin", "*"], 3, "is no origin"),
        (["-w", "WORKSPACE", "--host", "203.0.113.7", "--keys", "KEYS"], 1, "cannot be used"),
        ([], 2, "Missing option"),
    ],
)
def test_what_cannot_be_served_is_told(
    options: list[str], code: int, said: str, sample_workspace: Path, tmp_path: Path
) -> None:
    add_key(tmp_path / "keys.json", "any")
    words = {"WORKSPACE": str(sample_workspace), "KEYS": str(tmp_path / "keys.json")}
    command = [sys.executable, "-m", "graphrag.cli", "serve", *(words.get(option, option) for option in options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told(server: Process, sample_workspace: Path) -> None:
    command = [sys.executable, "-m", "graphrag.cli", "serve", "-w", str(sample_workspace), "--port", str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "choose another" in done.stderr


def test_the_load_bench_measures(sample_workspace: Path) -> None:
    load = measure(sample_workspace, [QUESTION, "Who directed Yakuza Graveyard?"], megabytes_of, clients=4, seconds=3)
    assert load.errors == 0
    assert load.requests > 5
    assert load.requests_per_second == pytest.approx(load.requests / 3)
    assert 0 < load.p50_ms <= load.p95_ms
    assert load.memory_mb > 50
    assert load.cpu_ms > 1
    assert 0 < load.ready_seconds < 30
    assert 0 < load.health_p50_ms <= load.health_most_ms


def test_misses_are_named() -> None:
    good = Load(1, 2, 16, 60.0, 6000, 100.0, 100.0, 200.0, 20.0, 0, 1.0, 2.0, 3.0, 200.0, 0.01, 1.0, 0.5)
    assert misses(good) == []
    bad = Load(1, 2, 16, 60.0, 60, 1.0, 100.0, 500.0, 20.0, 3, 1.0, 60.0, 70.0, 200.0, 0.06, 4.0, 0.5)
    names = {"requests_per_second", "p95_ms", "errors", "health_p95_ms", "growth", "ready_seconds"}
    assert set(misses(bad)) == names


def test_the_load_bench_says_what_is_wrong(sample_workspace: Path, samples: Path) -> None:
    questions = str(samples / "2wiki" / "questions.json")
    done = CliRunner().invoke(main, ["bench", "serve", questions, "-w", str(sample_workspace), "--workers", "x"])
    assert done.exit_code == 2
    with pytest.raises(GraphRAGError, match="There is no workspace"):
        measure(sample_workspace / "nothing", [QUESTION], megabytes_of, seconds=1)
