"""The guard's first look: nothing but reading passes, and what reads is not refused."""

import sys
from pathlib import Path

import pytest

from graphrag.errors import InputError
from graphrag.stores.cypher import load_query, parse_query, query_names
from graphrag.stores.guard import READING_OPERATORS, check_plan, check_statement
from graphrag.stores.tokens import tokens_of

sys.path.insert(0, str(Path(__file__).parents[1] / "neo4j"))
from statements import HONEST, HOSTILE

GOOD = """// Counts the entities of a kind.
// params: graph string = "main", kind string, limit integer = 25
// returns: number
// mode: read
MATCH (e:Entity {graph: $graph, kind: $kind}) RETURN count(e) AS number LIMIT $limit
"""


def test_there_are_enough_statements() -> None:
    assert len(set(HOSTILE)) >= 150
    assert len(set(HONEST)) >= 60


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_statements_are_refused_before_any_server_sees_them(text: str) -> None:
    with pytest.raises(InputError):
        check_statement(text)


@pytest.mark.parametrize("text", HONEST)
def test_honest_statements_pass(text: str) -> None:
    check_statement(text)


@pytest.mark.parametrize("operator", ["Create", "SetProperty", "DetachDelete", "ProcedureCall", "LoadCSV", "Foreach"])
def test_a_plan_that_writes_is_refused(operator: str) -> None:
    assert operator not in READING_OPERATORS
    plan = {"operatorType": "ProduceResults@neo4j", "children": [{"operatorType": f"{operator}@neo4j"}]}
    with pytest.raises(InputError, match=operator):
        check_plan(plan)


def test_a_plan_that_reads_passes_and_no_plan_does_not() -> None:
    check_plan({"operatorType": "ProduceResults@neo4j", "children": [{"operatorType": "AllNodesScan@neo4j"}]})
    with pytest.raises(InputError, match="no plan"):
        check_plan(None)


def test_every_query_file_keeps_the_rules() -> None:
    names = query_names()
    assert len([name for name in names if name.startswith("explore/")]) >= 25
    for name in names:
        query = load_query(name)
        assert query.about.endswith("."), name
        if name.startswith("explore/"):
            assert query.mode == "read"
            assert query.parameters[0].name == "graph"


def test_a_query_file_is_read_whole() -> None:
    query = parse_query("x", GOOD)
    assert query.about == "Counts the entities of a kind."
    assert [(p.name, p.type, p.default) for p in query.parameters] == [
        ("graph", "string", "main"),
        ("kind", "string", None),
        ("limit", "integer", 25),
    ]
    assert query.bind({"kind": "PERSON", "limit": "3"}) == {"graph": "main", "kind": "PERSON", "limit": 3}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("$kind", "'x'", "does not use the declared parameter kind"),
        ("$limit", "$bound", "undeclared parameter bound"),
        ("mode: read", "mode: look", "must be read or write"),
        ("// mode: read\n", "", "needs a sentence"),
        ("RETURN count(e)", "SET e.x = 1 RETURN count(e)", "holds SET"),
        ("kind string", "kind word", "declares its parameters wrongly"),
    ],
)
def test_a_query_file_that_breaks_a_rule_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_query("x", GOOD.replace(old, new))


@pytest.mark.parametrize("given", [{}, {"kind": 1}, {"kind": "x", "limit": "many"}, {"kind": "x", "other": 1}])
def test_wrong_parameters_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InputError, match="parameter"):
        parse_query("x", GOOD).bind(given)


def test_an_unknown_query_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean explore/neighbours"):
        load_query("explore/neighbors")


def test_tokens_keep_strings_comments_and_names_apart() -> None:
    found = [(t.kind, t.text) for t in tokens_of("MATCH (`a b`) /* SET */ RETURN 'SET' + $x.y // DELETE")]
    assert found == [
        ("word", "MATCH"),
        ("sign", "("),
        ("quoted", "`a b`"),
        ("sign", ")"),
        ("word", "RETURN"),
        ("string", "'SET'"),
        ("sign", "+"),
        ("parameter", "x"),
        ("sign", "."),
        ("word", "y"),
    ]
