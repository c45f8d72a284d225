"""Questions answered by Cypher on a real server: an LLM's statement goes the way of a user's own."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from everything import fingerprint
from statements import GRAPH, HOSTILE

from graphrag import GraphRAG
from graphrag.stores.neo4j.connection import Address
from graphrag.stores.neo4j.session import Database

sys.path.append(str(Path(__file__).parents[1] / "llm"))
from scripted import ScriptedServer

pytestmark = pytest.mark.neo4j

QUESTION = "Who directed Under the Cards?"
GOOD = (
    "MATCH (f:Entity {graph: $graph})-[r:RELATES_TO {predicate: 'directed by'}]->(d:Entity) "
    "WHERE toLower(f.name) = 'under the cards' RETURN f.name AS film, d.name AS director"
)


@pytest.fixture
def llm(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("GRAPHRAG_LLM_MODEL", "scripted-1")
        yield running


@pytest.fixture
def rag(published: Path, address: Address, llm: ScriptedServer) -> Iterator[GraphRAG]:
    with GraphRAG.connect(address, graph=GRAPH) as opened:
        yield opened


def says(*statements: str, answer: str = "NOT FOUND") -> Any:
    """Return a model that writes these statements in turn, the last one ever after."""
    left = list(statements)

    def reply(body: dict[str, Any]) -> str:
        if "write one Cypher statement" not in body["messages"][0]["content"]:
            return answer
        return json.dumps({"statement": left.pop(0) if len(left) > 1 else left[0]})

    return reply


def test_a_question_is_answered(rag: GraphRAG, llm: ScriptedServer) -> None:
    llm.answer = says(GOOD, answer="André Cayatte directed Under the Cards [1]. It won an Oscar [1].")
    answer = rag.ask_cypher(QUESTION)
    assert answer.table is not None and answer.table.rows == (("Under the Cards", "André Cayatte"),)
    assert answer.text == "André Cayatte directed Under the Cards. [1]"
    assert '"directed by"' in llm.requests[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    "broken",
    [
        "MATCH (f:Entity {graph: $graph}) RETURN nonsense(f)",
        "MATCH (f:Entity {graph: $graph} RETURN f",
        "MATCH (f:Entity {graph: $graph}) RETURN g.name",
    ],
)
def test_a_statement_that_is_wrong_is_repaired_with_the_error(rag: GraphRAG, llm: ScriptedServer, broken: str) -> None:
    llm.answer = says(broken, GOOD)
    answer = rag.ask_cypher(QUESTION)
    assert answer.statement == GOOD and answer.table is not None and len(answer.table.rows) == 1
    again = llm.requests[1]["messages"][1]["content"]
    assert broken in again and "cannot be used" in again
    assert len(answer.notes) == 1 and answer.notes[0].startswith("Attempt 1: ")


def test_no_hostile_statement_runs(rag: GraphRAG, llm: ScriptedServer, database: Database) -> None:
    before = fingerprint(database)
    for text in HOSTILE:
        for one in (text, f"{text} // $graph"):  # also one that pretends to keep to the graph
            llm.answer = says(one)
            answer = rag.ask_cypher(f"{QUESTION} {len(llm.requests)}")
            assert answer.table is None and answer.text == "" and len(answer.notes) == 2, text
    assert fingerprint(database) == before
    assert all("rows that a database" not in body["messages"][0]["content"] for body in llm.requests)


def test_other_graphs_are_not_read(rag: GraphRAG, llm: ScriptedServer) -> None:
    llm.answer = says("MATCH (n:Entity) RETURN n.name")
    answer = rag.ask_cypher(QUESTION)
    assert answer.table is None and "this graph and no other" in answer.notes[0]
