"""Decisions about names: what they change, that rebuilds keep them, and that undo restores the digest."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.errors import InputError, WorkspaceError
from graphrag.repairing import examine
from graphrag.resolution.links import Link, links_text, read_links
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId, Entity

PARTS = Path(__file__).parents[1] / "parts"
RECIPE = "build:\n  extraction: {name: light}\n  embedding: {name: light}\n"
TEXTS = {
    "Ada Keli": "Ada Keli is a person. Ada Keli knows Bora Muna. Ada Keli knows Tuve Zobadoli.",
    "Bora Muna": "Bora Muna is a person. Bora Muna directed Ada Keli.",
    "Adah Keli": "Adah Keli is a person. Adah Keli knows Rasi Pona.",
    "Rasi Pona": "Rasi Pona knows Ada Keli. Rasi Pona knows Bora Muna and Tuve Zobadolu.",
    "Tuve Zobadoli": "Tuve Zobadoli directed Rasi Pona in 1999. Bora Muna knows Tuve Zobadoli.",
}


@pytest.fixture(autouse=True)
def light_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PARTS))


def documents() -> list[Document]:
    return [Document(DocumentId(f"d{n}"), title, text, "made up") for n, (title, text) in enumerate(TEXTS.items())]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    with GraphRAG.create(tmp_path / "w", recipe=str(tmp_path / "recipe.yaml")) as rag:
        rag.build(documents())
    return tmp_path / "w"


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def done(*arguments: object) -> Any:
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def entities(folder: Path) -> dict[str, Entity]:
    with Workspace.open(folder) as store:
        assert store.audit() == []
        return {entity.name: entity for entity in store.entities()}


def digest(folder: Path) -> str:
    with Workspace.open(folder) as store:
        return store.digest()


def test_a_merge_joins_names_mentions_facts_and_documents(built: Path) -> None:
    before = entities(built)
    done("entities", "merge", "Adah Keli", "Ada Keli", "-w", built)
    after = entities(built)
    assert "Adah Keli" not in after
    assert after["Ada Keli"].id == before["Ada Keli"].id
    assert "Adah Keli" in after["Ada Keli"].aliases
    assert after["Ada Keli"].mention_count == before["Ada Keli"].mention_count + before["Adah Keli"].mention_count
    with Workspace.open(built) as store:
        ada = after["Ada Keli"].id
        assert {about.document_id for about in store.abouts_of([ada])} == {"d0", "d2"}
        known = {fact.value for fact in store.facts_of([ada]) if fact.subject == ada and fact.predicate == "know"}
        assert known == {"Bora Muna", "Tuve Zobadoli", "Rasi Pona"}
        assert [(m.name, m.method) for m in store.merges() if m.method == "user"] == [("Adah Keli", "user")]


def test_undo_restores_the_digest_of_every_step(built: Path) -> None:
    decided = (
        ("merge", "Adah Keli", "Ada Keli"),
        ("rename", "Ada Keli", "Ada K."),
        ("merge", "Rasi Pona", "Tuve Zobadoli"),
        ("split", "Adah Keli", "Ada K."),
    )
    digests = [digest(built), *(done("entities", *decision, "-w", built)["digest"] for decision in decided)]
    assert len(set(digests)) == 5
    assert "“Adah Keli” is a name of “Ada Keli”" not in run("entities", "decisions", "-w", built)[1]
    # The split took the merge back; what is left is a rename and a merge, undone one by one.
    done("entities", "merge", "Adah Keli", "Ada Keli", "-w", built)
    for _ in range(3):
        last = done("entities", "undo", "-w", built)["digest"]
    assert last == digests[0] == digest(built)
    assert not (built / "links.tsv").exists()
    assert run("entities", "undo", "-w", built)[0] == InputError.exit_code


def test_decisions_survive_rebuilds_additions_and_repairs(built: Path, tmp_path: Path) -> None:
    done("entities", "merge", "Adah Keli", "Ada Keli", "-w", built)
    with GraphRAG.create(built) as rag:
        decided = rag.build(documents())
        assert decided.changed is False
        rag.remove(["d4"])
        again = rag.add(documents()[4:])
    assert again.digest == decided.digest
    assert "Adah Keli" not in entities(built)
    (built / "workspace.db").rename(tmp_path / "gone.db")
    for path in built.glob("workspace.db-*"):
        path.unlink()
    with GraphRAG.create(built, recipe=str(tmp_path / "recipe.yaml")) as rag:
        assert rag.build(documents()).digest == decided.digest
    array = next((built / "arrays").rglob("name_hash.npy"))
    array.write_bytes(b"")
    assert [ailment.cured for ailment in examine(built)] == [True]
    assert digest(built) == decided.digest


def test_a_split_makes_an_alias_an_entity_and_a_cannot_link_keeps_a_pair_apart(built: Path, tmp_path: Path) -> None:
    first = digest(built)
    names = {entity.name: entity.aliases for entity in entities(built).values()}
    assert "Tuve Zobadolu" in names["Tuve Zobadoli"], "a slip in a name is merged without being asked"
    done("entities", "split", "Tuve Zobadolu", "Tuve Zobadoli", "-w", built)
    assert {"Tuve Zobadoli", "Tuve Zobadolu"} <= entities(built).keys()
    pair = ["Tuve Zobadoli", "Tuve Zobadolu"]
    shown = [sorted((row["one"]["name"], row["other"]["name"])) for row in done("entities", "review", "-w", built)]
    assert pair not in shown
    saved = tmp_path / "mine.tsv"
    saved.write_bytes((built / "links.tsv").read_bytes())
    assert done("entities", "undo", "-w", built)["digest"] == first
    assert done("entities", "apply", saved, "-w", built)["digest"] != first
    assert {"Tuve Zobadoli", "Tuve Zobadolu"} <= entities(built).keys()
    saved.write_text("same\tTuve Zobadolu\tNobody Atall\n", encoding="utf-8")
    said = run("entities", "apply", saved, "-w", built)[2]
    assert "Undone: “Tuve Zobadolu” is no name of “Tuve Zobadoli”" in said
    assert "Decided: “Tuve Zobadolu” is a name of “Nobody Atall”" in said
    assert "No document says “Nobody Atall”" in said and "says “Tuve" not in said


def test_a_renamed_entity_is_found_by_both_names(built: Path) -> None:
    before = entities(built)["Bora Muna"]
    done("entities", "rename", before.id, "Muna the Great", "-w", built)
    after = entities(built)
    assert after["Muna the Great"].id == before.id
    assert after["Muna the Great"].aliases[0] == "Bora Muna"
    with GraphRAG.open(built) as rag:
        for name in ("Bora Muna", "Muna the Great"):
            assert [seed.entity_id for seed in rag.search(f"Who knows {name}?").plan.seeds] == [before.id]


def test_a_decision_that_is_made_twice_is_taken_back_once(built: Path) -> None:
    before = digest(built)
    for _ in range(2):
        done("entities", "rename", "Bora Muna", "B. Muna", "-w", built)
    assert done("entities", "undo", "-w", built)["digest"] == before


def test_the_review_lists_likely_duplicates(built: Path) -> None:
    rows = done("entities", "review", "-w", built)
    assert {"Ada Keli", "Adah Keli"} not in [{row["one"]["name"], row["other"]["name"]} for row in rows], "3 letters"
    extra = Document(DocumentId("x"), "Boru Muna", "Boru Muna knows Keli Ada.")
    with GraphRAG.create(built) as rag:
        rag.add([extra])
    rows = done("entities", "review", "-w", built)
    found = {frozenset((row["one"]["name"], row["other"]["name"])): row for row in rows}
    assert found[frozenset(("Bora Muna", "Boru Muna"))]["score"] == 0.75
    assert "another order" in found[frozenset(("Ada Keli", "Keli Ada"))]["why"]
    done("entities", "split", "Boru Muna", "Bora Muna", "-w", built)
    rows = done("entities", "review", "-w", built)
    assert frozenset(("Bora Muna", "Boru Muna")) not in {
        frozenset((r["one"]["name"], r["other"]["name"])) for r in rows
    }


def test_a_build_takes_its_decisions_from_a_file(built: Path, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.tsv"
    decisions.write_text(links_text([Link("same", "Adah Keli", "Ada Keli")]), encoding="utf-8")
    rows = [{"id": d.id, "title": d.title, "text": d.text} for d in documents()]
    (tmp_path / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    folder = tmp_path / "v"
    command = ("build", tmp_path / "rows.json", "-w", folder, "--recipe", tmp_path / "recipe.yaml")
    done(*command, "--links", decisions)
    assert "Adah Keli" not in entities(folder)
    done(*command)
    assert "Adah Keli" not in entities(folder), "the workspace holds the decisions from then on"
    decisions.write_text("", encoding="utf-8")
    done(*command, "--links", decisions)
    assert "Adah Keli" in entities(folder), "an empty file takes them back"
    decisions.write_text("same\tonly one name\n", encoding="utf-8")
    code, _, err = run(*command, "--links", decisions)
    assert code == InputError.exit_code and "decisions.tsv" in err
    assert run(*command, "--links", tmp_path / "none.tsv")[0] == 2
    code, _, err = run("entities", "apply", tmp_path / "none.tsv", "-w", folder)
    assert code == InputError.exit_code and "There is no file" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("merge", "Nobody Known", "Ada Keli"),
        ("merge", "Ada Keli", "Ada Keli"),
        ("split", "Ada Keli", "Ada Keli"),
        ("rename", "Nobody Known", "X Y"),
        ("undo", "3"),
        ("rename", "Ada Keli", "!!!"),
        ("rename", "Ada Keli", " "),
    ],
)
def test_what_cannot_be_decided_is_refused(built: Path, arguments: tuple[str, ...]) -> None:
    before = digest(built)
    code, _, err = run("entities", *arguments, "-w", built)
    assert code == InputError.exit_code and err.startswith("Error: ")
    assert digest(built) == before and not (built / "links.tsv").exists()


STOPPED = """
import os, signal, sys
from graphrag.building.report import Stages
began, how = Stages.__call__, int(sys.argv.pop(1))

