"""The client against a real server: what it returns is what the engine returns."""

import asyncio
import inspect
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graphrag import GraphRAG
from graphrag.client import AsyncClient, BadRequest, Client, NotThere, Unreachable, calls
from graphrag.client.values import Job
from graphrag.types import Answer, Document, DocumentId, Scalar, SearchResult

QUESTION = "What is the place of birth of the director of film Under The Cards?"


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    with Client(address) as client:
        yield client


@pytest.fixture(scope="module")
def rag(sample_workspace: Path) -> Iterator[GraphRAG]:
    with GraphRAG.open(sample_workspace) as rag:
        yield rag


def untimed(result: SearchResult | Answer) -> SearchResult | Answer:
    return replace(result, timings={})


def test_results_are_those_of_the_engine(client: Client, rag: GraphRAG) -> None:
    for options in ({}, {"k": 3, "mode": "lexical"}, {"filters": {"title": "Under the Cards"}}):
        assert untimed(client.search(QUESTION, **options)) == untimed(rag.search(QUESTION, **options))
    for question in (QUESTION, "Who is Nobody Atall?", "Which directors worked in Germany and elsewhere?"):
        mine = client.ask(question)
        assert untimed(mine) == untimed(rag.ask(question))
        for quote in mine.citations:
            text = client.document(quote.document_id).text
            assert text[quote.span.start : quote.span.end] == quote.text
    assert client.ask(QUESTION).text == "Carcassonne" and not client.ask("Who is Nobody Atall?").found
    history = [("Who directed Under the Cards?", "André Cayatte")]
    assert untimed(client.ask("Where was he born?", history=history)) == untimed(
        rag.ask("Where was he born?", history=history)
    )
    mine, own = client.explain(QUESTION, k=3, why_not="nothing"), rag.explain(QUESTION, k=3, why_not="nothing")
    assert json.dumps({**mine, "timings_ms": 0}) == json.dumps({**own, "timings_ms": 0})


def test_streaming(client: Client, rag: GraphRAG) -> None:
    events = list(client.ask_stream(QUESTION))
    kinds = [event.kind for event in events]
    assert kinds[0] == "plan" and kinds[-1] == "done" and kinds.count("citations") == 1
    answer = rag.ask(QUESTION)
    assert untimed(events[-1].value) == untimed(answer)
    assert "".join(event.value for event in events if event.kind == "delta") == answer.text
    assert sum((event.value for event in events if event.kind == "evidence"), ()) == answer.evidence
    with pytest.raises(BadRequest, match="mode"):
        next(client.ask_stream(QUESTION, mode="best"))


def test_documents(client: Client, rag: GraphRAG) -> None:
    there = {document.id: document for document in rag.store.documents()}
    lines = list(client.documents())
    assert [line.id for line in lines] == list(there)
    whole = client.document(lines[5].id)
    assert whole == there[lines[5].id]
    assert [line.title for line in client.documents("under the cards")] == ["Under the Cards"]
    with pytest.raises(NotThere, match="no document") as caught:
        client.document("no/such document?")
    assert caught.value.status == 404 and caught.value.request_id


def test_the_graph(client: Client, rag: GraphRAG) -> None:
    lines = list(client.entities())
    assert {line.id for line in lines} == set(rag.store.entity_ids()) and len(lines) > 400  # more than two pages
    (line,) = [line for line in client.entities("Cayatte") if line.name == "André Cayatte"]
    card = client.entity(line.id)
    assert card.entity == rag.store.entities_by_id([line.id])[0]
    facts = {fact.id: fact for fact in rag.store.facts()}
    assert card.facts and all(facts[fact.id] == fact for fact in card.facts)
    assert "Carcassonne" in card.names.values()
    part = client.graph([line.id], hops=2, limit=20)
    assert line.id in {node.entity.id for node in part.nodes} and 1 < len(part.nodes) <= 20 and part.edges
    (birth,) = [one for one in client.entities("Carcassonne") if one.name == "Carcassonne"]
    assert any({edge.source, edge.target} == {line.id, birth.id} for edge in client.path(line.id, birth.id).edges)
    with pytest.raises(NotThere):
        client.entity("entity-0")
    with pytest.raises(BadRequest):
        client.graph([line.id], hops=9)


def test_communities(client: Client, rag: GraphRAG) -> None:
    there = list(rag.store.communities())
    lines = list(client.communities())
    assert {line.id for line in lines} == {community.id for community in there}
    top = next(client.communities(level=0))
    card, report = client.community(top.id), {r.community_id: r for r in rag.store.reports()}[top.id]
    assert (card.summary, card.line.title, card.when) == (report.summary, report.title, report.when)
    assert [(f.text, f.quotes) for f in card.findings] == [(f.text, f.quotes) for f in report.findings]
    assert card.documents == report.documents
    assert [identity for identity, _ in card.key_entities] == list(report.key_entities)


def test_cypher(client: Client) -> None:
    with pytest.raises(BadRequest):
        client.cypher("MATCH (n) DETACH DELETE n")


def test_documents_are_added_replaced_and_removed(client: Client) -> None:
    metadata: dict[str, Scalar] = {"groups": "", "n": 5, "page_starts": "0"}
    new = Document(DocumentId("a/b c"), "Zanzibar Quux", "Zanzibar Quux was born in Oxford.", metadata=metadata)
    heard: list[Job] = []
    job = client.add_documents([new], progress=heard.append)
    assert job.state == "done" and heard[-1] == job
    assert client.document("a/b c") == new
    answer = client.ask("Where was Zanzibar Quux born?")
    assert (answer.text, [quote.page for quote in answer.citations]) == ("Oxford", [1])
    assert client.delete_document("a/b c").over
    with pytest.raises(NotThere):
        client.document("a/b c")
    with pytest.raises(NotThere):
        client.delete_document("a/b c")
    assert client.health() == "ok"


def test_asynchronous(address: str, rag: GraphRAG) -> None:
    async def run() -> None:
        async with AsyncClient(address) as client:
            found, answer = await asyncio.gather(client.search(QUESTION), client.ask(QUESTION))
            assert untimed(found) == untimed(rag.search(QUESTION))
            assert untimed(answer) == untimed(rag.ask(QUESTION))
            events = [event async for event in client.ask_stream(QUESTION)]
            assert untimed(events[-1].value) == untimed(answer)
            assert len([line async for line in client.entities()]) == rag.store.counts()["entities"]
            card = await client.entity(answer.path[0].entity_id)
            assert card.entity.name == "Under the Cards"
            with pytest.raises(NotThere):
                await client.document("nothing")
            new = Document(DocumentId("async"), "Async Quux", "Async Quux was born in Oxford.")
            assert (await client.add_documents([new])).state == "done"
            assert (await client.delete_document("async")).state == "done"

    asyncio.run(run())


def test_methods_tell_their_parameters() -> None:
    for kind in (Client, AsyncClient):
        for name in ("search", "ask_stream", "documents", "cypher"):
            method, route = getattr(kind, name), getattr(calls, name)
            assert (method.__name__, method.__doc__) == (name, route.__doc__)
            assert list(inspect.signature(method).parameters) == ["self", *inspect.signature(route).parameters]
    assert list(inspect.signature(Client("http://x").entity).parameters) == ["identity"]


def test_nobody_answers() -> None:
    with Client("http://127.0.0.1:9", timeout=1) as client, pytest.raises(Unreachable, match="No server answers"):
        client.search("x")
