"""Names, merges and facts: what is one entity, and what never is."""

import random
from collections.abc import Iterable

import pytest

from graphrag.resolution.linker import NameMatcher
from graphrag.resolution.names import claims_of, is_name_like, lead_names
from graphrag.resolution.resolve import resolve
from graphrag.text import Words, name_key, sentence_spans
from graphrag.types import (
    Chunk,
    ChunkId,
    DocumentId,
    Entity,
    Extraction,
    Mention,
    Resolution,
    Span,
    Term,
    Triple,
    stable_id,
)


def chunk(document: str, title: str, text: str) -> Chunk:
    identity = ChunkId(stable_id("chunk", document, "0"))
    return Chunk(identity, DocumentId(document), 0, Span(0, len(text)), text, title, "", tuple(sentence_spans(text)))


def said(text: str, *names: tuple[str, str], triples: Iterable[Triple] = ()) -> Extraction:
    mentions = []
    for name, label in names:
        start = text.index(name)
        mentions.append(Mention(Span(start, start + len(name)), name, label))
    return Extraction(tuple(mentions), tuple(triples))


def resolved(*passages: tuple[Chunk, Extraction]) -> Resolution:
    ordered = sorted(passages, key=lambda p: p[0].document_id)
    return resolve(lambda: iter(ordered))


def by_name(result: Resolution, name: str) -> Entity:
    (entity,) = [e for e in result.entities if e.name == name or name in e.aliases]
    return entity


def plain(document: str, title: str, text: str, *names: tuple[str, str]) -> tuple[Chunk, Extraction]:
    return chunk(document, title, text), said(text, *names)


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Clarence Leon Brown (May 10, 1890 – August 17, 1987) was an American film director.", "Clarence Brown"),
        ('Kenneth Graham "Ken" Hughes (born 1922) was an English director.', "Ken Hughes"),
        ("Where Mountains Float is a 1955 Danish documentary film.", "Where Mountains Float"),
        ("Do Not Marry, Girls is a 1985 Soviet musical film.", "Do Not Marry, Girls"),
        ("Un giorno speciale (also known as A Special Day) is a 2012 Italian film.", "A Special Day"),
        ('"Last Tango" is a song by X.', "Last Tango"),
        ("The Kraus House is a house in Berlin.", "Kraus House"),
        ("Sir William St Loe (1518–1565) was an English soldier.", "William St Loe"),
    ],
)
def test_lead_names(sentence: str, name: str) -> None:
    assert name_key(name) in {name_key(found) for found, _ in lead_names(sentence)}


@pytest.mark.parametrize(
    "sentence",
    ["It is a small town in the north.", "In 1990, he was elected.", "He began his career in Rome.", "", "!!!"],
)
def test_a_clause_gives_no_lead_name(sentence: str) -> None:
    assert lead_names(sentence) == []


def test_claims_are_weighted_by_how_sure_they_are() -> None:
    claims = {c.key: c.weight for c in claims_of("Mercury (planet)", "Mercury is the first planet.")}
    assert claims == {"mercury planet": 1.0, "mercury": 0.9}


@pytest.mark.parametrize(
    ("text", "yes"), [("Ada Lovelace", True), ("the house", False), ("1984", True), ("In May", False)]
)
def test_name_like(text: str, yes: bool) -> None:
    assert is_name_like(text) is yes


def test_the_longest_name_is_found_and_lower_case_is_no_name() -> None:
    matcher = NameMatcher(["new york", "new york times", "home"])
    text = "At home he read the New York Times's news of New York."
    assert [(m.key, text[m.start : m.end]) for m in matcher.find(Words.of(text))] == [
        ("new york times", "New York Times"),
        ("new york", "New York"),
    ]


