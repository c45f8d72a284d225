"""Scores agree with a reference implementation, and files that cannot be used are refused by name."""

import json
import math
from pathlib import Path

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, nDCG

from graphrag.errors import InputError
from graphrag.evaluation import (
    Outcome,
    Question,
    answer_scores,
    bootstrap_interval,
    compare,
    distinct,
    evaluate,
    normalise_answer,
    paired_test,
    ranking_scores,
    read_questions,
    read_results,
    results_of,
    summarise,
    write_results,
)

ids = st.lists(st.sampled_from([f"d{n}" for n in range(15)]), max_size=15)
gold = st.sets(st.sampled_from([f"d{n}" for n in range(15)]), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(ids, gold)
def test_ranking_scores_agree_with_ir_measures(ranked: list[str], wanted: set[str]) -> None:
    order = distinct(ranked)
    qrels = [ir_measures.Qrel("q", document, 1) for document in wanted]
    run = [ir_measures.ScoredDoc("q", document, -float(rank)) for rank, document in enumerate(order)]
    ours = ranking_scores(ranked, wanted)
    if not run:
        assert set(ours.values()) == {0.0}
        return
    measures = {"recall@2": R @ 2, "recall@5": R @ 5, "recall@10": R @ 10, "mrr": RR, "ndcg@10": nDCG @ 10}
    theirs = ir_measures.calc_aggregate(list(measures.values()), qrels, run)
    for name, measure in measures.items():
        assert ours[name] == pytest.approx(theirs[measure], abs=1e-9), name


@given(ids, gold)
def test_scores_are_shares_and_grow_with_the_cut(ranked: list[str], wanted: set[str]) -> None:
    scores = ranking_scores(ranked, wanted)
    assert all(0 <= value <= 1 for value in scores.values())
    assert scores["recall@2"] <= scores["recall@5"] <= scores["recall@10"]
    assert (scores["all_gold@5"] == 1) == (scores["recall@5"] == 1)


def test_a_document_counts_once_at_its_best_passage() -> None:
    assert ranking_scores(["a", "a", "a", "a", "a", "b"], {"b"})["recall@2"] == 1


def test_answers_are_compared_as_squad_does() -> None:
    assert normalise_answer("The  Mid-Atlantic, a (test)!") == "midatlantic test"
    assert answer_scores("the Paris", ["London", "Paris."]) == {"em": 1.0, "f1": 1.0}
    scores = answer_scores("born in Paris", ["Paris, France"])
    assert scores["em"] == 0
    assert scores["f1"] == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert answer_scores("", ["Paris"]) == {"em": 0.0, "f1": 0.0}
    assert answer_scores("a a b", ["a b b b"])["f1"] == pytest.approx(2 * (1 / 1) * (1 / 3) / (1 / 1 + 1 / 3))


@given(st.text(max_size=30))
def test_an_accepted_answer_scores_full(text: str) -> None:
    assert answer_scores(text, ["other", text]) == {"em": 1.0, "f1": 1.0}
    assert normalise_answer(normalise_answer(text)) == normalise_answer(text)


def test_bootstrap_interval_is_seeded_and_covers_the_mean() -> None:
    values = [0.0] * 30 + [1.0] * 70
    low, high = bootstrap_interval(values)
    assert (low, high) == bootstrap_interval(values)
    # The normal approximation of a mean of 100 draws at p = .7 is .7 ± 1.96 · .0458.
    assert low == pytest.approx(0.61, abs=0.02)
    assert high == pytest.approx(0.79, abs=0.02)
    assert bootstrap_interval([0.5]) == (0.5, 0.5)


def test_paired_test_tells_a_difference_from_none() -> None:
    same = paired_test([0.2, 0.4, 0.9], [0.2, 0.4, 0.9])
    assert (same["difference"], same["p"]) == (0, 1)
    better = paired_test([0.0] * 40, [1.0] * 30 + [0.0] * 10)
    assert better["difference"] == 0.75
    assert better["p"] < 0.001
    worse = paired_test([1.0] * 30 + [0.0] * 10, [0.0] * 40)
    assert worse["difference"] == -0.75
    assert worse["p"] == pytest.approx(better["p"], abs=0.001)
    with pytest.raises(ValueError, match="one length"):
        paired_test([1.0], [1.0, 0.0])


def test_paired_test_agrees_with_all_sign_flips() -> None:
    first, second = [0.1, 0.5, 0.3, 0.9, 0.2, 0.6], [0.4, 0.6, 0.2, 1.0, 0.7, 0.8]
    differences = np.array(second) - np.array(first)
    flips = np.array([[1 if mask >> bit & 1 else -1 for bit in range(6)] for mask in range(64)])
    exact = (np.abs((flips * differences).mean(axis=1)) >= abs(differences.mean()) - 1e-12).mean()
    assert paired_test(first, second)["p"] == pytest.approx(exact, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20))
