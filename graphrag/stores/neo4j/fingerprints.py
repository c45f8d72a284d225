"""Which items of a graph are as they were, found out without making them.

The digests of an item are dear: it must be made, its texts put in canonical form.  The columns that an item is made of
are cheap to read.  So a workspace keeps, in a file beside it, the digests of each item under the fingerprint of its
columns; after a change only the items with new fingerprints are made.  The file can be thrown away.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphrag.stores.schema import DIGESTS_FILE

if TYPE_CHECKING:
    from graphrag.stores.neo4j.items import Content, Digests
    from graphrag.stores.workspace import Workspace

__all__ = ["digests_of"]

_VERSION = b"digests 3\n"  # another way to make items or digests is another version
_SIZE = 16  # bytes of a fingerprint and of the file's checksum
_ROW = np.dtype([("key", f"V{_SIZE}"), ("properties", "<i8"), ("links", "<i8"), ("degree", "<i8")])

# Each query gives the id, the row, and everything else that the item is made of, its vector aside.
_COLUMNS = {
    "documents": """
SELECT d.id, d.row, d.title, d.source, d.metadata, d.headings, d.digest, d.text,
       (SELECT json_group_array(json_array(e.id, a.weight, a.reason)) FROM about a JOIN entity e ON e.row = a.entity
        WHERE a.document = d.row)
FROM document d""",
    "chunks": """
SELECT c.id, c.row, d.id, d.title, c.position, c.start, c.stop, c.heading, c.sentences, c.text,
       (SELECT n.id FROM chunk n WHERE n.row = c.row + 1 AND n.document = c.document),
       (SELECT json_group_array(f.id) FROM evidence v JOIN fact f ON f.row = v.fact WHERE v.chunk = c.row),
       (SELECT json_group_array(json_array(e.id, m.start, m.stop, m.text, m.source)) FROM mention m
        JOIN entity e ON e.row = m.entity WHERE m.chunk = c.row)
FROM chunk c JOIN document d ON d.row = c.document""",
    "entities": """
SELECT e.id, e.row, e.name, e.label, e.description, e.mention_count, g.merges,
       (SELECT json_group_array(a.name) FROM alias a WHERE a.entity = e.row),
       (SELECT json_group_array(json_array(o.id, a.weight)) FROM about a JOIN about b ON b.document = a.document
        JOIN entity o ON o.row = b.entity
        WHERE a.entity = e.row AND a.reason = 'similar name' AND b.reason = 'title'),
       (SELECT json_group_array(json_array(f.id, f.predicate, o.id, f.value, f.said_when, f.confidence,
               (SELECT json_group_array(json_array(c.id, v.start, v.stop, v.text)) FROM evidence v
                JOIN chunk c ON c.row = v.chunk WHERE v.fact = f.row)))
        FROM fact f LEFT JOIN entity o ON o.row = f.object WHERE f.subject = e.row)
FROM entity e LEFT JOIN (SELECT entity, json_group_array(json_array(name, target, method, score)) AS merges
                         FROM merge GROUP BY entity) g ON g.entity = e.id""",
    "communities": """
SELECT c.id, c.row, c.level, p.id, r.title, r.rank, r.first_year, r.last_year, r.digest, r.made_by, r.summary,
       r.findings, r.key_entities, r.documents, k.children,
       (SELECT json_group_array(e.id) FROM member m JOIN entity e ON e.row = m.entity WHERE m.community = c.row)
FROM community c LEFT JOIN community p ON p.row = c.parent LEFT JOIN report r ON r.community = c.row
LEFT JOIN (SELECT parent, json_group_array(id) AS children FROM community GROUP BY parent) k ON k.parent = c.row""",
}


def digests_of(workspace: "Workspace", content: "Content") -> "dict[str, dict[str, Digests]]":
    """Return the digests of all items, by kind and id, making only the items that are not known.

    Parameters
    ----------
    workspace : Workspace
        An opened workspace.
    content : Content
        Its items.
    """
    from graphrag.stores.neo4j.items import KINDS, Digests

    path = workspace.path / DIGESTS_FILE
    known = _read(path)
    found: dict[str, dict[str, Digests]] = {}
    kept: dict[bytes, tuple[int, int, int]] = {}
    for kind in KINDS:
        if kind not in _COLUMNS:
            found[kind] = {item.id: item.digests() for item in content.items(kind)}
            continue
        keys = dict(_fingerprints(workspace, content, kind))
        found[kind] = {i: Digests(*numbers) for i, key in keys.items() if (numbers := known.get(key)) is not None}
        if len(found[kind]) < len(keys):
            only = None if not found[kind] else keys.keys() - found[kind].keys()
            found[kind].update((item.id, item.digests()) for item in content.items(kind, only))
        kept.update((key, found[kind][identity]) for identity, key in keys.items())
    if kept.keys() != known.keys():
        _write(path, kept)
    return found


def _fingerprints(workspace: "Workspace", content: "Content", kind: str) -> Iterator[tuple[str, bytes]]:
    """Yield the id and the fingerprint of each item of a kind."""
    for identity, row, *columns in workspace.query(_COLUMNS[kind]):
        digest = hashlib.blake2b(ascii((kind, identity, columns)).encode(), digest_size=_SIZE)
        digest.update(content.sign(kind, row))
        yield identity, digest.digest()


def _read(path: Path) -> dict[bytes, tuple[int, int, int]]:
    """Return what the file holds, nothing where it is missing, damaged, or of another version."""
    try:
        data = path.read_bytes()
    except OSError:
        return {}
    begin = len(_VERSION) + _SIZE
    body = data[begin:]
    if data[: len(_VERSION)] != _VERSION or data[len(_VERSION) : begin] != _checksum(body) or len(body) % _ROW.itemsize:
        return {}
    rows = np.frombuffer(body, dtype=_ROW)
    numbers = zip(*(rows[name].tolist() for name in ("properties", "links", "degree")), strict=True)
    return dict(zip((key.tobytes() for key in rows["key"]), numbers, strict=True))


def _write(path: Path, kept: dict[bytes, tuple[int, int, int]]) -> None:
    """Replace the file; where that cannot be, the next publish takes longer."""
    rows = np.array([(key, *numbers) for key, numbers in sorted(kept.items())], dtype=_ROW)
    body = rows.tobytes()
    part = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        part.write_bytes(_VERSION + _checksum(body) + body)
        part.replace(path)


def _checksum(body: bytes) -> bytes:
    """Return the checksum of the file's body."""
    return hashlib.blake2b(body, digest_size=_SIZE).digest()
