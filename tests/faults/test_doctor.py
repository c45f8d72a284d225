"""What the doctor finds and repairs: damage of any file, leftovers of killed builds, and what it must not touch."""

import gzip
import json
import os
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.errors import InputError, WorkspaceDamaged, WorkspaceError, WorkspaceLocked
from graphrag.repairing import Ailment, examine
from graphrag.stores.salvage import finish_repair, start_repair
from graphrag.stores.schema import SPARE_FILE
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

pytestmark = pytest.mark.usefixtures("light_parts")


def corpus(size: int = 60) -> list[Document]:
    import light_parts

    documents: list[Document] = light_parts.corpus(size)
    return documents


@pytest.fixture
def workspace(light_workspace: Path) -> Path:
    return light_workspace


def digest_of(folder: Path) -> str:
    with Workspace.open(folder) as store:
        assert store.audit() == []
        return store.digest()


def top_ten(folder: Path, questions: Sequence[str]) -> list[list[tuple[str, float]]]:
    with GraphRAG.open(folder) as rag:
        found = [rag.search(question, k=10).passages for question in questions]
    return [[(passage.chunk.id, passage.score) for passage in passages] for passages in found]


def questions() -> list[str]:
    return [f"Who directed {document.title}?" for document in corpus()[:5]]


def kinds(found: Sequence[Ailment]) -> list[tuple[str, bool]]:
    return [(ailment.kind, ailment.cured) for ailment in found]


def test_nothing_is_found_in_a_sound_workspace(workspace: Path) -> None:
    before = {path: path.read_bytes() for path in workspace.rglob("*.npy")}
    assert examine(workspace) == []
    assert {path: path.read_bytes() for path in workspace.rglob("*.npy")} == before


def damage(folder: Path, chance: random.Random) -> str:
    """Damage one file as disks and crashes do: flip a bit, cut the end, blank a block, or lose the file."""
    kinds = (".npy", ".db", ".gz")
    files = sorted(path for path in folder.rglob("*") if path.name.endswith(kinds) and path.stat().st_size)
    path = chance.choice([*files, folder / "workspace.db", folder / "cache.db"])
    data = bytearray(path.read_bytes())
    how = chance.choice(("flip", "flip", "cut", "blank", "lose"))
    if how == "flip":
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif how == "cut":
        del data[chance.randrange(len(data)) :]
    elif how == "blank":
        start = chance.randrange(len(data))
        data[start : start + 512] = bytes(len(data[start : start + 512]))
    if data == path.read_bytes():
        data[0] ^= 1  # what was blanked was blank
    path.write_bytes(data)
    if how == "lose":
        path.unlink()
    return f"{how} {path.name}"


def treat(light_original: Path, place: Path, seed: int, digest: str, expected: list[list[tuple[str, float]]]) -> str:
    """Damage a workspace, let the doctor repair it, and return what came of it."""
    folder = place / "w"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(light_original, folder)
    did = damage(folder, random.Random(seed))
    found = examine(folder)
    assert all(ailment.cured for ailment in found), f"seed {seed}: {did}: {found}"
    assert digest_of(folder) == digest, f"seed {seed}: {did}: {found}"
    assert top_ten(folder, questions()) == expected, f"seed {seed}: {did}"
    if did.endswith((".npy", ".gz")) or did.startswith("lose"):
        assert found, f"seed {seed}: {did} was not found"
    return "repaired" if found else "unharmed"


def damages(light_original: Path, place: Path, count: int, first: int) -> dict[str, int]:
    digest, expected = digest_of(light_original), top_ten(light_original, questions())
    results = [treat(light_original, place, seed, digest, expected) for seed in range(first, first + count)]
    return {result: results.count(result) for result in sorted(set(results))}


def test_damaged_files_are_found_and_repaired(light_original: Path, tmp_path: Path) -> None:
    said = damages(light_original, tmp_path, 12, first=1000)
    assert said["repaired"] >= 4


