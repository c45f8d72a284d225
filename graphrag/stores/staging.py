"""The documents of the build that is running: staged, compared with those before, and numbered."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from graphrag.passages import Place
from graphrag.stores import hydrate
from graphrag.stores.attached import STAGED_CHUNKS, Attached
from graphrag.stores.codec import load_offsets
from graphrag.stores.database import explaining
from graphrag.stores.inspection import first_fresh
from graphrag.stores.rows import chunk_row, document_row
from graphrag.types import Chunk, Document

__all__ = ["Changes", "Counts", "Staging"]

_COPY_CHUNKS = (
    "INSERT INTO staging.chunk (id, document, position, start, stop, digest, heading, sentences, text) SELECT m.id, "
    "{key}, m.position, m.start, m.stop, m.digest, m.heading, m.sentences, m.text FROM {source} WHERE {where}"
)

_PLACES = (
    "SELECT c.id, d.id, c.position, c.start, c.digest, d.title, c.heading, c.sentences FROM staging.chunk c "
    "JOIN staging.document d ON d.key = c.document ORDER BY c.row"
)
_BLOCK = 1000  # chunks whose sentences are parsed together


class Counts(NamedTuple):
    """How much is staged."""

    documents: int
    chunks: int
    contents: int  # chunks of different content


class Changes(NamedTuple):
    """How many documents the staged ones have that the last complete build has not, and the other way round."""

    added: int
    replaced: int
    removed: int


class Staging(Attached):
    """What a build stages before it is committed; it lies in a file, so that nothing holds the corpus in memory."""

    _read_anew: frozenset[str] = frozenset()  # sources whose problems were found again beside those that stay

    def known(self) -> dict[str, str]:
        """Return the digest of each document that the workspace holds, by id."""
        with explaining(self._database):
            return dict(self._db.execute("SELECT id, digest FROM main.document"))

    def add(self, documents: Sequence[tuple[Document, Sequence[Chunk] | None]]) -> None:
        """Stage documents with their chunks, or None for those that the workspace holds and that are cut as before.

        Of two documents with one id and different content the one with the smaller digest is kept, so that the
        result does not depend on their order; the other is noted as a problem.
        """
        with explaining(self._staging), self._transaction():
            for document, chunks in documents:
                if self._displaces(document):
                    self._stage(document, chunks)

    def _displaces(self, document: Document) -> bool:
        """Tell whether a document is to be staged, after making room for it."""
        known = self._db.execute(
            "SELECT key, digest, source FROM staging.document WHERE id = ?", (document.id,)
        ).fetchone()
        if known is None:
            return True
        key, digest, source = known
        kept, dropped = sorted([(digest, source), (document.digest, document.source)])
        reason = "an equal document" if digest == document.digest else "another document"
        self._note(dropped[1] or document.id, f"not used: {reason} has the id {document.id!r}; give each its own id")
        if kept[0] == digest:
            return False
        self._db.execute("DELETE FROM staging.chunk WHERE document = ?", (key,))
        self._db.execute("DELETE FROM staging.document WHERE key = ?", (key,))
        return True

    def _stage(self, document: Document, chunks: Sequence[Chunk] | None) -> None:
        """Insert a document and its chunks, or those that it has in the workspace."""
        key = self._db.execute(
            "INSERT INTO staging.document (id, title, digest, source, metadata, headings, text) VALUES (?,?,?,?,?,?,?)",
            document_row(document),
        ).lastrowid
        if chunks is None:
            same = "m.document = (SELECT row FROM main.document WHERE id = ?)"
            self._db.execute(_COPY_CHUNKS.format(key="?", source="main.chunk m", where=same), (key, document.id))
            return
        self._db.executemany(
            "INSERT INTO staging.chunk (id, document, position, start, stop, digest, heading, sentences, text) "
            "VALUES (?,?,?,?,?,?,?,?,?)",
            (chunk_row(chunk, key or 0) for chunk in chunks),
        )

    def staged(self) -> dict[str, str]:
        """Return the source of each document that is staged so far, by id."""
        with explaining(self._staging):
            return dict(self._db.execute("SELECT id, source FROM staging.document"))

    def nothing_staged(self) -> bool:
        """Tell whether no document is staged so far."""
        with explaining(self._staging):
            return self._db.execute("SELECT 1 FROM staging.document LIMIT 1").fetchone() is None

    def keep_documents(self, without: Iterable[str]) -> None:
        """Stage all documents that the workspace holds, cut as they are, but some and those that are staged already.

        Parameters
        ----------
        without : iterable of str
            Ids.
        """
        gone = frozenset(without)
        # A function, because JSON in SQLite ends a text at a zero byte.
        self._db.create_function("gone", 1, gone.__contains__, deterministic=True)
        with explaining(self._staging), self._transaction():
            self._db.execute(
                "INSERT INTO staging.document (id, title, digest, source, metadata, headings, text) SELECT id, title, "
                "digest, source, metadata, headings, text FROM main.document WHERE id NOT IN (SELECT id FROM "
                "staging.document) AND NOT gone(id) ORDER BY row"
            )
            source = "main.chunk m JOIN main.document d ON d.row = m.document JOIN staging.document s ON s.id = d.id"
            where = "NOT EXISTS (SELECT 1 FROM staging.chunk c WHERE c.document = s.key)"
            self._db.execute("CREATE INDEX staging.chunk_of_document ON chunk (document)")
            self._db.execute(_COPY_CHUNKS.format(key="s.key", source=source, where=f"{where} ORDER BY m.row"))

    def keep_problems(self, without: Iterable[str]) -> None:
        """Note the problems that the workspace lists again, but those of some sources and of documents that are gone.

        Parameters
        ----------
        without : iterable of str
            Sources that were read anew.
        """
        read = self._read_anew = frozenset(source for source in without if source)
        with explaining(self._staging), self._transaction():
            noted = set(self._db.execute("SELECT place, message FROM staging.problem"))
            for place, message in self._db.execute("SELECT place, message FROM main.problem ORDER BY row").fetchall():
                if not _is_of(place, read) and (place, message) not in noted:
                    self._note(place, message)

    def new_problems(self) -> list[tuple[str, str]]:
        """Return the staged problems that the workspace does not list, or whose sources were read anew by name."""
        with explaining(self._staging):
            old = set(self._db.execute("SELECT place, message FROM main.problem"))
            staged = self._db.execute("SELECT place, message FROM staging.problem ORDER BY place, message")
            return [noted for noted in staged if noted not in old or _is_of(noted[0], self._read_anew)]

    def nothing_new(self) -> bool:
        """Tell whether what is staged and noted is what the workspace holds already, passage by passage."""
        tables = (
            ("document", "id, digest"),
            ("chunk", "id, position, start, stop, digest"),
            ("problem", "place, message"),
        )
        with explaining(self._staging):
            if not self._generation() or self._db.execute("SELECT 1 FROM main.fresh").fetchone():
                return False
            for table, columns in tables:
                there = self._db.execute(f"SELECT {columns} FROM main.{table} ORDER BY {columns}")
                here = self._db.execute(f"SELECT {columns} FROM staging.{table} ORDER BY {columns}")
                if not all(one == other for one, other in zip_longest(there, here)):
                    return False
        return True

    def changes(self) -> Changes:
        """Compare the staged documents with those of the last complete build."""
        with explaining(self._staging):
            first = first_fresh(self._db)
            held = "main.document" if first is None else f"(SELECT * FROM main.document WHERE row < {first[0]})"
            counts = (
                f"staging.document WHERE id NOT IN (SELECT id FROM {held})",
                f"staging.document s JOIN {held} m ON m.id = s.id WHERE m.digest <> s.digest",
                f"{held} WHERE id NOT IN (SELECT id FROM staging.document)",
            )
            return Changes(*(self._db.execute(f"SELECT count(*) FROM {count}").fetchone()[0] for count in counts))

    def note(self, problems: Iterable[tuple[str, str]]) -> None:
        """Note problems of the input as (place, message)."""
        with explaining(self._staging), self._transaction():
            for place, message in problems:
                self._note(place, message)

    def _note(self, place: str, message: str) -> None:
        self._db.execute("INSERT INTO staging.problem (place, message) VALUES (?, ?)", (place, message))

    def seal(self) -> Counts:
        """Give all staged rows their canonical numbers, and count them."""
        with explaining(self._staging), self._transaction():
            self._db.execute(
                "UPDATE staging.document SET row = n.row FROM (SELECT key, row_number() OVER (ORDER BY id) - 1 AS row "
                "FROM staging.document) AS n WHERE n.key = document.key"
            )
            self._db.execute(
                "UPDATE staging.chunk SET row = n.row FROM (SELECT c.key, row_number() OVER (ORDER BY d.row, "
                "c.position) - 1 AS row FROM staging.chunk c JOIN staging.document d ON d.key = c.document) AS n "
                "WHERE n.key = chunk.key"
            )
            self._db.execute("CREATE UNIQUE INDEX staging.chunk_by_row ON chunk (row)")
            self._db.execute("CREATE INDEX staging.chunk_by_digest ON chunk (digest)")
            counts = (
                "count(*) FROM staging.document",
                "count(*) FROM staging.chunk",
                "count(DISTINCT digest) FROM staging.chunk",
            )
            documents, chunks, contents = (self._db.execute(f"SELECT {count}").fetchone()[0] for count in counts)
        return Counts(documents, chunks, contents)

    def forget_notes(self, begin: str) -> None:
        """Take back the staged problems whose message begins with ``begin``."""
        with explaining(self._staging), self._transaction():
            self._db.execute("DELETE FROM staging.problem WHERE substr(message, 1, ?) = ?", (len(begin), begin))

    def places(self) -> Iterator[Place]:
        """Yield all of each staged chunk but its text, in row order."""
        with explaining(self._staging):
            found = self._db.execute(_PLACES)
            while block := found.fetchmany(_BLOCK):
                for row, sentences in zip(block, load_offsets([row[-1] for row in block]), strict=True):
                    yield Place._make((*row[:-1], sentences))

    def chunks(self, rows: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the staged chunks of these rows, or all, in row order."""
        some = "" if rows is None else "WHERE c.row IN (SELECT value FROM json_each(?))"
        with explaining(self._staging):
            parameters = () if rows is None else (json.dumps(list(rows)),)
            yield from hydrate.chunks(self._db.execute(f"{STAGED_CHUNKS} {some} ORDER BY c.row", parameters))


def _is_of(place: str, sources: Collection[str]) -> bool:
    """Tell whether a place is one of some sources, or lies in one ("notes.csv, row 3")."""
    return place in sources or place.rsplit(", ", 1)[0] in sources
