"""What can be saved of a workspace whose files are damaged, and what killed builds left there."""

import contextlib
import functools
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graphrag.errors import WorkspaceDamaged, WorkspaceError
from graphrag.stores import hydrate
from graphrag.stores.arrays import sync_folder
from graphrag.stores.codec import decode_extraction, decode_json, decode_vectors
from graphrag.stores.columns import decode_part
from graphrag.stores.database import connect, connect_frozen, connect_reading, explaining, remove_database, unchanged
from graphrag.stores.inspection import notes_digest_of
from graphrag.stores.kept import decode_report
from graphrag.stores.schema import (
    ARRAYS_FOLDER,
    CACHE_APPLICATION_ID,
    CACHE_FILE,
    CACHE_VERSION,
    DATABASE_FILE,
    REPAIR_FOLDER,
    STAGING_FILE,
)
from graphrag.stores.spare import COLUMNS, read_spares
from graphrag.types import Document

__all__ = [
    "Salvaged",
    "check_cache",
    "documents_digest",
    "finish_repair",
    "leftovers",
    "remove_cache",
    "salvage",
    "start_repair",
    "stopped_build",
]

_READY = "ready"
_KEPT: tuple[tuple[str, str, Callable[[bytes], object]], ...] = (
    ("extraction", "id", decode_extraction),
    ("vectors", "id", decode_vectors),
    ("report", "key", decode_report),
    ("reading", "digest", decode_json),
    ("standing", "digest", decode_json),
    ("memo", "name", decode_part),
)


@dataclass(slots=True)
class Salvaged:
    """What could be read of a damaged database."""

    documents: list[Document] = field(default_factory=list)  # each with the digest that was noted beside it
    broken: list[str] = field(default_factory=list)  # the places of documents that could not be read as they were
    meta: dict[str, Any] = field(default_factory=dict)
    noted: bool = False  # whether the notes are what they were

    @property
    def complete(self) -> bool:
        """Whether these are all the documents that the workspace held, by the digest that its last build noted."""
        return not self.broken and self.meta.get("documents") == documents_digest(
            (document.id, document.digest) for document in self.documents
        )


