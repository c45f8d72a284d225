"""What tests of the whole program share: the sample corpora, and one build of them for a whole run."""

import contextlib
import fcntl
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

with contextlib.suppress(ImportError):
    import numkong  # noqa: F401 - loaded first: behind many other libraries its OpenMP finds no room in a process

ROOT = Path(__file__).parents[1]
PARTS = ROOT / "tests" / "parts"

# A shell that runs these tests in the background ignores Ctrl-C for them, and so would every program that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Machines that run tests side by side are too uneven for a deadline on single examples.
settings.register_profile("graphrag", deadline=None)
settings.load_profile("graphrag")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that the worker processes of pytest-xdist share; the system frees it when a holder dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of the sample corpora."""
    return ROOT / "data" / "samples"


@pytest.fixture(scope="session")
def sample_workspace(samples: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a workspace of the 2wiki sample, built once for all tests of the run: read it, never change it."""
    from graphrag import GraphRAG

    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    workspace = shared / "sample-workspace"
    done = shared / "sample-workspace.done"
    with locked(shared / "sample-workspace.lock"):
        if not done.exists():
            with GraphRAG.create(workspace) as rag:
                rag.build([samples / "2wiki" / "corpus.json"])
            done.touch()
    return workspace


@pytest.fixture
def light_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry, also that of worker processes, find the light parts."""
    monkeypatch.syspath_prepend(str(PARTS))


@pytest.fixture(scope="session")
def light_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace of 60 documents by the light parts: copy it, never change it."""
    from graphrag import GraphRAG

    folder = tmp_path_factory.mktemp("light")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PARTS))
        import light_parts

        (folder / "recipe.yaml").write_text(light_parts.RECIPE, encoding="utf-8")
        with GraphRAG.create(folder / "w", recipe=str(folder / "recipe.yaml")) as rag:
            rag.build(light_parts.corpus(60))
    return folder / "w"


@pytest.fixture
def light_workspace(light_original: Path, light_parts: None, tmp_path: Path) -> Path:
    """Return a copy of that workspace."""
    return Path(shutil.copytree(light_original, tmp_path / "w"))
