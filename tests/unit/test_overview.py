"""Answers of several sentences: what they say, what they cite, and what becomes of odd questions."""

import json
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphrag.answering.structured import Section, Statement, compose, distinct, within_budget
from graphrag.engine import GraphRAG
from graphrag.stores.workspace import Workspace
from graphrag.text import token_estimate
from graphrag.types import Answer, ChunkId, Document, DocumentId, Quote, Span

GENERAL = "What are the main themes of these documents?"
QUESTIONS = {
    "global": [
        GENERAL,
        "Which directors worked across countries?",
        "How are the royal families connected?",
        "war films",
    ],
    "local": ["Tell me about Alfred Hitchcock", "How are Edward IV and Elizabeth Woodville connected?", "silent films"],
    "drift": [GENERAL, "How did Indian cinema develop?", "What do the documents say about kings?"],
}


@pytest.fixture(scope="module")
def rag(sample_workspace: Path) -> Iterator[GraphRAG]:
    with GraphRAG.open(sample_workspace) as opened:
        yield opened


@pytest.fixture(scope="module")
def store(sample_workspace: Path) -> Iterator[Workspace]:
    with Workspace.open(sample_workspace) as opened:
        yield opened


@pytest.fixture(scope="module")
def texts(samples: Path) -> dict[str, str]:
    rows = json.loads((samples / "2wiki" / "corpus.json").read_text(encoding="utf-8"))
    return {row["id"]: row["text"] for row in rows}


def _statements(answer: Answer) -> list[tuple[str, list[int]]]:
    """Take an answer apart: each sentence with the numbers of its citations; titles are left out."""
    found = []
    for section in answer.text.split("\n\n"):
        _, _, body = section.partition("\n")
        pieces = re.split(r"((?: \[\d+\])(?:\[\d+\])*)", body)
        assert pieces[-1] == ""
        for text, marks in zip(pieces[::2], pieces[1::2], strict=False):
            found.append((text.strip(), [int(mark) for mark in re.findall(r"\d+", marks)]))
    return found


@pytest.mark.parametrize(("mode", "question"), [(mode, q) for mode, asked in QUESTIONS.items() for q in asked])
def test_every_sentence_is_one_of_the_sources_and_cites_it(
    rag: GraphRAG, texts: dict[str, str], mode: str, question: str
) -> None:
    answer = rag.ask(question, mode=mode)
    assert answer.found
    assert answer.plan.kind == mode
    assert 0 < answer.confidence <= 1
    for quote in answer.citations:
        assert texts[quote.document_id][quote.span.start : quote.span.end] == quote.text
    statements = _statements(answer)
    assert len(statements) >= 2
    assert sorted({mark for _, marks in statements for mark in marks}) == list(range(1, len(answer.citations) + 1))
    for text, marks in statements:
        assert text == " ".join(" ".join(answer.citations[mark - 1].text.split()) for mark in marks)
    assert len({text for text, _ in statements}) == len(statements)
    assert sum(token_estimate(text) for text, _ in statements) <= 1200


@pytest.mark.parametrize("mode", list(QUESTIONS))
def test_what_is_explained_are_the_passages_that_a_search_in_this_mode_finds(rag: GraphRAG, mode: str) -> None:
    question = QUESTIONS[mode][1]
    found = rag.search(question, k=3, mode=mode).passages
    first, last = found[0].chunk.document_id, rag.search(question, k=200, mode=mode).passages[-1].chunk.document_id
    told = rag.explain(question, k=3, mode=mode, why_not=first)
    assert [(p["chunk_id"], p["score"]) for p in told["passages"]] == [(p.chunk.id, p.score) for p in found]
    assert told["why_not"]["class"] == "returned"
    assert last not in {p.chunk.document_id for p in found}
    why = rag.explain(question, k=3, mode=mode, why_not=last)["why_not"]
    assert why["class"] == "ranked low" and f"at rank {why['rank']}" in why["say"] and why["rank"] > 3
    cited = {p.chunk.document_id for p in rag.search(question, k=200, mode=mode).passages}
    away = next(document.id for document in rag.store.documents() if document.id not in cited)
    assert rag.explain(question, k=3, mode=mode, why_not=away)["why_not"]["class"] == "not cited"
    assert rag.explain(question, mode=mode, why_not="nothing")["why_not"]["class"] == "unknown document"