@pytest.mark.faults
def test_many_damaged_files_are_found_and_repaired(
    light_original: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """``make nightly`` asks for 250."""
    count = int(os.environ.get("GRAPHRAG_TEST_DAMAGES", "60"))
    said = damages(light_original, tmp_path, count, first=0)
    record_property("damages", count)
    for result, times in said.items():
        record_property(result, times)
    assert said["repaired"] >= count // 3


def change_rows(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "workspace.db")) as connection:
        assert connection.execute(sql).rowcount
        connection.commit()


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM mention WHERE chunk = 3",
        "UPDATE entity SET name = 'Nobody' WHERE row = 2",
        "DELETE FROM report",
        "UPDATE meta SET value = '\"0\"' WHERE key = 'digest'",
    ],
)
def test_derived_tables_are_made_again_to_the_digest_that_was_noted(
    workspace: Path, light_original: Path, sql: str
) -> None:
    change_rows(workspace, sql)
    assert kinds(examine(workspace, repair=False)) == [("damage", False)]
    assert kinds(examine(workspace)) == [("damage", True)]
    assert digest_of(workspace) == digest_of(light_original)
    assert examine(workspace) == []
    with GraphRAG.open(workspace) as rag:
        assert rag.recipe.build.extraction.name == "light"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE document SET text = 'Else' || substr(text, 5) WHERE row = 3",
        "UPDATE document SET text = substr(text, 1, 7) || '#' || substr(text, 9) WHERE row IN (0, 59)",
    ],
)
def test_damaged_texts_of_documents_are_made_again_from_their_passages(
    workspace: Path, light_original: Path, sql: str
) -> None:
    change_rows(workspace, sql)
    assert kinds(examine(workspace)) == [("damage", True)]
    assert digest_of(workspace) == digest_of(light_original)


LOST = ["UPDATE document SET title = 'Else.' WHERE row = 3", "DELETE FROM document WHERE row = 59"]


def spare_of(folder: Path) -> Path:
    """Return the second copy of the documents; there must be only one."""
    (path,) = folder.rglob(SPARE_FILE)
    return path


@pytest.mark.parametrize("sql", LOST)
def test_lost_documents_are_taken_from_the_second_copy(workspace: Path, light_original: Path, sql: str) -> None:
    change_rows(workspace, sql)
    assert kinds(examine(workspace)) == [("damage", True)]
    assert digest_of(workspace) == digest_of(light_original)


@pytest.mark.parametrize("sql", LOST)
def test_lost_documents_are_named_and_given_up_only_when_asked(workspace: Path, sql: str) -> None:
    change_rows(workspace, sql)
    spare_of(workspace).unlink()
    found = examine(workspace)
    assert kinds(found) == [("damage", False)]
    assert "59 documents are whole" in found[0].done
    if "title" in sql:
        assert "'d0003'" in found[0].done
    result = CliRunner().invoke(main, ["doctor", "-w", str(workspace)])
    assert result.exit_code == 6 and "--accept-loss" in result.stdout
    assert kinds(examine(workspace, accept_loss=True)) == [("damage", True)]
    with Workspace.open(workspace) as store:
        assert store.audit() == []
        assert store.counts()["documents"] == 59


@pytest.mark.parametrize("left", [None, 0, 100, 5000])
def test_a_lost_database_is_made_again_from_the_second_copy(
    workspace: Path, light_original: Path, left: int | None
) -> None:
    if left is None:
        (workspace / "workspace.db").unlink()
    else:
        os.truncate(workspace / "workspace.db", left)
    result = CliRunner().invoke(main, ["verify", "-w", str(workspace)])
    assert result.exit_code in (WorkspaceError.exit_code, 6)
    assert kinds(examine(workspace, repair=False)) == [("damage", False)]
    assert kinds(examine(workspace)) == [("damage", True)]
    assert digest_of(workspace) == digest_of(light_original)
    with GraphRAG.open(workspace) as rag:
        assert rag.recipe.build.extraction.name == "light"


