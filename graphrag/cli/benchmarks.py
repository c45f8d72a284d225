"""``graphrag bench NAME``: a whole benchmark, from the corpus to the table."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli import output
from graphrag.cli.building import report_json
from graphrag.cli.evaluating import run_questions, show_summary
from graphrag.cli.options import PathType, json_option, workers_option, workspace_option

if TYPE_CHECKING:
    from graphrag.config import Bench, Recipe
    from graphrag.engine import GraphRAG
    from graphrag.types import Document

__all__ = ["build_corpus", "folder_of", "place_of", "recipe_of", "run"]


@click.command(short_help="Run one benchmark, from corpus to table.")
@click.argument("name")
@click.option("--data", type=PathType(), help="Folder of the corpus and the questions. Default: the recipe's.")
@workspace_option(required=False, text="Keep the workspace here. Default: a temporary one.")
@click.option("--answers/--no-answers", default=True, show_default=True, help="Also score answers (EM, F1).")
@click.option("--bare/--no-bare", default=True, show_default=True, help="Also time embedder and spaCy by themselves.")
@click.option("--out", type=PathType(dir_okay=False), help="Write every question's outcome here.")
@workers_option
@json_option
def run(
    name: str,
    data: Path | None,
    workspace: Path | None,
    answers: bool,
    bare: bool,
    out: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Run a benchmark recipe (2wiki, musique, …) and compare with the scores and costs that it expects.

    Exit code 1 means that a score or a cost missed what the recipe expects. build_ratio is the build's time over the
    bare time of the embedder and spaCy on the same passages with as many processes, measured in the same run.
    """
    from graphrag.evaluation import read_questions, results_of, write_results

    recipe_name, recipe, expected = recipe_of(name)
    folder = folder_of(expected, data)
    questions = read_questions(folder / expected.data.questions, scored=True)
    costs: dict[str, float] = {}
    with place_of(workspace) as place:
        report = build_corpus(place, recipe_name, recipe, folder, workers, costs, bare=bare)
        with _opened(place, costs) as rag:
            outcomes = run_questions(rag, questions, answers=answers, mode=None)
    results = results_of(outcomes, {"recipe": recipe.name, "build": report, "costs": costs})
    summary = results["summary"]
    costs["search_ms_median"], costs["search_ms_p95"] = summary["search_ms"]["median"], summary["search_ms"]["p95"]
    results["checks"] = _checks(expected, summary["all"], costs)
    if out is not None:
        write_results(out, results)
    if as_json:
        output.print_json({key: value for key, value in results.items() if key != "questions"})
    else:
        show_summary(summary)
        _show_costs(costs)
        _show_checks(results["checks"])
    if any(not check["met"] for check in results["checks"]):
        raise click.exceptions.Exit(1)


def recipe_of(name: str) -> "tuple[str, Recipe, Bench]":
    """Return the recipe of a benchmark with its full name."""
    from graphrag.config import load_recipe
    from graphrag.errors import RecipeError

    full = name if "/" in name or name.endswith((".yaml", ".yml")) else f"bench/{name}"
    recipe = load_recipe(full)
    if recipe.bench is None:
        raise RecipeError(f"recipe {full!r} carries no benchmark; name one of: graphrag recipe list")
    return full, recipe, recipe.bench


def folder_of(bench: "Bench", data: Path | None) -> Path:
    """Return the folder of the data, or say how to name it.

    ``--data`` may name the set's own folder, or the folder of all sets, in which the set's folder has its usual name.
    """
    from graphrag.errors import InputError

    usual = Path(bench.data.folder)
    folder = data if data is not None else usual
    if not (folder / bench.data.corpus).is_file() and (folder / usual.name / bench.data.corpus).is_file():
        folder = folder / usual.name
    for name in (bench.data.corpus, bench.data.questions):
        if not (folder / name).is_file():
            raise InputError(f"the benchmark's file {folder / name} is not there; name its folder with --data DIR")
    return folder


@contextmanager
def place_of(kept: Path | None) -> Iterator[Path]:
    """Give the folder to build into."""
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="graphrag-bench-") as folder:
        yield Path(folder) / "workspace"