def test_a_global_answer_names_the_reports_behind_its_passages(rag: GraphRAG, store: Workspace) -> None:
    known = {f"report {report.community_id}": report for report in store.reports()}
    answer = rag.ask(GENERAL, mode="global", k=50)
    assert {quote.chunk_id for quote in answer.citations} == {found.chunk.id for found in answer.evidence}
    for found in answer.evidence:
        cited = {quote for report in found.found_by for f in known[report].findings for quote in f.quotes}
        assert set(found.quotes) <= cited


def test_auto_says_which_way_it_took_and_a_mode_overrides_it(rag: GraphRAG) -> None:
    assert rag.ask(GENERAL).plan.kind == "global"
    assert rag.ask("Tell me about Alfred Hitchcock").plan.kind == "local"
    assert rag.ask("Who is the mother of Edward IV?").plan.kind in ("plain", "multi-hop")
    assert rag.ask(GENERAL, mode="basic").plan.kind == "plain"
    assert rag.ask("Who is the mother of Edward IV?", mode="drift").plan.kind == "drift"


def test_a_level_is_kept_and_another_level_says_something_else(rag: GraphRAG, store: Workspace) -> None:
    level_of = {f"report {community.id}": community.level for community in store.communities()}
    answers = [rag.ask(GENERAL, mode="global", k=50, level=level) for level in (0, 2)]
    for level, answer in zip((0, 2), answers, strict=True):
        assert {level_of[report] for found in answer.evidence for report in found.found_by} == {level}
    assert answers[0].text != answers[1].text


@pytest.mark.parametrize("mode", ["global", "local", "drift"])
def test_a_filter_holds(rag: GraphRAG, texts: dict[str, str], mode: str) -> None:
    allowed = rag.search("film director", k=1).passages[0].chunk.document_id
    answer = rag.ask("Tell me about the film director", mode=mode, filters={"id": allowed})
    assert {quote.document_id for quote in answer.citations} <= {allowed}
    assert not rag.ask("films", mode=mode, filters={"id": "no such document"}).found


@pytest.mark.parametrize("mode", ["global", "local", "drift"])
def test_what_no_document_says_is_not_found(rag: GraphRAG, mode: str) -> None:
    answer = rag.ask("Which quarks decay slowest?", mode=mode)
    assert (answer.text, answer.citations, answer.evidence, answer.confidence) == ("", (), (), 0.0)


@pytest.mark.parametrize("mode", ["global", "local", "drift"])
@pytest.mark.parametrize("question", ["?", "§", "the " * 2000, "主题是什么", "\x00\u202e"])
def test_odd_questions_are_answered_or_not(rag: GraphRAG, mode: str, question: str) -> None:
    assert rag.ask(question, mode=mode).plan.kind == mode


@pytest.mark.parametrize("mode", ["global", "local", "drift"])
def test_searching_gives_the_cited_passages(rag: GraphRAG, mode: str) -> None:
    result = rag.search("silent films", mode=mode, k=3)
    assert 1 <= len(result.passages) <= 3
    assert result.plan.kind == mode
    assert all(found.quotes for found in result.passages)


@pytest.mark.parametrize("mode", ["global", "local", "drift"])
def test_an_explanation_tells_what_the_answer_says(rag: GraphRAG, mode: str) -> None:
    question = QUESTIONS[mode][1]
    explained = json.loads(json.dumps(rag.explain(question, mode=mode)))["overview"]
    answer = rag.ask(question, mode=mode)
    assert (explained["mode"], explained["confidence"]) == (mode, answer.confidence)
    quoted = [
        quote["quote"]
        for section in explained["sections"]
        for said in section["statements"]
        for quote in said["quotes"]
    ]
    assert {quote.text for quote in answer.citations} == set(quoted)


def test_an_explanation_of_a_global_answer_goes_down_the_tree(rag: GraphRAG, store: Workspace) -> None:
    parent = {str(community.id): community.parent for community in store.communities()}
    reports = rag.explain("Which directors worked across countries?", mode="global")["overview"]["reports"]
    divided = {report["community_id"] for report in reports["divided"]}
    assert reports["words"] and divided
    assert all(
        parent[report["community_id"]] is None or parent[report["community_id"]] in divided
        for report in reports["read"]
    )
    assert rag.explain(GENERAL, mode="global")["overview"]["reports"]["by_importance"]
    levels = rag.explain("silent films", mode="global", level=2)["overview"]["reports"]["read"]
    assert {report["level"] for report in levels} == {2}


