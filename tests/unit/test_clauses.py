"""Clauses of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrag.retrieval.clauses import split_clauses
from graphrag.text import words


@pytest.mark.parametrize(
    ("question", "clauses"),
    [
        ("Who wrote the book?", []),
        (
            "Who leads the opposition in the country where Buyende is located?",
            ["Who leads the opposition in the country", "where Buyende is located"],
        ),
        (
            "Where are red lizards found, in the country with the party that Ada Lovelace joined?",
            ["Where are red lizards found", "in the country with the party", "that Ada Lovelace joined"],
        ),
    ],
)
def test_each_relative_clause_stands_alone(question: str, clauses: list[str]) -> None:
    assert split_clauses(question) == clauses


def test_a_short_piece_stays_with_the_one_before() -> None:
    assert split_clauses("Which old bridge crosses the river, who built it?") == []


@given(st.text(max_size=400))
def test_any_text_gives_few_clauses_of_its_own_words(question: str) -> None:
    clauses = split_clauses(question)
    assert len(clauses) <= 4 and len(clauses) != 1
    assert set(words(" ".join(clauses))) <= set(words(question))


def test_a_very_long_question_gives_its_longest_clauses() -> None:
    question = (
        ", ".join(f"that tiny thing {i}" for i in range(3000)) + ", which grand old castle stands over there today"
    )
    clauses = split_clauses(question)
    assert len(clauses) == 4 and clauses[-1].startswith("which grand old castle")
