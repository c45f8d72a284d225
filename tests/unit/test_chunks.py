import time
from itertools import pairwise

import pytest

from graphrag.documents.chunks import chunk_document
from graphrag.documents.markdown import parse_markdown
from graphrag.errors import RecipeError
from graphrag.text import token_estimate
from graphrag.types import Chunk, Document, DocumentId, Span


def document(text: str, headings: tuple[tuple[int, Span], ...] = ()) -> Document:
    return Document(DocumentId("d"), "The title", text, "d.txt", {}, headings)


def markdown(text: str) -> Document:
    return document(text, parse_markdown(text).headings)


def prose(sentences: int, first: int = 0) -> str:
    return " ".join(f"Sentence {number} says nothing at all." for number in range(first, first + sentences))


def check(whole: Document, chunks: list[Chunk], max_tokens: int, overlap: bool = False) -> None:
    covered = [0] * len(whole.text)
    for position, chunk in enumerate(chunks):
        assert chunk.position == position
        assert chunk.text == whole.text[chunk.span.start : chunk.span.end]
        assert token_estimate(chunk.text) <= max_tokens
        assert chunk.sentences
        assert list(chunk.sentences) == sorted(chunk.sentences)
        assert all(chunk.span.start <= s.start < s.end <= chunk.span.end for s in chunk.sentences)
        for index in range(chunk.span.start, chunk.span.end):
            covered[index] += 1
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    counts = {count for count, character in zip(covered, whole.text, strict=True) if not character.isspace()}
    assert counts <= ({1, 2} if overlap else {1})


def test_a_short_document_is_one_chunk() -> None:
    [chunk] = chunk_document(document("  One is here. Two is here.\n"))
    assert chunk.text == "One is here. Two is here."
    assert chunk.span == Span(2, 27)
    assert chunk.sentences == (Span(2, 14), Span(15, 27))
    assert (chunk.title, chunk.heading, chunk.document_id) == ("The title", "", "d")


@pytest.mark.parametrize("text", ["", " \n\t\n "])
def test_an_empty_document_has_no_chunks(text: str) -> None:
    assert chunk_document(document(text)) == []


@pytest.mark.parametrize("size", [1, 7, 40, 400])
def test_whole_sentences_are_packed(size: int) -> None:
    whole = document(prose(100))
    chunks = chunk_document(whole, max_tokens=size)
    check(whole, chunks, size)
    if size >= 40:
        assert all(chunk.text.startswith("Sentence") and chunk.text.endswith("all.") for chunk in chunks)


def test_the_last_chunk_is_not_tiny() -> None:
    whole = document(prose(51))
    sizes = [token_estimate(chunk.text) for chunk in chunk_document(whole, max_tokens=100)]
    assert len(sizes) > 3
    assert max(sizes) <= 100
    assert min(sizes) >= 40


def test_a_chunk_rather_ends_with_a_paragraph() -> None:
    text = prose(9) + "\n\n" + prose(9, 9)
    first, second = chunk_document(document(text), max_tokens=token_estimate(prose(11)))
    assert first.text == prose(9)
    assert second.text == prose(9, 9)


def test_headings_start_chunks_and_are_named() -> None:
    text = f"# Top *one*\n\n## [First](http://x.org) part\n{prose(8)}\n\nSecond part\n-----------\n{prose(8, 8)}\n"
    whole = markdown(text)
    first, second = chunk_document(whole, max_tokens=100)
    check(whole, [first, second], 100)
    assert first.heading == "Top one > First part"
    assert second.heading == "Top one > Second part"
    assert first.text.startswith("# Top *one*\n\n## [First]")
    assert second.text.startswith("Second part\n-----------\nSentence 8")
    assert [text[s.start : s.end] for s in first.sentences[:3]] == [
        "Top *one*",
        "[First](http://x.org) part",
        "Sentence 0 says nothing at all.",
    ]
    assert text[second.sentences[0].start : second.sentences[0].end] == "Second part"


def test_small_sections_share_a_chunk_and_its_heading_is_what_they_have_in_common() -> None:
    whole = markdown("# A\n\n## B\n\nOne.\n\n## C\n\nTwo.\n\n# D\n\nThree.\n")
    [chunk] = chunk_document(whole)
    assert chunk.heading == ""
    [chunk] = chunk_document(markdown("# A\n\n## B\n\nOne.\n\n## C\n\nTwo.\n"))
    assert chunk.heading == "A"


def test_a_heading_is_not_left_at_the_end_of_a_chunk() -> None:
    whole = markdown(f"{prose(4)}\n\n# Next\n\n{prose(40, 4)}")
    for size in range(20, 200, 7):
        chunks = chunk_document(whole, max_tokens=size)
        check(whole, chunks, size)
        assert not any(chunk.text.endswith("# Next") for chunk in chunks if token_estimate(chunk.text) > 2)


