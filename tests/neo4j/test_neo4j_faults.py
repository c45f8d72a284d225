"""What goes wrong on the way: outages, a server that cannot be written, one that does not answer, odd ids."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphrag import GraphRAG
from graphrag.stores.neo4j import server
from graphrag.stores.neo4j.connection import Address, Neo4jError, _client_problem, check_version, connect
from graphrag.stores.neo4j.publish import publish, stamp_of
from graphrag.stores.neo4j.server import Server, missing_tools
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.verify import compare
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

pytestmark = pytest.mark.neo4j


class Unsteady:
    """A way to the server on which all connections break whenever so many bytes have passed, a number of times."""

    def __init__(self, port: int, every: int, breaks: int) -> None:
        self._to = port
        self._every = every
        self.left = breaks
        self._passed = 0
        self._turn = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self._break()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            with self._turn:
                self._open |= {client, server}
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
                self._count(len(data))
        except OSError:
            pass
        for end in (one, other):
            end.close()

    def _count(self, size: int) -> None:
        with self._turn:
            self._passed += size
            due = self.left > 0 and self._passed >= self._every
            if due:
                self._passed = 0
                self.left -= 1
        if due:
            self._break()

    def _break(self) -> None:
        with self._turn:
            ends, self._open = self._open, set()
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@pytest.fixture
def unsteady(address: Address) -> Iterator[tuple[Unsteady, Address]]:
    """A server that is lost 20 times while a graph is published."""
    way = Unsteady(int(address.uri.rpartition(":")[2]), every=120_000, breaks=20)
    yield way, Address(f"bolt://127.0.0.1:{way.port}", address.user, address.password)
    way.close()


def differences(database: Database, workspace: Path, graph: str) -> list[str]:
    with Workspace.open(workspace) as store:
        return [difference.words for difference in compare(store, database, graph)]


@pytest.mark.faults
def test_twenty_outages_lose_nothing(unsteady: tuple[Unsteady, Address], database: Database, published: Path) -> None:
    way, address = unsteady
    for _ in range(40):
        try:
            with Workspace.open(published) as store, Database(address) as mine:
                publish(store, mine, "outages")
        except Neo4jError as error:
            assert "run the command again" in str(error)
            continue
        if way.left == 0:
            break
        with database.session("WRITE") as session:  # published before all outages were had: begin again
            session.run("MATCH (n {graph: 'outages'}) DETACH DELETE n").consume()
    assert way.left == 0
    assert differences(database, published, "outages") == []
    with Workspace.open(published) as store:
        assert not publish(store, database, "outages").changed


class ReadOnly(Server):
    """A server whose database cannot be written."""

    def _configure(self, bolt: int, http: int) -> None:
        super()._configure(bolt, http)
        conf = self.folder / "conf" / "neo4j.conf"
        conf.write_text(f"{conf.read_text()}\nserver.databases.default_to_read_only=true\n")


@pytest.mark.faults
def test_a_database_for_reading_only_is_asked_and_not_written(tmp_path: Path, server: Server) -> None:
    texts = {"a": "Ada Stone was born in Vienna.", "b": "Bert Moor married Ada Stone in 1931."}
    documents = [Document(DocumentId(name), name, text) for name, text in texts.items()]
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.build(documents, workers=1)
    own = Server(tmp_path / "server")
    try:
        with Workspace.open(tmp_path / "w") as store, Database(own.start()) as database:
            publish(store, database, "main")
        own.stop()
        own = ReadOnly(tmp_path / "server")
        address = own.start()
        with Workspace.open(tmp_path / "w") as store, Database(address) as database:
            assert not publish(store, database, "main").changed
        with GraphRAG.connect(address) as rag:
            assert rag.search("Who married Ada Stone?").passages
        with GraphRAG.create(tmp_path / "w") as rag:
            rag.build(documents[:1], workers=1)
        with (
            Workspace.open(tmp_path / "w") as store,
            Database(address) as database,
            pytest.raises(Neo4jError, match="reading only"),
        ):
            publish(store, database, "main")
        with GraphRAG.connect(address) as rag:  # nothing was begun
            assert rag.search("Who married Ada Stone?").passages
    finally:
        own.stop()


def test_a_user_who_may_not_write_is_told() -> None:
    """The Community edition has no roles: what a server with roles says is all that can be had of it."""
    address = Address("bolt://127.0.0.1:7687", "reader", "x")
    said = _client_problem(address, "Neo.ClientError.Security.Forbidden", "Creating is not allowed for reader.")
    assert said.startswith("The user reader may not do this") and "Give the user the right" in said


class Older(Server):
    """A server of an older version, which is up when it is refused for that."""

    def _wait(self, process: "subprocess.Popen[bytes]", address: Address) -> None:
        for _ in range(600):
            assert process.poll() is None
            try:
                connect(address)
            except Neo4jError as error:
                if "5.26 or newer" in str(error):
                    return
                if "refuses the user" in str(error):
                    self._set_password(address)
            time.sleep(0.2)


@pytest.mark.slow
def test_a_real_older_server_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release before the oldest that is taken: fetched from Maven Central the first time, 120 MB."""
    if missing := missing_tools():
        pytest.skip(f"NO TEST OF AN OLDER NEO4J RUNS: {missing}")
    pom = tmp_path / "pom.xml"
    pom.write_text(server._POM.read_text().replace(server.SERVER_VERSION, "5.25.1"))
    monkeypatch.setattr(server, "_POM", pom)
    monkeypatch.setattr(server, "SERVER_VERSION", "5.25.1")
    try:
        server.fetch(print)
    except Neo4jError as error:
        pytest.skip(f"NO TEST OF AN OLDER NEO4J RUNS: {error}")
    own = Older(tmp_path / "server")
    try:
        address = own.start()
        began = time.perf_counter()
        with pytest.raises(Neo4jError, match=r"is Neo4j/5\.25\.1, and 5\.26 or newer is needed: upgrade it"):
            Database(address)
        assert time.perf_counter() - began < 10
    finally:
        own.stop()


