"""Reading a workspace where nothing can be written: a full disk, a folder without the right, a look by the doctor."""

import ctypes
import fcntl
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graphrag import GraphRAG
from graphrag.errors import WorkspaceError, WorkspaceLocked
from graphrag.repairing import examine
from graphrag.stores.database import Frozen, connect_reading
from graphrag.stores.lock import WriterLock
from graphrag.stores.watching import GenerationWatch
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

PARTS = Path(__file__).parents[1] / "parts"
NEW = Document(DocumentId("zz-new"), "Quonk Vellar", "Zibbering is what Quonk Vellar does all day.")
COMMANDS = [["ask", "Who knows Bado Keli?"], ["search", "Bado Keli"], ["verify"], ["inspect"], ["doctor", "--dry-run"]]
_DROP_FROM_BOUNDS, _OVERRIDE_MODES = 24, (1, 2)  # of prctl(2); CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


def nothing_can_grow() -> None:
    """Let every write of a process fail as on a full disk; pipes take more."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def modes_count() -> None:
    """Let the modes of files hold for the superuser too, as soon as another program is run."""
    for right in _OVERRIDE_MODES:
        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDS, right, 0, 0, 0)


def run(prepare: Callable[[], None], *arguments: str | Path) -> tuple[int, str, str]:
    start = f"import sys; sys.path.insert(0, {str(PARTS)!r}); from graphrag.cli import main; main()"
    command = [sys.executable, "-B", "-c", start, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=prepare, timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def closed(light_workspace: Path) -> Iterator[Path]:
    """Return a workspace in which the mode of nothing allows writing."""
    places = [light_workspace, *light_workspace.rglob("*")]
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    yield light_workspace
    for place in places:
        place.chmod(0o755 if place.is_dir() else 0o644)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_workspace_on_a_full_disk_can_be_read(light_workspace: Path, command: list[str]) -> None:
    before = (light_workspace / "workspace.db").read_bytes()
    code, out, err = run(nothing_can_grow, *command, "-w", light_workspace)
    assert (code, err) == (0, "") and out
    assert (light_workspace / "workspace.db").read_bytes() == before


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_workspace_without_the_right_to_write_can_be_read(closed: Path, command: list[str]) -> None:
    code, out, err = run(modes_count, *command, "-w", closed)
    assert (code, err) == (0, "") and out
    code, _, err = run(modes_count, "remove", "x", "-w", closed)
    assert code == WorkspaceError.exit_code and "cannot be written" in err, "the test would prove nothing"


@pytest.fixture
def no_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite fail as where it can write nothing beside a file."""

    def fail(path: Path, *, create: bool = False) -> sqlite3.Connection:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    monkeypatch.setattr("graphrag.stores.database.connect", fail)


def test_a_reader_that_holds_no_lock_refuses_what_changed_meanwhile(
    light_workspace: Path, no_shared_memory: None
) -> None:
    watch = GenerationWatch(light_workspace)
    first = watch.now()
    with Workspace.open(light_workspace) as reader:
        digest = reader.digest()
        rows = reader.documents()
        next(rows)
        with GraphRAG.create(light_workspace) as rag:
            rag.add([NEW])
        asked: list[Callable[[], object]] = [
            lambda: list(rows),
            reader.counts,
            reader.digest,
            reader.verify,
            lambda: reader.document(NEW.id),
        ]
        for ask in asked:
            with pytest.raises(WorkspaceError, match="was changed while it was read"):
                ask()
        reader.refresh()
        assert reader.document(NEW.id) == NEW
        assert reader.verify() == [] and reader.digest() != digest
    watch.now()  # forgets what it held
    assert watch.now() not in (None, first)
    watch.close()


def test_who_holds_no_lock_sees_another_state_after_a_touch(light_workspace: Path, no_shared_memory: None) -> None:
    watch = GenerationWatch(light_workspace)
    first = watch.now()
    assert first == watch.now() is not None
    os.utime(light_workspace / "workspace.db")
    assert watch.now() is None  # it forgets what it held
    assert watch.now() not in (None, first), "a server would not open again what refuses every question now"
    watch.close()


def test_a_log_that_cannot_be_read_is_named(light_workspace: Path, tmp_path: Path, no_shared_memory: None) -> None:
    database = light_workspace / "workspace.db"
    with closing(connect_reading(database)) as connection:
        assert isinstance(connection, Frozen)
    (light_workspace / "workspace.db-wal").write_bytes(b"something")
    with pytest.raises(WorkspaceError, match=r"stands in workspace\.db-wal, which can only be read where SQLite may"):
        Workspace.open(light_workspace)


# --- the doctor that only looks


def test_a_look_of_the_doctor_changes_nothing(light_workspace: Path) -> None:
    (light_workspace / "lock").unlink()
    shutil.copytree(light_workspace / "arrays" / "00000001", light_workspace / "arrays" / "00000009")
    before = {path: path.read_bytes() for path in light_workspace.rglob("*") if path.is_file()}
    assert [ailment.kind for ailment in examine(light_workspace, repair=False)] == ["leftover"]
    assert {path: path.read_bytes() for path in light_workspace.rglob("*") if path.is_file()} == before


def test_a_look_of_the_doctor_waits_for_no_reader_and_disturbs_no_writer(light_workspace: Path) -> None:
    with (light_workspace / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)  # another look
        assert examine(light_workspace, repair=False) == []
    lock = WriterLock(light_workspace)
    with pytest.raises(WorkspaceLocked, match=f"is being written by process {os.getpid()} "):
        examine(light_workspace, repair=False)
    lock.release()
    with (light_workspace / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        with pytest.raises(WorkspaceLocked, match="is being written by another process"):  # not by who wrote last
            WriterLock(light_workspace)


def test_a_look_of_the_doctor_migrates_nothing(light_workspace: Path) -> None:
    with closing(sqlite3.connect(light_workspace / "workspace.db")) as connection:
        connection.execute("UPDATE meta SET value = '2' WHERE key = 'schema'")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    [ailment] = examine(light_workspace, repair=False)
    assert ailment.kind == "mismatch" and "has schema 2" in ailment.what and "was not examined" in ailment.what
    assert not list(light_workspace.glob("*.schema-*"))
    with closing(sqlite3.connect(light_workspace / "workspace.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
