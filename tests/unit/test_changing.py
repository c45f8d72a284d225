"""Adding, replacing and removing documents gives what a build from scratch would give, digest for digest."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.building import BuildReport, build
from graphrag.cli import main
from graphrag.config import BuildSettings, Chunking
from graphrag.documents.problems import Problem
from graphrag.errors import InputError, WorkspaceError
from graphrag.registry import Part
from graphrag.stores.kept import decode_report
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

PARTS = Path(__file__).parents[1] / "parts"
RECIPE = "build:\n  extraction: {name: light}\n  embedding: {name: light}\n"


@pytest.fixture(autouse=True)
def light_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry, also of worker processes, find the light parts."""
    monkeypatch.syspath_prepend(str(PARTS))


def corpus(size: int) -> list[Document]:
    import light_parts

    documents: list[Document] = light_parts.corpus(size)
    return documents


def change(
    folder: Path,
    documents: Iterable[Document],
    *,
    keep: bool = True,
    without: Collection[str] = (),
    settings: BuildSettings | None = None,
    problems: list[Problem] | None = None,
) -> BuildReport:
    with Workspace.create(folder) as workspace:
        return build(
            documents,
            workspace,
            extractor=Part("extractor", "light"),
            embedder=Part("embedder", "light"),
            settings=settings or BuildSettings(),
            problems=problems or [],
            workers=1,
            keep=keep,
            without=without,
        )


def scratch(folder: Path, documents: Iterable[Document], settings: BuildSettings | None = None) -> str:
    """Return the digest of a build from scratch."""
    shutil.rmtree(folder, ignore_errors=True)
    return change(folder, documents, keep=False, settings=settings).digest


@pytest.fixture
def built(tmp_path: Path) -> Path:
    change(tmp_path / "w", corpus(40)[:30], keep=False)
    return tmp_path / "w"


def test_added_documents_are_analysed_and_the_others_are_not(built: Path, tmp_path: Path) -> None:
    documents = corpus(40)
    report = change(built, documents[30:])
    assert (report.documents, report.analysed, report.reused, report.changed) == (40, 10, 30, True)
    assert report.digest == scratch(tmp_path / "s", documents)


def test_removed_documents_leave_nothing_behind(built: Path, tmp_path: Path) -> None:
    documents = corpus(40)[:30]
    report = change(built, [], without=[d.id for d in documents[5:20]])
    assert (report.documents, report.analysed) == (15, 0)
    assert report.digest == scratch(tmp_path / "s", documents[:5] + documents[20:])
    assert change(built, [], without=[d.id for d in documents]).documents == 0
    assert change(built, documents).digest == scratch(tmp_path / "s", documents)


def test_an_id_may_hold_any_character(tmp_path: Path) -> None:
    ids = ["a", "a\0b", "a'b", 'a"b', "a\nb", "\u202ea", "a\ufeff", "\U0001f600", "a" * 10_000]
    documents = [replace(d, id=DocumentId(i)) for d, i in zip(corpus(len(ids)), ids, strict=True)]
    change(tmp_path / "w", documents, keep=False)
    for gone in documents:
        report = change(tmp_path / "w", [], without=[gone.id])
        with Workspace.open(tmp_path / "w") as workspace:
            assert set(workspace.document_ids()) == {*ids} - {gone.id}
        assert change(tmp_path / "w", [gone]).documents == len(ids) == report.documents + 1


def test_a_changed_document_takes_the_place_of_the_old_one(built: Path, tmp_path: Path) -> None:
    documents = corpus(40)[:30]
    documents[3] = replace(documents[3], text=f"{documents[3].text} {documents[4].title} knows {documents[9].title}.")
    documents[7] = replace(documents[7], metadata={"number": -1})
    report = change(built, [documents[3], documents[7]])
    assert (report.documents, report.analysed) == (30, 1)
    assert report.digest == scratch(tmp_path / "s", documents)


def test_nothing_is_written_when_nothing_changed(built: Path) -> None:
    documents = corpus(40)[:30]
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.name not in ("lock",)}
    digest = change(built, documents, keep=False).digest
    for report in (
        change(built, documents[::-1], keep=False),
        change(built, documents[:3]),
        change(built, []),
    ):
        assert (report.changed, report.digest, report.analysed, report.documents) == (False, digest, 0, 30)
    after = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.name not in ("lock",)}
    assert {p: t for p, t in after.items() if p.suffix in (".npy",) or p.name == "workspace.db"} == {
        p: t for p, t in before.items() if p.suffix in (".npy",) or p.name == "workspace.db"
    }


