"""Whether what a workspace says about its documents is so: spans, ids, order, counts and what reports point at."""

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from graphrag.stores import hydrate
from graphrag.stores.inspection import first_fresh
from graphrag.text import name_key
from graphrag.types import stable_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["array_problems", "content_problems"]

_ALL = 2**62  # more rows than there can be
_LISTED = 20  # of each kind: one broken offset may break thousands of spans

_MENTIONS = (
    "SELECT d.row, m.start, m.stop, m.text, c.id, m.start >= c.start AND m.stop <= c.stop FROM mention m "
    "JOIN chunk c ON c.row = m.chunk JOIN document d ON d.row = c.document ORDER BY d.row, m.chunk, m.start"
)
_EVIDENCE = (
    "SELECT d.row, e.start, e.stop, e.text, f.id, e.start >= c.start AND e.stop <= c.stop FROM evidence e "
    "JOIN fact f ON f.row = e.fact JOIN chunk c ON c.row = e.chunk JOIN document d ON d.row = c.document "
    "ORDER BY d.row, e.start"
)
_CHUNKS = "SELECT document, start, stop, text, id, 1 FROM chunk ORDER BY document, start"
# What each kind of thing is, for a message; its rows must be 0, 1, 2, … in the order of its ids.
_ORDERED = ("document", "entity", "fact")


