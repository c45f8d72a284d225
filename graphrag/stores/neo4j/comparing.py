"""Finding out what differs between a workspace's graph and a published one, by sums over buckets of digests."""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from graphrag.stores.neo4j.content import Content
from graphrag.stores.neo4j.items import KINDS, LINKS, Digests
from graphrag.stores.neo4j.verify import stored_digests
from graphrag.stores.neo4j.writing import Difference

if TYPE_CHECKING:
    from graphrag.stores.neo4j.digests import KindDigests, Prints
    from graphrag.stores.neo4j.session import Database
    from graphrag.stores.workspace import Workspace

__all__ = ["Sums", "differences", "first_differences", "totals_of", "totals_there", "true_differences"]

_BUCKETS = 1024
_FEW = 256  # buckets where only the sum over all of them is wanted: eight million nodes of a kind stay inside 63 bits
_LISTED = 500_000  # nodes that are listed by one query, about
_DEAREST_FIRST = ("entities", "chunks", "communities", "documents", "values", "index-parts")  # to sum up

Sums = Mapping[int, list[int]]
"""Bucket -> nodes, digests, digests of links, links."""


def first_differences(
    workspace: "Workspace", database: "Database", graph: str, content: Content, known: "Callable[[Prints], None]"
) -> "tuple[dict[str, KindDigests], dict[str, Difference]]":
    """Return the digests of a workspace's items and what differs from them in a graph, by kind.

    Parameters
    ----------
    workspace, database, graph : Workspace, Database, str
        What to compare.
    content : Content
        The workspace's items.
    known : callable
        Is handed the ids of all items with their fingerprints before any item is made.
    """
    from graphrag.stores.neo4j.digests import digests_of, prints_of

    digests: dict[str, KindDigests] = {}
    with ThreadPoolExecutor(2) as threads:  # the server sums up, then lists, while digests are computed
        sums = {kind: threads.submit(_sums, database, graph, kind, _BUCKETS) for kind in _DEAREST_FIRST}
        prints = prints_of(content)
        known(prints)
        found: dict[str, Future[Difference]] = {}
        for kind, of_kind in digests_of(workspace, content, prints):
            digests[kind] = of_kind
            found[kind] = threads.submit(_difference, database, graph, kind, of_kind, sums[kind].result)
        return {kind: digests[kind] for kind in KINDS}, {kind: found[kind].result() for kind in KINDS}


def differences(database: "Database", graph: str, digests: "Mapping[str, KindDigests]") -> dict[str, Difference]:
    """Return what differs in a graph from some digests, by kind."""
    return {
        kind: _difference(database, graph, kind, mine, partial(_sums, database, graph, kind, _BUCKETS))
        for kind, mine in digests.items()
    }


def true_differences(
    database: "Database", graph: str, digests: "Mapping[str, KindDigests]", content: Content
) -> dict[str, Difference]:
    """Return what differs in a graph from some digests, by what the database really holds."""
    found = {}
    for kind, mine in digests.items():
        sample = next(content.items(kind), None)
        names = set(sample.properties) if sample else set()
        found[kind] = _to_do(kind, mine.within(1, [0]), stored_digests(database, graph, kind, names))
    return found


def totals_there(database: "Database", graph: str) -> dict[str, list[int]]:
    """Return the sums of each kind over all of a graph, as the database has them.

    Relationships are counted by their own mark alone: one that somebody else gave the graph's name is counted too, and
    only :func:`differences` tells that it is none of ours.
    """
    with ThreadPoolExecutor(2) as threads:  # the server sums up kinds side by side
        found = {kind: threads.submit(_total_there, database, graph, kind) for kind in _DEAREST_FIRST}
        return {kind: found[kind].result() for kind in KINDS}


def totals_of(digests: "Mapping[str, KindDigests]") -> dict[str, list[int]]:
    """Return the sums of each kind over all items."""
    return {kind: _total(found.sums(_BUCKETS)) for kind, found in digests.items()}


def _total_there(database: "Database", graph: str, kind: str) -> list[int]:
    """Return the sums of a kind, as the database has them, an empty list where there is none of it."""
    nodes, digests, links, degree = next(iter(database.stream(f"read/total-{kind}", graph=graph, buckets=_FEW)))
    return [nodes, sum(digests), sum(links), degree] if nodes else []


def _total(sums: Sums) -> list[int]:
    """Return the sums over all buckets."""
    return [sum(numbers) for numbers in zip(*sums.values(), strict=True)]


def _sums(database: "Database", graph: str, kind: str, buckets: int) -> Sums:
    """Return the sums of each bucket of a kind as the database has them."""
    columns = next(iter(database.stream(f"read/scan-{kind}", graph=graph, buckets=buckets)))
    return {bucket: list(numbers) for bucket, *numbers in zip(*columns, strict=True)}


def _difference(
    database: "Database", graph: str, kind: str, mine: "KindDigests", summed: Callable[[], Sums]
) -> Difference:
    """Compare one kind with the database, bucket by bucket."""
    sums, theirs = mine.sums(_BUCKETS), summed()
    wanted = [bucket for bucket in {*sums, *theirs} if sums.get(bucket) != theirs.get(bucket)]
    known = {
        identity: Digests(*numbers)
        for buckets in _slices(wanted, theirs)
        for columns in database.stream(f"read/list-{kind}", graph=graph, buckets=_BUCKETS, batch={"wanted": buckets})
        for identity, *numbers in zip(*columns, strict=True)
    }
    return _to_do(kind, mine.within(_BUCKETS, wanted), known)


def _slices(wanted: Collection[int], theirs: Sums) -> Iterator[list[int]]:
    """Yield the buckets that the database has something in, as many at a time as the server can list at once."""
    chosen: list[int] = []
    count = 0
    for bucket in sorted(set(wanted) & theirs.keys()):
        chosen.append(bucket)
        count += theirs[bucket][0]
        if count >= _LISTED:
            yield chosen
            chosen, count = [], 0
    if chosen:
        yield chosen


def _to_do(kind: str, mine: Mapping[str, Digests], known: Mapping[str, Digests]) -> Difference:
    """Return what makes the known items mine."""
    nothing = Digests(-1, -1, 0)
    write = {i: d.properties for i, d in mine.items() if known.get(i, nothing).properties != d.properties}
    link = {i: d.links for i, d in mine.items() if LINKS[kind] and known.get(i, nothing)[1:] != d[1:]}
    return Difference(write, link, sorted(known.keys() - mine.keys()))
