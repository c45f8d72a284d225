"""What is exported is what the workspace holds, in files that other programs read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pyarrow.parquet as pq
import pytest

from graphrag.export import KINDS, export_graphml, export_jsonl, export_parquet
from graphrag.stores.workspace import Workspace
from graphrag.text import sentence_spans
from graphrag.types import (
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
    Fact,
    FactId,
    Finding,
    Quote,
    Resolution,
    Span,
)

TEXT = "Ada Lovelace met Grace.\x07 She wrote “notes” 🙂 & more."
ADA, GRACE = EntityId("entity-1"), EntityId("entity-2")
CHUNK = Chunk(ChunkId("chunk-1"), DocumentId("a"), 0, Span(0, len(TEXT)), TEXT, "Ada", "", tuple(sentence_spans(TEXT)))
QUOTE = Quote(CHUNK.document_id, CHUNK.id, Span(0, 23), TEXT[:23])
RESOLUTION = Resolution(
    entities=(
        Entity(ADA, "Ada Lovelace", "PERSON", ("Ada", "Lady L"), "a writer", 1),
        Entity(GRACE, "Grace\x07", "PERSON", (), "", 1),
    ),
    mentions=(
        EntityMention(ADA, CHUNK.id, CHUNK.document_id, Span(0, 12), TEXT[:12], "ner"),
        EntityMention(GRACE, CHUNK.id, CHUNK.document_id, Span(17, 22), TEXT[17:22], "ner"),
    ),
    abouts=(),
    facts=(
        Fact(FactId("fact-1"), ADA, "meet", GRACE, "Grace", "", 0.9, (QUOTE,)),
        Fact(FactId("fact-2"), ADA, "be", None, "a writer", "1843", 0.5, (QUOTE,)),
    ),
    merges=(),
)
COMMUNITY = Community(CommunityId("community-1"), 0, None, (ADA, GRACE))
REPORT = CommunityReport(
    COMMUNITY.id, "Ada", "Ada met Grace.", (Finding("Ada met Grace.", (QUOTE,), (FactId("fact-1"),)),), (ADA,),
    (CHUNK.document_id,), ("1843", ""), 0.5, COMMUNITY.digest, "test",
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    metadata = {"year": 1843, "odd": None, "name": "é"}
    document = Document(CHUNK.document_id, "Ada", TEXT, "a.txt", metadata, ((1, Span(0, 3)),))
    empty = Document(DocumentId("b"), "", "")
    with Workspace.create(tmp_path / "workspace") as store:
        with store.draft() as draft:
            draft.add([(document, [CHUNK]), (empty, [])])
            draft.seal()
            draft.commit(RESOLUTION, [COMMUNITY], [REPORT], {"vectors": np.zeros((1, 2), np.float32)}, {})
        yield store


EXPECTED = {"documents": 2, "chunks": 1, "entities": 2, "mentions": 2, "facts": 2, "communities": 1, "reports": 1}


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_json_lines_hold_everything(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert export_jsonl(workspace, folder) == EXPECTED
    assert {path.name for path in folder.iterdir()} == {f"{kind}.jsonl" for kind in KINDS}
    documents = read_jsonl(folder / "documents.jsonl")
    assert documents[0] == {
        "id": "a",
        "title": "Ada",
        "text": TEXT,
        "source": "a.txt",
        "metadata": {"year": 1843, "odd": None, "name": "é"},
        "headings": [{"level": 1, "start": 0, "end": 3}],
    }
    text = {document["id"]: document["text"] for document in documents}
    for fact in read_jsonl(folder / "facts.jsonl"):
        for quote in fact["evidence"]:
            span = quote["span"]
            assert text[quote["document_id"]][span["start"] : span["end"]] == quote["text"]
    assert read_jsonl(folder / "reports.jsonl")[0]["when"] == {"first": "1843", "last": ""}


def test_parquet_holds_what_json_lines_hold(workspace: Workspace, tmp_path: Path) -> None:
    export_jsonl(workspace, tmp_path / "jsonl")
    assert export_parquet(workspace, tmp_path / "parquet") == EXPECTED
    for kind in KINDS:
        rows = pq.read_table(tmp_path / "parquet" / f"{kind}.parquet").to_pylist()
        for row in rows:
            if "metadata" in row:
                row["metadata"] = json.loads(row["metadata"])
        assert rows == read_jsonl(tmp_path / "jsonl" / f"{kind}.jsonl")


def test_graphml_is_a_graph_that_networkx_reads(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "graph.graphml"
    assert export_graphml(workspace, path) == {"nodes": 5, "edges": 4}
    graph = networkx.read_graphml(path, force_multigraph=True)
    assert graph.nodes[ADA]["aliases"] == "Ada; Lady L"
    assert graph.nodes[GRACE]["name"] == "Grace\ufffd"
    assert graph.nodes["value:a writer"] == {"kind": "value", "name": "a writer"}
    fact = graph.edges[ADA, GRACE, "fact-1"]
    assert (fact["predicate"], fact["confidence"], fact["document"], fact["quote"]) == ("meet", 0.9, "a", TEXT[:23])
    assert graph.edges["document:a", ADA, "mentions"]["mentions"] == 1


def test_exports_are_the_same_each_time_and_replace_what_was_there(workspace: Workspace, tmp_path: Path) -> None:
    def write(folder: Path) -> dict[str, bytes]:
        export_jsonl(workspace, folder)
        export_parquet(workspace, folder)
        export_graphml(workspace, folder / "graph.graphml")
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "facts.jsonl").write_text("old")
    assert write(tmp_path / "a") == write(tmp_path / "b")


def test_a_failed_export_leaves_the_file_that_was_there(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "facts.jsonl").write_text("old")
    workspace.facts = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        export_jsonl(workspace, tmp_path)
    assert (tmp_path / "facts.jsonl").read_text() == "old"
    assert not list(tmp_path.glob("*.part"))


def test_an_empty_workspace_exports_empty_files(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "workspace") as store:
        with store.draft() as draft:
            draft.seal()
            draft.commit(Resolution((), (), (), (), ()), [], [], {"vectors": np.zeros((0, 2), np.float32)}, {})
        assert set(export_jsonl(store, tmp_path / "jsonl").values()) == {0}
        assert set(export_parquet(store, tmp_path / "parquet").values()) == {0}
        assert export_graphml(store, tmp_path / "graph.graphml") == {"nodes": 0, "edges": 0}
    assert pq.read_schema(tmp_path / "parquet" / "facts.parquet").names[0] == "id"
