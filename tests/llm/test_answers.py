"""Answers in an LLM's words, over real HTTP: citations, streaming, history, searches, order, overviews, failures."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from answering import evidence_of, prompt_of, told
from scripted import Fault, ScriptedServer

from graphrag import GraphRAG
from graphrag.checking import answer_problems
from graphrag.errors import LLMError
from graphrag.jsonable import answer_json, event_json
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

QUESTION = "What is the place of birth of the director of film Under The Cards?"


@pytest.fixture
def model(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("GRAPHRAG_LLM_MODEL", "scripted-1")
    return server


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Path:
    """A copy of the sample's workspace: its cache of replies is the test's own."""
    return shutil.copytree(
        sample_workspace, tmp_path / "workspace", ignore=shutil.ignore_patterns("llm.db*", "*-wal", "*-shm")
    )


@pytest.fixture
def rag(model: ScriptedServer, tmp_path: Path, workspace: Path) -> Iterator[GraphRAG]:
    with opened(workspace, tmp_path) as opened_one:
        yield opened_one


def opened(workspace: Path, tmp_path: Path, **ask: Any) -> GraphRAG:
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(yaml.safe_dump({"ask": {"llm": True, **ask}, "llm": {"attempts": 1, "timeout": 5.0}}))
    return GraphRAG.open(workspace, recipe=str(recipe))


def number_of(body: dict[str, Any], words: str) -> int:
    return next(number for number, title, text in evidence_of(body) if words in f"{title} {text}")


def compose(body: dict[str, Any]) -> str:
    film, man = number_of(body, "Le dessous des cartes"), number_of(body, "in Carcassonne")
    return (
        f"André Cayatte directed Under the Cards [{film}]. He was born in Carcassonne [{man}]. He died in Rome [{man}]."
    )


def test_every_sentence_has_citations_that_exist(rag: GraphRAG, model: ScriptedServer, workspace: Path) -> None:
    model.answer = told(compose=compose)
    answer = rag.ask(QUESTION)
    assert answer.text == "André Cayatte directed Under the Cards. [1] He was born in Carcassonne. [2]"
    assert [quote.document_id for quote in answer.citations] == ["2wiki-6e7d7529e103", "2wiki-005670a1ebc3"]
    assert answer.notes == ("1 sentence of the LLM's reply left out: the evidence does not say it.",)
    assert answer.usage["requests"] == 1 and answer.usage["tokens_in"] > 100
    assert 0 < answer.confidence < 1
    assert [step.name for step in answer.path]
    with Workspace.open(workspace) as store:
        assert answer_problems(store, json.loads(json.dumps(answer_json(answer)))) == []


def test_evidence_is_numbered_marked_off_and_the_best_at_both_ends(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(compose="NOT FOUND")
    rag.ask(QUESTION, k=6)
    said = model.requests[-1]["messages"][1]["content"]
    mark = said.split("<evidence ")[1].split(">")[0]
    assert said.count(mark) == 2 and len(mark) == 16
    assert [number for number, _, _ in evidence_of(model.requests[-1])] == [1, 3, 5, 6, 4, 2]
    assert not {"tools", "functions", "tool_choice"} & set(model.requests[-1])


def test_a_refusal_stays_one(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(compose="NOT FOUND")
    answer = rag.ask(QUESTION)
    assert (answer.found, answer.text, answer.citations, answer.confidence) == (False, "", (), 0.0)


def test_without_passages_the_model_is_not_asked(model: ScriptedServer, tmp_path: Path, workspace: Path) -> None:
    with opened(workspace, tmp_path) as rag:
        assert not rag.ask(QUESTION, filters={"source": "nowhere"}).found
    assert model.requests == []


def test_a_reply_is_paid_once(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(compose=compose)
    question = "Where was the man born who directed the film Under The Cards?"
    first = rag.ask(question)
    assert rag.ask(question).text == first.text
    assert len(model.requests) == 1


def test_style_changes_what_is_asked_for(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(compose="NOT FOUND")
    for style in ("short", "long"):
        rag.ask("Who directed Seven Women?", style=style)
    short, long = (body["messages"][1]["content"] for body in model.requests)
    assert "one or two short sentences" in short and "paragraphs" in long
    assert model.requests[0]["max_tokens"] < model.requests[1]["max_tokens"]


# --- streaming


def test_steps_come_in_order(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(compose=compose)
    events = list(rag.ask_stream(QUESTION))
    assert [event.kind for event in events] == ["plan", "evidence", "delta", "delta", "citations", "done"]
    answer = events[-1].value
    assert "".join(event.value for event in events if event.kind == "delta") == answer.text
    assert events[4].value == answer.citations
    for event in events:
        assert json.loads(json.dumps(event_json(event)))["event"] == event.kind


def test_steps_without_an_llm_are_those_of_the_answer(workspace: Path) -> None:
    with GraphRAG.open(workspace) as rag:
        events = list(rag.ask_stream(QUESTION))
        assert [event.kind for event in events] == ["plan", "evidence", "delta", "citations", "done"]
        plain, streamed = answer_json(rag.ask(QUESTION)), answer_json(events[-1].value)
    assert plain | {"timings": 0} == streamed | {"timings": 0}
    assert not {"notes", "usage"} & set(plain)


def test_a_stream_that_breaks_off_keeps_what_was_said(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(compose=compose)
    model.fault = lambda number, body: Fault(cut_after=10) if body.get("stream") else None
    answer = rag.ask("Where was the director of the film Under The Cards born?")
    assert answer.text == "André Cayatte directed Under the Cards. [1]"
    assert any("not whole" in note for note in answer.notes)


# --- failures


def test_an_llm_that_is_down_leaves_the_answer_without_it(model: ScriptedServer, rag: GraphRAG) -> None:
    model.fault = lambda number, body: Fault(status=401)
    answer = rag.ask(QUESTION)
    assert answer.text == "Carcassonne" and answer.citations
    assert len(answer.notes) == 1 and "without the LLM" in answer.notes[0] and "key" in answer.notes[0]
    kinds = [event.kind for event in rag.ask_stream(QUESTION)]
    assert kinds == ["plan", "evidence", "delta", "citations", "done"]


def test_a_reply_of_which_nothing_is_supported_is_not_shown(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(compose="Elvis sang it in Memphis [1]. See http://evil.example [2].")
    answer = rag.ask(QUESTION)
    assert answer.text == "Carcassonne"
    assert "2 sentences" in answer.notes[0] and "nothing it said is supported" in answer.notes[1]


def test_an_llm_that_is_not_set_is_an_error(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "GRAPHRAG_LLM_MODEL"):
        monkeypatch.delenv(name, raising=False)
    with GraphRAG.open(workspace, llm=True) as rag, pytest.raises(LLMError, match="No LLM endpoint is set"):
        rag.ask(QUESTION)


# --- conversations


def test_a_follow_up_is_condensed(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(condense=lambda _: {"question": "Where was André Cayatte born?"}, compose="NOT FOUND")
    answer = rag.ask("And where was he born?", history=[("Who directed Under The Cards?", "André Cayatte")])
    assert answer.question == answer.plan.question == "Where was André Cayatte born?"
    assert "Under The Cards" in model.requests[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    "reply", ["", "no JSON", '{"question": ""}', '{"question": "Buy cheap pills at Casino Royale"}']
)
def test_a_bad_condensation_is_replaced_by_the_rules(rag: GraphRAG, model: ScriptedServer, reply: str) -> None:
    model.answer = told(condense=reply, compose="NOT FOUND")
    answer = rag.ask("Where was he born?", history=[("Who directed Under The Cards?", "André Cayatte")])
    assert answer.question == "Where was André Cayatte born?"


# --- searches, rounds, order


def test_other_searches_find_more(model: ScriptedServer, tmp_path: Path, workspace: Path) -> None:
    model.answer = told(
        rewrite=lambda _: {"question": "director of Under the Cards birthplace"},
        decompose=lambda _: {"questions": ["Who directed Under the Cards?", "Where was André Cayatte born?"]},
        hyde=lambda _: {"passage": "André Cayatte, a French filmmaker and lawyer, was born in Carcassonne."},
        step_back=lambda _: {"question": "Who is André Cayatte?"},
        compose=compose,
    )
    ways = ["rewrite", "decompose", "hyde", "step_back"]
    with opened(workspace, tmp_path, rewrite=ways) as rag:
        answer = rag.ask(QUESTION, k=5)
    assert sorted(prompt_of(body) for body in model.requests) == sorted([*ways, "compose"])
    assert {"rewrite", "decompose", "hyde", "step_back"} <= {way for found in answer.evidence for way in found.found_by}
    assert answer.plan.sub_questions[-4:] == (
        "director of Under the Cards birthplace",
        "Who directed Under the Cards?",
        "Where was André Cayatte born?",
        "Who is André Cayatte?",
    )
    assert len(answer.evidence) == 5 and answer.found


def test_searches_that_give_nothing_are_noted(model: ScriptedServer, tmp_path: Path, workspace: Path) -> None:
    model.answer = told(rewrite="?", step_back="{}", compose=compose)
    with opened(workspace, tmp_path, rewrite=["rewrite", "step_back"]) as rag:
        answer = rag.ask(QUESTION)
    assert answer.found
    assert answer.notes[:2] == ("The LLM gave no usable rewrite.", "The LLM gave no usable step back.")


def test_rounds_are_bounded(model: ScriptedServer, tmp_path: Path, workspace: Path) -> None:
    asked: list[str] = []

    def ask(body: dict[str, Any]) -> dict[str, Any]:
        asked.append(f"Who is number {len(asked)}?")
        return {"enough": False, "question": asked[-1]}

    model.answer = told(next_question=ask, compose=compose)
    with opened(workspace, tmp_path, rounds=3) as rag:
        answer = rag.ask(QUESTION)
    assert asked == [f"Who is number {n}?" for n in range(3)]
    assert set(asked) <= set(answer.plan.sub_questions)


def test_a_round_finds_what_the_question_does_not_name(model: ScriptedServer, tmp_path: Path, workspace: Path) -> None:
    replies = iter([{"enough": False, "question": "Where was André Cayatte born?"}, {"enough": True, "question": ""}])
    model.answer = told(next_question=lambda _: next(replies), compose="NOT FOUND")
    with opened(workspace, tmp_path, rounds=4, mode="lexical") as rag:
        answer = rag.ask("Who directed Under The Cards?", k=5)
    assert "2wiki-005670a1ebc3" in {found.chunk.document_id for found in answer.evidence}
    assert sum(prompt_of(body) == "next_question" for body in model.requests) == 2


def test_the_llm_orders_passages(model: ScriptedServer, tmp_path: Path, workspace: Path) -> None:
    model.answer = told(
        rerank=lambda body: {"order": [number_of(body, "in Carcassonne"), 99, -1, 2, 2]}, compose="NOT FOUND"
    )
    with opened(workspace, tmp_path, rerank={"name": "llm"}) as rag:
        answer = rag.ask("Who directed the film Under The Cards?", k=4)
    assert answer.evidence[0].chunk.document_id == "2wiki-005670a1ebc3"
    assert len({found.chunk.id for found in answer.evidence}) == 4


def test_evidence_is_cut_to_its_room(model: ScriptedServer, tmp_path: Path, workspace: Path) -> None:
    model.answer = told(compose=compose)
    with opened(workspace, tmp_path, context_tokens=400) as rag:
        answer = rag.ask(QUESTION, k=10)
    shown = evidence_of(model.requests[0])
    assert sum(len(text) for _, _, text in shown) < 2600
    assert any(text.endswith("…") for _, _, text in shown)
    assert answer.found  # the sentences that matter were kept


# --- things and the corpus


def theme(body: dict[str, Any]) -> dict[str, Any]:
    number, _, text = evidence_of(body)[0]
    invented = {"text": "Elvis directed all of these films.", "score": 99, "findings": [number]}
    return {"points": [{"text": text, "score": 60, "findings": [number]}, invented]}


def overview(body: dict[str, Any]) -> str:
    return " ".join(f"{text.split('. ')[0].rstrip('.')} [{number}]." for number, _, text in evidence_of(body)[:4])


@pytest.mark.parametrize("mode", ["global", "drift"])
def test_an_overview_is_mapped_and_reduced(rag: GraphRAG, model: ScriptedServer, mode: str) -> None:
    model.answer = told(theme=theme, overview=overview)
    answer = rag.ask("Which directors worked in Germany and elsewhere?", mode=mode, k=50)
    kinds = [prompt_of(body) for body in model.requests]
    assert kinds.count("theme") > 1 and kinds.count("overview") == 1 and kinds[-1] == "overview"
    assert answer.found and answer.plan.kind == mode and "Elvis" not in answer.text
    assert any(note.startswith("Points of the LLM left out") for note in answer.notes)
    reasons = {way for found in answer.evidence for way in found.found_by}
    assert any(way.startswith("report community-") for way in reasons)
    for quote in answer.citations:
        document = rag.store.document(quote.document_id)
        assert document is not None and document.text[quote.span.start : quote.span.end] == quote.text


def test_a_thing_is_told_of_from_its_sentences(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(
        compose=lambda body: " ".join(f"{text.rstrip('.')} [{n}]." for n, _, text in evidence_of(body)[:2])
    )
    answer = rag.ask("Tell me about Frank Lloyd", mode="local")
    assert answer.found and answer.plan.kind == "local" and len(answer.citations) >= 2


def test_an_overview_without_usable_points_is_a_refusal(rag: GraphRAG, model: ScriptedServer) -> None:
    model.answer = told(theme="broken")
    answer = rag.ask("What are the main themes of these documents?", mode="global")
    assert not answer.found and any("no usable reply" in note for note in answer.notes)


# --- disagreements


def test_sources_that_disagree_are_named(model: ScriptedServer, tmp_path: Path) -> None:
    documents = [
        Document(DocumentId("one"), "Ada Stone", "Ada Stone was a painter. Ada Stone was born in Lisbon."),
        Document(DocumentId("two"), "Ada Stone (painter)", "Ada Stone was born in Madrid. She painted ships."),
        Document(DocumentId("three"), "Lisbon", "Lisbon is the capital of Portugal."),
    ]
    with GraphRAG.create(tmp_path / "w") as made:
        made.build(documents)
    model.answer = told(compose=lambda body: f"Ada Stone was born in Lisbon [{number_of(body, 'born in Lisbon')}].")
    with opened(tmp_path / "w", tmp_path, mode="basic") as rag:
        answer = rag.ask("Where was Ada Stone born?")
    assert "Madrid" in answer.text and "Lisbon" in answer.text and "disagree" in answer.text
    assert {quote.document_id for quote in answer.citations} == {"one", "two"}
    assert "disagree" in model.requests[0]["messages"][1]["content"]
    model.fault = lambda number, body: Fault(status=401)
    with opened(tmp_path / "w", tmp_path, mode="basic") as rag:
        without = rag.ask("In which place was Ada Stone born?")
    assert without.text in ("Lisbon", "Madrid")
    assert "without the LLM" in without.notes[0] and "The sources disagree about Ada Stone, born in" in without.notes[1]


# --- the command line


def run(*arguments: str, workspace: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    command = [sys.executable, "-m", "graphrag.cli", "ask", *arguments, "-w", str(workspace)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)


def test_the_command_asks_the_llm(model: ScriptedServer, workspace: Path, tmp_path: Path) -> None:
    model.answer = told(compose=compose, condense=lambda _: {"question": QUESTION})
    done = run(QUESTION, "--llm", "--json", workspace=workspace)
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["answer"].startswith("André Cayatte directed") and said["usage"]
    (tmp_path / "talk.json").write_text(done.stdout)
    streamed = run("Where is that?", "--llm", "--stream", "--history", str(tmp_path / "talk.json"), workspace=workspace)
    events = [json.loads(line) for line in streamed.stdout.splitlines()]
    assert [event["event"] for event in events] == ["plan", "evidence", "delta", "delta", "citations", "done"]
    shown = run(QUESTION, "--llm", workspace=workspace)
    assert "He was born in Carcassonne. [2]" in shown.stdout and "left out" in shown.stderr
    plain = run(QUESTION, workspace=workspace)
    assert plain.stdout.startswith("Carcassonne") and "Note" not in plain.stderr


def test_an_llm_that_is_wrong_has_its_exit_code(workspace: Path, tmp_path: Path) -> None:
    unset = {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": "", "GRAPHRAG_LLM_MODEL": ""}
    done = run(QUESTION, "--llm", workspace=workspace, **unset)
    assert (done.returncode, done.stdout) == (9, "") and "OPENAI_BASE_URL" in done.stderr
    (tmp_path / "talk.json").write_text("[1]")
    bad = run(QUESTION, "--history", str(tmp_path / "talk.json"), workspace=workspace)
    assert bad.returncode == 3 and "history" in bad.stderr
    assert run(QUESTION, "--recipe", "nowhere", workspace=workspace).returncode == 4


def test_without_an_llm_nothing_of_it_is_loaded(workspace: Path) -> None:
    code = (
        "import sys; from graphrag import GraphRAG\n"
        f"with GraphRAG.open({str(workspace)!r}) as rag: rag.ask({QUESTION!r}); rag.search('films')\n"
        "names = ('torch', 'sentence_transformers', 'httpx', 'stamina', 'graphrag.composing', 'graphrag.llms.client')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
