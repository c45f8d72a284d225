"""A real, small, poor LLM answers questions: whatever it says, only what the documents say is shown."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from test_real_llm import endpoint

from graphrag import GraphRAG
from graphrag.checking import answer_problems
from graphrag.jsonable import answer_json
from graphrag.stores.workspace import Workspace
from graphrag.types import Answer

__all__ = ["endpoint"]  # the server is started once for both files of a worker

pytestmark = pytest.mark.llm

QUESTIONS = [
    "What is the place of birth of the director of film Under The Cards?",
    "Who directed Seven Women?",
    "Which quarks decay slowest?",
]


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sample_workspace, tmp_path / "w", ignore=shutil.ignore_patterns("llm.db*", "*-wal", "*-shm"))


def recipe_for(url: str, folder: Path, **ask: object) -> str:
    llm = {"base_url": url, "model": "gemma", "max_tokens": 128, "concurrency": 1, "timeout": 120.0, "attempts": 2}
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({"ask": {"llm": True, "context_tokens": 500, "k": 4, **ask}, "llm": llm}))
    return str(path)


def checked(workspace: Path, answer: Answer) -> None:
    """Check that an answer is valid, however poor the model is."""
    marks = {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)}
    assert not answer.usage or marks <= set(range(1, len(answer.citations) + 1))
    with Workspace.open(workspace) as store:
        assert answer_problems(store, json.loads(json.dumps(answer_json(answer)))) == []
    assert answer.found == bool(answer.citations)


def test_answers_of_a_poor_llm_are_valid(endpoint: str, workspace: Path, tmp_path: Path) -> None:
    with GraphRAG.open(workspace, recipe=recipe_for(endpoint, tmp_path)) as rag:
        for question in QUESTIONS:
            answer = rag.ask(question, mode="basic")
            print(question, "→", answer.text, answer.notes, dict(answer.usage))  # noqa: T201 - shown where it fails
            checked(workspace, answer)
            assert answer.usage["requests"] == 1 and answer.usage["tokens_in"] > 100
            assert not any("cannot be reached" in note for note in answer.notes)


def test_all_options_with_a_poor_llm(endpoint: str, workspace: Path, tmp_path: Path) -> None:
    ways = ["rewrite", "decompose", "hyde", "step_back"]
    recipe = recipe_for(endpoint, tmp_path, rewrite=ways, rounds=1, rerank={"name": "llm"})
    with GraphRAG.open(workspace, recipe=recipe) as rag:
        answer = rag.ask("Where was he born?", history=[("Who directed Under The Cards?", "André Cayatte")])
        print(answer.question, "→", answer.text, answer.notes, answer.plan.sub_questions)  # noqa: T201 - shown where it fails
        checked(workspace, answer)
        assert answer.usage["requests"] >= 7


def test_steps_stream_from_a_real_server(endpoint: str, workspace: Path, tmp_path: Path) -> None:
    def kinds(rag: GraphRAG) -> Iterator[str]:
        return (event.kind for event in rag.ask_stream(QUESTIONS[1]))

    with GraphRAG.open(workspace, recipe=recipe_for(endpoint, tmp_path)) as rag:
        seen = list(kinds(rag))
        assert rag.ask(QUESTIONS[1]).usage["requests"] == 1  # it was the LLM that was asked
    assert seen[:2] == ["plan", "evidence"] and seen[-2:] == ["citations", "done"]
