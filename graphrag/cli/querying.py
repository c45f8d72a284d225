"""``graphrag ask --cypher``: a question answered by a statement that an LLM writes."""

import click

from graphrag.cli.cypher import show_table
from graphrag.cli.database import Place
from graphrag.cli.output import plain, print_json

__all__ = ["ask_cypher"]


def ask_cypher(question: str, place: Place, recipe: str | None, as_json: bool) -> None:
    """Answer a question by Cypher, and show the statement, the rows and the answer."""
    from graphrag.querying import cypher_answer_json

    with place.open(recipe) as rag:
        answer = rag.ask_cypher(question)
    if as_json:
        print_json(cypher_answer_json(answer))
        return
    for note in answer.notes:
        click.echo(f"{click.style('Note', fg='yellow')}: {plain(note)}", err=True)
    if answer.table is None:
        click.echo("No statement could be run.")
        return
    click.echo(click.style(answer.statement, dim=True))
    click.echo()
    show_table(answer.table, "table")
    click.echo()
    click.echo(plain(answer.text) if answer.found else "The rows were not put into words.")
