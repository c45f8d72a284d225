"""The digests by which a published graph is compared with a workspace's, and the parts of its index."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graphrag import GraphRAG
from graphrag.stores.cypher import load_query, query_names
from graphrag.stores.neo4j.content import Content, ValueIds
from graphrag.stores.neo4j.digests import KindDigests, digests_of, prints_of
from graphrag.stores.neo4j.fingerprints import fingerprints_of
from graphrag.stores.neo4j.items import KINDS, Digests, Item, links_digest, properties_digest
from graphrag.stores.neo4j.parts import cut
from graphrag.stores.neo4j.properties import Link, document_properties
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId, stable_id


def test_a_change_of_the_id_alone_is_seen() -> None:
    assert Item("a", {"name": "x"}).digests() != Item("b", {"name": "x"}).digests()


def test_digests_see_every_change_and_no_order() -> None:
    base = {"name": "x", "count": 1, "aliases": ["a", "b"], "gone": None}
    same = {"aliases": ["a", "b"], "count": 1, "name": "x"}
    assert properties_digest(base) == properties_digest(same)
    for name, value in (("name", "y"), ("count", 2), ("aliases", ["b", "a"]), ("more", True)):
        assert properties_digest({**base, name: value}) != properties_digest(base)
    links = [Link("A", "1", {"x": 1}), Link("B", "2", {})]
    assert links_digest(links) == links_digest(links[::-1])
    assert links_digest(links) != links_digest([*links, links[0]])
    assert links_digest([]) == -1
    assert 0 <= properties_digest(base) < 2**48


@pytest.mark.parametrize("shape", [(0,), (0, 4), (1, 4), (5000, 96), (700_000,)])
def test_parts_of_an_array_make_it_whole(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(1).random(shape, dtype=np.float32)
    parts = [bytes(part) for part in cut(array)]
    assert b"".join(parts) == array.tobytes()
    assert all(0 < len(part) <= 1_000_000 for part in parts)


def test_a_row_more_changes_few_parts() -> None:
    array = np.random.default_rng(2).random((20_000, 64), dtype=np.float32)
    more = np.insert(array, 7_000, np.float32(0.5), axis=0)
    before, after = ({bytes(part) for part in cut(a)} for a in (array, more))
    assert len(before) > 50
    assert len(after - before) <= 2


def test_filters_say_values_as_a_workspace_compares_them() -> None:
    metadata = {"a": True, "b": None, "c": 2025, "d": 1.5, "e": "True", "f": "x=y"}
    properties = document_properties(Document(DocumentId("a"), "A", "Text.", "", metadata))
    assert properties["filters"] == ["a=true", "b=null", "c=2025", "d=1.5", "e=True", "f=x=y"]


TEXTS = {
    "ada": "Ada Stone was born in Vienna in 1901. Ada Stone married Bert Moor in 1931.",
    "bert": "Bert Moor directed the film Winter Harvest in 1950. Bert Moor died in Paris.",
    "cora": "Cora Field taught Ada Stone. Cora Field is a painter. She was born in London.",
}


def documents(texts: dict[str, str]) -> list[Document]:
    return [Document(DocumentId(name), name, text) for name, text in texts.items()]


def made(content: Content) -> dict[str, dict[str, Digests]]:
    return {kind: {item.id: item.digests() for item in content.items(kind)} for kind in KINDS}


def kept(store: Workspace) -> dict[str, KindDigests]:
    content = Content(store)
    return dict(digests_of(store, content, prints_of(content)))


def by_id(found: dict[str, KindDigests]) -> dict[str, dict[str, Digests]]:
    return {kind: digests.within(1, [0]) for kind, digests in found.items()}


def test_kept_digests_are_those_of_the_items_after_every_change(tmp_path: Path) -> None:
    """Also where the file that keeps them is missing or damaged."""
    path = tmp_path / "w"
    changed = {**TEXTS, "bert": "Bert Moor directed the film Winter Harvest in 1951. Bert Moor died in Rome."}
    for texts in (TEXTS, changed, {"ada": TEXTS["ada"]}, TEXTS):
        with GraphRAG.create(path) as rag:
            rag.build(documents(texts), workers=1)
        with Workspace.open(path) as store:
            whole = made(Content(store))
            for damage in (None, b"", b"digests 5\n" + b"x" * 100, None):
                if damage is not None:
                    (path / "digests").write_bytes(damage)
                assert by_id(kept(store)) == whole
            content = Content(store)
            for kind, known in whole.items():
                some = set(sorted(known)[::2])
                assert {item.id: item.digests() for item in content.items(kind, some)} == {i: known[i] for i in some}


CHANGES = {
    "UPDATE document SET digest = 'x' WHERE row = 0": {"documents"},
    "UPDATE document SET title = 'x' WHERE row = 0": {"chunks"},  # a document's own digest tells of its title
    "UPDATE chunk SET digest = 'x' WHERE row = 0": {"chunks", "entities"},
    "UPDATE chunk SET start = start + 1 WHERE row = 0": {"chunks", "entities"},
    "UPDATE entity SET name = 'x' WHERE row = 0": {"entities"},
    "UPDATE entity SET mention_count = 99 WHERE row = 0": {"entities"},
    "INSERT INTO alias VALUES (0, 77, 'x')": {"entities"},
    "INSERT INTO merge SELECT 999, id, 'x', 'y', 'alias', 0.5 FROM entity WHERE row = 0": {"entities"},
    "UPDATE about SET weight = weight / 2 WHERE document = 0": {"documents"},
    "UPDATE fact SET value = 'x' WHERE row = 0": {"entities", "chunks"},
    "UPDATE fact SET confidence = confidence / 2 WHERE row = 0": {"entities", "chunks"},
    "UPDATE evidence SET stop = stop - 1 WHERE fact = 0": {"entities"},
    "DELETE FROM evidence WHERE fact = 0": {"entities", "chunks"},
    "UPDATE mention SET stop = stop + 1 WHERE chunk = 0": {"chunks"},
    "UPDATE mention SET source = 'x' WHERE chunk = 0": {"chunks"},
    "UPDATE community SET level = 9 WHERE row = 0": {"communities"},
    "UPDATE report SET summary = 'x'": {"communities"},
    "UPDATE report SET rank = rank / 2": {"communities"},
    "DELETE FROM member WHERE community = 0 AND position = 0": {"communities"},
}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("three") / "w"
    with GraphRAG.create(path) as rag:
        rag.build(documents(TEXTS), workers=1)
    return path


def prints(path: Path) -> dict[str, list[int]]:
    with Workspace.open(path) as store:
        return {kind: found.tolist() for kind, (_, found) in fingerprints_of(Content(store)).items()}


def test_fingerprints_see_a_change_of_every_column_and_nothing_else(three: Path, tmp_path: Path) -> None:
    before = prints(three)
    for number, (statement, kinds) in enumerate(CHANGES.items()):
        path = tmp_path / str(number)
        shutil.copytree(three, path)
        with contextlib.closing(sqlite3.connect(path / "workspace.db")) as connection:
            assert connection.execute(statement).rowcount > 0, statement
            connection.commit()
        after = prints(path)
        assert {kind for kind in before if before[kind] != after[kind]} == kinds, statement


def test_ids_of_values_are_made_when_they_are_wanted() -> None:
    texts = ["1901", "Paris", "a painter"]
    ids = ValueIds(texts)
    assert list(ids) == [stable_id("value", text) for text in texts]
    assert list(ids[1:]) == list(ids)[1:]
    assert [ValueIds(texts).text_of(identity) for identity in ids] == texts
    with pytest.raises(KeyError):
        ids.text_of("value-of-nothing")


def test_lists_of_any_length_are_planned_once() -> None:
    """The server plans a query anew for each power of ten that a list among its parameters is long."""
    names = [*query_names("write"), *(name for name in query_names("read") if name.startswith("read/list-"))]
    assert len(names) > 30
    for name in names:
        assert "list" not in {parameter.type for parameter in load_query(name).parameters}, name


def test_the_driver_is_loaded_without_what_it_does_not_need_and_pyarrow_stays_usable() -> None:
    program = (
        "import sys; from graphrag.stores.neo4j.connection import load_driver; load_driver(); load_driver(); "
        "assert 'neo4j' in sys.modules and 'pyarrow' not in sys.modules; import pyarrow; print(pyarrow.array([1])[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("1", "")
