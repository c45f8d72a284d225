"""What rules read from texts is read once, found by content, and never differs from what would be read anew."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graphrag.building import readings
from graphrag.building.readings import Readings
from graphrag.communities.sources import INCOMPLETE, POINTS_BACK, standings
from graphrag.documents.chunks import chunk_document
from graphrag.resolution.document import PassageReader
from graphrag.stores.draft import Draft
from graphrag.stores.workspace import Workspace
from graphrag.types import Chunk, Document, DocumentId

TEXTS = {
    "Ada Lovelace": "Ada Lovelace (1815–1852) was an English mathematician. She wrote a program. Notes by Menabrea",
    "Été": "L’été d’Ögmundur is a 1999 film; the O'Neill’s of ﷺ played in it. Oh! Calcutta is a revue.",
    "payment gateway": "A payment gateway is a service. However, it fails.",
    "Empty": "…",
}


@pytest.fixture
def draft(tmp_path: Path) -> Iterator[Draft]:
    documents = [Document(DocumentId(title), title, text) for title, text in TEXTS.items()]
    with Workspace.create(tmp_path / "w") as workspace, workspace.draft() as draft:
        draft.add([(document, chunk_document(document)) for document in documents])
        draft.seal()
        yield draft


def read(draft: Draft) -> Readings:
    found = Readings(draft, hold=True)
    for chunk in draft.chunks():
        found.words(chunk)
        found.standings(chunk)
    found.keep()
    return found


def shown(reader: PassageReader, chunk: Chunk) -> tuple[object, ...]:
    words = reader.words(chunk)
    return words.folded, list(words.starts), list(words.ends), list(words.capitals), list(reader.claims(chunk))


def cached(draft: Draft) -> list[str]:
    with closing(sqlite3.connect(draft._cache)) as db:
        return [row[0] for row in db.execute("SELECT made_by FROM reading")]


def test_what_is_kept_is_what_would_be_read(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    read(draft)
    with monkeypatch.context() as patch:
        patch.setattr(Readings, "_read", lambda *_: pytest.fail("a text was read again"))
        patch.setattr(readings, "standings", lambda *_: pytest.fail("a text was looked at again"))
        again = read(draft)
    for chunk in draft.chunks():
        assert shown(again, chunk) == shown(PassageReader(), chunk)
        assert list(again.standings(chunk)) == standings(chunk)


def test_a_damaged_reading_is_read_again(draft: Draft) -> None:
    read(draft)
    with closing(sqlite3.connect(draft._cache)) as db:
        for table in ("reading", "standing"):
            db.execute(f"UPDATE {table} SET body = substr(body, 1, length(body) - 3)")
        db.commit()
    again = read(draft)
    for chunk in draft.chunks():
        assert shown(again, chunk) == shown(PassageReader(), chunk)
        assert list(again.standings(chunk)) == standings(chunk)
    made_by = cached(draft)[0]
    assert all(draft.reading(made_by, chunk.digest) for chunk in draft.chunks())
    assert dict(draft.standings(made_by)) == {chunk.id: standings(chunk) for chunk in draft.chunks()}


def test_other_code_reads_anew(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    read(draft)
    before = cached(draft)
    monkeypatch.setattr(readings, "_made_by", lambda: "other code")
    read(draft)
    assert len(before) == len(TEXTS)
    assert cached(draft) == ["other code"] * len(TEXTS)


def test_how_sentences_stand() -> None:
    document = Document(DocumentId("d"), "Ada", "Ada met her son in Rome. He died in Paris in 1901. Paris and London.")
    (chunk,) = chunk_document(document)
    assert standings(chunk) == [8, POINTS_BACK, INCOMPLETE]
