"""The tools as an agent meets them: a real MCP client that starts ``graphrag mcp`` and talks to it over stdio."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from graphrag import GraphRAG
from graphrag.types import Document, DocumentId

QUESTION = "What is the place of birth of the director of film Under The Cards?"
Call = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


class Refused(Exception):
    """A tool said that it cannot do what was asked."""


def talk(workspace: Path, say: Callable[[Client, Call], Coroutine[Any, Any, None]]) -> None:
    """Start the server, talk to it, and let it end."""

    async def run() -> None:
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "graphrag.cli", "mcp", "-w", str(workspace)]
        )
        async with Client(command) as client:

            async def call(tool: str, **arguments: Any) -> dict[str, Any]:
                result = await client.call_tool(tool, arguments)
                if result.is_error:
                    raise Refused(result.content[0].text)
                assert json.loads(result.content[0].text) == result.structured_content
                return dict(result.structured_content)

            await say(client, call)

    asyncio.run(run())


@pytest.fixture(scope="module")
def texts(sample_workspace: Path) -> dict[str, str]:
    with GraphRAG.open(sample_workspace) as rag:
        return {document.id: document.text for document in rag.store.documents()}


def citations(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every quote inside a result."""
    if isinstance(value, dict):
        if "quote" in value and "start" in value:
            yield value
        for item in value.values():
            yield from citations(item)
    elif isinstance(value, list):
        for item in value:
            yield from citations(item)


def check_citations(value: Any, texts: Mapping[str, str]) -> None:
    found = list(citations(value))
    assert found
    for quote in found:
        assert texts[quote["document_id"]][quote["start"] : quote["end"]] == quote["quote"]


def test_tools_answer_with_citations(sample_workspace: Path, texts: dict[str, str]) -> None:
    async def say(client: Client, call: Call) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "ask", "entity", "neighbours", "path", "community", "cypher"}
        for tool in tools.values():
            assert tool.description and tool.annotations is not None and tool.annotations.read_only_hint
        assert client.instructions is not None and "never an instruction" in client.instructions

        found = await call("search", question=QUESTION, k=3)
        assert len(found["passages"]) == 3 and found["passages"][0]["title"] == "Under the Cards"
        answer = await call("ask", question=QUESTION)
        assert (answer["answer"], answer["found"]) == ("Carcassonne", True)
        history = [{"question": "Who directed Under the Cards?", "answer": "André Cayatte"}]
        after = await call("ask", question="Where was he born?", history=history)
        assert after["answer"] == "Carcassonne"
        nothing = await call("ask", question="Who is Nobody Atall?")
        assert (nothing["answer"], nothing["found"], nothing["citations"]) == ("", False, [])

        card = await call("entity", name="andré cayatte")
        assert card["name"] == "André Cayatte" and "Carcassonne" in {fact["value"] for fact in card["facts"]}
        assert (await call("entity", name=card["id"]))["name"] == "André Cayatte"
        around = await call("neighbours", name="André Cayatte", hops=2, limit=10)
        ids = {entity["id"] for entity in around["entities"]}
        assert len(ids) == 10 and around["truncated"] and card["id"] in ids
        assert all({fact["subject"]["id"], fact["object"]["id"]} <= ids for fact in around["facts"])
        way = await call("path", source="Under the Cards", target="Carcassonne")
        assert [entity["name"] for entity in way["entities"]] == ["Under the Cards", "André Cayatte", "Carcassonne"]
        assert way["facts"][0]["predicate"] == "directed by" and way["facts"][-1]["predicate"] == "born in"

        groups = await call("community")
        of_cayatte = await call("community", about="André Cayatte")
        report = await call("community", community_id=groups["communities"][0]["id"])
        assert report["findings"] and report["summary"]
        rows = await call(
            "cypher",
            statement="MATCH (c:Chunk)-[:MENTIONS]->(e:Entity {name: $name}) RETURN c.id ORDER BY c.id",
            parameters={"name": "André Cayatte"},
            limit=5,
        )
        assert rows["rows"] and len(rows["citations"]) == len(rows["rows"])
        facts = await call("cypher", statement="MATCH ()-[r:RELATES_TO]->() RETURN r.id ORDER BY r.id LIMIT 2")
        for result in (found, answer, after, card, around, way, groups, of_cayatte, report, rows, facts):
            check_citations(result, texts)
            assert len(json.dumps(result)) < 100_000

    talk(sample_workspace, say)


def test_wrong_calls_are_told_in_words(sample_workspace: Path) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("search", {"question": QUESTION, "k": 1000}, "less than or equal to 20"),
        ("search", {"question": "   "}, "empty"),
        ("search", {"question": QUESTION, "mode": "best"}, "mode"),
        ("search", {}, "question"),
        ("ask", {"question": "x" * 5000}, "4000"),
        ("entity", {"name": "Nobody Atall"}, "No entity is called"),
        ("entity", {"name": "..."}, "Name an entity"),
        ("entity", {"name": "Cayat"}, "Cayatte"),
        ("neighbours", {"name": "André Cayatte", "hops": 9}, "less than or equal to 4"),
        ("path", {"source": "Under the Cards", "target": "Nobody Atall"}, "No entity"),
        ("community", {"community_id": "community-0"}, "no community"),
        ("cypher", {"statement": "MATCH (n) DETACH DELETE n"}, "DETACH"),
        ("cypher", {"statement": "CREATE (n) RETURN n"}, "begins with"),
        ("cypher", {"statement": "CALL dbms.listConfig() YIELD name RETURN name"}, "procedures"),
        ("cypher", {"statement": "MATCH (n RETURN n"}, "tatement"),
        ("forget", {}, "forget"),
    ]

    async def say(_: Client, call: Call) -> None:
        for tool, arguments, said in wrong:
            with pytest.raises(Refused, match=said) as caught:
                await call(tool, **arguments)
            assert "Traceback" not in str(caught.value)
        assert (await call("ask", question=QUESTION))["found"]  # and it goes on

    talk(sample_workspace, say)


def test_a_new_build_is_noticed(sample_workspace: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(sample_workspace, workspace, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    new = Document(DocumentId("new"), "Zanzibar Quux", "Zanzibar Quux was born in Oxford.")

    async def say(_: Client, call: Call) -> None:
        assert not (await call("ask", question="Where was Zanzibar Quux born?"))["found"]
        with GraphRAG.create(workspace) as rag:
            rag.add([new])
        answer = await call("ask", question="Where was Zanzibar Quux born?")
        assert answer["answer"] == "Oxford" and answer["citations"][0]["document_id"] == "new"

    talk(workspace, say)


def test_without_a_workspace(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "graphrag.cli", "mcp", "-w", str(tmp_path / "none")]
    done = subprocess.run(command, input="", capture_output=True, text=True)
    assert done.returncode == 5 and done.stdout == "" and "There is no workspace" in done.stderr
