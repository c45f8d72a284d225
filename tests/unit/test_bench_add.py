"""What adding documents costs is measured beside a whole build, by commands that anyone can run."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag.cli import main
from graphrag.errors import InputError


@pytest.mark.slow
def test_adding_is_compared_with_building(sample_workspace: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "add", "-w", str(sample_workspace), "--share", "5", "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert [report[name]["documents"] for name in ("whole", "part", "one")] == [199, 10, 1]
    for name in ("whole", "part", "one"):
        assert report[name]["seconds"] > report[name]["clustering_seconds"] > 0
        assert report[name]["processor_seconds"] > 0
    part, whole = report["part"], report["whole"]
    share = (part["seconds"] - part["clustering_seconds"]) / whole["seconds"]
    assert report["share"] == pytest.approx(share, abs=0.01)


def test_a_corpus_that_cannot_be_divided(light_original: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "add", "-w", str(light_original), "--share", "0.1"])
    assert result.exit_code == InputError.exit_code
    assert "cannot be divided at 0.1%" in result.stderr
