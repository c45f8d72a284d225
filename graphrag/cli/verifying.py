"""``graphrag verify`` and ``graphrag doctor``."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from graphrag import jsonable
from graphrag.cli import output
from graphrag.cli.database import graph_option, neo4j_option, published_ailment, verify_published
from graphrag.cli.options import filter_option, json_option, k_option, mode_option, workspace_option
from graphrag.errors import InputError, WorkspaceDamaged

__all__ = ["doctor", "verify"]

_LISTED = 50
# By whether an answer was checked.
_ADVICE = {
    False: "`graphrag doctor` repairs what can be derived in a workspace.",
    True: "check it with the -k, --mode and --filter that it was asked with, and with the documents it was asked of.",
}


@click.command(short_help="Check a workspace, or an answer against it.")
@click.argument("answer", metavar="[ANSWER.json]", required=False, type=click.Path(path_type=Path, dir_okay=False))
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
    """Check every statement of a workspace against its documents, or one answer that was written down.

    Without a file it checks files against their checksums, every passage, mention and quote against its document, every
    id and every reference, and writes the digest: equal documents and settings give equal digests on any machine.

    With a file, the output of "graphrag ask --json", it checks the answer's citations, quotes and path against the
    documents, then asks the question again and compares. An answer that was asked with -k, --mode or --filter is
    checked with the same options. The exit code is 6 when anything is wrong.
    """
    if uri is not None:
        verify_published(uri, workspace, graph, as_json)
        return
    if answer is None:
        if (k, mode, filters) != (None, None, None):
            raise click.UsageError("-k, --mode and --filter are for checking an ANSWER.json.")
        report = _workspace_report(workspace)
    else:
        options = {"k": k, "mode": mode, "filters": filters}
        report = _answer_report(answer, workspace, {name: value for name, value in options.items() if value})
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


def _answer_report(path: Path, workspace: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Check an answer: what it quotes, and whether the question is still answered so."""
    from graphrag.checking import answer_problems, differences
    from graphrag.engine import GraphRAG
    from graphrag.stores.workspace import Workspace

    said = _read_answer(path)
    with Workspace.open(workspace) as store:
        digest = store.meta("digest")
        problems = answer_problems(store, said)
    with GraphRAG.open(workspace) as rag:
        again = jsonable.answer_json(rag.ask(said["question"], **options))
    ignored = {"timings"}
    now = json.loads(json.dumps({key: value for key, value in again.items() if key not in ignored}))
    before = {key: value for key, value in said.items() if key not in ignored}
    changed = list(differences(before, now))
    report = {"sound": not problems and not changed, "digest": digest, "question": said["question"]}
    return {**report, "quotes_hold": not problems, "same_again": not changed, "problems": [*problems, *changed]}


def _read_answer(path: Path) -> dict[str, Any]:
    """Read what ``graphrag ask --json`` wrote."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: save the output of `graphrag ask --json`.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"The file {path} is not JSON ({error}): save the output of `graphrag ask --json`.") from error
    if not isinstance(said, dict) or not isinstance(said.get("question"), str) or not said["question"].strip():
        raise InputError(f"The file {path} holds no answer: save the output of `graphrag ask QUESTION --json`.")
    return said


def _show(report: dict[str, Any], name: str) -> None:
    """Write a report for people."""
    problems = report["problems"]
    for problem in problems[:_LISTED]:
        click.echo(f"{click.style('Wrong', fg='red')}: {output.plain(problem)}")
    if len(problems) > _LISTED:
        click.echo(f"… and {len(problems) - _LISTED:,} more; --json lists all")
    if problems:
        what = "problem" if len(problems) == 1 else "problems"
        click.echo(f"{name}: {len(problems):,} {what}; {_ADVICE['question' in report]}")
        return
    if "question" in report:
        click.echo(f"{name}: every quote stands in its document, and the question is answered so again.")
        return
    counts = ", ".join(f"{count:,} {kind}" for kind, count in report["counts"].items() if kind != "problems")
    click.echo(f"{name} is sound: {counts}; every span, id, reference and checksum was checked.")
    click.echo(f"digest {report['digest']}")