def test_a_question_for_passages_has_no_overview(rag: GraphRAG) -> None:
    assert "overview" not in rag.explain("Who directed Under The Cards?")


def test_half_a_second_is_enough(rag: GraphRAG) -> None:
    times = []
    for question in QUESTIONS["global"] * 3:
        started = time.perf_counter()
        rag.ask(question, mode="global")
        times.append(time.perf_counter() - started)
    assert statistics.median(times) < 0.5


def test_a_corpus_without_communities_falls_back_to_passages(tmp_path: Path) -> None:
    with GraphRAG.create(tmp_path / "small") as rag:
        rag.build([Document(DocumentId("one"), "Tides", "The tide rises twice a day.")], workers=1)
        for mode in ("global", "drift"):
            assert not rag.ask(GENERAL, mode=mode).found
        assert rag.ask("What are the main themes?").plan.kind == "plain"
        rag.build([], workers=1)
        for mode in ("global", "drift", "local"):
            assert not rag.ask(GENERAL, mode=mode).found


def _said(document: str, start: int, text: str, score: float) -> Statement:
    quote = Quote(DocumentId(document), ChunkId("c"), Span(start, start + len(text)), text)
    return Statement(text, (quote,), score)


def test_composed_text_numbers_each_citation_once() -> None:
    one, two = _said("a", 0, "First\n thing.", 1.0), _said("a", 20, "Second.", 0.5)
    text, citations = compose([Section("A title", (one, two)), Section("None", ()), Section("Again", (one,))])
    assert text == "A title\nFirst thing. [1] Second. [2]\n\nAgain\nFirst thing. [1]"
    assert citations == (*one.quotes, *two.quotes)


def test_overlapping_statements_are_said_once_and_the_best_fit_the_budget() -> None:
    long, part, other = _said("a", 0, "x " * 40, 0.2), _said("a", 10, "part", 0.9), _said("b", 0, "other one", 0.8)
    sections = distinct([Section("1", (long,)), Section("2", (part, other))])
    assert [section.statements for section in sections] == [(long,), (other,)]
    assert [section.statements for section in within_budget(sections, 5)] == [(other,)]
    assert [section.statements for section in within_budget([Section("1", (long,))], 1)] == [(long,)]
    assert within_budget([], 10) == []


def _corpus(kind: str) -> list[Document]:
    """Return documents whose graph is awkward."""
    if kind == "no edges":
        texts = {f"d{i}": f"It rained on day {i} and nobody came." for i in range(20)}
    elif kind == "dust":
        texts = {
            f"d{i}": f"Ada{i} Stone{i} was born in Port{i}. Ada{i} Stone{i} met Bruno{i} Klein{i} in Port{i}."
            for i in range(20)
        }
    elif kind == "star":
        texts = {f"d{i}": f"Film{i} Nights is a film directed by Ada Stone. Ada Stone shot it." for i in range(120)}
    else:
        long = "and a great many other people of the town whom nobody has ever counted " * 6
        texts = {f"d{i}": f"Ada Stone met Bruno{i} Klein in Rome {long}in 19{i % 90 + 10}." for i in range(40)}
    return [Document(DocumentId(key), f"Title {key}", text) for key, text in texts.items()]


@pytest.mark.parametrize("kind", ["no edges", "dust", "star", "above the budget"])
def test_awkward_corpora_are_answered_within_the_budget(tmp_path: Path, kind: str) -> None:
    documents = _corpus(kind)
    texts = {document.id: document.text for document in documents}
    with GraphRAG.create(tmp_path / "workspace") as rag:
        report = rag.build(documents, workers=1)
        for mode in ("global", "local", "drift"):
            answer = rag.ask("What do the documents say about Ada Stone?", mode=mode)
            general = rag.ask(GENERAL, mode=mode)
            for quote in (*answer.citations, *general.citations):
                assert texts[quote.document_id][quote.span.start : quote.span.end] == quote.text
            assert sum(token_estimate(quote.text) for quote in general.citations) <= 1200
            assert mode == "local" or general.found == (report.reports > 0)