def test_a_short_title_is_an_alias_of_its_document() -> None:
    result = resolved(
        plain("a", "Ada Lovelace (mathematician)", "Ada Lovelace wrote the first program."),
        plain("b", "Analytical Engine", "The engine was described by Ada Lovelace.", ("Ada Lovelace", "PERSON")),
    )
    ada = by_name(result, "Ada Lovelace")
    assert {m.document_id for m in result.mentions if m.entity_id == ada.id} == {"a", "b"}
    assert any(merge.method == "alias" and merge.entity_id == ada.id for merge in result.merges)


def test_a_name_that_two_documents_claim_stays_apart_and_is_about_both() -> None:
    result = resolved(
        plain("a", "Mercury (planet)", "Mercury is the first planet from the Sun."),
        plain("b", "Mercury (element)", "Mercury is a metal."),
        plain("c", "Thermometer", "Old ones hold Mercury.", ("Mercury", "PRODUCT")),
    )
    mercury = next(e for e in result.entities if name_key(e.name) == "mercury")
    assert {a.document_id for a in result.abouts if a.entity_id == mercury.id} == {"a", "b"}
    inside = [m for m in result.mentions if m.document_id == "a" and m.text == "Mercury"]
    assert inside and all(m.entity_id != mercury.id for m in inside)  # in its own text the name means the document


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Apollo 11", "Apollo 12"),
        ("Henry VIII Tudor", "Henry VII Tudor"),
        ("Summer Olympics 1996", "Summer Olympics 1992"),
        ("Boeing 737 Freighter", "Boeing 747 Freighter"),
    ],
)
def test_names_that_differ_in_a_number_never_merge(a: str, b: str) -> None:
    texts = [f"They saw {name} there." for name in (a, b, a)]
    passages = [plain(str(i), "", t, (n, "EVENT")) for i, (t, n) in enumerate(zip(texts, (a, b, a), strict=True))]
    result = resolved(*passages)
    assert by_name(result, a).id != by_name(result, b).id


@pytest.mark.parametrize(
    ("a", "b"),
    [("José García", "Jose Garcia"), ("ACME Corporation", "Acme Corporation"), ("Jean-Luc Godard", "Jean Luc Godard")],
)
def test_spellings_of_one_name_always_merge(a: str, b: str) -> None:
    result = resolved(
        plain("1", "", f"They met {a} there.", (a, "PERSON")), plain("2", "", f"They met {b} there.", (b, "PERSON"))
    )
    assert len({m.entity_id for m in result.mentions}) == 1


def test_a_slip_of_the_pen_merges_and_is_recorded() -> None:
    texts = ["Charles Willoughby came.", "Charles Willoughby left.", "Charles Willoughy stayed."]
    names = ["Charles Willoughby", "Charles Willoughby", "Charles Willoughy"]
    result = resolved(*(plain(str(i), "", t, (n, "PERSON")) for i, (t, n) in enumerate(zip(texts, names, strict=True))))
    (merge,) = [m for m in result.merges if m.method == "fuzzy"]
    assert (merge.name, merge.into) == ("Charles Willoughy", "charles willoughby")
    assert len({m.entity_id for m in result.mentions}) == 1


def test_a_surname_means_the_only_person_of_that_name_in_the_document() -> None:
    text = "Ada Lovelace met Charles Babbage. Later Babbage wrote to her."
    result = resolved(plain("x", "", text, ("Ada Lovelace", "PERSON"), ("Charles Babbage", "PERSON")))
    assert all(m.text != "Babbage" for m in result.mentions)
    later = text.index("Babbage", 30)
    extraction = said(text, ("Ada Lovelace", "PERSON"), ("Charles Babbage", "PERSON"))
    extraction = Extraction(
        (*extraction.mentions, Mention(Span(later, later + 7), "Babbage", "PERSON")), extraction.triples
    )
    result = resolved((chunk("x", "", text), extraction))
    babbage = by_name(result, "Charles Babbage")
    assert {m.text for m in result.mentions if m.entity_id == babbage.id} == {"Charles Babbage", "Babbage"}


