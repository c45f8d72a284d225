"""Comparing a published graph with a workspace's, by reading it back whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphrag.stores.neo4j.connection import Neo4jError
from graphrag.stores.neo4j.content import Content
from graphrag.stores.neo4j.items import KINDS, Digests, Item
from graphrag.stores.neo4j.properties import Link
from graphrag.stores.neo4j.session import Database

if TYPE_CHECKING:
    from graphrag.stores.workspace import Workspace

__all__ = ["Difference", "ailment", "compare", "stored_digests"]

_OURS = frozenset({"graph", "id", "digest", "links"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One node that is not as it should be."""

    kind: str
    id: str
    problem: str  # "missing", "should not be there", "other properties", "other relationships"

    @property
    def words(self) -> str:
        """The difference as a sentence part."""
        return f"{self.kind} {self.id}: {self.problem}"


def compare(workspace: "Workspace", database: Database, graph: str) -> list[Difference]:
    """Return every difference between a workspace and a published graph, empty where they are the same.

    Raises
    ------
    Neo4jError
        The database has no graph of this name.
    """
    stamps = database.read("read/stamp", graph=graph)
    if not stamps:
        raise Neo4jError(
            f"The database at {database.address.uri} has no graph {graph!r}: run `graphrag publish` first."
        )
    stamp = stamps[0]["stamp"]
    found = []
    if (stamp.get("state"), stamp.get("digest")) != ("complete", workspace.meta("digest")):
        said = f"state {stamp.get('state')}, digest {stamp.get('digest')}; expected {workspace.meta('digest')}"
        found.append(Difference("stamp", graph, said))
    content = Content(workspace)
    for kind in KINDS:
        mine = {item.id: item for item in content.items(kind)}
        names = set(next(iter(mine.values())).properties) if mine else set()
        theirs = stored_digests(database, graph, kind, names)
        found.extend(_differences(kind, {identity: item.digests() for identity, item in mine.items()}, theirs))
    return found


def ailment(workspace: "Workspace", database: Database, graph: str) -> tuple[str, str, str] | None:
    """Return what is wrong with a published graph, None where it is the workspace's.

    Returns
    -------
    tuple of str
        "stopped", "mismatch" or "damage"; what is wrong; and what to do.
    """
    stamps = database.read("read/stamp", graph=graph)
    stamp = stamps[0]["stamp"] if stamps else {}
    name = f"the graph {graph!r} at {database.address.uri}"
    run = f"graphrag publish -w {workspace.path} --neo4j {database.address.uri} --graph {graph!r}"
    if not stamp:
        return "mismatch", f"There is no {name.removeprefix('the ')}.", f"Run `{run}`."
    if stamp.get("state") != "complete":
        return "stopped", f"A publish of {name} was stopped midway.", f"Run `{run}`: it goes on where it was."
    if stamp.get("digest") != workspace.meta("digest"):
        return "mismatch", f"T{name[1:]} is of another build of the workspace.", f"Run `{run}`."
    found = compare(workspace, database, graph)
    if not found:
        return None
    what = f"{len(found):,} nodes of {name} are not as they were published, first {found[0].words}."
    return "damage", what, f"Run `{run} --mend`, which undoes what somebody changed."


def _differences(kind: str, mine: Mapping[str, Digests], theirs: Mapping[str, Digests]) -> Iterator[Difference]:
    """Yield what differs in one kind."""
    for identity in sorted({*mine, *theirs}):
        wanted, stored = mine.get(identity), theirs.get(identity)
        if stored is None:
            yield Difference(kind, identity, "missing")
        elif wanted is None:
            yield Difference(kind, identity, "should not be there")
        elif wanted.properties != stored.properties:
            yield Difference(kind, identity, "other properties")
        elif wanted.links != stored.links:
            yield Difference(kind, identity, "other relationships")


def stored_digests(database: Database, graph: str, kind: str, names: set[str]) -> dict[str, Digests]:
    """Return the digests of what the database really holds, computed anew.

    Parameters
    ----------
    names : set of str
        The properties that belong to the graph; others, which somebody may have added, are passed over.
    """
    found = {}
    for properties, links in database.stream(f"read/all-{kind}", graph=graph):
        own = {name: value for name, value in properties.items() if name in names and name not in _OURS}
        item = Item(properties["id"], own, tuple(Link(*_without_graph(link)) for link in links))
        found[item.id] = item.digests()
    return found


def _without_graph(link: list[Any]) -> tuple[str, str, dict[str, Any]]:
    """Return a relationship without the name of the graph."""
    kind, target, properties = link
    return kind, target, {name: value for name, value in properties.items() if name != "graph"}
