"""Files and folders to documents, one at a time."""

import contextlib
import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from graphrag.documents.ahead import Ahead, Apiece
from graphrag.documents.decoding import Encoding, NotText, find_encoding, no_surrogates, open_text
from graphrag.documents.html import TooDeep, declared_encoding, parse_html
from graphrag.documents.kept import KeptFiles
from graphrag.documents.markdown import Parsed, parse_markdown
from graphrag.documents.plain import parse_plain
from graphrag.documents.problems import Problem, Reporter, Unreadable
from graphrag.documents.rows import read_csv, read_json, read_json_lines
from graphrag.documents.titles import title_of_stem
from graphrag.errors import InputError
from graphrag.types import Document, DocumentId, content_digest

__all__ = ["FORMATS", "MAX_FILE", "Problem", "read_documents"]

_APART = ("pdf", "docx", "epub")  # read in a process of their own
MAX_FILE = {"text": 64 << 20, "markdown": 64 << 20, "html": 16 << 20, **dict.fromkeys(_APART, 256 << 20)}
"""The largest file in bytes of each format that is one document; files of rows have no limit, only their rows."""

FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".json": "json",
    ".jsonl": "json lines",
    ".ndjson": "json lines",
    ".csv": "csv",
    ".tsv": "csv",
    ".pdf": "pdf",
    ".docx": "docx",
    ".epub": "epub",
}
"""Suffix (lower case) to format."""

_LONGEST_TITLE = 1_000  # characters: every passage has the title of its document
_WORKSPACE = "workspace.db"  # the file by which a folder is a workspace: what builds write there is no document
_ROWS = {"json": read_json, "json lines": read_json_lines, "csv": read_csv}
_PARSERS: dict[str, Callable[[str], Parsed]] = {"text": parse_plain, "markdown": parse_markdown, "html": parse_html}


def read_documents(
    inputs: Sequence[Path], problems: list[Problem], *, root: Path | None = None, kept: KeptFiles | None = None
) -> Iterator[Document]:
    r"""Yield the documents of files and folders, in the order of their relative paths.

    Only one document is held at a time, and of those before it an id and a digest each.  The order of ``inputs``
    makes no difference.

    Parameters
    ----------
    inputs
        Files (txt, markdown, html, pdf, docx, epub, json, jsonl, csv, tsv) and folders, which are read with their
        subfolders.  A file's id is its path below the folder; a row's id is its own ``id``, or made from its content.
    problems
        Receives whatever could not be read, or was read with doubts, as it is found.
    root
        The folder below which ids are paths, where the inputs are only some of its files; by default each input is
        its own.
    kept
        What parsers made of pdf, docx and epub files, and where to keep it.

    Returns
    -------
    Iterator[Document]
        Documents with different ids and a text that is not blank.  ``text`` is the decoded file with ``\n`` line
        ends, a row's text unchanged, or the readable text of the other formats; lone surrogates are U+FFFD.

    Raises
    ------
    InputError
        At once, where an input does not exist, is neither file nor folder, is a folder that cannot be listed, or does
        not lie in ``root``.
    """
    files = _list_files([Path(path) for path in inputs], problems)
    return _distinct(files if root is None else [_below(root, file) for file in files], problems, kept)


# --- which files


@dataclass(frozen=True, slots=True)
class _File:
    root: Path  # the input it was found in, or its folder where the input is the file
    path: Path
    name: str  # relative path, which becomes the id


def _list_files(inputs: list[Path], problems: list[Problem]) -> list[_File]:
    found: dict[Path, _File] = {}
    again: list[_File] = []
    for path in sorted(inputs):
        for file in _files_of(path, problems):
            real = file.path.resolve()
            other = found.get(real)
            if other is not None:
                # The longer relative path says more, and is the same whatever the order of the inputs.
                file, other = sorted((file, other), key=lambda f: (-len(f.name), f.name, str(f.root)))
                again.append(other)
            found[real] = file
    files = _tell_apart(list(found.values()))
    names = {file.path.resolve(): file.name for file in files}
    for file in again:
        name = names[file.path.resolve()]
        message = f"it is the same file as “{name}”, which is read once"
        problems.append(Problem(file.name, "", "duplicate file", message))
    return sorted(files, key=lambda file: file.name)


