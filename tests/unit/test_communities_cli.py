"""``graphrag communities``, and how answers of several sentences look."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from graphrag.cli import output
from graphrag.cli.asking import ask
from graphrag.cli.communities import communities
from graphrag.engine import GraphRAG
from graphrag.errors import InputError
from graphrag.overview.listing import community_details, community_rows, community_tree, walk
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(communities, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_list_shows_the_most_important_of_each_level(sample_workspace: Path) -> None:
    rows = json.loads(_run("list", "-w", str(sample_workspace), "--json"))
    assert len(rows) > 50
    assert rows == sorted(rows, key=lambda row: (row["level"], -row["rank"], row["id"]))
    text = click.unstyle(_run("list", "-w", str(sample_workspace), "--level", "1", "--limit", "3"))
    assert len(text.splitlines()) == 5
    assert "more" in text
    second = [row for row in rows if row["level"] == 1]
    assert text.splitlines()[1].startswith(second[0]["id"])
    assert second[0]["title"] in text


def test_show_by_id_beginning_and_title(sample_workspace: Path) -> None:
    with Workspace.open(sample_workspace) as store:
        row = max(community_rows(store), key=lambda r: r["entities"])
        texts = {document.id: document.text for document in store.documents()}
    told: list[dict[str, Any]] = [
        json.loads(_run("show", name, "-w", str(sample_workspace), "--json"))
        for name in (row["id"], row["id"].removeprefix("community-")[:12], row["title"].upper())
    ]
    assert told[0] == told[1] == told[2]
    assert told[0]["findings"]
    for finding in told[0]["findings"]:
        for quote in finding["quotes"]:
            assert texts[quote["document_id"]][quote["start"] : quote["end"]] == quote["quote"]
    text = click.unstyle(_run("show", row["id"], "-w", str(sample_workspace)))
    assert row["title"] in text
    assert told[0]["findings"][0]["text"] in text
    assert "Members: " in text


def test_show_says_why_there_is_no_report(sample_workspace: Path) -> None:
    with Workspace.open(sample_workspace) as store:
        small = next(community for community in store.communities() if len(community.members) < 3)
        assert community_details(store, small.id)["findings"] == []
    assert "no report: fewer than three entities" in _run("show", small.id, "-w", str(sample_workspace))


@pytest.mark.parametrize("wanted", ["nothing", "community-", "", "community-zzzz"])
def test_an_unknown_community_is_refused(sample_workspace: Path, wanted: str) -> None:
    with Workspace.open(sample_workspace) as store, pytest.raises(InputError, match="communities list"):
        community_details(store, wanted)


def test_the_tree_holds_every_report_but_repetitions(sample_workspace: Path) -> None:
    with Workspace.open(sample_workspace) as store:
        tree, rows = community_tree(store), community_rows(store)
    nodes = list(walk(tree))
    shown = {node["id"] for _, node in nodes}
    assert len(shown) == len(nodes)
    assert {row["title"] for row in rows} == {node["title"] for _, node in nodes}
    for _, node in nodes:
        assert sum(child["entities"] for child in node["children"]) <= node["entities"]
        assert all(child["level"] > node["level"] for child in node["children"])
    assert json.loads(_run("tree", "-w", str(sample_workspace), "--json")) == tree
    text = click.unstyle(_run("tree", "-w", str(sample_workspace), "--limit", "2"))
    assert tree[0]["title"] in text.splitlines()[0]
    assert "more" in text.splitlines()[-1]


def test_a_workspace_without_communities(tmp_path: Path) -> None:
    with GraphRAG.create(tmp_path / "small") as rag:
        rag.build([Document(DocumentId("one"), "Tides", "The tide rises twice a day.")], workers=1)
    assert "no communities" in _run("list", "-w", str(tmp_path / "small"))
    assert _run("tree", "-w", str(tmp_path / "small")) == ""


def test_an_answer_of_several_sentences_says_its_way(
    sample_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GraphRAG.open(sample_workspace) as rag:
        answer = rag.ask("What are the main themes?")
    output.show_answer(answer)
    lines = click.unstyle(capsys.readouterr().out).splitlines()
    title, _, body = answer.text.split("\n\n")[0].partition("\n")
    assert lines[0] == f"{title}  (confidence 0.50, global)"
    assert lines[1] == body
    assert sum(line.startswith("  [") for line in lines) == len(answer.citations)


def test_a_level_is_an_option_of_ask(sample_workspace: Path) -> None:
    told = [
        CliRunner().invoke(ask, ["main themes?", "-w", str(sample_workspace), "--level", level, "--json"])
        for level in ("0", "2")
    ]
    answers = [json.loads(result.output) for result in told]
    assert answers[0]["plan"]["kind"] == answers[1]["plan"]["kind"] == "global"
    assert answers[0]["answer"] != answers[1]["answer"]
