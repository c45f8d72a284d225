"""Passages as columns: the same from chunks in any order and from what a build stages, and read only when asked for."""

from pathlib import Path

import numpy as np

from graphrag.documents.chunks import chunk_document
from graphrag.passages import Passages
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

TEXT = "Ada Lovelace was an English mathematician. She wrote notes on the engine. " * 20
DOCUMENTS = [Document(DocumentId(name), name.title(), f"{name}. {TEXT}") for name in ("engine", "ada", "loom")]
CHUNKS = [chunk for one in sorted(DOCUMENTS, key=lambda one: one.id) for chunk in chunk_document(one, max_tokens=64)]


def shown(passages: Passages) -> dict[str, list[object]]:
    columns = vars(passages)
    return {name: np.asarray(column).tolist() for name, column in columns.items() if name != "_read"}


def test_columns_say_what_the_chunks_say() -> None:
    passages = Passages.of(reversed(CHUNKS))
    assert len(passages) == len(CHUNKS) > len(DOCUMENTS)
    assert list(passages) == CHUNKS
    assert list(passages.chunks([2, 5])) == [CHUNKS[2], CHUNKS[5]]
    assert passages.ids == [chunk.id for chunk in CHUNKS]
    assert passages.digests == [chunk.digest for chunk in CHUNKS]
    assert passages.position.tolist() == [chunk.position for chunk in CHUNKS]
    for row, chunk in enumerate(CHUNKS):
        mine = slice(*passages.sentences[row : row + 2].tolist())
        bounds = list(zip(passages.begins[mine].tolist(), passages.ends[mine].tolist(), strict=True))
        assert bounds == [(span.start, span.end) for span in chunk.sentences]
    assert Passages.of(passages) is passages


def test_a_build_stages_the_same_columns(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w") as workspace, workspace.draft() as draft:
        draft.add([(document, chunk_document(document, max_tokens=64)) for document in DOCUMENTS])
        draft.seal()
        staged = Passages(draft.places(), draft.chunks)
        assert shown(staged) == shown(Passages.of(CHUNKS))
        assert list(staged) == CHUNKS


def test_nothing_gives_no_passages() -> None:
    none = Passages.of([])
    assert len(none) == 0 and list(none) == [] and none.sentences.tolist() == [0]
    assert none.begins.shape == none.offset.shape == (0,)
