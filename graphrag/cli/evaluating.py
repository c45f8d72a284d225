"""``graphrag eval``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli import output
from graphrag.cli.missing import misses_of, show_misses
from graphrag.cli.options import PathType, json_option, mode_option, workspace_option

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG
    from graphrag.evaluation import Outcome, Question

__all__ = ["evaluate", "run_questions", "show_summary"]

# Passages to ask for: enough for ten documents also where a document has several passages.
DEPTH = 30


@click.command("eval", short_help="Score a workspace on questions, or compare two runs.")
@click.argument("questions", required=False, type=PathType())
@workspace_option(required=False)
@click.option("--answers", is_flag=True, help="Ask every question too, and score the answers (EM, F1).")
@mode_option
@click.option(
    "-k",
    type=click.IntRange(1, 200),
    default=DEPTH,
    show_default=True,
    help="Number of passages to rank. Scores count documents: one that appears by several passages counts once, at "
    "its best.",
)
@click.option("--misses", is_flag=True, help="Say where each piece of evidence not among the first 10 was lost.")
@click.option("--out", type=PathType(dir_okay=False), help="Write every question's outcome here.")
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    type=PathType(),
    help="Compare two files written by --out: difference B - A with its interval, and p of a paired permutation test.",
)
@json_option
def evaluate(
    questions: Path | None,
    workspace: Path | None,
    answers: bool,
    mode: str | None,
    k: int,
    misses: bool,
    out: Path | None,
    compare: tuple[Path, Path] | None,
    as_json: bool,
) -> None:
    """Score a workspace on QUESTIONS.json, a list of {id, question, gold, answers, type}.

    gold lists the ids of the documents that hold the evidence. Means come with 95 % bootstrap intervals.
    """
    if compare is not None:
        if questions is not None:
            raise click.UsageError("--compare takes two results files and no QUESTIONS.json.")
        _compare(compare, as_json)
        return
    if questions is None:
        raise click.UsageError("Give QUESTIONS.json, or --compare A B.")
    if workspace is None:
        raise click.UsageError("Missing option '-w' / '--workspace'.")
    from graphrag.engine import GraphRAG
    from graphrag.evaluation import read_questions, results_of, write_results

    entries = read_questions(questions, scored=True)
    with GraphRAG.open(workspace) as rag:
        outcomes = run_questions(rag, entries, answers=answers, mode=mode, k=k)
        lost = misses_of(rag, entries, outcomes, mode) if misses else []
    results = results_of(outcomes, {"questions_file": questions.name, "mode": mode or "recipe", "k": k})
    if misses:
        results["misses"] = lost
    if out is not None:
        write_results(out, results)
    if as_json:
        output.print_json({key: value for key, value in results.items() if key != "questions"})
    else:
        show_summary(results["summary"])
        if misses:
            show_misses(lost)


def run_questions(
    rag: "GraphRAG", questions: "list[Question]", *, answers: bool, mode: str | None, k: int = DEPTH
) -> "list[Outcome]":
    """Run a question set, showing how far it is."""
    from graphrag.cli.progress import stage_progress
    from graphrag.evaluation import evaluate as run

    how: dict[str, Any] = {} if mode is None else {"mode": mode}

    def search(text: str) -> list[str]:
        return [found.chunk.document_id for found in rag.search(text, k=k, **how).passages]

    def ask(text: str) -> str:
        answer: str = rag.ask(text, **how).text
        return answer

    with stage_progress() as progress:
        progress.start("questions", len(questions))
        outcomes = run(questions, search, ask if answers else None, progress.advance)
        progress.finish(f"{len(questions):,} questions")
    return outcomes


def show_summary(summary: Mapping[str, Any]) -> None:
    """Write the table of scores in percent, by question type, then latency and answers."""
    from graphrag.evaluation import ANSWER_METRICS, RANKING_METRICS

    overall = summary["all"]
    metrics = [metric for metric in (*RANKING_METRICS, *ANSWER_METRICS) if metric in overall]
    groups = [("all", overall), *summary["types"].items()]

    def cells(values: Mapping[str, Any]) -> list[str]:
        return [f"{values[metric]['mean'] * 100:.1f}" if metric in values else "" for metric in metrics]

    intervals = [f"{overall[metric]['low'] * 100:.1f}-{overall[metric]['high'] * 100:.1f}" for metric in metrics]
    rows = [[output.plain(name), str(values["questions"]), *cells(values)] for name, values in groups]
    output.print_table([["questions", "n", *metrics], rows[0], ["95 % interval", "", *intervals], *rows[1:]])
    for name in ("search_ms", "ask_ms"):
        if summary.get(name):
            latency = summary[name]
            click.echo(f"{name.removesuffix('_ms')}: median {latency['median']:.1f} ms, p95 {latency['p95']:.1f} ms")
    if "answers" in summary:
        click.echo(f"answers: {summary['answers']['answered']} given, {summary['answers']['refused']} refused")


def _compare(files: tuple[Path, Path], as_json: bool) -> None:
    """Compare two results files."""
    from graphrag.evaluation import compare, read_results

    compared = compare(read_results(files[0]), read_results(files[1]))
    if as_json:
        output.print_json(compared)
        return
    rows = [["metric", "A", "B", "B - A", "95 % interval", "p"]]
    for metric, test in compared["metrics"].items():
        interval = f"{test['low'] * 100:+.1f} to {test['high'] * 100:+.1f}"
        means = [f"{test['a'] * 100:.1f}", f"{test['b'] * 100:.1f}", f"{test['difference'] * 100:+.1f}"]
        rows.append([metric, *means, interval, f"{test['p']:.4f}"])
    output.print_table(rows)
    click.echo(
        f"{compared['questions']} questions in both, {compared['only_a']} only in A, {compared['only_b']} only in B"
    )
