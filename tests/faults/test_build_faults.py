"""A build that is killed, starved or damaged leaves the old state or the new one, and goes on where it was."""

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from children import SIZE, Child, assert_gone, build, digest_of

from graphrag.errors import WorkspaceDamaged, WorkspaceError
from graphrag.stores.workspace import Workspace

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the digest of a build that nothing disturbs: the control."""
    digest: str = build(tmp_path_factory.mktemp("control") / "w")["digest"]
    return digest


@pytest.fixture(scope="module")
def old_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace of half the documents: copy it, never change it."""
    folder = tmp_path_factory.mktemp("old") / "w"
    build(folder, size=SIZE // 2)
    return folder


@pytest.fixture
def old(old_state: Path, tmp_path: Path) -> Path:
    shutil.copytree(old_state, tmp_path / "w")
    return tmp_path / "w"


# --- killed


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "point",
    [
        "reading",
        "extracting and embedding",
        "extracting and embedding+2",
        "resolving",
        "communities",
        "reports",
        "indexing",
        "saving",
    ],
)
def test_a_build_killed_at_a_stage_goes_on_to_the_same_digest(
    tmp_path: Path, undisturbed: str, point: str, workers: int, record_property: Record
) -> None:
    record_property("kills", 1)
    code, lines = Child(tmp_path / "w", kill_at=point, workers=workers).end()
    assert code == -signal.SIGKILL, "the kill did not land"
    kept = sum(int(line.split()[1]) for line in lines if line.startswith("advanced"))
    with pytest.raises(WorkspaceError, match=r"No build of .* has finished yet"):
        Workspace.open(tmp_path / "w")
    result = build(tmp_path / "w")
    assert result["digest"] == undisturbed == digest_of(tmp_path / "w")
    assert result["reused"] >= kept
    assert result["analysed"] <= SIZE - kept


@pytest.mark.parametrize(
    ("step", "after", "state"),
    [
        ("insert_fresh", False, "old"),  # what shows new documents ahead, inside its transaction
        ("insert_fresh", True, "old"),
        ("store_reports", True, "old"),
        ("write_arrays", False, "old"),
        ("write_arrays", True, "old"),
        ("resolution_tables", True, "old"),  # inside the transaction
        ("notes_digest_of", False, "old"),
        ("notes_digest_of", True, "old"),
        ("remove_generations", False, "new"),  # after the transaction
    ],
)
def test_a_build_killed_inside_the_commit_leaves_the_old_or_the_new_state(
    old: Path, undisturbed: str, step: str, after: bool, state: str, record_property: Record
) -> None:
    record_property("kills", 1)
    before = digest_of(old)
    code, _ = Child(old, step=step, after=after).end()
    assert code == -signal.SIGKILL, "the kill did not land"
    assert digest_of(old) == (before if state == "old" else undisturbed)
    assert build(old)["digest"] == undisturbed == digest_of(old)
    assert len(list((old / "arrays").iterdir())) <= 2
    assert not (old / "staging.db").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_build_says_how_to_go_on(old: Path, undisturbed: str, how: signal.Signals, workers: int) -> None:
    before = digest_of(old)
    child = Child(old, delay=0.01, workers=workers)
    child.wait_for("advanced", 1)
    helpers = child.workers()
    child.process.send_signal(how)
    code, lines = child.end()
    assert code == 130
    said = json.loads(lines[-1])["message"]
    assert "Stopped while extracting" in said and "run the same command again" in said
    assert_gone(helpers)
    assert digest_of(old) == before
    assert build(old)["digest"] == undisturbed


def test_a_real_build_killed_midway_goes_on(tmp_path: Path) -> None:
    child = Child(tmp_path / "w", real=True, kill_at="extracting and embedding+3", workers=2)
    code, lines = child.end()
    assert code == -signal.SIGKILL, "the kill did not land"
    kept = sum(int(line.split()[1]) for line in lines if line.startswith("advanced"))
    assert kept > 64
    result = build(tmp_path / "w", real=True)
    assert result["reused"] >= kept
    assert result["digest"] == build(tmp_path / "again", real=True, workers=2)["digest"] == digest_of(tmp_path / "w")


# --- the same again


@pytest.mark.faults
def test_fifteen_builds_over_workers_orders_and_hash_seeds_have_one_digest(
    tmp_path: Path, undisturbed: str, record_property: Record
) -> None:
    found = {
        (workers, order): build(
            tmp_path / f"{workers}-{order}", workers=workers, shuffle=order, hash_seed=str(17 * order)
        )
        for workers in (1, 2, 3)
        for order in range(5)
    }
    assert len(found) == 15
    record_property("builds", len(found))
    record_property("digests", len({result["digest"] for result in found.values()}))
    assert {result["digest"] for result in found.values()} == {undisturbed}


