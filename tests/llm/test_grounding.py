"""From words to places: quotes found exactly, up to white space and case, nearly, or not at all."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrag.errors import InputError, RecipeError
from graphrag.extraction.aligning import find_all, find_quote
from graphrag.extraction.doubt import doubt, most_doubtful
from graphrag.extraction.from_file import FromFile
from graphrag.extraction.grounding import Claim, Dropped, Named, ground, predicate_of
from graphrag.text import sentence_spans
from graphrag.types import Chunk, ChunkId, DocumentId, Extraction, Mention, Span, Term, Triple

NOTHING = Extraction((), ())
TEXT = (
    "Ada Lovelace was born in London in 1815. She wrote notes on the “Analytical Engine”. "
    "Charles  Babbage\nadmired the countess of Lovelace."
)


def chunk(text: str = TEXT, title: str = "Ada Lovelace", start: int = 0, identity: str = "d") -> Chunk:
    sentences = tuple(span.shift(start) for span in sentence_spans(text))
    return Chunk(ChunkId("c"), DocumentId(identity), 0, Span(start, start + len(text)), text, title, "", sentences)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("born in London", "born in London"),
        ("BORN IN  london", "born in London"),
        ('the "Analytical Engine"', "the “Analytical Engine”"),
        ("Charles Babbage admired", "Charles  Babbage\nadmired"),
        ("She wrote note on the Analytical Engine", None),  # the marks and the plural are two slips, and still near
        ("born in Londn in 1815", "born in London in 1815"),
        ("admired the count of Monte Cristo", None),
        ("Lond", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_quote_is_found_where_it_stands(quote: str, found: str | None) -> None:
    span = find_quote(quote, TEXT)
    got = TEXT[span.start : span.end] if span else None
    assert got == found or (found is None and got is not None and got.startswith("She wrote notes on the"))


@given(st.text(alphabet="abc İß“’\n", max_size=60), st.text(alphabet="abc İß”'", max_size=30))
def test_what_is_found_lies_in_the_text(text: str, quote: str) -> None:
    for span in [*find_all(quote, text), *([find_quote(quote, text)] if find_quote(quote, text) else [])]:
        assert span is not None and 0 <= span.start < span.end <= len(text)


def test_all_places_of_a_name_are_found_and_no_part_of_a_word() -> None:
    assert [TEXT[s.start : s.end] for s in find_all("lovelace", TEXT)] == ["Lovelace", "Lovelace"]
    assert find_all("love", TEXT) == []


def grounded(*claims: Claim, names: tuple[Named, ...] = (), of: Chunk | None = None) -> tuple[Extraction, Dropped]:
    dropped: Dropped = Counter()
    return ground(of or chunk(), NOTHING, names, claims, dropped), dropped


def test_what_the_text_does_not_say_is_dropped_and_counted() -> None:
    reading, dropped = grounded(
        Claim("Ada Lovelace", "born in", "London", "was born in London in 1815"),
        Claim("Ada Lovelace", "born in", "Paris", "was born in Paris"),
        Claim("Grace Hopper", "admired", "Lovelace", "admired the countess of Lovelace"),
        Claim("", "admired", "Lovelace"),
        names=(Named("Ada Lovelace", "person"), Named("Alan Turing", "person")),
    )
    [triple] = reading.triples
    assert (triple.subject.text, triple.predicate, triple.object.text) == ("Ada Lovelace", "born in", "London")
    assert [mention.text for mention in reading.mentions] == ["Ada Lovelace"]
    assert reading.mentions[0].label == "PERSON"
    assert dropped == {
        "statements that no sentence supports": 1,
        "statements with a side that the text does not say": 1,
        "statements that lack a side": 1,
        "names that the text does not say": 1,
    }


def test_a_pronoun_stands_for_a_name_said_before_or_for_the_title() -> None:
    claim = Claim("Ada Lovelace", "wrote notes on", "Analytical Engine", "She wrote notes on the Analytical Engine")
    [triple] = grounded(claim)[0].triples
    assert triple.subject == Term(Span(TEXT.index("She"), TEXT.index("She") + 3), "Ada Lovelace")
    later = chunk("She wrote notes on engines.", start=500)
    [of_title] = grounded(Claim("Ada Lovelace", "noted", "notes on engines"), of=later)[0].triples
    assert of_title.subject.text == "Ada Lovelace" and of_title.sentence == Span(0, 27)
    assert grounded(Claim("Grace Hopper", "wrote", "notes on engines"), of=later)[0].triples == ()


def test_a_date_is_kept_only_as_the_text_has_it() -> None:
    claims = (
        Claim("Ada Lovelace", "born in", "London", when="1815"),
        Claim("Ada Lovelace", "admired by", "Charles Babbage", "admired the countess of Lovelace", when="1843"),
    )
    reading, dropped = grounded(*claims)
    assert [triple.when for triple in reading.triples] == ["1815", ""]
    assert dropped["dates that the text does not say"] == 1


def test_every_span_says_what_it_is_said_to_say() -> None:
    reading, _ = grounded(
        Claim("Charles Babbage", "admired", "Lovelace"), names=(Named("Charles Babbage"), Named("London", "city"))
    )
    for mention in reading.mentions:
        assert " ".join(TEXT[mention.span.start : mention.span.end].split()) == mention.text
    assert {mention.label for mention in reading.mentions} == {"NAME", "GPE"}


@pytest.mark.parametrize(
    ("phrase", "name", "turned"),
    [
        ("was directed by", "directed by", False),
        ("Directed", "directed by", True),
        ("is the wife of", "spouse", True),
        ("was born in", "born in", False),
        ("is", "be", False),
        ("collaborated_with", "collaborate with", False),
        ("the", "be", False),
    ],
)
def test_phrases_become_predicates(phrase: str, name: str, turned: bool) -> None:
    assert predicate_of(phrase) == (name, turned)


def test_doubt_is_where_names_stand_in_no_statement() -> None:
    one = chunk("Ada knows Bob. Carl met Dora.", identity="one")
    names = [Mention(Span(at, at + 4), "Name", "PERSON") for at in (0, 10, 15, 24)]
    triple = Triple(Term(Span(0, 3), "Ada"), "know", Term(Span(10, 13), "Bob"), Span(0, 14), "", 0.8)
    assert doubt(one, Extraction(tuple(names), (triple,))) == pytest.approx(2 * 0.2 + 2)
    assert doubt(one, NOTHING) == 0.0
    other = chunk("Nothing is named here.", identity="two")
    passages = [(other, NOTHING), (one, Extraction(tuple(names), ()))]
    assert most_doubtful(passages, 0.5) == {one.digest}
    assert most_doubtful(passages, 1.0) == {one.digest, other.digest}


def test_a_file_is_read_and_held_to_the_text(tmp_path: Path) -> None:
    path = tmp_path / "openie.json"
    entry = {"id": "d", "entities": ["Ada Lovelace", "Narnia"], "triples": [["Ada Lovelace", "born in", "London"]]}
    path.write_text(json.dumps([entry]), encoding="utf-8")
    refiner = FromFile(str(path))
    first = Extraction((Mention(Span(25, 31), "London", "GPE"),), ())
    passages = [(chunk(), first), (chunk("Other.", identity="other"), NOTHING)]
    assert refiner.choose(passages) == {chunk().digest}
    [(place, reading)] = list(refiner.refine(passages[:1]))
    assert place == 0 and isinstance(reading, Extraction)
    assert {mention.text for mention in reading.mentions} == {"Ada Lovelace", "London"}
    assert [triple.predicate for triple in reading.triples] == ["born in"]
    assert refiner.report() == "dropped 1 names that the text does not say"
    assert list(refiner.expect(passages)) == []


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"entities": []}]', '[{"id": "a", "triples": 3}]', "\udcff"])
def test_a_bad_file_is_told(content: str, tmp_path: Path) -> None:
    path = tmp_path / "openie.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"openie\.json"):
        FromFile(str(path))


def test_a_missing_file_and_a_wrong_share_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        FromFile(str(tmp_path / "none.json"))
    with pytest.raises(RecipeError, match="share = 2"):
        FromFile(str(tmp_path / "none.json"), share=2.0)


def test_a_file_may_give_kinds_quotations_and_places(tmp_path: Path) -> None:
    path = tmp_path / "readings.json"
    entries = [
        {"id": "d", "span": [0, 30], "entities": [["Ada Lovelace", "person"], ["London"]]},
        {
            "id": "d",
            "span": [30, 200],
            "triples": [["Ada Lovelace", "born in", "London", "was born in London in 1815"]],
        },
        {"id": "d", "span": [900, 950], "entities": ["Engine"]},
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    refiner = FromFile(str(path))
    far = chunk(start=2000)
    assert refiner.choose([(chunk(), NOTHING), (far, NOTHING)]) == {chunk().digest}
    [(_, reading)] = list(refiner.refine([(chunk(), NOTHING)]))
    assert isinstance(reading, Extraction)
    assert {(m.text, m.label) for m in reading.mentions} == {("Ada Lovelace", "PERSON"), ("London", "NAME")}
    [triple] = reading.triples
    assert (triple.predicate, triple.confidence) == ("born in", 0.85)


def test_names_of_scripts_without_spaces_are_found_inside_runs_of_letters() -> None:
    assert find_all("徳川家康", "将軍徳川家康は江戸に") == [Span(2, 6)]
    assert find_quote("กรุงเทพ", "ไปกรุงเทพวันนี้") is not None
    assert find_all("art", "cartography") == []