def documents_digest(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a digest of which documents there are: ids with their digests, by id."""
    digest = hashlib.blake2b(digest_size=16)
    for pair in pairs:
        digest.update(repr(tuple(pair)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def salvage(folder: Path) -> Salvaged:
    """Read whatever a damaged database still gives, or the second copy of its documents where that is complete.

    Parameters
    ----------
    folder : pathlib.Path
        The workspace's folder; nothing in it is changed.
    """
    found = _from_database(folder / DATABASE_FILE)
    if not (found.complete and found.noted):
        for spare in _from_spares(folder):
            if spare.complete:
                return spare
            if len(spare.documents) > len(found.documents):
                found = spare
    return found


def _from_database(path: Path) -> Salvaged:
    """Read the notes of a database, and its documents one by one."""
    found = Salvaged()
    nothing_more = contextlib.suppress(sqlite3.Error, WorkspaceError, OSError)
    with nothing_more, explaining(path), contextlib.closing(_look(path)) as connection:
        for key, value in _each(connection, "SELECT key, value FROM meta", found.broken):
            with contextlib.suppress(ValueError, TypeError):
                found.meta[key] = json.loads(value)
        for number, digest, *row in _each(connection, f"SELECT {COLUMNS} FROM document ORDER BY row", found.broken):
            _take(found, digest, row, functools.partial(_passages_of, connection, number))
        found.noted = found.meta.get("notes_digest") == notes_digest_of(connection)
    return found


def _from_spares(folder: Path) -> Iterator[Salvaged]:
    """Read the second copies of the documents, the newest first."""
    for notes, rows in read_spares(folder):
        found = Salvaged(meta=notes, noted=True)
        for _, digest, *row in rows:
            _take(found, digest, row, list)
        yield found


def _passages_of(connection: sqlite3.Connection, row: int) -> list[tuple[int, str]]:
    """Return where each passage of a document begins, and its text, as far as the file gives them."""
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        return list(connection.execute("SELECT start, text FROM chunk WHERE document = ? ORDER BY position", (row,)))
    return []


def _look(path: Path) -> sqlite3.Connection:
    """Open a damaged database for reading; a log that cannot be played is left out."""
    try:
        connection = connect(path)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return connection
    except sqlite3.Error:
        return connect_frozen(path)


def _each(connection: sqlite3.Connection, sql: str, broken: list[str]) -> Iterator[Any]:
    """Yield the rows of a query until the file gives no more."""
    try:
        yield from connection.execute(sql)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        broken.append(f"after some rows of {sql.split(' FROM ')[1].split()[0]}: {error}")


def _take(found: Salvaged, digest: object, row: Any, passages: Callable[[], list[tuple[int, str]]]) -> None:
    """Keep a document if it is what it was when it was stored, or can be made so from the texts of its passages."""
    try:
        document = next(hydrate.documents([tuple(row)]))
        if document.digest != digest:
            document = _patched(document, passages())
        if document.digest != digest:
            raise ValueError("it does not match its digest")
    except (ValueError, TypeError, AttributeError) as error:
        found.broken.append(f"the document {row[0]!r}: {error}")
    else:
        found.documents.append(document)


def _patched(document: Document, passages: Iterable[tuple[int, str]]) -> Document:
    """Return a document with the texts of its passages at their places; its digest tells whether that is the truth."""
    text = document.text
    for start, passage in passages:
        text = text[:start] + passage + text[start + len(passage) :]
    return replace(document, text=text)


# --- the cache, and what killed builds leave


def check_cache(folder: Path, *, repair: bool) -> list[str]:
    """Return what is wrong with the cache, after forgetting it where ``repair`` is true.

    Damaged analyses are forgotten one by one; a file that is damaged as a whole is removed.
    """
    path = folder / CACHE_FILE
    if not path.exists():
        return []
    try:
        opening = connect if repair else connect_reading
        with explaining(path), contextlib.closing(opening(path)) as connection, unchanged(connection):
            known = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
            if known != [CACHE_APPLICATION_ID, CACHE_VERSION]:
                raise WorkspaceDamaged(f"The file {path} is damaged or of another version of graphrag.")
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            if wrong:
                raise WorkspaceDamaged(f"The file {path} is damaged: {wrong[0]}.")
            return _check_bodies(connection, path, repair=repair)
    except WorkspaceDamaged as error:
        if repair:
            remove_cache(folder)
        return [str(error)]


def _check_bodies(connection: sqlite3.Connection, path: Path, *, repair: bool) -> list[str]:
    """Decode every analysis; return the damaged ones in words."""
    said = []
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    for table, key, decode in _KEPT:
        damaged = []
        # A cache of an earlier version may lack some of them.
        for row, body in connection.execute(f"SELECT {key}, body FROM {table}") if table in there else ():
            try:
                decode(body)
            except (ValueError, TypeError):
                damaged.append(row)
        if damaged:
            said.append(f"{len(damaged):,} of the analyses in {path} ({table}) are damaged.")
            if repair:
                connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(row,) for row in damaged])
    return said


def remove_cache(folder: Path) -> None:
    """Remove the cache; the next build computes its content again."""
    remove_database(folder / CACHE_FILE)


def stopped_build(folder: Path) -> tuple[str, float] | None:
    """Return the stage at which a build was stopped and when that stage began, or None where none was."""
    path = folder / CACHE_FILE
    if not path.exists():
        return None
    nothing = contextlib.suppress(sqlite3.Error, WorkspaceError)
    with nothing, contextlib.closing(connect_reading(path)) as connection, unchanged(connection):
        row = connection.execute("SELECT stage, started FROM journal WHERE finished IS NULL").fetchone()
        return None if row is None else (str(row[0]), float(row[1]))
    return None


def leftovers(folder: Path, generation: int, *, repair: bool) -> list[str]:
    """Return what killed builds left in a workspace that nobody writes to, after removing it where asked."""
    found = []
    if (folder / STAGING_FILE).exists():
        found.append(f"{STAGING_FILE}: the documents of a build that was stopped")
        if repair:
            remove_database(folder / STAGING_FILE)
    kept = {f"{generation:08d}", f"{generation - 1:08d}"}
    arrays = folder / ARRAYS_FOLDER
    for path in sorted(arrays.iterdir()) if arrays.is_dir() else []:
        if path.name not in kept and path.is_dir():  # a file is not of a build
            found.append(f"{ARRAYS_FOLDER}/{path.name}: arrays that no finished build refers to")
            if repair:
                shutil.rmtree(path, ignore_errors=True)
    return found


# --- putting a rebuilt workspace in the place of a damaged one


def start_repair(folder: Path) -> Path:
    """Return an empty folder for a rebuilt workspace, with a copy of the cache where that is sound."""
    place = folder / REPAIR_FOLDER
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    cache = folder / CACHE_FILE
    if cache.exists() and not check_cache(folder, repair=False):
        with (
            contextlib.closing(connect(cache)) as source,
            contextlib.closing(connect(place / CACHE_FILE, create=True)) as target,
        ):
            source.backup(target)
    return place


def finish_repair(folder: Path, *, ready: bool = False) -> bool:
    """Put a rebuilt workspace in the place of the damaged one; a repair that was killed midway is finished.

    Parameters
    ----------
    folder : pathlib.Path
        The workspace's folder.
    ready : bool
        Whether the rebuilt workspace is complete; false: finish what an earlier call has begun, if it has.

    Returns
    -------
    bool
        Whether there was anything to put in place.
    """
    place = folder / REPAIR_FOLDER
    mark = place / _READY
    if ready:
        mark.touch()
        sync_folder(place)
    if not mark.exists():
        shutil.rmtree(place, ignore_errors=True)
        return False
    # From here on a kill leaves the mark, and the next call goes on: every step may be done again.
    if (place / ARRAYS_FOLDER).is_dir():
        shutil.rmtree(folder / ARRAYS_FOLDER, ignore_errors=True)
        (place / ARRAYS_FOLDER).replace(folder / ARRAYS_FOLDER)
    for name in (CACHE_FILE, DATABASE_FILE):
        if (place / name).exists():
            for end in ("-wal", "-shm", "-journal"):
                (folder / f"{name}{end}").unlink(missing_ok=True)
            (place / name).replace(folder / name)
    sync_folder(folder)
    shutil.rmtree(place, ignore_errors=True)
    return True
