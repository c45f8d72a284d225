"""Writing what differs of a graph, in batches bounded in number and weight, each one managed transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from graphrag.stores.cypher import load_query
from graphrag.stores.neo4j.content import Content
from graphrag.stores.neo4j.items import KINDS, LINKS

__all__ = ["FORMAT", "Difference", "Published", "beginning", "write"]

FORMAT = 2  # of a published graph
_INDEX = "index-parts"
_ROWS = 2000  # in one transaction, at most
_WEIGHT = 2_000_000  # characters and numbers in one transaction, about


Transact = Callable[[Callable[[Any], int]], int]


@dataclass(slots=True)
class Published:
    """What a publish did."""

    graph: str
    digest: str
    written: dict[str, int] = field(default_factory=dict)  # kind -> nodes written
    linked: int = 0  # relationships written
    removed: int = 0  # nodes removed
    seconds: float = 0.0

    def count(self, kind: str, written: int) -> None:
        """Count nodes that were written."""
        if written:
            self.written[kind] = self.written.get(kind, 0) + written

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return bool(sum(self.written.values()) or self.linked or self.removed)


@dataclass(slots=True)
class Difference:
    """What is to be done for one kind.

    Attributes
    ----------
    write : dict
        Id -> digest of the properties, of the nodes to write.
    link : dict
        Id -> digest of the relationships, of the nodes whose relationships are to be written.
    drop : list of str
        The nodes to remove.
    """

    write: Mapping[str, int]
    link: Mapping[str, int]
    drop: list[str]

    def __bool__(self) -> bool:
        return bool(self.write or self.link or self.drop)


class _Queue:
    """Work in order, as much in one transaction as its bounds allow: a small change is one transaction.

    Parameters
    ----------
    transact : callable
        Does some work in one transaction, which it hands to it.
    first : callable, optional
        What every transaction begins with.
    """

    def __init__(self, transact: Transact, first: Callable[[Any], int] | None = None) -> None:
        self._transact = transact
        self._first = [first] if first else []
        self._jobs: list[Callable[[Any], int]] = []
        self._rows = self._weight = 0
        self.linked = 0  # relationships written

    def add(self, rows: int, weight: int, job: Callable[[Any], int]) -> None:
        """Take a job that is handed a transaction and returns how many relationships it wrote."""
        if self._jobs and (self._rows + rows > _ROWS or self._weight + weight > _WEIGHT):
            self.flush()
        self._jobs.append(job)
        self._rows += rows
        self._weight += weight

    def flush(self) -> None:
        """Do what was taken."""
        if self._jobs:
            jobs = [*self._first, *self._jobs]
            self.linked += self._transact(lambda transaction: sum(job(transaction) for job in jobs))
        self._jobs, self._rows, self._weight = [], 0, 0


def write(
    transact: Transact,
    graph: str,
    content: Content,
    work: Mapping[str, Difference],
    result: Published,
    say: Callable[[str], None],
) -> None:
    """Write what differs: nodes, then relationships, then removals; meanwhile the index, to which nothing is linked.

    Parameters
    ----------
    transact : callable
        Does some work, which is handed a transaction and returns a number, and returns that number.
    graph : str
        The graph's name.
    content : Content
        The items to write.
    work : mapping
        Kind -> what is to be done.
    result : Published
        Counts what is done.
    say : callable
        Hears of it.

    Notes
    -----
    Every transaction on nodes and relationships first locks the stamp, so that publishes of one graph that run at the
    same time take turns instead of ending one another by deadlocks.
    """
    kinds = [kind for kind in KINDS if kind != _INDEX]
    with ThreadPoolExecutor(1) as thread:
        index = thread.submit(_write_index, transact, graph, content, work[_INDEX], say)
        queue = _Queue(transact, _job([beginning(graph)]))
        for kind in kinds:
            result.count(kind, _write_nodes(queue, graph, content, kind, work[kind], say))
        for kind in kinds:
            _write_links(queue, graph, content, kind, work[kind], say)
        for kind in kinds:
            result.removed += _drop(queue, graph, kind, work[kind])
        queue.flush()
        result.linked += queue.linked
        result.count(_INDEX, index.result())
        result.removed += len(work[_INDEX].drop)


def beginning(graph: str) -> tuple[str, Mapping[str, Any]]:
    """Return the query that notes that a graph is being published, and its parameters."""
    return "write/begin-stamp", {"graph": graph, "properties": {"format": FORMAT}}


def _write_index(transact: Transact, graph: str, content: Content, work: Difference, say: Callable[[str], None]) -> int:
    """Write the parts of the index that differ, remove the others; return how many were written."""
    queue = _Queue(transact)
    count = _write_nodes(queue, graph, content, _INDEX, work, say)
    _drop(queue, graph, _INDEX, work)
    queue.flush()
    return count


def _write_nodes(
    queue: _Queue, graph: str, content: Content, kind: str, work: Difference, say: Callable[[str], None]
) -> int:
    """Write the nodes of one kind that differ; return how many."""
    if work.write:
        say(f"{kind}: {len(work.write):,} to write")
    count = 0
    for batch, weight in _batches(_node_rows(content, kind, work.write)):
        queue.add(len(batch), weight, _job([(f"write/put-{kind}", _rows(graph, batch))]))
        count += len(batch)
    return count


def _drop(queue: _Queue, graph: str, kind: str, work: Difference) -> int:
    """Remove the nodes of one kind that are no more; return how many."""
    for start in range(0, len(work.drop), _ROWS):
        ids = work.drop[start : start + _ROWS]
        queue.add(len(ids), 0, _job([(f"write/drop-{kind}", {"graph": graph, "batch": {"ids": ids}})]))
    return len(work.drop)


def _job(steps: Sequence[tuple[str, Mapping[str, Any]]], linked: int = 0) -> Callable[[Any], int]:
    """Return a job that runs queries in order, and writes so many relationships by them."""

    def run(transaction: Any) -> int:
        for name, parameters in steps:
            transaction.run(load_query(name).text, parameters).consume()
        return linked

    return run


def _node_rows(content: Content, kind: str, wanted: Mapping[str, int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the weight and the row of each node to write."""
    if not wanted:
        return
    for item in content.items(kind, wanted.keys()):
        properties = dict(item.properties, digest=wanted[item.id])
        if properties.get("embedding") is not None:
            properties["embedding"] = properties["embedding"].tolist()
        yield _weight(properties), {"id": item.id, "properties": properties}


