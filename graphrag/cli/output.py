"""How results look: JSON for programs, text for people."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from graphrag.types import Answer, SearchResult, Step

__all__ = [
    "outline",
    "print_json",
    "print_table",
    "show_answer",
    "show_search",
    "spoken",
]

# Documents must not be able to move the cursor or colour the terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_LONGEST_QUOTE = 240
_MOST_REASONS = 4

# The participles that no rule gives; the rule is the letter rule of regular English verbs.
_PARTICIPLES = {
    "bear": "born",
    "bring": "brought",
    "build": "built",
    "choose": "chosen",
    "do": "done",
    "draw": "drawn",
    "find": "found",
    "give": "given",
    "know": "known",
    "lead": "led",
    "make": "made",
    "run": "run",
    "see": "seen",
    "set": "set",
    "take": "taken",
    "win": "won",
    "write": "written",
}


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Write a value as JSON to stdout; ``indent=None`` gives one line."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    click.echo(json.dumps(value, ensure_ascii=encoding != "utf8", indent=indent))


def show_search(result: "SearchResult") -> None:
    """Write ranked passages for people: rank, score, title, document, why it was found, and its best sentence."""
    if not result.passages:
        click.echo("Nothing found.")
    for rank, found in enumerate(result.passages, 1):
        title = plain(found.chunk.title) or plain(found.chunk.document_id)
        head = click.style(f"{rank:>3}", dim=True) + f"  {found.score:.3f}  " + click.style(title, bold=True)
        click.echo(f"{head}  {click.style(plain(found.chunk.document_id), dim=True)}")
        reasons = ", ".join(sorted(found.found_by, key=lambda name: (-found.found_by[name], name))[:_MOST_REASONS])
        path = spoken_path(found.path) if len(found.path) > 1 else ""
        click.echo(f"     {'; '.join(part for part in (reasons, path) if part)}")
        sentence = found.quotes[0].text if found.quotes else found.chunk.text
        click.echo(f"     “{_shorten(plain(sentence))}”")


def show_answer(answer: "Answer") -> None:
    """Write an answer for people: its text, confidence, numbered citations, and the path between them."""
    for note in answer.notes:
        click.echo(f"{click.style('Note', fg='yellow')}: {plain(note)}", err=True)
    if not answer.found:
        click.echo("Not found in these documents.")
        return
    sections = answer.text.split("\n\n")
    way = f", {answer.plan.kind}" if "\n" in answer.text else ""  # several sentences: say where they come from
    confidence = click.style(f"(confidence {answer.confidence:.2f}{way})", dim=True)
    for number, section in enumerate(sections):
        title, _, body = section.partition("\n")
        click.echo(f"{click.style(plain(title), bold=not answer.usage)}{'' if number else f'  {confidence}'}")
        if body:
            click.echo(plain(body) + "\n")
    for number, quote in enumerate(answer.citations, 1):
        page = "" if quote.page is None else f", page {quote.page}"
        where = click.style(f"{plain(quote.document_id)} {quote.span.start}-{quote.span.end}{page}", dim=True)
        click.echo(f"  [{number}] “{_shorten(plain(quote.text))}”  {where}")
    if answer.path:
        click.echo(f"  {spoken_path(answer.path)}")


def spoken_path(path: "Sequence[Step]") -> str:
    """Return a path as ``A —directed by→ B —spouse→ C``."""
    text = ""
    for number, step in enumerate(path):
        relation = plain(spoken(step.predicate)) if step.predicate else ""
        link = f" —{relation}→ " if relation else " — "
        text += (link if number else "") + plain(step.name)
    return text


def spoken(predicate: str) -> str:
    """Return a predicate of lemmas as people say it: "direct by" gives "directed by", "have spouse" gives "spouse"."""
    verb, _, rest = predicate.partition(" ")
    if verb == "be":
        return f"is {rest}".strip()
    if verb == "have" and rest:
        return rest
    said_already = verb.endswith("ed") or verb in _PARTICIPLES.values()
    if said_already or rest not in {"as", "at", "by", "from", "in", "near", "of", "on", "to"}:
        return predicate
    regular = verb + ("d" if verb.endswith("e") else "ed")
    if re.search(r"[^aeiou]y$", verb):
        regular = verb[:-1] + "ied"
    return f"{_PARTICIPLES.get(verb, regular)} {rest}"


def outline(value: object, depth: int = 0) -> None:
    """Write nested mappings and lists as an indented outline."""
    pad = "  " * depth
    if isinstance(value, Mapping):
        width = max((len(str(key)) for key, item in value.items() if not _nested(item)), default=0)
        for key, item in value.items():
            if _nested(item):
                click.echo(f"{pad}{plain(str(key))}:")
                outline(item, depth + 1)
            else:
                click.echo(f"{pad}{plain(str(key)):<{width}}  {_scalar(item)}")
    elif isinstance(value, list | tuple):
        for item in value:
            if isinstance(item, Mapping) and not any(_nested(part) for part in item.values()):
                click.echo(f"{pad}- " + ", ".join(f"{plain(str(key))} {_scalar(part)}" for key, part in item.items()))
            elif _nested(item):
                click.echo(f"{pad}-")
                outline(item, depth + 1)
            else:
                click.echo(f"{pad}- {_scalar(item)}")
    else:
        click.echo(f"{pad}{_scalar(value)}")


def print_table(rows: Iterable[Sequence[str]], notes: Sequence[str] = ()) -> None:
    """Write rows in columns, the first to the left and the others to the right, and a note of any length after each."""
    table = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in table if column < len(row)) for column in range(max(map(len, table)))]
    for number, row in enumerate(table):
        cells = [
            cell.ljust(widths[0]) if column == 0 else cell.rjust(widths[column]) for column, cell in enumerate(row)
        ]
        click.echo("  ".join([*cells, *notes[number : number + 1]]).rstrip())


def plain(text: str) -> str:
    """Return text on one line without control characters."""
    return _CONTROL.sub(" ", text).strip()


def _shorten(text: str) -> str:
    """Cut a long quote for people; JSON has it whole."""
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1].rstrip() + "…"


def _nested(value: object) -> bool:
    """Tell whether a value needs lines of its own."""
    return isinstance(value, Mapping | list | tuple) and bool(value)


def _scalar(value: object) -> str:
    """Return a value without parts as text."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if value is None or value == [] or value == {} or value == ():
        return "none"
    return plain(f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value))
