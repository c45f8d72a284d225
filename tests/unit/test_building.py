"""The build line, with light parts: what a build makes, what it does again, and what stops it."""

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from graphrag.building import BuildReport, build
from graphrag.config import BuildSettings, Chunking
from graphrag.documents.problems import Problem
from graphrag.errors import GraphRAGError, RecipeError, WorkspaceDamaged, WorkspaceError
from graphrag.protocols import Progress
from graphrag.registry import Part
from graphrag.stores.draft import Draft
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId, Scalar

PARTS = Path(__file__).parents[1] / "parts"


@pytest.fixture(autouse=True)
def light_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry, also of worker processes, find the light parts."""
    monkeypatch.syspath_prepend(str(PARTS))


def corpus(size: int) -> list[Document]:
    import light_parts

    documents: list[Document] = light_parts.corpus(size)
    return documents


def run(
    folder: Path,
    documents: Sequence[Document],
    *,
    workers: int | None = 1,
    extractor: dict[str, Scalar] | None = None,
    embedder: dict[str, Scalar] | None = None,
    settings: BuildSettings | None = None,
    problems: Sequence[Problem] = (),
    progress: Progress | None = None,
) -> BuildReport:
    with Workspace.create(folder) as workspace:
        return build(
            iter(documents),
            workspace,
            extractor=Part("extractor", "light", extractor or {}),
            embedder=Part("embedder", "light", embedder or {}),
            settings=settings or BuildSettings(),
            problems=problems,
            progress=progress,
            workers=workers,
        )


class Listener:
    """A progress that remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int | None, int, str]] = []

    def start(self, stage: str, total: int | None) -> None:
        self.heard.append((stage, total, 0, "running"))

    def advance(self, units: int = 1) -> None:
        stage, total, done, note = self.heard[-1]
        self.heard[-1] = (stage, total, done + units, note)

    def finish(self, note: str = "") -> None:
        stage, total, done, _ = self.heard[-1]
        self.heard[-1] = (stage, total, done, note)


def test_a_build_says_what_it_made(tmp_path: Path) -> None:
    listener = Listener()
    report = run(tmp_path / "w", corpus(60), progress=listener)
    assert (report.documents, report.chunks, report.analysed, report.reused) == (60, 60, 60, 0)
    assert report.entities >= 60 and report.facts > 60 and report.communities == report.reports > 0
    with Workspace.open(tmp_path / "w") as workspace:
        counts = workspace.counts()
        assert workspace.verify() == []
        assert workspace.meta("digest") == workspace.digest() == report.digest
        assert workspace.meta("extractor") == "light-extractor:1"
        assert len(workspace.arrays()["passage_vectors"]) == 60
        for mention in workspace.mentions():
            document = workspace.document(mention.document_id)
            assert document is not None
            assert document.text[mention.span.start : mention.span.end] == mention.text
    assert (counts["entities"], counts["facts"]) == (report.entities, report.facts)
    stages = [stage for stage, *_ in listener.heard]
    assert stages == [
        "reading",
        "extracting and embedding",
        "resolving",
        "communities",
        "reports",
        "indexing",
        "saving",
    ]
    assert set(stages) < set(report.seconds)
    assert listener.heard[0][2:] == (60, "60 documents, 60 passages")
    assert listener.heard[1][1:3] == (60, 60)
    assert not any(note == "running" for *_, note in listener.heard)


def test_order_and_workers_change_nothing(tmp_path: Path) -> None:
    documents = corpus(200)
    shuffled = random.Random(3).sample(documents, len(documents))
    digests = {
        run(tmp_path / "one", documents, workers=1).digest,
        run(tmp_path / "two", shuffled, workers=2).digest,
        run(tmp_path / "three", documents[::-1], workers=None).digest,
    }
    assert len(digests) == 1