def begin(self, name, total=None):
    if name == "communities":
        os.kill(os.getpid(), how)
    return began(self, name, total)

Stages.__call__ = begin
from graphrag.cli import main
main()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_decision_that_is_stopped_or_killed_does_not_hold_and_is_made_by_the_same_command(
    built: Path, how: signal.Signals
) -> None:
    done("entities", "merge", "Adah Keli", "Ada Keli", "-w", built)
    merged = digest(built)
    done("entities", "rename", "Bora Muna", "B. Muna", "-w", built)
    renamed, held = digest(built), (built / "links.tsv").read_text(encoding="utf-8")
    paths = os.pathsep.join([str(PARTS), *sys.path])

    def stop(*command: object) -> None:
        line = [sys.executable, "-c", STOPPED, str(int(how)), "entities", *map(str, command), "-w", str(built)]
        ended = subprocess.run(line, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, timeout=60)
        assert ended.returncode == (-how if how == signal.SIGKILL else 130), ended.stderr
        assert digest(built) == renamed

    stop("rename", "Rasi Pona", "R. Pona")
    with GraphRAG.create(built) as rag:
        assert links_text(rag.decisions()) == held
    stop("undo")
    assert done("entities", "undo", "-w", built)["digest"] == merged, "the same command takes back the same decision"
    assert run("entities", "decisions", "-w", built)[1].count("is a name of") == 1
    done("entities", "undo", "-w", built)
    assert [path.name for path in built.iterdir() if path.name.startswith("links")] == []


