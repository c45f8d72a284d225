"""``graphrag search``, ``ask`` and ``explain``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphrag import jsonable
from graphrag.cli import output
from graphrag.cli.database import Place, place_options
from graphrag.cli.explaining import show_explanation
from graphrag.cli.options import PathType, filter_option, json_option, k_option, level_option, mode_option
from graphrag.errors import InputError

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG

__all__ = ["ask", "explain", "search"]

Result = TypeVar("Result")

_questions_option = click.option(
    "--questions",
    "file",
    type=PathType(),
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
@click.option("--llm/--no-llm", default=None, help="Whether an LLM words the answer. Default: the recipe's ask.llm.")
@click.option("--recipe", help="A recipe whose sections ask and llm are used instead of the workspace's.")
@click.option("--style", type=click.Choice(["short", "long"]), default="short", help="How much an LLM's answer says.")
@click.option(
    "--history",
    "talk",
    type=PathType(dir_okay=False),
    help='The turns before: JSON, a list of {"question", "answer"}, or what `ask --json` wrote.',
)
@click.option("--stream", is_flag=True, help="Write the steps of the answer as they come, one JSON object a line.")
@click.option("--cypher", is_flag=True, help="Answer by a Cypher statement that an LLM writes; it can only read.")
@json_option
def ask(
    question: str | None,
    place: Place,
    k: int | None,
    mode: str | None,
    level: int | None,
    file: Path | None,
    filters: dict[str, str] | None,
    llm: bool | None,
    recipe: str | None,
    style: str,
    talk: Path | None,
    stream: bool,
    cypher: bool,
    as_json: bool,
) -> None:
    """Answer a question from the documents, with the sentences that the answer rests on.

    Where the evidence is weak it says "Not found in these documents." and ends with exit code 0. With an LLM it is
    worded by it, and each of its sentences is checked against the evidence (docs/llm.md).
    """
    if cypher:
        from graphrag.cli.querying import ask_cypher

        ask_cypher(_one(question, file), place, recipe, as_json)
        return
    given = _given(k=k, mode=mode, level=level, filters=filters) | {"style": style, "history": _history(talk)}
    if stream:
        with place.open(recipe, llm) as rag:
            for event in rag.ask_stream(_one(question, file), **given):
                output.print_json(jsonable.event_json(event), indent=None)
        return

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
        {"recipe": recipe, "llm": llm},
    )


@click.command(short_help="Show the way from a question to its ranking.")
@click.argument("question")
@place_options
@k_option
@mode_option
@level_option
@filter_option
@click.option("--why-not", metavar="ID", help="A document that was expected: where it was lost.")
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
    asked = _worded(question)
    with place.open() as rag:
        explanation = rag.explain(asked, **_given(k=k, mode=mode, level=level, filters=filters, why_not=why_not))
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
    as_line: Callable[[str | int, Result], dict[str, Any]],
    asking: dict[str, Any] | None = None,
) -> None:
    """Run one question or a file of them, and write what comes back."""
    asking = asking or {}
    if (question is None) == (file is None):
        raise click.UsageError("Give one QUESTION, or --questions FILE.")
    if file is not None:
        from graphrag.evaluation import read_questions

        questions = read_questions(file)
        with place.open(**asking) as rag:
            for entry in questions:
                output.print_json(as_line(entry.id, run(rag, entry.question)), indent=None)
        return
    worded = _worded(question)
    with place.open(**asking) as rag:
        result = run(rag, worded)
    if as_json is None:
        show(result)
    else:
        output.print_json(as_json(result))


def _history(path: Path | None) -> list[tuple[str, str]]:
    """Read the turns of a conversation."""
    if path is None:
        return []
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        turns = [said] if isinstance(said, dict) else said
        return [(str(turn["question"]), str(turn["answer"])) for turn in turns]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f'The history {path} cannot be read ({error}): it is a JSON list of {{"question", "answer"}}.'
        ) from error


def _one(question: str | None, file: Path | None) -> str:
    """Return the one question that was given."""
    if file is not None:
        raise click.UsageError("--questions goes with neither --stream nor --cypher.")
    if question is None:
        raise click.UsageError("Give one QUESTION.")
    return _worded(question)


def _worded(question: str | None) -> str:
    """Return a question that says something."""
    if not question or not question.strip():
        raise click.UsageError("The question is empty.")
    return question


def _given(**options: Any) -> dict[str, Any]:
    """Return the options that were given; the recipe decides the others."""
    return {name: value for name, value in options.items() if value is not None}