@pytest.mark.parametrize("how", ["lost", "empty"])
def test_nothing_is_built_upon_a_lost_database_before_it_was_made_again(
    workspace: Path, light_original: Path, how: str
) -> None:
    (workspace / "workspace.db").unlink()
    if how == "empty":
        (workspace / "workspace.db").touch()
    code = CliRunner().invoke(main, ["verify", "-w", str(workspace)]).exit_code
    assert code == WorkspaceDamaged.exit_code
    changes: tuple[Callable[[GraphRAG], object], ...] = (
        lambda rag: rag.add([Document(DocumentId("new"), "New", "Muna Pora directed Bado Keli.")]),
        lambda rag: rag.decide([]),
    )
    for change in changes:
        with GraphRAG.create(workspace) as rag, pytest.raises(WorkspaceDamaged, match="graphrag doctor"):
            change(rag)
    assert kinds(examine(workspace)) == [("damage", True)]
    assert digest_of(workspace) == digest_of(light_original)


def test_a_build_that_fails_leaves_the_second_copy_of_a_lost_database(workspace: Path, light_original: Path) -> None:
    for name in ("workspace.db", "cache.db"):
        (workspace / name).unlink()
    with GraphRAG.create(workspace) as rag, pytest.raises(InputError):
        rag.build([workspace / "none.json"])
    with pytest.raises(WorkspaceDamaged, match=r"workspace\.db is missing: `graphrag doctor"):
        Workspace.open(workspace)
    assert kinds(examine(workspace)) == [("damage", True)]
    assert digest_of(workspace) == digest_of(light_original)


def test_without_either_copy_the_documents_are_lost_and_that_is_said(workspace: Path) -> None:
    spare_of(workspace).unlink()
    (workspace / "workspace.db").unlink()
    with pytest.raises(WorkspaceError, match="there is no second copy of the documents: restore"):
        examine(workspace)


