"""Small pdf, docx and epub files for tests, made of nothing but the standard library."""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

__all__ = ["OFFICE", "PACKAGE", "W", "docx", "epub", "paragraph", "pdf", "pdf_of", "slow_pdf", "stream", "zipped"]

Said = tuple[float, float, float, str]  # from the left, from the bottom, height of the letters, text

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


# --- docx


def paragraph(text: str, style: str = "", extra: str = "") -> str:
    """Return a paragraph; ``extra`` are further properties."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f'<w:p><w:pPr>{named}{extra}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def docx(body: str, parts: Mapping[str, str | bytes] | None = None, core: str = "", styles: str = "") -> bytes:
    """Return a Word document with this body; ``parts`` are added, or take the place of others."""
    relation = f'<Relationship Id="%s" Type="{OFFICE}/%s" Target="%s"/>'
    relations = f'<Relationships xmlns="{PACKAGE}/relationships">%s</Relationships>'
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations
        % (
            relation % ("a", "officeDocument", "word/document.xml")
            + relation % ("b", "core-properties", "docProps/core.xml")
        ),
        "word/_rels/document.xml.rels": relations
        % (relation % ("s", "styles", "styles.xml") + relation % ("f", "footnotes", "footnotes.xml")),
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": f'<w:styles xmlns:w="{W}">{styles}</w:styles>',
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">{core}'
        "</cp:coreProperties>",
    }
    return zipped(made | dict(parts or {}))


# --- epub


def epub(
    chapters: Mapping[str, str | bytes],
    core: str = "",
    order: Sequence[str] = (),
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """Return an EPUB with these chapters, whose reading order is ``order`` or as they are given."""
    items = "".join(
        f'<item id="{name}" href="text/{name}" media-type="application/xhtml+xml"/>' for name in sorted(chapters)
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in order or chapters)
    made: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        "OEBPS/content.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{core}</metadata><manifest>{items}</manifest>'
        f"<spine>{spine}</spine></package>",
        **{f"OEBPS/text/{name}": chapter for name, chapter in chapters.items()},
    }
    return zipped(made | dict(parts or {}))


# --- pdf


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """Return a PDF of these objects, the first of which has the number 1."""
    data = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(data)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    """Return a compressed stream object."""
    packed = zlib.compress(data)
    return b"<< /Length %d /Filter /FlateDecode %s >>\nstream\n%s\nendstream" % (len(packed), extra, packed)


def _escaped(text: str) -> bytes:
    """Return text as a PDF string; the letter ﬁ has the number 1 in the font below."""
    data = text.replace("ﬁ", "\x01").encode("cp1252")
    return b"(" + data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"


def pdf(
    pages: Sequence[Sequence[Said]],
    info: Mapping[str, str] | None = None,
    outline: Sequence[tuple[str, int]] = (),
    mono: bool = False,
) -> bytes:
    """Return a PDF that prints lines on pages; ``outline`` names titles and their pages, from 0."""
    first = 6  # the number of the first page's object; its content follows it
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(pages)))
    entry = first + 2 * len(pages)
    name = b"Courier" if mono else b"Helvetica"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) /Outlines 5 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding "
        b"/Differences [1 /fi] >> >>" % name,
        b"<< %s >>" % b" ".join(b"/%s %s" % (key.encode(), _escaped(said)) for key, said in (info or {}).items()),
        b"<< /Type /Outlines /Count %d %s >>"
        % (len(outline), b"/First %d 0 R /Last %d 0 R" % (entry, entry + len(outline) - 1) if outline else b""),
    ]
    for number, page in enumerate(pages):
        content = b"\n".join(b"BT /F1 %g Tf 1 0 0 1 %g %g Tm %s Tj ET" % (h, x, y, _escaped(s)) for x, y, h, s in page)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (first + 2 * number + 1),
            stream(content),
        ]
    for number, (title, page_number) in enumerate(outline):
        after = b"/Next %d 0 R" % (entry + number + 1) if number + 1 < len(outline) else b""
        objects.append(
            b"<< /Title %s /Parent 5 0 R %s /Dest [%d 0 R /Fit] >>" % (_escaped(title), after, first + 2 * page_number)
        )
    return pdf_of(objects, b"/Root 1 0 R /Info 4 0 R")


def slow_pdf() -> bytes:
    """Return a PDF of a few kilobytes that takes minutes to read: each page prints a long list of letters."""
    content = b"BT /F1 9 Tf 1 0 0 1 9 9 Tm " + b"[" + b"(a) -9 " * 9_000 + b"] TJ ET\n"
    pages = b" ".join(b"%d 0 R" % number for number in range(5, 405))
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count 400 /MediaBox [0 0 600 800] >>" % pages,
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            stream(content),
            *[b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>"] * 400,
        ]
    )
