"""The guard and the query library on a real server."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from everything import fingerprint
from queries_for import parameters_of
from statements import GRAPH, HONEST, HOSTILE, WRITES

from graphrag.errors import GraphRAGError, InputError
from graphrag.stores.cypher import load_query, query_names
from graphrag.stores.guard import check_plan
from graphrag.stores.neo4j.connection import Neo4jError, explaining
from graphrag.stores.neo4j.running import run_query, run_statement
from graphrag.stores.neo4j.server import Server
from graphrag.stores.neo4j.session import Database
from graphrag.stores.workspace import Workspace

pytestmark = pytest.mark.neo4j


@pytest.mark.usefixtures("published")
def test_no_hostile_statement_runs(database: Database) -> None:
    before = fingerprint(database)
    for text in HOSTILE:
        with pytest.raises(GraphRAGError):
            run_statement(database, text, {}, rows=10, seconds=10)
    assert fingerprint(database) == before


@pytest.mark.usefixtures("published")
def test_no_honest_statement_is_refused(database: Database) -> None:
    for text in HONEST:
        table = run_statement(database, text, {}, rows=10, seconds=20)
        assert len(table.rows) <= 10, text


@pytest.mark.usefixtures("published")
def test_the_second_and_third_fence_hold_alone(database: Database) -> None:
    """Without the first look, the plan tells of writing; without the plan, the session does not write."""
    seen = 0
    for text in WRITES:
        with database.session("READ") as session:
            try:
                plan = session.run("EXPLAIN " + text).consume().plan
            except Exception:  # noqa: BLE001 - no valid statement of this version: nothing to fence
                continue
        if ";" in text:
            continue
        seen += 1
        with pytest.raises(InputError):
            check_plan(plan)
            pytest.fail(text)
        with (
            pytest.raises(Neo4jError),
            explaining(database.address),
            database.session("READ") as session,
        ):
            session.run(text).consume()
    assert seen >= 25


@pytest.mark.usefixtures("published")
def test_time_and_rows_are_limited(database: Database) -> None:
    table = run_statement(database, "MATCH (n) RETURN n", {}, rows=3, seconds=10)
    assert (len(table.rows), table.more) == (3, True)
    slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = -1 RETURN count(*)"
    with pytest.raises(Neo4jError, match="longer than its time limit"):
        run_statement(database, slow, {}, rows=3, seconds=1)


def test_writing_needs_to_be_asked_for(database: Database) -> None:
    run_statement(database, "CREATE (n:Scratch {x: $x})", {"x": 1}, rows=1, seconds=10, write=True)
    assert run_statement(database, "MATCH (n:Scratch) RETURN n.x", {}, rows=5, seconds=10).rows == ((1,),)
    run_statement(database, "MATCH (n:Scratch) DELETE n", {}, rows=1, seconds=10, write=True)


# --- the library


@pytest.fixture(scope="module")
def parameters(published: Path) -> dict[str, object]:
    """Values for the parameters of every exploration query, taken from the sample itself."""
    with Workspace.open(published) as store:
        return parameters_of(store)


MAY_BE_EMPTY = {
    "shared-neighbours",
    "conflicting-facts",
    "linking-documents",
    "duplicates",
    "merged-names",
    "timeline",
    "community-children",
    "evidence-paths",
}


@pytest.mark.parametrize("name", query_names("explore"))
def test_exploration_queries_give_what_they_say(name: str, database: Database, parameters: dict[str, object]) -> None:
    query = load_query(name)
    given = {p.name: parameters[p.name] for p in query.parameters if p.default is None}
    table = run_query(database, query, {"graph": GRAPH, **given}, rows=500, seconds=20)
    assert table.columns == query.returns
    assert table.rows or name.removeprefix("explore/") in MAY_BE_EMPTY
    assert "graph" in {p.name for p in query.parameters}


def rows(database: Database, query: str, /, **given: object) -> list[dict[str, object]]:
    table = run_query(database, load_query(f"explore/{query}"), {"graph": GRAPH, **given}, rows=5000, seconds=20)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_exploration_agrees_with_the_workspace(
    database: Database, published: Path, parameters: dict[str, object]
) -> None:
    name = str(parameters["name"])
    with Workspace.open(published) as store:
        entities = {e.id: e for e in store.entities()}
        facts = list(store.facts())
        mine = {e.id for e in entities.values() if e.name == name}
        counts = {str(row["what"]): row["count"] for row in rows(database, "counts")}
        assert counts["documents"] == store.counts()["documents"]
        assert counts["entities"] == store.counts()["entities"]
        assert counts["mentions"] == store.counts()["mentions"]
        total = int(str(counts["facts between entities"])) + int(str(counts["facts with a value"]))
        assert total == store.counts()["facts"]
        said = sorted((f.predicate, f.value) for f in facts if f.subject in mine and f.object is None)
        found = rows(database, "facts", name=name, limit=5000)
        values = [(row["predicate"], row["object"]) for row in found]
        assert all(pair in values for pair in said)
        linked = {
            entities[end].name
            for f in facts
            if f.object is not None and {f.subject, f.object} & mine
            for end in {f.subject, f.object} - mine
        }
        assert {row["neighbour"] for row in rows(database, "neighbours", name=name, limit=5000)} - {name} == linked - {
            name
        }
        places = sorted((m.document_id, m.span.start) for m in store.mentions() if m.entity_id in mine)
        assert [(r["document"], r["start"]) for r in rows(database, "mentions", name=name, limit=5000)] == places
        orphans = set(entities) - {end for f in facts for end in (f.subject, f.object) if end}
        assert len(rows(database, "orphans", limit=5000)) == len(orphans)
        children = {c.id for c in store.communities() if c.parent == parameters["parent"]}
        found = rows(database, "community-children", community=parameters["parent"])
        assert {row["id"] for row in found} == children
        texts = {chunk.id: chunk.text for chunk in store.chunks()}
        context = rows(database, "chunk-context", chunk=parameters["chunk"])
        assert all(row["text"] == texts[row["id"]] for row in context)


# --- the command line


def graphrag(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = "import sys; from graphrag.cli import main; main()"
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)


def test_cypher_on_the_command_line(
    published: Path, server: Server, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, object]
) -> None:
    address = server.address()
    assert address is not None
    monkeypatch.setenv("NEO4J_PASSWORD", address.password)
    to = ("--neo4j", address.uri)
    done = graphrag("cypher", "list")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 25
    assert ":params {" in graphrag("cypher", "show", "neighbours").stdout
    asked = ("cypher", "run", "entity", "-p", f"name={parameters['name']}", "-p", f"graph={GRAPH}", *to)
    done = graphrag(*asked, "--format", "json")
    assert json.loads(done.stdout)[0]["name"] == parameters["name"], done.stderr
    done = graphrag(*asked, "--format", "csv")
    assert next(iter(csv.DictReader(io.StringIO(done.stdout))))["name"] == parameters["name"]
    done = graphrag("cypher", "MATCH (d:Document {graph: 'sample'}) RETURN count(d) AS n", *to)
    assert done.stdout.split() == ["n", "200"], done.stderr
    done = graphrag("cypher", "MATCH (d:Document) DETACH DELETE d", *to)
    assert (done.returncode, done.stdout) == (3, "")
    assert "--write" in done.stderr
    done = graphrag("cypher", "run", "entity", *to)
    assert done.returncode == 3
    assert "-p name=VALUE" in done.stderr
