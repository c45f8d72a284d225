"""Explanations: deep paths with their sentences, where a document was lost, the misses of a question file."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.errors import InputError
from graphrag.types import Document

CHAIN = {
    "film": ("Silver Harbour", "Silver Harbour is a 1931 film directed by Oskar Wendt. It is silent."),
    "director": ("Oskar Wendt", "Oskar Wendt was a film director. He was married to the painter Ilse Brandau."),
    "wife": ("Ilse Brandau", "Ilse Brandau was a painter. She studied with the sculptor Marek Holub."),
    "teacher": ("Marek Holub", "Marek Holub was a sculptor. He lived for years in the town of Varnsdorf."),
    "town": ("Varnsdorf", "Varnsdorf is a town. Its mayor is Pavel Louda."),
    "far": ("Kelp", "Kelp is a large brown alga. It grows in cold water."),
}
QUESTION = "Who is the mayor of the town where the teacher of the wife of the director of Silver Harbour lived?"


@pytest.fixture(scope="module")
def rag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphRAG]:
    place = tmp_path_factory.mktemp("explaining") / "workspace"
    documents = [Document(key, title, text, metadata={"shelf": key[0]}) for key, (title, text) in CHAIN.items()]
    with GraphRAG.create(place) as building:
        building.build(documents, workers=1)
    with GraphRAG.open(place) as opened:
        yield opened


def test_a_path_is_five_documents_deep_and_every_hop_has_its_sentence(rag: GraphRAG) -> None:
    passages = {p["document_id"]: p for p in rag.explain(QUESTION, k=6)["passages"]}
    path = passages["town"]["path"]
    assert [step["document_id"] for step in path] == ["film", "director", "wife", "teacher", "town"]
    assert path[0]["sentence"] is None
    for before, step in pairwise(path):
        assert step["sentence"]["document_id"] == before["document_id"]
        assert CHAIN[step["document_id"]][0].split()[-1] in step["sentence"]["quote"]


def test_the_command_shows_each_hop_with_its_sentence(rag: GraphRAG) -> None:
    result = CliRunner().invoke(main, ["explain", QUESTION, "-w", str(rag._store.path), "-k", "6", "--why-not", "far"])
    assert result.exit_code == 0, result.output
    assert "→ Varnsdorf (town): He lived for years in the town of Varnsdorf." in result.output
    assert "It was returned at rank" in result.output


def test_where_a_document_was_lost(rag: GraphRAG) -> None:
    lost = rag.explain(QUESTION, k=1, why_not="far")["why_not"]
    assert lost["class"] == "no mention" and lost["rank"] > 1 and lost["ranks"].keys() == {"vectors", "words"}
    assert 0 < len(lost["short_of_the_last_returned"]) <= 3
    assert all(value > 0 for value in lost["short_of_the_last_returned"].values())
    linked = rag.explain(QUESTION, k=1, why_not="director")["why_not"]
    assert linked["class"] == "ranked low" and "names what it is about" in linked["say"]
    assert rag.explain(QUESTION, k=6, why_not="film")["why_not"]["class"] == "returned"
    assert rag.explain(QUESTION, filters={"shelf": "t"}, why_not="film")["why_not"]["class"] == "filtered out"
    assert rag.explain(QUESTION, why_not="nothing")["why_not"]["class"] == "unknown document"


def test_a_filter_by_a_field_that_no_document_has_is_refused(rag: GraphRAG) -> None:
    with pytest.raises(InputError, match=r"no document has a field 'shelve'.*fields: id, shelf, source, title"):
        rag.search(QUESTION, filters={"shelve": "t"})
    assert rag.search(QUESTION, filters={"shelf": "z"}).passages == ()
    assert {p.chunk.document_id for p in rag.search(QUESTION, filters={"shelf": "t"}).passages} == {"town", "teacher"}


def test_a_filter_finds_numbers_and_truth_values_by_their_text(tmp_path: Path) -> None:
    rows = [
        {"id": "old", "text": "The harbour was dredged by Ada Stone.", "year": 1998, "open": True, "depth": 4.5},
        {"id": "new", "text": "The harbour was lit by Bert Moor.", "year": 2025, "open": False, "depth": None},
        {"id": "said", "text": "The harbour was named by Cora Field.", "year": "2025", "open": "true"},
    ]
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(rows))
    with GraphRAG.create(tmp_path / "workspace") as building:
        building.build([file], workers=1)
    with GraphRAG.open(tmp_path / "workspace") as rag:
        for field, value, wanted in (
            ("year", "1998", {"old"}), ("year", "2025", {"new", "said"}), ("open", "true", {"old", "said"}),
            ("open", "false", {"new"}), ("open", "1", set()), ("depth", "4.5", {"old"}), ("depth", "null", {"new"}),
        ):  # fmt: skip
            found = rag.search("Who worked on the harbour?", filters={field: value}).passages
            assert {p.chunk.document_id for p in found} == wanted, (field, value)


def test_misses_of_a_question_file(rag: GraphRAG, tmp_path: Path) -> None:
    file, out = tmp_path / "questions.json", tmp_path / "results.json"
    file.write_text(json.dumps([{"id": 7, "question": QUESTION, "gold": ["film", "elsewhere"]}]))
    arguments = ["eval", str(file), "-w", str(rag._store.path), "--misses", "--out", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "not among the first 10 documents: 1" in result.output and "unknown document: elsewhere" in result.output
    (miss,) = json.loads(out.read_text())["misses"]
    assert (miss["id"], miss["document_id"], miss["class"]) == (7, "elsewhere", "unknown document")
