"""The columns that reports are made of: what their numbers change with, and the years and sentences read from them."""

import numpy as np
import pytest

from graphrag.communities.columns import Columns
from graphrag.communities.numbers import distinct, id_numbers, mixed, runs, starts_of, summed
from graphrag.communities.units import Units
from graphrag.communities.years import years_of
from graphrag.passages import Passages
from graphrag.types import (
    About,
    Chunk,
    ChunkId,
    DocumentId,
    Entity,
    EntityId,
    EntityMention,
    Fact,
    FactId,
    Quote,
    Span,
)

TEXT = "Oh! Calcutta is a revue by Ada Bell. She wrote it in Rome. Ada Bell met Carl Dorn there."
SENTENCES = ("Oh!", "Calcutta is a revue by Ada Bell.", "She wrote it in Rome.", "Ada Bell met Carl Dorn there.")
NAMES = ["Ada Bell", "Calcutta", "Carl Dorn", "Rome"]


def chunk(text: str = TEXT, sentences: tuple[str, ...] = SENTENCES, position: int = 0, document: str = "d") -> Chunk:
    spans = tuple(Span(text.index(one), text.index(one) + len(one)) for one in sentences)
    return Chunk(
        ChunkId(f"c{document}{position}"), DocumentId(document), position, Span(0, len(text)), text, "T", "", spans
    )


def mention(name: str, start: int, of: Chunk) -> EntityMention:
    return EntityMention(EntityId(name), of.id, of.document_id, Span(start, start + len(name)), name, "ner")


def fact(number: int, value: str, when: str = "", target: str | None = None, quotes: tuple[Quote, ...] = ()) -> Fact:
    side = None if target is None else EntityId(target)
    return Fact(FactId(f"f{number}"), EntityId("Ada Bell"), "wrote", side, value, when, 1.0, quotes)


def columns(one: Chunk, mentions: list[EntityMention], facts: list[Fact], abouts: list[About]) -> Columns:
    entities = [Entity(EntityId(name), name, "PERSON" if " " in name else "GPE", (), "", 1) for name in NAMES]
    return Columns(entities, facts, mentions, abouts, Passages.of([one]))


def made(one: Chunk, *, about: bool = True, facts: int = 1, shift: int = 0) -> Columns:
    mentions = [mention(name, TEXT.index(name) + shift, one) for name in NAMES]
    mentions.append(mention("Ada Bell", TEXT.rindex("Ada Bell"), one))
    quote = Quote(one.document_id, one.id, Span(59, 88), "Ada Bell met Carl Dorn there.")
    abouts = [About(EntityId("Ada Bell"), one.document_id, 1.0, "title")] if about else []
    return columns(one, mentions, [fact(n, "x", target="Carl Dorn", quotes=(quote,)) for n in range(facts)], abouts)


def number(one: Columns, facts: int = 1) -> int:
    ids = id_numbers(NAMES)
    return int(one.chunk_numbers(ids, id_numbers([f"f{n}" for n in range(facts)]))[0])


def test_units_are_sentences_that_stand_alone_with_what_they_name() -> None:
    one = chunk()
    units = Units(made(one), Passages.of([one]), np.array([0]))
    # "Calcutta …" lost its mark to the title, and "She …" points back at it.
    assert [quote.text for quote in units.quotes(np.arange(len(units.chunk)))] == ["Ada Bell met Carl Dorn there."]
    assert units.places(np.array([0])) == ((one.id, 3, 3),)
    assert [NAMES[row] for row in units.names[1]] == ["Ada Bell", "Carl Dorn"]
    assert units.facts[1].tolist() == [0]
    assert units.defines[1].tolist() == []  # the document's lead is the sentence about "she"
    assert units.naming(np.array([0]), np.array([False, True, False, True])).tolist() == []
    assert units.naming(np.array([0]), np.array([False, False, True, False])).tolist() == [0]


def test_a_sentence_that_points_back_is_a_unit_with_the_one_before() -> None:
    text = "Ada Bell is a writer of many books. She lives in Rome with Carl Dorn."
    one = chunk(text, ("Ada Bell is a writer of many books.", "She lives in Rome with Carl Dorn."))
    mentions = [mention(name, text.index(name), one) for name in ("Ada Bell", "Rome", "Carl Dorn")]
    about = About(EntityId("Ada Bell"), one.document_id, 1.0, "title")
    units = Units(columns(one, mentions, [], [about]), Passages.of([one]), np.array([0]))
    assert units.places(np.arange(2)) == ((one.id, 0, 0), (one.id, 0, 1))
    assert units.quotes(np.array([1]))[0].text == text
    assert np.diff(units.names[0]).tolist() == [1, 3]
    assert (units.defines[0].tolist(), units.defines[1].tolist()) == ([0, 1, 1], [NAMES.index("Ada Bell")])


def test_the_number_of_a_chunk_changes_with_all_that_its_sentences_give() -> None:
    same = number(made(chunk()))
    assert number(made(chunk())) == same
    others = [
        number(made(chunk(position=1))),
        number(made(chunk(document="e"))),
        number(made(chunk(TEXT + " "))),
        number(made(chunk(sentences=SENTENCES[:3]))),
        number(made(chunk(), about=False)),
        number(made(chunk(), facts=2), facts=2),
        number(made(chunk(), shift=1)),
    ]
    assert len({same, *others}) == 1 + len(others)


@pytest.mark.parametrize(
    ("facts", "years"),
    [
        ([], []),
        ([fact(0, "in 1951 and 1949")], [[1949, 1951]]),
        ([fact(0, "1951", target="Rome")], [[0, 0]]),  # the value is an entity's name
        (
            [fact(0, "1951", when="2001", target="Rome"), fact(1, "x", when="May"), fact(2, "1,951")],
            [[2001, 2001], [0, 0], [0, 0]],
        ),
        ([fact(0, "a 19"), fact(1, "51 in 1802")], [[0, 0], [1802, 1802]]),  # no year across two facts
    ],
)
def test_years_of_facts(facts: list[Fact], years: list[list[int]]) -> None:
    assert years_of(facts).tolist() == years


def test_numbers_change_with_every_column_and_not_with_the_order_of_what_is_summed() -> None:
    one, other = id_numbers(["a", "b"])
    assert one != other
    assert id_numbers(["entity-long-enough-for-several-words", "a"])[1] == one
    assert len(set(mixed(np.array([1, 2, 1, 2]), np.array([2, 1, 1, 2])).tolist())) == 4
    items = mixed(np.arange(6))
    starts = starts_of(np.array([0, 0, 0, 2, 2, 2]), 3)
    sums = summed(items, starts)
    assert sums[0] == items[[2, 0, 1]].sum() and sums[1] == 0 and sums[2] == items[3:].sum()
    assert runs(starts, np.array([2, 0])).tolist() == [3, 4, 5, 0, 1, 2]
    assert distinct(np.array([3, 1, 3])).tolist() == [1, 3]
    assert distinct(np.zeros(0, dtype=np.int64)).tolist() == []
