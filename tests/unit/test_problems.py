"""What of the input cannot be used: told once, listed when asked for, and an error where nothing is left."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.config import BuildSettings
from graphrag.config.settings import Chunking
from graphrag.errors import InputError
from graphrag.types import Document, DocumentId

RECIPE = "build:\n  extraction: {name: light}\n  embedding: {name: light}\n"

Outputs = tuple[int, str, str]
Cli = Callable[..., Outputs]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], light_parts: None) -> Cli:
    """Run one command line; return exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> Outputs:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Return a folder of one text and two files that cannot be used."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "good.txt").write_text("Bado Keli knows Muna Pora.", encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    (folder / "blob.txt").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return folder


def test_a_change_lists_new_problems_and_counts_the_older_ones(cli: Cli, notes: Path, tmp_path: Path) -> None:
    w = tmp_path / "w"
    code, _, err = cli("build", notes, "-w", w, "--recipe", tmp_path / "recipe.yaml")
    assert code == 0 and err.count("Problem: ") == 2 and "2 problems in the input." in err

    (notes / "more.txt").write_text("Muna Pora directed Bado Keli.", encoding="utf-8")
    stand = f"2 older problems of the input stand: `graphrag inspect --problems -w {w}` lists all."
    for command in ("add", "update"):
        code, _, err = cli(command, notes / "more.txt", "-w", w)
        assert code == 0 and "Problem: " not in err and stand in err, command

    (notes / "late.txt").write_text("", encoding="utf-8")
    code, out, err = cli("sync", notes, "-w", w, "--json")
    assert code == 0 and err.count("Problem: ") == 1 and "Problem: late.txt: " in err
    assert "1 problem in the input." in err and stand in err
    report = json.loads(out)
    assert [problem["place"] for problem in report["new_problems"]] == ["late.txt"]
    assert [problem["place"] for problem in report["problems"]] == ["blob.txt", "empty.txt", "late.txt"]

    code, _, err = cli("sync", notes, "-w", w)
    assert code == 0 and "Problem: " not in err and "3 older problems of the input stand" in err
    code, _, err = cli("remove", "more.txt", "-w", w)
    assert code == 0 and "Problem: " not in err and "3 older problems" in err
    code, _, err = cli("build", notes, "-w", w)
    assert code == 0 and err.count("Problem: ") == 3, "a build tells the whole state"


def test_a_problem_of_a_file_that_is_named_is_told_each_time(cli: Cli, notes: Path, tmp_path: Path) -> None:
    w = tmp_path / "w"
    cli("build", notes, "-w", w, "--recipe", tmp_path / "recipe.yaml")
    code, _, err = cli("add", notes / "good.txt", notes / "empty.txt", "-w", w)
    assert code == 0 and err.count("Problem: ") == 1 and "Problem: empty.txt" in err
    assert "1 older problem of the input stands: " in err


def test_all_problems_are_listed_when_asked_for(cli: Cli, notes: Path, tmp_path: Path) -> None:
    w = tmp_path / "w"
    cli("build", notes, "-w", w, "--recipe", tmp_path / "recipe.yaml")
    code, out, err = cli("inspect", "--problems", "-w", w)
    assert (code, err) == (0, "")
    assert [line.partition(":")[0] for line in out.splitlines()] == ["blob.txt", "empty.txt"]
    code, out, _ = cli("inspect", "--problems", "-w", w, "--json")
    assert [problem["place"] for problem in json.loads(out)] == ["blob.txt", "empty.txt"]
    for name in ("blob.txt", "empty.txt"):
        (notes / name).unlink()
    cli("sync", notes, "-w", w)
    assert cli("inspect", "--problems", "-w", w) == (0, "All of the input could be used as it was.\n", "")


def test_documents_that_are_cut_anew_note_their_problems_once(tmp_path: Path, light_parts: None) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    blank = Document(DocumentId("blank"), "Blank", " ", "blank.txt")
    text = Document(DocumentId("text"), "Text", "Bado Keli knows Muna Pora.", "text.txt")
    with GraphRAG.create(tmp_path / "w", recipe=str(tmp_path / "recipe.yaml")) as rag:
        assert [place for place, _ in rag.build([blank, text]).new_problems] == ["blank.txt"]
        settings: BuildSettings = rag.recipe.build.model_copy(update={"chunking": Chunking(max_tokens=16)})
        rag.recipe = rag.recipe.model_copy(update={"build": settings})
        report = rag.add([replace(text, id=DocumentId("other"), source="other.txt")])
        assert [place for place, _ in report.problems] == ["blank.txt"]
        assert report.new_problems == ()


@pytest.mark.parametrize("command", ["build", "sync"])
@pytest.mark.parametrize("holds", ["nothing", "unreadable"])
def test_a_first_build_of_nothing_is_an_error(cli: Cli, notes: Path, tmp_path: Path, command: str, holds: str) -> None:
    (notes / "good.txt").unlink()
    if holds == "nothing":
        (notes / "blob.txt").unlink()
        (notes / "empty.txt").unlink()
    code, out, err = cli(command, notes, "-w", tmp_path / "w")
    assert (code, out) == (InputError.exit_code, "")
    last = err.splitlines()[-1]
    assert last.startswith("Error: None of the input could be used (") and "check the input" in last
    assert ("and 1 more" in last) == (holds == "unreadable")
    assert not (tmp_path / "w").exists()


def test_a_change_by_files_of_which_none_can_be_used_is_an_error(cli: Cli, notes: Path, tmp_path: Path) -> None:
    w = tmp_path / "w"
    cli("build", notes / "good.txt", "-w", w, "--recipe", tmp_path / "recipe.yaml")
    for command in ("add", "update"):
        code, _, err = cli(command, notes / "empty.txt", "-w", w)
        assert code == InputError.exit_code and "is left as it was: check the input." in err
    with GraphRAG.open(w) as rag:
        assert rag.store.counts()["problems"] == 0
