"""The page where a language model words the answers: they come sentence by sentence, and what went wrong is told."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from page_helpers import CHROMIUM, DRIVER, NOT_HERE, Browser, Server, served

from graphrag.engine import GraphRAG
from graphrag.types import Document, DocumentId

sys.path.append(str(Path(__file__).parents[1] / "llm"))
from answering import evidence_of, told
from scripted import Fault, ScriptedServer

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason=NOT_HERE)

DOCUMENTS = [
    Document(DocumentId("harbour"), "The Quiet Harbour", "The Quiet Harbour is a 1951 film directed by Anna Bergson."),
    Document(
        DocumentId("anna"),
        "Anna Bergson",
        "Anna Bergson was a film director. Anna Bergson was born in Uppsala.",
        metadata={"page_starts": "0 34"},
    ),
]


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: ScriptedServer) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("page")
    with GraphRAG.create(folder / "workspace") as rag:
        rag.build(DOCUMENTS, workers=1)
    recipe = folder / "mine.yaml"
    recipe.write_text(yaml.safe_dump({"ask": {"llm": True}, "llm": {"attempts": 1, "timeout": 20.0}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", model.url)
        patch.setenv("GRAPHRAG_LLM_MODEL", "scripted-1")
        with served(folder / "workspace", "--recipe", str(recipe)) as running:
            yield running


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Browser]:
    """A window; its console must have said nothing at the end."""
    with Browser(tmp_path) as window:
        window.size(1280, 800)
        yield window
        assert window.complaints() == []


def number(body: dict[str, Any], words: str) -> int:
    return next(number for number, title, text in evidence_of(body) if words in f"{title} {text}")


def ask(page: Browser, server: Server, question: str) -> None:
    page.open(server.address)
    page.click("#question")
    page.write(question)
    page.click("button.main")


def test_sentences_come_one_by_one_with_their_citations(page: Browser, server: Server, model: ScriptedServer) -> None:
    def compose(body: dict[str, Any]) -> str:
        film, birth = number(body, "directed by Anna"), number(body, "in Uppsala")
        return f"Anna Bergson directed The Quiet Harbour [{film}]. She was born in Uppsala [{birth}]."

    model.answer, model.pause = told(compose=compose), 0.2
    ask(page, server, "Where was the director of The Quiet Harbour born?")
    page.until("document.querySelector('.answer .prose')?.textContent.includes('directed The Quiet Harbour')")
    assert "Uppsala" not in page.text(".answer")
    assert page.text("button.main") == "Stop"
    page.until("document.querySelector('.why-not')")
    model.pause = 0.0
    whole = "Anna Bergson directed The Quiet Harbour. 1 She was born in Uppsala. 2"
    assert page.text(".short-answer").replace(" ", "") == whole.replace(" ", "")
    assert page.texts(".short-answer .cite") == ["1", "2"]
    assert page.texts(".quotes q") == [DOCUMENTS[0].text, "Anna Bergson was born in Uppsala."]
    assert page.texts(".quotes .from") == ["The Quiet Harbour", "Anna Bergson, page 2"]
    page.click(".short-answer .cite:nth-of-type(2)")
    page.until("document.querySelector('#pane .text mark')")
    assert page.text("#pane .text mark") == "Anna Bergson was born in Uppsala."


def test_what_was_left_out_is_told(page: Browser, server: Server, model: ScriptedServer) -> None:
    def compose(body: dict[str, Any]) -> str:
        film = number(body, "directed by Anna")
        return f"Anna Bergson directed The Quiet Harbour [{film}]. The film <img src=x> won nine prizes [{film}]."

    model.answer = told(compose=compose)
    ask(page, server, "Who directed The Quiet Harbour?")
    page.until("document.querySelector('.why-not')")
    assert "prizes" not in page.text(".answer")
    assert page.count(".answer img") == 0
    assert any("1 sentence of the LLM's reply left out" in note for note in page.texts(".answer .soft"))


def test_without_the_model_the_answer_comes_with_a_note(page: Browser, server: Server, model: ScriptedServer) -> None:
    model.fault = lambda number, body: Fault(status=401, body=b'{"error": {"message": "no such key"}}')
    ask(page, server, "Where was Anna Bergson born?")
    page.until("document.querySelector('.why-not')")
    assert page.js("document.querySelector('.short-answer').firstChild.textContent") == "Uppsala"
    assert any("without the LLM" in note for note in page.texts(".answer .soft"))
