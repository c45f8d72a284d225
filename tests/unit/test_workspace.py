"""The workspace: what was committed is what is read, by every reader, until the next commit."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrag.errors import WorkspaceDamaged, WorkspaceError, WorkspaceLocked
from graphrag.stores.codec import (
    chunk_from_list,
    chunk_to_list,
    decode_extraction,
    decode_vectors,
    encode_extraction,
    encode_vectors,
)
from graphrag.stores.draft import Draft
from graphrag.stores.inspection import ContentDigest
from graphrag.stores.rows import Row
from graphrag.stores.workspace import Workspace
from graphrag.text import sentence_spans
from graphrag.types import (
    About,
    Chunk,
    ChunkId,
    Community,
    CommunityId,
    CommunityReport,
    Document,
    DocumentId,
    Entity,
    EntityId,
    EntityMention,
    Extraction,
    Fact,
    FactId,
    Finding,
    Mention,
    Merge,
    PassageVectors,
    Quote,
    Resolution,
    Span,
    Term,
    Triple,
    stable_id,
)

ARRAYS = {"vectors": np.arange(8, dtype=np.float32).reshape(2, 4)}


def document(identity: str, text: str, **changes: Any) -> Document:
    return Document(DocumentId(identity), changes.pop("title", identity.title()), text, **changes)


def chunk_of(doc: Document) -> Chunk:
    identity = ChunkId(stable_id("chunk", doc.id, "0"))
    return Chunk(identity, doc.id, 0, Span(0, len(doc.text)), doc.text, doc.title, "", tuple(sentence_spans(doc.text)))


DOCUMENTS = [
    document("b", "Grace met Ada. \x00 It was 🙂 odd.", source="b.txt", metadata={"n": 1, "x": None, "é": "ü"}),
    document("a", "Ada wrote notes.\n\nShe was first.", headings=((1, Span(0, 3)),)),
]


def graph(documents: Sequence[Document] = DOCUMENTS) -> tuple[Resolution, list[Community], list[CommunityReport]]:
    """Return a small graph over the chunks of ``documents``."""
    chunks = sorted((chunk_of(doc) for doc in documents if doc.text), key=lambda chunk: chunk.document_id)
    ada, grace = (EntityId(stable_id("entity", name)) for name in ("ada", "grace"))
    mentions = [
        EntityMention(entity, c.id, c.document_id, Span(at, at + len(name)), name, "ner")
        for c in chunks
        for entity, name in sorted([(ada, "Ada"), (grace, "Grace")])
        if (at := c.text.find(name)) >= 0
    ]
    quote = Quote(chunks[-1].document_id, chunks[-1].id, Span(0, 14), chunks[-1].text[:14])
    facts = (
        Fact(
            FactId("fact-1"), grace, "meet", ada, "Ada", "", 0.9, (quote, replace(quote, span=Span(0, 5), text="Grace"))
        ),
        Fact(FactId("fact-2"), ada, "be", None, "first", "1843", 0.5, (quote,)),
    )
    entities = sorted(
        [
            Entity(ada, "Ada", "PERSON", ("Ada Lovelace", "Lady L"), "first", 2),
            Entity(grace, "Grace", "", (), "", 1),
        ],
        key=lambda entity: entity.id,
    )
    resolution = Resolution(
        entities=tuple(entities),
        mentions=tuple(mentions),
        abouts=(About(ada, chunks[0].document_id, 1.0, "title"),),
        facts=facts,
        merges=(Merge(ada, "Lady L", "ada", "alias", 0.7),),
    )
    whole = Community(CommunityId("community-z"), 0, None, (ada, grace))
    part = Community(CommunityId("community-a"), 1, whole.id, (grace,))
    finding = Finding("Grace met Ada.", (quote,), (FactId("fact-1"),))
    reports = [
        CommunityReport(
            c.id, "Ada", "They met.", (finding,), (ada,), (chunks[0].document_id,), ("1843", ""), 0.5, "d", "x"
        )
        for c in (whole, part)
    ]
    return resolution, [part, whole], reports


def commit(workspace: Workspace, documents: Sequence[Document] = DOCUMENTS) -> str:
    """Build a workspace of ``documents`` without analysing anything."""
    with workspace.draft() as draft:
        draft.note([("c.bin", "binary")])
        draft.add([(doc, [chunk_of(doc)] if doc.text else []) for doc in documents])
        draft.seal()
        return draft.commit(*graph(documents), ARRAYS, {"dimensions": 4})


@pytest.fixture
def built(tmp_path: Path) -> Path:
    with Workspace.create(tmp_path / "w") as workspace:
        commit(workspace)
    return tmp_path / "w"


def test_everything_that_was_committed_is_read_back(built: Path) -> None:
    resolution, communities, reports = graph()
    ordered = sorted(DOCUMENTS, key=lambda doc: doc.id)
    with Workspace.open(built) as w:
        assert list(w.documents()) == ordered
        assert [w.document(doc.id) for doc in ordered] == ordered
        assert w.document_ids() == ["a", "b"]
        chunks = [chunk_of(doc) for doc in ordered]
        assert list(w.chunks()) == chunks
        assert list(w.chunks([1, 0, 1])) == [chunks[1], chunks[0], chunks[1]]
        assert w.chunk_ids() == [chunk.id for chunk in chunks]
        assert w.chunks_by_id([chunks[1].id, "unknown", chunks[0].id]) == [chunks[1], chunks[0]]
        assert tuple(w.entities()) == resolution.entities
        assert list(w.entities([1])) == [resolution.entities[1]]
        assert w.entity_ids() == [entity.id for entity in resolution.entities]
        assert [w.entity(entity.id) for entity in resolution.entities] == list(resolution.entities)
        assert w.entities_by_id([e.id for e in reversed(resolution.entities)]) == list(reversed(resolution.entities))
        assert tuple(w.mentions()) == resolution.mentions
        assert list(w.mentions([chunks[0].id])) == [m for m in resolution.mentions if m.chunk_id == chunks[0].id]
        grace = next(entity for entity in resolution.entities if entity.name == "Grace")
        assert [m.text for m in w.mentions() if m.entity_id == grace.id] == ["Grace"]
        assert tuple(w.abouts()) == resolution.abouts
        assert tuple(w.facts()) == resolution.facts
        assert w.facts_of([grace.id]) == [resolution.facts[0]]
        assert w.facts_of([entity.id for entity in resolution.entities]) == list(resolution.facts)
        assert tuple(w.merges()) == resolution.merges
        assert list(w.communities()) == communities[::-1]
        assert w.communities_of(grace.id) == ["community-z", "community-a"]
        assert list(w.reports()) == reports
        assert w.report("community-a") == reports[1]
        assert w.problems() == [("c.bin", "binary")]
        assert w.meta("dimensions") == 4
        np.testing.assert_array_equal(w.arrays()["vectors"], ARRAYS["vectors"])
        assert w.counts() == {
            "documents": 2, "chunks": 2, "entities": 2, "mentions": 3, "facts": 2, "merges": 1, "communities": 2,
            "reports": 2, "problems": 1,
        }  # fmt: skip
        assert w.digest() == w.meta("digest")
        assert w.verify() == []


def test_what_is_not_there_is_none_or_an_index_error(built: Path) -> None:
    with Workspace.open(built) as w:
        assert (w.document("?"), w.entity("?"), w.report("?"), w.meta("?")) == (None, None, None, None)
        assert (w.facts_of(["?"]), list(w.mentions(["?"])), w.entities_by_id(["?"])) == ([], [], [])
        with pytest.raises(IndexError, match="row 7"):
            w.chunks([0, 7])


def test_the_digest_depends_on_content_alone(tmp_path: Path) -> None:
    digests = []
    for name, documents in (("one", DOCUMENTS), ("two", DOCUMENTS[::-1]), ("three", DOCUMENTS[::-1])):
        with Workspace.create(tmp_path / name) as workspace:
            if name == "three":  # a build after others equals a build from scratch
                commit(workspace, [*DOCUMENTS, document("aa", "Ada.")])
            digests.append(commit(workspace, documents))
            assert workspace.digest() == digests[-1]
    assert digests[0] == digests[1] == digests[2]
    with Workspace.create(tmp_path / "four") as workspace:
        assert commit(workspace, [DOCUMENTS[0], replace(DOCUMENTS[1], title="other")]) != digests[0]


def test_an_empty_build_is_valid(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w") as workspace, workspace.draft() as draft:
        draft.add([])
        assert draft.seal() == (0, 0, 0)
        draft.commit(Resolution((), (), (), (), ()), [], [], {}, {})
    with Workspace.open(tmp_path / "w") as workspace:
        assert set(workspace.counts().values()) == {0}
        assert workspace.verify() == []


def test_of_two_documents_with_one_id_the_same_is_kept_in_any_order(tmp_path: Path) -> None:
    twins = [document("b", "Grace met Ada. One.", source="1"), document("b", "Grace met Ada. Two.", source="2")]
    kept = []
    for order in (twins, twins[::-1]):
        shutil.rmtree(tmp_path / "w", ignore_errors=True)
        with Workspace.create(tmp_path / "w") as workspace, workspace.draft() as draft:
            draft.add([(doc, [chunk_of(doc)]) for doc in order])
            assert draft.seal() == (1, 1, 1)
            chunks = list(draft.chunks())
            draft.commit(Resolution((), (), (), (), ()), [], [], {}, {})
            kept.append((list(workspace.documents()), chunks, workspace.problems()))
    assert kept[0] == kept[1]
    assert "give each its own id" in kept[0][2][0][1]


# --- readers and writers


def test_a_reader_keeps_its_state_until_it_refreshes(built: Path) -> None:
    with Workspace.open(built) as reader, Workspace.open(built, write=True) as writer:
        before = reader.arrays()["vectors"]
        commit(writer, [*DOCUMENTS, document("c", "Ada.")])
        commit(writer, [*DOCUMENTS, document("c", "Ada."), document("d", "Ada.")])
        assert reader.counts()["documents"] == 2
        np.testing.assert_array_equal(before, ARRAYS["vectors"])
        assert writer.counts()["documents"] == 4
        reader.refresh()
        assert reader.counts()["documents"] == 4
        assert len(reader.arrays()) == 1


def test_a_reader_opened_before_a_build_still_finds_its_arrays_after_it(built: Path) -> None:
    with Workspace.open(built) as reader, Workspace.open(built, write=True) as writer:
        commit(writer, [DOCUMENTS[0]])
        assert reader.arrays()["vectors"].shape == (2, 4)
        commit(writer)
        reader.refresh()
    with Workspace.open(built) as late:
        assert late.arrays()["vectors"].shape == (2, 4)
    assert len(list((built / "arrays").iterdir())) == 2


def test_a_draft_that_is_not_committed_changes_nothing(built: Path) -> None:
    with Workspace.open(built, write=True) as workspace:
        before = workspace.digest()
        with workspace.draft() as draft:
            draft.add([(DOCUMENTS[0], [chunk_of(DOCUMENTS[0])])])
            draft.seal()
        workspace.refresh()
        assert workspace.digest() == before
    assert not (built / "staging.db").exists()


def test_a_commit_that_fails_midway_changes_nothing(built: Path) -> None:
    resolution, communities, reports = graph()
    orphan = replace(resolution, mentions=(replace(resolution.mentions[0], chunk_id=ChunkId("nowhere")),))
    with Workspace.open(built, write=True) as workspace:
        before = workspace.digest()
        with workspace.draft() as draft:
            draft.add([(doc, [chunk_of(doc)]) for doc in DOCUMENTS])
            draft.seal()
            with pytest.raises(KeyError):
                draft.commit(orphan, communities, reports, ARRAYS, {})
        workspace.refresh()
        assert workspace.digest() == before
        assert workspace.verify() == []
        assert [path.name for path in (built / "arrays").iterdir()] == ["00000001"]


@pytest.mark.parametrize(
    ("table", "column", "row"), [("mention", 0, 99), ("mention", 3, -1), ("fact", 4, 2), ("community", 3, 2)]
)
def test_a_commit_whose_rows_point_at_nothing_changes_nothing(
    built: Path, monkeypatch: pytest.MonkeyPatch, table: str, column: int, row: int
) -> None:
    insert = Draft._insert

    def astray(draft: Draft, name: str, rows: Iterable[Row], digest: ContentDigest) -> None:
        wrong = [list(values) for values in rows]
        if name == table:
            wrong[0][column] = row
        insert(draft, name, map(tuple, wrong), digest)

    monkeypatch.setattr(Draft, "_insert", astray)
    with Workspace.open(built, write=True) as workspace:
        before = workspace.digest()
        with pytest.raises(ValueError, match=f"a row of {table} points at nothing"):
            commit(workspace)
        assert workspace.digest() == before and workspace.verify() == []


def test_a_second_writer_is_told_who_holds_the_lock(built: Path) -> None:
    with Workspace.open(built, write=True), pytest.raises(WorkspaceLocked, match=rf"process {os.getpid()} on .* since"):
        Workspace.open(built, write=True)
    with Workspace.open(built, write=True):
        pass


def test_the_lock_dies_with_its_process(built: Path) -> None:
    program = (
        "import sys, time; from graphrag.stores.workspace import Workspace\n"
        "w = Workspace.open(sys.argv[1], write=True); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(built)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceLocked, match=f"process {child.pid} "):
            Workspace.create(built)
        with Workspace.open(built) as reader:  # readers do not mind
            assert reader.counts()["documents"] == 2
        child.kill()
        child.wait()
    with Workspace.open(built, write=True) as workspace:
        commit(workspace)


def test_reading_gives_no_right_to_build(built: Path) -> None:
    with Workspace.open(built) as reader, pytest.raises(WorkspaceError, match="write=True"):
        reader.draft()


# --- what cannot be opened


def test_a_missing_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"graphrag build .* -w .*nowhere"):
        Workspace.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_new_workspace_into_which_nothing_was_built_disappears(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w") as workspace, workspace.draft() as draft:
        draft.add([(DOCUMENTS[0], [chunk_of(DOCUMENTS[0])])])
    assert not (tmp_path / "w").exists()
    (tmp_path / "mine").mkdir()
    Workspace.create(tmp_path / "mine").close()
    assert list((tmp_path / "mine").iterdir()) == []


def test_an_unfinished_workspace_keeps_its_analyses_and_says_how_to_go_on(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w") as workspace, workspace.draft() as draft:
        draft.keep("x", "y", [("digest", b"body", None)])
    with pytest.raises(WorkspaceError, match=r"No build .* has finished yet"):
        Workspace.open(tmp_path / "w")
    with Workspace.create(tmp_path / "w") as workspace:
        commit(workspace)
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.verify() == []


def test_other_peoples_folders_and_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(WorkspaceError, match=r"letters\.txt"):
        Workspace.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
    for place in (tmp_path / "letters.txt", tmp_path / "letters.txt" / "w"):
        with pytest.raises(WorkspaceError, match="file stands in its place"):
            Workspace.create(place)


def test_another_schema_version_is_named(built: Path) -> None:
    with closing(sqlite3.connect(built / "workspace.db")) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
        db.commit()
    for opening in (Workspace.open, Workspace.create):
        with pytest.raises(WorkspaceError, match=r"schema is 99, this one reads 3.*graphrag build"):
            opening(built)


def test_a_flipped_version_is_damage(built: Path) -> None:
    with closing(sqlite3.connect(built / "workspace.db")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(WorkspaceDamaged, match=r"workspace\.db"):
        Workspace.open(built)


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + bytes(4096)])
def test_a_file_that_is_no_database_is_named(built: Path, content: bytes) -> None:
    (built / "workspace.db").write_bytes(content)
    with pytest.raises(WorkspaceDamaged, match=r"workspace\.db"):
        Workspace.open(built)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE chunk SET text = 'Grace met Eve.' WHERE row = 1", "content does not match"),
        ("UPDATE fact SET confidence = 0.91 WHERE row = 0", "content does not match"),
        ("UPDATE meta SET value = '5' WHERE key = 'dimensions'", "notes about the build"),
        ("UPDATE problem SET message = 'fine'", "notes about the build"),
        ("DELETE FROM entity WHERE row = 0", "points at nothing in entity"),
    ],
)
def test_a_changed_row_is_found(built: Path, change: str, said: str) -> None:
    with closing(sqlite3.connect(built / "workspace.db")) as db:
        assert db.execute(change).rowcount == 1
        db.commit()
    with Workspace.open(built) as workspace:
        wrong = workspace.verify()
    assert wrong and said in wrong[0] and "workspace.db" in wrong[0]


def test_a_damaged_database_can_be_deleted_and_built_again(built: Path) -> None:
    with Workspace.open(built) as reader:
        digest = reader.digest()
        with Workspace.open(built, write=True) as writer:  # the reader keeps the log of this commit alive
            commit(writer, DOCUMENTS[:1])
        shutil.copy(built / "workspace.db-wal", built / "log")
    (built / "workspace.db").unlink()
    shutil.move(built / "log", built / "workspace.db-wal")
    with Workspace.create(built) as workspace:
        assert commit(workspace) == digest
    with Workspace.open(built) as workspace:
        assert workspace.verify() == []


def test_somebody_elses_database_is_refused(built: Path) -> None:
    (built / "workspace.db").unlink()
    with closing(sqlite3.connect(built / "workspace.db")) as db:
        db.execute("CREATE TABLE t (x)")
    with pytest.raises(WorkspaceDamaged, match="not a workspace"):
        Workspace.open(built)


def test_a_read_only_disk_can_be_read(built: Path, read_only: Callable[[Path], Path]) -> None:
    disk = read_only(built)
    with Workspace.open(disk) as workspace:
        assert workspace.verify() == []
    for opening in (lambda: Workspace.open(disk, write=True), lambda: Workspace.create(disk)):
        with pytest.raises(WorkspaceError, match=r"read-only|Read-only"):
            opening()


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Return a function that shows a folder on a read-only disk; needs the right to mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = []

    def show(folder: Path) -> Path:
        for command in (["--bind", str(folder), str(place)], ["-o", "remount,ro,bind", str(place)]):
            mount = shutil.which("mount")
            if mount is None or subprocess.run([mount, *command], capture_output=True).returncode:
                pytest.skip("mounting is not allowed here")
            mounted.append(place)
        return place

    yield show
    if mounted:
        subprocess.run([str(shutil.which("umount")), str(place)], check=True)


# --- the codec and the speed


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
spans = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(lambda ends: Span(*sorted(ends)))
extractions = st.builds(
    Extraction,
    st.lists(st.builds(Mention, spans, texts, texts), max_size=4).map(tuple),
    st.lists(
        st.builds(
            Triple, st.builds(Term, spans, texts), texts, st.builds(Term, spans, texts), spans, texts, st.floats(0, 1)
        ),
        max_size=4,
    ).map(tuple),
)


@settings(max_examples=80, deadline=None)
@given(extractions)
def test_extractions_survive_the_cache(extraction: Extraction) -> None:
    assert decode_extraction(encode_extraction(extraction)) == extraction


@settings(max_examples=30, deadline=None)
@given(extractions, st.data())
def test_a_damaged_extraction_is_noticed(extraction: Extraction, data: st.DataObject) -> None:
    body = bytearray(encode_extraction(extraction))
    body[data.draw(st.integers(2, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(ValueError):
        assert decode_extraction(bytes(body)) == extraction


@pytest.mark.parametrize("count", [0, 1, 5])
def test_vectors_survive_the_cache(count: int) -> None:
    chance = np.random.default_rng(count)
    rows = chance.standard_normal((count + 1, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    body = encode_vectors(PassageVectors(rows[0], rows[1:]))
    found = decode_vectors(body)
    np.testing.assert_array_equal(found.passage, rows[0])
    np.testing.assert_allclose(found.sentences, rows[1:], atol=2e-4)
    np.testing.assert_allclose(np.linalg.norm(found.sentences, axis=1), 1.0, atol=1e-6)
    damaged = bytearray(body)
    damaged[-1] ^= 1
    for bad in (bytes(damaged), b"", body[:-2]):
        with pytest.raises(ValueError, match="damaged"):
            decode_vectors(bad)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_refused(bad: float) -> None:
    good = np.ones((2, 4), dtype=np.float32)
    with pytest.raises(ValueError, match="finite"):
        encode_vectors(PassageVectors(good[0] * np.float32(bad), good))
    with pytest.raises(ValueError, match="shapes"):
        encode_vectors(PassageVectors(good[0], good[:, :3]))


def test_chunks_survive_the_pipe() -> None:
    for doc in DOCUMENTS:
        chunk = chunk_of(doc)
        assert chunk_from_list(json.loads(json.dumps(chunk_to_list(chunk)))) == chunk


def test_fifty_chunks_are_read_in_a_few_milliseconds(tmp_path: Path) -> None:
    many = [document(f"d{i:04d}", f"Grace met Ada. {i} " + "More words. " * 50) for i in range(2000)]
    with Workspace.create(tmp_path / "w") as workspace:
        commit(workspace, many)
        rows = [(i * 37) % 2000 for i in range(50)]
        list(workspace.chunks(rows))
        best = min(_timed(lambda: list(workspace.chunks(rows))) for _ in range(20))
    assert best < 0.01  # about 1 ms on a quiet machine


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