def test_headings_alone_are_a_chunk() -> None:
    [chunk] = chunk_document(markdown("# A\n\n## B\n"))
    assert (chunk.text, chunk.heading) == ("# A\n\n## B", "A > B")


def test_headings_that_are_no_lines_of_the_text_do_no_harm() -> None:
    headings = ((1, Span(3, 900)), (1, Span(4, 9)), (2, Span(4, 9)))
    whole = document("One two three. Four five.", headings)
    check(whole, chunk_document(whole), 400)


def test_an_over_long_sentence_is_cut_at_white_space() -> None:
    whole = document("word " * 1000)
    chunks = chunk_document(whole, max_tokens=100)
    check(whole, chunks, 100)
    assert len(chunks) == 10
    assert all(set(chunk.text.split()) == {"word"} for chunk in chunks)


@pytest.mark.parametrize(
    "text", ["x" * 5000, "漢" * 3000, "e\u0301" * 2000, "😀" * 900, "a_" * 900, "ж" * 900 + " end"]
)
@pytest.mark.parametrize("size", [1, 2, 50, 400])
def test_a_text_without_spaces_is_cut_hard(text: str, size: int) -> None:
    whole = document(text)
    chunks = chunk_document(whole, max_tokens=size)
    check(whole, chunks, size)
    if size >= 50:
        assert not any(chunk.text.startswith("\u0301") for chunk in chunks)


def test_foreign_letters_count_more_than_words_of_the_vocabulary() -> None:
    russian = document("Лев Толстой родился в Ясной Поляне и написал роман. " * 40)
    chunks = chunk_document(russian, max_tokens=400)
    assert all(len(chunk.text) <= 500 for chunk in chunks)


def test_overlap_repeats_whole_sentences() -> None:
    whole = document(prose(60))
    chunks = chunk_document(whole, max_tokens=100, overlap_sentences=2)
    check(whole, chunks, 100, overlap=True)
    for before, after in pairwise(chunks):
        assert before.sentences[-2:] == after.sentences[:2]


def test_ids_stay_when_text_is_put_before() -> None:
    headings = "# One\n\n{}\n\n# Two\n\n{}\n"
    old = chunk_document(markdown(headings.format(prose(5), prose(9, 9))), max_tokens=100)
    new = chunk_document(markdown(headings.format("New here. " + prose(5), prose(9, 9))), max_tokens=100)
    assert old[-1].id == new[-1].id
    assert old[0].id != new[0].id
    assert old[-1].span != new[-1].span


def test_equal_texts_of_a_document_have_different_ids() -> None:
    chunks = chunk_document(document("Same words here. " * 30), max_tokens=4)
    assert len({chunk.text for chunk in chunks}) == 1
    assert len({chunk.id for chunk in chunks}) == 30


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (-5, 0), (10, -1)])
def test_impossible_sizes_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(RecipeError, match="max_tokens"):
        chunk_document(document("x"), max_tokens=size, overlap_sentences=overlap)


@pytest.mark.parametrize("unit", ["word ", "x", "One. ", "# a\n", "漢字。", "\n\n"])
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        whole = markdown(unit * (size // len(unit)))
        begin = time.perf_counter()
        chunk_document(whole)
        return time.perf_counter() - begin

    assert min(seconds(160_000) for _ in range(2)) < 30 * min(seconds(20_000) for _ in range(2)) + 0.05


@pytest.mark.parametrize("source", ["notes/a.md", "A.MARKDOWN"])
@pytest.mark.parametrize("front", ["title: Ada\nauthor: Maria Keller", "a: [", "x: *y"])
def test_front_matter_is_in_no_chunk(source: str, front: str) -> None:
    text = f"---\n{front}\n---\n# Heading\n\nBody of it.\n"
    whole = Document(DocumentId("d"), "Ada", text, source, {}, parse_markdown(text).headings)
    [chunk] = chunk_document(whole)
    assert chunk.text == "# Heading\n\nBody of it."
    assert text[chunk.span.start : chunk.span.end] == chunk.text
    assert [text[span.start : span.end] for span in chunk.sentences] == ["Heading", "Body of it."]


def test_only_front_matter_of_markdown_is_left_out() -> None:
    text = "---\ntitle: Ada\n---\nBody of it.\n"
    [plain] = chunk_document(Document(DocumentId("d"), "Ada", text, "a.txt"))
    assert plain.text == text.strip()
    text = "---\nBetween two rules.\n---\nBody of it.\n"
    [ruled] = chunk_document(Document(DocumentId("d"), "Ada", text, "a.md"))
    assert ruled.text == text.strip()
