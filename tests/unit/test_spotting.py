"""Short answers without a known relation: what is wanted, what a sentence offers, the choice, and fitting it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrag.answering.belonging import is_under_another
from graphrag.answering.choices import Choice
from graphrag.answering.deeds import is_whole_of
from graphrag.answering.dimensions import dimension_told
from graphrag.answering.kinds import is_of_kind
from graphrag.answering.listing import distinct_names, joined, listed_with, names_beside
from graphrag.answering.plan import analyse
from graphrag.answering.preferring import preference
from graphrag.answering.properties import is_named, measure_of
from graphrag.answering.read import read
from graphrag.answering.reasons import gives_cause
from graphrag.answering.referring import person_of, pronouns_for
from graphrag.answering.sources import Sources
from graphrag.answering.spots import spots_of
from graphrag.answering.spotting import Spotted, Spotter, shipped_reader
from graphrag.answering.suiting import hold_codes
from graphrag.answering.synonyms import alike
from graphrag.answering.tables import cells_of, values_of
from graphrag.answering.tenses import Moment, moment_of
from graphrag.answering.units import with_unit
from graphrag.answering.wanted import wanted_of, wants_yes_or_no
from graphrag.answering.wording import stem
from graphrag.asking.short_answers import read_short
from graphrag.cli import main
from graphrag.errors import InputError
from graphrag.evaluation.files import Question
from graphrag.evaluation.fitting_reader import fit_reader, read_choices
from graphrag.extraction.parsing import SentenceParser
from graphrag.text import sentence_spans, words
from graphrag.types import Chunk, ChunkId, DocumentId, Evidence, Quote, Span

TEXTS = {
    "Tidal mill": "A tidal mill is a water mill driven by the rise and fall of the tide. A dam with a sluice is built "
    "across a tidal inlet. As the tide comes in, it enters the mill pond through a gate. The earliest mill of this "
    "kind was dug up on the northern coast of Norvia in 1998. It ground about 40 sacks of barley a day.",
    "Marn Castle": "Marn Castle stands above the town of Marn. The castle was repaired by the architect Ines Holt "
    "between 1904 and 1911. Its library holds 12,400 volumes, and its oldest clock was made in Geneva. Visitors reach "
    "it by a cable car because the road is closed to traffic.",
    "Ines Holt": "Ines Holt taught at the School of Drawing in Lisbon. She was awarded the Silver Compass in 1921.",
}


@pytest.fixture(scope="module")
def parser() -> SentenceParser:
    return SentenceParser()


@pytest.fixture(scope="module")
def spotter(parser: SentenceParser) -> Spotter:
    shipped = shipped_reader()
    return Spotter(parser, shipped["weights"], shipped["surety"])


def passage(title: str, text: str) -> Evidence:
    spans = tuple(sentence_spans(text))
    return Evidence(Chunk(ChunkId(title), DocumentId(title), 0, Span(0, len(text)), text, title, "", spans), 1.0, {})


def ask(spotter: Spotter, question: str, texts: Mapping[str, str] = TEXTS) -> Spotted | None:
    """Read an answer; a sentence is as near to the question as the share of words that they have in common."""
    asked = set(words(question))
    sources = Sources([passage(title, text) for title, text in texts.items()], [], {}, {})
    return spotter.read(question, sources, lambda quote: len(asked & set(words(quote.text))) / max(len(asked), 1))


@pytest.mark.parametrize(
    ("question", "asks", "noun", "kind"),
    [
        ("Who repaired Marn Castle?", "who", "", ""),
        ("When was the mill dug up?", "when", "", ""),
        ("Where was the clock made?", "where", "", ""),
        ("Which cities did she teach in?", "which", "city", "place"),
        ("What is the name of the river?", "which", "river", "place"),
        ("What medal was Ines Holt awarded?", "which", "medal", "work"),
        ("How many volumes does the library hold?", "how many", "volume", ""),
        ("How long is the dam?", "how long", "", ""),
        ("Why is the road closed?", "why", "", ""),
        ("Was it closed?", "other", "", ""),
        ("?", "other", "", ""),
    ],
)
def test_what_a_question_wants(parser: SentenceParser, question: str, asks: str, noun: str, kind: str) -> None:
    wanted = wanted_of(parser.parse([question])[0])
    assert (wanted.asks, wanted.noun, wanted.kind) == (asks, noun, kind)


def test_words_near_the_question_word_are_close(parser: SentenceParser) -> None:
    wanted = wanted_of(parser.parse(["Which city was the band formed in that sang the song of the summer?"])[0])
    assert wanted.closeness["form"] > wanted.closeness["sum"]


def test_a_sentence_offers_names_values_phrases_and_clauses(parser: SentenceParser) -> None:
    [sentence] = parser.parse(["In 1904 the engineer Charles Babbage of London repaired 12 clocks."])
    offered = {sentence.slice(spot.start, spot.end): spot.kind for spot in spots_of(sentence)}
    assert offered["Charles Babbage"] == "person"
    assert offered["1904"] in ("date", "year")
    assert offered["12"] == "number"
    assert "12 clocks" in offered and "engineer" in offered
    [sentence] = parser.parse(["She tried to save money."])
    offered = {sentence.slice(spot.start, spot.end): spot.kind for spot in spots_of(sentence)}
    assert offered["save money"] == "clause" and offered["money"] == "phrase"


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80))
def test_whatever_stands_there_spots_lie_within_it(text: str) -> None:
    [sentence] = _PARSER.parse([text])
    for spot in spots_of(sentence):
        assert 0 <= spot.start < spot.end <= len(sentence.words)
        assert sentence.slice(spot.start, spot.end) in text
    wanted_of(sentence)


_PARSER = SentenceParser()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which architect repaired Marn Castle?", "Ines Holt"),
        ("How many volumes does the library of Marn Castle hold?", "12,400"),
        ("Where was the oldest clock of Marn Castle made?", "Geneva"),
        ("What is built across a tidal inlet?", "dam"),
        ("When was the earliest tidal mill dug up?", "1998"),
    ],
)
def test_answers(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question)
    assert spotted is not None and answer in spotted.text
    assert spotted.confidence > 0.3
    for quote in spotted.citations:
        assert TEXTS[quote.document_id][quote.span.start : quote.span.end] == quote.text
    assert any(spotted.text in quote.text for quote in spotted.citations)


def test_what_another_document_says_of_a_documents_subject_counts_and_is_cited(parser: SentenceParser) -> None:
    sources = Sources([passage(title, text) for title, text in TEXTS.items()], [], {}, {})
    only = Spotter(parser, {"shared by other": 9.0}, {})
    question = "In which city did the architect who repaired Marn Castle teach?"
    credited = {
        (choice.sentence.source.name, choice.sentence.other.text)
        for choice in only.choices(question, sources, _half)
        if choice.sentence.other is not None
    }
    assert credited == {("Ines Holt", "The castle was repaired by the architect Ines Holt between 1904 and 1911.")}
    spotted = only.read(question, sources, _half)
    assert spotted is not None
    assert [quote.document_id for quote in spotted.citations] == ["Marn Castle", "Ines Holt"]


@pytest.mark.parametrize(
    "question",
    ["What did the senate of Qarth vote on?", "Who won the cup of 1954?", "What colour is the flag of Peru?"],
)
def test_what_no_document_bears_on_is_unlikely(spotter: Spotter, question: str) -> None:
    spotted = ask(spotter, question)
    assert spotted is None or spotted.confidence < 0.2


@pytest.mark.parametrize(
    ("question", "only"),
    [
        ("Was Marn Castle repaired by an architect?", True),
        ("Does the library of Marn Castle hold 12,400 volumes?", True),
        ("Can you name the architect who repaired Marn Castle?", False),
        ("Was Marn Castle repaired by Ines Holt or by a mason?", False),
        ("Is it known which architect repaired Marn Castle?", False),
        ("Which architect repaired Marn Castle?", False),
    ],
)
def test_a_question_for_yes_or_no_is_not_answered_with_a_name(
    parser: SentenceParser, spotter: Spotter, question: str, only: bool
) -> None:
    assert wants_yes_or_no(parser.parse([question])[0]) is only
    assert (ask(spotter, question) is None) is only


@pytest.mark.parametrize("question", ["When was Ines Holt born?", "How many clocks did Ines Holt repair?"])
def test_what_is_counted_or_dated_is_not_answered_with_a_name(spotter: Spotter, question: str) -> None:
    assert ask(spotter, question, {"Ines Holt": "Ines Holt taught at the School of Drawing in Lisbon."}) is None
    spotted = ask(
        spotter, question, {"Ines Holt": "Ines Holt taught Bert Moor. She had several years of leave, twice."}
    )
    assert spotted is None or spotted.text in ("several years", "twice")


PEOPLE = {
    "Wren": "Wren is a survey ship. Her captain is Ingrid Halvorsen. Security officer: Jonas Weil.",
    "Ingrid Halvorsen": "Ingrid Halvorsen is a sailor. She was born in Bergen on 4 July 1979. She founded Wren Tours "
    "with Nils Tveit in 2003.",
    "Ida Moor": "Ida Moor (1 May 1900 \u2013 3 June 1980) was a painter.",
}


@pytest.mark.parametrize(
    "question",
    [
        "Where does the captain of Wren work?",
        "Who is the husband of the captain of Wren?",
        "Who does the security officer report to?",
        "When did Ingrid Halvorsen die?",
        "Where did Ingrid Halvorsen die?",
        "Where is Ingrid Halvorsen buried?",
        "When was Ingrid Halvorsen married?",
        "Who is the husband of Ingrid Halvorsen?",
        "Who is the mother of Ingrid Halvorsen?",
        "How long was Wren Tours closed?",
    ],
)
def test_a_person_is_no_place_a_birth_no_death_and_what_a_question_describes_no_answer(
    spotter: Spotter, question: str
) -> None:
    spotted = ask(spotter, question, PEOPLE)
    wrong = ("Ingrid", "Jonas", "Bergen", "1979", "2003", "Tveit")
    assert spotted is None or spotted.confidence < 0.2 or not any(word in spotted.text for word in wrong)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who is the captain of Wren?", "Ingrid Halvorsen"),
        ("What is the name of the captain of Wren?", "Ingrid Halvorsen"),
        ("Who is the security officer?", "Jonas Weil"),
        ("When was Ingrid Halvorsen born?", "4 July 1979"),
        ("When did Ida Moor die?", "1980"),
    ],
)
def test_what_is_asked_for_itself_is_an_answer(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question, PEOPLE)
    assert spotted is not None and answer in spotted.text


@pytest.mark.parametrize(
    ("question", "event", "described"),
    [
        ("When was Ingrid Halvorsen married?", "marriage", set()),
        ("Where was the captain of Wren born?", "birth", {"captain"}),
        ("Who is the wife of the captain of Wren?", "marriage", {"captain"}),
        ("Who is the captain of Wren?", "", set()),
        ("Who held the title of captain?", "", set()),
        ("Who wrote the captain's letters?", "", {"captain"}),
        ("Who is the best example of a captain?", "", set()),
    ],
)
def test_what_is_asked_of_a_life_and_what_the_question_starts_from(
    parser: SentenceParser, question: str, event: str, described: set[str]
) -> None:
    wanted = wanted_of(parser.parse([question])[0])
    assert (wanted.event, set(wanted.described)) == (event, described)


REPORTS = {
    "INC-1041": "The outage lasted for 94 minutes. 1,240 customers were affected.",
    "Gateway 2.8": "Gateway 2.8 was released on 6 June 2025. It needs a key of type A16.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many customers were affected by INC-1041?", "1,240"),
        ("How many customers were affected by inc 1041?", "1,240"),
        ("How many customers were affected by INC-1042?", ""),
        ("How many customers were affected by INC-104?", ""),
        ("When was Gateway 2.8 released?", "6 June 2025"),
        ("When was Gateway 2.9 released?", ""),
        ("When was Gateway 12.8 released?", ""),
        ("When was the gateway released in mid-2025?", "6 June 2025"),
    ],
)
def test_what_is_said_of_one_code_or_version_is_no_answer_on_another(
    spotter: Spotter, question: str, answer: str
) -> None:
    spotted = ask(spotter, question, REPORTS)
    assert ("" if spotted is None else spotted.text) == answer


MEASURED = {
    "Gray Tower": "The Gray Tower is a lighthouse near Aberwick that is 120 m high. It cost 12 million euros, and "
    "its lamp has a power of 66 MW. It was opened on 4 May 1998 and has 14 floors.",
    "Olga Rinne": "Olga Rinne was born on 3 March 1975 in Turku. She earns 90,000 euros a year.",
    "Storage": "The storage has a timeout of 15 minutes. Each team may keep 5 TiB of data. Backups run for 40 minutes. "
    "A licence costs $250 for each user.",
    "Halden Lines": "Halden Lines is a carrier. Halden Lines operates three car ferries: Skarv, Alke and Teist.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the power of the lamp of the Gray Tower?", "66 MW"),
        ("How high is the Gray Tower?", "120 m"),
        ("What did the Gray Tower cost?", "12 million euros"),
        ("How many floors does the Gray Tower have?", "14"),
        ("When was the Gray Tower opened?", "4 May 1998"),
        ("How much does Olga Rinne earn?", "90,000 euros"),
        ("What is the timeout of the storage?", "15 minutes"),
        ("How long is the timeout of the storage?", "15 minutes"),
        ("How much data may each team keep?", "5 TiB"),
        ("How many minutes do backups run?", "40"),
        ("How much does a licence cost?", "$250"),
        ("Which car ferries does Halden Lines operate?", "Skarv, Alke and Teist"),
        ("How many car ferries does Halden Lines operate?", "three"),
    ],
)
def test_a_number_has_its_unit_unless_the_question_says_it(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question, MEASURED)
    assert spotted is not None and spotted.text == answer
    for part in re.split(", | and ", spotted.text):
        assert any(part in quote.text for quote in spotted.citations)


def test_no_choice_is_a_unit_alone_and_each_stands_where_it_says(parser: SentenceParser) -> None:
    sources = Sources([passage(title, text) for title, text in MEASURED.items()], [], {}, {})
    for question in ("What is the power of the lamp?", "How long is the timeout?", "How much does Olga Rinne earn?"):
        choices = Spotter(parser, {}, {}).choices(question, sources, _half)
        assert not {"MW", "m", "TiB", "euros", "million", "minutes"} & {choice.text for choice in choices}
        for choice in choices:
            text = MEASURED[choice.sentence.source.document_id]
            assert text[choice.start : choice.start + len(choice.text)] == choice.text


def test_which_things_is_not_answered_with_how_many(parser: SentenceParser) -> None:
    sources = Sources([passage("Halden Lines", MEASURED["Halden Lines"])], [], {}, {})
    question = "Which car ferries does Halden Lines operate?"
    offered = {choice.text for choice in Spotter(parser, {}, {}).choices(question, sources, _half)}
    assert "Skarv" in offered and not {"three", "three car ferries"} & offered


LISTS = {
    "Halden Lab": "The Halden Lab has three groups: Genomics, Ecology (since 2016) and Imaging. The lab is led by Ida "
    "Moor. Its members sailed on the ships Skarv and Alke from Bergen.",
    "Quarry": "Quarry is a build tool that runs on Linux, macOS and Windows. Quarry was made by Dana Berg in 2018, and "
    "its documentation was written by Ida Moor, a teacher, and Nils Tveit.",
    "Nils Tveit": "Nils Tveit won the Silver Cup in 2012 and the Prize of the School of Drawing in 2018. He sold the "
    "boat Lark to Bert Moor and bought the Wren.",
    "Bert Moor": "Bert Moor reads rye bakers' books and grows barley, green peas and oats. "
    "Bert Moor and Ida Moor sailed on the Skarv in June.",
    "Wren": "The guild of Wren was led by Olga Rinne. Wren was built by Pell Yard.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which groups does the Halden Lab have?", "Genomics, Ecology and Imaging"),
        ("On which ships did the members of the Halden Lab sail?", "Skarv and Alke"),
        ("Which systems does Quarry run on?", "Linux, macOS and Windows"),
        ("What crops does Bert Moor grow?", "barley, green peas and oats"),
        ("Which prizes did Nils Tveit win?", "Silver Cup and Prize of the School of Drawing"),
        ("Who are the writers of the documentation of Quarry?", "Ida Moor and Nils Tveit"),
        ("Who wrote the documentation of Quarry?", "Ida Moor and Nils Tveit"),
        ("Who sailed on the Skarv with Ida Moor?", "Bert Moor"),
        ("Who leads the Halden Lab?", "Ida Moor"),
    ],
)
def test_a_plural_is_answered_with_all_items(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question, LISTS)
    assert spotted is not None and spotted.text == answer
    for item in re.split(", | and ", answer):
        assert any(item in quote.text for quote in spotted.citations)


def test_items_of_two_sentences_are_put_together_with_both_citations(spotter: Spotter) -> None:
    texts = {
        "Dana Berg": "Dana Berg created the linter Pebble in 2019. Dana Berg also created the tools Gravel and Scree.",
        "Ida Moor": "Ida Moor created the editor Slate.",
    }
    spotted = ask(spotter, "Which tools did Dana Berg create?", texts)
    assert spotted is not None and set(re.split(", | and ", spotted.text)) == {"Pebble", "Gravel", "Scree"}
    assert len(spotted.citations) == 2


@pytest.mark.parametrize(
    ("text", "part", "items"),
    [
        ("The crew were Paul Moor, Yuki Arai and the technician Jan Rusin.", "Yuki", "Paul Moor|Yuki Arai|Jan Rusin"),
        ("It was founded by Ida Moor, Olga Rinne and Bert Dahl.", "Bert Dahl", "Ida Moor|Olga Rinne|Bert Dahl"),
        ("It was led by Ida Moor, a chemist, and Nils Tveit.", "Ida Moor", "Ida Moor|Nils Tveit"),
        ("Present: Dana Berg, Ida Moor.", "Ida Moor", "Dana Berg|Ida Moor"),
        ("It was directed by Ida Moor and starring Nils Tveit, Olga Rinne and Bert Dahl.", "Ida Moor", ""),
        ("She lives in Paris, France.", "Paris", ""),
        ("He sold the Lark to Ida Moor and bought the Wren.", "Ida Moor", ""),
        ("It belongs to Halden Lines, which owns the ships Skarv and Alke.", "Halden Lines", ""),
        ("Alke", "Alke", ""),
    ],
)
def test_lists_in_sentences(parser: SentenceParser, text: str, part: str, items: str) -> None:
    start = text.index(part)
    spans = listed_with(parser.parse([text])[0], start, start + len(part))
    assert "|".join(text[span.start : span.end] for span in spans) == items


def test_names_that_stand_in_one_list() -> None:
    text = "It was founded by Ida Moor, Bert Dahl and the Dal Works, and is led by Olga Rinne."
    names = ["Bert Dahl", "Olga Rinne", "Dal Works", "Ida Moor"]
    assert names_beside(text, names) == {"Ida Moor", "Bert Dahl", "Dal Works"}


def test_lists_are_joined_without_repeats() -> None:
    assert joined(["A"]) == "A" and joined(["A", "B"]) == "A and B" and joined(["A", "B", "C"]) == "A, B and C"
    assert distinct_names(["Ida Moor", "Moor", "Bert Moor"]) == ["Ida Moor", "Bert Moor"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who leads the Halden Lab?", "Ida Moor"),
        ("Who led the guild of Wren?", "Olga Rinne"),
        ("Who makes Quarry?", "Dana Berg"),
        ("Who builds the Wren?", "Pell Yard"),
        ("When did Nils Tveit win the Silver Cup?", "2012"),
        ("Who did Nils Tveit sell the boat to?", "Bert Moor"),
        ("Who wrote the documentation of Quarry?", "Ida Moor and Nils Tveit"),
    ],
)
def test_forms_of_a_verb_meet(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question, LISTS)
    assert spotted is not None and spotted.text == answer and spotted.confidence > 0.5


@pytest.mark.parametrize(
    "forms",
    [
        "lead leads led leader leading",
        "win wins won winner winning",
        "write wrote written writer writing",
        "build built builder building",
        "make made maker",
        "sell sold seller",
        "hold held holder",
        "found founded founder founding",
        "study studied studies",
        "plan planned planning",
    ],
)
def test_forms_of_a_verb_have_one_stem(forms: str) -> None:
    found = {stem(form) for form in forms.split() if form != "found"}
    assert len(found) == 1
    assert stem("found") == stem("find") != stem("founded")


TOLD = {
    "Gray Tower": "The Gray Tower is a lighthouse near Aberwick that was built in 1998 and is 120 m high. Its "
    "architect is Ida Moor, and its warden is Bert Dahl. The repair of its lamp took seven weeks and cost 40,000 "
    "euros. It is used by Halden Lines. The permit of the tower ends in June 2031.",
    "Olga Rinne": "Olga Rinne is a process engineer from Turku who was born in 1975. Olga Rinne leads the workshop "
    "of Aberwick, which uses 20 GB of data.",
}


@pytest.mark.parametrize(
    "question",
    [
        "What is the salary of Olga Rinne?",
        "What is the phone number of Olga Rinne?",
        "What is Olga Rinne's address?",
        "What is the age of Olga Rinne?",
        "Who is the treasurer of the Gray Tower?",
        "What is the weight of the Gray Tower?",
        "How heavy is the lamp of the Gray Tower?",
        "When was the Gray Tower closed?",
        "When did Olga Rinne retire?",
        "When was the Gray Tower demolished?",
        "When did the permit of the tower begin?",
        "Who owns the Gray Tower?",
        "How much memory does the workshop of Aberwick use?",
    ],
)
def test_what_no_sentence_tells_is_not_answered_with_another_property(spotter: Spotter, question: str) -> None:
    spotted = ask(spotter, question, TOLD)
    assert spotted is None or spotted.confidence < 0.2


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who is the architect of the Gray Tower?", "Ida Moor"),
        ("Who is the warden of the Gray Tower?", "Bert Dahl"),
        ("What is the height of the Gray Tower?", "120 m"),
        ("How high is the Gray Tower?", "120 m"),
        ("How long did the repair of the lamp take?", "seven weeks"),
        ("What was the price of the repair of the lamp?", "40,000 euros"),
        ("How much did the repair of the lamp cost?", "40,000 euros"),
        ("When does the permit of the tower end?", "June 2031"),
        ("Who is the head of the workshop of Aberwick?", "Olga Rinne"),
        ("How much data does the workshop of Aberwick use?", "20 GB"),
        ("Who uses the Gray Tower?", "Halden Lines"),
    ],
)
def test_a_property_that_is_told_is_an_answer(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question, TOLD)
    assert spotted is not None and spotted.text == answer and spotted.confidence > 0.2


@pytest.mark.parametrize(
    ("question", "properties", "measures", "event"),
    [
        ("What is the salary of Olga Rinne?", ("salary",), ("money",), ""),
        ("What is Olga Rinne's phone number?", ("phone",), (), ""),
        ("What is the height of the tower?", (), ("length",), ""),
        ("What is the name of the tower?", (), (), ""),
        ("Who is the treasurer?", ("treasurer",), (), ""),
        ("How long did the repair take?", (), ("time",), ""),
        ("How long is the tower?", (), ("length", "time"), ""),
        ("How much did the tower cost?", (), ("money",), ""),
        ("How much memory does it need?", ("memory",), (), ""),
        ("How much money does it need?", ("money",), ("money",), ""),
        ("When was the tower closed?", (), (), "closing"),
        ("When did support for the tower begin?", (), (), "beginning"),
        ("When was the company founded for which Olga Rinne resigned?", (), (), ""),
    ],
)
def test_what_must_be_told(
    parser: SentenceParser, question: str, properties: tuple[str, ...], measures: tuple[str, ...], event: str
) -> None:
    wanted = wanted_of(parser.parse([question])[0])
    assert (wanted.properties, wanted.measures, wanted.event) == (properties, measures, event)


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("62 m", {"length"}),
        ("seven weeks", {"time"}),
        ("18.4 million euros", {"money"}),
        ("$250", {"money"}),
        ("11 tonnes", {"weight"}),
        ("-4 °C", {"temperature"}),
        ("140", set()),
        ("Ida Moor", set()),
    ],
)
def test_what_a_value_measures(text: str, measures: set[str]) -> None:
    assert measure_of(text) == measures


@pytest.mark.parametrize(
    ("noun", "said", "named"),
    [
        ("captain", "her captain is Ida", True),
        ("founder", "it was founded by Ida", True),
        ("head", "it is led by Ida", True),
        ("author", "the book was written by Ida", True),
        ("percentile", "six percent of it", True),
        ("treasurer", "her captain is Ida", False),
    ],
)
def test_a_property_is_named_by_its_noun_or_by_words_for_the_same_relation(noun: str, said: str, named: bool) -> None:
    assert is_named([noun], said.split()) is named


@pytest.mark.parametrize("question", ["How much does Tero Salo earn?", "How tall is Tero Salo?"])
@pytest.mark.parametrize("born", ["on 3 March 1975", "on March 3, 1975", "in March 1975", "in 1975"])
def test_a_date_is_no_amount(spotter: Spotter, question: str, born: str) -> None:
    assert ask(spotter, question, {"Tero Salo": f"Tero Salo was born {born} in Oulu."}) is None


def test_the_day_of_a_date_is_no_number_of_something_else(spotter: Spotter) -> None:
    texts = {"Ice": "The storm of 12 May lasted 5 hours. The ice of the glacier is 1500 years old."}
    for question, answer in {
        "How long did the storm last?": "5 hours",
        "How many hours did the storm last?": "5",
        "How many years old is the ice of the glacier?": "1500",
    }.items():
        spotted = ask(spotter, question, texts)
        assert spotted is not None and spotted.text == answer


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("a capacity of 66 MW.", "66", "66 MW"),
        ("a capacity of 66 MW.", "MW", None),
        ("It cost 12 million euros a year", "million", "12 million euros"),
        ("It cost US$12.5 million.", "12.5", "US$12.5 million"),
        ("at 50 km/h or 110 mph", "50 km", "50 km/h"),
        ("fell to -5 °C", "5", "-5 °C"),
        ("for 1 hour 20 minutes", "20", "1 hour 20 minutes"),
        ("lasted for eleven days", "eleven", "eleven days"),
        ("27–30% of it", "27", "27–30%"),
        ("a gauge of 1,600 mm (5 ft 3 in)", "5", "5 ft 3 in"),
        ("5 square kilometres", "5", "5 square kilometres"),
        ("5 TiB for each user", "5", "5 TiB"),
        ("in the 1980s he", "1980s", "1980s"),
        ("a 39-year-old man", "39", "39"),
        ("key A16 m", "A16", "A16"),
        ("12 in London", "12", "12"),
        ("22 turbines", "22", "22"),
    ],
)
def test_units(text: str, part: str, whole: str | None) -> None:
    start = text.index(part)
    span = with_unit(text, start, start + len(part))
    assert (None if span is None else text[span.start : span.end]) == whole


def test_of_a_number_whose_unit_is_said_the_number_is_left() -> None:
    assert with_unit("for 12 million euros", 4, 6, {stem("euros")}) == Span(4, 14)


@pytest.mark.parametrize("question", ["?", "who", "the of and", "是谁", "x" * 5000, "What " * 800])
def test_odd_questions_are_no_trouble(spotter: Spotter, question: str) -> None:
    spotted = ask(spotter, question, {"A": "", "B": "One two.", "C": "!!! ??? ...", **TEXTS})
    assert spotted is None or 0.0 <= spotted.confidence <= 1.0


def test_without_evidence_there_is_no_answer(spotter: Spotter) -> None:
    assert ask(spotter, "Who repaired Marn Castle?", {}) is None


def test_a_parse_does_not_depend_on_the_others(parser: SentenceParser) -> None:
    sentences = [text for texts in TEXTS.values() for text in texts.split(". ")]
    together = SentenceParser().parse(sentences)
    assert [SentenceParser.parse(parser, [sentence])[0] for sentence in reversed(sentences)] == together[::-1]


def choices_of(question: str, without: object) -> list[Choice]:
    """Return twelve choices, of which the one with the most of "telling" is right; none where evidence is left out."""
    random = np.random.default_rng(int(question))
    read = _READ
    return [
        Choice("right" if place == 4 and not without else f"wrong {place}", features, read, 0)
        for place in range(12)
        for features in [{"telling": 2.0 * (place == 4) + random.random(), "noise": random.random()}]
    ]


def _any_read() -> object:
    sources = Sources([passage("Marn Castle", TEXTS["Marn Castle"])], [], {}, {})
    return Spotter(_PARSER, {}, {}).choices("Who repaired Marn Castle?", sources, _half)[0].sentence


def _half(_: Quote) -> float:
    return 0.5


_READ = _any_read()


def questions(count: int) -> list[Question]:
    return [Question(str(n), str(n), answers=("right",), gold=("d",)) for n in range(count)]


def test_fitting_finds_what_tells_and_gains_on_questions_it_has_not_seen() -> None:
    fitted = fit_reader([read_choices(questions(60), choices_of)], {"noise": 1.0})
    assert fitted.weights["telling"] > 10 * abs(fitted.weights.get("noise", 0.0))
    assert fitted.f1[0] > 90 and fitted.gain["difference"] > 0.5 and fitted.gain["p"] < 0.01


def test_the_order_of_questions_does_not_matter() -> None:
    pairs = read_choices(questions(30), choices_of)
    assert fit_reader([pairs], {}) == fit_reader([pairs[::-1]], {})


def test_too_few_questions_are_refused() -> None:
    yes = [Question(str(n), str(n), answers=("yes",)) for n in range(50)]
    with pytest.raises(InputError, match="only 9 questions"):
        read_choices([*questions(9), *yes], choices_of)


def test_the_command_fits_and_writes(sample_workspace: Path, samples: Path, tmp_path: Path) -> None:
    asked = json.loads((samples / "2wiki" / "questions.json").read_text(encoding="utf-8"))[:40]
    (tmp_path / "questions.json").write_text(json.dumps(asked), encoding="utf-8")
    run = CliRunner().invoke(
        main,
        [
            "tune",
            "--answers",
            str(tmp_path / "questions.json"),
            "-w",
            str(sample_workspace),
            "--out",
            str(tmp_path / "o"),
        ],
    )
    assert run.exit_code == 0, run.output
    written = json.loads((tmp_path / "o").read_text(encoding="utf-8"))
    assert written["weights"] and written["surety"] and written["questions"] >= 10
    assert "cross-validated" in run.output


TENSES = {
    "Meridian Software": "Meridian Software is a firm in Delft. Paul Adler led the firm until 2019. Since then it is "
    "led by Rita Sand. It was owned by Nils Auer from 2003 to 2015. The firm is owned by the Brant Fund. The former "
    "treasurer was Ada Blom, and the treasurer is Hugo Pley. Its sales were 12 million euros in 2020 and 19 million "
    "euros in 2023.",
    "Halden School": "The warden of Halden School was Greta Holm between 1999 and 2012; her successor is Lars Wold. "
    "The chief cook is Joan Firth, who replaced Alan Reed in 2020. The keeper is Tom Reuter. Until 2016 its "
    "keeper was Kurt Ebel. Halden School was designed by Aldo Ferri and built by Holm Bygg.",
    "Quarry": "Quarry is a tool written in Rust. It was first written in Python. Quarry 3.0 came out in May 2022 and "
    "Quarry 4.0 in June 2024.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who leads Meridian Software?", "Rita Sand"),
        ("Who led Meridian Software in 2015?", "Paul Adler"),
        ("Who led Meridian Software in 2022?", "Rita Sand"),
        ("Who owns Meridian Software?", "Brant Fund"),
        ("Who owned Meridian Software in 2010?", "Nils Auer"),
        ("Who is the treasurer of Meridian Software?", "Hugo Pley"),
        ("Who was the former treasurer of Meridian Software?", "Ada Blom"),
        ("Who is the warden of Halden School?", "Lars Wold"),
        ("Who was the keeper of Halden School in 2010?", "Kurt Ebel"),
        ("Who built Halden School?", "Holm Bygg"),
        ("Who was the warden of Halden School in 2005?", "Greta Holm"),
        ("Who is the chief cook of Halden School?", "Joan Firth"),
        ("What language is Quarry written in?", "Rust"),
        ("When did Quarry 4.0 come out?", "June 2024"),
        ("How much were the sales of Meridian Software in 2023?", "19 million euros"),
        ("How much were the sales of Meridian Software in 2020?", "12 million euros"),
    ],
)
def test_what_holds_at_the_time_that_is_asked_about_is_preferred(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question, TENSES)
    assert spotted is not None and spotted.text == answer


def test_where_only_a_former_holder_is_told_that_one_is_the_answer(spotter: Spotter) -> None:
    texts = {"Halden School": "The warden of Halden School was Greta Holm from 1999 to 2012."}
    spotted = ask(spotter, "Who is the warden of Halden School?", texts)
    assert spotted is not None and spotted.text == "Greta Holm"


@pytest.mark.parametrize(
    ("question", "moment"),
    [
        ("Who leads the firm?", Moment(now=True, person=True)),
        ("What is it written in?", Moment(now=True)),
        ("Who led the firm in 2015?", Moment(year=2015)),
        ("Who was the previous owner?", Moment(before=True)),
        ("Who led the firm?", Moment()),
        ("Who is the first owner?", Moment()),
        ("Who has led the firm?", Moment()),
        ("Is it open?", Moment()),
    ],
)
def test_the_time_that_a_question_asks_about(parser: SentenceParser, question: str, moment: Moment) -> None:
    assert moment_of(parser.parse([question])[0]) == moment


DIMENSIONS = {
    "Lake Orrin": "Lake Orrin is a lake in Tarland. The lake is 14 km long, 2 km wide and has a depth of 95 m. It is "
    "fed by the River Eld, which is 88 km long. The lake covers an area of 21 square kilometres. Its boat Heron weighs "
    "800 kg and cost 150 pounds. Its stern has 24 beds. The village of Orrin is 12 km away from Lake Orrin.",
    "Adler Hut": "The Adler Hut is 42 m long and 9 m wide. The ice at Adler Hut flows at a speed of 240 m a year. The "
    "elephant hut cost 9,000 euros.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How deep is Lake Orrin?", "95 m"),
        ("How wide is Lake Orrin?", "2 km"),
        ("How big is Lake Orrin?", "21 square kilometres"),
        ("What is the depth of Lake Orrin?", "95 m"),
        ("How long is the River Eld?", "88 km"),
        ("How far is the village of Orrin from Lake Orrin?", "12 km"),
        ("How heavy is the boat Heron?", "800 kg"),
        ("How much did the boat Heron cost?", "150 pounds"),
        ("How wide is the Adler Hut?", "9 m"),
        ("How fast does the ice at Adler Hut flow?", "240 m"),
        ("How deep is the River Eld?", ""),
        ("How heavy is Lake Orrin?", ""),
        ("How much did Lake Orrin cost?", ""),
        ("How heavy is the stern?", ""),
        ("How high is the Adler Hut?", ""),
        ("How much did the Adler Hut cost?", ""),
    ],
)
def test_a_value_is_of_the_dimension_and_the_thing_that_are_asked_for(
    spotter: Spotter, question: str, answer: str
) -> None:
    spotted = ask(spotter, question, DIMENSIONS)
    assert ("" if spotted is None or spotted.confidence < 0.2 else spotted.text) == answer


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("It is 88 km long.", "88 km", "length"),
        ("It is 88 km (55 mi) long.", "88 km", "length"),
        ("a depth of about 95 m", "95 m", "depth"),
        ("The height is 12 m.", "12 m", "height"),
        ("It weighs up to 9 kg.", "9 kg", "weight"),
        ("It lasted 53 days.", "53 days", "duration"),
        ("It lies 210 km from the coast.", "210 km", "distance"),
        ("at 50 km/h", "50 km/h", "speed"),
        ("240 m a year", "240 m", "speed"),
        ("5 square miles of it", "5 square miles", "area"),
        ("It is 140 years old.", "140 years old", "age"),
        ("It cost 12 euros.", "12 euros", ""),
    ],
)
def test_the_words_beside_a_value_tell_what_is_measured(text: str, value: str, dimension: str) -> None:
    start = text.index(value)
    assert dimension_told(text, start, start + len(value)) == dimension


WORKS = {
    "Anna Vidal": "Anna Vidal, born in Leith in 1971, is a Scottish poet. Her book Threads of Soil won the Heron Prize "
    "in 2004. She published Salt Roads in 1999. She heads the Anvil Group at the Institute of Delft. Her sister "
    "Mona Vidal came in 2003. She bakes.",
    "Peat and Pearl": "Peat and Pearl is a book on bogs. Its author is Ewan Kerr. It was illustrated by Mark Dunn and "
    "by Cara Bell. The Anvil Group runs the boat of Petter Hove.",
    "Tarn Council": "The Tarn Council has five members. It is chaired by Ingrid Falk.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who wrote Threads of Soil?", "Anna Vidal"),
        ("Who is the author of Threads of Soil?", "Anna Vidal"),
        ("Who wrote Salt Roads?", "Anna Vidal"),
        ("Who heads the Anvil Group?", "Anna Vidal"),
        ("Who is the head of the Anvil Group?", "Anna Vidal"),
        ("Who illustrated Peat and Pearl?", "Mark Dunn and Cara Bell"),
        ("Who leads the Tarn Council?", "Ingrid Falk"),
        ("Who is the head of the Tarn Council?", "Ingrid Falk"),
    ],
)
def test_who_does_something_is_found_behind_pronouns_and_other_words(
    spotter: Spotter, question: str, answer: str
) -> None:
    spotted = ask(spotter, question, WORKS)
    assert spotted is not None and spotted.text == answer and spotted.confidence > 0.2
    for name in answer.split(" and "):
        assert any(name in quote.text for quote in spotted.citations)


def test_a_pronoun_after_another_person_stands_for_nobody(parser: SentenceParser) -> None:
    sources = Sources([passage("Anna Vidal", WORKS["Anna Vidal"])], [], {}, {})
    person = person_of(sources.documents[0], lambda text: parser.parse([text])[0])
    assert person is not None and person.name == "Anna Vidal"
    led, sister, bakes = parser.parse(["She led it.", "Her sister Mona Vidal and Bert Moor came.", "She bakes bread."])
    assert pronouns_for(person, led, None) == [0]
    assert pronouns_for(person, bakes, sister) == []
    assert pronouns_for(person, bakes, led) == [0]
    ship = Sources([passage("Wren", PEOPLE["Wren"])], [], {}, {}).documents[0]
    assert person_of(ship, lambda text: parser.parse([text])[0]) is None


@pytest.mark.parametrize(
    ("text", "part", "items"),
    [
        ("It was visited by Ida Moor in 2001 and by Olga Rinne in 2007.", "Ida Moor", "Ida Moor|Olga Rinne"),
        ("It was visited by Ida Moor in 2001 and by Olga Rinne in 2007.", "Olga Rinne", "Ida Moor|Olga Rinne"),
        ("They serve black tea from Assam, green tea from Uji and milk.", "black tea", "black tea|green tea|milk"),
        ("They serve black tea from Assam, green tea from Uji and milk.", "green tea", "black tea|green tea|milk"),
        ("She taught at the universities of Lund and Turku.", "Turku", "Lund|Turku"),
        ("The school teaches joinery, baking and weaving.", "joinery", "joinery|baking|weaving"),
        ("He sailed to Oslo from Bergen and Turku.", "Oslo", ""),
        ("The hall was built by Kranz & Sons.", "Kranz & Sons", ""),
    ],
)
def test_items_of_a_list_have_places_and_prepositions_of_their_own(
    parser: SentenceParser, text: str, part: str, items: str
) -> None:
    start = text.index(part)
    spans = listed_with(parser.parse([text])[0], start, start + len(part))
    assert "|".join(text[span.start : span.end] for span in spans) == items


def test_what_someone_does_is_answered_with_all_of_the_list(spotter: Spotter) -> None:
    texts = {"Halden School": "The Halden School teaches joinery, baking and weaving."}
    spotted = ask(spotter, "What does the Halden School teach?", texts)
    assert spotted is not None and spotted.text == "joinery, baking and weaving"


def test_the_first_name_that_the_recogniser_left_out_is_answered_too(parser: SentenceParser) -> None:
    [sentence] = parser.parse(["The mill is run by Petter Hove, who succeeded Anne Skar in 2021."])
    offered = {sentence.slice(spot.start, spot.end) for spot in spots_of(sentence) if spot.kind == "person"}
    assert "Petter Hove" in offered and "Hove" not in offered


SURE = {
    "Levanger Mill": "The Levanger Mill was designed by the architect Tone Vik and built by Holm Bygg in 2016. It was "
    "owned by Nils Auer from 2003 to 2015.",
    "Marit Lunde": "Marit Lunde is a manager. She won the Silver Whisk in 2012 and the Baker's Prize in 2018.",
    "Meridian": "Meridian is a firm. Its former treasurer was Ada Blom, and its treasurer is Hugo Pley.",
}


@pytest.mark.parametrize(
    ("question", "name", "first", "answer"),
    [
        ("Who designed the Levanger Mill?", "Levanger Mill", "Tone Vik", "Tone Vik"),
        ("Who built the Levanger Mill?", "Levanger Mill", "Tone Vik", "Holm Bygg"),
        ("Which prizes did Marit Lunde win?", "Marit Lunde", "Silver Whisk", "Silver Whisk and Baker's Prize"),
        ("Who is the treasurer of Meridian?", "Meridian", "Hugo Pley", "Hugo Pley"),
        ("Who was the former treasurer of Meridian?", "Meridian", "Hugo Pley", "Ada Blom"),
    ],
)
def test_what_a_relation_leads_to_surely_gives_way_to_what_its_sentence_tells_more_exactly(
    spotter: Spotter, question: str, name: str, first: str, answer: str
) -> None:
    sources = Sources([passage(title, text) for title, text in SURE.items()], [], {}, {})
    start = question.index(name)
    form = analyse(question, [(Span(start, start + len(name)), name)])
    asked = set(words(question))
    said = read_short(form, sources, spotter, lambda: lambda quote: len(asked & set(words(quote.text))) / 9, 0.12)
    assert (read(form, sources).text, said.text) == (first, answer)


NOTES = {
    "Lark 2.1 release notes": "Lark 2.1 release notes\n\nReleased on 3 May 2021. Release manager: Ada Brandt.\n\n"
    "- Exports are twice as fast.\n- Tracing is on for the first three weeks.\n\n2.1.4\n\n"
    "Released on 9 June 2021. Old files are removed within ten days.",
    "Lark 2.2 release notes": "Lark 2.2 release notes\n\nReleased on 14 October 2021. Release manager: Tom Reyes.\n\n"
    "The least memory is 16 GB; Lark 2.1 needed 8 GB. Its index holds 2.4 million words.",
    "Fault 17": "Orders were lost because the queue from the shop in Porto stopped. The queue stopped because the disk "
    "of the host was full. The disk was replaced two hours later.",
    "Records": "Kind of record | Kept for\nInvoices | 10 years\nCalls | 60 days",
    "Alder Pump": "The pump of the Alder mill was supplied by Boran Works.",
}


def test_the_version_over_a_sentence_is_an_answer_and_its_heading_is_cited(spotter: Spotter) -> None:
    spotted = ask(spotter, "Which version removes old files within ten days?", NOTES)
    assert spotted is not None and spotted.text == "2.1.4"
    assert [quote.text for quote in spotted.citations] == ["2.1.4", "Old files are removed within ten days."]


PAPERS = {
    "Weirs": "A weir is a low wall across a river. The guide shows weirs, locks and 14 bridges. There are 31 weirs "
    "on the river Sorne and 8 on the river Addel. Each weir is looked at every spring, and the on-duty keeper "
    "is Ida Brun.",
    "Prices": "Prices\n\nWeight and fee\n\nup to 5,000 g: 4 euros\nup to 20,000 g: 9 euros",
    "SR-12: The lock stood open": "SR-12: The lock stood open\n\nDate: 7 March 2022. Keeper: Ida Brun.\n\n"
    "The new gate was ordered in June 2022.",
    "Otto Falk": "Otto Falk is a keeper. He was born in 1961 in Tromm.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was Lark 2.1 released?", "3 May 2021"),
        ("When was Lark 2.1.4 released?", "9 June 2021"),
        ("When was Lark 2.2 released?", "14 October 2021"),
        ("Who is the release manager of Lark 2.1?", "Ada Brandt"),
        ("When are old files removed?", "within ten days"),
        ("When was the disk of the host replaced?", "two hours later"),
        ("Why did the queue stop?", "disk of the host was full"),
        ("Why were orders lost?", "queue from the shop in Porto stopped"),
        ("How long are calls kept?", "60 days"),
        ("How long are invoices kept?", "10 years"),
        ("What is a weir?", "low wall"),
        ("How many weirs are on the river Sorne?", "31"),
        ("How many weirs are on the river Addel?", "8"),
        ("How often is each weir looked at?", "every spring"),
        ("What is the fee for up to 5,000 g?", "4 euros"),
        ("What is the fee for up to 20,000 g?", "9 euros"),
        ("When was SR-12?", "7 March 2022"),
        ("When did SR-12 happen?", "7 March 2022"),
        ("When was Otto Falk born?", "1961"),
    ],
)
def test_versions_reasons_and_rows_of_tables(spotter: Spotter, question: str, answer: str) -> None:
    spotted = max(
        filter(None, (ask(spotter, question, texts) for texts in (NOTES, PAPERS))), key=lambda s: s.confidence
    )
    assert spotted.text in answer and len(spotted.text) > len(answer) // 2


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("When was Lark 2.3 released?", "2021"),
        ("When did tracing end?", "three weeks"),
        ("When was the index of Lark 2.2 made?", "million"),
        ("Where was the pump of the Alder mill made?", "Boran"),
        ("Why was the disk replaced?", "full"),
        ("When was Ida Brun born?", "1961"),
        ("Where did Ida Brun study?", "duty keeper"),
        ("What is a weir?", "14"),
    ],
)
def test_a_number_is_no_time_a_doer_no_place_and_a_cause_of_something_else_no_reason(
    spotter: Spotter, question: str, wrong: str
) -> None:
    for spotted in (ask(spotter, question, NOTES), ask(spotter, question, PAPERS)):
        assert spotted is None or wrong not in spotted.text


PRICES = """Prices of the Sorne Museum

