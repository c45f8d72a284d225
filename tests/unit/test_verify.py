"""What ``verify`` finds: damage of a workspace that its digests no longer hide, and answers that were changed."""

import copy
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from graphrag.checking import answer_problems, differences
from graphrag.cli import main
from graphrag.errors import InputError, WorkspaceDamaged
from graphrag.stores.inspection import content_digest_of, notes_digest_of
from graphrag.stores.rows import dump
from graphrag.stores.workspace import Workspace

QUESTION = "What is the place of birth of the director of film Under The Cards?"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def answer(sample_workspace: Path) -> dict[str, Any]:
    code, out = run("ask", QUESTION, "-w", sample_workspace, "--json")
    assert code == 0
    said: dict[str, Any] = json.loads(out)
    assert said["found"] and len(said["citations"]) > 1 and said["evidence"]
    return said


@pytest.fixture(scope="module")
def store(sample_workspace: Path) -> Iterator[Workspace]:
    with Workspace.open(sample_workspace) as workspace:
        yield workspace


def test_a_sound_workspace_is_sound_and_says_its_digest(sample_workspace: Path) -> None:
    code, out = run("verify", "-w", sample_workspace, "--json")
    report = json.loads(out)
    assert (code, report["sound"], report["problems"]) == (0, True, [])
    assert report["counts"]["documents"] == 200
    code, out = run("verify", "-w", sample_workspace)
    assert code == 0 and f"digest {report['digest']}" in out and "is sound: 200 documents" in out


