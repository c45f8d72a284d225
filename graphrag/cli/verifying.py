"""``graphrag verify`` and ``graphrag doctor``."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from graphrag.cli import output
from graphrag.cli.database import graph_option, neo4j_option, published_ailment, verify_published
from graphrag.cli.options import PathType, filter_option, json_option, k_option, mode_option, workspace_option
from graphrag.cli.written import report_on_answers
from graphrag.errors import WorkspaceDamaged

__all__ = ["doctor", "verify"]

_LISTED = 50
# By whether an answer was checked.
_ADVICE = {
    False: "`graphrag doctor` repairs what can be derived in a workspace.",
    True: "check it with the -k, --mode and --filter that it was asked with, and with the documents it was asked of.",
}


@click.command(short_help="Check a workspace, or answers against it.")
@click.argument("answer", metavar="[ANSWER.json|ANSWERS.jsonl]", required=False, type=PathType(dir_okay=False))
@workspace_option()
@k_option
@mode_option
@filter_option
@neo4j_option(text="Compare the graph published there with the workspace: ")
@graph_option
@json_option
def verify(
    answer: Path | None,
    workspace: Path,
    k: int | None,
    mode: str | None,
    filters: dict[str, str] | None,
    uri: str | None,
    graph: str,
    as_json: bool,
) -> None:
    """Check every statement of a workspace against its documents, or answers that were written down.

    Without a file it checks files against their checksums, every passage, mention and quote against its document, every
    id and every reference, and writes the digest: equal documents and settings give equal digests on any machine.

    With a file, the output of "graphrag ask --json", it checks the answer's citations, quotes and path against the
    documents, then asks the question again and compares; of the output of "graphrag ask --questions" it checks every
    line. What was asked with -k, --mode or --filter is checked with the same options. The exit code is 6 when anything
    is wrong.
    """
    if uri is not None:
        verify_published(uri, workspace, graph, as_json)
        return
    if answer is None:
        if (k, mode, filters) != (None, None, None):
            raise click.UsageError("-k, --mode and --filter are for checking answers.")
        report = _workspace_report(workspace)
    else:
        options = {"k": k, "mode": mode, "filters": filters}
        report = report_on_answers(answer, workspace, {name: value for name, value in options.items() if value})
    if as_json:
        output.print_json(report)
    else:
        _show(report, str(answer or workspace))
    if report["problems"]:
        raise click.exceptions.Exit(WorkspaceDamaged.exit_code)


@click.command(short_help="Find what is wrong with a workspace, and repair what can be derived.")
@workspace_option()
@click.option("--dry-run", is_flag=True, help="Only look; change nothing.")
@click.option("--rebuild", is_flag=True, help="Build its documents again where another version or model made it.")
@click.option("--accept-loss", is_flag=True, help="Go on with the documents that can be read, where some are lost.")
@neo4j_option(text="Look at the graph published there too: ")
@graph_option
@json_option
def doctor(
    workspace: Path, dry_run: bool, rebuild: bool, accept_loss: bool, uri: str | None, graph: str, as_json: bool
) -> None:
    """Find damage, drift and half-finished work, and repair what can be derived.

    Documents are the one thing that cannot be derived, and a second copy of them is kept: as long as one of the two is
    whole, everything else is made again, arrays, graph and reports, and compared with the digest that was noted. A
    published graph is read and compared; what to run is said. The exit code is 6 when damage remains.
    """
    from graphrag.cli.progress import stage_progress
    from graphrag.repairing import Ailment, examine

    with stage_progress() as progress:
        found = examine(workspace, repair=not dry_run, rebuild=rebuild, accept_loss=accept_loss, progress=progress)
    if uri is not None and all(ailment.cured or ailment.kind != "damage" for ailment in found):
        wrong = published_ailment(uri, workspace, graph)
        found += [Ailment(*wrong, cured=False)] if wrong else []
    if as_json:
        output.print_json({"found": [asdict(ailment) for ailment in found]})
    else:
        for ailment in found:
            colour = "green" if ailment.cured else "red" if ailment.kind == "damage" else "yellow"
            click.echo(f"{click.style(ailment.kind.capitalize(), fg=colour)}: {output.plain(ailment.what)}")
            click.echo(f"  {output.plain(ailment.done)}")
        if not found:
            click.echo(f"{workspace} is sound and finished, and what is installed made it.")
    if any(ailment.kind == "damage" and not ailment.cured for ailment in found):
        raise click.exceptions.Exit(WorkspaceDamaged.exit_code)


def _workspace_report(path: Path) -> dict[str, Any]:
    """Check a workspace."""
    from graphrag.stores.workspace import Workspace

    try:
        with Workspace.open(path) as workspace:
            problems = workspace.audit()
            digest = workspace.meta("digest") if problems else workspace.digest()
            counts = {} if problems else workspace.counts()
    except WorkspaceDamaged as error:
        return {"sound": False, "digest": None, "counts": {}, "problems": [str(error)]}
    return {"sound": not problems, "digest": digest, "counts": counts, "problems": problems}


def _show(report: dict[str, Any], name: str) -> None:
    """Write a report for people."""
    problems = report["problems"]
    for problem in problems[:_LISTED]:
        click.echo(f"{click.style('Wrong', fg='red')}: {output.plain(problem)}")
    if len(problems) > _LISTED:
        click.echo(f"… and {len(problems) - _LISTED:,} more; --json lists all")
    if problems:
        what = "problem" if len(problems) == 1 else "problems"
        failing = _failing(report["answers"]) if "answers" in report else ""
        click.echo(f"{name}: {len(problems):,} {what}{failing}; {_ADVICE['counts' not in report]}")
        return
    if "answers" in report:
        silent = sum(answer["same_again"] is None for answer in report["answers"])
        again = "every question is answered so again"
        if silent:
            lines = "line says" if silent == 1 else "lines say"
            again = f"{silent:,} {lines} no question, and every other one is answered so again"
        answers = "answer" if len(report["answers"]) == 1 else "answers"
        click.echo(f"{name}: {len(report['answers']):,} {answers}, every quote stands in its document, and {again}.")
        return
    if "question" in report:
        click.echo(f"{name}: every quote stands in its document, and the question is answered so again.")
        return
    counts = ", ".join(f"{count:,} {kind}" for kind, count in report["counts"].items() if kind != "problems")
    click.echo(f"{name} is sound: {counts}; every span, id, reference and checksum was checked.")
    click.echo(f"digest {report['digest']}")


def _failing(answers: list[dict[str, Any]]) -> str:
    """Say which of many answers fail."""
    lines = [answer["line"] for answer in answers if answer["problems"]]
    shown = ", ".join(map(str, lines[:_LISTED])) + (", …" if len(lines) > _LISTED else "")
    return f" in {len(lines):,} of {len(answers):,} answers, of line{'s' if len(lines) > 1 else ''} {shown}"
