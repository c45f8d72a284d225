"""Looking around in a graph: cards of entities and communities, their surroundings, and paths between them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphrag.errors import InputError
from graphrag.jsonable import quote_json
from graphrag.stores.browsing import Browser, CommunityLine, Edge
from graphrag.stores.cypher import Table
from graphrag.stores.reading import Reader
from graphrag.stores.workspace import Workspace
from graphrag.types import Entity, Fact

__all__ = ["community_json", "entity_json", "fact_json", "neighbourhood", "run_cypher", "shortest_path"]

_MOST_MEMBERS = 50
_MOST_VISITED = 50_000  # entities that a search for a path may see


def neighbourhood(browser: Browser, start: Sequence[str], hops: int, limit: int) -> tuple[set[str], bool]:
    """Return the entities within some hops of others, the most strongly linked first where there are too many.

    Parameters
    ----------
    browser : Browser
        The graph.
    start : sequence of str
        Entities, at most ``limit``.
    hops, limit : int
        How far, and how many entities at most.

    Returns
    -------
    set of str, bool
        The entities, and whether there were more.
    """
    nodes, border, truncated = set(start), set(start), False
    for _ in range(hops):
        links = Counter(
            end for edge in browser.edges(sorted(border)) for end in (edge.subject, edge.object) if end not in nodes
        )
        best = sorted(links, key=lambda entity: (-links[entity], entity))
        room = limit - len(nodes)
        truncated = truncated or len(best) > room
        border = set(best[:room])
        nodes |= border
        if not border:
            break
    return nodes, truncated


def shortest_path(browser: Browser, source: str, target: str, hops: int) -> list[str]:
    """Return the entities on a shortest path of at most ``hops`` facts, or nothing where there is none.

    A breadth-first search from both ends, always from the smaller border; of equal paths it takes the first by id.
    """
    if source == target:
        return [source]
    behind: tuple[dict[str, str], dict[str, str]] = ({source: ""}, {target: ""})
    borders = [{source}, {target}]
    for _ in range(hops):
        side = 0 if len(borders[0]) <= len(borders[1]) else 1
        mine, other = behind[side], behind[1 - side]
        found: dict[str, str] = {}
        for near, far in sorted(_steps(browser.edges(sorted(borders[side])), borders[side])):
            if far not in mine:
                found.setdefault(far, near)
        mine.update(found)
        borders[side] = set(found)
        meeting = sorted(borders[side] & other.keys())
        if meeting:
            return _joined(meeting[0], behind)
        if not found or len(mine) + len(other) > _MOST_VISITED:
            break
    return []


def _steps(edges: Iterable[Edge], border: set[str]) -> Iterable[tuple[str, str]]:
    """Yield the steps that lead from a border along facts, in either direction."""
    for edge in edges:
        if edge.subject in border:
            yield edge.subject, edge.object
        if edge.object in border:
            yield edge.object, edge.subject


def _joined(middle: str, behind: tuple[dict[str, str], dict[str, str]]) -> list[str]:
    """Return the path through the place where two searches met."""
    path = [middle]
    while step := behind[0][path[0]]:
        path.insert(0, step)
    while step := behind[1][path[-1]]:
        path.append(step)
    return path


def entity_json(browser: Browser, entity: Entity, most: int = 200) -> dict[str, Any]:
    """Return the card of an entity, with ``most`` facts and documents at most."""
    facts = browser.facts_of(entity.id, most)
    ends = {fact.subject for fact in facts} | {fact.object for fact in facts if fact.object is not None}
    names = {line.id: line.name for line in browser.names(sorted(ends))}
    return {
        "id": entity.id,
        "name": entity.name,
        "label": entity.label,
        "mentions": entity.mention_count,
        "aliases": list(entity.aliases),
        "description": entity.description,
        "facts": [fact_json(fact, names) for fact in facts],
        "communities": [{"id": c.id, "title": c.title, "level": c.level} for c in browser.communities_of(entity.id)],
        "documents": [{"id": i, "title": title} for i, title in browser.documents_of(entity.id, most)],
    }


def fact_json(fact: Fact, names: dict[str, str]) -> dict[str, Any]:
    """Return a fact with the names of its ends."""
    target = None if fact.object is None else {"id": fact.object, "name": names.get(fact.object, fact.value)}
    return {
        "id": fact.id,
        "subject": {"id": fact.subject, "name": names.get(fact.subject, "")},
        "predicate": fact.predicate,
        "object": target,
        "value": fact.value,
        "when": fact.when,
        "confidence": fact.confidence,
        "evidence": [quote_json(quote) for quote in fact.evidence],
    }


def community_json(browser: Browser, line: CommunityLine) -> dict[str, Any]:
    """Return a community; one without a report has its members for key entities."""
    report = browser.report(line.id)
    if report is None:
        members = browser.members(line.id, _MOST_MEMBERS)
        said: dict[str, Any] = {"summary": "", "findings": [], "documents": [], "when": ["", ""]}
    else:
        members = _in_order(browser, report.key_entities)
        findings = [{"text": f.text, "quotes": [quote_json(quote) for quote in f.quotes]} for f in report.findings]
        said = {"summary": report.summary, "findings": findings, "documents": list(report.documents)}
        said["when"] = list(report.when)
    return {
        "id": line.id,
        "level": line.level,
        "parent": line.parent,
        "children": [{"id": child.id, "title": child.title} for child in browser.children(line.id)],
        "title": line.title,
        "key_entities": [{"id": member.id, "name": member.name} for member in members],
        "rank": line.rank,
        **said,
    }


def _in_order(browser: Browser, ids: Sequence[str]) -> list[Any]:
    """Return entities in the order of their ids given."""
    found = {line.id: line for line in browser.names(ids)}
    return [found[identity] for identity in ids if identity in found]


def run_cypher(store: Reader, statement: str, parameters: Mapping[str, Any], *, rows: int, seconds: float) -> Table:
    """Run a Cypher statement that reads, where the graph is: in Neo4j, or on the workspace itself.

    Parameters
    ----------
    store : Reader
        The graph.
    statement : str
        One statement.
    parameters : mapping
        Values of its parameters.
    rows, seconds : int, float
        The most rows, and the longest it may take.

    Raises
    ------
    InputError
        It might do more than read, is wrong, or takes too long.
    MissingExtra
        The engine for a workspace is not installed.
    """
    if isinstance(store, Workspace):
        from graphrag.stores.embedded import run_read

        return run_read(store, statement, parameters, limit=rows, timeout=seconds)
    from graphrag.stores.neo4j.running import run_statement
    from graphrag.stores.neo4j.store import Neo4jStore

    if not isinstance(store, Neo4jStore):
        raise InputError(f"Cypher cannot be run on {store.path}.")
    return run_statement(store.database, statement, parameters, rows=rows, seconds=seconds)
