"""Publishing by difference, on a real server: nothing lost, nothing doubled, nothing foreign changed."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphrag import GraphRAG
from graphrag.stores.neo4j.connection import Address, Neo4jError
from graphrag.stores.neo4j.content import Content
from graphrag.stores.neo4j.publish import check_graph_name, publish, stamp_of
from graphrag.stores.neo4j.pull import pull
from graphrag.stores.neo4j.running import run_statement
from graphrag.stores.neo4j.server import Server
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.store import Neo4jStore
from graphrag.stores.neo4j.verify import compare
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

pytestmark = pytest.mark.neo4j

Build = Callable[..., Path]

NASTY = [
    "Quote ' Quote",
    'Double " Double',
    "Back ` Tick",
    "Escape \\u0060 Escape",
    "Slash \\ Slash",
    "Brace } DETACH DELETE {",
    "Emoji 🙂 Person",
    "Null \u0000 Name",
    "Right \u202e Left",
    "Zoë Ångström",
    "名前 Tanaka",
    "$graph Param",
    "Semicolon; MATCH (n) DETACH DELETE n",
    "Long " + "Name" * 2500,
]


def text_about(name: str, number: int) -> str:
    return (
        f"{name} is a painter. Anna Berg was born in Vienna in {1900 + number}. {name} married Anna Berg in 1931. "
        f"Anna Berg moved to Paris and taught Karl Lind. Karl Lind directed the film Winter {number} in 1950."
    )


def corpus(names: list[str]) -> list[Document]:
    return [
        Document(DocumentId(f"doc-{number:03d} {name[:30]}"), name, text_about(name, number), f"file {name[:20]}")
        for number, name in enumerate(names)
    ]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Return what builds a workspace of documents."""

    def run(documents: list[Document], path: Path | None = None) -> Path:
        path = path or tmp_path_factory.mktemp("workspace") / "w"
        with GraphRAG.create(path) as rag:
            rag.build(documents, workers=1)
        return path

    return run


@pytest.fixture(scope="module")
def small(build: Build) -> Path:
    return build(corpus(["Ada Stone", "Berta Moor", "Carl Wood", "Dora Field"]))


def publish_to(database: Database, path: Path, graph: str, **options: bool) -> "tuple[bool, int]":
    with Workspace.open(path) as store:
        done = publish(store, database, graph, **options)
    return done.changed, sum(done.written.values())


def differences(database: Database, path: Path, graph: str) -> list[str]:
    with Workspace.open(path) as store:
        return [difference.words for difference in compare(store, database, graph)]


def test_the_sample_is_published_whole_and_twice_writes_nothing(database: Database, published: Path) -> None:
    assert differences(database, published, "sample") == []
    counters = "MATCH (s:GraphStamp {graph: 'sample'}) RETURN properties(s)"
    before = run_statement(database, counters, {}, rows=1, seconds=5)
    assert publish_to(database, published, "sample") == (False, 0)
    assert run_statement(database, counters, {}, rows=1, seconds=5) == before


def test_a_change_writes_only_what_differs(database: Database, build: Build, tmp_path: Path) -> None:
    names = ["Ada Stone", "Berta Moor", "Carl Wood", "Dora Field"]
    path = build(corpus(names), tmp_path / "w")
    _, everything = publish_to(database, path, "changing")
    for step in (["Ada Stone", "Berta Moor", "Carl Wood"], [*names, "Emil Green"], names):
        build(corpus(step), path)
        changed, written = publish_to(database, path, "changing")
        assert changed
        assert written < everything
        assert differences(database, path, "changing") == []


