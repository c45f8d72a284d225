"""What an answer says of facts that its sources disagree about."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.types import Document, DocumentId

TEXTS = {
    "a": "Ada Lovelace was an English mathematician. She was born on 10 December 1815 in London. "
    "She was the daughter of Lord Byron.",
    "b": "Ada Lovelace (born 9 May 1816 in London) wrote programs for the Analytical Engine.",
    "c": "Charles Babbage was born on 26 December 1791 in Walworth, London. He designed the Analytical Engine.",
}
NOTE = "The sources disagree about Ada Lovelace, born on: 9 May 1816 (b) or 10 December 1815 (a)."


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disputes") / "w"
    with GraphRAG.create(folder) as rag:
        rag.build([Document(DocumentId(name), "", text, name) for name, text in TEXTS.items()])
    return folder


def ask(folder: Path, question: str, *more: str) -> tuple[str, str]:
    done = CliRunner().invoke(main, ["ask", question, "-w", str(folder), *more])
    assert done.exit_code == 0
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    "question",
    [
        "When was Ada Lovelace born?",
        "When was the daughter of Lord Byron born?",
        "Who was born first, Ada Lovelace or Charles Babbage?",
    ],
)
def test_an_answer_that_rests_on_a_disputed_fact_says_so(built: Path, question: str) -> None:
    out, err = ask(built, question)
    assert err == f"Note: {NOTE}\n" and "Note" not in out
    said: dict[str, Any] = json.loads(ask(built, question, "--json")[0])
    assert said["notes"] == [NOTE]
    with GraphRAG.open(built) as rag:
        *_, last = rag.ask_stream(question)
        assert last.value.notes == (NOTE,)


@pytest.mark.parametrize(
    "question",
    [
        "Where was Ada Lovelace born?",  # the cited sentence tells of the disputed date too
        "When was Charles Babbage born?",
        "Where was Charles Babbage born?",  # in Walworth, which is in London
        "Where was Zaphod Beeblebrox born?",
    ],
)
def test_other_answers_say_nothing(built: Path, question: str) -> None:
    assert ask(built, question)[1] == ""
    assert "notes" not in json.loads(ask(built, question, "--json")[0])


def test_a_conflict_is_one_of_two_sentences(built: Path) -> None:
    done = CliRunner().invoke(main, ["conflicts", "-w", str(built), "--json"])
    assert [(row["subject"]["name"], row["predicate"]) for row in json.loads(done.stdout)] == [
        ("Ada Lovelace", "born on")
    ]