| Ticket | Summer | Winter |
| Adult | £9.00 | £6.00 |
| Child (5 to 15) | £4.00 | £2.50 |

Bag of salt, 20 litre      £5.20
Bag of sand, 40 litre      £7.90

The opening was paid for by the Lund Trust. Mira Sand opened it in May 1999. The café costs nothing."""
MINUTES = """Present: Ada Brandt, Tom Reyes
Apologies: Nils Orr
Date of meeting: 4 June 2021

Tom Reyes asked for a second boat. The boat of the museum was lost in 1987. Of 300 oaks raised, 120 were planted at Hay.
It took the crew three days to move them to Hay. The move took three days.
For the owner: Ida Brun, who replaces Otto Falk as head of stores. Staff get two weeks of study leave."""
WORDS = """Words of the trade

**Sluice**: a gate that lets water through.
E7 | pump blocked | call the foreman
E9 | low oil | refill

The Lund Mill was designed by Karl Ost. Ida Brun, born in Tromm, leads the stores."""

SETTINGS = """Settings of the server

| Setting | Default | Unit |
| cache_size | 512 | MiB |
| lease_term | 8 | seconds |

Code | Meaning
0 | all well
4 | damage found
7 | no room

In 2022 61 schools came, in the rain. Zone A+B is the town."""


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (SETTINGS, "What is the default of cache_size?", "512"),
        (SETTINGS, "What is the default of lease_term?", "8"),
        (SETTINGS, "What does code 4 mean?", "damage found"),
        (SETTINGS, "How many schools came in 2022?", "61"),
        (MINUTES, "Who is in charge of stores?", "Ida Brun"),
        (PRICES, "How much is a child's ticket in winter?", "£2.50"),
        (PRICES, "How much is a child's ticket in summer?", "£4.00"),
        (PRICES, "How much is a bag of sand?", "£7.90"),
        (PRICES, "What does a bag of salt cost?", "£5.20"),
        (PRICES, "Who paid for the opening?", "Lund Trust"),
        (MINUTES, "Who sent apologies?", "Nils Orr"),
        (MINUTES, "When was the meeting?", "4 June 2021"),
        (MINUTES, "How many oaks were planted at Hay?", "120"),
        (MINUTES, "How long did it take to bring the oaks to Hay?", "three days"),
        (MINUTES, "How many weeks of study leave do staff get?", "two"),
        (MINUTES, "Who is the new head of stores?", "Ida Brun"),
        (WORDS, "What is a sluice?", "gate that lets water through"),
        (WORDS, "What does sluice mean?", "gate that lets water through"),
        (WORDS, "What does error E7 mean?", "pump blocked"),
        (WORDS, "Who designed the Lund Mill?", "Karl Ost"),
    ],
)
def test_tables_labels_and_what_counts(spotter: Spotter, text: str, question: str, answer: str) -> None:
    spotted = ask(spotter, question, {"Paper": text})
    assert spotted is not None and spotted.text.removeprefix("a ") == answer


@pytest.mark.parametrize(
    ("text", "question", "wrong"),
    [
        (PRICES, "How much is a bag of salt?", "litre"),
        (SETTINGS, "How many schools came in 2021?", "61"),
        (SETTINGS, "What is the default of lease_size?", "512"),
        (PRICES, "When will the museum open?", "1999"),
        (PRICES, "What does the boat cost?", "May"),
        (MINUTES, "How many weeks of parental leave do staff get?", "two"),
        (MINUTES, "How many oaks were planted at Hay?", "300"),
        (WORDS, "What does error E8 on the pump mean?", "blocked"),
        (WORDS, "Who designed the Hay Mill?", "Karl"),
        (WORDS, "In what year was Ida Brun born?", "Tromm"),
    ],
)
def test_what_stands_in_another_row_or_is_of_another_is_no_answer(
    spotter: Spotter, text: str, question: str, wrong: str
) -> None:
    spotted = ask(spotter, question, {"Paper": text})
    assert spotted is None or wrong not in spotted.text


def test_cells_and_labels_are_found_and_lie_in_the_text() -> None:
    text = "| Child | £4.00 | £2.50 |\nSalt, 20 kg     £5.20\nnote:  see *below*.\nat 09:30\nTwo  spaces  are prose."
    assert [text[cell.start : cell.end] for cell in cells_of(text)] == [
        "Child",
        "£4.00",
        "£2.50",
        "Salt, 20 kg",
        "£5.20",
    ]
    assert [(label, text[value.start : value.end]) for label, value in values_of(text)] == [("note", "see *below*")]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1 |:.\t\n*£-", max_size=80))
def test_whatever_stands_there_cells_and_values_lie_within_their_lines(text: str) -> None:
    for part in (*cells_of(text), *(value for _, value in values_of(text))):
        assert 0 <= part.start < part.end <= len(text) and "\n" not in text[part.start : part.end]


def test_words_that_tell_the_same_meet() -> None:
    assert alike(stem("ill")) >= {stem("sick"), stem("ill")}
    assert stem("chairman") in alike(stem("leads"), of_person=True) and not alike(stem("leads"))
    assert not alike("weir")


def test_what_is_said_of_another_version_of_a_whole_or_of_a_reason(parser: SentenceParser) -> None:
    assert is_under_another(["Lark", "2.1"], "2.1.4") and not is_under_another(["Lark", "2.1.4"], "## 2.1.4")
    assert not is_under_another(["Lark"], "2.1.4") and not is_under_another(["Lark", "2.1"], "Fixes")
    [sown] = parser.parse(["Of 1,150 seedlings raised here, 310 were planted out in May."])
    plant = stem("planted")
    assert [is_whole_of(sown, sown.words.index(word), plant) for word in ("1,150", "310")] == [True, False]
    [sold] = parser.parse(["Cards are no longer sold, as the permission of Ida Brun had run out."])
    assert [gives_cause(sold, sold.words.index(word)) for word in ("Cards", "permission")] == [False, True]
    [lost] = parser.parse(["It was lost due to ice."])
    assert gives_cause(lost, lost.words.index("ice")) and not gives_cause(lost, 0)


LILIES = {
    "Board": "Tomas Hall presented the second year of the lily's root project. The project is paid for by the Kest "
    "Trust, which has promised 48,000 euros. He moved the lilies to shed F2 with the help of two boys. The "
    "transfer took 95 minutes.",
    "Manual of the MP-60": "E1 | water pressure too low\nE7 | pump blocked",
    "Shop": "Model kits are sold in the museum shop again. Cards are no longer sold there, as the permission of the "
    "photographer had run out.",
    "Thumb League": "Thumb League: TWF is a series for children on the network Cartoon Wheel.",
    "Cartoon Wheel": "Cartoon Wheel is a network. It was founded by Betty Cohn and launched in 1992.",
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who pays for the lily's root project?", "Kest Trust"),
        ("How long did it take to bring the lilies to F2?", "95 minutes"),
        ("What does fault code E7 on the MP-60 mean?", "pump blocked"),
        ("What does fault code E5 on the MP-60 mean?", ""),
        ("Why are cards no longer sold in the museum shop?", "permission"),
        ("Thumb League is on a network founded by who?", "Betty Cohn"),
    ],
)
def test_sides_durations_codes_reasons_and_titles(spotter: Spotter, question: str, answer: str) -> None:
    spotted = ask(spotter, question, LILIES)
    assert answer in ("" if spotted is None else spotted.text) if answer else spotted is None


def offered(spotter: Spotter, parser: SentenceParser, question: str, text: str) -> dict[str, tuple[bool, float]]:
    """Return what a text offers: whether it is of the kind that is asked for, and what grammar says of it."""
    sources = Sources([passage("Paper", text)], [], {}, {})
    [asked] = parser.parse([question])
    wanted, moment = wanted_of(asked), moment_of(asked)
    choices = spotter.choices(question, sources, lambda _: 0.5)
    return {c.text: (is_of_kind(wanted, c), preference(wanted, moment, frozenset(asked.words), c)) for c in choices}


def test_what_grammar_says_of_choices(spotter: Spotter, parser: SentenceParser) -> None:
    text = "Of 1,150 seedlings raised here, 310 were planted out in May."
    sown = offered(spotter, parser, "How many seedlings were planted out in May?", text)
    assert sown["1,150"][1] < sown["310"][1]
    notes = offered(spotter, parser, "When was Lark 2.1 released?", NOTES["Lark 2.1 release notes"])
    assert notes["9 June 2021"][1] <= -3.0 < notes["3 May 2021"][1]
    kits = offered(spotter, parser, "Why are cards no longer sold?", LILIES["Shop"])
    assert kits["Model kits"][1] < 0.0 < kits["permission of the photographer"][1]
    titled = offered(spotter, parser, "Who leads the Paper mill?", "Paper: the mill is led by Ida Brun.")
    assert (
        titled["Ida Brun"][1]
        == offered(spotter, parser, "Who leads the Paper mill?", "It is led by Ida Brun.")["Ida Brun"][1]
    )


def test_a_piece_of_a_cell_and_what_is_asked_about_are_nobody(spotter: Spotter, parser: SentenceParser) -> None:
    row = offered(spotter, parser, "Who bred the plant N142?", "N142   Tarnholt primrose          9 cm     £5.50")
    assert not row["Tarnholt"][0]
    taken = offered(spotter, parser, "Who took the minutes?", "The long minutes of the meeting were taken by Ida Brun.")
    assert taken["Ida Brun"][0] and not any(fits for text, (fits, _) in taken.items() if "minutes" in text)
    made = offered(spotter, parser, "Where was the pump made?", "The pump was made by Boran Works in Tromm.")
    assert made["Tromm"][0] and not made["Boran Works"][0]
    supplied = offered(spotter, parser, "Where is the pump from?", "The pump was supplied by Halden Storage.")
    assert not supplied["Halden Storage"][0]
    child = offered(spotter, parser, "How much is a child's ticket?", "| Child (5 to 15) | £4.00 |")
    assert child["£4.00"][0] and not child["5"][0]
    wish = offered(
        spotter, parser, "What does the mayor want?", "The mayor, Ms Carla Weng, wants a shelter by May 2031."
    )
    assert wish["shelter"][0] and not (wish["Ms Carla Weng"][0] or wish["May 2031"][0])
    duty = offered(spotter, parser, "Who was there?", "The on-duty keeper of the lock was Ida Brun.")
    assert "on-duty keeper" in duty and "duty keeper" not in duty
    row = offered(spotter, parser, "What is E7?", "E7 | pump blocked | call the foreman")
    assert "pump blocked" in row and not any("|" in text for text in row)
    head = offered(spotter, parser, "Who led it before Ida Brun?", "Dr Ida Brun led it after Nils Orr.")
    assert "Nils Orr" in head and "Dr Ida Brun" not in head


def test_the_question_word_is_the_first_word_and_new_means_now(parser: SentenceParser) -> None:
    [seconds, manager] = parser.parse(["How many seconds were left when they won?", "Who is the new manager of Tov?"])
    assert wanted_of(seconds).asks == "how many"
    assert moment_of(manager).now
    defined = {
        "What is turbidity?": "turbiditi",
        "What is a weir?": "weir",
        "What is the budget?": "",
        "What is Tov?": "",
    }
    assert {question: wanted_of(parser.parse([question])[0]).defined for question in defined} == defined
    assert "mean" not in wanted_of(parser.parse(["What does sluice mean?"])[0]).closeness


def test_every_code_of_a_question_must_be_told() -> None:
    sources = Sources([passage("Manual of the MP-60", "The pump of the MP-60 shows E1 for low water.")], [], {}, {})
    told = [sentence for document in sources.documents for sentence in document.sentences]
    assert hold_codes("What does E1 on the MP-60 mean?", sources, told)
    assert not hold_codes("What does E5 on the MP-60 mean?", sources, told)
