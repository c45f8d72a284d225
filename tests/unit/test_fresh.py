"""New documents can be found before the graph is made again, and readers never see anything half."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from graphrag import GraphRAG
from graphrag.asking import MODE_WEIGHTS
from graphrag.errors import GraphRAGError, WorkspaceDamaged, WorkspaceError
from graphrag.repairing import examine
from graphrag.stores.neo4j.content import Content
from graphrag.stores.workspace import Workspace
from graphrag.types import Chunk, Document, DocumentId, Extraction

PARTS = Path(__file__).parents[1] / "parts"
NEW = Document(DocumentId("zz-new"), "Quonk Vellar", "Zibbering is what Quonk Vellar does all day.")
OTHER = Document(DocumentId("a-new"), "Wumpf", "Wumpf lives far away from Quonk Vellar.")
QUESTION = NEW.text  # the light embedder finds equal texts near, and no others


def corpus() -> list[Document]:
    import light_parts

    documents: list[Document] = light_parts.corpus(60)
    return documents


@pytest.fixture
def folder(light_workspace: Path) -> Path:
    return light_workspace


class At:
    """A progress that does something when a stage begins."""

    def __init__(self, stage: str, then: Callable[[], None]) -> None:
        self._stage, self._then = stage, then
        self.stages: list[str] = []

    def start(self, stage: str, total: int | None) -> None:
        self.stages.append(stage)
        if stage == self._stage:
            self._then()

    def advance(self, units: int = 1) -> None:
        pass

    def finish(self, note: str = "") -> None:
        pass


def found(folder: Path, mode: str = "auto", question: str = QUESTION) -> list[str]:
    with GraphRAG.open(folder) as rag:
        return [passage.chunk.document_id for passage in rag.search(question, k=3, mode=mode).passages]


def rebuilt(place: Path, documents: Iterable[Document]) -> str:
    import light_parts

    recipe = place / "recipe.yaml"
    recipe.write_text(light_parts.RECIPE, encoding="utf-8")
    with GraphRAG.create(place / "again", recipe=str(recipe)) as rag:
        return rag.build(list(documents)).digest


def content(folder: Path) -> list[str]:
    """Return all that a database says, but for where SQLite put it."""
    with closing(sqlite3.connect(folder / "workspace.db")) as connection:
        return list(connection.iterdump())


def test_a_new_document_is_found_before_the_graph_is_made_and_the_end_is_a_rebuild(
    folder: Path, tmp_path: Path
) -> None:
    before = Workspace.open(folder)
    old = before.digest()
    seen: dict[str, list[str]] = {}

    def look() -> None:
        for mode in sorted(MODE_WEIGHTS):
            seen[mode] = found(folder, mode)
        with Workspace.open(folder) as store:
            assert store.audit() == []
            assert store.digest() == old == store.meta("digest")
            assert store.counts()["documents"] == 62
            assert store.document(NEW.id) == NEW
        assert before.document(NEW.id) is None, "a reader moves on only when it wants to"

    progress = At("resolving", look)
    with GraphRAG.create(folder) as rag:
        report = rag.add([NEW, OTHER], progress=progress)
    assert progress.stages[:3] == ["reading", "first look", "extracting and embedding"]
    for mode in ("auto", "hybrid", "basic", "lexical"):
        assert seen[mode][0] == NEW.id, mode
    assert set(seen) == set(MODE_WEIGHTS), "no mode fails on passages that link to nothing"
    assert found(folder)[0] == NEW.id
    assert report.digest == rebuilt(tmp_path, [*corpus(), NEW, OTHER])
    with before:
        before.refresh()
        assert before.digest() == report.digest
        assert before.meta("fresh") is None
        assert before.audit() == []


def test_many_new_documents_are_extracted_once_and_beside_the_first_look(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import light_parts

    new = [replace(document, id=DocumentId(f"n-{document.id}")) for document in light_parts.corpus(20, seed=2)]
    read: list[tuple[str, bool]] = []
    extract = light_parts.LightExtractor.extract

    def noting(self: object, chunks: Sequence[Chunk]) -> list[Extraction]:
        read.extend((chunk.digest, threading.current_thread() is threading.main_thread()) for chunk in chunks)
        extractions: list[Extraction] = extract(self, chunks)
        return extractions

    monkeypatch.setattr(light_parts.LightExtractor, "extract", noting)
    monkeypatch.setattr("graphrag.pool.cores", lambda: 2)
    with GraphRAG.create(folder) as rag:
        report = rag.add(new, workers=1)
    assert len({digest for digest, _ in read}) == len(read) == report.analysed >= 20
    assert not any(main for _, main in read)
    assert report.digest == rebuilt(tmp_path, [*corpus(), *new])


@pytest.mark.parametrize("executor", ["processes", "ray"])
def test_nothing_is_extracted_ahead_where_others_extract(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    import light_parts

    from graphrag.pool import Pool

    new = [replace(document, id=DocumentId(f"n-{document.id}")) for document in light_parts.corpus(100, seed=2)]
    with closing(sqlite3.connect(folder / "cache.db")) as cache:
        assert cache.execute("DELETE FROM vectors").rowcount == 60  # enough to do for two workers
        cache.commit()
    read: list[str] = []
    monkeypatch.setattr(light_parts.LightExtractor, "extract", lambda self, chunks: read.append("here") or [])
    monkeypatch.setattr("graphrag.pool.cores", lambda: 2)
    monkeypatch.setattr("graphrag.cluster.Cluster", Pool)  # what it does with its tasks is tested with Ray itself
    with GraphRAG.create(folder) as rag:
        rag.executor = executor
        report = rag.add(new, workers=2)
    assert (read, report.analysed) == ([], 160)
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(PARTS))
    assert report.digest == rebuilt(tmp_path, [*corpus(), *new])


def test_what_fails_beside_the_first_look_fails_the_build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import light_parts

    def fail(self: object, chunks: Sequence[Chunk]) -> list[Extraction]:
        raise GraphRAGError("no text is good enough")

    monkeypatch.setattr(light_parts.LightExtractor, "extract", fail)
    monkeypatch.setattr("graphrag.pool.cores", lambda: 2)
    before = content(folder)
    new = [replace(document, id=DocumentId(f"n-{document.id}")) for document in light_parts.corpus(20, seed=2)]
    progress = At("", lambda: None)
    with GraphRAG.create(folder) as rag, pytest.raises(GraphRAGError, match="no text is good enough"):
        rag.add(new, progress=progress, workers=1)
    assert progress.stages[-1] == "extracting and embedding"
    assert content(folder) == before


def test_a_stopped_build_extracts_nothing_more_and_keeps_what_it_has(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import light_parts

    read: list[str] = []
    going, extract = threading.Event(), light_parts.LightExtractor.extract

    def noting(self: object, chunks: Sequence[Chunk]) -> list[Extraction]:
        read.extend(chunk.digest for chunk in chunks)
        if len(read) > len(chunks):
            assert going.wait(20)
        extractions: list[Extraction] = extract(self, chunks)
        return extractions

    class Stopping(At):
        def advance(self, units: int = 1) -> None:
            if self.stages[-1] == "extracting and embedding":
                raise KeyboardInterrupt

    monkeypatch.setattr(light_parts.LightExtractor, "extract", noting)
    monkeypatch.setattr("graphrag.pool.cores", lambda: 2)
    new = [replace(document, id=DocumentId(f"n-{document.id}")) for document in light_parts.corpus(120, seed=2)]
    with GraphRAG.create(folder) as rag, pytest.raises(KeyboardInterrupt):
        rag.add(new, progress=Stopping("", lambda: None), workers=1)
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]
    going.set()
    for thread in threads:
        thread.join(20)
    assert len(read) <= 64, "the first of four portions, which is kept, and the one that was under way"
    with GraphRAG.create(folder) as rag:
        assert rag.add(new, workers=1).analysed == 120 - 32


def test_texts_that_are_known_are_not_embedded_again_to_be_shown(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import light_parts

    again = replace(corpus()[3], id=DocumentId("zz-again"))
    seen: list[int] = []
    embed = light_parts.LightEmbedder.embed_chunks
    monkeypatch.setattr(
        light_parts.LightEmbedder, "embed_chunks", lambda self, chunks: seen.append(len(chunks)) or embed(self, chunks)
    )
    progress = At("resolving", lambda: seen.append(len(found(folder, question=again.text))))
    with GraphRAG.create(folder) as rag:
        report = rag.add([again], progress=progress)
    assert "first look" in progress.stages
    assert seen == [3], "it was found, and nothing was embedded"
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(PARTS))
    assert report.digest == rebuilt(tmp_path, [*corpus(), again])


def test_nothing_is_shown_ahead_where_nothing_is_new(folder: Path) -> None:
    changed = replace(corpus()[3], text="Bado Keli knows nobody any more.")
    progress = At("", lambda: None)
    with GraphRAG.create(folder) as rag:
        rag.add([changed], progress=progress)
        rag.remove([changed.id], progress=progress)
        rag.add([Document(DocumentId("none"), "None", " ")], progress=progress)
    assert "first look" not in progress.stages


def test_a_stopped_or_failed_build_takes_back_what_it_showed(folder: Path) -> None:
    before = content(folder)

    def stop() -> None:
        assert found(folder)[0] == NEW.id
        raise KeyboardInterrupt

    with GraphRAG.create(folder) as rag, pytest.raises(KeyboardInterrupt, match="is as it was before"):
        rag.add([NEW], progress=At("resolving", stop))
    assert content(folder) == before
    with GraphRAG.create(folder) as rag:
        assert rag.add([NEW]).changed


KILLED = """
import os, signal, sys
from graphrag import GraphRAG
from graphrag.types import Document
class Kill:
    def start(self, stage, total):
        if stage == "resolving":
            os.kill(os.getpid(), signal.SIGKILL)
    def advance(self, units=1): pass
    def finish(self, note=""): pass