def _files_of(path: Path, problems: list[Problem]) -> list[_File]:
    """Return the files of one input that have a known suffix."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InputError(f"the input “{path}” does not exist; check the path") from None
    except OSError as error:
        raise InputError(f"the input “{path}” cannot be read ({error.strerror}); check its permissions") from None
    if S_ISREG(mode):
        files = [_File(path.parent, path, _clean(path.name))]
    elif S_ISDIR(mode):
        files = _walk(path, problems)
    else:
        raise InputError(f"the input “{path}” is neither a file nor a folder; save it as a file first")
    known = []
    for file in files:
        if file.path.suffix.lower() in FORMATS:
            known.append(file)
        else:
            message = f"files of this kind are not read; known suffixes are {', '.join(FORMATS)}"
            problems.append(Problem(file.name, "", "unknown suffix", message))
    return known


def _below(root: Path, file: _File) -> _File:
    """Return a file with the name that it has below ``root``."""
    for path in (file.path.resolve(), file.path.parent.resolve() / file.path.name):  # a link may lead out of the folder
        if path.is_relative_to(root.resolve()):
            return _File(root, path, _clean(path.relative_to(root.resolve()).as_posix()))
    raise InputError(f"the input “{file.path}” does not lie in the folder “{root}”; name another root")


def _clean(name: str) -> str:
    """Return a relative path as an id: the same on every machine, and always valid text."""
    return unicodedata.normalize("NFC", no_surrogates(name))


def _walk(root: Path, problems: list[Problem]) -> list[_File]:
    """Return all regular files below ``root``, but hidden ones and workspaces; links to folders are not followed."""
    files: list[_File] = []
    hidden: list[str] = []
    pending = [root]
    seen = 0
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if folder == root:
                message = f"the folder “{root}” cannot be listed ({error.strerror}); check its permissions"
                raise InputError(message) from None
            problems.append(_problem(root, folder, "unreadable", f"the folder cannot be listed ({error.strerror})"))
            continue
        if folder != root and any(entry.name == _WORKSPACE for entry in entries):
            problems.append(_problem(root, folder, "workspace", "it is a workspace, whose files are not read"))
            continue
        for entry in entries:
            path = Path(entry.path)
            seen += 1
            try:
                is_folder, is_file = entry.is_dir(), entry.is_file()
            except OSError as error:  # a link to itself
                problems.append(_problem(root, path, "unreadable", f"it cannot be read ({error.strerror})"))
                continue
            if entry.name.startswith("."):
                hidden.append(_relative(root, path))
            elif is_folder and entry.is_symlink():
                problems.append(_problem(root, path, "link", "links to folders are not followed; name it as an input"))
            elif is_folder:
                pending.append(path)
            elif is_file or entry.is_symlink():  # a link to nowhere is found out when it is opened
                files.append(_File(root, path, _relative(root, path)))
            else:
                problems.append(_problem(root, path, "special file", "it is neither a file nor a folder"))
    if hidden:
        shown = ", ".join(sorted(hidden)[:5]) + (", …" if len(hidden) > 5 else "")
        message = f"{len(hidden)} hidden files or folders are not read: {shown}"
        problems.append(Problem(str(root), "", "hidden", message))
    if not seen:
        problems.append(Problem(str(root), "", "empty folder", "the folder holds no files"))
    return files


def _relative(root: Path, path: Path) -> str:
    return _clean(path.relative_to(root).as_posix())


def _problem(root: Path, path: Path, kind: str, message: str) -> Problem:
    return Problem(_relative(root, path), "", kind, message)


def _tell_apart(files: list[_File]) -> list[_File]:
    """Put as many names of parent folders before equal relative paths as are needed to tell them apart."""
    done: dict[str, _File] = {}
    for depth in range(65):
        by_name: dict[str, list[_File]] = {}
        for file in files:
            parents = file.root.resolve().parts[1:] if depth else ()
            name = "/".join((*parents[max(0, len(parents) - depth) :], file.name))
            by_name.setdefault(_clean(name), []).append(file)
        unique = {name for name, group in by_name.items() if len(group) == 1 and name not in done}
        done |= {name: _File(by_name[name][0].root, by_name[name][0].path, name) for name in unique}
        files = [file for name, group in by_name.items() if name not in unique for file in group]
    return [*done.values(), *files]  # what is left differs only in bytes that are no text


# --- reading


def _distinct(files: list[_File], problems: list[Problem], kept: KeptFiles | None) -> Iterator[Document]:
    """Yield the documents of all files, the first of each id."""
    seen: dict[str, int] = {}
    with Ahead(kept) as ahead:
        for place, file in enumerate(files):
            report = Reporter(problems, file.name)
            ahead.begin(filter(None, map(_apiece, files[place : place + ahead.reach])))
            for document in _read(file, report, ahead):
                digest = _short_digest(document)
                if document.id in seen:
                    content = "the same content" if seen[document.id] == digest else "other content"
                    message = f"the id “{document.id}” was met before with {content}; the first is kept, this one not"
                    report.add("duplicate id", message)
                    continue
                seen[document.id] = digest
                yield document
            report.close()


def _short_digest(document: Document) -> int:
    said = (f"{name}={value!r}" for name, value in sorted(document.metadata.items()))
    return int(content_digest(document.title, document.text, *said)[:15], 16)


def _apiece(file: _File) -> Apiece | None:
    """Return a file that a process of its own reads, None for any other and for one that is not to be read."""
    form = FORMATS[file.path.suffix.lower()]
    if form not in _APART:
        return None
    with contextlib.suppress(OSError):
        size = file.path.stat().st_size
        if 0 < size <= MAX_FILE[form]:
            return Apiece(file.name, file.path, form, size)
    return None


def _read(file: _File, report: Reporter, ahead: Ahead) -> Iterator[Document]:
    """Yield the documents of one file, reporting what is wrong with it."""
    form = FORMATS[file.path.suffix.lower()]
    try:
        size = file.path.stat().st_size
        if size == 0:
            report.add("empty", "the file is empty")
            return
        if size > MAX_FILE.get(form, size):
            limit = MAX_FILE[form] >> 20
            report.add("too large", f"the file has {size >> 20:,} MiB, the limit is {limit} MiB; split it")
            return
        if form in _APART:
            yield from _document(file, ahead.read(Apiece(file.name, file.path, form, size)), report)
            return
        encoding = find_encoding(file.path, declared_encoding if form == "html" else lambda _: None)
        if encoding.doubt:
            report.add("encoding", encoding.doubt)
        if form in _ROWS:
            yield from _ROWS[form](file.path, file.name, encoding, report)
        else:
            yield from _document(file, _whole(file, form, encoding), report)
    except Unreadable as error:
        report.add(error.kind, str(error))
    except NotText as error:
        report.add("binary", f"the file is not text: {error}")
    except TooDeep as error:
        report.add("too deep", f"the file cannot be parsed in reasonable time: {error}")
    except OSError as error:
        report.add("unreadable", f"the file cannot be read ({error.strerror or error})")


def _whole(file: _File, form: str, encoding: Encoding) -> Parsed:
    """Return what a text, markdown or html file says."""
    with open_text(file.path, encoding, None) as stream:
        text = no_surrogates(stream.read())
    return _PARSERS[form](text)


def _document(file: _File, parsed: Parsed, report: Reporter) -> Iterator[Document]:
    """Yield the document that a file is, unless it has no text."""
    form = FORMATS[file.path.suffix.lower()]
    if parsed.doubt:
        report.add("pages" if form == "pdf" else "front matter", parsed.doubt)
    if not parsed.text[parsed.body :].strip():
        report.add("empty", "the file holds no text" if form != "html" else "the page holds no readable text")
        return
    title = parsed.title or title_of_stem(no_surrogates(file.path.stem))
    yield Document(
        DocumentId(file.name), title[:_LONGEST_TITLE].rstrip(), parsed.text, file.name, parsed.metadata, parsed.headings
    )