def _write_links(
    queue: _Queue, graph: str, content: Content, kind: str, work: Difference, say: Callable[[str], None]
) -> None:
    """Replace the relationships of the nodes of one kind where they differ."""
    if not work.link:
        return
    say(f"{kind}: the relationships of {len(work.link):,} to write")
    replace = _replace_some if kind == "communities" else _replace
    for batch, weight in _batches(_link_rows(content, kind, work.link)):
        queue.add(len(batch), weight, replace(graph, kind, batch))


def _link_rows(content: Content, kind: str, wanted: Mapping[str, int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the weight and the row of each node whose relationships are to be written, collected by type."""
    for item in content.items(kind, wanted.keys()):
        typed: dict[str, list[Any]] = {name: [] for name in LINKS[kind]}
        weight = 0
        for name, target, properties in item.links:
            typed[name].append({"target": target, "properties": properties} if properties else target)
            weight += 1 + _weight(properties)
        yield weight, {"id": item.id, "links": wanted[item.id], "typed": typed}


def _replace(graph: str, kind: str, batch: list[dict[str, Any]]) -> Callable[[Any], int]:
    """Return a job that replaces the relationships of some nodes."""
    locked = [{"id": row["id"], "links": row["links"]} for row in batch]
    made = _link_steps(graph, {name: {row["id"]: row["typed"][name] for row in batch} for name in LINKS[kind]})
    linked = sum(len(links) for row in batch for links in row["typed"].values())
    return _job([(f"write/unlink-{kind}", _rows(graph, locked)), *made], linked)


def _replace_some(graph: str, kind: str, batch: list[dict[str, Any]]) -> Callable[[Any], int]:
    """Return a job that replaces the relationships of some nodes, of the types that differ.

    Most communities in question only have another parent: what they have is read, under lock, and kept.
    """
    locked = [{"id": row["id"], "links": row["links"]} for row in batch]

    def run(transaction: Any) -> int:
        found = transaction.run(load_query(f"write/lock-{kind}").text, _rows(graph, locked))
        # With more properties than the graph's name it is not as we write it.
        has = {(identity, name): sorted(targets) if most == 1 else None for identity, name, targets, most in found}
        changed: dict[str, dict[str, list[Any]]] = {name: {} for name in LINKS[kind]}
        for row in batch:
            for name, targets in row["typed"].items():
                if has.get((row["id"], name), []) != sorted(targets):
                    changed[name][row["id"]] = targets
        old = [{"id": identity, "type": name} for name, of_type in changed.items() for identity in of_type]
        linked = sum(len(targets) for of_type in changed.values() for targets in of_type.values())
        gone = (f"write/unlink-{kind}", _rows(graph, old))
        return _job([gone, *_link_steps(graph, changed)], linked)(transaction)

    return run


def _link_steps(graph: str, links: Mapping[str, Mapping[str, list[Any]]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the queries that make relationships, given by type and by the node that they belong to."""
    steps: list[tuple[str, Mapping[str, Any]]] = []
    for name, of_type in links.items():
        rows = [{"id": identity, "links": ends} for identity, ends in of_type.items() if ends]
        if rows:
            steps.append((f"write/link-{name.lower().replace('_', '-')}", _rows(graph, rows)))
    return steps


def _rows(graph: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the parameters of a query on some rows.

    They are inside a map, because the server plans a query anew for every power of ten that a list is long.
    """
    return {"graph": graph, "batch": {"rows": rows}}


def _weight(properties: Mapping[str, Any]) -> int:
    """Return about how much a map of properties weighs in a transaction."""
    return sum(_size(value) for value in properties.values())


def _size(value: Any) -> int:
    """Return about how much a value weighs."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return sum(map(len, value))
    return len(value) if isinstance(value, str | bytes | list) else 1


def _batches(rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Yield rows in batches that are bounded in number and weight, each with its weight."""
    batch: list[dict[str, Any]] = []
    weight = 0
    for size, row in rows:
        if batch and (len(batch) >= _ROWS or weight + size > _WEIGHT):
            yield batch, weight
            batch, weight = [], 0
        batch.append(row)
        weight += size
    if batch:
        yield batch, weight
