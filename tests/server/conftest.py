"""What the tests of the server share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_helpers import Here, serving_here

from graphrag import GraphRAG


@pytest.fixture(scope="module")
def here(sample_workspace: Path) -> Iterator[Here]:
    """Give a server of the 2wiki sample in this process, without keys."""
    with serving_here(sample_workspace) as server:
        yield server


@pytest.fixture(scope="session")
def notes_once(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace of the notes sample: copy it, never change it."""
    workspace = tmp_path_factory.mktemp("notes") / "workspace"
    with GraphRAG.create(workspace) as rag:
        rag.build([samples / "notes"])
    return workspace


@pytest.fixture
def notes(notes_once: Path, tmp_path: Path) -> Path:
    """Return a workspace of the notes sample that a test may change."""
    return Path(shutil.copytree(notes_once, tmp_path / "notes"))
