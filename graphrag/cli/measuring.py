"""``graphrag bench quality`` and ``graphrag bench scale``: the tables and the chart that the documents show."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli import output
from graphrag.cli.benchmarks import build_corpus, folder_of, place_of, recipe_of
from graphrag.cli.evaluating import run_questions
from graphrag.cli.options import PathType, json_option, workers_option, workspace_option

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG
    from graphrag.evaluation import Outcome, Question
    from graphrag.evaluation.scale import Cost
    from graphrag.evaluation.tuning import Example

__all__ = ["quality", "scale"]

_SETS = ("2wiki", "2wiki-untitled", "musique", "musique-untitled")
_MODES = ("lexical", "basic", "rrf", "hybrid", "links", "ppr", "auto")
_METRICS = ("recall@2", "recall@5", "recall@10", "all_gold@5")
_SIZES = "1000,10000,100000,1000000"


@click.command(short_help="Compare all modes on benchmarks, with intervals.")
@click.argument("names", nargs=-1)
@click.option("--data", type=PathType(), help="Folder of the set, or of all sets. Default: the recipes'.")
@workspace_option(required=False, text="Keep the workspaces below here. Default: temporary ones.")
@click.option(
    "--cross-validated",
    is_flag=True,
    help="Instead of the modes: auto with weights that were not fitted on the questions scored (ten folds over all "
    "sets, three times), also in lower case and with a typo in a name, and fitted on the other sets alone.",
)
@workers_option
@json_option
def quality(
    names: tuple[str, ...],
    data: Path | None,
    workspace: Path | None,
    cross_validated: bool,
    workers: int | None,
    as_json: bool,
) -> None:
    """Build each benchmark (default: 2wiki and musique, with and without titles) once and score every mode on it.

    Writes a Markdown table of means in percent with 95 % intervals. rrf joins the rankings of lexical and basic by
    reciprocal ranks (Cormack, Clarke and Buettcher 2009), which no mode does.
    """
    if cross_validated:
        sets = dict(_each(names, data, workspace, workers, _examples))
        _show_out_of_sample(sets, as_json)
        return
    tables = dict(_each(names, data, workspace, workers, _summaries))
    if as_json:
        output.print_json(tables)
        return
    for name, summaries in tables.items():
        count = next(iter(summaries.values()))["all"]["questions"]
        click.echo(f"\n{name}, {count} questions\n")
        _print_markdown([["mode", *_METRICS, "median ms"], *(_row(mode, s) for mode, s in summaries.items())])


@click.command(short_help="Measure how cost grows with the corpus.")
@click.option("--sizes", default=_SIZES, show_default=True, help="Numbers of passages.")
@click.option("--chart", type=PathType(dir_okay=False), help="Write the chart here (SVG).")
@json_option
def scale(sizes: str, chart: Path | None, as_json: bool) -> None:
    """Build and ask synthetic corpora: Zipf entities and words, random unit vectors, four sentences a passage.

    Writes a Markdown table. Every size but 1,000 indexes a million passages: in all some minutes, 5 GB of memory and
    4 GB of temporary disk.
    """
    from graphrag.evaluation.chart import scaling_chart
    from graphrag.evaluation.scale import growth, measure

    numbers = sorted({_size(text) for text in sizes.split(",")})
    costs = []
    for number in numbers:
        click.echo(f"{number:,} passages …", err=True)
        costs.append(measure(number))
    if chart is not None:
        chart.write_text(scaling_chart(costs), encoding="utf-8")
    ratio = growth(costs)
    if as_json:
        output.print_json({"costs": [asdict(cost) for cost in costs], "growth": ratio})
        return
    _print_markdown(_scale_rows(costs))
    if ratio is not None:
        click.echo(f"\nProcessor time to index a passage at {numbers[-1]:,} over that at 10,000: {ratio:.2f}")


def _size(text: str) -> int:
    """Read a number of passages."""
    if not text.strip().isdigit() or int(text) < 1:
        raise click.BadParameter(f"{text!r} is no number of passages.", param_hint="--sizes")
    return int(text)


def _scale_rows(costs: "Sequence[Cost]") -> list[list[str]]:
    """Return the table of costs."""
    rows = [["passages", "index µs/passage", "of it processor", "disk MB", "peak MB: build", "search", "open s"]]
    rows[0] += ["search ms: median", "p95", "embedding", "nearest 10 found"]
    for cost in costs:
        row = [f"{cost.passages:,}", f"{cost.index_us:.1f}", f"{cost.index_cpu_us:.1f}", f"{cost.disk_mb:,.0f}"]
        row += [
            f"{cost.build_peak_mb:,.0f}",
            f"{cost.search_peak_mb:,.0f}",
            f"{cost.open_seconds:.2f}",
            f"{cost.search_ms_median:.1f}",
        ]
        row += [f"{cost.search_ms_p95:.1f}", f"{cost.embed_ms_median:.1f}"]
        rows.append([*row, "exact" if cost.recall is None else f"{cost.recall:.3f}"])
    return rows


def _each(
    names: tuple[str, ...],
    data: Path | None,
    workspace: Path | None,
    workers: int | None,
    measure: "Callable[[GraphRAG, list[Question]], Any]",
) -> "Iterator[tuple[str, Any]]":
    """Build each benchmark and yield its name and what ``measure`` makes of it and its questions."""
    from graphrag.engine import GraphRAG
    from graphrag.evaluation import read_questions

    for name in names or _SETS:
        full, recipe, expected = recipe_of(name)
        folder = folder_of(expected, data)
        questions = read_questions(folder / expected.data.questions, scored=True)
        with place_of(None if workspace is None else workspace / Path(name).stem) as place:
            build_corpus(place, full, recipe, folder, workers, {}, bare=False)
            with GraphRAG.open(place) as rag:
                yield name, measure(rag, questions)


def _examples(rag: "GraphRAG", questions: "list[Question]") -> "dict[str, list[Example]]":
    """Return the candidates of all questions, as they are and asked otherwise."""
    from graphrag.evaluation.tuning import examples_of
    from graphrag.evaluation.variants import VARIANTS

    ways: dict[str, Callable[[str], str]] = {"": str, **VARIANTS}
    return {how: examples_of(questions, rag.candidates, ask) for how, ask in ways.items()}


def _show_out_of_sample(asked: "Mapping[str, Mapping[str, Sequence[Example]]]", as_json: bool) -> None:
    """Write the scores by weights fitted on other questions."""
    from graphrag.evaluation.quality import out_of_sample
    from graphrag.evaluation.variants import VARIANTS

    sets = {name: ways[""] for name, ways in asked.items()}
    rows = out_of_sample(sets, {how: {name: ways[how] for name, ways in asked.items()} for how in VARIANTS})
    if as_json:
        output.print_json([asdict(row) for row in rows])
        return
    table = [["questions", "weights, asked", *_METRICS]]
    _print_markdown(table + [[f"{row.set}, {row.questions}", row.how, *_cells(row.scores)] for row in rows])


def _summaries(rag: Any, questions: "list[Question]") -> dict[str, Any]:
    """Return the summary of each mode's run."""
    from graphrag.evaluation import summarise

    runs: dict[str, list[Outcome]] = {}
    for mode in _MODES:
        if mode == "rrf":
            runs[mode] = _joined(runs["lexical"], runs["basic"], questions)
        else:
            runs[mode] = run_questions(rag, questions, answers=False, mode=mode)
    return {mode: summarise(outcomes) for mode, outcomes in runs.items()}