def test_a_damaged_or_incomplete_workspace_is_not_left_as_it_is(built: Path) -> None:
    documents = corpus(40)[:30]
    digest = change(built, []).digest
    array = next((built / "arrays").rglob("passage_vectors.npy"))
    array.write_bytes(array.read_bytes()[:-1] + b"\1")
    report = change(built, documents, keep=False)
    assert (report.changed, report.digest) == (True, digest)
    with Workspace.open(built) as workspace:
        assert workspace.audit() == []
    for end in ("", "-wal", "-shm"):
        (built / f"cache.db{end}").unlink(missing_ok=True)
    report = change(built, documents, keep=False)
    assert (report.changed, report.analysed, report.digest) == (True, 30, digest)


def test_kept_reports_that_are_damaged_are_written_again(built: Path, tmp_path: Path) -> None:
    documents = corpus(40)
    with closing(sqlite3.connect(built / "cache.db")) as cache:
        assert cache.execute("UPDATE report SET body = substr(body, 1, 50)").rowcount > 3
        cache.commit()
    assert change(built, documents[30:31]).digest == scratch(tmp_path / "s", documents[:31])
    with closing(sqlite3.connect(built / "cache.db")) as cache:
        for (body,) in cache.execute("SELECT body FROM report"):
            decode_report(body)


def test_other_settings_cut_the_kept_documents_anew(built: Path, tmp_path: Path) -> None:
    settings = BuildSettings(chunking=Chunking(max_tokens=16))
    documents = corpus(40)
    report = change(built, documents[30:], settings=settings)
    assert report.chunks > 40
    assert report.digest == scratch(tmp_path / "s", documents, settings)


def test_problems_of_kept_sources_stay_and_those_of_read_ones_are_renewed(built: Path) -> None:
    kept, read = Problem("a.txt", "", "empty", "the file is empty"), Problem("b.csv", "row 3", "no text", "no text")
    change(built, corpus(40)[:30], keep=False, problems=[kept, read])
    extra = Document(DocumentId("new"), "New", "Bado Keli knows Muna Pora.", "b.csv")
    report = change(built, [extra], problems=[Problem("b.csv", "row 4", "no text", "no text")])
    assert report.problems == (("a.txt", "the file is empty"), ("b.csv, row 4", "no text"))


def sequence(folder: Path, seed: int, steps: int) -> None:
    """Change documents at random, and compare with a build from scratch after every step."""
    chance = random.Random(seed)
    supply = corpus(60)
    held: dict[str, Document] = {}
    for step in range(steps):
        spare = [document for document in supply if document.id not in held]
        new = chance.sample(spare, min(len(spare), chance.randrange(4)))
        gone = chance.sample(sorted(held), chance.randrange(min(4, len(held) + 1)))
        changed = []
        for identity in chance.sample(sorted(held), chance.randrange(min(3, len(held) + 1))):
            if identity not in gone:
                old, other = held[identity], chance.choice(supply)
                text = f"{old.text} {other.title} directed {chance.choice(supply).title}."
                changed.append(replace(old, text=text if len(text) < 900 else other.text))
        report = change(folder / "w", [*new, *changed], without=gone)
        held = {i: d for i, d in held.items() if i not in gone} | {d.id: d for d in (*new, *changed)}
        expected = scratch(folder / "s", chance.sample(list(held.values()), len(held)))
        assert report.digest == expected, f"seed {seed}, step {step}: {len(held)} documents"
        with Workspace.open(folder / "w") as workspace:
            assert workspace.audit() == []


def test_a_random_sequence_of_changes_equals_a_rebuild(tmp_path: Path) -> None:
    sequence(tmp_path, seed=1, steps=5)


