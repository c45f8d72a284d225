"""``graphrag search``, ``ask`` and ``explain``."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphrag import jsonable
from graphrag.cli import output
from graphrag.cli.database import Place, place_options
from graphrag.cli.explaining import show_explanation
from graphrag.cli.options import filter_option, json_option, k_option, level_option, mode_option

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG

__all__ = ["ask", "explain", "search"]

Result = TypeVar("Result")

_questions_option = click.option(
    "--questions",
    "file",
    type=click.Path(path_type=Path),
    help='A JSON list of {"id", "question"}, other fields ignored; writes one JSON object a line.',
)


@click.command(short_help="Find passages, and say why each was found.")
@click.argument("question", required=False)
@place_options
@k_option
@mode_option
@level_option
@_questions_option
@filter_option
@json_option
def search(
    question: str | None,
    place: Place,
    k: int | None,
    mode: str | None,
    level: int | None,
    file: Path | None,
    filters: dict[str, str] | None,
    as_json: bool,
) -> None:
    """Find the passages that bear on a question, best first, and say why each was found."""
    given = _given(k=k, mode=mode, level=level, filters=filters)

    def find(rag: "GraphRAG", text: str) -> Any:
        return rag.search(text, **given)

    _each(
        question, file, place, find, output.show_search, jsonable.search_json if as_json else None, jsonable.search_line
    )


@click.command(short_help="Answer a question, with citations.")
@click.argument("question", required=False)
@place_options
@k_option
@mode_option
@level_option
@_questions_option
@filter_option
@json_option
def ask(
    question: str | None,
    place: Place,
    k: int | None,
    mode: str | None,
    level: int | None,
    file: Path | None,
    filters: dict[str, str] | None,
    as_json: bool,
) -> None:
    """Answer a question from the documents, with the sentences that the answer rests on.

    Where the evidence is weak it says "Not found in these documents." and ends with exit code 0.
    """
    given = _given(k=k, mode=mode, level=level, filters=filters)

    def answer(rag: "GraphRAG", text: str) -> Any:
        return rag.ask(text, **given)

    _each(
        question,
        file,
        place,
        answer,
        output.show_answer,
        jsonable.answer_json if as_json else None,
        jsonable.answer_line,
    )


@click.command(short_help="Show the way from a question to its ranking.")
@click.argument("question")
@place_options
@k_option
@mode_option
@level_option
@filter_option
@click.option("--why-not", metavar="ID", help="A document or passage that was expected: where it was lost.")
@json_option
def explain(
    question: str,
    place: Place,
    k: int | None,
    mode: str | None,
    level: int | None,
    filters: dict[str, str] | None,
    why_not: str | None,
    as_json: bool,
) -> None:
    """Show the whole way from a question to its ranking: plan, every retriever's list, and scores by feature."""
    with place.open() as rag:
        explanation = rag.explain(question, **_given(k=k, mode=mode, level=level, filters=filters, why_not=why_not))
    if as_json:
        output.print_json(explanation)
    else:
        show_explanation(explanation)


def _each(
    question: str | None,
    file: Path | None,
    place: Place,
    run: "Callable[[GraphRAG, str], Result]",
    show: Callable[[Result], None],
    as_json: Callable[[Result], dict[str, Any]] | None,
    as_line: Callable[[str, Result], dict[str, Any]],
) -> None:
    """Run one question or a file of them, and write what comes back."""
    if (question is None) == (file is None):
        raise click.UsageError("Give one QUESTION, or --questions FILE.")
    if question is not None:
        if not question.strip():
            raise click.UsageError("The question is empty.")
        with place.open() as rag:
            result = run(rag, question)
        if as_json is None:
            show(result)
        else:
            output.print_json(as_json(result))
        return
    from graphrag.evaluation import read_questions

    if file is not None:
        questions = read_questions(file)
        with place.open() as rag:
            for entry in questions:
                output.print_json(as_line(entry.id, run(rag, entry.question)), indent=None)


def _given(**options: Any) -> dict[str, Any]:
    """Return the options that were given; the recipe decides the others."""
    return {name: value for name, value in options.items() if value is not None}
