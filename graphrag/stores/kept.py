"""Reports in the cache: by a key of all that each was made of, with the places of its findings."""

import sqlite3
from collections.abc import Mapping

from graphrag.stores.codec import decode_json, encode_json
from graphrag.stores.rows import findings_from_plain, plain_findings
from graphrag.types import (
    ChunkId,
    CommunityId,
    CommunityReport,
    DocumentId,
    EntityId,
)

__all__ = ["KeptReport", "decode_report", "load_reports", "store_reports"]

KeptReport = tuple[CommunityReport, tuple[tuple[ChunkId, int, int], ...]]


def load_reports(connection: sqlite3.Connection) -> dict[str, KeptReport]:
    """Return all reports of the cache that are whole, by key; those that are not are deleted and written again."""
    found, damaged = {}, []
    for key, body in connection.execute("SELECT key, body FROM cache.report ORDER BY key"):
        try:
            found[key] = decode_report(body)
        except ValueError:
            damaged.append((key,))
    connection.executemany("DELETE FROM cache.report WHERE key = ?", damaged)
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
    findings = plain_findings(report.findings)
    said = (report.title, report.summary, findings, report.key_entities, report.documents, report.when)
    return encode_json((report.community_id, *said, report.rank, report.digest, report.made_by, places))


def decode_report(body: bytes) -> KeptReport:
    """Return the report that was stored.

    Raises
    ------
    ValueError
        The bytes are damaged, or of an earlier version.
    """
    community, title, summary, findings, entities, documents, (first, last), rank, digest, made_by, places = (
        decode_json(body)
    )
    report = CommunityReport(
        community_id=CommunityId(community),
        title=title,
        summary=summary,
        findings=findings_from_plain(findings),
        key_entities=tuple(map(EntityId, entities)),
        documents=tuple(map(DocumentId, documents)),
        when=(first, last),
        rank=rank,
        digest=digest,
        made_by=made_by,
    )
    return report, tuple((ChunkId(chunk), begin, end) for chunk, begin, end in places)