@pytest.mark.parametrize("agent", ["Neo4j/4.4.44", "Neo4j/5.25.1", "Neo4j/3.5.0"])
def test_an_older_server_is_refused(agent: str) -> None:
    with pytest.raises(Neo4jError, match=r"5\.26 or newer"):
        check_version(Address("bolt://127.0.0.1:7687", "neo4j", "x"), agent)


@pytest.mark.parametrize("agent", ["Neo4j/5.26.0", "Neo4j/5.26.30", "Neo4j/2025.10.1", "something else"])
def test_newer_servers_are_not(agent: str) -> None:
    check_version(Address("bolt://127.0.0.1:7687", "neo4j", "x"), agent)


def doctor(workspace: Path, address: Address, graph: str) -> "subprocess.CompletedProcess[str]":
    program = "import sys; from graphrag.cli import main; main()"
    words = ["doctor", "-w", str(workspace), "--neo4j", address.uri, "--graph", graph]
    environment = {**os.environ, "NEO4J_PASSWORD": address.password}
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, env=environment)


def test_doctor_says_what_is_wrong_with_a_published_graph(database: Database, address: Address, tmp_path: Path) -> None:
    path, graph = tmp_path / "w", "Ill"
    documents = [Document(DocumentId("a"), "a", "Ada Stone was born in Vienna.")]
    with GraphRAG.create(path) as rag:
        rag.build(documents, workers=1)

    def write(text: str) -> None:
        with database.session("WRITE") as session:
            session.run(text, graph=graph).consume()

    def said(words: str, code: int = 0) -> bool:
        done = doctor(path, address, graph)
        return words in done.stdout and done.returncode == code and ("publish -w" in done.stdout) is (words != "sound")

    assert said("There is no graph 'Ill'")
    with Workspace.open(path) as store:
        publish(store, database, graph)
    assert said("sound")
    write("MATCH (s:GraphStamp {graph: $graph}) SET s.state = 'publishing'")
    assert said("stopped midway")
    write("MATCH (s:GraphStamp {graph: $graph}) SET s.state = 'complete'")
    write("MATCH (e:Entity {graph: $graph}) WITH e LIMIT 1 SET e.name = 'Eve'")
    assert said("--mend", code=6)
    more = [*documents, Document(DocumentId("b"), "b", "Bert Moor married Ada Stone in 1931.")]
    with GraphRAG.create(path) as rag:
        rag.build(more, workers=1)
    assert said("The graph 'Ill' at bolt://127.0.0.1")
    assert said("another build")


def test_a_port_that_never_answers_is_said_within_ten_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.perf_counter()
        with pytest.raises(Neo4jError, match="does not answer"):
            connect(Address(f"bolt://127.0.0.1:{silent.getsockname()[1]}", "neo4j", "secret-word"))
        assert time.perf_counter() - began < 10


def test_an_id_that_cannot_be_indexed_is_refused_before_anything_is_written(database: Database, tmp_path: Path) -> None:
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.build([Document(DocumentId("x" * 10_000), "Ada", "Ada Stone was born in Vienna.")], workers=1)
    with Workspace.open(tmp_path / "w") as store, pytest.raises(Neo4jError, match="10,000 bytes"):
        publish(store, database, "long")
    assert stamp_of(database, "long") is None
