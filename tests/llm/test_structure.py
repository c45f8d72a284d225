"""What is made of JSON in replies: wrapped, broken, cut, or of another shape."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from graphrag.llms.structure import parse, schema_of


class City(BaseModel):
    name: str
    parts: list[str] = []


GOOD = json.dumps({"name": 'King\'s "Lynn" {x} [y]', "parts": ["a, b", "c: 'd'"]})


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here: {GOOD} Done.",
        f'<thinking>{{"name": 3}}</thinking>\n{GOOD}',
        f"[{GOOD}]",
        json.dumps(GOOD),
        GOOD[:-1] + ",\n}",
    ],
)
def test_a_whole_reply_is_read(text: str) -> None:
    value, repaired = parse(text, City)
    assert value == City(name='King\'s "Lynn" {x} [y]', parts=["a, b", "c: 'd'"])
    assert repaired == (text not in (GOOD, f"[{GOOD}]", json.dumps(GOOD)))


@pytest.mark.parametrize("end", range(1, len(GOOD)))
def test_a_reply_that_lost_its_end_is_never_taken_for_whole(end: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(GOOD[:end], City)


@pytest.mark.parametrize("text", ["", "no", "[]", "{}", "null", "3", '"text"', "{'name': 3}", "[1, 2]", "{" * 10_000])
def test_what_is_no_such_object_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse(text, City)


@given(st.text(max_size=200))
def test_any_text_gives_an_object_or_a_reason(text: str) -> None:
    try:
        value, _ = parse(text, City)
        assert isinstance(value, City)
    except ValueError as error:
        assert str(error)


def test_the_schema_that_is_sent_is_strict() -> None:
    class Outer(BaseModel):
        inner: City
        note: str = "x"

    schema = schema_of(Outer)
    assert schema["required"] == ["inner", "note"] and schema["additionalProperties"] is False
    assert schema["$defs"]["City"]["additionalProperties"] is False
    assert "default" not in schema["properties"]["note"]