def test_a_month_in_a_date_is_not_the_film_of_that_name() -> None:
    text = "It opened on 3 March 1990."
    result = resolved(
        plain("a", "March (film)", "March is a film."), plain("b", "Opening", text, ("3 March 1990", "DATE"))
    )
    assert [m for m in result.mentions if m.document_id == "b" and m.text == "March"] == []


def triple(text: str, subject: str, predicate: str, value: str, confidence: float = 0.8) -> Triple:
    s, o = text.index(subject), text.index(value)
    return Triple(
        Term(Span(s, s + len(subject)), subject),
        predicate,
        Term(Span(o, o + len(value)), value),
        Span(0, len(text)),
        "",
        confidence,
    )


def test_equal_statements_are_one_fact_with_all_their_sentences() -> None:
    one, two = "Ada Lovelace was born in London.", "London is where Ada Lovelace was born."
    result = resolved(
        *(
            (
                chunk(d, "", t),
                said(
                    t,
                    ("Ada Lovelace", "PERSON"),
                    ("London", "GPE"),
                    triples=[triple(t, "Ada Lovelace", "born in", "London")],
                ),
            )
            for d, t in (("1", one), ("2", two))
        )
    )
    (fact,) = result.facts
    assert [q.document_id for q in fact.evidence] == ["1", "2"]
    assert [q.text for q in fact.evidence] == [one, two]
    assert fact.confidence == pytest.approx(1 - 0.2 * 0.2)
    assert fact.object == by_name(result, "London").id


def test_an_object_that_is_no_name_is_a_value_and_an_unknown_subject_makes_no_fact() -> None:
    text = "Ada Lovelace was an English mathematician."
    known = said(
        text, ("Ada Lovelace", "PERSON"), triples=[triple(text, "Ada Lovelace", "be", "English mathematician")]
    )
    result = resolved((chunk("1", "", text), known))
    (fact,) = result.facts
    assert (fact.object, fact.value) == (None, "English mathematician")
    assert by_name(result, "Ada Lovelace").description == "English mathematician"
    nobody = said(text, triples=[triple(text, "Ada Lovelace", "be", "English mathematician")])
    assert resolved((chunk("1", "", "Nothing. " + text), nobody)).facts == ()


def test_the_result_does_not_depend_on_the_documents_order_of_collection() -> None:
    texts = {f"d{i}": f"Person Number{i} met Person Number{i + 1} in City{i % 3}." for i in range(12)}
    passages = [
        plain(d, f"Person Number{i}", t, (f"Person Number{i + 1}", "PERSON"), (f"City{i % 3}", "GPE"))
        for i, (d, t) in enumerate(texts.items())
    ]
    first = resolved(*passages)
    random.Random(1).shuffle(passages)
    assert resolved(*passages) == first


def test_nothing_gives_nothing() -> None:
    assert resolve(lambda: iter(())) == Resolution((), (), (), (), ())


def test_facts_of_a_document_whose_title_is_no_proper_name_are_kept() -> None:
    text = "The payment gateway was built by Falcon Team."
    fact = triple(text, "payment gateway", "created by", "Falcon Team")
    result = resolved((chunk("1", "payment gateway", text), said(text, ("Falcon Team", "ORG"), triples=[fact])))
    (kept,) = result.facts
    assert kept.subject == by_name(result, "payment gateway").id


def test_a_common_name_is_found_in_lower_case_and_a_proper_one_is_not() -> None:
    matcher = NameMatcher(["payment gateway", "home run"], common=["payment gateway"])
    found = matcher.find(Words.of("A payment gateway is no home run, but the Home Run is."))
    assert [match.key for match in found] == ["payment gateway", "home run"]


def test_an_article_makes_no_other_name() -> None:
    result = resolved(
        plain("1", "payment gateway", "The payment gateway is old.", ("The payment gateway", "NAME")),
        plain("2", "", "They saw The Hague and the Netherlands.", ("The Hague", "GPE")),
    )
    assert {name_key(e.name) for e in result.entities} >= {"payment gateway"}
    assert len([e for e in result.entities if "payment" in name_key(e.name)]) == 1
