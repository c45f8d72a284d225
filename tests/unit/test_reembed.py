"""Other vectors for a workspace, without what the extra torch needs."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graphrag import GraphRAG
from graphrag.errors import InputError, MissingExtra, RecipeError
from graphrag.extraction.spacy_ie import SpacyExtractor

QUESTION = "What is the place of birth of the director of film Under The Cards?"


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sample_workspace, tmp_path / "w", ignore=shutil.ignore_patterns("*-wal", "*-shm"))


def test_vectors_change_and_nothing_is_extracted(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SpacyExtractor, "extract", lambda *_: pytest.fail("it was extracted again"))
    with GraphRAG.create(workspace) as rag:
        before = rag.inspect()
        report = rag.reembed("onnx", {"max_tokens": 64}, workers=1)
        assert report.analysed == report.chunks and report.changed
        assert rag.inspect()["counts"] == before["counts"]
        assert rag.ask(QUESTION).text == "Carcassonne"
        again = rag.reembed("onnx", {"max_tokens": 64}, workers=1)
        assert not again.changed
        assert rag.reembed("onnx", workers=1).digest == before["build"]["digest"]


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("onx", {}, "no embedder named 'onx'; did you mean 'onnx'"),
        ("onnx", {"modell": "x"}, "no option 'modell'; did you mean 'model'"),
        ("onnx", {"model": "nowhere"}, "embedding model 'nowhere' was not found"),
    ],
)
def test_what_is_wrong_is_told_before_the_work(workspace: Path, name: str, options: dict[str, str], error: str) -> None:
    with GraphRAG.create(workspace) as rag:
        recipe = rag.recipe
        with pytest.raises((RecipeError, InputError), match=error):
            rag.reembed(name, options)
        assert rag.recipe == recipe


@pytest.mark.skipif(importlib.util.find_spec("sentence_transformers") is not None, reason="it is installed here")
def test_the_missing_extra_is_named(workspace: Path) -> None:
    with GraphRAG.create(workspace) as rag, pytest.raises(MissingExtra, match=r"pip install 'hopgraph\[torch\]'"):
        rag.reembed("sentence-transformers", {"model": "x"})
    command = [sys.executable, "-m", "graphrag.cli", "reembed", "-w", str(workspace), "--model", "x"]
    done = subprocess.run(
        [*command, "--embedder", "sentence-transformers"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 8 and "hopgraph[torch]" in done.stderr
    with pytest.raises(MissingExtra, match=r"hopgraph\[torch\]"):
        from graphrag.retrieval.rerank import CrossEncoderReranker

        CrossEncoderReranker("x")