with GraphRAG.create(sys.argv[1]) as rag:
    rag.add([Document(*sys.argv[2:5])], progress=Kill())
"""


@pytest.fixture
def killed(folder: Path) -> Path:
    """Return a workspace whose build was killed after the first look."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PARTS), *sys.path])}
    command = [sys.executable, "-c", KILLED, str(folder), NEW.id, NEW.title, NEW.text]
    assert subprocess.run(command, env=environment).returncode == -signal.SIGKILL
    return folder


def test_after_a_kill_the_document_stays_to_be_found_until_the_next_build(killed: Path, tmp_path: Path) -> None:
    assert found(killed)[0] == NEW.id
    ailments = examine(killed, repair=False)
    assert [ailment.kind for ailment in ailments] == ["stopped", "leftover"]
    assert "but for 1 new document that can be found already" in ailments[0].what
    with Workspace.open(killed) as store, pytest.raises(WorkspaceError, match="run `graphrag add` again"):
        Content(store)  # what is published
    again = tmp_path / "same"
    shutil.copytree(killed, again)
    digest = rebuilt(tmp_path, [*corpus(), NEW])
    with GraphRAG.create(again) as rag:
        report = rag.add([NEW])
        assert (report.digest, report.changed) == (digest, True)
    with GraphRAG.create(killed) as rag:  # another document than the one that was under way
        rag.add([OTHER], progress=At("resolving", lambda: None))
        assert rag.remove([OTHER.id]).digest == digest
        assert rag.build(corpus()).documents == 60
    assert examine(killed) == []


def test_damage_of_a_new_document_is_found_and_repaired(killed: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(killed / "workspace.db")) as connection:
        connection.execute("UPDATE fresh SET vectors = substr(vectors, 1, 40)")
        connection.commit()
    with Workspace.open(killed) as store:
        assert "new documents do not match" in store.verify()[0]
        with pytest.raises(WorkspaceDamaged, match="doctor"):
            list(store.fresh())
    assert [ailment.cured for ailment in examine(killed) if ailment.kind == "damage"] == [True]
    with Workspace.open(killed) as store:
        assert store.audit() == []
        assert store.digest() == rebuilt(tmp_path, [*corpus(), NEW])