def test_a_process_may_be_killed_before_it_has_written_its_decisions(built: Path) -> None:
    (built / "links.tsv.before").write_bytes(b"")
    (built / "links.tsv.new").write_text("same\tAda K", encoding="utf-8")
    done("entities", "merge", "Adah Keli", "Ada Keli", "-w", built)
    assert run("entities", "decisions", "-w", built)[1].count("is a name of") == 1
    assert [path.name for path in built.iterdir() if path.name.startswith("links")] == ["links.tsv"]


def test_a_build_that_fails_leaves_the_decisions_as_they_were(built: Path, tmp_path: Path) -> None:
    written = "# by hand\nsame\tAdah Keli\tAda Keli\n"
    (built / "links.tsv").write_text(written, encoding="utf-8")
    decisions = tmp_path / "decisions.tsv"
    decisions.write_text("name\tAda Keli\tAda K.\n", encoding="utf-8")
    code, _, err = run("build", tmp_path / "none.json", "-w", built, "--links", decisions)
    assert code == InputError.exit_code and "none.json" in err
    assert (built / "links.tsv").read_text(encoding="utf-8") == written


def test_names_that_a_document_breaks_over_lines_can_be_decided_about(tmp_path: Path) -> None:
    broken = [replace(documents()[0], title="Ada\tKeli"), replace(documents()[1], title="Bora\u2028Muna")]
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    with GraphRAG.create(tmp_path / "w", recipe=str(tmp_path / "recipe.yaml")) as rag:
        rag.build(broken)
    assert "Bora\u2028Muna" in entities(tmp_path / "w")
    done("entities", "merge", "Bora Muna", "Ada Keli", "-w", tmp_path / "w")
    assert "Bora\u2028Muna" not in entities(tmp_path / "w")
    assert (tmp_path / "w" / "links.tsv").read_text(encoding="utf-8").endswith("same\tBora Muna\tAda Keli\n")


