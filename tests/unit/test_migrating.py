"""A workspace of an earlier schema opens, is brought up to date, and keeps a copy of what it was."""

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from graphrag import GraphRAG
from graphrag.errors import WorkspaceDamaged, WorkspaceError, WorkspaceLocked
from graphrag.stores import migrating
from graphrag.stores.lock import WriterLock
from graphrag.stores.migrating import backup_of
from graphrag.stores.schema import SCHEMA_VERSION
from graphrag.stores.workspace import Workspace

PARTS = Path(__file__).parents[1] / "parts"
# Made by the program as it was when its schema was 1, of light_parts.corpus(6).
SCHEMA_1 = Path(__file__).parents[1] / "data" / "schema-1.zip"
DIGEST = "8a88903db93f73a6e6d9e29d3dda79a1"


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(PARTS))
    with zipfile.ZipFile(SCHEMA_1) as archive:
        archive.extractall(tmp_path / "w")
    return tmp_path / "w"


def version_of(path: Path) -> tuple[int, str]:
    """Return the schema version that a database's header says, and the one that its notes say."""
    with closing(sqlite3.connect(path)) as connection:
        header = connection.execute("PRAGMA user_version").fetchone()[0]
        return header, connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()[0]


def test_an_old_workspace_opens_and_a_copy_is_kept(old: Path) -> None:
    assert version_of(old / "workspace.db") == (1, "1")
    with Workspace.open(old) as store:
        assert store.verify() == [] and store.audit() == []
        assert store.digest() == store.meta("digest") == DIGEST
        assert len(list(store.documents())) == 6
    assert version_of(old / "workspace.db") == (SCHEMA_VERSION, str(SCHEMA_VERSION))
    assert version_of(backup_of(old, 1)) == (1, "1")
    kept = backup_of(old, 1).read_bytes()
    with Workspace.open(old):
        assert backup_of(old, 1).read_bytes() == kept, "once is enough"


def test_an_old_workspace_can_be_asked_and_changed(old: Path) -> None:
    import light_parts

    corpus = light_parts.corpus(8)
    with GraphRAG.create(old) as rag:
        assert rag.search(f"Who directed {corpus[0].title}?").passages
        report = rag.add(corpus[6:])
    assert (report.documents, report.analysed) == (8, 2)
    with Workspace.open(old) as store:
        assert store.audit() == []


def test_a_lost_database_can_be_built_again_beside_its_copy(old: Path) -> None:
    import light_parts

    Workspace.open(old).close()
    (old / "workspace.db").unlink()
    with GraphRAG.create(old) as rag:
        assert rag.build(light_parts.corpus(6)).documents == 6
    assert version_of(backup_of(old, 1)) == (1, "1")


def test_the_copy_is_a_workspace_of_its_own(old: Path, tmp_path: Path) -> None:
    Workspace.open(old).close()
    shutil.copytree(old / "arrays", tmp_path / "back" / "arrays")
    shutil.copy(backup_of(old, 1), tmp_path / "back" / "workspace.db")
    with Workspace.open(tmp_path / "back") as store:
        assert store.digest() == DIGEST


def test_a_migration_that_is_killed_is_done_again(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = migrating._step

    def killed(path: Path, version: int) -> None:
        raise SystemExit

    monkeypatch.setattr(migrating, "_step", killed)
    with pytest.raises(SystemExit):
        Workspace.open(old)
    assert version_of(old / "workspace.db") == (1, "1")
    monkeypatch.setattr(migrating, "_step", step)
    with Workspace.open(old) as store:
        assert store.digest() == DIGEST


def test_a_migration_that_fails_leaves_the_old_state(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(migrating.MIGRATIONS, 1, "CREATE TABLE half (x); CREATE TABLE half (x);")
    with pytest.raises(WorkspaceError):
        Workspace.open(old)
    assert version_of(old / "workspace.db") == (1, "1")


def test_nothing_is_migrated_under_a_writer(old: Path) -> None:
    lock = WriterLock(old)
    try:
        with pytest.raises(WorkspaceLocked, match="is being written"):
            Workspace.open(old)
    finally:
        lock.release()
    assert version_of(old / "workspace.db") == (1, "1")
    with Workspace.open(old, write=True) as store:
        assert store.digest() == DIGEST


@pytest.mark.parametrize("version", [0, 7])
def test_a_schema_that_nobody_knows_is_refused(old: Path, version: int) -> None:
    with closing(sqlite3.connect(old / "workspace.db")) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (json.dumps(version),))
        connection.commit()
    with pytest.raises(WorkspaceError, match=f"its schema is {version}, this one reads {SCHEMA_VERSION}"):
        Workspace.open(old)
    assert not list(old.glob("*.schema-*"))


def test_a_flipped_bit_of_the_header_is_damage_and_no_old_version(old: Path) -> None:
    Workspace.open(old).close()
    with closing(sqlite3.connect(old / "workspace.db")) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    with pytest.raises(WorkspaceDamaged, match="header says version 1"):
        Workspace.open(old)
