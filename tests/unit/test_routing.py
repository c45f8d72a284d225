"""Which way questions go: a labelled set of several domains, half of which the rules were never fitted to."""

import json
from pathlib import Path

import pytest

from graphrag.answering.plan import analyse
from graphrag.answering.routing import GLOBAL, LOCAL, PASSAGES, route
from graphrag.types import Span

LABELLED = json.loads((Path(__file__).parents[1] / "data" / "routing.json").read_text(encoding="utf-8"))


def _routed(question: str) -> str:
    return route(question, analyse(question))


def _share(rows: list[dict[str, object]]) -> float:
    right = [_routed(str(r["question"])) == (r["route"] if r["route"] in (LOCAL, GLOBAL) else PASSAGES) for r in rows]
    return sum(right) / len(right)


def test_the_labelled_set_is_large_and_varied() -> None:
    assert len({row["question"] for row in LABELLED}) == len(LABELLED) >= 120
    for kind in ("plain", "multi-hop", "local", "global"):
        assert sum(row["route"] == kind for row in LABELLED) >= 30


def test_nine_of_ten_held_back_questions_go_the_right_way() -> None:
    held = [row for row in LABELLED if row["held_back"]]
    assert len(held) >= 60
    assert _share(held) >= 0.9


@pytest.mark.parametrize("kind", ["plain", "multi-hop", "local", "global"])
def test_no_kind_is_right_at_the_cost_of_another(kind: str) -> None:
    assert _share([row for row in LABELLED if row["route"] == kind]) >= 0.85


def test_multi_hop_questions_of_the_samples_stay_with_passages(samples: Path) -> None:
    questions = [
        row["question"]
        for name in ("2wiki/questions.json", "notes-questions.json")
        for row in json.loads((samples / name).read_text(encoding="utf-8"))
    ]
    assert len(questions) > 20
    assert [question for question in questions if _routed(question) != PASSAGES] == []


@pytest.mark.parametrize("question", ["Who is Charles Babbage?", "What was the Analytical Engine?", "Who are ABBA"])
def test_what_only_names_a_thing_is_about_all_of_it(question: str) -> None:
    assert _routed(question) == LOCAL


def test_a_name_makes_the_difference() -> None:
    assert _routed("What do the documents say about climate?") == GLOBAL
    assert _routed("What do the documents say about Climeworks Iceland?") == LOCAL
    known = analyse("tell me about climeworks", [(Span(14, 24), "Climeworks")])
    assert route("tell me about climeworks", known) == LOCAL


@pytest.mark.parametrize(
    "question",
    [
        "What inhibits the protein that inhibits p53?",
        "What inhibits p53?",
        "Which kinases phosphorylate brca1?",
        "What causes the disease that quinine treats?",
    ],
)
def test_a_question_about_one_thing_stays_with_passages(question: str) -> None:
    assert _routed(question) == PASSAGES


@pytest.mark.parametrize(
    "question", ["", "?", "§", "§ § §", "what " * 5000, "x" * 20000, "\x00 themes\ud800", "主题是什么?"]
)
def test_odd_questions_go_somewhere(question: str) -> None:
    assert _routed(question) in (PASSAGES, LOCAL, GLOBAL)


def test_the_meaning_of_a_common_noun_stays_with_passages_also_where_a_document_has_its_name() -> None:
    def named(question: str, name: str) -> str:
        start = question.index(name)
        return route(question, analyse(question, [(Span(start, start + len(name)), name)]))

    assert named("What is a sluice?", "sluice") == PASSAGES
    assert named("What is the Sluice?", "Sluice") == LOCAL
