"""Graphs of Microsoft GraphRAG and LightRAG become workspaces.

``data/lightrag-1.5.7`` was written by lightrag-hku 1.5.7 and ``data/microsoft-graphrag-3.1.2`` by graphrag 3.1.2, both
from two short documents with a scripted model.  The tables below have the columns of other versions of Microsoft
GraphRAG, as its repository holds them: v0.3.0 and v0.5.0 (``examples_notebooks/inputs``), v1.2.0, v2.7.0 and v3.1.2
(``tests/verbs/data``).
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.errors import InputError, RecipeError, WorkspaceDamaged
from graphrag.importing import import_folder
from graphrag.importing.finding import read_store
from graphrag.importing.grounding import Grounded, ground_store
from graphrag.importing.rebuilding import Assembled, assemble, join_units, locate
from graphrag.importing.statements import Phrase, phrases, says
from graphrag.rights.views import Views
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId, Span

DATA = Path(__file__).parents[1] / "data"
LIGHTRAG, MICROSOFT = DATA / "lightrag-1.5.7", DATA / "microsoft-graphrag-3.1.2"
RECIPE = "build:\n  extraction: {name: light}\n  embedding: {name: light}\n"
FILM = "Harbour Lights is a 1962 film. Harbour Lights was directed by Ilse Brandt."
TOWN = "Ilse Brandt was born in Kiel. She left Kiel for Harbour Lights."

Row = Mapping[str, Any]


@pytest.fixture
def recipe(light_parts: None, tmp_path: Path) -> str:
    """Return a recipe of parts without models."""
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return str(path)


def grounded(folder: Path) -> tuple[Assembled, Grounded]:
    store = read_store(folder)
    assembled = assemble(store)
    return assembled, ground_store(store, assembled.documents, assembled.places)


def table(folder: Path, name: str, rows: Sequence[Row]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), folder / f"{name}.parquet")


def version_03(folder: Path) -> None:
    """Files of 0.3: no titles of documents but file names, ``name`` and ``raw_content``, quoted names."""
    table(
        folder,
        "create_final_documents",
        [{"id": f"d{n}", "text_unit_ids": [f"u{n}"], "raw_content": t, "title": f"{n}.txt"} for n, t in texts()],
    )
    table(
        folder,
        "create_final_text_units",
        [
            {"id": f"u{n}", "text": t, "n_tokens": 20, "document_ids": [f"d{n}"], "entity_ids": [], "covariate_ids": []}
            for n, t in texts()
        ],
    )
    table(
        folder,
        "create_final_entities",
        [
            {"id": str(i), "name": f'"{name}"', "type": f'"{kind}"', "description": "x", "human_readable_id": i,
             "graph_embedding": None, "text_unit_ids": units, "description_embedding": [0.1]}
            for i, (name, kind, units) in enumerate(entities())
        ],
    )  # fmt: skip
    table(
        folder,
        "create_final_relationships",
        [
            {"source": f'"{a}"', "target": f'"{b}"', "weight": 1.0, "description": said, "text_unit_ids": units,
             "id": str(i), "human_readable_id": str(i), "source_degree": 1, "target_degree": 1, "rank": 2}
            for i, (a, b, said, units) in enumerate(relations())
        ],
    )  # fmt: skip


def version_1(folder: Path) -> None:
    """Files of 0.5 to 1.2: ``title`` and ``text``, still by their former names."""
    later(folder, "create_final_", {"document_ids": True}, {})


def version_2(folder: Path) -> None:
    """Files of 2.0 to 2.7: present names, ``document_ids``, metadata."""
    later(
        folder,
        "",
        {"document_ids": True},
        {"creation_date": "2025-03-04 09:39:37 -0800", "metadata": {"year": 1962, "tags": ["film"], "empty": None}},
    )


def version_3(folder: Path) -> None:
    """Files of 3.0 and 3.1: ``document_id``, and the row of the input as ``raw_data``."""
    raw = {"id": "1", "title": "1", "year": 1962, "tags": ["film"]}
    later(folder, "", {}, {"creation_date": "2026-01-27 10:00:00 +0000", "raw_data": raw})


def later(folder: Path, before: str, units: Row, document: Row) -> None:
    table(
        folder,
        f"{before}documents",
        [
            {"id": f"d{n}", "human_readable_id": n, "title": f"{n}.txt", "text": t, "text_unit_ids": [f"u{n}"]}
            | dict(document)
            for n, t in texts()
        ],
    )
    table(
        folder,
        f"{before}text_units",
        [
            {"id": f"u{n}", "human_readable_id": n, "text": t, "n_tokens": 20, "entity_ids": [], "covariate_ids": []}
            | ({"document_ids": [f"d{n}"]} if units else {"document_id": f"d{n}"})
            for n, t in texts()
        ],
    )
    table(
        folder,
        f"{before}entities",
        [
            {"id": str(i), "human_readable_id": i, "title": name, "type": kind, "description": "x",
             "text_unit_ids": at, "frequency": 1, "degree": 1}
            for i, (name, kind, at) in enumerate(entities())
        ],
    )  # fmt: skip
    table(
        folder,
        f"{before}relationships",
        [
            {"id": str(i), "human_readable_id": i, "source": a, "target": b, "description": said, "weight": 8.0,
             "combined_degree": 2, "text_unit_ids": at}
            for i, (a, b, said, at) in enumerate(relations())
        ],
    )  # fmt: skip


def texts() -> list[tuple[int, str]]:
    return [(1, FILM), (2, TOWN)]


def entities() -> list[tuple[str, str, list[str]]]:
    return [
        ("HARBOUR LIGHTS", "EVENT", ["u1", "u2"]),
        ("ILSE BRANDT", "PERSON", ["u1", "u2"]),
        ("KIEL", "GEO", ["u2"]),
        ("GERMAN CINEMA", "", ["u1"]),
    ]


def relations() -> list[tuple[str, str, str, list[str]]]:
    return [
        ("HARBOUR LIGHTS", "ILSE BRANDT", "Harbour Lights was directed by Ilse Brandt", ["u1"]),
        ("ILSE BRANDT", "KIEL", "Ilse Brandt is connected to Kiel", ["u2"]),
        ("HARBOUR LIGHTS", "ILSE BRANDT", "A work of hers", ["u2"]),
        ("ILSE BRANDT", "GERMAN CINEMA", "Ilse Brandt shaped German Cinema", ["u1"]),
    ]


VERSIONS = {"0.3": version_03, "1": version_1, "2": version_2, "3": version_3}


# --- files that the programs themselves wrote


@pytest.mark.parametrize(("folder", "program"), [(LIGHTRAG, "LightRAG"), (MICROSOFT, "Microsoft GraphRAG")])
def test_a_folder_becomes_an_ordinary_workspace(folder: Path, program: str, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    done = CliRunner().invoke(main, ["import", str(folder), "-w", str(workspace), "--workers", "1", "--json"])
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["program"], said["documents"], said["rebuilt"], said["problems"]) == (program, 2, 0, [])
    assert said["entities"] == {"taken": 5, "dropped": 1}
    assert said["relations"] == {
        "facts": 4 if program == "LightRAG" else 3,
        "related": 0,
        "links": 0,
        "dropped": 1,
    }
    with GraphRAG.open(workspace) as rag:
        titles = {document.title for document in rag.store.documents()}
        assert titles == {"harbour lights", "nordlicht"}
        assert str(folder) not in " ".join(rag.store.document_ids())
        assert rag.ask("Who directed Harbour Lights?").text == "Ilse Brandt"
    for command in (["verify"], ["doctor"]):
        found = CliRunner().invoke(main, [*command, "-w", str(workspace)])
        assert found.exit_code == 0, found.output


def test_what_was_cut_by_the_program_is_read_as_whole_sentences() -> None:
    _, found = grounded(MICROSOFT)
    triples = [triple for reading in found.readings for triple in reading["triples"]]
    sentence = "Ilse Brandt was born in Lübeck, where her father mended boats."
    assert ["ILSE BRANDT", "was born in", "LÜBECK", sentence] in triples


# --- what is kept


def test_later_builds_keep_the_readings_also_where_the_workspace_was_moved(recipe: str, tmp_path: Path) -> None:
    import_folder(LIGHTRAG, tmp_path / "w", recipe=recipe, workers=1)
    before = facts(tmp_path / "w")
    assert ("Otto Reimann", "founded by") in {(name, predicate) for _, predicate, name in before}
    (tmp_path / "w").rename(tmp_path / "moved")
    with GraphRAG.create(tmp_path / "moved") as rag:
        assert rag.recipe.build.refinement is not None and rag.recipe.build.refinement.name == "imported"
        rag.add([Document(DocumentId("new"), "New", "Nothing of note.")], workers=1)
    assert facts(tmp_path / "moved") >= before
    (tmp_path / "moved" / "cache.db").unlink()
    with GraphRAG.create(tmp_path / "moved") as rag:
        rag.remove(["new"], workers=1)
    assert facts(tmp_path / "moved") == before


def facts(workspace: Path) -> set[tuple[str, str, str]]:
    with Workspace.open(workspace) as store:
        names = {entity.id: entity.name for entity in store.entities()}
        return {
            (names[fact.subject], fact.predicate, names[fact.object] if fact.object else fact.value)
            for fact in store.facts()
        }


def test_a_changed_document_keeps_what_it_still_says(recipe: str, tmp_path: Path) -> None:
    version_3(tmp_path / "out")
    import_folder(tmp_path / "out", tmp_path / "w", recipe=recipe, workers=1)
    assert ("Harbour Lights", "directed by", "Ilse Brandt") in facts(tmp_path / "w")
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.add([Document(DocumentId("d1"), "1", FILM.replace("directed", "painted"))], known=True, workers=1)
    assert ("Harbour Lights", "directed by", "Ilse Brandt") not in facts(tmp_path / "w")


def test_a_second_import_takes_the_place_of_the_first_and_leaves_the_rest(recipe: str, tmp_path: Path) -> None:
    version_3(tmp_path / "out")
    first = import_folder(tmp_path / "out", tmp_path / "w", recipe=recipe, workers=1)
    again = import_folder(tmp_path / "out", tmp_path / "w", workers=1)
    assert again.report.digest == first.report.digest
    other = import_folder(LIGHTRAG, tmp_path / "w", workers=1)
    assert (other.report.documents, other.report.added) == (4, 2)
    readings = json.loads((tmp_path / "w" / "readings.json").read_text("utf-8"))
    assert {"d1", "d2"} < {reading["id"] for reading in readings}
    assert len(readings) == len({(reading["id"], *reading["span"]) for reading in readings})


def test_documents_of_another_workspace_stay(recipe: str, tmp_path: Path) -> None:
    with GraphRAG.create(tmp_path / "w", recipe=recipe) as rag:
        rag.build([Document(DocumentId("old"), "Old", "Kiel is a town.")], workers=1)
    done = import_folder(LIGHTRAG, tmp_path / "w", workers=1)
    assert done.report.documents == 3
    with GraphRAG.open(tmp_path / "w") as opened:
        assert opened.recipe.build.extraction.name == "light"


def test_the_doctor_makes_the_same_again(recipe: str, tmp_path: Path) -> None:
    done = import_folder(MICROSOFT, tmp_path / "w", recipe=recipe, workers=1)
    (tmp_path / "w" / "workspace.db").unlink()
    found = CliRunner().invoke(main, ["doctor", "-w", str(tmp_path / "w")])
    assert f"to the same digest {done.report.digest}" in found.output


def test_a_view_has_the_readings_too(recipe: str, tmp_path: Path) -> None:
    version_3(tmp_path / "out")
    import_folder(tmp_path / "out", tmp_path / "w", recipe=recipe, workers=1)
    with GraphRAG.create(tmp_path / "w") as rag:
        secret = Document(DocumentId("secret"), "Secret", "Nobody knows.", metadata={"groups": "board"})
        rag.add([secret], workers=1)
    view = Views(tmp_path / "w").refresh([], workers=1)
    assert view != tmp_path / "w"
    assert ("Harbour Lights", "directed by", "Ilse Brandt") in facts(view)


def test_readings_that_are_lost_or_damaged_are_told(recipe: str, tmp_path: Path) -> None:
    import_folder(LIGHTRAG, tmp_path / "w", recipe=recipe, workers=1)
    path = tmp_path / "w" / "readings.json"
    path.write_text("[", encoding="utf-8")
    with pytest.raises(WorkspaceDamaged, match=r"readings\.json"):
        import_folder(LIGHTRAG, tmp_path / "w", workers=1)
    with pytest.raises(InputError, match=r"readings\.json"), GraphRAG.create(tmp_path / "w") as rag:
        rag.add([Document(DocumentId("new"), "", "New.")], workers=1)
    path.unlink()
    with pytest.raises(InputError, match="is missing: restore it"), GraphRAG.create(tmp_path / "w") as rag:
        rag.add([Document(DocumentId("new"), "", "New.")], workers=1)
    import_folder(LIGHTRAG, tmp_path / "w", workers=1)
    assert path.is_file()


def test_a_build_that_fails_leaves_no_readings(recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(GraphRAG, "add", fail)
        with pytest.raises(OSError, match="No space"):
            import_folder(LIGHTRAG, tmp_path / "w", recipe=recipe)
        assert not (tmp_path / "w").exists()
    import_folder(LIGHTRAG, tmp_path / "w", recipe=recipe, workers=1)
    before = (tmp_path / "w" / "readings.json").read_bytes()
    monkeypatch.setattr(GraphRAG, "add", fail)
    with pytest.raises(OSError, match="No space"):
        import_folder(MICROSOFT, tmp_path / "w")
    assert (tmp_path / "w" / "readings.json").read_bytes() == before


def test_a_recipe_with_another_second_reading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="reads passages a second time by 'llm'"):
        import_folder(LIGHTRAG, tmp_path / "w", recipe="llm")
    assert not (tmp_path / "w").exists()


# --- Microsoft GraphRAG


@pytest.mark.parametrize("version", VERSIONS)
def test_the_columns_of_each_version_are_read(version: str, tmp_path: Path) -> None:
    VERSIONS[version](tmp_path)
    assembled, found = grounded(tmp_path)
    assert [(d.id, d.title, d.text, d.source) for d in assembled.documents] == [
        ("d1", "1", FILM, "1.txt"),
        ("d2", "2", TOWN, "2.txt"),
    ]
    assert (found.entities, found.entities_dropped) == (3, 1)
    assert (found.stated, found.related, found.joined, found.relations_dropped) == (1, 1, 1, 1)
    sentence = "Harbour Lights was directed by Ilse Brandt."
    names = ["HARBOUR LIGHTS", "EVENT"], ["ILSE BRANDT", "PERSON"], ["KIEL", "GEO"]
    triple = ["HARBOUR LIGHTS", "was directed by", "ILSE BRANDT", sentence]
    related = ["ILSE BRANDT", "related to", "KIEL", "Ilse Brandt was born in Kiel."]
    assert found.readings == [
        {"id": "d1", "span": [0, len(FILM)], "entities": [*names[:2]], "triples": [triple]},
        {"id": "d2", "span": [0, len(TOWN)], "entities": [*names], "triples": [related]},
    ]


def test_metadata_become_scalars(tmp_path: Path) -> None:
    version_2(tmp_path / "2")
    version_3(tmp_path / "3")
    two, three = (assemble(read_store(tmp_path / name)).documents[0].metadata for name in "23")
    assert two == {"creation_date": "2025-03-04 09:39:37 -0800", "tags": '["film"]', "year": 1962}
    assert three == {"creation_date": "2026-01-27 10:00:00 +0000", "tags": '["film"]', "year": 1962}


def test_documents_without_their_table_are_put_together(tmp_path: Path) -> None:
    version_3(tmp_path)
    (tmp_path / "documents.parquet").unlink()
    pieces = ["She sailed at dawn, and nobo", "wn, and nobody saw her again.", " The end."]
    table(
        tmp_path,
        "text_units",
        [
            {"id": f"u{place}", "human_readable_id": place, "text": pieces[place], "document_id": "d"}
            for place in (2, 0, 1)
        ],
    )
    found = assemble(read_store(tmp_path))
    assert [d.text for d in found.documents] == ["She sailed at dawn, and nobody saw her again. The end."]
    assert found.rebuilt == 1
    text = found.documents[0].text
    assert [text[p.span.start : p.span.end] for u in ("u0", "u1", "u2") for p in found.places[u]] == pieces


def test_a_unit_of_several_documents_stands_in_each(tmp_path: Path) -> None:
    version_2(tmp_path)
    table(tmp_path, "text_units", [{"id": "u1", "text": FILM, "document_ids": ["d1", "d9"]}])
    found, _ = grounded(tmp_path)
    assert {place.document for place in found.places["u1"]} == {"d1", "d9"}
    assert found.rebuilt == 1  # d9 has no row


def test_ids_that_collide_and_documents_without_text_are_told(tmp_path: Path) -> None:
    version_3(tmp_path)
    row = {"title": "t", "text_unit_ids": None}
    rows = [{"id": "d1", "text": FILM} | row, {"id": "d1", "text": "Other."} | row, {"id": "e", "text": " "} | row]
    table(tmp_path, "documents", [*rows, {"id": None, "text": "x"} | row])
    found = assemble(read_store(tmp_path))
    assert [(d.id, d.text) for d in found.documents] == [("d1", FILM), ("d2", TOWN)]
    assert found.problems == [
        ("d1", "another document has this id; the first one is used"),
        ("t", "it has no id, and was left out"),
        ("e", "it has no text, and was left out"),
    ]


def test_values_that_are_null_or_of_other_types_do_no_harm(tmp_path: Path) -> None:
    version_3(tmp_path)
    nothing = {"title": None, "type": None, "text_unit_ids": None}
    table(tmp_path, "entities", [nothing | {"text_unit_ids": ["gone"]}, nothing, {"title": "x" * 100_000, **nothing}])
    strings = pa.list_(pa.string())
    empty = {"source": pa.string(), "target": pa.string(), "description": pa.string(), "text_unit_ids": strings}
    pq.write_table(pa.schema(list(empty.items())).empty_table(), tmp_path / "relationships.parquet")
    table(
        tmp_path,
        "text_units",
        [{"id": 7, "text": FILM, "document_id": 1}, {"id": None, "text": None, "document_id": None}],
    )
    table(tmp_path, "documents", [{"id": 1, "title": 1962, "text": FILM}])
    found, said = grounded(tmp_path)
    assert [(d.id, d.title) for d in found.documents] == [("1", "1962")]
    assert (said.entities, said.entities_dropped, said.readings) == (0, 3, [])


@pytest.mark.parametrize("name", ["entities", "relationships", "text_units"])
def test_a_table_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    version_3(tmp_path)
    (tmp_path / f"{name}.parquet").unlink()
    with pytest.raises(InputError, match=rf"{name}\.parquet is missing"):
        read_store(tmp_path)


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    version_3(tmp_path)
    table(tmp_path, "entities", [{"label": "x", "text_unit_ids": ["u1"]}])
    with pytest.raises(InputError, match=r"lacks the column title or name \(it has label, text_unit_ids\)"):
        read_store(tmp_path)


def not_utf8(path: Path) -> None:
    column = pa.array([b"caf\xe9"], pa.binary()).view(pa.string())
    units = pa.array([["u1"]], pa.list_(pa.string()))
    pq.write_table(pa.table({"title": column, "text_unit_ids": units}), path)


def other_data(path: Path) -> None:
    data = path.read_bytes()
    footer = 8 + int.from_bytes(data[-8:-4], "little")
    path.write_bytes(data[:4] + b"\xff" * (len(data) - footer - 4) + data[-footer:])


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no parquet at all, but long enough for its two marks"),
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
        other_data,
        not_utf8,
    ],
)
def test_damaged_parquet_is_told(damage: Callable[[Path], object], tmp_path: Path) -> None:
    version_3(tmp_path)
    damage(tmp_path / "entities.parquet")
    with pytest.raises(InputError, match=r"entities\.parquet cannot be read as Parquet"):
        read_store(tmp_path)


# --- LightRAG


@pytest.fixture
def light(tmp_path: Path) -> Path:
    """Return a copy of a store that may be damaged."""
    return Path(shutil.copytree(LIGHTRAG, tmp_path / "rag_storage"))


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(path.read_text("utf-8"))
    edit(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_texts_that_are_kept_elsewhere_are_put_together_from_chunks(light: Path) -> None:
    whole = {d.id: d.text for d in assemble(read_store(light)).documents}

    def shorten(documents: dict[str, Any]) -> None:
        for document in documents.values():
            document["content"] = "{{LRdoc}} Harbour …"

    change(light / "kv_store_full_docs.json", shorten)
    found = assemble(read_store(light))
    assert {d.id: d.text for d in found.documents} == whole
    assert found.rebuilt == 2
    (light / "kv_store_full_docs.json").unlink()
    found = assemble(read_store(light))
    assert {d.id: (d.title, d.text) for d in found.documents} == {
        identity: ("harbour lights" if "1962" in text else "nordlicht", text) for identity, text in whole.items()
    }


def test_an_early_store_without_paths_and_with_quoted_names_is_read(light: Path) -> None:
    for name in ("kv_store_full_docs.json", "kv_store_text_chunks.json"):
        change(light / name, lambda data: [value.pop("file_path") for value in data.values()])
    graph = (light / "graph_chunk_entity_relation.graphml").read_text("utf-8")
    for name in ("Ilse Brandt", "Harbour Lights"):
        graph = graph.replace(f'"{name}"', f'"&quot;{name.upper()}&quot;"')
    (light / "graph_chunk_entity_relation.graphml").write_text(graph, encoding="utf-8")
    assembled, found = grounded(light)
    assert {(d.title, d.source) for d in assembled.documents} == {("", "")}
    assert found.entities == 5
    assert ["HARBOUR LIGHTS", "content"] in found.readings[0]["entities"]


@pytest.mark.parametrize(
    ("path", "title"),
    [("a/b/Notes.md", "Words"), ("C:\\docs\\log.txt", "log"), ("unknown_source", "Words"), ("no-suffix", "no-suffix")],
)
def test_a_title_is_made_as_for_a_file(path: str, title: str, light: Path) -> None:
    text = "# Words\n\nMore words." if title == "Words" else "More words."

    def rename(documents: dict[str, Any]) -> None:
        documents.clear()
        documents["doc-1"] = {"content": text, "file_path": path}

    change(light / "kv_store_full_docs.json", rename)
    document = next(d for d in assemble(read_store(light)).documents if d.id == "doc-1")
    assert document.title == title
    assert document.metadata == ({} if path == "unknown_source" else {"file_path": path})


BOMB = """<?xml version="1.0"?><!DOCTYPE graphml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<graphml><graph><node id="&b;"/></graph></graphml>"""
ELSEWHERE = '<!DOCTYPE graphml SYSTEM "file:///etc/passwd"><graphml/>'


@pytest.mark.parametrize(
    ("content", "says_so"),
    [
        (BOMB.encode(), "declares a document type"),
        (ELSEWHERE.encode(), "declares a document type"),
        (b"", "no element found"),
        (b"<graphml><graph><node", "unclosed token|no element found"),
        (b"<graphml><graph><node id='\xff'/></graph></graphml>", "not well-formed"),
        (b"<html/>", "begins with <html>"),
        (b"<?xml version='1.0' encoding='no-such'?><graphml/>", "unknown encoding"),
        (b"<graphml>&lost;</graphml>", "undefined entity"),
    ],
)
def test_bad_graphml_is_told(content: bytes, says_so: str, light: Path) -> None:
    (light / "graph_chunk_entity_relation.graphml").write_bytes(content)
    with pytest.raises(InputError, match=says_so):
        read_store(light)


def test_huge_and_odd_values_of_graphml_are_read(light: Path) -> None:
    graph = (light / "graph_chunk_entity_relation.graphml").read_text("utf-8")
    huge = f'<node id="Huge"><data key="d2">{"x" * 5_000_000}</data></node><edge source="Huge" target="Huge"/>'
    deep = "<data key='d0'><b>in</b></data>" * 50
    odd = f"<node><data>lost</data>{deep}</node><edge/>"
    (light / "graph_chunk_entity_relation.graphml").write_text(
        graph.replace("</graph>", f"{huge}{odd}</graph>"), encoding="utf-8"
    )
    _, found = grounded(light)
    assert (found.entities, found.entities_dropped) == (5, 3)
    assert found.relations_dropped == 3


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"a": 1}', b'{"a": "caf\xe9"}', b"[" * 100_000, '{"a": {"content": "é"}}'.encode("utf-16")],
)
def test_bad_json_is_told(content: bytes, light: Path) -> None:
    (light / "kv_store_text_chunks.json").write_bytes(content)
    with pytest.raises(InputError, match=r"kv_store_text_chunks\.json"):
        read_store(light)


def test_a_store_whose_graph_is_in_a_database_is_refused(light: Path) -> None:
    (light / "graph_chunk_entity_relation.graphml").unlink()
    with pytest.raises(InputError, match=r"graphml is missing.*not from a database"):
        read_store(light)


# --- the folder


def test_the_folder_may_be_the_one_around_it(light: Path, tmp_path: Path) -> None:
    assert read_store(light.parent).program == "LightRAG"
    version_03(tmp_path / "project" / "output" / "20240701-123456" / "artifacts")
    assert read_store(tmp_path / "project").program == "Microsoft GraphRAG"


def test_more_than_one_is_refused(light: Path, tmp_path: Path) -> None:
    version_3(tmp_path / "output")
    with pytest.raises(
        InputError, match=r"more than one thing to import: .*output \(Microsoft GraphRAG\), .*rag_storage"
    ):
        read_store(tmp_path)
    version_3(light)
    with pytest.raises(InputError, match="more than one"):
        read_store(light)


def test_what_is_no_such_folder_is_told_with_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"entities\.parquet.*graph_chunk_entity_relation\.graphml"):
        read_store(tmp_path)
    done = CliRunner().invoke(main, ["import", str(tmp_path / "none"), "-w", str(tmp_path / "w")])
    assert (done.exit_code, (tmp_path / "w").exists()) == (3, False)
    assert "There is no folder" in done.stderr


def test_a_folder_without_any_text_is_refused(light: Path, tmp_path: Path) -> None:
    for name in ("kv_store_full_docs.json", "kv_store_text_chunks.json"):
        (light / name).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="holds no text"):
        import_folder(light, tmp_path / "w")


# --- pieces and places


@pytest.mark.parametrize(
    ("pieces", "cut_words", "text"),
    [
        (["The ship left at dawn", "p left at dawn, unseen."], True, "The ship left at dawn, unseen."),
        (["The sh", "ip left."], True, "The ship left."),
        (["It left.", "Nobody saw."], True, "It left.\nNobody saw."),
        (["It left", "at dawn"], False, "It left\nat dawn"),
        (["It left. ", "Nobody"], False, "It left. Nobody"),
        (["A café at the har\ufffd", "\ufffdcafé at the harbour"], True, "A café at the harbour"),
        (["All of it is here today", "is here today"], False, "All of it is here today"),
        (["", "One", ""], False, "One"),
        ([], False, ""),
    ],
)
def test_pieces_are_joined_without_what_they_repeat(pieces: list[str], cut_words: bool, text: str) -> None:
    joined, spans = join_units(pieces, cut_words=cut_words)
    assert joined == text
    assert all(0 <= span.start <= span.end <= len(joined) for span in spans)


def test_a_unit_is_found_also_where_its_text_is_not_quite_the_documents() -> None:
    text = "Front. " + "word " * 50 + "The last words of it stand here."
    assert locate("  Front. ", text) == Span(0, 6)
    assert locate("title: x.\n" + text[7:200], text) is not None
    found = locate("title: x.\n" + text[7:], text)
    assert found is not None and found.end == len(text)
    begun = locate(text[:150] + "something else altogether", text)
    assert begun is not None and begun.start == 0
    assert locate("not there", text) is None
    assert locate(" \ufffd ", text) is None


# --- statements


@pytest.mark.parametrize(
    ("description", "found"),
    [
        ("Harbour Lights was directed by Ilse Brandt.", ["Harbour Lights was directed by Ilse Brandt"]),
        ("Ilse Brandt directed Harbour Lights in 1962.", ["Ilse Brandt directed Harbour Lights"]),
        ("Ilse Brandt and Harbour Lights are connected.", []),
        ("Ilse Brandt, who loved Harbour Lights", []),
        ("Ilse Brandt did not direct Harbour Lights.", []),
        ("Ilse Brandt's Harbour Lights", []),
        ("Ilse Brandt is in Harbour Lights", []),  # nothing that a sentence could be held to
        ("The director made the film.", []),
        ("Ilse Brandt " + "made and remade many times over again and again " + "Harbour Lights", []),
        ("", []),
    ],
)
def test_the_words_between_two_names_are_the_predicate(description: str, found: list[str]) -> None:
    assert [" ".join(phrase) for phrase in phrases(description, "Ilse Brandt", "Harbour Lights")] == found
    assert list(phrases(description, "Ilse Brandt", "ILSE BRANDT")) == []


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("Harbour Lights was directed by Ilse Brandt.", True),
        ("In 1962 Harbour Lights, directed in haste by Ilse Brandt, opened.", True),
        ("Ilse Brandt directed Harbour Lights.", True),
        ("Ilse Brandt was directed by Harbour Lights.", False),
        ("Harbour Lights directed Ilse Brandt.", False),
        ("Harbour Lights was not directed by Ilse Brandt.", False),
        ("Harbour Lights was praised by Ilse Brandt.", False),
        ("Harbour Lights was directed by Otto.", False),
        (f"Harbour Lights was directed {'and so on ' * 6}by Ilse Brandt.", False),
    ],
)
def test_a_sentence_must_say_it_in_the_same_direction(sentence: str, true: bool) -> None:
    assert says(sentence, Phrase("HARBOUR LIGHTS", "was directed by", "ILSE BRANDT")) is true


def test_a_name_is_read_only_where_the_program_found_it(tmp_path: Path) -> None:
    version_3(tmp_path)
    table(
        tmp_path,
        "entities",
        [{"title": "KIEL", "type": "GEO", "text_unit_ids": ["u1"]}, {"title": "SHE", "type": "", "text_unit_ids": []}],
    )
    _, found = grounded(tmp_path)
    assert (found.entities, found.entities_dropped) == (0, 2)
