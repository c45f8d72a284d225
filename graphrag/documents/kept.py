"""What parsers made of files, kept in a folder of the workspace: an unchanged file is not parsed again."""

import contextlib
import functools
import hashlib
import json
import zlib
from collections.abc import Iterable
from pathlib import Path

from graphrag.documents.markdown import Parsed
from graphrag.types import Span

__all__ = ["KeptFiles"]

# The modules that make the text of a file.
_READERS = ("archive", "child", "decoding", "docx", "epub", "furniture", "html", "lines", "pdf", "titles", "writer")
_SIZE = 16  # bytes of a digest


class KeptFiles:
    """One file for each document, by its id, so that what is kept of a document goes when the document does.

    Whatever is missing, damaged or made by another version is parsed again; a folder that cannot be written keeps
    nothing.

    Parameters
    ----------
    folder : pathlib.Path
        Made when the first file is kept; it may be deleted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, identity: str, content: str) -> Parsed | None:
        """Return what was kept of a document, None where that is nothing or of other content.

        Parameters
        ----------
        identity : str
            The document's id.
        content : str
            As :func:`content_of` returns it.
        """
        try:
            data = self._path(identity).read_bytes()
            known, text, title, headings, metadata, doubt = json.loads(zlib.decompress(data))
        except (OSError, zlib.error, ValueError):
            return None
        if known != content:
            return None
        spans = tuple((level, Span(start, end)) for level, start, end in headings)
        return Parsed(text, title, spans, metadata, doubt)

    def put(self, identity: str, content: str, parsed: Parsed) -> None:
        """Keep what a parser made of a document's file."""
        headings = [[level, span.start, span.end] for level, span in parsed.headings]
        said = [content, parsed.text, parsed.title, headings, parsed.metadata, parsed.doubt]
        path = self._path(identity)
        beside = path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk costs the time of parsing again
            self._folder.mkdir(exist_ok=True)
            beside.write_bytes(zlib.compress(json.dumps(said).encode(), 1))
            beside.replace(path)

    def keep_only(self, identities: Iterable[str]) -> None:
        """Forget all other documents."""
        if not self._folder.exists():
            return
        wanted = {self._path(identity).name for identity in identities}
        with contextlib.suppress(OSError):
            for path in list(self._folder.iterdir()):
                if path.name not in wanted:
                    path.unlink()
            self._folder.rmdir()  # which fails while there is a file

    def _path(self, identity: str) -> Path:
        """Return the file of a document; no part of its id becomes a path."""
        return self._folder / hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=_SIZE).hexdigest()


def content_of(path: Path, form: str) -> str:
    """Return a digest of a file's bytes, of its format, and of the code that reads it.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(_made_by(form), digest_size=_SIZE))
    return digest.hexdigest()


@functools.cache
def _made_by(form: str) -> bytes:
    """Return a digest of the code that reads a format, so that no change of it can be forgotten here."""
    from importlib.metadata import version  # loads much, and most builds read no such file

    digest = hashlib.blake2b(form.encode(), digest_size=_SIZE)
    for name in _READERS:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    for package in ("pypdf", "selectolax"):
        digest.update(version(package).encode())
    return digest.digest()
