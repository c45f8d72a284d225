import time
import timeit

import pytest

from graphrag.text import (
    WORD,
    Words,
    fold,
    name_key,
    numbers,
    sentence_spans,
    strip_disambiguation,
    token_estimate,
    words,
)


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


@pytest.mark.parametrize(
    "expected",
    [
        # abbreviations and initials inside names
        ["J. R. R. Tolkien wrote it.", "He died in 1973."],
        ["J.R.R. Tolkien wrote it.", "He died."],
        ["It was directed by A. R. Ramesh.", "It features Napoleon."],
        ["He is from St. Louis.", "It is big."],
        ["Lt. Gen. A. K. Niazi and Sgt. Pepper met Dr. Who.", "They talked."],
        ["He came from Mt. Vernon, N.Y.", "He is old."],
        ["Martin Luther King Jr. Day is a holiday."],
        ["The U.S. Senate voted.", "The U.S. House did not."],
        ["It was him—J. Edgar Hoover.", "He ran the FBI."],
        ["Robot Monster (a.k.a. Monster from Mars) is a film.", "It is short."],
        # the same abbreviations at the end of a sentence
        ["He lives in the U.S.", "The end."],
        ["He moved to Washington, D.C.", "In 1990 he died."],
        ["He worked for Apple Inc.", "In 1990 he left."],
        ["He got a Ph.D.", "In 1990 he left."],
        ["The show began at 5 p.m.", "It ended late."],
        ["I like cats, dogs, etc.", "They are nice."],
        ["It was released by Warner Bros.", "Based on a novel, it failed."],
        ["It was a film of Lon Chaney, Jr.", "The film was lost."],
        ["He fought in World War I.", "Germany lost."],
        ["He is a great-grandson of King George V.", "He is 43rd in line."],
        ["The actions are A, B, D and E.", "The shares are traded."],
        # numbers
        ["It is No. 5 on the list.", "Really."],
        ["He said no.", "Then he left."],
        ["See p. 5, Vol. II and fig. 3 for more.", "Then go on."],
        ["It cost 3.5 million.", "About 2.0 was paid."],
        ["He was born c. 1920 in Rome.", "He died on Dec. 5."],
        ["He died in 1990.", "5 people came."],
        ["See Smith et al. (2009) for it.", "It helps."],
        # dialogue, quotes, brackets, ellipses, exclamations in titles
        ['"Where are you?" he asked.', '"Here!" she cried.'],
        ["“I can’t,” he said.", "“Why?”", "Tom asked."],
        ['He wrote "Foo."', "It sold."],
        ["(He died in 1990.)", "She lived."],
        ["Well ... maybe so.", "Yes."],
        ["Well...", "I do not know."],
        ["Airplane! (1980) is a film.", "It is fun."],
        ["Yahoo! is a company.", "It is old."],
        ["Yes!", "Yes!", "No?"],
        ["**Bold sentence.**", "Next one."],
        # references and a missing space
        ["He died in 1990.[12][3]", "She lived."],
        ["He visited www.Example.com today.", "It was down."],
        # other scripts
        ["Он умер в 1910 году.", "Это было давно."],
        ["यह एक वाक्य है।", "यह दूसरा है।"],
    ],
    ids=lambda expected: expected[0][:24],
)
def test_sentences_are_found(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One paragraph\n\nAnother paragraph", ["One paragraph", "Another paragraph"]),
        ("- one item\n- two item\n* three", ["- one item", "- two item", "* three"]),
        ("1. First thing\n2. Second thing", ["1. First thing", "2. Second thing"]),
        ("| a | b |\n| c | d |", ["| a | b |", "| c | d |"]),
        ("Title Line\nThe text begins here.", ["Title Line", "The text begins here."]),
        ("prose that is wrapped at some\ncolumn and goes on.", ["prose that is wrapped at some\ncolumn and goes on."]),
        (
            "This is a rather long line of prose that was wrapped before\nColumn and goes on.",
            ["This is a rather long line of prose that was wrapped before\nColumn and goes on."],
        ),
        ("He was king. Their son\nEngelbert was count.", ["He was king.", "Their son\nEngelbert was count."]),
        ("He met Mr.\nSmith there.", ["He met Mr.\nSmith there."]),
        ("space.The museum opened.", ["space.", "The museum opened."]),
        ("夏目漱石は作家である。本名は金之助。", ["夏目漱石は作家である。", "本名は金之助。"]),
        ("他说：「我来了。」他走了。", ["他说：「我来了。」", "他走了。"]),
        ("", []),
        (" \n\t ", []),
        ("...", ["..."]),
        ("He left. ''", ["He left. ''"]),
    ],
)
def test_line_breaks_and_marks_without_spaces(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_part_of_a_text_can_be_split() -> None:
    text = "Zero. One is here. Two is here. Three."
    spans = sentence_spans(text, 6, 31)
    assert [text[span.start : span.end] for span in spans] == ["One is here.", "Two is here."]


@pytest.mark.parametrize(
    "unit", ["A. ", '. "', ".", '."""""', "Mrs. ", " \n", "((((", "\n-", "x", "漢", ".[a]", "Word\n"]
)
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        return min(_timed(text) for _ in range(2))

    def _timed(text: str) -> float:
        # Without the collector, and without the time that other programs take.
        return timeit.timeit(lambda: sentence_spans(text, 1, len(text) - 1), number=1, timer=time.thread_time)

    assert seconds(160_000) < 30 * seconds(20_000) + 0.02  # 8 times the text; a quadratic rule would take 64 times


def test_names_are_compared_without_accents_case_and_marks() -> None:
    assert fold("Zoë STRASSE ﬁ") == "zoe strasse fi"
    assert name_key("O’Neill's  Café-Bar") == "oneill cafe bar"
    assert words("It's 3 o'clock") == ["it", "3", "oclock"]


@pytest.mark.parametrize("text", ["Ada  Lovelace", "a1 2b", "", " ", "A\tB\nC", "O'Neill's", "under_score", "x-y"])
def test_plain_names_are_split_as_all_texts_are(text: str) -> None:
    assert words(text) == [word.replace("'", "") for word in WORD.findall(text.lower())]


def test_words_know_their_places() -> None:
    text = "At Zoë's the O’Neills’ été"
    found = Words.of(text)
    assert found.folded == words(text)
    places = list(zip(found.starts, found.ends, strict=True))
    assert [text[a:b] for a, b in places] == ["At", "Zoë", "the", "O’Neills", "été"]
    assert found.capitals == [0, 1, 3]


def test_disambiguation_is_stripped_unless_nothing_is_left() -> None:
    assert strip_disambiguation("Mercury (planet)") == "Mercury"
    assert strip_disambiguation("(planet)") == "(planet)"
    assert strip_disambiguation("Foo (a) (b)") == "Foo (a)"


def test_numbers_of_names() -> None:
    assert numbers(name_key("Henry VIII 2")) == ("2", "viii")
    assert numbers(name_key("Henry")) == ()


def test_tokens_add_up_over_white_space() -> None:
    parts = ["Hello,", "wonderful", "(new)", "world!"]
    assert token_estimate(" ".join(parts)) == sum(map(token_estimate, parts))
    assert token_estimate("") == 0
