"""``graphrag tune``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli import output
from graphrag.cli.options import PathType, json_option, workspace_option

if TYPE_CHECKING:
    from graphrag.evaluation.tuning import Example

__all__ = ["tune"]

_SHOWN = ("recall@2", "recall@5", "recall@10", "mrr", "all_gold@5")


@click.command(short_help="Fit retrieval weights to questions with known evidence.")
@click.argument("questions", type=PathType())
@workspace_option()
@click.option(
    "--also",
    nargs=2,
    multiple=True,
    metavar="WORKSPACE QUESTIONS",
    type=PathType(),
    help="Fit on this workspace and its questions too; may be given several times. Each set weighs the same.",
)
@click.option(
    "--answers", is_flag=True, help="Fit the reader of short answers instead, to the answers of the questions."
)
@click.option("--out", type=PathType(dir_okay=False), help="Write the weights here as JSON.")
@json_option
def tune(
    questions: Path,
    workspace: Path,
    also: tuple[tuple[Path, Path], ...],
    answers: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Fit the weights of retrieval to QUESTIONS.json, a list of {id, question, gold}.

    The gain is measured by ten-fold cross-validation, on questions that the weights were not fitted on, against the
    weights in use, with a paired test; three divisions into folds are averaged. To use the weights, put them under
    ask: weights: in a recipe.

    With --answers the reader of short answers is fitted, to questions with {answers, gold}, by five-fold
    cross-validation. To use its weights, write them over pipelines/reader.json.
    """
    pairs = [(workspace, questions), *also]
    if answers:
        _tune_reader(pairs, out, as_json)
    else:
        _tune_retrieval(pairs, out, as_json)


def _tune_retrieval(pairs: list[tuple[Path, Path]], out: Path | None, as_json: bool) -> None:
    """Fit the weights of retrieval."""
    from graphrag.evaluation.tuning import tune as fit
    from graphrag.retrieval.fusion import FEATURES, weight_vector

    tuning = fit([_examples(*pair) for pair in pairs], weight_vector({}).astype("float64"))
    weights = {name: round(float(value), 3) for name, value in zip(FEATURES, tuning.weights, strict=True)}
    result: dict[str, Any] = {
        "fitted_on": [_name(place, file) for place, file in pairs],
        "questions": tuning.questions,
        "command": "graphrag tune",
        "weights": weights,
        "cross_validated": {metric: tuning.gains[metric] for metric in _SHOWN},
        "sets": {
            _name(place, file): {metric: round(sum(scored[metric]) / len(scored[metric]), 4) for metric in _SHOWN}
            for (place, file), scored in zip(pairs, tuning.scores, strict=True)
        },
    }
    if out is not None:
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if as_json:
        output.print_json(result)
        return
    _show_gains(tuning.gains)
    if len(pairs) > 1:
        click.echo()
        sets = [
            [name, *(f"{scores[metric] * 100:.1f}" for metric in _SHOWN)] for name, scores in result["sets"].items()
        ]
        output.print_table([["set, cross-validated", *_SHOWN], *sets])
    click.echo(f"\n{tuning.questions} questions, ten-fold cross-validation. For a recipe:\n\nask:\n  weights:")
    for name, value in weights.items():
        click.echo(f"    {name}: {value}")


def _show_gains(gains: Mapping[str, Mapping[str, float]]) -> None:
    """Show what fitted weights gain on questions that they were not fitted on."""
    rows = [["metric", "now", "tuned", "gain", "95 % interval", "p"]]
    for metric in _SHOWN:
        test = gains[metric]
        means = [f"{test['a'] * 100:.1f}", f"{test['b'] * 100:.1f}", f"{test['difference'] * 100:+.1f}"]
        rows.append([metric, *means, f"{test['low'] * 100:+.1f} to {test['high'] * 100:+.1f}", f"{test['p']:.4f}"])
    output.print_table(rows)


def _tune_reader(pairs: list[tuple[Path, Path]], out: Path | None, as_json: bool) -> None:
    """Fit the reader of short answers."""
    from graphrag.answering.spotting import shipped_reader
    from graphrag.engine import GraphRAG
    from graphrag.evaluation import read_questions
    from graphrag.evaluation.fitting_reader import fit_reader, read_choices

    sets = []
    for place, file in pairs:
        with GraphRAG.open(place) as rag:
            sets.append(read_choices(read_questions(file, scored=True), rag.choices))
    fitted = fit_reader(sets, shipped_reader()["weights"])
    names = [_name(*pair) for pair in pairs]
    result = {
        "fitted_on": names,
        "questions": fitted.questions,
        "command": "graphrag tune --answers",
        "f1_cross_validated": {name: round(f1, 1) for name, f1 in zip(names, fitted.f1, strict=True)},
        "gain": fitted.gain,
        "weights": fitted.weights,
        "surety": fitted.surety,
    }
    if out is not None:
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if as_json:
        output.print_json(result)
        return
    output.print_table(
        [["set", "F1, cross-validated"], *([n, f"{f:.1f}"] for n, f in zip(names, fitted.f1, strict=True))]
    )
    gain = fitted.gain
    click.echo(
        f"\n{fitted.questions} questions; F1 {gain['a'] * 100:.1f} now, {gain['b'] * 100:.1f} tuned "
        f"({gain['low'] * 100:+.1f} to {gain['high'] * 100:+.1f}, p {gain['p']:.4f})."
    )


def _name(place: Path, file: Path) -> str:
    """Return what a question set is called: its workspace and its file."""
    return f"{place.name}: {file.parent.name}/{file.name}"


def _examples(workspace: Path, file: Path) -> "list[Example]":
    """Retrieve the candidates of all questions of a set."""
    from graphrag.engine import GraphRAG
    from graphrag.evaluation import read_questions
    from graphrag.evaluation.tuning import examples_of

    questions = read_questions(file, scored=True)
    with GraphRAG.open(workspace) as rag:
        return examples_of(questions, rag.candidates)