@pytest.mark.faults
def test_ten_times_the_documents_take_at_most_three_times_the_memory(tmp_path: Path, record_property: Record) -> None:
    small, large = (build(tmp_path / f"{size}", size=size)["peak"] for size in (400, 4000))
    record_property("small", small)
    record_property("large", large)
    assert large <= 3 * small


# --- starved


@pytest.mark.parametrize("limit", [0, 1_000, 30_000, 60_000, 100_000, 200_000, 300_000])
def test_a_file_size_limit_leaves_the_old_state(old: Path, undisturbed: str, limit: int) -> None:
    before = digest_of(old)
    code, lines = Child(old, file_size=limit).end()
    if code == 0:
        assert digest_of(old) == undisturbed
        return
    assert code == WorkspaceError.exit_code
    assert "check that the disk has room" in json.loads(lines[-1])["message"]
    assert digest_of(old) == before
    assert build(old)["digest"] == undisturbed


def test_some_file_size_limit_is_felt(old: Path) -> None:
    assert Child(old, file_size=0).end()[0] == WorkspaceError.exit_code


@pytest.mark.parametrize("count", [1, 2, 7, 1000])
def test_a_failing_fsync_leaves_the_old_state(old: Path, undisturbed: str, count: int) -> None:
    before = digest_of(old)
    code, lines = Child(old, fsync=count).end()
    failed = "error" in json.loads(lines[-1])
    assert code == (WorkspaceError.exit_code if failed else 0)
    assert failed == (count < 1000)
    assert digest_of(old) == (before if failed else undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 1 MB; needs the right to mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]).returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run([str(shutil.which("umount")), str(place)], check=True)


def test_a_full_disk_leaves_the_old_state(small_disk: Path) -> None:
    folder = small_disk / "w"
    before = build(folder, size=20)["digest"]
    code, lines = Child(folder, size=1500).end()
    assert code == WorkspaceError.exit_code
    assert "check that the disk has room" in json.loads(lines[-1])["message"]
    assert digest_of(folder) == before


# --- damaged, contended


def test_damaged_bytes_are_found_and_the_file_is_named(old_state: Path, tmp_path: Path) -> None:
    """Flip a bit of a file at random: either all is still as it was, or the file is named; never anything else."""
    chance = random.Random(5)
    good = digest_of(old_state)
    files = sorted(path.relative_to(old_state) for path in old_state.rglob("*.npy"))
    found = {"npy": 0, "db": 0}
    for number in range(80):
        folder = tmp_path / "w"
        shutil.copytree(old_state, folder)
        name = files[number // 2 % len(files)] if number % 2 else Path("workspace.db")
        data = bytearray((folder / name).read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        (folder / name).write_bytes(data)
        said = look_at(folder, good)
        if number % 2:
            assert name.name in said
            found["npy"] += 1
        elif said:
            assert "workspace.db" in said or "another version" in said
            found["db"] += 1
        shutil.rmtree(folder)
    assert found["npy"] == 40
    assert found["db"] > 10, "many bytes of a database are unused, but not most"


def look_at(folder: Path, good: str) -> str:
    """Return what a workspace says is wrong with it; it must not say nothing and be different."""
    try:
        with Workspace.open(folder) as workspace:
            wrong = " ".join(workspace.verify())
            assert wrong or workspace.digest() == good
            return wrong
    except WorkspaceDamaged as error:
        return str(error)
    except WorkspaceError as error:
        assert "schema" in str(error)
        return str(error)


@pytest.mark.parametrize("name", ["workspace.db", "arrays"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_truncated_files_are_found(old: Path, name: str, share: float) -> None:
    path = old / name
    if name == "arrays":
        path = max(path.rglob("*.npy"), key=lambda file: file.stat().st_size)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(WorkspaceError) as caught, Workspace.open(old) as workspace:
        problems = workspace.verify()
        assert problems
        raise WorkspaceDamaged(problems[0])
    assert path.name in str(caught.value) or "never finished" in str(caught.value)


def test_a_second_writer_is_refused_while_a_build_runs_and_readers_go_on(old: Path, undisturbed: str) -> None:
    before = digest_of(old)
    child = Child(old, delay=0.01)
    child.wait_for("advanced")
    code, lines = Child(old).end()
    assert code == 7
    assert f"process {child.process.pid} on" in json.loads(lines[-1])["message"]
    with Workspace.open(old) as reader:
        assert reader.digest() == before
        assert len(reader.arrays()) > 5
        assert child.end()[0] == 0
        assert reader.digest() == before
        reader.refresh()
        assert reader.digest() == undisturbed
