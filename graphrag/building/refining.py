"""Reading passages a second time: the dear part of a build, of which nothing is lost and nothing is paid twice."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from graphrag.building.report import Stages
from graphrag.protocols import Refiner
from graphrag.stores.codec import encode_extraction
from graphrag.stores.draft import Draft
from graphrag.stores.schema import APART_FILE
from graphrag.types import Chunk, Extraction

__all__ = ["UNREAD", "Chosen", "choose", "refine"]

UNREAD = "could not be read a second time"
# Passages that are handed over together; each one is kept as soon as it is read.
_BLOCK = 512


class Chosen(NamedTuple):
    """What a refiner is to read."""

    digests: set[str]  # contents, with those that it has read
    missing: list[int]  # rows of passages that it has not read, one for each content, ascending


def refine(draft: Draft, refiner: Refiner, extractor: str, stage: Stages, folder: Path) -> int:
    """Let the refiner read what it chooses and has not read yet, and keep each reading at once.

    Parameters
    ----------
    draft : Draft
        All chunks are staged and extracted.
    refiner : Refiner
        What reads.
    extractor : str
        The fingerprint of what extracted.
    stage : Stages
        Hears of the stage "refining", whose units are passages.
    folder : pathlib.Path
        The workspace, for the file of what was read and is not wanted.

    Returns
    -------
    int
        Passages of different content that could not be read; each is noted as a problem of its document.
    """
    draft.forget_notes(UNREAD)
    chosen, missing = choose(draft, refiner, extractor)
    unread = 0
    with stage("refining", len(missing)):
        for begin in range(0, len(missing), _BLOCK):
            block = list(draft.passages(extractor, missing[begin : begin + _BLOCK]))
            for place, reading in refiner.refine(block):
                chunk = block[place][0]
                if isinstance(reading, str):
                    unread += 1
                    draft.note([(chunk.document_id, _unread(chunk, reading))])
                else:
                    draft.keep(refiner.fingerprint, "", [(chunk.digest, encode_extraction(reading), None)])
                stage.advance()
        draft.refine(refiner.fingerprint, chosen)
        _keep_apart(folder / APART_FILE, refiner.apart, chosen)
        known = len(chosen) - len(missing)
        parts = [f"{len(missing):,} passages, {known:,} known from before"]
        parts += [f"{unread:,} could not be read"] if unread else []
        stage.note = "; ".join(part for part in (*parts, refiner.report()) if part)
    return unread


def choose(draft: Draft, refiner: Refiner, extractor: str) -> Chosen:
    """Let the refiner choose what it is to read, and let passages that it has read before be given as it read them.

    Parameters
    ----------
    draft, refiner, extractor
        As :func:`refine`.
    """
    draft.refine(refiner.fingerprint, ())
    rows: dict[str, int] = {}  # of the first passage of each content
    digests = refiner.choose(_noting_rows(draft.passages(extractor), rows))
    draft.refine(refiner.fingerprint, digests)
    return Chosen(digests, sorted(rows[digest] for digest in digests - draft.refined()))


def _noting_rows(
    passages: Iterable[tuple[Chunk, Extraction]], rows: dict[str, int]
) -> Iterator[tuple[Chunk, Extraction]]:
    """Pass passages on, and note the row of the first of each content."""
    for row, (chunk, extraction) in enumerate(passages):
        rows.setdefault(chunk.digest, row)
        yield chunk, extraction


def _keep_apart(path: Path, apart: Sequence[Mapping[str, Any]], chosen: set[str]) -> None:
    """Write what is not wanted into a file of JSON lines, with the lines of passages that were read before."""
    lines = [json.dumps(entry, ensure_ascii=False, sort_keys=True) for entry in apart]
    read = {entry["digest"] for entry in apart}
    if path.exists():
        before = path.read_text(encoding="utf-8", errors="replace").split("\n")
        lines += [line for line in before if (digest := _digest_of(line)) in chosen and digest not in read]
    if lines:
        beside = path.with_name(f"{path.name}.new")
        beside.write_text("".join(f"{line}\n" for line in sorted(lines)), encoding="utf-8")
        beside.replace(path)
    else:
        path.unlink(missing_ok=True)


def _digest_of(line: str) -> str:
    """Return the content that a line of the file is about, empty where the line is damaged."""
    with contextlib.suppress(ValueError, LookupError, TypeError):
        return str(json.loads(line)["digest"])
    return ""


def _unread(chunk: Chunk, reason: str) -> str:
    """Say which passage of a document could not be read, and what that means."""
    return (
        f"{UNREAD}: passage {chunk.position + 1} ({reason}); the first reading is used, and the next build tries again"
    )
