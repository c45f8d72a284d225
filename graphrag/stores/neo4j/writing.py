"""Writing what differs of a graph, in batches bounded in number and weight, each one managed transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from graphrag.stores.cypher import load_query
from graphrag.stores.neo4j.items import KINDS, LINKS, Content
from graphrag.stores.neo4j.session import Database

__all__ = ["Difference", "Published", "write"]

_ROWS = 2000  # in one transaction, at most
_WEIGHT = 2_000_000  # characters and numbers in one transaction, about


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
    """What is to be done for one kind."""

    write: set[str]
    link: set[str]
    drop: list[str]

    def __bool__(self) -> bool:
        return bool(self.write or self.link or self.drop)


def write(
    database: Database,
    graph: str,
    content: Content,
    work: Mapping[str, Difference],
    result: Published,
    say: Callable[[str], None],
) -> None:
    """Write what differs: nodes, then relationships, then removals; meanwhile the index, to which nothing is linked."""
    kinds = [kind for kind in KINDS if kind != "index-parts"]
    with ThreadPoolExecutor(1) as thread:
        index = thread.submit(_write_nodes, database, graph, content, "index-parts", work["index-parts"], say)
        for kind in kinds:
            result.count(kind, _write_nodes(database, graph, content, kind, work[kind], say))
        for kind in kinds:
            if work[kind].link:
                say(f"{kind}: the relationships of {len(work[kind].link):,} to write")
            for batch in _batches(_link_rows(graph, content, kind, work[kind].link)):
                result.linked += _relink(database, graph, kind, batch)
        result.count("index-parts", index.result())
    for kind in KINDS:
        drop = work[kind].drop
        for start in range(0, len(drop), _ROWS):
            database.write([(f"write/drop-{kind}", {"graph": graph, "ids": drop[start : start + _ROWS]})])
        result.removed += len(drop)


def _write_nodes(
    database: Database, graph: str, content: Content, kind: str, work: Difference, say: Callable[[str], None]
) -> int:
    """Write the nodes of one kind that differ; return how many."""
    if work.write:
        say(f"{kind}: {len(work.write):,} to write")
    count = 0
    for batch in _batches(_node_rows(content, kind, work.write)):
        database.write([(f"write/put-{kind}", {"graph": graph, "rows": batch})])
        count += len(batch)
    return count


def _node_rows(content: Content, kind: str, wanted: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the weight and the row of each node to write."""
    if not wanted:
        return
    for item in content.items(kind, wanted):
        properties = dict(item.properties, digest=item.digests().properties)
        if properties.get("embedding") is not None:
            properties["embedding"] = properties["embedding"].tolist()
        yield _weight(properties), {"id": item.id, "properties": properties}


def _link_rows(graph: str, content: Content, kind: str, wanted: set[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the weight and the row of each node whose relationships are to be written."""
    if not wanted:
        return
    for item in content.items(kind, wanted):
        links = [_link_row(graph, link) for link in item.links]
        row = {"id": item.id, "links": item.digests().links, "all": links}
        yield sum(_weight(link["properties"]) for link in links), row


def _link_row(graph: str, link: Any) -> dict[str, Any]:
    """Return a relationship as the queries take it."""
    return {"type": link.type, "target": link.target, "properties": {**link.properties, "graph": graph}}


def _relink(database: Database, graph: str, kind: str, batch: list[dict[str, Any]]) -> int:
    """Replace the relationships of some nodes in one transaction; return how many were written."""
    if kind != "communities":
        steps = _link_steps(graph, kind, batch, [{"id": row["id"], "links": row["links"]} for row in batch])
        database.write(steps)
        return sum(len(row["all"]) for row in batch)
    written = 0

    def work(transaction: Any) -> None:
        # Most communities in question only have another parent: what they have is read, under lock, and kept.
        nonlocal written
        has: dict[tuple[str, str], list[str]] = defaultdict(list)
        locked = load_query("write/lock-communities").text
        for identity, name, target, properties in transaction.run(locked, {"graph": graph, "rows": batch}):
            has[identity, name].append(target if properties == 1 else "")  # with more than the graph's name: not ours
        changed = []
        for row in batch:
            wanted = {name: [link for link in row["all"] if link["type"] == name] for name in LINKS[kind]}
            names = [
                n for n, to in wanted.items() if sorted(link["target"] for link in to) != sorted(has[row["id"], n])
            ]
            changed.append({"id": row["id"], "types": names, "all": [link for n in names for link in wanted[n]]})
        for name, parameters in _link_steps(
            graph, kind, changed, [{"id": r["id"], "types": r["types"]} for r in changed]
        ):
            transaction.run(load_query(name).text, parameters).consume()
        written = sum(len(row["all"]) for row in changed)

    database.transact(work)
    return written


def _link_steps(
    graph: str, kind: str, batch: list[dict[str, Any]], old: list[dict[str, Any]]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the queries that replace the relationships of some nodes."""
    steps: list[tuple[str, Mapping[str, Any]]] = [(f"write/unlink-{kind}", {"graph": graph, "rows": old})]
    for name in LINKS[kind]:
        typed = [{"id": row["id"], "links": [link for link in row["all"] if link["type"] == name]} for row in batch]
        typed = [row for row in typed if row["links"]]
        if typed:
            steps.append((f"write/link-{name.lower().replace('_', '-')}", {"graph": graph, "rows": typed}))
    return steps


def _weight(properties: Mapping[str, Any]) -> int:
    """Return about how much a map of properties weighs in a transaction."""
    return sum(_size(value) for value in properties.values())


def _size(value: Any) -> int:
    """Return about how much a value weighs."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return sum(map(len, value))
    return len(value) if isinstance(value, str | bytes | list) else 1


def _batches(rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
    """Yield rows in batches that are bounded in number and weight."""
    batch: list[dict[str, Any]] = []
    weight = 0
    for size, row in rows:
        if batch and (len(batch) >= _ROWS or weight + size > _WEIGHT):
            yield batch
            batch, weight = [], 0
        batch.append(row)
        weight += size
    if batch:
        yield batch
