"""What the routes answer, on the 2wiki sample."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from server_helpers import Here, events_of, serving_here

from graphrag import GraphRAG
from graphrag.jsonable import answer_json, search_json
from graphrag.server import shapes
from graphrag.types import Document, DocumentId

QUESTION = "What is the place of birth of the director of film Under The Cards?"
STRICT = {"extra": "forbid"}


@pytest.fixture(scope="module")
def rag(sample_workspace: Any) -> Any:
    with GraphRAG.open(sample_workspace) as opened:
        yield opened


def get(here: Here, path: str, **parameters: Any) -> Any:
    response = here.client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def post(here: Here, path: str, body: Any) -> Any:
    response = here.client.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def holds(model: type[BaseModel], body: Any) -> None:
    """Check that a response is as OpenAPI describes it, and holds nothing that is not described."""
    described = model.model_validate(body).model_dump()
    assert described.keys() >= body.keys()


def is_quote(here: Here, quote: dict[str, Any]) -> bool:
    text: str = get(here, f"/v1/documents/{quote['document_id']}")["text"]
    return text[quote["start"] : quote["end"]] == quote["quote"]


def without_times(body: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(body))
    return {key: value for key, value in told.items() if key != "timings"}


def test_search_is_the_engine_s(here: Here, rag: GraphRAG) -> None:
    body = post(here, "/v1/search", {"question": QUESTION, "k": 3, "mode": "hybrid"})
    holds(shapes.Searched, body)
    assert without_times(body) == without_times(search_json(rag.search(QUESTION, k=3, mode="hybrid")))


def test_ask_is_the_engine_s(here: Here, rag: GraphRAG) -> None:
    body = post(here, "/v1/ask", {"question": QUESTION})
    holds(shapes.Answered, body)
    assert body["answer"] == "Carcassonne"
    assert without_times(body) == without_times(answer_json(rag.ask(QUESTION)))
    assert all(is_quote(here, quote) for quote in body["citations"])


def test_filters_and_history_reach_the_engine(here: Here) -> None:
    filtered = post(here, "/v1/search", {"question": QUESTION, "filters": {"title": "André Cayatte"}})
    assert {passage["title"] for passage in filtered["passages"]} == {"André Cayatte"}
    talk = [{"role": "user", "content": "Who directed Under The Cards?"}]
    talk += [{"role": "assistant", "content": "André Cayatte"}]
    body = post(here, "/v1/ask", {"question": "Where was he born?", "history": talk})
    assert body["answer"] == "Carcassonne"
    assert "Cayatte" in body["question"]


@pytest.mark.parametrize("wish", [{"stream": True}, {}])
def test_ask_streams(here: Here, wish: dict[str, bool]) -> None:
    headers = {} if wish else {"Accept": "text/event-stream"}
    response = here.client.post("/v1/ask", json={"question": QUESTION, **wish}, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    kinds = [kind for kind, _ in events]
    assert kinds[0] == "plan"
    assert kinds[-3:] == ["answer", "citations", "done"]
    assert set(kinds[1:-3]) == {"evidence"}
    said = dict(events)
    assert said["answer"]["text"] == "Carcassonne"
    assert said["done"]["citations"] == said["citations"]


def test_a_quote_says_its_page_where_its_document_has_pages(tmp_path: Path, light_parts: None) -> None:
    first = "Mere Rault was a potter. "
    text = f"{first}Mere Rault was born in Dunedin."
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.build([Document(DocumentId("mere.pdf"), "Mere Rault", text, metadata={"page_starts": f"0 {len(first)}"})])
        question = {"question": "Where was Mere Rault born?"}
        asked = rag.ask(question["question"])
        assert [(quote.text, quote.page) for quote in asked.citations] == [(text[len(first) :], 2)]
        assert replace(asked.citations[0], page=None) == asked.citations[0]  # it is the same place
    with serving_here(tmp_path / "w") as here:
        answer = post(here, "/v1/ask", question)
        holds(shapes.Answered, answer)
        assert [quote["page"] for quote in answer["citations"]] == [2]
        assert [step["quote"]["page"] for step in answer["path"] if step["quote"]] in ([], [2])
        found = post(here, "/v1/search", question)["passages"][0]
        assert [quote["page"] for quote in found["quotes"]] == [1 + (q["start"] > 0) for q in found["quotes"]]
        streamed = dict(events_of(here.client.post("/v1/ask", json={**question, "stream": True}).text))
        assert streamed["citations"] == answer["citations"]
        told = post(here, "/v1/chat/completions", {"messages": [{"role": "user", "content": question["question"]}]})
        message = told["choices"][0]["message"]
        assert message["content"].endswith("(Mere Rault, page 2)")
        assert message["citations"] == answer["citations"]


def test_explain_says_why_not(here: Here) -> None:
    gold = post(here, "/v1/search", {"question": QUESTION, "k": 1})["passages"][0]["document_id"]
    body = post(here, "/v1/explain", {"question": QUESTION, "k": 2, "why_not": gold})
    assert body["why_not"]["class"] == "returned"


def test_documents_are_listed_in_pages(here: Here, rag: GraphRAG) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        body = get(here, "/v1/documents", limit=70, cursor=cursor)
        holds(shapes.DocumentList, body)
        seen += [document["id"] for document in body["documents"]]
        cursor = body["next"]
    assert seen == [document.id for document in rag.store.documents()]
    found = get(here, "/v1/documents", q="cayatte")["documents"]
    assert [document["title"] for document in found] == ["André Cayatte"]
    assert get(here, "/v1/documents", q="100%_\\")["documents"] == []


def test_a_document_has_its_passages_and_highlights(here: Here, rag: GraphRAG) -> None:
    document = next(rag.store.documents())
    body = here.client.get(f"/v1/documents/{document.id}?start=2&end=5&highlight=0-9&highlight=1-999999999").json()
    holds(shapes.DocumentText, body)
    assert body["text"] == document.text
    assert [h["text"] for h in body["highlights"]] == [document.text[0:9], document.text[1:], document.text[2:5]]
    chunks = [chunk for chunk in rag.store.chunks() if chunk.document_id == document.id]
    assert body["chunks"] == [{"id": c.id, "start": c.span.start, "end": c.span.end} for c in chunks]
    assert here.client.get(f"/v1/documents/{document.id}?start=2").status_code == 422
    assert here.client.get(f"/v1/documents/{document.id}?highlight=x").status_code == 422
    assert here.client.get("/v1/documents/nothing").status_code == 404


def test_an_entity_has_a_card(here: Here) -> None:
    lines = get(here, "/v1/entities", q="andré cayatte")
    holds(shapes.Entities, lines)
    card = get(here, f"/v1/entities/{lines['entities'][0]['id']}")
    holds(shapes.EntityCard, card)
    assert card["name"] == "André Cayatte"
    born = [fact for fact in card["facts"] if fact["value"] == "Carcassonne"]
    assert born
    assert all(is_quote(here, quote) for fact in card["facts"] for quote in fact["evidence"])
    assert card["documents"][0]["title"] == "André Cayatte"
    assert [c["level"] for c in card["communities"]] == sorted(c["level"] for c in card["communities"])
    assert here.client.get("/v1/entities/nobody").status_code == 404


def test_entities_are_listed_by_mentions(here: Here) -> None:
    mentions = [entity["mentions"] for entity in get(here, "/v1/entities", limit=200)["entities"]]
    assert mentions == sorted(mentions, reverse=True)


def test_the_surroundings_of_an_entity_are_drawn(here: Here) -> None:
    entity = get(here, "/v1/entities", q="André Cayatte")["entities"][0]["id"]
    near = get(here, "/v1/graph", entity=entity, hops=1)
    holds(shapes.Graph, near)
    ids = {node["id"] for node in near["nodes"]}
    assert entity in ids
    assert near["edges"]
    assert all({edge["source"], edge["target"]} <= ids for edge in near["edges"])
    assert all(is_quote(here, edge["quote"]) for edge in near["edges"])
    assert all(0 <= node["x"] <= 1 and 0 <= node["y"] <= 1 for node in near["nodes"])
    far = get(here, "/v1/graph", entity=entity, hops=3, limit=500)
    assert ids < {node["id"] for node in far["nodes"]}
    few = get(here, "/v1/graph", entity=entity, hops=3, limit=5)
    assert len(few["nodes"]) == 5
    assert few["truncated"]
    assert get(here, "/v1/graph", entity=entity, hops=3, limit=500) == far


def test_the_path_between_entities_is_drawn(here: Here) -> None:
    film = get(here, "/v1/entities", q="Under the Cards")["entities"][0]["id"]
    town = get(here, "/v1/entities", q="Carcassonne")["entities"][0]["id"]
    path = get(here, "/v1/graph", source=film, target=town)
    assert {"Under the Cards", "André Cayatte", "Carcassonne"} == {node["name"] for node in path["nodes"]}
    assert all(is_quote(here, edge["quote"]) for edge in path["edges"])


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422), ("entity=a&source=b&target=c", 422), ("source=a", 422), ("entity=nothing", 404), ("hops=5", 422),
        ("source=a&target=b", 404), ("entity=a&limit=501", 422), ("entity=a&entity=b&limit=1", 422),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_told(here: Here, query: str, status: int) -> None:
    assert here.client.get(f"/v1/graph?{query}").status_code == status


def test_communities_have_reports(here: Here) -> None:
    top = get(here, "/v1/communities", level=0)
    holds(shapes.Communities, top)
    ranks = [community["rank"] for community in top["communities"]]
    assert ranks == sorted(ranks, reverse=True)
    card = get(here, f"/v1/communities/{top['communities'][0]['id']}")
    holds(shapes.CommunityCard, card)
    assert card["summary"]
    assert card["findings"]
    assert all(is_quote(here, quote) for finding in card["findings"][:3] for quote in finding["quotes"])
    child = get(here, f"/v1/communities/{card['children'][0]['id']}")
    assert child["parent"] == card["id"]
    assert here.client.get("/v1/communities/none").status_code == 404


def test_every_community_can_be_shown(here: Here) -> None:
    """Also those without a report."""
    everything = get(here, "/v1/communities", limit=200)["communities"]
    for community in everything[-20:]:
        card = get(here, f"/v1/communities/{community['id']}")
        assert card["title"]
        assert card["key_entities"]


def test_cypher_reads_and_nothing_else(here: Here) -> None:
    table = post(here, "/v1/cypher", {"statement": "MATCH (e:Entity) RETURN e.name AS name", "limit": 2})
    holds(shapes.CypherTable, table)
    assert table["columns"] == ["name"]
    assert len(table["rows"]) == 2
    assert table["truncated"]
    refused = here.client.post("/v1/cypher", json={"statement": "MATCH (e:Entity) DETACH DELETE e"})
    assert refused.status_code == 422
    assert "not allowed" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/search", {}), ("/v1/search", {"question": ""}), ("/v1/search", {"question": "   "}),
        ("/v1/search", {"question": "x" * 4001}), ("/v1/search", {"question": "x", "k": 201}),
        ("/v1/search", {"question": "x", "k": 0}), ("/v1/search", {"question": "x", "mode": "best"}),
        ("/v1/search", {"question": "x", "queston": "y"}), ("/v1/search", {"question": "x", "level": -1}),
        ("/v1/search", {"question": "x", "k": "5"}), ("/v1/search", {"question": "x", "k": True}),
        ("/v1/search", {"question": "x", "k": 5.5}), ("/v1/search", {"question": "x", "level": "0"}),
        ("/v1/ask", {"question": "x", "stream": "false"}), ("/v1/ask", {"question": "x", "stream": 0}),
        ("/v1/cypher", {"statement": "RETURN 1", "limit": "5"}),
        ("/v1/search", {"question": "x", "filters": {"a": 1}}), ("/v1/ask", {"question": "x", "style": "loud"}),
        ("/v1/ask", {"question": "x", "history": [{"role": "nobody", "content": "y"}]}),
        ("/v1/cypher", {"statement": ""}), ("/v1/documents", {"documents": []}),
        ("/v1/documents", {"documents": [{"text": " "}]}),
        ("/v1/documents", {"documents": [{"id": "a", "text": "b"}, {"id": "a", "text": "c"}]}),
        ("/v1/chat/completions", {"messages": []}),
        ("/v1/chat/completions", {"messages": [{"role": "system", "content": "x"}]}),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(here: Here, path: str, body: dict[str, Any]) -> None:
    response = here.client.post(path, json=body)
    assert response.status_code == 422
    holds(shapes.ProblemBody, response.json())


def test_a_whole_number_may_be_written_with_a_point(here: Here) -> None:
    assert len(post(here, "/v1/search", {"question": QUESTION, "k": 2.0})["passages"]) == 2


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("/v1/documents?limitt=5", "no query parameter 'limitt'; did you mean 'limit'?"),
        ("/v1/entities?limit=5&Q=x", "no query parameter 'Q'; "),
        ("/v1/documents?zzz", "no query parameter 'zzz'; there are: q, limit, cursor."),
        ("/v1/documents/x?hilight=0-5", "did you mean 'highlight'?"),
        ("/v1/communities/x?a=1", "it takes none."),
    ],
)
def test_an_unknown_query_parameter_is_refused(here: Here, query: str, says: str) -> None:
    response = here.client.get(query)
    assert response.status_code == 422
    assert says in response.json()["detail"]
    holds(shapes.ProblemBody, response.json())


def test_parameters_of_a_question_belong_in_the_body(here: Here) -> None:
    response = here.client.post("/v1/search?k=5", json={"question": QUESTION})
    assert response.status_code == 422
    assert response.json()["detail"] == "This route has no query parameter 'k'; it takes none, but a JSON body."


def test_programs_of_others_may_send_parameters_of_their_own(here: Here) -> None:
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    assert here.client.post("/v1/chat/completions?api-version=1", json=body).status_code == 200
    for path in ("/v1/models?api-version=1", "/healthz?t=1", "/metrics?t=1", "/?question=x"):
        assert here.client.get(path).status_code == 200, path


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_a_body_that_is_not_sent_as_json_is_told_so(here: Here, kind: str) -> None:
    response = here.client.post("/v1/ask", content=json.dumps({"question": QUESTION}), headers={"Content-Type": kind})
    assert response.status_code == 415
    assert "Content-Type: application/json" in response.json()["detail"]
    holds(shapes.ProblemBody, response.json())


def test_half_characters_are_refused(here: Here) -> None:
    for path, body in (
        ("/v1/ask", '{"question": "who \\ud800 is it"}'),
        ("/v1/search", '{"question": "x", "filters": {"title": "\\udfff"}}'),
        ("/v1/chat/completions", '{"messages": [{"role": "user", "content": "who \\ud800"}]}'),
        ("/v1/explain", '{"question": "x", "why_not": "\\ud800"}'),
        ("/v1/cypher", '{"statement": "RETURN $a", "parameters": {"a": "\\ud800"}}'),
        ("/v1/cypher", '{"statement": "RETURN $a", "parameters": {"\\ud800": 1}}'),
    ):
        response = here.client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert response.status_code == 422, (path, response.text)


def test_chat_speaks_openai_s_protocol(here: Here) -> None:
    assert {model["id"] for model in get(here, "/v1/models")["data"]} > {"hopgraph"}
    body = post(here, "/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTION}], "temperature": 0})
    message = body["choices"][0]["message"]
    assert message["content"].startswith("Carcassonne\n\n[1] “")
    assert all(is_quote(here, quote) for quote in message["citations"])
    unknown = here.client.post("/v1/chat/completions", json={"model": "gpt", "messages": [{"role": "user"}]})
    assert unknown.status_code == 404
    assert unknown.json()["error"]["message"].startswith("There is no model")


def test_the_page_and_its_assets_are_served_under_a_strict_policy(here: Here) -> None:
    response = here.client.get("/")
    policy = response.headers["content-security-policy"]
    assert response.status_code == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for path in ("/assets/..%2findex.html", "/assets/../../app.py", "/assets/%2e%2e/index.html", "/assets/.hidden"):
        assert here.client.get(path).status_code == 404


def test_health(here: Here, sample_workspace: Any) -> None:
    assert get(here, "/healthz") == {"status": "ok"}
    assert get(here, "/readyz") == {"status": "ready"}
    with serving_here(sample_workspace) as other:
        pass
    assert [line["event"] for line in other.lines] == ["opened", "ready", "stopped"]


def test_figures_count_requests(here: Here) -> None:
    post(here, "/v1/search", {"question": QUESTION})
    text = here.client.get("/metrics").text
    assert 'graphrag_requests_total{method="POST",route="/v1/search",status="200"}' in text
    assert "graphrag_in_flight 1.0" in text
