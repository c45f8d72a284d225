"""``graphrag entities`` and ``graphrag conflicts``: what people decide about names, and what sources disagree about."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrag.cli import output
from graphrag.cli.building import show_report
from graphrag.cli.changing import opened_for_change
from graphrag.cli.options import PathType, json_option, workspace_option
from graphrag.errors import InputError

if TYPE_CHECKING:
    from graphrag.resolution.links import Link
    from graphrag.stores.workspace import Workspace
    from graphrag.types import Entity, Fact

__all__ = ["conflicts", "entities"]


@click.group(short_help="Merge, split and rename entities, and undo it.")
def entities() -> None:
    """Merge, split and rename entities; every decision can be undone and survives rebuilds.

    The decisions are lines of the file links.tsv in the workspace, which can be kept under version control and used for
    another workspace with "graphrag entities apply". Entities are named by any of their names or by their id.
    """


@entities.command()
@click.argument("name")
@click.argument("into")
@workspace_option()
@json_option
def merge(name: str, into: str, workspace: Path, as_json: bool) -> None:
    """Make all names of the entity NAME names of the entity INTO."""
    with _store(workspace) as store:
        one, other = _entity(store, name), _entity(store, into)
        if one.id == other.id:
            raise InputError(f"{name!r} and {into!r} are one entity already ({one.name!r}): there is nothing to merge.")
        link = ("same", _key_name(one), _key_name(other))
    _decide(workspace, link, as_json)


@entities.command()
@click.argument("name")
@click.argument("apart_from", metavar="FROM")
@workspace_option()
@json_option
def split(name: str, apart_from: str, workspace: Path, as_json: bool) -> None:
    """Make NAME an entity of its own, not a name of the entity FROM; two that are apart stay so in later builds."""
    from graphrag.text import name_key

    with _store(workspace) as store:
        whole = _entity(store, apart_from)
        written = {name_key(form): form for form in (whole.name, *whole.aliases)}
        if name_key(name) not in written and (lone := _entity(store, name)).id != whole.id:
            written[name_key(name)] = _key_name(lone)  # two entities that are to stay two
        if name_key(name) not in written or len(written) < 2:
            shown = ", ".join(repr(form) for form in written.values())
            raise InputError(f"{name!r} is no name of {whole.name!r} beside others; its names are {shown}.")
        other = next(form for key, form in written.items() if key != name_key(name))
        keep = _key_name(whole)
        link = ("apart", written[name_key(name)], keep if name_key(keep) != name_key(name) else other)
    _decide(workspace, link, as_json)


@entities.command()
@click.argument("name")
@click.argument("new_name", metavar="NEW")
@workspace_option()
@json_option
def rename(name: str, new_name: str, workspace: Path, as_json: bool) -> None:
    """Call the entity NAME by a NEW name; the old one stays one of its names."""
    from graphrag.text import name_key

    if not name_key(new_name):
        raise InputError(f"{new_name!r} holds no word: entities are found by the words of their names.")
    with _store(workspace) as store:
        link = ("name", _key_name(_entity(store, name)), " ".join(new_name.split()))
    _decide(workspace, link, as_json)


@entities.command()
@click.argument("number", required=False, type=click.IntRange(1))
@workspace_option()
@json_option
def undo(number: int | None, workspace: Path, as_json: bool) -> None:
    """Take back the last decision, or decision NUMBER of "graphrag entities decisions"; the digest is as before."""
    with opened_for_change(workspace) as (rag, progress):
        links = rag.decisions()
        if not links or (number or 1) > len(links):
            raise InputError(f"The workspace {workspace} holds {len(links)} decisions: there is no such one to undo.")
        gone = links.pop((number or len(links)) - 1)
        report = rag.decide(links, progress=progress)
    click.echo(f"Undone: {_said(gone)}", err=True)
    show_report(report, workspace, as_json)


@entities.command()
@click.argument("file", type=PathType(dir_okay=False))
@workspace_option()
@json_option
def apply(file: Path, workspace: Path, as_json: bool) -> None:
    """Follow the decisions of a FILE instead of those of the workspace, which are said and forgotten."""
    from graphrag.resolution.links import read_link_file

    links = read_link_file(file)
    with opened_for_change(workspace) as (rag, progress):
        before = rag.decisions()
        report = rag.decide(links, progress=progress)
    for word, some, others in (("Undone", before, links), ("Decided", links, before)):
        for link in (link for link in some if link not in others):
            click.echo(f"{word}: {_said(link)}", err=True)
    for name in _unknown_names(workspace, links):
        click.echo(f"No document says “{output.plain(name)}”: what is decided about it waits for one.", err=True)
    show_report(report, workspace, as_json)


def _unknown_names(workspace: Path, links: "Sequence[Link]") -> list[str]:
    """Return the names that decisions are about and no entity has."""
    from graphrag.text import name_key

    with _store(workspace) as store:
        known = {name_key(form) for entity in store.entities() for form in (entity.name, *entity.aliases)}
    about = (name for link in links for name in (link.name, *(() if link.kind == "name" else (link.other,))))
    return [name for name in dict.fromkeys(about) if name_key(name) not in known]


@entities.command()
@workspace_option()
@json_option
def decisions(workspace: Path, as_json: bool) -> None:
    """List the decisions that builds of the workspace follow."""
    links = _links(workspace)
    if as_json:
        output.print_json([{"kind": link.kind, "name": link.name, "other": link.other} for link in links])
        return
    for number, link in enumerate(links, 1):
        click.echo(f"{number:>4}  {_said(link)}")
    if not links:
        click.echo("There are no decisions.")


@entities.command()
@workspace_option()
@click.option("-n", "limit", type=click.IntRange(1, 10_000), default=30, show_default=True, help="The most pairs.")
@json_option
def review(workspace: Path, limit: int, as_json: bool) -> None:
    """List likely duplicates, the likeliest first; "merge" makes them one, "split" keeps a pair off this list."""
    from graphrag.resolution.review import likely_duplicates

    with _store(workspace) as store:
        pairs = likely_duplicates(store.entities(), _links(workspace), limit)
    if as_json:
        rows = [
            {"one": _short(pair.one), "other": _short(pair.other), "score": pair.score, "why": pair.why}
            for pair in pairs
        ]
        output.print_json(rows)
        return
    for pair in pairs:
        names = f"{output.plain(pair.other.name)} ({pair.other.mention_count})  →  {output.plain(pair.one.name)}"
        click.echo(f"{pair.score:.2f}  {names} ({pair.one.mention_count})  {pair.why}")
    if not pairs:
        click.echo("No two names are nearly equal.")


@click.command(short_help="List facts that disagree, with their sources.")
@workspace_option()
@click.option("--predicate", "predicates", multiple=True, help="Only this predicate; may be repeated.")
@json_option
def conflicts(workspace: Path, predicates: tuple[str, ...], as_json: bool) -> None:
    """List facts that cannot all be true, each with the sentences that say it.

    Nothing is decided: all of them stay in the graph, and a fact is alone again when the source of the other is
    removed. Compared are predicates with one object only, such as "born on" and "father", or those that are named.
    """
    from graphrag.resolution.review import FUNCTIONAL, find_conflicts

    with _store(workspace) as store:
        known = set(FUNCTIONAL)
        found = find_conflicts(_noting_predicates(store.facts(), known), predicates or FUNCTIONAL)
        _refuse_unknown(predicates, known)
        named = {entity.id: entity.name for entity in store.entities_by_id([conflict.subject for conflict in found])}
    rows = [
        {
            "subject": {"id": conflict.subject, "name": named[conflict.subject]},
            "predicate": conflict.predicate,
            "facts": [
                {
                    "id": fact.id,
                    "value": fact.value,
                    "confidence": fact.confidence,
                    "sources": [
                        {"document_id": q.document_id, "start": q.span.start, "end": q.span.end, "quote": q.text}
                        for q in fact.evidence
                    ],
                }
                for fact in conflict.facts
            ],
        }
        for conflict in found
    ]
    if as_json:
        output.print_json(rows)
        return
    for row in rows:
        _show_conflict(row)
    what = "conflict" if len(rows) == 1 else "conflicts"
    click.echo(f"{len(rows):,} {what}." if rows else "No facts disagree.")


def _noting_predicates(facts: "Iterable[Fact]", known: set[str]) -> "Iterator[Fact]":
    """Pass facts on, and note their predicates."""
    for fact in facts:
        known.add(fact.predicate)
        yield fact


def _refuse_unknown(predicates: Sequence[str], known: set[str]) -> None:
    """Refuse a predicate that no fact has, for of such ones nothing would ever disagree."""
    import difflib

    for name in predicates:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=3)
            hint = f"; near are {', '.join(map(repr, near))}" if near else ""
            raise InputError(f"No fact has the predicate {name!r}{hint}: predicates are written as `--json` has them.")


def _show_conflict(row: dict[str, Any]) -> None:
    """Write one conflict for people."""
    click.echo(f"{click.style(output.plain(row['subject']['name']), bold=True)}  {row['predicate']}")
    for fact in row["facts"]:
        click.echo(f"  {output.plain(fact['value'])}  ({fact['confidence']:.2f})")
        for source in fact["sources"]:
            click.echo(f"      {output.plain(source['document_id'])}: “{output.plain(source['quote'])}”")


# --- what they share


@contextmanager
def _store(workspace: Path) -> "Iterator[Workspace]":
    """Open a workspace for reading."""
    from graphrag.stores.workspace import Workspace

    with Workspace.open(workspace) as store:
        yield store


def _links(workspace: Path) -> "Sequence[Link]":
    """Return the decisions of a workspace, without the right to write to it."""
    from graphrag.resolution.links import links_of
    from graphrag.stores.schema import LINKS_FILE

    with _store(workspace) as store:
        return links_of(store.path / LINKS_FILE)


def _entity(store: "Workspace", name: str) -> "Entity":
    """Find an entity by its id or by any of its names."""
    from graphrag.text import name_key

    found = store.entity(name)
    if found is not None:
        return found
    key = name_key(name)
    matches = [e for e in store.entities() if any(name_key(form) == key for form in (e.name, *e.aliases))]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(f"{e.id} ({e.name})" for e in matches[:5])
        raise InputError(f"{len(matches)} entities are called {name!r}: name one by its id: {ids}.")
    import difflib

    near = difflib.get_close_matches(name, [e.name for e in store.entities()], n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"There is no entity called {name!r}{hint}")


def _key_name(entity: "Entity") -> str:
    """Return the name of which an entity's id is made: the one that stays whatever it is called."""
    from graphrag.resolution.entities import without_article
    from graphrag.text import name_key
    from graphrag.types import stable_id

    names = (entity.name, *entity.aliases)
    keys = [(name, key) for name in names for key in (name_key(name), without_article(name_key(name)))]
    return next((name for name, key in keys if stable_id("entity", key) == entity.id), entity.name)