@pytest.mark.faults
def test_many_random_changes_equal_a_rebuild(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """``make nightly`` asks for 200."""
    steps = int(os.environ.get("GRAPHRAG_TEST_CHANGES", "50"))
    sequence(tmp_path, seed=2, steps=steps)
    record_property("changes", steps)


# --- by the command line and the engine


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    for number, document in enumerate(corpus(12)):
        name = f"deep/{number}.txt" if number % 2 else f"{number}.txt"
        (folder / name).write_text(f"{document.text}\n", encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return folder


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def report_of(*arguments: object) -> dict[str, object]:
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    report: dict[str, object] = json.loads(out)
    return report


def rebuilt(notes: Path) -> object:
    """Return the digest of the folder, built from scratch."""
    place = notes.parent / "again"
    shutil.rmtree(place, ignore_errors=True)
    return report_of("build", notes, "-w", place, "--recipe", notes.parent / "recipe.yaml")["digest"]


def test_files_are_added_updated_removed_and_synced(notes: Path, tmp_path: Path) -> None:
    workspace, spare = tmp_path / "w", tmp_path / "spare.txt"
    (notes / "deep" / "11.txt").rename(spare)
    report_of("build", notes, "-w", workspace, "--recipe", tmp_path / "recipe.yaml")
    spare.rename(notes / "deep" / "11.txt")
    report = report_of("add", notes / "deep" / "11.txt", "-w", workspace, "--root", notes)
    assert (report["documents"], report["analysed"]) == (12, 1)
    assert report["digest"] == rebuilt(notes)
    (notes / "4.txt").write_text("Bado Keli knows Muna Pora.", encoding="utf-8")
    report = report_of("update", notes / "4.txt", "-w", workspace, "--root", notes)
    assert report["digest"] == rebuilt(notes)
    assert report["documents"] == 12
    assert [report[what] for what in ("added", "replaced", "removed")] == [0, 1, 0]
    (notes / "6.txt").unlink()
    assert report_of("remove", "6.txt", "-w", workspace)["digest"] == rebuilt(notes)
    (notes / "0.txt").unlink()
    (notes / "new.txt").write_text("Muna Pora directed Bado Keli.", encoding="utf-8")
    _, out, _ = run("sync", notes, "-w", workspace)
    assert "Documents: 1 added, 1 removed\n" in out
    report = report_of("sync", notes, "-w", workspace)
    assert (report["digest"], report["changed"]) == (rebuilt(notes), False)
    assert "Nothing has changed" in run("build", notes, "-w", workspace)[1]


def test_a_build_of_fewer_documents_says_what_it_removed(notes: Path, tmp_path: Path) -> None:
    code, out, _ = run("build", notes, "-w", tmp_path / "w", "--recipe", tmp_path / "recipe.yaml")
    assert code == 0 and "Documents:" not in out
    assert "Documents: 11 removed\n" in run("build", notes / "4.txt", "-w", tmp_path / "w")[1]


def test_a_file_of_a_name_that_is_there_below_its_folder_is_told(notes: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    report_of("build", notes, "-w", workspace, "--recipe", tmp_path / "recipe.yaml")
    code, _, err = run("add", notes / "deep" / "11.txt", "-w", workspace, "--root", notes)
    assert code == 0 and "beside" not in err
    code, _, err = run("add", notes / "deep" / "11.txt", "-w", workspace)
    assert code == 0 and "11.txt is added beside deep/11.txt; to replace that one, name the folder" in err
    assert "beside" not in run("add", notes / "deep" / "11.txt", "-w", workspace)[2], "it has its place now"
    code, _, err = run("update", notes / "deep" / "1.txt", "-w", workspace)
    assert code == InputError.exit_code and "(--root)" in err


def test_a_file_is_removed_by_its_name_in_decomposed_letters(notes: Path, tmp_path: Path) -> None:
    name = "e\u0301.txt"  # as some systems list what others call "é.txt"
    (notes / name).write_text("Bado Keli knows Muna Pora.", encoding="utf-8")
    report_of("build", notes, "-w", tmp_path / "w", "--recipe", tmp_path / "recipe.yaml")
    assert report_of("remove", name, "-w", tmp_path / "w")["documents"] == 12


def test_what_cannot_be_changed_is_refused_with_the_nearest_id(notes: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    digest = report_of("build", notes, "-w", workspace, "--recipe", tmp_path / "recipe.yaml")["digest"]
    code, _, err = run("remove", "deep/1.tx", "2.txt", "-w", workspace)
    assert code == InputError.exit_code and "did you mean 'deep/1.txt'" in err
    (tmp_path / "other.txt").write_text("Bado Keli.", encoding="utf-8")
    code, _, err = run("update", tmp_path / "other.txt", "-w", workspace)
    assert code == InputError.exit_code and "'other.txt'" in err
    code, _, err = run("add", tmp_path / "other.txt", "-w", workspace, "--root", notes)
    assert code == InputError.exit_code and "does not lie in the folder" in err
    assert run("add", notes, "-w", tmp_path / "none")[0] == WorkspaceError.exit_code
    assert run("sync", tmp_path / "none", "-w", workspace)[0] == InputError.exit_code
    assert not (tmp_path / "none").exists()
    with Workspace.open(workspace) as store:
        assert store.digest() == digest


def test_the_engine_adds_and_removes_documents(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    documents = corpus(12)
    with GraphRAG.create(tmp_path / "w", recipe=str(tmp_path / "recipe.yaml")) as rag:
        rag.build(documents[:10])
        first = rag.add(documents[10:])
        assert first.documents == 12
        assert rag.search(documents[11].title).passages[0].chunk.document_id == documents[11].id
        rag.remove([documents[11].id])
        found = rag.search(documents[11].title).passages
        assert documents[11].id not in {passage.chunk.document_id for passage in found}
        assert rag.add([documents[11]], known=False).digest == first.digest
        with pytest.raises(InputError):
            rag.add([replace(documents[0], id=DocumentId("unheard"))], known=True)


def test_a_workspace_in_its_folder_comes_to_rest(notes: Path, tmp_path: Path) -> None:
    expected = rebuilt(notes)
    report = report_of("build", notes, "-w", notes / "w", "--recipe", tmp_path / "recipe.yaml")
    assert report["digest"] == expected
    assert report_of("sync", notes, "-w", notes / "w")["changed"] is False


@contextmanager
def watching(notes: Path, workspace: Path) -> Iterator["subprocess.Popen[str]"]:
    """Watch a folder meanwhile, and end that by Ctrl-C."""
    start = f"import sys; sys.path.insert(0, {str(PARTS)!r}); from graphrag.cli import main; main()"
    command = [sys.executable, "-c", start, "sync", str(notes), "-w", str(workspace), "--watch", "--every", "0.1"]
    watcher = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield watcher
    finally:
        watcher.send_signal(signal.SIGINT)


def wait_for(workspace: Path, identity: str) -> None:
    """Wait until a document has become a part of the graph."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with Workspace.open(workspace) as store:
            if store.document(identity) is not None and not store.meta("fresh"):
                return
        time.sleep(0.1)
    raise AssertionError(f"the new file {identity} was not followed")


@pytest.mark.parametrize("place", ["w", "notes/.w"])
def test_watching_follows_a_folder(notes: Path, tmp_path: Path, place: str) -> None:
    workspace = tmp_path / place
    report_of("build", notes, "-w", workspace, "--recipe", tmp_path / "recipe.yaml")
    with watching(notes, workspace) as watcher:
        (notes / "late.txt").write_text("Bado Keli knows Muna Pora.", encoding="utf-8")
        wait_for(workspace, "late.txt")
        time.sleep(1)
    said, _ = watcher.communicate(timeout=20)
    assert watcher.returncode == 130
    assert said.count('"digest"') <= 2, "what a build writes is no change of the folder"
    with Workspace.open(workspace) as store:
        assert store.digest() == rebuilt(notes)


def test_watching_outlasts_a_folder_of_which_nothing_can_be_used(notes: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    report_of("build", notes, "-w", workspace, "--recipe", tmp_path / "recipe.yaml")
    with watching(notes, workspace) as watcher:
        assert watcher.stdout is not None and watcher.stderr is not None
        wait_for(workspace, "0.txt")
        for path in notes.rglob("*.txt"):
            path.write_text("", encoding="utf-8")
        for line in watcher.stderr:
            if "None of the input could be used" in line:
                break
        (notes / "late.txt").write_text("Bado Keli knows Muna Pora.", encoding="utf-8")
        wait_for(workspace, "late.txt")
    watcher.communicate(timeout=20)
    assert watcher.returncode == 130