@pytest.mark.parametrize("how", ["lost", "cut", "flipped"])
def test_a_damaged_second_copy_is_found_and_written_again(workspace: Path, light_original: Path, how: str) -> None:
    path = spare_of(workspace)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data[: len(data) // 3] if how == "cut" else data)
    if how == "lost":
        path.unlink()
    result = CliRunner().invoke(main, ["verify", "-w", str(workspace)])
    assert result.exit_code == 6 and SPARE_FILE in result.stdout
    assert kinds(examine(workspace)) == [("damage", True)]
    again, before = (
        gzip.decompress(spare_of(folder).read_bytes()).splitlines() for folder in (workspace, light_original)
    )
    assert again[1:] == before[1:]
    assert examine(workspace) == []


def test_removed_documents_do_not_stay_in_a_second_copy(workspace: Path) -> None:
    gone, *others = corpus()
    with GraphRAG.create(workspace) as rag:
        rag.remove([gone.id])
    text = gzip.decompress(spare_of(workspace).read_bytes()).decode()
    assert f'"{gone.id}"' not in text
    assert all(f'"{document.id}"' in text for document in others)


def test_leftovers_are_removed_and_a_stopped_build_is_named(workspace: Path) -> None:
    (workspace / "staging.db").write_bytes(b"half")
    (workspace / "arrays" / "00000002").mkdir()
    with closing(sqlite3.connect(workspace / "cache.db")) as cache:
        cache.execute("INSERT INTO journal (stage, started, note) VALUES ('resolving', 1700000000, '')")
        cache.commit()
    assert kinds(examine(workspace, repair=False)) == [("stopped", False), ("leftover", False), ("leftover", False)]
    found = examine(workspace)
    assert kinds(found) == [("stopped", False), ("leftover", True), ("leftover", True)]
    assert "stopped while resolving, which began at 2023-11-14" in found[0].what
    assert not (workspace / "staging.db").exists()
    assert [path.name for path in (workspace / "arrays").iterdir()] == ["00000001"]


def test_decisions_that_cannot_be_read_are_named(workspace: Path) -> None:
    for data in (b"same\tonly one name\n", b"same\tA\tB\xff\n"):
        (workspace / "links.tsv").write_bytes(data)
        [found] = examine(workspace)
        assert (found.kind, found.cured) == ("damage", False) and "links.tsv" in found.what
        assert (workspace / "links.tsv").read_bytes() == data


def test_a_file_among_the_arrays_is_none_of_a_build(workspace: Path) -> None:
    (workspace / "arrays" / ".DS_Store").write_bytes(b"")
    assert examine(workspace) == []


def test_a_folder_that_is_no_workspace_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("words", encoding="utf-8")
    for repair in (True, False):
        with pytest.raises(WorkspaceError, match="There is no workspace"):
            examine(tmp_path, repair=repair)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("repair", [True, False])
def test_a_workspace_of_an_earlier_layout_is_examined(tmp_path: Path, repair: bool) -> None:
    with zipfile.ZipFile(Path(__file__).parents[1] / "data" / "schema-1.zip") as archive:
        archive.extractall(tmp_path / "w")
    before = examine(tmp_path / "w", repair=repair)
    assert "damage" not in dict(kinds(before))
    with Workspace.open(tmp_path / "w") as store:
        assert store.digest() == store.meta("digest")
    assert examine(tmp_path / "w", repair=repair) == before


def test_a_damaged_workspace_of_an_earlier_layout_is_repaired(tmp_path: Path) -> None:
    with zipfile.ZipFile(Path(__file__).parents[1] / "data" / "schema-1.zip") as archive:
        archive.extractall(tmp_path / "w")
    next((tmp_path / "w" / "arrays").rglob("passage_vectors.npy")).write_bytes(b"")
    assert ("damage", True) in kinds(examine(tmp_path / "w"))
    assert digest_of(tmp_path / "w")


def test_damaged_analyses_are_forgotten_one_by_one(workspace: Path) -> None:
    with closing(sqlite3.connect(workspace / "cache.db")) as cache:
        cache.execute("UPDATE vectors SET body = substr(body, 1, 50) WHERE id IN (3, 5)")
        cache.execute("UPDATE extraction SET body = x'00' WHERE id = 7")
        cache.commit()
    found = examine(workspace)
    assert kinds(found) == [("damage", True)] * 2
    assert "2 of the analyses" in found[1].what
    with GraphRAG.create(workspace) as rag:
        report = rag.build(corpus())
    assert report.analysed == 3
    assert examine(workspace) == []


def test_a_repair_that_was_killed_midway_is_finished(workspace: Path, light_original: Path) -> None:
    place = start_repair(workspace)
    shutil.rmtree(place)
    shutil.copytree(light_original, place)
    (place / "ready").touch()
    change_rows(workspace, "DELETE FROM report")
    shutil.rmtree(workspace / "arrays")  # the repair was killed between two of its steps
    found = examine(workspace)
    assert kinds(found) == [("stopped", True)]
    assert digest_of(workspace) == digest_of(light_original)
    assert not place.exists()
    start_repair(workspace)
    assert not finish_repair(workspace), "one that never became ready is dropped"
    assert not place.exists()


def test_another_model_is_a_mismatch_that_a_rebuild_ends(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import light_parts

    made = light_parts.LightExtractor.__init__

    def newer(self: object, version: str = "2", **options: object) -> None:
        made(self, version, **options)

    monkeypatch.setattr(light_parts.LightExtractor, "__init__", newer)
    found = examine(workspace)
    assert kinds(found) == [("mismatch", False)]
    assert "'light-extractor:1' made it, 'light-extractor:2' is installed" in found[0].what
    assert kinds(examine(workspace, rebuild=True)) == [("mismatch", True)]
    assert examine(workspace) == []
    with Workspace.open(workspace) as store:
        assert store.meta("extractor") == "light-extractor:2"


def test_a_writer_keeps_the_doctor_out(workspace: Path, tmp_path: Path) -> None:
    with Workspace.open(workspace, write=True), pytest.raises(WorkspaceLocked):
        examine(workspace)
    with pytest.raises(WorkspaceError, match="no workspace"):
        examine(tmp_path / "none")
    result = CliRunner().invoke(main, ["doctor", "-w", str(workspace), "--json"])
    assert result.exit_code == 0 and json.loads(result.stdout) == {"found": []}