def test_a_file_of_decisions_may_have_a_mark_and_must_be_utf8(built: Path) -> None:
    (built / "links.tsv").write_bytes("\ufeffsame\tAdah Keli\tAda Keli\r\n".encode())
    assert "“Adah Keli” is a name of “Ada Keli”" in run("entities", "decisions", "-w", built)[1]
    (built / "links.tsv").write_bytes(b"same\tAdah Keli\tAda Kel\xed\n")
    for command in (("entities", "decisions"), ("entities", "undo"), ("remove", "d0")):
        code, _, err = run(*command, "-w", built)
        assert code == InputError.exit_code and "links.tsv is not UTF-8" in err


def test_there_are_no_decisions_where_there_is_no_workspace(tmp_path: Path) -> None:
    code, _, err = run("entities", "decisions", "-w", tmp_path / "none")
    assert code == WorkspaceError.exit_code and "There is no workspace" in err


def test_the_file_is_read_as_it_is_written_and_mistakes_are_named() -> None:
    links = [Link("same", "A b", "C d"), Link("apart", "X", "Y z"), Link("name", "Q r", "S")]
    assert read_links(links_text(links), "f") == links
    for line in ("same\tA b", "like\tA b\tC d", "same\tA b\t ", "same A b C d"):
        with pytest.raises(InputError, match="f, line 2"):
            read_links(f"# head\n{line}\n", "f")


def test_facts_that_disagree_are_listed_with_their_sources_until_one_is_removed(built: Path) -> None:
    rows = done("conflicts", "-w", built, "--predicate", "direct")
    assert rows == []
    extra = [
        Document(DocumentId("x"), "Xeno", "Bora Muna directed Tuve Zobadoli.", "x"),
        Document(DocumentId("y"), "Yeno", "Bora Muna directed Ada Keli again.", "y"),
    ]
    with GraphRAG.create(built) as rag:
        rag.add(extra)
    rows = done("conflicts", "-w", built, "--predicate", "direct")
    assert [row["subject"]["name"] for row in rows] == ["Bora Muna"]
    sources = {fact["value"]: [source["document_id"] for source in fact["sources"]] for fact in rows[0]["facts"]}
    assert sources == {"Ada Keli": ["d1", "y"], "Tuve Zobadoli": ["x"]}
    assert "1 conflict." in run("conflicts", "-w", built, "--predicate", "direct")[1]
    code, _, err = run("conflicts", "-w", built, "--predicate", "directed")
    assert code == InputError.exit_code and "No fact has the predicate 'directed'; near are 'direct'" in err
    assert done("conflicts", "-w", built, "--predicate", "buried in") == [], "a predicate that some workspaces have"
    run("remove", "x", "-w", built)
    assert done("conflicts", "-w", built, "--predicate", "direct") == []
