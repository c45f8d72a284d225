"""What the README tells a reader to type does what it says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder that has the samples where the README expects them."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    return tmp_path


def python(*arguments: str, cwd: Path) -> str:
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_example(place: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    lines = python("-c", example, cwd=place).splitlines()
    assert lines[0].startswith("26 December 1791 ")
    assert any(line.startswith("charles-babbage.md ") for line in lines)
    assert "analytical-engine.html" in lines[-3] + lines[-2] + lines[-1]


def test_command_example(place: Path) -> None:
    (block,) = re.findall(r"```\n(graphrag build data/samples/notes.*?)```", README, re.DOTALL)
    build, ask, search = (shlex.split(line)[1:] for line in block.splitlines())
    python("-m", "graphrag.cli", *build, cwd=place)
    assert python("-m", "graphrag.cli", *ask, cwd=place).startswith("26 December 1791")
    assert "analytical-engine.html" in python("-m", "graphrag.cli", *search, cwd=place)


def test_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", README)
    assert "docs/architecture.svg" in links
    for link in links:
        assert (ROOT / link).exists(), f"README.md links to {link}, which is not there"
