"""Whatever a document holds: its sentences and chunks cover it exactly, and reading it gives it back."""

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from graphrag.documents.chunks import chunk_document
from graphrag.documents.decoding import no_surrogates
from graphrag.documents.html import parse_html
from graphrag.documents.markdown import parse_markdown
from graphrag.documents.sources import Problem, read_documents
from graphrag.text import sentence_spans, token_estimate
from graphrag.types import Document, DocumentId

# Text made of what decides about sentences and sections, and of anything else.
WORDS = st.sampled_from(
    [
        *("The", "he", "U.S.", "Dr.", "J.", "No.", "5", "3.5", "(b.", "1990)", "...", "?!", '"Yes!"', "”", "[1]", "|"),
        *("# ", "## A", "\n", "\n\n", "\n- ", "\n1. ", "\n# H\n", "\n---\n", "```", "\t", "\u2028", "\x1c", "\xa0"),
        *("。", "漢字", "é", "e\u0301", "😀", "x" * 90),
    ]
)
TEXTS = st.one_of(
    st.lists(WORDS, max_size=60).map(" ".join),
    st.lists(WORDS, max_size=60).map("".join),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=200),
)
VALUES = st.one_of(st.text(max_size=40), st.integers(), st.booleans(), st.none(), st.lists(st.integers(), max_size=3))
ROWS = st.lists(st.dictionaries(st.sampled_from(["id", "title", "text", "year"]), VALUES, max_size=4), max_size=8)


@given(TEXTS, st.integers(0, 50), st.integers(0, 50))
def test_each_character_is_in_one_sentence(text: str, cut_start: int, cut_end: int) -> None:
    start, end = min(cut_start, len(text)), max(min(cut_start, len(text)), len(text) - cut_end)
    spans = sentence_spans(text, start, end)
    at = start
    for span in spans:
        assert not text[at : span.start].strip()
        assert at <= span.start < span.end <= end
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        at = span.end
    assert not text[at:end].strip()


@given(TEXTS, st.integers(1, 120), st.integers(0, 3), st.booleans())
def test_chunks_cover_a_document_exactly(text: str, size: int, overlap: int, marked_up: bool) -> None:
    headings = parse_markdown(text).headings if marked_up else ()
    document = Document(DocumentId("d"), "t", text, "", {}, headings)
    chunks = chunk_document(document, max_tokens=size, overlap_sentences=overlap)
    covered = [0] * len(text)
    for position, chunk in enumerate(chunks):
        assert chunk.position == position
        assert chunk.text == text[chunk.span.start : chunk.span.end] == chunk.text.strip()
        assert token_estimate(chunk.text) <= size
        assert chunk.sentences
        before = chunk.span.start
        for sentence in chunk.sentences:
            assert before <= sentence.start < sentence.end <= chunk.span.end
            before = sentence.end
        for index in range(chunk.span.start, chunk.span.end):
            covered[index] += 1
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert all(
        count == 1 or (overlap and count) for count, char in zip(covered, text, strict=True) if not char.isspace()
    )
    assert chunks == chunk_document(document, max_tokens=size, overlap_sentences=overlap)


@given(TEXTS)
def test_headings_of_markdown_are_words_of_one_line(text: str) -> None:
    at = 0
    for level, span in parse_markdown(text).headings:
        words = text[span.start : span.end]
        assert 1 <= level <= 6
        assert words == words.strip() != ""
        assert "\n" not in words
        assert span.start >= at
        at = span.end


@given(TEXTS)
def test_html_keeps_the_words_of_its_paragraphs(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\0", "")
    parsed = parse_html(f"<h1>Head</h1><p>{escaped}</p><h2>{escaped}</h2>")
    words = [word for word in text.replace("\0", "").split() if word]
    assert parsed.text.split() == ["Head", *words, *words]
    for _, span in parsed.headings:
        assert parsed.text[span.start : span.end] == parsed.text[span.start : span.end].strip() != ""


def read(name: str, data: bytes) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return list(read_documents([path], problems)), problems


@settings(deadline=None)
@given(TEXTS.filter(str.strip))
def test_a_file_is_read_as_python_reads_it(text: str) -> None:
    text = "".join(char for char in text if char >= " " or char in "\t\n")
    documents, _ = read("f.txt", b"\xef\xbb\xbf" + text.encode())
    assert [document.text for document in documents] == ([text] if text.strip() else [])


@settings(deadline=None)
@given(ROWS)
def test_each_row_is_a_document_or_a_problem(rows: list[dict[str, object]]) -> None:
    as_list, list_problems = read("f.json", json.dumps(rows).encode())
    as_lines, line_problems = read("f.json", "\n".join(map(json.dumps, rows)).encode())
    assert as_list == as_lines
    lost = [p for p in list_problems if p.kind == "duplicate id" or (p.kind in ("empty", "no text") and p.where)]
    assert len(as_list) + len(lost) == len(rows)
    assert len(list_problems) == len(line_problems)
    texts = [no_surrogates(str(row.get("text"))) for row in rows]
    assert all(document.text in texts for document in as_list)
    own = {
        str(row["id"]) for row in rows if isinstance(row.get("id"), str | int) and not isinstance(row.get("id"), bool)
    }
    assert all(document.id in own or document.id.startswith("f.json#") for document in as_list)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300), st.sampled_from(["txt", "md", "html", "json", "jsonl", "csv"]))
def test_no_bytes_make_reading_fail(data: bytes, suffix: str) -> None:
    documents, problems = read(f"f.{suffix}", data)
    assert documents or problems
    for document in documents:
        document.text.encode("utf-8")
        chunk_document(document)