def content_problems(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the content of a database, the same in every run.

    Checked are: every chunk, mention, sentence of evidence and quote of a report against the text of its document;
    every document and chunk against its digest; the ids of chunks, entities and communities against what they are made
    of; the order of the rows; counts; and every id that a report or a merge names.

    Parameters
    ----------
    connection : sqlite3.Connection
        To a database whose structure is sound.

    Raises
    ------
    ValueError
        A column does not hold what its kind of column holds.
    """
    checks = (
        _digests(connection),
        _spans(connection, "the passage", _CHUNKS),
        _spans(connection, "the mention in the passage", _MENTIONS),
        _spans(connection, "the evidence of the fact", _EVIDENCE),
        _order(connection),
        _entity_ids(connection),
        _community_ids(connection),
        _reports(connection),
    )
    for check in checks:
        yield from islice(check, _LISTED)


def _digests(connection: sqlite3.Connection) -> Iterator[str]:
    """Compare documents and chunks with the digests that stand beside them, and sentences with their chunk."""
    digests = connection.execute("SELECT digest FROM document ORDER BY row")
    for document, (digest,) in zip(hydrate.documents(connection.execute(hydrate.DOCUMENTS)), digests, strict=True):
        if document.digest != digest:
            yield f"the document {document.id!r} does not match its digest"
    digests = connection.execute("SELECT digest FROM chunk ORDER BY row")
    repeats: dict[tuple[str, str], int] = {}
    for chunk, (digest,) in zip(
        hydrate.chunks(connection.execute(f"{hydrate.CHUNKS} ORDER BY c.row")), digests, strict=True
    ):
        key = (chunk.document_id, chunk.text)
        number = repeats[key] = repeats.get(key, -1) + 1
        if chunk.digest != digest:
            yield f"the passage {chunk.id} of {chunk.document_id!r} does not match its digest"
        elif chunk.id != stable_id("chunk", *key, str(number)):
            yield f"the id of the passage {chunk.id} of {chunk.document_id!r} is not made of its text"
        ends = [end for span in chunk.sentences for end in (span.start, span.end)]
        if ends != sorted(ends) or (ends and (ends[0] < chunk.span.start or ends[-1] > chunk.span.end)):
            yield f"the sentences of the passage {chunk.id} of {chunk.document_id!r} do not lie in it in order"


def _spans(connection: sqlite3.Connection, what: str, sql: str) -> Iterator[str]:
    """Compare quotes with the documents that they are from; ``sql`` gives them by document."""
    for row, quotes in groupby(connection.execute(sql), key=lambda quote: quote[0]):
        identity, text = connection.execute("SELECT id, text FROM document WHERE row = ?", (row,)).fetchone()
        for _, start, stop, quote, owner, inside in quotes:
            if not 0 <= start <= stop or text[start:stop] != quote:
                yield f"{what} {owner} is not what the document {identity!r} says at {start} to {stop}"
            elif not inside:
                yield f"{what} {owner} lies outside of its passage, at {start} to {stop} of the document {identity!r}"


def _order(connection: sqlite3.Connection) -> Iterator[str]:
    """Check that rows are numbered without gaps in the order of their ids, and mentions counted."""
    first = first_fresh(connection)
    document, chunk = first or (_ALL, _ALL)
    for table in _ORDERED:
        here = f"WHERE row < {document}" if table == "document" else ""
        numbered = f"SELECT row, row_number() OVER (ORDER BY id) - 1 AS n FROM {table} {here}"
        sql = f"SELECT row, n FROM ({numbered}) WHERE row <> n"
        if wrong := connection.execute(f"{sql} LIMIT 1").fetchone():
            yield f"row {wrong[0]} of the table {table} should be row {wrong[1]}"
    sql = (
        "SELECT row, n FROM (SELECT c.row, row_number() OVER (ORDER BY c.document, c.position) - 1 AS n FROM chunk c "
        f"WHERE c.row < {chunk}) WHERE row <> n LIMIT 1"
    )
    if wrong := connection.execute(sql).fetchone():
        yield f"row {wrong[0]} of the table chunk should be row {wrong[1]}"
    sql = (
        "SELECT e.id, e.mention_count, count(m.entity) AS n FROM entity e LEFT JOIN mention m ON m.entity = e.row "
        "GROUP BY e.row HAVING n <> e.mention_count"
    )
    for identity, said, counted in connection.execute(sql):
        yield f"the entity {identity} is said to have {said} mentions and has {counted}"


def _entity_ids(connection: sqlite3.Connection) -> Iterator[str]:
    """Check that the id of every entity is made of one of its names."""
    names: dict[int, list[str]] = {}
    for row, name in connection.execute("SELECT entity, name FROM alias ORDER BY entity, position"):
        names.setdefault(row, []).append(name)
    for row, identity, name in connection.execute("SELECT row, id, name FROM entity ORDER BY row"):
        known = [name, *names.get(row, ())]
        keys = {name_key(form) for form in known}
        keys |= {
            key.partition(" ")[2] for key in keys if key.startswith(("the ", "a ", "an "))
        }  # named with an article
        if all(stable_id("entity", key) != identity for key in keys):
            yield f"the id of the entity {identity} ({name!r}) is not made of one of its names"


def _community_ids(connection: sqlite3.Connection) -> Iterator[str]:
    """Check that the id of every community is made of its members."""
    members: dict[int, list[str]] = {}
    sql = "SELECT m.community, e.id FROM member m JOIN entity e ON e.row = m.entity ORDER BY m.community, m.position"
    for row, entity in connection.execute(sql):
        members.setdefault(row, []).append(entity)
    for row, identity, level in connection.execute("SELECT row, id, level FROM community ORDER BY row"):
        if identity != stable_id("community", str(level), *members.get(row, ())):
            yield f"the id of the community {identity} is not made of its members"


def _reports(connection: sqlite3.Connection) -> Iterator[str]:
    """Check what reports quote and name."""
    known = {
        kind: {row[0] for row in connection.execute(f"SELECT id FROM {kind}")}
        for kind in ("document", "chunk", "entity", "fact")
    }
    for report in hydrate.reports(connection.execute(f"{hydrate.REPORTS} ORDER BY c.row")):
        place = f"the report of {report.community_id}"
        for kind, ids in (("entity", report.key_entities), ("document", report.documents)):
            yield from (f"{place} names the {kind} {i}, which is not there" for i in ids if i not in known[kind])
        for finding in report.findings:
            yield from (
                f"{place} names the fact {i}, which is not there" for i in finding.facts if i not in known["fact"]
            )
            for quote in finding.quotes:
                found = connection.execute("SELECT text FROM document WHERE id = ?", (quote.document_id,)).fetchone()
                if found is None or found[0][quote.span.start : quote.span.end] != quote.text:
                    at = f"{quote.span.start} to {quote.span.end}"
                    yield f"{place} quotes what the document {quote.document_id!r} does not say at {at}"
                elif quote.chunk_id not in known["chunk"]:
                    yield f"{place} quotes the passage {quote.chunk_id}, which is not there"


def array_problems(arrays: "Mapping[str, NDArray[Any]]", counts: Mapping[str, int]) -> list[str]:
    """Return where arrays whose files are sound do not fit the tables, or hold vectors that are no numbers.

    Parameters
    ----------
    arrays : mapping
        As :meth:`graphrag.stores.workspace.Workspace.arrays` returns them.
    counts : mapping
        As :meth:`graphrag.stores.workspace.Workspace.counts` returns them.
    """
    import numpy as np

    found = []
    rows = {"passage_vectors": "chunks", "sentence_ptr": "chunks", "mention_ptr": "chunks", "entity_ptr": "entities"}
    for name, counted in sorted(rows.items()):
        if name in arrays:
            length = len(arrays[name]) - (1 if name.endswith("_ptr") else 0)
            if length != counts[counted]:
                found.append(f"the array {name} has {length:,} rows, the database {counts[counted]:,} {counted}")
    vectors = arrays.get("passage_vectors")
    if vectors is not None and not np.isfinite(vectors).all():
        rows_wrong = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        found.append(
            f"the vectors of {len(rows_wrong):,} passages are not finite numbers, the first is {rows_wrong[0]}"
        )
    return found
