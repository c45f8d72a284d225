"""Follow-up questions without an LLM: pronouns become the names they stand for."""

import pytest

from graphrag import GraphRAG
from graphrag.answering.condense import Thing, Turn, standalone
from graphrag.errors import InputError
from graphrag.types import Span

KNOWN = {"André Cayatte": "PERSON", "Under the Cards": "WORK_OF_ART", "Carcassonne": "GPE", "Ada Lovelace": "PERSON"}
TURN: Turn = ("Who directed Under the Cards?", "André Cayatte")


def things(text: str) -> list[Thing]:
    found = [Thing(name, label, Span(text.index(name), text.index(name) + len(name)))
             for name, label in KNOWN.items() if name in text]  # fmt: skip
    return sorted(found, key=lambda thing: thing.span)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Where was he born?", "Where was André Cayatte born?"),
        ("Who was his father?", "Who was André Cayatte's father?"),
        ("Who married her?", "Who married André Cayatte?"),
        ("When was it released?", "When was Under the Cards released?"),
        ("Who stars in its sequel?", "Who stars in Under the Cards's sequel?"),
        ("And Ada Lovelace?", "Who directed Ada Lovelace?"),
        ("What about Seven Women?", "Who directed Seven Women?"),
        ("And where was he born?", "And where was André Cayatte born?"),
        ("Was Ada Lovelace older than her mother?", "Was Ada Lovelace older than her mother?"),
        ("Are there other films?", "Are there other films?"),
        ("Which films are about trains?", "Which films are about trains?"),
    ],
)
def test_a_follow_up_stands_alone(question: str, meant: str) -> None:
    assert standalone(question, [TURN], things) == meant


def test_a_place_is_there_and_the_nearest_turn_wins() -> None:
    history = [TURN, ("Where was he born?", "Carcassonne")]
    assert standalone("Who else was born there?", history, things) == "Who else was born in Carcassonne?"
    assert standalone("What is it known for?", history, things) == "What is Carcassonne known for?"
    assert standalone("When did he die?", history, things) == "When did André Cayatte die?"


def test_without_history_nothing_changes() -> None:
    assert standalone("Where was he born?", [], things) == "Where was he born?"
    assert standalone("Where was he born?", [("?", "")], lambda _: []) == "Where was he born?"


def test_a_conversation_on_the_sample(sample_workspace: object) -> None:
    with GraphRAG.open(str(sample_workspace)) as rag:
        first = rag.ask("Who directed Under The Cards?")
        second = rag.ask("Where was he born?", history=[(first.question, first.text)])
        assert (first.text, second.text) == ("André Cayatte", "Carcassonne")
        assert second.question == "Where was André Cayatte born?"
        with pytest.raises(InputError, match="no style 'verbose'; styles: short, long"):
            rag.ask("Who?", style="verbose")
