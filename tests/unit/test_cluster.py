"""Builds on a Ray cluster give what builds on this machine give."""

import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from graphrag import GraphRAG
from graphrag.cli import main
from graphrag.config import load_recipe
from graphrag.errors import GraphRAGError, MissingExtra, RecipeError
from graphrag.types import Document

PARTS = Path(__file__).parents[1] / "parts"
LIGHT = "build:\n  extraction: {name: light%s}\n  embedding: {name: light}\n"


@pytest.fixture(autouse=True)
def light_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry, also that of Ray's workers, find the light parts."""
    monkeypatch.syspath_prepend(str(PARTS))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PARTS), *filter(None, sys.path)]))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def corpus(size: int = 200) -> list[Document]:
    import light_parts

    documents: list[Document] = light_parts.corpus(size)
    return documents


def build(folder: Path, executor: str | None, options: str = "", size: int = 200) -> str:
    recipe = folder.with_suffix(".yaml")
    recipe.write_text(LIGHT % options, encoding="utf-8")
    with GraphRAG.create(folder, recipe=str(recipe)) as rag:
        rag.executor = executor
        report = rag.build(corpus(size), workers=2)
    assert report.analysed == size
    return report.digest


@pytest.fixture
def ray() -> Iterator[None]:
    """Skip where Ray is not installed, and be patient with what it leaves to the collector of garbage."""
    pytest.importorskip("ray", reason="pip install 'hopgraph[ray]'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_workers_of_ray_give_the_same_digest(ray: None, tmp_path: Path) -> None:
    assert build(tmp_path / "ray", "ray") == build(tmp_path / "here", "processes")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_goes_wrong_on_the_cluster_is_said(ray: None, tmp_path: Path) -> None:
    title = corpus()[150].text[:20]
    with pytest.raises(GraphRAGError, match=r"worker of the Ray cluster was lost while analysing .* passages"):
        build(tmp_path / "dies", "ray", f", options: {{die_at: {json.dumps(title)}}}")
    with pytest.raises(GraphRAGError, match="not finite"):
        recipe = tmp_path / "nan.yaml"
        options = f"options: {{nan_at: {json.dumps(title)}}}"
        recipe.write_text(f"build:\n  extraction: {{name: light}}\n  embedding: {{name: light, {options}}}\n")
        with GraphRAG.create(tmp_path / "nan", recipe=str(recipe)) as rag:
            rag.executor = "ray"
            rag.build(corpus(), workers=2)
    kept = build_again(tmp_path / "dies")
    assert kept > 0, "what was done before the worker died is kept"


def build_again(folder: Path) -> int:
    """Build in this process; return how many passages were known from before."""
    recipe = folder.with_suffix(".yaml")
    recipe.write_text(LIGHT % "", encoding="utf-8")
    with GraphRAG.create(folder, recipe=str(recipe)) as rag:
        return rag.build(corpus(), workers=1).reused


def test_without_ray_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"pip install 'hopgraph\[ray\]'"):
        build(tmp_path / "w", "ray", size=3)


def test_the_executor_of_a_recipe_is_used_and_changes_no_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = build(tmp_path / "here", None, size=3)
    recipe = tmp_path / "ray.yaml"
    recipe.write_text(LIGHT % "" + "  executor: ray\n", encoding="utf-8")
    assert load_recipe(str(recipe)).build.fingerprint == load_recipe(str(tmp_path / "here.yaml")).build.fingerprint
    with GraphRAG.create(tmp_path / "w", recipe=str(recipe)) as rag:
        with monkeypatch.context() as without:
            without.setitem(sys.modules, "ray", None)
            with pytest.raises(MissingExtra):
                rag.build(corpus(3))
        rag.executor = "processes"
        assert rag.build(corpus(3)).digest == here
    recipe.write_text(LIGHT % "" + "  executor: slurm\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="executor"):
        load_recipe(str(recipe))


def test_an_unknown_executor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphRAGError, match="no executor 'slurm': use one of processes, ray"):
        build(tmp_path / "w", "slurm", size=3)
    result = CliRunner().invoke(main, ["build", str(tmp_path), "-w", str(tmp_path / "w"), "--executor", "slurm"])
    assert result.exit_code == 2
