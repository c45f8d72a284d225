"""Files that are made to take a parser down are told as problems, and the files beside them are read."""

import io
import resource
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from papers import OFFICE, PACKAGE, W, docx, epub, paragraph, pdf, pdf_of, slow_pdf, stream, zipped

from graphrag.documents import apart
from graphrag.documents.problems import Problem
from graphrag.documents.sources import read_documents

MEGABYTE = 1 << 20
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HEAD = (
    f'<?xml version="1.0"?><!DOCTYPE d [{{}}]><w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>{{}}</w:t></w:r></w:p>'
    "</w:body></w:document>"
)


def document(xml: str | bytes) -> bytes:
    return docx("", {"word/document.xml": xml})


def lying(data: bytes, size: int) -> bytes:
    """Return an archive whose directory gives another size for every part."""
    changed = bytearray(data)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        changed[at + 24 : at + 28] = struct.pack("<I", size)
        at = changed.find(b"PK\x01\x02", at + 4)
    return bytes(changed)


def linked(data: bytes) -> bytes:
    """Return an archive with a symbolic link of the document's name in the place of it."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        entry = zipfile.ZipInfo("word/link.xml")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def method(data: bytes, number: int) -> bytes:
    """Return an archive whose parts are said to be packed in another way."""
    return data.replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00", b"PK\x01\x02\x14\x03\x14\x00\x00\x00" + struct.pack("<H", number)
    )


def relations(target: str) -> bytes:
    return docx(
        "",
        {
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
            f'Type="{OFFICE}/officeDocument" Target="{target}"/></Relationships>'
        },
    )


def crowd(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}", "")
    return out.getvalue()


def page(content: bytes, *more: bytes, resources: bytes = b"/Font << /F1 5 0 R >>") -> bytes:
    """Return a PDF of one page with this content object; ``more`` objects have the numbers from 6."""
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << %s >> >>" % resources,
            content,
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            *more,
        ]
    )


def packed_again(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = b" ".join([b"/FlateDecode"] * times)
    return b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(data), filters, data)


def forms(depth: int, width: int) -> bytes:
    """Return a page that prints a form that prints ten forms that print ten forms …."""
    objects = []
    for level in range(depth):
        inner = b"/X Do " * width if level + 1 < depth else b"BT /F1 9 Tf (words) Tj ET "
        below = b"/XObject << /X %d 0 R >>" % (7 + level)
        objects.append(
            stream(
                inner,
                b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> %s >>" % below,
            )
        )
    return page(stream(b"/X Do"), *objects, resources=b"/XObject << /X 6 0 R >>")


def catalog(extra: bytes, *objects: bytes) -> bytes:
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R %s >>" % extra, *objects])


WORDS = stream(b"BT /F1 9 Tf (words) Tj ET")
CMAP = (
    b"begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange "
    + b"1 beginbfrange <0000> <ffff> <0000> endbfrange " * 20_000
)
CHAPTER = {"a.xhtml": "<p>words</p>"}
GOOD = pdf([[(9, 9, 9, "words")]])

BOMBS: dict[str, bytes] = {
    # archives
    "zeros.docx": document(b" " * (60 * MEGABYTE)),
    "paragraphs.docx": docx("<w:p/>" * 3_000_000),
    "lying-small.docx": lying(docx(paragraph("words")), 3),
    "crowd.docx": crowd(30_000),
    "method.docx": method(docx(paragraph("words")), 99),
    "truncated.docx": docx(paragraph("words" * 99))[:-200],
    "half.docx": docx(paragraph("words" * 99))[:300],
    "a-zip.docx": zipped({"words.txt": "words"}),
    "a-page.docx": b"<html><p>words</p></html>",
    "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "climbing.docx": relations("../../../../etc/passwd"),
    "absolute.docx": relations("/etc/passwd"),
    "chapter.epub": epub({"a.xhtml": b"<p>" + b"x" * (60 * MEGABYTE)}),
    # xml
    "laughs.docx": document(HEAD.format(f'<!ENTITY l0 "ha">{LAUGHS}', "&l11;")),
    "quadratic.docx": document(HEAD.format(f'<!ENTITY a "{"a" * 100_000}">', "&a;" * 100_000)),
    "outside.docx": document(HEAD.format('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;")),
    "parameter.docx": document(HEAD.format('<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;', "words")),
    "deep.docx": document(f'<w:document xmlns:w="{W}">' + "<w:body>" * 100_000),
    "tables.docx": docx("<w:tbl><w:tr><w:tc>" * 5_000 + "</w:tc></w:tr></w:tbl>" * 5_000),
    "attributes.docx": document(f'<w:document xmlns:w="{W}" ' + " ".join(f'a{n}=""' for n in range(300_000))),
    "encoding.docx": document(b'<?xml version="1.0" encoding="nonsense"?><a/>'),
    "laughs.epub": epub(
        CHAPTER, core="", parts={"OEBPS/content.opf": HEAD.format(f'<!ENTITY l0 "ha">{LAUGHS}', "&l11;")}
    ),
    "climbing.epub": epub(
        CHAPTER, parts={"META-INF/container.xml": '<container><rootfile full-path="../../etc/passwd"/></container>'}
    ),
    "deep.epub": epub({"a.xhtml": "<div>" * 200_000}),
    "no-spine.epub": epub({}),
    # pdf
    "a-page.pdf": b"<html><p>words</p></html>",
    "a-zip.pdf": docx(paragraph("words")),
    "noise.pdf": b"%PDF-1.7\n" + bytes((n * n * 31 + n // 7) % 256 for n in range(60_000)),
    "truncated.pdf": GOOD[:300],
    "own-child.pdf": catalog(b"", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    "circle.pdf": catalog(b"", b"<< /Type /Pages /Kids [3 0 R] >>", b"<< /Type /Pages /Kids [2 0 R] /Parent 2 0 R >>"),
    "grandchildren.pdf": catalog(
        b"",
        *[b"<< /Type /Pages /Kids [%s] >>" % (b"%d 0 R " % (number + 3) * 10) for number in range(40)],
        b"<< /Type /Page >>",
    ),
    "counted.pdf": catalog(b"", b"<< /Type /Pages /Kids [] /Count 999999999 >>"),
    "flate.pdf": page(packed_again(b"BT " + b"(words) Tj " * (20 * MEGABYTE), 1)),
    "flate-twice.pdf": page(packed_again(b" " * (70 * MEGABYTE), 2)),
    "filters.pdf": page(packed_again(b"BT /F1 9 Tf (words) Tj ET", 300)),
    "columns.pdf": page(stream(b"words", b"/DecodeParms << /Predictor 12 /Columns 2147483647 >>")),
    "own-form.pdf": page(
        stream(b"/X Do"),
        stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>"),
        resources=b"/XObject << /X 6 0 R >>",
    ),
    "arrays.pdf": page(b"[" * 200_000 + b"]" * 200_000),
    "operands.pdf": page(stream(b"[" * 200_000)),
    "letters.pdf": page(
        WORDS,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /A /ToUnicode 7 0 R >>",
        stream(CMAP),
        resources=b"/Font << /F1 6 0 R >>",
    ),
    "slow.pdf": slow_pdf(),
}
"""What must be told as a problem."""

HARMLESS: dict[str, bytes] = {
    "lying-large.docx": lying(docx(paragraph("words")), 0xFFFFFFF0),
    "forms.pdf": forms(12, 10),
    "link.docx": linked(docx(paragraph("words"))),
    "styles.docx": docx(
        paragraph("words", "s0"),
        styles="".join(
            f'<w:style w:styleId="s{n}"><w:name w:val="s{n}"/><w:basedOn w:val="s{(n + 1) % 5_000}"/></w:style>'
            for n in range(5_000)
        ),
    ),
    "names.docx": docx(paragraph("words"), {"../../escaped.txt": "words", "/tmp/escaped.txt": "words"}),
    "spine.epub": epub(CHAPTER, order=["a.xhtml"] * 30_000),
    "no-table.pdf": GOOD.replace(b"startxref\n", b"startxref\n9"),
    "own-table.pdf": GOOD.replace(b"/Root", b"/Prev %d /Root" % GOOD.rindex(b"xref\n0")),
    "outline.pdf": catalog(
        b"/Outlines 6 0 R",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        WORDS,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /First 7 0 R /Last 7 0 R >>",
        b"<< /Title (words) /Next 7 0 R /First 7 0 R /Dest [3 0 R /Fit] >>",
    ),
}
"""What looks the same, but can be read."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, Problem], float]:
    """Return texts and problems by file, and the seconds that all of it took."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, data in (BOMBS | HARMLESS).items():
        (folder / name).write_bytes(data)
    for number, name in enumerate(("0.txt", "m.txt", "z.txt")):
        (folder / name).write_text(f"Words of text {number}.")
    (folder / "good.docx").write_bytes(docx(paragraph("Good words.")))
    (folder / "good.epub").write_bytes(epub(CHAPTER))
    (folder / "good.pdf").write_bytes(GOOD)
    problems: list[Problem] = []
    begin = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "SECONDS", 6)
        texts = {document.id: document.text for document in read_documents([folder], problems)}
    return texts, {problem.source: problem for problem in problems}, time.monotonic() - begin


def test_there_are_enough_bombs() -> None:
    assert len(BOMBS) >= 40


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_a_problem(told: tuple[dict[str, str], dict[str, Problem], float], name: str) -> None:
    texts, problems, _ = told
    assert name not in texts
    problem = problems[name]
    assert problem.kind in ("malformed", "too large", "too deep", "too slow", "encrypted", "no text")
    # It says what to do.
    assert any(word in problem.message for word in ("save", "split", "suffix", "OCR")), problem.message
    assert "/tmp" not in problem.message and "root:" not in problem.message


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_like_a_bomb_is_read(told: tuple[dict[str, str], dict[str, Problem], float], name: str) -> None:
    texts, problems, _ = told
    assert name not in problems
    assert set(texts[name].split()) == {"words"}


def test_the_files_beside_bombs_are_read(told: tuple[dict[str, str], dict[str, Problem], float]) -> None:
    texts, _, seconds = told
    assert {name: texts[name] for name in texts if name not in HARMLESS} == {
        "0.txt": "Words of text 0.",
        "good.docx": "Good words.",
        "good.epub": "words",
        "good.pdf": "words",
        "m.txt": "Words of text 1.",
        "z.txt": "Words of text 2.",
    }
    assert seconds < 3 * 6 * len(BOMBS)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # MiB on Linux
    assert most < 1.3 * (apart.MEMORY >> 20)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("zeros.docx", "too large"),
        ("crowd.docx", "too large"),
        ("deep.docx", "too deep"),
        ("deep.epub", "too deep"),
        ("laughs.docx", "malformed"),
        ("old.docx", "encrypted"),
        ("slow.pdf", "too slow"),
        ("a-page.pdf", "malformed"),
    ],
)
def test_the_problem_is_the_right_one(
    told: tuple[dict[str, str], dict[str, Problem], float], name: str, kind: str
) -> None:
    assert told[1][name].kind == kind


def test_memory_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "MEMORY", 64 << 20)
    (tmp_path / "a.docx").write_bytes(docx("".join(paragraph(f"words {n}") for n in range(200_000))))
    problems: list[Problem] = []
    assert list(read_documents([tmp_path], problems)) == []
    assert [(problem.kind, problem.message) for problem in problems] == [
        ("too large", "reading it takes more than 64 MiB of memory; split it, or save it as text")
    ]