def test_a_small_change_is_one_transaction_beside_that_of_the_index(
    database: Database, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(corpus(["Ada Stone", "Berta Moor"]), tmp_path / "w")
    publish_to(database, path, "few")
    build(corpus(["Ada Stone", "Berta Moor", "Carl Wood"]), path)
    count = []
    whole = Database.transact

    def counted(self: Database, work: Callable[[Any], Any]) -> Any:
        count.append(1)
        return whole(self, work)

    monkeypatch.setattr(Database, "transact", counted)
    assert publish_to(database, path, "few")[0]
    assert len(count) == 4  # the stamp at the beginning, the index, the graph, the stamp at the end
    assert differences(database, path, "few") == []


def test_what_is_read_ahead_is_used_or_dropped(database: Database, build: Build, tmp_path: Path) -> None:
    path = build(corpus(["Ada Stone", "Berta Moor"]), tmp_path / "w")
    for changed in (True, False):
        with Workspace.open(path) as store, contextlib.closing(Content(store)) as content:
            content.read_ahead()
            assert publish(store, database, "ahead", content=content).changed is changed
    assert differences(database, path, "ahead") == []


def test_random_changes_end_like_a_first_publish(database: Database, build: Build, tmp_path: Path) -> None:
    random_numbers = random.Random(7)
    names = [f"{first} {last}" for first in ("Ada", "Bert", "Cora") for last in ("Stone", "Moor", "Wood", "Field")]
    path = tmp_path / "w"
    for _ in range(6):
        build(corpus(random_numbers.sample(names, random_numbers.randint(1, 8))), path)
        publish_to(database, path, "walk")
        assert differences(database, path, "walk") == []


def test_odd_names_come_back_as_they_were(database: Database, build: Build, tmp_path: Path) -> None:
    path = build(corpus(NASTY))
    publish_to(database, path, "nasty 🙂 `graph`")
    assert differences(database, path, "nasty 🙂 `graph`") == []
    with Workspace.open(path) as store:
        digest = store.meta("digest")
        titles = {document.title for document in store.documents()}
    assert len(titles) == len(NASTY)
    assert pull(database, "nasty 🙂 `graph`", tmp_path / "pulled") == digest


def test_graphs_stay_apart(database: Database, small: Path, build: Build) -> None:
    other = build(corpus(["Ada Stone", "Emil Green"]))
    publish_to(database, small, "first")
    publish_to(database, other, "second")
    assert differences(database, small, "first") == []
    assert differences(database, other, "second") == []
    publish_to(database, build([]), "second")
    assert differences(database, small, "first") == []
    left = "MATCH (n {graph: 'second'}) WHERE NOT n:GraphStamp AND NOT n:IndexPart RETURN count(n)"
    assert run_statement(database, left, {}, rows=1, seconds=5).rows == ((0,),)


def test_pulling_gives_the_same_workspace(database: Database, published: Path, tmp_path: Path) -> None:
    with Workspace.open(published) as store:
        digest, counts = store.digest(), store.counts()
    assert pull(database, "sample", tmp_path / "pulled") == digest
    with Workspace.open(tmp_path / "pulled") as store:
        assert store.digest() == digest
        assert {**store.counts(), "problems": 0} == {**counts, "problems": 0}
        assert store.verify() == []
    assert publish_to(database, tmp_path / "pulled", "sample") == (False, 0)


def write(database: Database, text: str) -> None:
    run_statement(database, text, {}, rows=1, seconds=10, write=True)


def test_changes_by_hand_are_found_and_mended(database: Database, small: Path) -> None:
    publish_to(database, small, "hand")
    write(database, "MATCH (e:Entity {graph: 'hand'}) WITH e LIMIT 1 SET e.name = 'Evil'")
    write(database, "MATCH (:Chunk {graph: 'hand'})-[r:MENTIONS]->() WITH r LIMIT 3 DELETE r")
    write(database, "MATCH (d:Document {graph: 'hand'}) WITH d LIMIT 1 DETACH DELETE d")
    write(database, "CREATE (:Value {graph: 'hand', id: 'value-x', name: 'x', digest: 1})")
    found = differences(database, small, "hand")
    for problem in ("other properties", "other relationships", "missing", "should not be there"):
        assert any(problem in words for words in found), found
    changed, _ = publish_to(database, small, "hand")  # sees what is missing, not what was overwritten
    assert changed
    publish_to(database, small, "hand", mend=True)
    assert differences(database, small, "hand") == []


def test_what_others_keep_there_is_left_alone(database: Database, small: Path) -> None:
    write(database, "CREATE (:Document {title: 'mine'})-[:ABOUT {x: 1}]->(:Entity {id: 'entity-mine', name: 'mine'})")
    publish_to(database, small, "guest")
    write(
        database,
        "MATCH (e:Entity {graph: 'guest'}), (m:Entity {name: 'mine'}) WITH e, m LIMIT 1 "
        "CREATE (e)-[:RELATES_TO {mine: true}]->(m) SET e.my_note = 'kept'",
    )
    assert publish_to(database, small, "guest") == (False, 0)
    assert differences(database, small, "guest") == []
    publish_to(database, small, "guest", mend=True)
    kept = "MATCH (:Document {title: 'mine'})-[r:ABOUT]->(m:Entity)<-[s:RELATES_TO]-(e) RETURN r.x, s.mine, e.my_note"
    assert run_statement(database, kept, {}, rows=5, seconds=5).rows == ((1, True, "kept"),)
    write(database, "MATCH (n) WHERE n.title = 'mine' OR n.name = 'mine' DETACH DELETE n")


def test_a_relationship_that_others_gave_the_name_of_a_graph_is_no_change(database: Database, small: Path) -> None:
    """It is counted with ours where all are counted, and told apart where they are listed."""
    publish_to(database, small, "marked")
    entity = "MATCH (e:Entity {graph: 'marked'}) WITH e LIMIT 1 "
    write(database, entity + "CREATE (:Guest {name: 'mine'})-[:ABOUT {graph: 'marked'}]->(e)")
    assert publish_to(database, small, "marked") == (False, 0)
    write(database, entity + "MATCH (:Guest)-[r:ABOUT {graph: 'marked'}]->() DELETE r")
    write(database, "MATCH (:Chunk {graph: 'marked'})-[r:MENTIONS]->() WITH r LIMIT 1 DELETE r")
    changed, written = publish_to(database, small, "marked")
    assert (changed, written) == (True, 0)
    assert differences(database, small, "marked") == []
    write(database, "MATCH (g:Guest) DETACH DELETE g")


def test_a_name_that_is_taken_is_refused(database: Database, small: Path) -> None:
    write(database, "CREATE (:Entity {graph: 'taken', id: 'x'})")
    with pytest.raises(Neo4jError, match="choose another name with --graph"):
        publish_to(database, small, "taken")
    assert stamp_of(database, "taken") is None
    write(database, "MATCH (n {graph: 'taken'}) DELETE n")


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_graph_names_have_a_length(name: str) -> None:
    with pytest.raises(Neo4jError, match="1 to 100"):
        check_graph_name(name)


def test_an_unknown_user_is_told(database: Database, small: Path) -> None:
    with pytest.raises(Neo4jError, match="refuses the user nobody"):
        publish_to(Database(Address(database.address.uri, "nobody", "wrong-password")), small, "x")


def test_a_graph_that_is_not_there_names_those_that_are(database: Database, published: Path) -> None:
    with pytest.raises(Neo4jError, match="'sample'"):
        Neo4jStore(database, "nowhere")
    with pytest.raises(Neo4jError, match="no graph 'nowhere'"):
        differences(database, published, "nowhere")


def test_eight_writers_at_once_lose_nothing(address: Address, published: Path) -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with Workspace.open(published) as store, Database(address) as mine:
                publish(store, mine, "crowd")
        except BaseException as error:  # noqa: BLE001 - handed to the test
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with Database(address) as database:
        assert differences(database, published, "crowd") == []


PUBLISH = """
import sys
from pathlib import Path
from graphrag.stores.neo4j.server import Server
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.publish import publish
from graphrag.stores.workspace import Workspace
address = Server(Path(sys.argv[1])).address()
with Workspace.open(sys.argv[2]) as store, Database(address) as database:
    print("go", flush=True)
    publish(store, database, "killed", lambda words: print(words, flush=True))
"""


def test_a_killed_publish_goes_on_where_it_was(server: Server, database: Database, published: Path) -> None:
    """SIGKILL at different lines of progress; afterwards the graph is the same as without."""
    landed = 0
    for lines in (2, 5, 8):
        child = subprocess.Popen(
            [sys.executable, "-c", PUBLISH, str(server.folder), str(published)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(lines):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        child.stdout.close()
        if child.wait() == -signal.SIGKILL and differences(database, published, "killed"):
            landed += 1
            with pytest.raises(Neo4jError, match="is being published"):
                Neo4jStore(database, "killed")
    assert landed >= 1
    publish_to(database, published, "killed")
    assert differences(database, published, "killed") == []
    assert publish_to(database, published, "killed") == (False, 0)


def test_a_server_killed_midway_is_waited_for(published: Path, tmp_path: Path) -> None:
    """The server dies during a publish and comes back: the publish ends by itself or says to run it again."""
    server = Server(tmp_path / "server")
    address = server.start()
    outcome: list[str] = []

    def work() -> None:
        try:
            with Workspace.open(published) as store, Database(address) as mine:
                publish(store, mine, "main")
            outcome.append("done")
        except Neo4jError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=work)
    try:
        thread.start()
        time.sleep(1.5)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        while server.pid is not None:
            time.sleep(0.05)
        assert server.start() == address  # the same port and password
        thread.join(120)
        assert outcome
        assert outcome == ["done"] or "run the command again" in outcome[0]
        with Database(address) as database:
            publish_to(database, published, "main")
            assert differences(database, published, "main") == []
    finally:
        server.stop()


def test_a_server_that_is_down_stops_a_build_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "canary-password-9")
    program = "import sys; from graphrag.cli import main; main()"
    text = tmp_path / "a.txt"
    text.write_text("Ada Stone was born in Vienna.")
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, "build", str(text), "-w", str(tmp_path / "w"), "--neo4j", "bolt://127.0.0.1:1"],
        capture_output=True,
        text=True,
    )
    assert time.perf_counter() - began < 10
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "canary" not in done.stderr + done.stdout
    assert not (tmp_path / "w").exists()