def test_a_second_build_analyses_only_what_changed(tmp_path: Path) -> None:
    documents = corpus(40)
    first = run(tmp_path / "w", documents)
    again = run(tmp_path / "w", documents, extractor={"wrong": True}, embedder={"nan_at": "person"})
    assert (again.analysed, again.reused, again.digest) == (0, 40, first.digest)
    changed = [replace(documents[0], text="Bado Keli knows Muna Pora."), *documents[2:]]
    partly = run(tmp_path / "w", changed)
    assert (partly.documents, partly.analysed, partly.reused) == (39, 1, 38)
    assert partly.digest == run(tmp_path / "scratch", changed).digest != first.digest
    assert run(tmp_path / "w", documents).digest == first.digest


def test_another_embedder_extracts_nothing_again(tmp_path: Path) -> None:
    documents = corpus(30)
    first = run(tmp_path / "w", documents)
    other = run(tmp_path / "w", documents, extractor={"wrong": True}, embedder={"version": "2", "dimensions": 8})
    assert (other.analysed, other.facts) == (30, first.facts)
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.arrays()["passage_vectors"].shape == (30, 8)
        assert workspace.meta("dimensions") == 8


def test_equal_texts_are_analysed_once(tmp_path: Path) -> None:
    twins = [Document(DocumentId(f"d{i}"), "Twin", "Bado Keli knows Muna Pora.") for i in range(5)]
    report = run(tmp_path / "w", twins)
    assert (report.documents, report.chunks, report.analysed) == (5, 5, 1)


def test_the_cache_forgets_removed_documents(tmp_path: Path) -> None:
    run(tmp_path / "w", corpus(20))
    run(tmp_path / "w", corpus(20)[:5])
    with closing(sqlite3.connect(tmp_path / "w" / "cache.db")) as cache:
        for table in ("extraction", "vectors"):
            assert cache.execute(f"SELECT count(*) FROM {table}").fetchone() == (5,)
        assert cache.execute("SELECT count(*) FROM journal WHERE finished IS NULL").fetchone() == (0,)


def test_settings_reach_the_chunks(tmp_path: Path) -> None:
    report = run(tmp_path / "w", corpus(10), settings=BuildSettings(chunking=Chunking(max_tokens=16)))
    assert report.chunks > 10


def test_an_empty_corpus_builds_an_empty_workspace(tmp_path: Path) -> None:
    report = run(tmp_path / "w", [])
    assert (report.documents, report.chunks, report.entities, report.problems) == (0, 0, 0, ())
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.verify() == []
        assert set(workspace.counts().values()) == {0}


def test_what_cannot_be_used_is_listed(tmp_path: Path) -> None:
    documents = [
        Document(DocumentId("empty"), "Empty", " \n ", "e.txt"),
        Document(DocumentId("broken"), "Broken", "Bado Keli \ud800 knows Muna Pora.", "b.txt", {"k\udfff": "v\udc00"}),
        Document(DocumentId("twin"), "One", "Bado Keli.", "1.txt"),
        Document(DocumentId("twin"), "Two", "Muna Pora.", "2.txt"),
    ]
    report = run(tmp_path / "w", documents, problems=[Problem("x.json", "row 3", "no text", "the row has no text")])
    assert report.documents == 3
    said = dict(report.problems)
    assert said["x.json, row 3"] == "the row has no text"
    assert "holds no text" in said["e.txt"]
    assert "lone surrogates" in said["b.txt"]
    assert "'twin'" in said.get("1.txt", "") + said.get("2.txt", "")
    with Workspace.open(tmp_path / "w") as workspace:
        broken = workspace.document("broken")
        assert broken is not None
        assert (broken.text, broken.metadata) == ("Bado Keli \ufffd knows Muna Pora.", {"k\ufffd": "v\ufffd"})


# --- what stops a build


