"""How an explanation looks to people; programs take it whole with ``--json``."""

from collections.abc import Mapping
from typing import Any

import click

from graphrag.cli.output import outline, plain, print_table

__all__ = ["show_explanation"]

_TOP = 3


def show_explanation(explanation: Mapping[str, Any]) -> None:
    """Write the way from a question to its ranking: the plan, the passages, what each feature says, the times.

    Parameters
    ----------
    explanation : Mapping[str, Any]
        What :meth:`graphrag.engine.GraphRAG.explain` returns.
    """
    names = ", ".join(plain(name["name"]) for name in explanation["names"]) or "none"
    _title("Question")
    plan = {"asked": explanation["question"], "kind": explanation["kind"], "names in it": names}
    outline({**plan, "without them": explanation["residual"]})
    for number, part in enumerate(explanation["sub_questions"], 1):
        click.echo(f"{number}. {plain(part)}")
    if "overview" in explanation:
        _show_overview(explanation["overview"])
    cited = explanation["mode"] in ("local", "global", "drift")
    _title("Passages cited" if cited else f"Passages (of {explanation['candidates']:,} candidates)")
    for rank, passage in enumerate(explanation["passages"], 1):
        _show_passage(rank, passage)
    _title("What each feature puts first")
    rows = [["feature", "weight"]]
    for name, said in explanation["retrievers"].items():
        rows.append([name, f"{said['weight']:.2f}"])
    firsts = [
        "; ".join(f"{plain(top['title'] or top['document_id'])} {top['value']:.2f}" for top in said["top"][:_TOP])
        for said in explanation["retrievers"].values()
    ]
    print_table(rows, ["first", *firsts])
    _title("Times")
    outline({stage: f"{milliseconds:.1f} ms" for stage, milliseconds in explanation["timings_ms"].items()})
    if "why_not" in explanation:
        _title("Why not")
        outline({name: _in_words(value) for name, value in explanation["why_not"].items()})


def _in_words(value: Any) -> Any:
    """Return a mapping as text."""
    return ", ".join(f"{name} {number}" for name, number in value.items()) if isinstance(value, Mapping) else value


def _show_overview(overview: Mapping[str, Any]) -> None:
    """Write how an answer of several sentences came about: the way down the tree of communities, and what was told."""
    _title(f"Answered by {overview['mode']}, confidence {overview['confidence']:.2f}")
    reports = overview["reports"]
    if reports is not None:
        words = ", ".join(reports["words"]) or "none: the most important communities are told"
        click.echo(f"words looked for: {plain(words)}")
        for verb in ("divided", "read"):
            for report in reports[verb]:
                title = f"{plain(report['title'])} (level {report['level']}, {report['community_id']})"
                click.echo(f"{verb:>9}  {report['score']:.3f}  {title}")
    for section in overview["sections"]:
        click.echo(
            f"     told  {section['score']:.3f}  {plain(section['title'])}: {len(section['statements'])} sentences"
        )


def _show_passage(rank: int, passage: Mapping[str, Any]) -> None:
    """Write one passage with what speaks for it."""
    title = plain(passage["title"] or passage["document_id"])
    click.echo(f"{rank:>3}  {passage['score']:.3f}  {click.style(title, bold=True)}  {plain(passage['document_id'])}")
    click.echo("     " + ", ".join(f"{name} {share:.2f}" for name, share in passage["found_by"].items()))
    for step in passage["path"] if len(passage["path"]) > 1 else []:
        said = f": {plain(step['sentence']['quote'])}" if step["sentence"] else ""
        click.echo(f"     → {plain(step['entity'])} ({plain(step['document_id'])}){said}")


def _title(text: str) -> None:
    """Write the head of a section."""
    click.echo(click.style(text, bold=True, underline=True))