# Each forgery is followed by new digests, so that only a look at the documents can find it.
FORGERIES = {
    "UPDATE mention SET start = start + 1 WHERE rowid_ = 0": "the mention in the passage",
    "UPDATE evidence SET text = text || '!' WHERE fact = 3": "the evidence of the fact",
    "UPDATE chunk SET text = replace(text, 'e', 'a') WHERE row = 5": "the passage",
    "UPDATE chunk SET id = 'chunk-1' WHERE row = 5": "is not made of its text",
    "UPDATE document SET title = 'Else' WHERE row = 2": "does not match its digest",
    "UPDATE entity SET name = 'Else' WHERE row = 7": "is not made of one of its names",
    "UPDATE entity SET mention_count = 77 WHERE row = 7": "is said to have 77 mentions",
    "DELETE FROM member WHERE position = 0 AND community = 0": "is not made of its members",
    "UPDATE report SET findings = replace(findings, 'fact-', 'fact-0') WHERE community = 0": "names the fact",
    "UPDATE report SET documents = '[\"none\"]' WHERE community = 0": "names the document none",
    "UPDATE fact SET id = 'fact-zz' WHERE row = 0": "of the table fact should be row",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_does_not_fit_the_documents_is_found(sample_workspace: Path, tmp_path: Path, forgery: str) -> None:
    folder = tmp_path / "w"
    shutil.copytree(sample_workspace, folder, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    with closing(sqlite3.connect(folder / "workspace.db")) as connection:
        changed = connection.execute(
            forgery.replace("rowid_ = 0", "(chunk, start) IN (SELECT chunk, start FROM mention LIMIT 1)")
        ).rowcount
        assert changed > 0
        connection.execute(
            "UPDATE meta SET value = ? WHERE key = 'digest'", (dump(content_digest_of(connection, "main")),)
        )
        connection.execute("UPDATE meta SET value = ? WHERE key = 'notes_digest'", (dump(notes_digest_of(connection)),))
        connection.commit()
    with Workspace.open(folder) as workspace:
        assert workspace.verify() == [], "the forgery keeps the digests right"
        assert any(FORGERIES[forgery] in problem for problem in workspace.audit())
    code, out = run("verify", "-w", folder, "--json")
    assert code == 6 and json.loads(out)["sound"] is False


def test_a_damaged_database_is_reported_as_json_too(sample_workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    shutil.copytree(sample_workspace, folder, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    (folder / "workspace.db").write_bytes(b"garbage" * 1000)
    code, out = run("verify", "-w", folder, "--json")
    assert code == 6
    assert "workspace.db" in json.loads(out)["problems"][0]


def test_an_answer_as_it_was_written_holds(sample_workspace: Path, answer: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(answer), encoding="utf-8")
    code, out = run("verify", file, "-w", sample_workspace, "--json")
    report = json.loads(out)
    assert (code, report["problems"]) == (0, [])
    assert report["quotes_hold"] and report["same_again"]


def test_the_answers_to_the_questions_of_the_sample_hold(sample_workspace: Path, samples: Path, tmp_path: Path) -> None:
    code, out = run("ask", "--questions", samples / "2wiki" / "questions.json", "-w", sample_workspace)
    assert code == 0
    (tmp_path / "answers.jsonl").write_text(out, encoding="utf-8")
    code, out = run("verify", tmp_path / "answers.jsonl", "-w", sample_workspace)
    assert code == 0, out


def test_an_answer_that_is_a_list_holds_and_each_item_stands_in_a_citation(tmp_path: Path) -> None:
    (tmp_path / "halden.md").write_text(
        "# Halden Lines\n\nHalden Lines is a carrier. It operates three car ferries: Skarv, Alke and Teist.\n\n"
        "Halden Lines was founded by Ida Moor and Bert Dahl in 1990.\n",
        encoding="utf-8",
    )
    workspace, file = tmp_path / "w", tmp_path / "a.json"
    assert run("build", tmp_path / "halden.md", "-w", workspace)[0] == 0
    for question, items in {
        "Which car ferries does Halden Lines operate?": ["Skarv", "Alke", "Teist"],
        "Who are the founders of Halden Lines?": ["Ida Moor", "Bert Dahl"],
    }.items():
        code, out = run("ask", question, "-w", workspace, "--json")
        said = json.loads(out)
        assert code == 0 and said["answer"] == f"{', '.join(items[:-1])} and {items[-1]}"
        assert all(any(item in citation["quote"] for citation in said["citations"]) for item in items)
        file.write_text(out, encoding="utf-8")
        assert run("verify", file, "-w", workspace)[0] == 0


def _change_quote(said: dict[str, Any]) -> None:
    said["citations"][0]["quote"] += " Indeed."


def _move(said: dict[str, Any]) -> None:
    said["citations"][0]["start"] += 1


def _other_document(said: dict[str, Any]) -> None:
    said["citations"][0]["document_id"] = "no such document"


def _other_passage(said: dict[str, Any]) -> None:
    said["citations"][0]["chunk_id"] = said["citations"][1]["chunk_id"]


def _rename_step(said: dict[str, Any]) -> None:
    next(step for step in said["path"] if step["entity_id"])["name"] = "Somebody Else"


def _forget_passage(said: dict[str, Any]) -> None:
    said["evidence"][0]["text"] = said["evidence"][0]["text"].upper()


@pytest.mark.parametrize(
    "change", [_change_quote, _move, _other_document, _other_passage, _rename_step, _forget_passage]
)
def test_a_changed_answer_is_found_in_the_documents(
    store: Workspace, answer: dict[str, Any], change: Callable[[dict[str, Any]], None]
) -> None:
    assert answer_problems(store, answer) == []
    changed = copy.deepcopy(answer)
    change(changed)
    assert answer_problems(store, changed)


def test_a_changed_text_is_found_by_asking_again(
    sample_workspace: Path, answer: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    for key, value in {"answer": "Atlantis", "confidence": 1.0, "found": False}.items():
        file.write_text(json.dumps({**answer, key: value}), encoding="utf-8")
        code, out = run("verify", file, "-w", sample_workspace)
        assert code == 6
        assert f"{key} is {value!r}, asked again it is" in out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "{",
        "[]",
        "{}",
        "1\n2\n",
        "\xff",
        '{"question": "Who?"}',
        '{"question": "Who?", "citations": 1, "path": []}',
    ],
)
def test_what_is_no_answer_is_refused(sample_workspace: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    assert run("verify", file, "-w", sample_workspace)[0] == InputError.exit_code


def test_an_answer_that_is_nowhere_or_was_asked_otherwise_is_told(
    sample_workspace: Path, answer: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "answer.json"
    result = CliRunner().invoke(main, ["verify", str(file), "-w", str(sample_workspace)])
    assert result.exit_code == InputError.exit_code and f"There is no file {file}" in result.stderr
    file.write_text(json.dumps(answer), encoding="utf-8")
    result = CliRunner().invoke(main, ["verify", str(file), "-w", str(sample_workspace), "--mode", "lexical"])
    assert result.exit_code == WorkspaceDamaged.exit_code
    assert "that it was asked with" in result.stdout and "doctor" not in result.stdout


@pytest.fixture(scope="module")
def lines(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what ``ask --questions`` writes."""
    file = tmp_path_factory.mktemp("questions") / "q.json"
    asked = [QUESTION, "Who directed the film Under The Cards?", "Where is Atlantis Unheard?"]
    file.write_text(json.dumps([{"id": f"q{n}", "question": text} for n, text in enumerate(asked)]), encoding="utf-8")
    code, out = run("ask", "--questions", file, "-w", sample_workspace)
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


def written(folder: Path, lines: list[dict[str, Any]]) -> Path:
    file = folder / "answers.jsonl"
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return file


def test_the_lines_of_many_answers_are_checked(
    sample_workspace: Path, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = written(tmp_path, lines)
    code, out = run("verify", file, "-w", sample_workspace)
    assert code == 0 and "3 answers, every quote stands in its document, and every question is answered so" in out
    code, out = run("verify", written(tmp_path, lines[:1]), "-w", sample_workspace, "--json")
    [told] = json.loads(out)["answers"]
    assert code == 0 and told["line"] == 1 and (told["id"], told["question"]) == ("q0", QUESTION)

    wrong = copy.deepcopy(lines)
    _change_quote(wrong[0])
    wrong[2]["answer"] = "Atlantis"
    code, out = run("verify", written(tmp_path, wrong), "-w", sample_workspace)
    assert code == WorkspaceDamaged.exit_code
    assert "Wrong: line 1 (q0): citation 1: the document" in out
    assert "Wrong: line 3 (q2): answer is 'Atlantis', asked again it is ''" in out
    assert "in 2 of 3 answers, of lines 1, 3; check it with" in out
    code, out = run("verify", written(tmp_path, wrong), "-w", sample_workspace, "--json")
    report = json.loads(out)
    assert [(one["quotes_hold"], one["same_again"]) for one in report["answers"]] == [
        (False, False), (True, True), (True, False)
    ]  # fmt: skip
    assert not report["sound"] and all(problem.startswith("line ") for problem in report["problems"])


def test_lines_without_their_questions_are_checked_for_their_quotes(
    sample_workspace: Path, lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    old = [{key: value for key, value in line.items() if key != "question"} for line in lines]
    code, out = run("verify", written(tmp_path, old), "-w", sample_workspace)
    assert code == 0 and "3 lines say no question" in out
    _move(old[1])
    code, out = run("verify", written(tmp_path, old), "-w", sample_workspace)
    assert code == WorkspaceDamaged.exit_code and "line 2 (q1): citation 1" in out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda line: line.pop("citations"), "line 2 (q1): This is no answer"),
        (lambda line: line.pop("answer"), "line 2 holds no answer"),
        (lambda line: line.update(question=7), "line 2 holds no answer"),
        (lambda line: line.update(question=" "), "line 2 holds no answer"),
    ],
)
def test_a_line_that_is_no_answer_is_named(
    sample_workspace: Path, lines: list[dict[str, Any]], tmp_path: Path, change: Callable[[Any], object], says: str
) -> None:
    wrong = copy.deepcopy(lines)
    change(wrong[1])
    result = CliRunner().invoke(main, ["verify", str(written(tmp_path, wrong)), "-w", str(sample_workspace)])
    assert result.exit_code == InputError.exit_code and says in result.stderr
    file = written(tmp_path, lines)
    file.write_text(file.read_text(encoding="utf-8").replace('"id": "q1"', '"id": "q1'), encoding="utf-8")
    result = CliRunner().invoke(main, ["verify", str(file), "-w", str(sample_workspace)])
    assert result.exit_code == InputError.exit_code and "line 2 is not JSON" in result.stderr


@pytest.mark.parametrize(
    ("key", "value"), [("start", "x"), ("start", float("nan")), ("end", float("inf")), ("document_id", "\ud800")]
)
def test_a_citation_that_is_none_is_refused(
    sample_workspace: Path, answer: dict[str, Any], tmp_path: Path, key: str, value: object
) -> None:
    changed = copy.deepcopy(answer)
    changed["citations"][0][key] = value
    file = tmp_path / "a.json"
    file.write_text(json.dumps(changed), encoding="utf-8")
    result = CliRunner().invoke(main, ["verify", str(file), "-w", str(sample_workspace)])
    assert result.exit_code == InputError.exit_code and "This is no answer" in result.stderr


def test_numbers_may_differ_in_their_last_digits_only() -> None:
    assert list(differences({"a": [1.0, True]}, {"a": [1.00000001, True]})) == []
    assert list(differences({"a": [1.0]}, {"a": [1.1]})) == ["a[1] is 1.0, asked again it is 1.1"]
    assert list(differences(float("nan"), 1.0, "a")) == ["a is nan, asked again it is 1.0"]
    assert list(differences([1], [1, 2])) == [" has 1 entries, asked again it has 2"]
    assert list(differences(True, 1)) == [" is True, asked again it is 1"]