def test_a_dead_worker_is_named_with_its_documents(tmp_path: Path) -> None:
    documents = corpus(200)
    with pytest.raises(GraphRAGError, match=r"killed by SIGKILL.*documents 'd0\d\d\d' to 'd0\d\d\d'.*kept"):
        run(tmp_path / "w", documents, workers=2, extractor={"die_at": f"{documents[150].title} is a person"})
    with pytest.raises(WorkspaceError, match="has finished yet"):
        Workspace.open(tmp_path / "w")
    report = run(tmp_path / "w", documents)
    assert report.reused > 0
    assert report.digest == run(tmp_path / "scratch", documents).digest


def test_a_mistake_in_a_part_ends_the_worker_and_the_build(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(GraphRAGError, match="ended with exit code 1"):
        run(tmp_path / "w", corpus(200), workers=2, extractor={"wrong": True})
    assert "a mistake in the extractor" in capfd.readouterr().err


@pytest.mark.parametrize("workers", [1, 2])
def test_vectors_that_are_no_numbers_are_never_stored(tmp_path: Path, workers: int) -> None:
    documents = corpus(200)
    with pytest.raises(GraphRAGError, match=r"not finite.*'d0007'"):
        run(tmp_path / "w", documents, workers=workers, embedder={"nan_at": f"{documents[7].title} is a person"})


@pytest.mark.parametrize("workers", [1, 2])
def test_a_part_that_cannot_be_made_is_an_error_of_the_recipe(tmp_path: Path, workers: int) -> None:
    with pytest.raises(RecipeError, match="no option 'versoin'"):
        run(tmp_path / "w", corpus(200), workers=workers, extractor={"versoin": "2"})
    assert not (tmp_path / "w").exists()


def test_no_workers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphRAGError, match="workers = 0"):
        run(tmp_path / "w", corpus(1), workers=0)


def test_a_document_that_cannot_be_read_leaves_the_workspace_as_it_was(tmp_path: Path) -> None:
    first = run(tmp_path / "w", corpus(10))

    def failing() -> Sequence[Document]:
        def documents():
            yield from corpus(20)
            raise OSError("the network disk is gone")

        return documents()

    with pytest.raises(OSError, match="network disk"):
        run(tmp_path / "w", failing())
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.digest() == first.digest
        assert workspace.verify() == []


def test_an_interrupt_keeps_the_analyses_and_says_how_to_go_on(tmp_path: Path) -> None:
    class Interrupting(Listener):
        def start(self, stage: str, total: int | None) -> None:
            if stage == "resolving":
                raise KeyboardInterrupt
            super().start(stage, total)

    with pytest.raises(KeyboardInterrupt, match=r"Stopped while resolving.*run the same command again"):
        run(tmp_path / "w", corpus(30), progress=Interrupting())
    report = run(tmp_path / "w", corpus(30), extractor={"wrong": True})
    assert (report.analysed, report.reused) == (0, 30)


def test_an_interrupt_after_the_commit_does_not_say_that_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(draft: Draft, generation: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Draft, "_tidy", interrupted)
    with pytest.raises(KeyboardInterrupt, match="after the change of the workspace"):
        run(tmp_path / "w", corpus(10))
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.counts()["documents"] == 10
        assert workspace.verify() == []


def test_a_damaged_cache_is_named(tmp_path: Path) -> None:
    run(tmp_path / "w", corpus(10))
    with closing(sqlite3.connect(tmp_path / "w" / "cache.db")) as cache:
        cache.execute("UPDATE vectors SET body = substr(body, 1, 50) WHERE id = 3")
        cache.commit()
    with pytest.raises(WorkspaceDamaged, match=r"cache\.db.*delete it"):
        run(tmp_path / "w", corpus(10)[:9])
    for end in ("", "-wal", "-shm"):
        (tmp_path / "w" / f"cache.db{end}").unlink(missing_ok=True)
    assert run(tmp_path / "w", corpus(10)).analysed == 10
    (tmp_path / "w" / "cache.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(WorkspaceDamaged, match=r"cache\.db"):
        run(tmp_path / "w", corpus(10))
    with Workspace.open(tmp_path / "w") as workspace:  # reading needs no cache
        assert workspace.verify() == []
