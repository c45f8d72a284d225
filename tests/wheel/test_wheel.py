"""The wheel holds what the repository tracks, and works from a clean environment outside the checkout."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[2]
SHIPPED = {
    "pipelines/": "graphrag/_data/pipelines/",
    "queries/": "graphrag/_data/queries/",
    "data/models/": "graphrag/_data/models/",
}


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command without this process's Python settings."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def tracked() -> list[str]:
    """Return the files that git tracks, as they stand in the working tree."""
    done = run("git", "ls-files", "-z", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def place_in_wheel(name: str) -> str | None:
    """Return where a tracked file belongs in the wheel, None where it does not."""
    if name.startswith("graphrag/"):
        return name
    return next(
        (target + name.removeprefix(source) for source, target in SHIPPED.items() if name.startswith(source)), None
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the tracked files alone: what a fresh clone has."""
    folder = tmp_path_factory.mktemp("source")
    for name in tracked():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that pip builds from the copy."""
    folder = tmp_path_factory.mktemp("wheel")
    done = run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        source,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("hopgraph-*.whl")
    return path


def closure(requirements: list[str]) -> dict[str, importlib.metadata.Distribution]:
    """Return the installed distributions that ``requirements`` bring, with the extras that they name."""
    found: dict[str, importlib.metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        text, extra = waiting.pop()
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        found[name] = importlib.metadata.distribution(name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(needed, wanted) for needed in found[name].requires or []]
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a virtual environment with the wheel and what it declares, and nothing else.

    The dependencies are links to the packages that are installed here, so no network is needed; what the wheel does
    not declare is absent, so an undeclared import fails.
    """
    folder = tmp_path_factory.mktemp("clean") / "venv"
    assert run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent).returncode == 0
    paths = {"base": str(folder), "platbase": str(folder)}
    target = Path(sysconfig.get_path("purelib", scheme="venv", vars=paths))
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(
            next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        ).decode()
    needed = [
        line.removeprefix("Requires-Dist: ") for line in metadata.splitlines() if line.startswith("Requires-Dist: ")
    ]
    for distribution in closure(needed).values():
        for top in {file.parts[0] for file in distribution.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            link = target / top
            if not link.exists():
                link.symlink_to(Path(str(distribution.locate_file(top))))
    python = folder / "bin" / "python"
    done = run(sys.executable, "-m", "pip", "--python", python, "install", "--no-index", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr  # pip itself checks that nothing declared is missing
    return folder


def test_wheel_holds_exactly_the_tracked_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    expected = {place: ROOT / name for name in tracked() if (place := place_in_wheel(name)) is not None}
    assert inside.keys() == expected.keys()
    for place, path in expected.items():
        assert inside[place] == path.read_bytes(), f"{place} differs"
    assert "graphrag/_data/pipelines/offline.yaml" in inside
    assert "graphrag/_data/models/bge-small-en-v1.5-int8/model.onnx" in inside
    assert any(name.startswith("graphrag/_data/queries/") for name in inside)


def test_source_archive_makes_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=source)
    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("hopgraph-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    unpacked = tmp_path / archive.name.removesuffix(".tar.gz")
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=unpacked)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_clean_environment_lacks_what_is_not_declared(environment: Path) -> None:
    python = environment / "bin" / "python"
    for package in ("pytest", "hypothesis", "ir_measures", "torch"):
        assert run(python, "-c", f"import {package}", cwd=environment).returncode != 0


def test_wheel_works_outside_the_checkout(wheel: Path, environment: Path, tmp_path: Path) -> None:
    command = environment / "bin" / "graphrag"
    python = environment / "bin" / "python"
    where = run(python, "-c", "import graphrag; print(graphrag.__file__)", cwd=tmp_path)
    assert Path(where.stdout.strip()).is_relative_to(environment)

    version = run(command, "--version", cwd=tmp_path)
    assert version.returncode == 0, version.stderr
    assert wheel.name.split("-")[1] in version.stdout

    recipes = run(command, "recipe", "list", cwd=tmp_path)
    assert recipes.returncode == 0, recipes.stderr
    assert "offline" in recipes.stdout

    rows = [
        {
            "id": "film",
            "title": "The Quiet Harbour",
            "text": "The Quiet Harbour is a 1951 film directed by Anna Bergson.",
        },
        {
            "id": "woman",
            "title": "Anna Bergson",
            "text": "Anna Bergson was a Swedish film director. She was born in Uppsala.",
        },
        {"id": "town", "title": "Uppsala", "text": "Uppsala is a city in Sweden."},
    ]
    corpus = tmp_path / "corpus.json"
    corpus.write_text(json.dumps(rows), encoding="utf-8")
    built = run(command, "build", corpus, "-w", tmp_path / "workspace", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    question = "Where was the director of The Quiet Harbour born?"
    asked = run(command, "ask", question, "-w", tmp_path / "workspace", "--json", cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["answer"] == "Uppsala"
    texts = {row["id"]: row["text"] for row in rows}
    assert answer["citations"]
    for citation in answer["citations"]:
        assert texts[citation["document_id"]][citation["start"] : citation["end"]] == citation["quote"]
