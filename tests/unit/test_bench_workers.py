"""What several worker processes are worth against one is measured beside what the machine gives."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag.cli import main
from graphrag.errors import InputError


@pytest.mark.slow
def test_two_processes_are_compared_with_one_and_with_the_bare_models(sample_workspace: Path) -> None:
    options = ["--passages", "64", "--rounds", "1", "--workers", "2", "--json"]
    result = CliRunner().invoke(main, ["bench", "workers", "-w", str(sample_workspace), *options])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["processes"], report["passages"]) == (2, 64)
    for name in ("workers", "bare"):
        speeds = report[name]
        assert speeds["one"] > 0
        assert speeds["ratio"] == pytest.approx(speeds["several"] / speeds["one"], rel=0.1)


def test_one_process_has_nothing_to_be_compared_with(sample_workspace: Path) -> None:
    result = CliRunner().invoke(main, ["bench", "workers", "-w", str(sample_workspace), "--workers", "1"])
    assert result.exit_code == InputError.exit_code
    assert "name a number of processes with --workers" in result.stderr
