"""Cypher on a workspace and on Neo4j: the library's queries and random statements give the same in both places."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from queries_for import parameters_of
from statements import GRAPH

from graphrag.stores.cypher import Table, load_query, query_names
from graphrag.stores.embedded import GRAPH as HERE
from graphrag.stores.embedded import run_library_query, run_read
from graphrag.stores.neo4j.running import run_query, run_statement
from graphrag.stores.neo4j.session import Database
from graphrag.stores.workspace import Workspace

pytestmark = pytest.mark.neo4j

BOTH = [name for name in query_names("explore") if load_query(name).runs == ("neo4j", "workspace")]
ROWS = 20_000


@pytest.fixture(scope="module")
def store(published: Path) -> Iterator[Workspace]:
    with Workspace.open(published) as opened:
        yield opened


@pytest.fixture(scope="module")
def parameters(store: Workspace) -> dict[str, object]:
    return parameters_of(store)


def plain(value: Any) -> Any:
    """Return a value in one form: lists that were collected have no order, and sums differ in their last bits."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, list):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "graph"}
    return value


def rows_of(table: Table) -> list[Any]:
    assert not table.more
    return sorted((plain(list(row)) for row in table.rows), key=repr)


def test_all_but_the_index_queries_run_in_both_places() -> None:
    assert len(BOTH) >= 35
    only = {load_query(name).runs for name in set(query_names("explore")) - set(BOTH)}
    assert only == {("neo4j",)}


@pytest.mark.parametrize("name", [name for name in BOTH if name != "explore/graphs"])
def test_a_query_gives_the_same(name: str, database: Database, store: Workspace, parameters: dict[str, object]) -> None:
    query = load_query(name)
    given = {p.name: parameters[p.name] for p in query.parameters if p.default is None}
    if any(p.name == "limit" for p in query.parameters):
        given["limit"] = ROWS
    there = run_query(database, query, {"graph": GRAPH, **given}, rows=ROWS, seconds=60)
    here = run_library_query(store, query, {"graph": HERE, **given}, limit=ROWS, timeout=60)
    assert here.columns == there.columns == query.returns
    assert rows_of(here) == rows_of(there)


def test_the_graphs_of_a_workspace_are_its_own(database: Database, store: Workspace) -> None:
    query = load_query("explore/graphs")
    here = run_library_query(store, query, {"graph": HERE})
    there = run_query(database, query, {"graph": GRAPH}, rows=100, seconds=20)
    assert [row[1:] for row in here.rows] == [row[1:] for row in there.rows if row[0] == GRAPH]


STEPS = [
    ("Document", "-[r{}:ABOUT]->", "Entity"),
    ("Document", "<-[r{}:PART_OF]-", "Chunk"),
    ("Chunk", "-[r{}:MENTIONS]->", "Entity"),
    ("Chunk", "-[r{}:NEXT]->", "Chunk"),
    ("Entity", "-[r{}:RELATES_TO]->", "Entity"),
    ("Entity", "-[r{}:RELATES_TO]-", "Entity"),
    ("Entity", "-[r{}:STATES]->", "Value"),
    ("Entity", "<-[r{}:MENTIONS]-", "Chunk"),
    ("Entity", "-[r{}:IN_COMMUNITY]->", "Community"),
    ("Entity", "-[r{}:SIMILAR]-", "Entity"),
    ("Community", "-[r{}:PARENT]->", "Community"),
    ("Community", "-[r{}:CITES]->", "Chunk"),
]
FILTERS = {
    "Document": ["{0}.title STARTS WITH 'A'", "size({0}.text) > 500", "{0}.title CONTAINS 'the'"],
    "Chunk": ["{0}.position = 0", "{0}.start > 100", "toLower({0}.text) CONTAINS 'born'", "{0}.heading = ''"],
    "Entity": [
        "{0}.kind = 'PERSON'",
        "{0}.mention_count > 2",
        "{0}.aliases IS NOT NULL",
        "{0}.name =~ '.*[aeiou]'",
        "NOT {0}.name CONTAINS ' '",
        "EXISTS {{ ({0})-[:RELATES_TO]->() }}",
        "NOT ({0})-[:STATES]-()",
        "COUNT {{ ({0})-[:RELATES_TO]-() }} > 1",
    ],
    "Value": ["size({0}.name) < 12", "{0}.name =~ '[0-9]+'"],
    "Community": ["{0}.level = 1", "{0}.size >= 5", "{0}.title IS NOT NULL"],
}
SHOWN = {"Document": "title", "Chunk": "id", "Entity": "name", "Value": "name", "Community": "id"}
ENDS = [
    "RETURN count(*) AS n, count(DISTINCT x{last}.id) AS m",
    "RETURN {shown} AS a, count(*) AS n ORDER BY n DESC, a",
    "WITH x0, collect(DISTINCT {shown}) AS a RETURN x0.id AS i, size(a) AS n, a ORDER BY n DESC, i",
    "RETURN DISTINCT x0.id AS i, {shown} AS a ORDER BY i, a",
    "WITH {shown} AS a WHERE a IS NOT NULL RETURN substring(a, 0, 1) AS letter, count(DISTINCT a) AS n ORDER BY letter",
    "WITH x0, count(*) AS n RETURN n, count(x0) AS m, min(x0.id) AS i ORDER BY n",
]


def statement(numbers: random.Random) -> str:
    """Return a random statement that reads one graph."""
    label = numbers.choice(sorted({step[0] for step in STEPS}))
    pattern, tests, last = f"(x0:{label} {{graph: $graph}})", [], 0
    if numbers.random() < 0.8:
        tests.append(numbers.choice(FILTERS[label]).format("x0"))
    for place in range(1, numbers.choice([0, 1, 1, 2]) + 1):
        _, arrow, label = numbers.choice([step for step in STEPS if step[0] == label] or [("", "", "")])
        if not arrow:
            break
        pattern, last = f"{pattern}{arrow.format(place)}(x{place}:{label})", place
        if numbers.random() < 0.4:
            tests.append(numbers.choice(FILTERS[label]).format(f"x{place}"))
        if label == "Value":
            break
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    ending = numbers.choice(ENDS).format(last=last, shown=f"x{last}.{SHOWN[label]}")
    return f"MATCH {pattern}{where} {ending}"


def test_random_statements_give_the_same(database: Database, store: Workspace) -> None:
    numbers = random.Random(20)
    seen = 0
    for text in {statement(numbers) for _ in range(150)}:
        here = run_read(store, text, {"graph": HERE}, limit=ROWS, timeout=60)
        there = run_statement(database, text, {"graph": GRAPH}, rows=ROWS, seconds=60)
        assert rows_of(here) == rows_of(there), text
        seen += bool(here.rows)
    assert seen >= 60