def build_corpus(
    place: Path, name: str, recipe: "Recipe", folder: Path, workers: int | None, costs: dict[str, float], *, bare: bool
) -> dict[str, Any]:
    """Build the corpus, and note time, memory and the ratio to the bare time of the models."""
    from graphrag.cli.memory import PeakMemory
    from graphrag.cli.progress import stage_progress
    from graphrag.engine import GraphRAG
    from graphrag.errors import InputError

    if recipe.bench is None:
        return {}
    corpus = folder / recipe.bench.data.corpus
    inputs: list[Any] = list(_untitled(corpus)) if recipe.bench.untitled else [corpus]
    with PeakMemory() as memory, GraphRAG.create(place, recipe=name) as rag, stage_progress() as progress:
        rag.recipe = _with_file(rag.recipe, folder)
        report = rag.build(inputs, progress=progress, workers=workers)
    if report.documents == 0:
        raise InputError(f"the corpus {corpus} holds no documents; check the file")
    costs["build_seconds"] = report.seconds["total"]
    if memory.megabytes is not None:
        costs["build_peak_mb"] = memory.megabytes
    if report.reused:
        click.echo("Passages were known from before, so the build's time says nothing: use a new workspace.", err=True)
    elif bare:
        from graphrag.cli.bare import bare_seconds

        seconds = bare_seconds(place, recipe, workers)
        if seconds:
            costs["bare_seconds"] = seconds
            costs["build_ratio"] = costs["build_seconds"] / seconds
    return report_json(report)


def _with_file(recipe: "Recipe", folder: Path) -> "Recipe":
    """Let a second reading that a recipe takes from a file be found in the folder of the data."""
    part = recipe.build.refinement
    path = None if part is None else part.options.get("path")
    if part is None or not isinstance(path, str) or Path(path).is_absolute():
        return recipe
    beside = part.model_copy(update={"options": {**part.options, "path": str(folder / path)}})
    return recipe.model_copy(update={"build": recipe.build.model_copy(update={"refinement": beside})})


def _untitled(corpus: Path) -> "Iterator[Document]":
    """Yield the documents of a corpus with their titles hidden."""
    from graphrag.documents.problems import Problem
    from graphrag.documents.sources import read_documents

    problems: list[Problem] = []
    for document in read_documents([corpus], problems):
        yield replace(document, title="")


@contextmanager
def _opened(place: Path, costs: dict[str, float]) -> "Iterator[GraphRAG]":
    """Open the workspace, and note how long that takes and how much memory asking needs."""
    from graphrag.cli.memory import PeakMemory
    from graphrag.engine import GraphRAG

    start = time.perf_counter()
    rag = GraphRAG.open(place)
    costs["open_seconds"] = time.perf_counter() - start
    with rag, PeakMemory() as memory:
        yield rag
    if memory.megabytes is not None:
        costs["search_peak_mb"] = memory.megabytes


def _checks(bench: "Bench", scores: Mapping[str, Any], costs: Mapping[str, float]) -> list[dict[str, Any]]:
    """Compare what was measured with what the recipe expects; what was not measured is left out."""
    checks = [
        {"name": name, "measured": scores[name]["mean"], "least": least, "met": scores[name]["mean"] >= least}
        for name, least in bench.expect.items()
        if name in scores
    ]
    return checks + [
        {"name": name, "measured": costs[name], "most": most, "met": costs[name] <= most}
        for name, most in bench.limits.items()
        if name in costs
    ]


def _show_costs(costs: Mapping[str, float]) -> None:
    """Write what the run cost."""
    if "build_ratio" in costs:
        click.echo(
            f"build: {costs['build_seconds']:.1f} s, {costs['build_ratio']:.2f} times the bare time of embedder and "
            f"spaCy ({costs['bare_seconds']:.1f} s)"
        )
    else:
        click.echo(f"build: {costs['build_seconds']:.1f} s")
    click.echo(f"open: {costs['open_seconds']:.2f} s")
    if "build_peak_mb" in costs:
        click.echo(f"peak memory: build {costs['build_peak_mb']:,.0f} MiB, search {costs['search_peak_mb']:,.0f} MiB")


def _show_checks(checks: list[dict[str, Any]]) -> None:
    """Write what was expected and whether it was met."""
    if not checks:
        return
    rows = [["expected", "at", "measured", ""]]
    for check in checks:
        bound = f"≥ {check['least'] * 100:.1f}" if "least" in check else f"≤ {check['most']:,.4g}"
        measured = f"{check['measured'] * 100:.1f}" if "least" in check else f"{check['measured']:,.4g}"
        rows.append([check["name"], bound, measured, "met" if check["met"] else "MISSED"])
    click.echo()
    output.print_table(rows)
