"""Reports in the cache: by a key of all that each was made of, with the places of its findings."""

import sqlite3
from collections.abc import Mapping

from graphrag.stores.codec import decode_json, encode_json
from graphrag.stores.rows import report_from_row, report_row
from graphrag.types import ChunkId, CommunityReport

__all__ = ["KeptReport", "decode_report", "load_reports", "store_reports"]

KeptReport = tuple[CommunityReport, tuple[tuple[ChunkId, int, int], ...]]


def load_reports(connection: sqlite3.Connection) -> dict[str, KeptReport]:
    """Return all reports of the cache that are whole, by key."""
    found = {}
    for key, body in connection.execute("SELECT key, body FROM cache.report ORDER BY key"):
        try:
            found[key] = decode_report(body)
        except ValueError:
            continue  # it is written again
    return found


def store_reports(connection: sqlite3.Connection, reports: Mapping[str, KeptReport]) -> None:
    """Make these the reports of the cache, in the transaction that was begun; what is there already stays."""
    there = {key for (key,) in connection.execute("SELECT key FROM cache.report")}
    connection.executemany("DELETE FROM cache.report WHERE key = ?", [(key,) for key in there - reports.keys()])
    new = [(key, _encode_report(kept)) for key, kept in sorted(reports.items()) if key not in there]
    connection.executemany("INSERT INTO cache.report VALUES (?, ?)", new)


def _encode_report(kept: KeptReport) -> bytes:
    """Return a report as bytes with a checksum before them."""
    report, places = kept
    row = [report.community_id, *report_row(report, 0)[1:]]
    return encode_json([row, [list(place) for place in places]])


def decode_report(body: bytes) -> KeptReport:
    """Return the report that was stored.

    Raises
    ------
    ValueError
        The bytes are damaged.
    """
    row, places = decode_json(body)
    title, rank, first, last, *rest = row[1:]
    report = report_from_row((row[0], title, rank, first, last, *rest))
    return report, tuple((ChunkId(chunk), begin, end) for chunk, begin, end in places)