def _joined(
    first: "Sequence[Outcome]", second: "Sequence[Outcome]", questions: "Sequence[Question]"
) -> "list[Outcome]":
    """Return two runs joined by reciprocal ranks, with the usual constant of 60."""
    from graphrag.evaluation import Outcome, ranking_scores

    outcomes = []
    for a, b, question in zip(first, second, questions, strict=True):
        total: dict[str, float] = {}
        for ranked in (a.ranked, b.ranked):
            for rank, document in enumerate(ranked, 1):
                total[document] = total.get(document, 0.0) + 1.0 / (60 + rank)
        ranked = tuple(sorted(total, key=lambda document: (-total[document], document)))
        scores = ranking_scores(ranked, question.gold) if question.gold else {}
        outcomes.append(Outcome(a.id, a.type, ranked, a.search_ms + b.search_ms, scores=scores))
    return outcomes


def _row(mode: str, summary: Mapping[str, Any]) -> list[str]:
    """Return a mode's row of the quality table."""
    return [mode, *_cells(summary["all"]), f"{summary['search_ms']['median']:.0f}"]


def _cells(scores: Mapping[str, Any]) -> list[str]:
    """Return means in percent with their intervals."""
    return [
        f"{score['mean'] * 100:.1f} ({score['low'] * 100:.1f}–{score['high'] * 100:.1f})"
        for score in (scores[metric] for metric in _METRICS)
    ]


def _print_markdown(rows: Sequence[Sequence[str]]) -> None:
    """Write a Markdown table, the first column to the left and the others to the right."""
    click.echo("| " + " | ".join(rows[0]) + " |")
    click.echo("|---|" + "--:|" * (len(rows[0]) - 1))
    for row in rows[1:]:
        click.echo("| " + " | ".join(row) + " |")