def test_p_is_a_share_and_the_interval_holds_the_difference(pairs: list[tuple[float, float]]) -> None:
    test = paired_test([a for a, _ in pairs], [b for _, b in pairs])
    assert 0 < test["p"] <= 1
    assert math.isclose(test["difference"], test["b"] - test["a"], abs_tol=1e-9)
    assert test["low"] - 1e-9 <= test["high"]


def _outcomes() -> list[Outcome]:
    questions = [
        Question("q2", "second", "bridge", ("Rome",), ("b",)),
        Question("q1", "first", "compare", ("Paris",), ("a", "c")),
        Question("q3", "third", "bridge", (), ("z",)),
    ]
    rankings = {"first": ["a", "b", "c"], "second": ["a", "a", "b"], "third": []}
    answers = {"first": "Paris", "second": "", "third": "x"}
    return evaluate(questions, rankings.__getitem__, answers.__getitem__)


def test_evaluate_and_summarise() -> None:
    outcomes = _outcomes()
    assert [outcome.ranked for outcome in outcomes] == [("a", "b"), ("a", "b", "c"), ()]
    summary = summarise(outcomes)
    assert summary["all"]["recall@5"]["mean"] == pytest.approx(2 / 3)
    assert summary["all"]["mrr"]["mean"] == pytest.approx((0.5 + 1 + 0) / 3)
    assert summary["all"]["em"] == {"mean": 0.5, "low": 0.0, "high": 1.0, "n": 2}
    assert summary["types"]["bridge"]["questions"] == 2
    assert summary["types"]["bridge"]["recall@5"]["mean"] == 0.5
    assert summary["answers"] == {"answered": 2, "refused": 1}
    assert summary["search_ms"]["median"] >= 0
    shuffled = summarise(outcomes[::-1])
    assert shuffled["all"] == summary["all"]


def test_results_round_trip_and_compare(tmp_path: Path) -> None:
    results = results_of(_outcomes(), {"mode": "auto"})
    write_results(tmp_path / "a.json", results)
    read = read_results(tmp_path / "a.json")
    assert read["mode"] == "auto"
    assert [row["scores"] for row in read["questions"]] == [row["scores"] for row in results["questions"]]
    shorter = {**read, "questions": read["questions"][:2]}
    compared = compare(read, shorter)
    assert (compared["questions"], compared["only_a"], compared["only_b"]) == (2, 1, 0)
    assert compared["metrics"]["mrr"]["p"] == 1
    with pytest.raises(InputError, match="no question in common"):
        compare(read, {**read, "questions": []})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"id": "a"}', "no list"),
        ("[1]", "entry 1 is no object"),
        ('[{"question": "x"}]', "entry 1 has no id"),
        ('[{"id": "a", "question": " "}]', "'a'.*has no question"),
        ('[{"id": "a", "question": "x"}, {"id": "a", "question": "y"}]', "'a' more than once"),
        ('[{"id": "a", "question": "x", "gold": "d1"}]', "gold is no list"),
        ('[{"id": "a", "question": "x"}]', "neither gold nor answers"),
        ("[]", "it is empty"),
    ],
)
def test_a_bad_question_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "questions.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_questions(path, scored=True)


def test_question_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.json cannot be read"):
        read_questions(tmp_path / "missing.json")
    (tmp_path / "latin.json").write_bytes(b'[{"id": "a", "question": "caf\xe9"}]')
    with pytest.raises(InputError, match="not UTF-8"):
        read_questions(tmp_path / "latin.json")


def test_questions_keep_what_is_known_and_ignore_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "questions.json"
    path.write_text(json.dumps([{"id": 7, "question": "x?", "hops": 3, "gold": ["a", "a"]}]), encoding="utf-8-sig")
    questions = read_questions(path)
    assert questions == [Question(7, "x?", gold=("a",))]
    results = results_of(evaluate(questions, lambda _: ["a"]), {})
    assert results["questions"][0]["id"] == 7
    older = json.loads(json.dumps(results).replace('"id": 7', '"id": "7"'))
    assert compare(older, results)["questions"] == 1
    path.write_text(json.dumps([{"id": 7, "question": "x?"}, {"id": "7", "question": "y?"}]), encoding="utf-8")
    with pytest.raises(InputError, match="more than once"):
        read_questions(path)


@pytest.mark.parametrize("text", ["[]", "{}", '{"questions": [], "version": 9}', '{"version": 1, "questions": [{}]}'])
def test_a_file_that_is_no_results_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="results file"):
        read_results(path)
