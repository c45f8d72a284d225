"""Both stores give the same: every method of the reader protocol, and every question."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from statements import GRAPH

from graphrag import GraphRAG
from graphrag.errors import WorkspaceError
from graphrag.stores.neo4j.connection import Address, Neo4jError
from graphrag.stores.neo4j.publish import publish
from graphrag.stores.neo4j.running import run_statement
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.store import Neo4jStore
from graphrag.stores.workspace import Workspace

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module")
def both(published: Path, address: Address) -> Iterator[tuple[Workspace, Neo4jStore]]:
    with Workspace.open(published) as workspace, Neo4jStore(Database(address), GRAPH) as store:
        yield workspace, store


ALL = ("documents", "chunks", "chunk_ids", "entities", "entity_ids", "mentions", "abouts", "facts", "merges")


@pytest.mark.parametrize("method", [*ALL, "communities", "reports"])
def test_everything_read_is_the_same(both: tuple[Workspace, Neo4jStore], method: str) -> None:
    mine, theirs = (list(getattr(store, method)()) for store in both)
    assert mine
    if method == "mentions":  # equal places may come in any order
        mine, theirs = (sorted(found, key=repr) for found in (mine, theirs))
    assert theirs == mine


def test_arrays_are_the_same_to_the_bit(both: tuple[Workspace, Neo4jStore]) -> None:
    mine, theirs = (store.arrays() for store in both)
    assert sorted(theirs) == sorted(mine)
    for name, array in mine.items():
        assert theirs[name].dtype == array.dtype
        assert np.array_equal(theirs[name], array), name


def test_reading_some_is_the_same(both: tuple[Workspace, Neo4jStore]) -> None:
    workspace, store = both
    rows = [7, 3, 3, 150, 0]
    chunks = list(workspace.chunks(rows))
    ids = [chunk.id for chunk in chunks]
    assert list(store.chunks(rows)) == chunks
    assert store.chunks_by_id([*ids, "chunk-none"]) == workspace.chunks_by_id([*ids, "chunk-none"])
    assert list(store.entities([9, 2, 40])) == list(workspace.entities([9, 2, 40]))
    some = [entity.id for entity in workspace.entities(range(0, 1000, 50))]
    assert store.entities_by_id(some) == workspace.entities_by_id(some)
    assert store.facts_in(ids) == workspace.facts_in(ids)
    assert list(store.abouts_of(some)) == list(workspace.abouts_of(some))
    assert store.document(chunks[0].document_id) == workspace.document(chunks[0].document_id)
    assert store.document("nothing") is None
    documents = [chunk.document_id for chunk in chunks] + ["nothing"]
    assert store.metadata_of(documents) == workspace.metadata_of(documents) != {}
    for filters in ({"id": chunks[0].document_id}, {"title": chunks[1].title}, {"source": "no such"}, {"year": "1900"}):
        assert store.rows_where(filters) == workspace.rows_where(filters)
    for key in ("digest", "embedder", "recipe", "built", "nothing"):
        assert store.meta(key) == workspace.meta(key)
    assert store.counts() == workspace.counts()


def test_questions_are_answered_the_same(published: Path, address: Address, samples: Path) -> None:
    questions = json.loads((samples / "2wiki" / "questions.json").read_text(encoding="utf-8"))[:25]
    with GraphRAG.open(published) as mine, GraphRAG.connect(address, graph=GRAPH) as theirs:
        for entry in questions:
            ours, other = mine.search(entry["question"]), theirs.search(entry["question"])
            assert other.passages == ours.passages
            assert other.plan == ours.plan
            answer, same = mine.ask(entry["question"]), theirs.ask(entry["question"])
            assert (same.text, same.citations, same.path) == (answer.text, answer.citations, answer.path)
        explained = theirs.explain(questions[0]["question"])
        assert explained["passages"] == mine.explain(questions[0]["question"])["passages"]
        with pytest.raises(WorkspaceError, match="for asking"):
            theirs.build([])


@pytest.mark.parametrize("mode", ["global", "local", "drift"])
def test_overview_modes_are_the_same(published: Path, address: Address, mode: str) -> None:
    with GraphRAG.open(published) as mine, GraphRAG.connect(address, graph=GRAPH) as theirs:
        for question in ("Which film directors are there?", "What are the main themes?", "Who was Bonita Granville?"):
            ours, other = mine.search(question, mode=mode), theirs.search(question, mode=mode)
            assert other.passages == ours.passages
            answer, same = mine.ask(question, mode=mode), theirs.ask(question, mode=mode)
            assert (same.text, same.citations) == (answer.text, answer.citations)


def test_looking_around_is_the_same(both: tuple[Workspace, Neo4jStore]) -> None:
    """Lists, cards and steps of a walk; only letters beyond ASCII may be folded otherwise."""
    mine, theirs = (store.browse() for store in both)
    entity = max(both[0].entities(), key=lambda e: (e.mention_count, e.id))
    hub = mine.entities("", 0, 1)[0]
    document = next(both[0].documents())
    facts = [fact.id for fact in mine.facts_of(hub.id, 10)]
    leaf = list(both[0].communities())[-1]
    asked: list[tuple[str, tuple[object, ...]]] = [
        ("documents", ("", 3, 20)),
        ("documents", ("the", 0, 50)),
        ("chunk_spans", (document.id,)),
        ("entities", ("", 5, 30)),
        ("entities", (entity.name[:4], 0, 50)),
        ("documents_of", (hub.id, 20)),
        ("facts_of", (hub.id, 1000)),
        ("facts_by_id", ([*facts, "fact-none"],)),
        ("edges", ([hub.id, entity.id],)),
        ("names", ([hub.id, entity.id, "entity-none"],)),
        ("communities", (None, 0, 300)),
        ("communities", (1, 2, 10)),
        ("communities_of", (entity.id,)),
        ("community", (leaf.id,)),
        ("community", ("community-none",)),
        ("children", (leaf.parent,)),
        ("members", (leaf.parent, 10)),
        ("report", (leaf.id,)),
    ]
    for name, arguments in asked:
        assert getattr(theirs, name)(*arguments) == getattr(mine, name)(*arguments), (name, arguments)


def test_search_and_ask_on_the_command_line_without_a_workspace(
    address: Address, samples: Path, tmp_path: Path
) -> None:
    question = json.loads((samples / "2wiki" / "questions.json").read_text(encoding="utf-8"))[0]["question"]
    program = "import sys; from graphrag.cli import main; main()"
    environment = {key: value for key, value in os.environ.items() if key != "GRAPHRAG_WORKSPACE"}
    environment["NEO4J_PASSWORD"] = address.password

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, env=environment, cwd=tmp_path
        )

    to = ("--neo4j", address.uri, "--graph", GRAPH)
    found = run("search", question, "-k", "3", "--json", *to)
    assert found.returncode == 0, found.stderr
    assert len(json.loads(found.stdout)["passages"]) == 3
    assert run("ask", question, *to).returncode == 0
    assert run("search", question).returncode == 2
    lost = run("search", question, "--neo4j", address.uri, "--graph", "nowhere")
    assert lost.returncode == 1
    assert "'sample'" in lost.stderr


def test_a_store_whose_graph_changed_says_so(database: Database, address: Address, published: Path) -> None:
    with Workspace.open(published) as workspace:
        publish(workspace, database, "moving")
    store = Neo4jStore(Database(address), "moving")
    with store:
        rows = range(len(store.chunk_ids()))
        change = "MATCH (c:Chunk {graph: 'moving'}) DETACH DELETE c"
        run_statement(database, change, {}, rows=1, seconds=20, write=True)
        with pytest.raises(Neo4jError, match="open it again"):
            list(store.chunks(rows))
    change = "MATCH (p:IndexPart {graph: 'moving'}) WITH p LIMIT 1 DELETE p"
    run_statement(database, change, {}, rows=1, seconds=20, write=True)
    with Neo4jStore(Database(address), "moving") as store, pytest.raises(Neo4jError, match="publish"):
        store.arrays()
