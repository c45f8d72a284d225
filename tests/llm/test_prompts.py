"""Prompt files: what is shipped, a user's own before it, and prompts written for a corpus."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from realistic import realistic
from scripted import MODEL, Fault, ScriptedServer

from graphrag.errors import RecipeError
from graphrag.llms.prompts import load_prompt, read_prompt

SHIPPED = sorted(path.stem for path in (Path(__file__).parents[2] / "graphrag" / "prompts").glob("*.md"))
GOOD = (
    "---\ndescription: d\nparameters:\n  guide: g\n  title: t\n  text: x\n---\n"
    "# System\n{{guide}}\n# User\n{{title}} {{text}}\n"
)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_prompt_is_sound(name: str) -> None:
    prompt = load_prompt(name)
    filled = prompt.fill(**{parameter: f"<{parameter}> {{{{other}}}}" for parameter in prompt.parameters})
    said = "\n".join(text for _, text in filled)
    assert all(f"<{parameter}>" in said for parameter in prompt.parameters)
    assert filled[0][0] == "system" and filled[-1][0] == "user"
    assert prompt.description and all(prompt.parameters.values())


def test_a_users_prompt_comes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "extract.md").write_text(GOOD, encoding="utf-8")
    own = load_prompt("extract", str(tmp_path))
    assert own.fill(guide="G", title="T", text="X") == (("system", "G"), ("user", "T X"))
    assert own.digest != load_prompt("extract").digest
    assert load_prompt("glean", str(tmp_path)) == load_prompt("glean")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("# System\nhello", "no header"),
        ("---\ndescription: d\n---\n", "# User last"),
        ("---\ndescription: d\n---\n# User\nx\n# System\ny", "# User last"),
        ("---\ndescription: [\n---\n# User\nx", "not YAML"),
        ("---\ncolour: red\n---\n# User\nx", "description and parameters"),
        ("---\ndescription: d\nparameters: [a]\n---\n# User\nx", "what it is"),
        (GOOD.replace("{{title}}", ""), "title"),
        (GOOD.replace("{{title}}", "{{title}} {{mood}}"), "mood"),
        (GOOD.replace("  title: t\n", "").replace("{{title}}", ""), "the shipped one has"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_bad_prompt_is_told(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "extract.md"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(RecipeError, match=says):
        load_prompt("extract", str(tmp_path))


def test_parameters_are_checked_when_they_are_filled_in() -> None:
    with pytest.raises(ValueError, match="takes"):
        load_prompt("extract").fill(title="T")


CORPUS_SAYS = {
    "domain": "Films and those who made them. {{text}}",
    "entity_types": [{"name": "Film", "description": "a motion picture"}, {"name": "Director", "description": ""}],
    "relation_types": [{"name": "directed by", "description": "who directed it"}],
}


def tuned(server: ScriptedServer, workspace: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OPENAI_BASE_URL": server.url, "GRAPHRAG_LLM_MODEL": MODEL}
    arguments = ["prompt-tune", "-w", str(workspace), "--out", str(out), *more]
    return subprocess.run(
        [sys.executable, "-m", "graphrag.cli", *arguments], capture_output=True, text=True, env=environment, check=False
    )


def test_prompts_are_written_for_a_corpus(server: ScriptedServer, sample_workspace: Path, tmp_path: Path) -> None:
    def answer(body: dict[str, Any]) -> str:
        return realistic(body) if "<passage>" in body["messages"][-1]["content"] else json.dumps(CORPUS_SAYS)

    server.answer = answer
    workspace = tmp_path / "w"
    shutil.copytree(sample_workspace, workspace, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    out = tmp_path / "prompts"
    run = tuned(server, workspace, out)
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in out.glob("*.md")) == ["extract.md", "glean.md", "report.md"]
    own = load_prompt("extract", str(out))
    assert [role for role, _ in own.messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    filled = own.fill(guide="G", title="T", text="X")
    assert "- Film: a motion picture" in filled[0][1] and "Films and those who made them" in filled[0][1]
    example = json.loads(filled[2][1])
    assert example["entities"] and all(relation["quote"] in filled[1][1] for relation in example["relations"])
    assert "Films" in load_prompt("report", str(out)).messages[0][1]
    read_prompt(out / "glean.md")

    again = tuned(server, workspace, out)
    assert again.returncode == 3 and "--force" in again.stderr
    paid = len(server.requests)
    forced = tuned(server, workspace, out, "--force")
    assert forced.returncode == 0 and len(server.requests) == paid

    server.fault = lambda number, body: Fault(text="I would rather not.")
    other = tuned(server, workspace, tmp_path / "other", "--passages", "3")
    assert other.returncode == 9 and "no usable description" in other.stderr
    assert not (tmp_path / "other").exists()