def _decide(workspace: Path, decision: tuple[str, str, str], as_json: bool) -> None:
    """Add a decision and build with it; a split takes the merge back that it contradicts."""
    from graphrag.resolution.links import Link
    from graphrag.text import name_key

    link = Link(*decision)
    with opened_for_change(workspace) as (rag, progress):
        links = rag.decisions()
        pair = {name_key(link.name), name_key(link.other)}
        merged = [old for old in links if old.kind == "same" and {name_key(old.name), name_key(old.other)} == pair]
        if link.kind == "apart" and merged:
            links.remove(merged[-1])
        elif link not in links[-1:]:  # said twice, it would have to be taken back twice
            links.append(link)
        report = rag.decide(links, progress=progress)
    click.echo(f"Decided: {_said(link)}", err=True)
    show_report(report, workspace, as_json)


def _said(link: "Link") -> str:
    """Return a decision as people say it."""
    name, other = output.plain(link.name), output.plain(link.other)
    return {
        "same": f"“{name}” is a name of “{other}”",
        "apart": f"“{name}” is no name of “{other}”",
        "name": f"“{name}” is called “{other}”",
    }[link.kind]


def _short(entity: "Entity") -> dict[str, Any]:
    """Return an entity for a list."""
    return {"id": entity.id, "name": entity.name, "label": entity.label, "mentions": entity.mention_count}
