"""Reports on communities: exact citations, complete sentences, honest where the sources hold none."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from graphrag.communities.detect import detect_communities
from graphrag.communities.reports import write_reports
from graphrag.communities.reuse import KeptReport
from graphrag.communities.titles import head_noun, join_names, plural
from graphrag.communities.weights import entity_edges
from graphrag.communities.wording import is_complete, is_english, points_back, subject_pronoun
from graphrag.text import sentence_spans
from graphrag.types import (
    About,
    Chunk,
    ChunkId,
    Community,
    CommunityId,
    CommunityReport,
    DocumentId,
    Entity,
    EntityId,
    EntityMention,
    Fact,
    FactId,
    Quote,
    Span,
    stable_id,
)

TEXTS = {
    "Red Harvest": "Red Harvest is a 1951 film directed by Ada Ferrari. It stars Bruno Klein and Carla Weiss.",
    "Blue Harvest": "Blue Harvest is a 1953 film directed by Ada Ferrari. Bruno Klein plays a farmer of Lucca.",
    "Green Harvest": "Green Harvest is a 1957 film directed by Ada Ferrari.\nCast: Carla Weiss, Bruno Klein",
    "Ada Ferrari": "Ada Ferrari was an Italian film director. She was born in Lucca in 1910. Ada Ferrari met Bruno "
    "Klein in Rome. Later he married Carla Weiss.",
    "Bruno Klein": "Bruno Klein was a German actor. He met Ada Ferrari in Lucca and acted in Red Harvest.",
}
KINDS = {"Red Harvest": "1951 film", "Blue Harvest": "1953 film", "Green Harvest": "film", "Ada Ferrari": "director"}
NAMES = ["Red Harvest", "Blue Harvest", "Green Harvest", "Ada Ferrari", "Bruno Klein", "Carla Weiss", "Lucca", "Rome"]


class Corpus:
    """A small corpus read by hand-made rules: names are found as they are written."""

    def __init__(self, texts: dict[str, str], names: Sequence[str], kinds: dict[str, str]) -> None:
        self.texts = texts
        self.chunks = [self._chunk(title, text) for title, text in sorted(texts.items())]
        self.mentions = [mention for chunk in self.chunks for mention in self._mentions(chunk, names)]
        self.entities = sorted(
            (Entity(entity(name), name, "PERSON", (), kinds.get(name, ""), 1) for name in names), key=lambda e: e.id
        )
        self.abouts = [About(entity(title), DocumentId(title), 1.0, "title") for title in texts if title in names]
        self.facts = list(self._facts())

    @staticmethod
    def _chunk(title: str, text: str) -> Chunk:
        spans = tuple(sentence_spans(text))
        return Chunk(ChunkId(f"c-{title}"), DocumentId(title), 0, Span(0, len(text)), text, title, "", spans)

    @staticmethod
    def _mentions(chunk: Chunk, names: Sequence[str]) -> Iterator[EntityMention]:
        for name in names:
            for match in re.finditer(re.escape(name), chunk.text):
                yield EntityMention(entity(name), chunk.id, chunk.document_id, Span(*match.span()), name, "ner")

    def _facts(self) -> Iterator[Fact]:
        for chunk in self.chunks:
            for span in chunk.sentences:
                text = chunk.text[span.start : span.end]
                found = re.match(r"(.*) is a (\d+) film directed by (.*)\.", text)
                if found:
                    quote = Quote(chunk.document_id, chunk.id, span, text)
                    sides = entity(found[1]), entity(found[3])
                    name = FactId(f"fact-{found[1]}")
                    yield Fact(name, sides[0], "directed by", sides[1], found[3], found[2], 0.9, (quote,))

    def reports(self, communities: Sequence[Community], **options: object) -> list[CommunityReport]:
        parts = (self.entities, self.facts, self.mentions, self.abouts, self.chunks)
        return write_reports(communities, *parts, **options)

    def community(self, names: Sequence[str], level: int = 0, parent: CommunityId | None = None) -> Community:
        members = tuple(sorted(entity(name) for name in names))
        return Community(CommunityId(stable_id("community", str(level), *members)), level, parent, members)


def entity(name: str) -> EntityId:
    return EntityId(stable_id("entity", name))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus(TEXTS, NAMES, KINDS)


def test_a_report_says_what_its_community_is_about(corpus: Corpus) -> None:
    (report,) = corpus.reports([corpus.community(NAMES)])
    assert "Ada Ferrari" in report.title
    assert entity("Ada Ferrari") in report.key_entities[:3]
    assert "Ada Ferrari was an Italian film director." in {finding.text for finding in report.findings}
    assert 3 <= len(report.findings) <= 8
    assert report.summary == " ".join(finding.text for finding in report.findings[:2])
    assert report.documents == tuple(sorted(TEXTS))
    assert report.when == ("1951", "1957")
    assert 0 < report.rank < 1
    assert report.made_by == "extractive-2"


def test_quotes_are_exact_and_findings_are_complete_sentences(corpus: Corpus) -> None:
    (report,) = corpus.reports([corpus.community(NAMES)])
    for finding in report.findings:
        (quote,) = finding.quotes
        assert TEXTS[quote.document_id][quote.span.start : quote.span.end] == quote.text
        assert finding.text == " ".join(quote.text.split())
        assert is_complete(finding.text)
        assert not points_back(finding.text)
    said = " ".join(finding.text for finding in report.findings)
    assert "Cast:" not in said


def test_a_sentence_that_points_back_comes_only_with_the_one_before(corpus: Corpus) -> None:
    (report,) = corpus.reports([corpus.community(["Ada Ferrari", "Bruno Klein", "Carla Weiss"])])
    for finding in report.findings:
        if "he married" in finding.text:
            assert finding.text == "Ada Ferrari met Bruno Klein in Rome. Later he married Carla Weiss."
        assert not finding.text.startswith(("It", "She", "He", "Later"))


def test_findings_cite_the_facts_they_support(corpus: Corpus) -> None:
    (report,) = corpus.reports([corpus.community(NAMES)])
    cited = {finding.text: finding.facts for finding in report.findings}
    assert cited["Red Harvest is a 1951 film directed by Ada Ferrari."] == (FactId("fact-Red Harvest"),)


def test_what_most_share_becomes_the_title(corpus: Corpus) -> None:
    films = ["Red Harvest", "Blue Harvest", "Green Harvest", "Ada Ferrari"]
    (report,) = corpus.reports([corpus.community(films)])
    assert report.title == "Films directed by Ada Ferrari"


def test_a_parent_is_made_from_its_children(corpus: Corpus) -> None:
    parent = corpus.community(NAMES)
    one = corpus.community(["Red Harvest", "Blue Harvest", "Green Harvest"], 1, parent.id)
    other = corpus.community(NAMES[3:], 1, parent.id)
    reports = {report.community_id: report for report in corpus.reports([parent, one, other])}
    below = {finding.text for child in (one, other) for finding in reports[child.id].findings}
    assert {finding.text for finding in reports[parent.id].findings} <= below
    assert len(reports) == 3


def test_an_undivided_community_keeps_its_report_on_the_next_level(corpus: Corpus) -> None:
    parent = corpus.community(NAMES)
    child = corpus.community(NAMES, 1, parent.id)
    above, below = corpus.reports([child, parent])
    assert (above.community_id, below.community_id) == (parent.id, child.id)
    assert above.digest == below.digest
    assert above.findings == below.findings


def test_small_communities_get_no_report(corpus: Corpus) -> None:
    assert corpus.reports([corpus.community(["Lucca", "Rome"]), corpus.community(["Ada Ferrari"])]) == []


def test_order_of_the_input_does_not_matter(corpus: Corpus) -> None:
    communities = [corpus.community(NAMES[:4]), corpus.community(NAMES[4:])]
    turned = write_reports(
        communities[::-1],
        corpus.entities[::-1],
        corpus.facts[::-1],
        corpus.mentions[::-1],
        corpus.abouts[::-1],
        corpus.chunks[::-1],
    )
    assert turned == corpus.reports(communities)


def test_kept_reports_are_those_that_would_be_written(corpus: Corpus) -> None:
    communities = [corpus.community(NAMES[:4]), corpus.community(NAMES[4:])]
    kept: dict[str, KeptReport] = {}
    written = corpus.reports(communities, kept=kept)
    assert corpus.reports(communities, kept=kept) == written
    # What the films are said to be stands in no sentence and no fact, but in the title.
    other = Corpus(TEXTS, NAMES, dict.fromkeys(KINDS, "opera"))
    assert other.reports(communities, kept=kept) == other.reports(communities) != written


def test_a_passage_more_on_a_hub_leaves_the_reports_of_others_as_they_are(corpus: Corpus) -> None:
    far = {f"Note {n}": f"Zenith {n} is a small town near Rome and close to Zenith {n + 1} too." for n in range(40)}
    names = [*NAMES, *(f"Zenith {n}" for n in range(10, 42))]
    some, all_ = (Corpus(TEXTS | dict(list(far.items())[:many]), names, KINDS) for many in (39, 40))
    communities = [corpus.community(NAMES[:7]), corpus.community(names[7:])]
    kept: dict[str, KeptReport] = {}
    some.reports(communities, kept=kept)
    before = set(kept)
    assert all_.reports(communities, kept=kept) == all_.reports(communities)
    assert len(before & set(kept)) == 1


def test_the_digest_changes_only_with_what_the_report_says(corpus: Corpus) -> None:
    community = corpus.community(NAMES)
    more = Corpus(
        TEXTS | {"Delta": "The Danube Delta is the largest wetland of Romania by far."},
        [*NAMES, "Danube Delta", "Romania"],
        KINDS,
    )
    (report,) = corpus.reports([community])
    assert more.reports([community]) == [report]
    changed = Corpus(TEXTS | {"Bruno Klein": "Bruno Klein was a Swiss actor and met Ada Ferrari."}, NAMES, KINDS)
    assert changed.reports([community])[0].digest != report.digest


def test_vectors_keep_sentences_apart_that_say_the_same() -> None:
    texts = {
        "Alpha": "Alpha Corp builds engines for Beta Corp in Gamma City.",
        "Beta": "Engines for Beta Corp are built by Alpha Corp in Gamma City.",
        "Gamma": "Gamma City hosted a large fair where Alpha Corp won a prize.",
    }
    names = ["Alpha Corp", "Beta Corp", "Gamma City"]
    corpus = Corpus(texts, names, {})
    vectors = {"Alpha": [1.0, 0.0], "Beta": [1.0, 0.0], "Gamma": [0.0, 1.0]}
    asked: list[str] = []

    def sentence_vectors(chunks: Sequence[ChunkId]) -> list[np.ndarray]:
        asked.extend(chunks)
        return [np.array([vectors[chunk.removeprefix("c-")]], dtype=np.float32) for chunk in chunks]

    (report,) = corpus.reports([corpus.community(names)], sentence_vectors=sentence_vectors)
    assert sorted(set(asked)) == ["c-Alpha", "c-Beta", "c-Gamma"]
    assert [finding.quotes[0].document_id for finding in report.findings] in (["Alpha", "Gamma"], ["Beta", "Gamma"])


def test_without_a_complete_sentence_the_report_says_so_and_cites_the_names() -> None:
    text = "Cast: Anna Bell, Carl Dorn, Erik Falk"
    corpus = Corpus({"Programme": text}, ["Anna Bell", "Carl Dorn", "Erik Falk"], {})
    (report,) = corpus.reports([corpus.community(["Anna Bell", "Carl Dorn", "Erik Falk"])])
    assert report.summary.startswith("The documents name ")
    assert report.summary.endswith(" together, but not in a complete sentence.")
    assert is_complete(report.summary)
    (finding,) = report.findings
    assert sorted(quote.text for quote in finding.quotes) == ["Anna Bell", "Carl Dorn", "Erik Falk"]
    assert all(text[quote.span.start : quote.span.end] == quote.text for quote in finding.quotes)
    assert "Anna Bell" in report.title


def test_a_report_on_a_hub_with_many_leaves() -> None:
    names = ["Grand Hub", *(f"Leaf {number:04d}" for number in range(3000))]
    texts = {name: f"{name} is a small branch of Grand Hub." for name in names[1:]}
    corpus = Corpus({}, [], {})
    corpus.chunks = [corpus._chunk(title, text) for title, text in texts.items()]
    corpus.mentions = [m for chunk in corpus.chunks for m in corpus._mentions(chunk, [chunk.title, "Grand Hub"])]
    corpus.entities = sorted((Entity(entity(n), n, "ORG", (), "branch", 1) for n in names), key=lambda e: e.id)
    ids = [e.id for e in corpus.entities]
    communities = detect_communities(ids, *entity_edges(ids, [], corpus.mentions))
    reports = corpus.reports(communities)
    assert {len(community.members) for community in communities} == {3001}
    assert len(reports) == 3
    assert len(reports[0].findings) == 8
    assert "Grand Hub" in reports[0].title


def test_nothing_gives_no_reports() -> None:
    assert write_reports([], [], [], [], [], []) == []


@pytest.mark.parametrize(
    "text",
    [
        "Ada Ferrari was an Italian film director.",
        '"Sea of Voices" is a song recorded by Porter Robinson.',
        "In 1990 the company moved to Paris.",
        "The river rises in the hills of Lucca.",
        "``I See Fire ''is a song by Ed Sheeran.",
    ],
)
def test_complete_sentences(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "Paris est la capitale de la France depuis longtemps.",
        "Ада Феррари была итальянским режиссёром и актрисой.",
        "埃達是一位意大利電影導演和演員也是作家。",
    ],
)
def test_sentences_of_other_languages_need_no_english_verb(text: str) -> None:
    assert not is_english(text)
    assert is_complete(text, english=False)
    assert not is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "…",
        "# Heading of the whole document.",
        "Early life and education",
        "Directed by the author of the book.",
        "The director of the first film.",
        "Stephen Brown may refer to:",
        "and then it was over for all of them.",
        'He said "it was the best of all days.',
        "Ada (born in Lucca was a director of films.",
        "| cell of a table | it was the last. |",
        "- It was one of the items of a list.",
        "It was so.",
        "Anna Bell as a food vendor.",
        "Most passes had: 1.55 (75 of 4,850), Anna Bell, 2005 -- 2017.",
        "See [the page](of) that was there.",
    ],
)
def test_fragments(text: str) -> None:
    assert not is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "He died in Paris.",
        "However, Ada left the company.",
        "The film was released in 1951.",
        "In addition, Ada wrote songs.",
        "This was the end of the company.",
        "His father, Walter, died in 1197.",
        "They're known for songs.",
        "The film, which stars Ada, was shown in Rome.",
        "Ada Lovelace translated it into English.",
        "Geoffrey Howard was his younger brother.",
        "Indra Sen, his brother, is also an actor.",
        "A previous film version was made in 1943.",
        "Published by Bell, Dorn, it includes songs.",
        "Directed by Ada G. Ferrari, the film stars Bruno Klein.",
    ],
)
def test_sentences_that_point_back(text: str) -> None:
    assert points_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ada left the company.",
        "The Danube is a river.",
        "In 1951, Ada left the company.",
        "Ada Lovelace, the daughter of Byron, was an English writer.",
        "Ada owned a copy and showed it to Bruno.",
    ],
)
def test_sentences_that_stand_alone(text: str) -> None:
    assert not points_back(text)


def test_the_first_pronoun_of_a_sentence() -> None:
    assert subject_pronoun("In 1990 he met Ada.") == 8
    assert subject_pronoun("Ada met Bruno.") == len("Ada met Bruno.")


def test_words_of_titles() -> None:
    assert [head_noun(text) for text in ("American film director of the 1950s", "1951 drama film", "Italian", "")] == [
        "director",
        "film",
        "",
        "",
    ]
    assert [plural(noun) for noun in ("film", "city", "woman", "actress", "series", "sportsperson", "play")] == [
        "films",
        "cities",
        "women",
        "actresses",
        "series",
        "sportspeople",
        "plays",
    ]
    assert [join_names(names) for names in (["A"], ["A", "B"], ["A", "B", "C"])] == ["A", "A and B", "A, B and C"]
