"""New documents that can be found before the graph of all documents is made again.

They stand behind the rows that are in canonical order, in the tables of documents and chunks, with their vectors in
the table ``fresh``.  The content digest leaves them out: it stays that of the last complete build.
"""

import sqlite3

from graphrag.stores.inspection import fresh_digest_of, notes_digest_of
from graphrag.stores.rows import dump
from graphrag.stores.salvage import documents_digest

__all__ = ["NEW_CHUNKS", "insert_fresh", "remove_fresh"]

NEW_CHUNKS = "{} WHERE d.id NOT IN (SELECT id FROM main.document) ORDER BY d.id, c.position LIMIT ?"
"""The staged chunks of documents that the workspace does not hold; the gap is for the columns."""

_NEW = "id NOT IN (SELECT id FROM main.document) AND EXISTS (SELECT 1 FROM staging.chunk c WHERE c.document = key)"


def insert_fresh(connection: sqlite3.Connection, made_by: str) -> tuple[int, int]:
    """Put the staged documents that the workspace does not hold behind those that it does.

    Parameters
    ----------
    connection : sqlite3.Connection
        To the database, with ``staging`` and ``cache`` attached and a transaction begun.
    made_by : str
        The embedder's fingerprint; the cache must hold the vectors of all their chunks.

    Returns
    -------
    (int, int)
        The row of the first of these documents, and of the first of their chunks.
    """
    document, chunk = (
        connection.execute(f"SELECT ifnull(max(row) + 1, 0) FROM main.{table}").fetchone()[0]
        for table in ("document", "chunk")
    )
    connection.execute(
        "INSERT INTO main.document SELECT ? + row_number() OVER (ORDER BY id) - 1, id, title, digest, source, "
        f"metadata, headings, text FROM staging.document WHERE {_NEW}",
        (document,),
    )
    connection.execute(
        "INSERT INTO main.chunk SELECT ? + row_number() OVER (ORDER BY m.row, c.position) - 1, c.id, m.row, "
        "c.position, c.start, c.stop, c.digest, c.heading, c.sentences, c.text FROM main.document m "
        "JOIN staging.document d ON d.id = m.id JOIN staging.chunk c ON c.document = d.key WHERE m.row >= ?",
        (chunk, document),
    )
    connection.execute(
        "INSERT INTO main.fresh SELECT c.row, v.body FROM main.chunk c JOIN cache.vectors v ON v.digest = c.digest AND "
        "v.made_by = ? WHERE c.row >= ?",
        (made_by, chunk),
    )
    _note(connection)
    return document, chunk


def remove_fresh(connection: sqlite3.Connection, document: int, chunk: int) -> None:
    """Undo :func:`insert_fresh`, which returned these rows."""
    connection.execute("DELETE FROM main.fresh WHERE chunk >= ?", (chunk,))
    connection.execute("DELETE FROM main.chunk WHERE row >= ?", (chunk,))
    connection.execute("DELETE FROM main.document WHERE row >= ?", (document,))
    _note(connection)


def _note(connection: sqlite3.Connection) -> None:
    """Bring the notes about the content up to date."""
    held = documents_digest(connection.execute("SELECT id, digest FROM main.document ORDER BY row"))
    digest = fresh_digest_of(connection)
    connection.execute("DELETE FROM main.meta WHERE key IN ('documents', 'fresh', 'notes_digest')")
    notes = [("documents", held)] + ([("fresh", digest)] if digest else [])
    connection.executemany("INSERT INTO main.meta VALUES (?, ?)", [(key, dump(value)) for key, value in notes])
    connection.execute("INSERT INTO main.meta VALUES ('notes_digest', ?)", (dump(notes_digest_of(connection)),))
