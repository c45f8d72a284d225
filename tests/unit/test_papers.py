"""Documents of office programs: the text, headings and metadata that are read from pdf, docx and epub files."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import Said, docx, epub, paragraph, pdf, pdf_of, slow_pdf, stream, zipped
from pypdf import PdfReader, PdfWriter

from graphrag import GraphRAG
from graphrag.documents import apart
from graphrag.documents.kept import KeptFiles
from graphrag.documents.markdown import Parsed
from graphrag.documents.pages import page_of
from graphrag.documents.problems import Problem, Unreadable
from graphrag.documents.sources import read_documents
from graphrag.documents.titles import plausible_title
from graphrag.stores.schema import PARSED_FOLDER
from graphrag.types import Document, DocumentId


def read(*inputs: Path) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    return list(read_documents(inputs, problems)), problems


def only(path: Path, data: bytes) -> Document:
    """Return the one document of a file that is read without a problem."""
    path.write_bytes(data)
    [document], problems = read(path)
    assert problems == []
    return document


def headings(document: Document) -> list[tuple[int, str]]:
    return [(level, document.text[span.start : span.end]) for level, span in document.headings]


def refused(path: Path, data: bytes) -> Problem:
    """Return the one problem of a file that is not read."""
    path.write_bytes(data)
    documents, [problem] = read(path)
    assert documents == []
    return problem


# --- docx

STYLES = (
    '<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="berschrift2"/></w:style>'
    '<w:style w:styleId="Circle"><w:name w:val="Circle"/><w:basedOn w:val="Circle"/></w:style>'
    '<w:style w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:styleId="Liste"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    "</w:style>"
)
NUMBERED = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>'


def cell(*paragraphs: str) -> str:
    return f"<w:tc>{''.join(paragraph(text) for text in paragraphs)}</w:tc>"


def test_a_word_document_has_headings_lists_and_tables(tmp_path: Path) -> None:
    body = "".join(
        [
            paragraph("The Loom", "Titel"),
            paragraph("Contents 1", "Verzeichnis1"),
            paragraph("Early  years", "berschrift1"),
            paragraph("Joseph Jacquard was born "),
            paragraph("He wove:", "Circle"),
            paragraph("silk", "Liste"),
            paragraph("linen", "", NUMBERED),
            paragraph("Numbered heading", "Own", NUMBERED),
            f"<w:tbl><w:tr>{cell('Year', '')}{cell('Place')}</w:tr>"
            f"<w:tr>{cell('1752')}{cell('Lyon', 'France')}</w:tr></w:tbl>",
            paragraph("By level", "", '<w:outlineLvl w:val="2"/>'),
            paragraph("The end."),
        ]
    )
    core = (
        "<dc:title>Microsoft Word - loom.doc</dc:title><dc:creator>Ada B.</dc:creator><cp:keywords>loom, cards"
        "</cp:keywords><dcterms:created>2020-05-01T10:00:00Z</dcterms:created><dc:language>en-GB</dc:language>"
    )
    document = only(tmp_path / "loom.docx", docx(body, core=core, styles=STYLES))
    assert document.text == (
        "The Loom\n\nEarly years\n\nJoseph Jacquard was born\n\nHe wove:\n\n- silk\n- linen\n\nNumbered heading\n\n"
        "Year | Place\n1752 | Lyon France\n\nBy level\n\nThe end."
    )
    assert headings(document) == [(1, "The Loom"), (1, "Early years"), (2, "Numbered heading"), (3, "By level")]
    assert (document.id, document.title) == ("loom.docx", "The Loom")
    assert document.metadata == {
        "author": "Ada B.",
        "keywords": "loom, cards",
        "date": "2020-05-01T10:00:00Z",
        "lang": "en-GB",
    }


def test_what_a_reader_of_a_word_document_does_not_see_is_left_out(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>Seen</w:t></w:r><w:r><w:tab/><w:t>after a tab.</w:t></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
        "<w:ins><w:r><w:t> Added.</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice><w:r>{box}</w:r></mc:Choice><mc:Fallback><w:r>{box}</w:r></mc:Fallback></mc:AlternateContent></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>One</w:t><w:br/><w:t>two.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote w:id="1"/>'
        f'<w:footnote w:id="2">{paragraph("A note.")}</w:footnote></w:footnotes>'
    )
    document = only(tmp_path / "seen.docx", docx(body, {"word/footnotes.xml": notes}))
    assert document.text == "Seen after a tab. Added.\n\nA note.\n\nIn a box.\n\nOne\ntwo."
    assert document.title == "seen"


def test_a_level_that_is_none_and_a_title_without_end_lose_no_document(tmp_path: Path) -> None:
    level = f'<w:outlineLvl w:val="{"9" * 5000}"/>'
    core = f"<dc:title>{'Loomwork ' * 1000}</dc:title>"
    document = only(tmp_path / "a.docx", docx(paragraph("Ada built a loom.", extra=level), core=core))
    assert document.text == "Ada built a loom." and not document.headings
    assert document.title.startswith("Loomwork Loomwork") and len(document.title) <= 1000


def test_a_dropped_capital_belongs_to_its_word(tmp_path: Path) -> None:
    body = paragraph("O", "", '<w:framePr w:dropCap="drop"/>') + paragraph("nce upon a time.") + paragraph("Next.")
    assert only(tmp_path / "a.docx", docx(body)).text == "Once upon a time.\n\nNext."


# --- epub


def test_an_epub_is_its_chapters_in_reading_order(tmp_path: Path) -> None:
    chapters: dict[str, str | bytes] = {
        "b.xhtml": '<?xml version="1.0"?><html><head><title/><script src="x.js"/></head><body><h1>One<a id="x"/></h1>'
        "<p>First <em>words</em>&#160;here.</p><nav>Menu</nav></body></html>",
        "a.xhtml": "<html><body><h1>Two</h1><ul><li>milk</li><li>bread</li></ul></body></html>".encode("utf-16"),
        "cover.xhtml": "<html><body><img src='cover.png' alt=''/></body></html>",
    }
    core = (
        "<dc:title>Two Tales</dc:title><dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>"
        "<dc:subject>tales</dc:subject><dc:date>1999</dc:date><dc:language>en</dc:language>"
    )
    document = only(tmp_path / "tales.epub", epub(chapters, core, ["cover.xhtml", "b.xhtml", "a.xhtml", "b.xhtml"]))
    assert document.text == "One\n\nFirst words here.\n\nTwo\n\n- milk\n- bread"
    assert headings(document) == [(1, "One"), (1, "Two")]
    assert document.title == "Two Tales"
    assert document.metadata == {"author": "Ann, Bob", "keywords": "tales", "date": "1999", "lang": "en"}


def test_a_protected_epub_is_told(tmp_path: Path) -> None:
    encryption = (
        '<encryption><EncryptedData><EncryptionMethod Algorithm="{}"/><CipherData><CipherReference URI="{}"/>'
        "</CipherData></EncryptedData></encryption>"
    )
    chapters: dict[str, str | bytes] = {"a.xhtml": "<p>words</p>"}
    hidden = encryption.format("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "OEBPS/text/a.xhtml")
    problem = refused(tmp_path / "a.epub", epub(chapters, parts={"META-INF/encryption.xml": hidden}))
    assert (problem.kind, "DRM" in problem.message) == ("encrypted", True)
    font = encryption.format("http://www.idpf.org/2008/embedding", "OEBPS/font.otf")
    assert only(tmp_path / "b.epub", epub(chapters, parts={"META-INF/encryption.xml": font})).text == "words"


# --- pdf

LONG = "The quick brown fox jumps over the lazy dog and runs away from it until"


def column(*lines: str, top: float = 700, left: float = 72, size: float = 10) -> list[Said]:
    """Return lines below each other; an empty one is a gap."""
    return [(left, top - 12 * number, size, text) for number, text in enumerate(lines) if text]


def test_a_pdf_reads_like_its_pages(tmp_path: Path) -> None:
    pages = [
        [
            (200, 740, 20, "On Foxes"),
            *column(
                LONG, "the eﬃcient eve-".replace("ﬃ", "fﬁ"), "ning falls on the well-", "known", "", LONG + " they"
            ),
        ],
        [
            *column("rest (2001).", top=700),
            (72, 650, 10, "• one"),
            (72, 638, 10, "•"),
            (84, 638, 10, "two"),
            (72, 600, 10, "The well-known fox."),
        ],
    ]
    document = only(
        tmp_path / "foxes.pdf",
        pdf(pages, {"Title": "untitled", "Author": "R. Fox", "CreationDate": "D:20210304120000Z"}),
    )
    assert document.text == (
        f"On Foxes\n\n{LONG} the efficient evening falls on the well-known\n\n{LONG} they rest (2001).\n\n"
        "- one\n- two\n\nThe well-known fox."
    )
    assert document.title == "On Foxes"
    assert headings(document) == []
    starts = str(document.metadata["page_starts"])
    assert document.metadata == {
        "author": "R. Fox",
        "date": "2021-03-04",
        "lang": "en",
        "pages": 2,
        "page_starts": starts,
    }
    assert [page_of(document.metadata, document.text.index(said)) for said in ("On", "they", "rest", "- one")] == [
        1,
        1,
        2,
        2,
    ]


@pytest.mark.parametrize("starts", ["", "0 x", "0 -5", "0 \u00b2", "9" * 5000, 7, None])
def test_what_a_row_calls_page_starts_need_be_none(starts: str | int | None) -> None:
    assert page_of({"page_starts": starts}, 3) is None


def test_the_outline_of_a_pdf_gives_the_headings(tmp_path: Path) -> None:
    pages = [
        column("1 Introduction", "", LONG, "", "2", "Methods", "", LONG),
        column("A long title that takes", "two lines", "", LONG),
    ]
    outline = [("Introduction", 0), ("Methods", 0), ("A long title that takes two lines", 1), ("Not on its page", 1)]
    document = only(tmp_path / "a.pdf", pdf(pages, outline=outline))
    assert headings(document) == [(1, "1 Introduction"), (1, "Methods"), (1, "A long title that takes two lines")]
    assert f"1 Introduction\n\n{LONG}" in document.text


def test_what_differs_from_page_to_page_is_no_running_title(tmp_path: Path) -> None:
    pages = [
        [
            (72, 746, 18, f"Invoice number {1001 + n}"),
            *column(f"Date: {n + 3} May 2024", f"The total is {530 + n * n}."),
        ]
        for n in range(4)
    ]
    text = only(tmp_path / "a.pdf", pdf(pages)).text
    assert all(f"number {1001 + n}\n\nDate: {n + 3} May" in text and f"is {530 + n * n}." in text for n in range(4))


def test_what_does_not_stand_apart_is_no_running_title(tmp_path: Path) -> None:
    pages = [column("The same line begins each page.", f"Then comes {word}.") for word in ("one", "two", "three")]
    assert only(tmp_path / "a.pdf", pdf(pages)).text.count("The same line") == 3


def test_two_pages_have_running_titles_too(tmp_path: Path) -> None:
    pages = [
        [(72, 780, 9, "CONFIDENTIAL"), *column("First words.", f"{LONG} {n}."), (280, 30, 9, f"Page {n} of 2")]
        for n in (1, 2)
    ]
    text = only(tmp_path / "a.pdf", pdf(pages)).text
    assert "CONFIDENTIAL" not in text and "Page" not in text and text.count("First words.") == 2


@pytest.mark.parametrize(
    ("info", "known"),
    [
        (b"<< /Title << /Loom (x) >> /Author [1 2] /Keywords 3 0 R /CreationDate 5 >>", {}),
        (b"<< /Title 99 0 R /Author 4 0 R /Subject null /CreationDate (D:20209945) >>", {"date": "2020"}),
        (b"<< /Author (Ada) /CreationDate (D:20200229) >>", {"author": "Ada", "date": "2020-02-29"}),
        (b"[1 2 3]", {}),
        (b"17", {}),
        (b"6 0 R", {}),
    ],
)
def test_properties_of_a_pdf_that_are_no_text_are_none(tmp_path: Path, info: bytes, known: dict[str, str]) -> None:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang [(en)] >>",
        b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        info,
        b"<< /Type /Page /Parent 2 0 R /Contents 6 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
        stream(b"BT /F1 10 Tf 1 0 0 1 72 700 Tm (Ada built a loom.) Tj ET"),
    ]
    document = only(tmp_path / "ada.pdf", pdf_of(objects, b"/Root 1 0 R /Info 4 0 R"))
    assert (document.title, document.text) == ("ada", "Ada built a loom.")
    assert document.metadata == {"pages": 1, "page_starts": "0", **known}


def test_a_long_outline_takes_no_long_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphrag.documents.apart.SECONDS", 10)
    monkeypatch.setattr("graphrag.documents.apart._BYTES_A_SECOND", 1 << 30)
    lines = column(*(f"Line {number} of Ada's page" for number in range(100)), "Loomwork", top=790, size=5)
    outline = [*((f"Entry {number} that is nowhere", 0) for number in range(8_000)), ("Loomwork", 0)]
    assert headings(only(tmp_path / "a.pdf", pdf([lines], outline=outline))) == [(1, "Loomwork")]


def test_running_titles_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    words = ["First", "Second", "Third", "Fourth"]
    pages = [
        [
            (72, 760, 9, f"{number + 7} Journal of Foxes 1990"),
            *column(f"{word} words stand here.", f"{LONG} {word}."),
            (300, 40, 9, f"{number + 7}"),
        ]
        for number, word in enumerate(words)
    ]
    document = only(tmp_path / "a.pdf", pdf(pages))
    assert document.text == "\n\n".join(f"{word} words stand here.\n\n{LONG} {word}." for word in words)


def test_chapters_running_titles_end_with_the_number_of_the_page(tmp_path: Path) -> None:
    heads = ["Chapter 1: Dens 1", "Chapter 1: Dens 2", "3 Chapter 2: Prey", "4 Chapter 2: Prey"]
    words = ["1 den", "Two dens", "Hares", "Mice of 4"]
    pages = [[(72, 760, 10, head), *column(f"{said} on this page.")] for head, said in zip(heads, words, strict=True)]
    document = only(tmp_path / "a.pdf", pdf(pages))
    assert document.text.split("\n\n") == [f"{said} on this page." for said in words]


def test_numbers_that_count_lines_are_left_out(tmp_path: Path) -> None:
    counted = [(40.0, 700.0 - 12 * number, 8.0, str(number + 1)) for number in range(12)]
    assert only(tmp_path / "a.pdf", pdf([[*counted, *column(LONG + ".")]])).text == LONG + "."


def test_code_keeps_its_lines(tmp_path: Path) -> None:
    from pypdf.generic import NameObject

    writer = PdfWriter(io.BytesIO(pdf([column(LONG, LONG, LONG + ".")])))
    code = PdfReader(io.BytesIO(pdf([column("x = 1", "y = x", top=600)], mono=True))).pages[0]
    writer.add_page(code)
    data = io.BytesIO()
    writer.write(data)
    assert NameObject("/Courier") == code["/Resources"]["/Font"]["/F1"]["/BaseFont"]
    assert only(tmp_path / "a.pdf", data.getvalue()).text.endswith(".\n\nx = 1\ny = x")


def locked(password: str, algorithm: str) -> bytes:
    writer = PdfWriter(io.BytesIO(pdf([column("Secret words.")])))
    writer.encrypt(password, "owner", algorithm=algorithm)
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_an_encrypted_pdf_is_read_where_it_needs_no_password(tmp_path: Path, algorithm: str) -> None:
    assert only(tmp_path / "a.pdf", locked("", algorithm)).text == "Secret words."
    problem = refused(tmp_path / "b.pdf", locked("key", algorithm))
    assert (problem.kind, problem.message) == ("encrypted", "it is encrypted with a password; save a copy without one")


def test_a_scanned_pdf_asks_for_ocr(tmp_path: Path) -> None:
    problem = refused(tmp_path / "scan.pdf", pdf([[], []]))
    assert problem.kind == "no text"
    assert str(problem) == (
        "scan.pdf: its 2 pages hold no text, likely pictures of it: run OCR first, such as ocrmypdf"
    )
    (tmp_path / "scan.pdf").write_bytes(pdf([column("A cover."), [], [], []]))
    [document], [problem] = read(tmp_path / "scan.pdf")
    assert document.text == "A cover."
    assert (problem.kind, problem.message.partition(",")[0]) == ("pages", "3 of its 4 pages hold no text")


def test_letters_that_a_font_does_not_explain_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf([column("Words."), column("/g23/g4/g17", "/g5/g6/g7")]))
    [document], [problem] = read(tmp_path / "a.pdf")
    assert document.text == "Words."
    assert problem.message == (
        "1 of its pages cannot be read and are left out: 2 (a font does not say what its letters are, so it needs OCR)"
    )


@pytest.mark.parametrize("title", ["", "paper.dvi", "Microsoft Word - x", "Untitled", "\x00", "12", "<>"])
def test_titles_that_no_person_gave(title: str) -> None:
    assert plausible_title(title) == ""
    assert plausible_title(" On  Foxes ") == "On Foxes"


# --- what holds for all of them


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1), min_size=1, max_size=6))
def test_the_words_of_paragraphs_are_kept_and_headings_are_lines(texts: list[str]) -> None:
    import tempfile

    from graphrag.documents.docx import read_docx

    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in texts]
    body = "".join(paragraph(text, "berschrift1" if number % 2 else "") for number, text in enumerate(escaped))
    with tempfile.NamedTemporaryFile(suffix=".docx") as file:
        file.write(docx(body, styles=STYLES))
        file.flush()
        parsed = read_docx(Path(file.name))
    assert parsed.text.split() == " ".join(texts).split()
    assert [parsed.text[span.start : span.end] for _, span in parsed.headings] == [
        said for text in texts[1::2] if (said := " ".join(text.split()))
    ]


def shelf(folder: Path) -> None:
    """Write a document of each kind."""
    folder.mkdir(exist_ok=True)
    page = column("Ada Lovelace was born on 10 December 1815 in London.")
    (folder / "ada.pdf").write_bytes(pdf([column("Notes on two lives."), page]))
    body = paragraph("Charles Babbage", "berschrift1") + paragraph("Charles Babbage was born on 26 December 1791.")
    (folder / "babbage.docx").write_bytes(docx(body, styles=STYLES))
    chapter = "<h1>Jacquard</h1><p>Joseph Marie Jacquard was born in Lyon on 7 July 1752.</p>"
    (folder / "jacquard.epub").write_bytes(epub({"a.xhtml": chapter}))
    (folder / "plain.txt").write_text("The Analytical Engine was designed by Charles Babbage.")


def test_the_same_files_give_the_same_documents_in_any_order(tmp_path: Path) -> None:
    shelf(tmp_path)
    files = sorted(tmp_path.iterdir())
    expected = [d.digest for d in read(tmp_path)[0]]
    assert len(expected) == 4
    random.Random(7).shuffle(files)
    assert [d.digest for d in read(*files)[0]] == expected
    assert [next(iter(read(file)[0])).digest for file in sorted(files)] == expected


def test_no_process_is_started_where_no_file_needs_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf(tmp_path)

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(apart.subprocess, "Popen", never)
    assert len(read(tmp_path / "plain.txt")[0]) == 1
    with pytest.raises(AssertionError):
        read(tmp_path / "ada.pdf")


def test_importing_the_readers_loads_no_parser() -> None:
    heavy = ("pypdf", "cryptography", "selectolax", "zipfile")
    program = f"import sys, graphrag.documents.sources; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_of_papers_is_built_and_asked(tmp_path: Path) -> None:
    shelf(tmp_path / "shelf")
    (tmp_path / "shelf" / "broken.pdf").write_bytes(b"<html>no pdf</html>")
    (tmp_path / "shelf" / "broken.docx").write_bytes(zipped({"mimetype": "nothing"}))

    def graphrag(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "graphrag.cli", *words, "-w", str(tmp_path / "w")]
        return subprocess.run(command, check=True, capture_output=True, text=True)

    built = graphrag("build", str(tmp_path / "shelf"), "--json")
    report = json.loads(built.stdout)
    assert report["documents"] == 4
    assert [problem["place"] for problem in report["problems"]] == ["broken.docx", "broken.pdf"]
    asked = graphrag("ask", "When was Ada Lovelace born?").stdout
    assert asked.startswith("10 December 1815")
    assert "ada.pdf 21-73, page 2" in asked
    told = json.loads(graphrag("ask", "When was Ada Lovelace born?", "--json").stdout)
    assert [quote["page"] for quote in told["citations"]] == [2]
    assert told["evidence"][0]["quotes"][0]["page"] == 2
    found = json.loads(graphrag("search", "When was Ada Lovelace born?", "--json").stdout)
    assert found["passages"][0]["quotes"][0]["page"] == 2
    assert graphrag("ask", "When was Joseph Marie Jacquard born?").stdout.startswith("7 July 1752")
    told = json.loads(graphrag("ask", "When was Joseph Marie Jacquard born?", "--json").stdout)
    assert all("page" not in quote for quote in told["citations"])  # of a file without pages
    graphrag("verify")
    again = json.loads(graphrag("sync", str(tmp_path / "shelf"), "--json").stdout)
    assert (again["changed"], again["analysed"], again["digest"]) == (False, 0, report["digest"])


def children(pid: int) -> list[int]:
    """Return the processes below one, however deep."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see processes of processes")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_process_and_its_fork_end_with_their_parent(tmp_path: Path, end: signal.Signals) -> None:
    (tmp_path / "slow.pdf").write_bytes(slow_pdf())
    program = (
        "import sys, signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path; from graphrag.documents.sources import read_documents\n"
        f"list(read_documents([Path({str(tmp_path)!r})], []))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL, start_new_session=True) as parent:
        deadline = time.monotonic() + 30
        while len(below := children(parent.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(below) == 2
        os.kill(parent.pid, end)
        parent.wait(30)
    deadline = time.monotonic() + 10
    while any(
        Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
        for pid in below
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_process_costs_the_file_that_it_reads(tmp_path: Path) -> None:
    shelf(tmp_path)
    (tmp_path / "slow.pdf").write_bytes(slow_pdf())
    with apart.Apart() as reader:
        reader.read(tmp_path / "ada.pdf", "pdf", 100)
        process = reader._process
        assert process is not None
        process.kill()
        process.wait()
        assert "Babbage" in reader.read(tmp_path / "babbage.docx", "docx", 100).text
        process = reader._process
        assert process is not None
        threading.Timer(0.5, process.kill).start()
        with pytest.raises(Unreadable, match="has ended; add the file again"):
            reader.read(tmp_path / "slow.pdf", "pdf", 100)
        assert "Babbage" in reader.read(tmp_path / "babbage.docx", "docx", 100).text


# --- what was read is kept


def never_parsed(*_: object, **__: object) -> None:
    """Stand in for a parser that must not be asked."""
    raise AssertionError("it was parsed again")


def test_an_unchanged_file_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf(tmp_path / "shelf")
    with GraphRAG.create(tmp_path / "w") as rag:
        digest = rag.build([tmp_path / "shelf"]).digest
    kept = tmp_path / "w" / PARSED_FOLDER
    assert len(list(kept.iterdir())) == 3
    monkeypatch.setattr(apart.Apart, "read", never_parsed)
    with GraphRAG.create(tmp_path / "w") as rag:
        assert rag.build([tmp_path / "shelf"]).digest == digest
        (tmp_path / "shelf" / "ada.pdf").write_bytes(b"%PDF-1.7\n")
        with pytest.raises(AssertionError, match="parsed again"):
            rag.build([tmp_path / "shelf"])


def test_what_is_kept_goes_with_its_document(tmp_path: Path) -> None:
    shelf(tmp_path / "shelf")
    kept = tmp_path / "w" / PARSED_FOLDER
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.build([tmp_path / "shelf"])
        rag.remove(["ada.pdf"])
        assert len(list(kept.iterdir())) == 2
        (tmp_path / "shelf" / "babbage.docx").unlink()
        rag.build([tmp_path / "shelf"])
        assert len(list(kept.iterdir())) == 2  # ada.pdf is back
        rag.build([Document(DocumentId("a"), "A", "Words alone.")])
        assert not kept.exists()


@pytest.mark.parametrize("damage", [b"", b"nonsense", zlib.compress(b"[1]"), zlib.compress(b"{}")])
def test_what_is_kept_and_damaged_is_parsed_again(tmp_path: Path, damage: bytes) -> None:
    shelf(tmp_path / "shelf")
    kept = KeptFiles(tmp_path / "kept")
    first = list(read_documents([tmp_path / "shelf"], [], kept=kept))
    for path in (tmp_path / "kept").iterdir():
        path.write_bytes(damage)
    assert list(read_documents([tmp_path / "shelf"], [], kept=kept)) == first
    assert all(path.read_bytes() != damage for path in (tmp_path / "kept").iterdir())


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    shelf(tmp_path / "shelf")
    (tmp_path / "file").write_text("no folder")
    kept = KeptFiles(tmp_path / "file" / "kept")
    assert len(list(read_documents([tmp_path / "shelf"], [], kept=kept))) == 4


def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf(tmp_path / "shelf")
    parse = apart.Apart.read

    def changing(reader: apart.Apart, path: Path, form: str, size: int) -> Parsed:
        found = parse(reader, path, form, size)
        if form == "pdf":
            path.write_bytes(path.read_bytes() + b"\n")
        return found

    monkeypatch.setattr(apart.Apart, "read", changing)
    list(read_documents([tmp_path / "shelf"], [], kept=KeptFiles(tmp_path / "kept")))
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_reading_stops_at_once_when_nobody_asks_any_more(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        (tmp_path / name).write_bytes(slow_pdf())
    (tmp_path / "0.txt").write_text("Words.")
    begin = time.monotonic()
    documents = cast(Generator[Document, None, None], read_documents([tmp_path], []))
    assert next(documents).id == "0.txt"
    documents.close()  # as an interrupt does
    assert time.monotonic() - begin < 10
