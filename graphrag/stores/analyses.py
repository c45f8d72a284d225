"""The cache as a build uses it: extractions and vectors by content, reports by what they are made of, the journal."""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from graphrag.errors import WorkspaceDamaged
from graphrag.stores import hydrate
from graphrag.stores.attached import STAGED_CHUNKS, Attached
from graphrag.stores.codec import decode_all_vectors, decode_extraction, decode_json, decode_sentences, encode_json
from graphrag.stores.columns import load_columns, store_columns
from graphrag.stores.database import explaining
from graphrag.stores.kept import KeptReport, load_reports, store_reports
from graphrag.types import Chunk, Extraction, PassageVectors

if TYPE_CHECKING:
    from graphrag.stores.columns import Columns
    from graphrag.types import FloatArray

__all__ = ["Analyses", "Missing"]

_BLOCK = 256  # passages whose vectors are decoded together

Encoded = TypeVar("Encoded", bytes, list[bytes])

# A refiner's reading of a chunk before the extractor's.
_REFINED = (
    "coalesce((SELECT e.body FROM staging.refined r JOIN cache.extraction e ON e.id = r.extraction "
    "WHERE r.digest = c.digest), x.body)"
)
_JOINED = (
    "SELECT {body}, {columns} LEFT JOIN cache.{table} x ON x.digest = c.digest AND x.made_by = ? {where} ORDER BY c.row"
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A staged chunk whose content has not been analysed yet, and what it lacks."""

    row: int
    extraction: bool
    vectors: bool


class Analyses(Attached):
    """What is dear to compute, kept at once, so that a killed build goes on where it was."""

    def missing(self, extractor: str, embedder: str) -> list[Missing]:
        """Return what is not cached for these fingerprints, one entry for each different content, in row order."""
        with explaining(self._cache):
            rows = self._db.execute(
                "SELECT min(c.row), e.id IS NULL, v.id IS NULL FROM staging.chunk c "
                "LEFT JOIN cache.extraction e ON e.digest = c.digest AND e.made_by = ? "
                "LEFT JOIN cache.vectors v ON v.digest = c.digest AND v.made_by = ? "
                "WHERE e.id IS NULL OR v.id IS NULL GROUP BY c.digest ORDER BY 1",
                (extractor, embedder),
            )
            return [Missing(row, bool(no_extraction), bool(no_vectors)) for row, no_extraction, no_vectors in rows]

    def keep(self, extractor: str, embedder: str, analysed: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
        """Keep analyses in the cache, in one transaction.

        Parameters
        ----------
        extractor, embedder : str
            The fingerprints of what made them.
        analysed : sequence of (str, bytes or None, bytes or None)
            Chunk digest, and the extraction and the vectors as :mod:`graphrag.stores.codec` encodes them.
        """
        with explaining(self._cache), self._transaction():
            for table, made_by, column in (("extraction", extractor, 1), ("vectors", embedder, 2)):
                self._db.executemany(
                    f"INSERT OR REPLACE INTO cache.{table} (digest, made_by, body) VALUES (?, ?, ?)",
                    ((row[0], made_by, row[column]) for row in analysed if row[column] is not None),
                )
        self._worth_keeping = True

    def keep_readings(
        self, made_by: str, readings: Iterable[tuple[str, object]], standings: Iterable[tuple[str, object]]
    ) -> None:
        """Keep what was read from texts, in one transaction: chunk digests and values that JSON can hold."""
        with explaining(self._cache), self._transaction():
            for table, rows in (("reading", readings), ("standing", standings)):
                self._db.executemany(
                    f"INSERT OR REPLACE INTO cache.{table} VALUES (?, ?, ?)",
                    ((digest, made_by, encode_json(value)) for digest, value in rows),
                )

    def reading(self, made_by: str, digest: str) -> Any:
        """Return what was read of a content; None where it is not kept, or is damaged: it is read again."""
        sql = "SELECT body FROM cache.reading WHERE digest = ? AND made_by = ?"
        with explaining(self._cache):
            row = self._db.execute(sql, (digest, made_by)).fetchone()
        with contextlib.suppress(ValueError):
            return decode_json(row[0]) if row else None
        return None

    def standings(self, made_by: str) -> Iterator[tuple[str, Any]]:
        """Yield the id of each staged chunk with how its sentences stand; those of damaged ones are found again."""
        sql = "SELECT c.id, s.body FROM staging.chunk c JOIN cache.standing s ON s.digest = c.digest AND s.made_by = ?"
        with explaining(self._cache):
            for chunk, body in self._db.execute(sql, (made_by,)):
                with contextlib.suppress(ValueError):
                    yield chunk, decode_json(body)

    def memo(self, made_by: str) -> "Columns | None":
        """Return the columns that :meth:`keep_memo` was given; None where there are none, or damaged ones."""
        with explaining(self._cache):
            return load_columns(self._db, made_by)

    def keep_memo(self, made_by: str, columns: "Columns") -> None:
        """Keep these columns, and no others."""
        with explaining(self._cache), self._transaction():
            store_columns(self._db, made_by, columns)

    def read_digests(self, made_by: str) -> Iterator[tuple[int, str, bytes]]:
        """Yield the row and the document of each staged chunk, and a digest of the chunk with its extraction."""
        sql = _JOINED.format(
            body=_REFINED,
            columns="c.row, d.id, c.id, c.position, c.start, c.digest "
            "FROM staging.chunk c JOIN staging.document d ON d.key = c.document",
            table="extraction",
            where="",
        )
        with explaining(self._cache):
            for body, row, document, *place in self._db.execute(sql, (made_by,)):
                said = hashlib.blake2b(repr(place).encode("utf-8", "surrogatepass"), digest_size=16)
                said.update(body or b"")
                yield row, document, said.digest()

    def kept_reports(self) -> dict[str, KeptReport]:
        """Return the reports that earlier builds wrote, by the key of what each is made of."""
        with explaining(self._cache):
            return load_reports(self._db)

    def keep_reports(self, reports: Mapping[str, KeptReport]) -> None:
        """Keep these reports, and no others."""
        with explaining(self._cache), self._transaction():
            store_reports(self._db, reports)

    def journal(self, stage: str) -> None:
        """Note that a stage begins and the one before has finished."""
        now = time.time()
        with explaining(self._cache), self._transaction():
            self._db.execute("UPDATE cache.journal SET finished = ? WHERE finished IS NULL", (now,))
            self._db.execute("INSERT INTO cache.journal (stage, started, note) VALUES (?, ?, '')", (stage, now))

    def finished(self) -> None:
        """Note that the last stage has finished, and with it the build."""
        with explaining(self._cache), self._transaction():
            self._db.execute("UPDATE cache.journal SET finished = ? WHERE finished IS NULL", (time.time(),))

    def passages(self, made_by: str, rows: Sequence[int] | None = None) -> Iterator[tuple[Chunk, Extraction]]:
        """Yield the staged chunks of these rows, or all, with their extractions, in row order.

        A refined extraction, see :meth:`refine`, comes in place of the extractor's.
        """
        some = "" if rows is None else "WHERE c.row IN (SELECT value FROM json_each(?))"
        sql = _JOINED.format(
            body=_REFINED, columns=STAGED_CHUNKS.removeprefix("SELECT "), table="extraction", where=some
        )
        with explaining(self._cache):
            for body, *row in self._db.execute(sql, (made_by, *(() if rows is None else (json.dumps(list(rows)),)))):
                extraction: Extraction = self._decode(decode_extraction, body or b"")
                yield next(hydrate.chunks([row])), extraction

    def refine(self, made_by: str, digests: Iterable[str]) -> None:
        """Let :meth:`passages` give the extractions of a refiner for these contents, where the cache has them.

        Parameters
        ----------
        made_by : str
            The refiner's fingerprint.
        digests : iterable of str
            Digests of chunks.
        """
        with explaining(self._cache), self._transaction():
            self._db.execute("DELETE FROM staging.refined")
            self._db.executemany(
                "INSERT INTO staging.refined SELECT ?, id FROM cache.extraction WHERE digest = ? AND made_by = ?",
                ((digest, digest, made_by) for digest in digests),
            )

    def refined(self) -> set[str]:
        """Return the digests of the contents that have a refiner's extraction, after :meth:`refine`."""
        with explaining(self._staging):
            return {digest for (digest,) in self._db.execute("SELECT digest FROM staging.refined")}

    def vectors(self, made_by: str) -> Iterator[PassageVectors]:
        """Yield the vectors of all staged chunks, in row order."""
        sql = _JOINED.format(body="x.body", columns="c.row FROM staging.chunk c", table="vectors", where="")
        with explaining(self._cache):
            found = self._db.execute(sql, (made_by,))
            while block := found.fetchmany(_BLOCK):
                yield from self._decode(decode_all_vectors, [body or b"" for body, _ in block])

    def sentence_vectors(self, chunks: Sequence[str], made_by: str) -> "list[FloatArray]":
        """Return the vectors of the sentences of the staged chunks of these ids, at least one."""
        sql = (
            "SELECT c.id, x.body FROM json_each(?) one JOIN staging.chunk c ON c.id = one.value "
            "JOIN cache.vectors x ON x.digest = c.digest AND x.made_by = ?"
        )
        with explaining(self._cache):
            bodies = dict(self._db.execute(sql, (json.dumps(chunks), made_by)))
        found: list[FloatArray] = self._decode(decode_sentences, [bodies.get(chunk, b"") for chunk in chunks])
        return found

    def _decode(self, decode: Callable[[Encoded], Any], body: Encoded) -> Any:
        """Decode a cached analysis, or several."""
        try:
            return decode(body)
        except ValueError as error:
            raise WorkspaceDamaged(
                f"The file {self._cache} is damaged ({error}): delete it beside its -wal and -shm files; the next "
                "`graphrag build` computes its content again."
            ) from error
