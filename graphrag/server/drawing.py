"""Parts of the graph to be drawn: the surroundings of entities, and the shortest path between two."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from graphrag.graph.layout import layout
from graphrag.jsonable import quote_json
from graphrag.server.problems import Problem
from graphrag.stores.browsing import Browser, Edge, EntityLine

__all__ = ["graph_json", "known_or_missing", "neighbourhood", "shortest_path"]

_MOST_VISITED = 50_000  # entities that a search for a path may see
_EDGES_A_NODE = 4  # drawn at most, on average: more is ink, not information
_PARALLEL = 5  # facts between the same two entities on a path


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


def graph_json(browser: Browser, ids: Iterable[str], path: Sequence[str] | None, truncated: bool) -> dict[str, Any]:
    """Return entities with the facts between them, each with its sentence, and a place for each entity.

    Parameters
    ----------
    browser : Browser
        The graph.
    ids : iterable of str
        The entities.
    path : sequence of str or None
        The path that they make; only facts between neighbours on it are drawn then.
    truncated : bool
        Whether there are more entities.

    Raises
    ------
    Problem
        404 where there is no entity of an id.
    """
    nodes = browser.names(sorted(ids))
    known = {node.id: row for row, node in enumerate(nodes)}
    drawn, more = _drawn(browser, known, path)
    facts = browser.facts_by_id([edge.fact for edge in drawn])
    places = layout(len(nodes), [(known[edge.subject], known[edge.object]) for edge in drawn]).tolist()
    return {
        "nodes": [
            {"id": n.id, "name": n.name, "label": n.label, "mentions": n.mentions, "x": x, "y": y}
            for n, (x, y) in zip(nodes, places, strict=True)
        ],
        "edges": [
            {
                "id": fact.id,
                "source": fact.subject,
                "target": fact.object,
                "predicate": fact.predicate,
                "when": fact.when,
                "quote": quote_json(fact.evidence[0]),
            }
            for fact in facts
            if fact.evidence
        ],
        "truncated": truncated or more,
    }


def _drawn(browser: Browser, known: dict[str, int], path: Sequence[str] | None) -> tuple[list[Edge], bool]:
    """Return the facts to be drawn: every pair of entities gets one before any gets a second."""
    pairs = None if path is None else {frozenset(pair) for pair in pairwise(path)}
    rounds: dict[frozenset[str], int] = {}
    ranked = []
    for edge in browser.edges(sorted(known)):
        pair = frozenset((edge.subject, edge.object))
        if edge.subject in known and edge.object in known and (pairs is None or pair in pairs):
            rounds[pair] = rounds.get(pair, 0) + 1
            if rounds[pair] <= _PARALLEL:
                ranked.append((rounds[pair], edge.fact, edge))
    ranked.sort(key=lambda item: item[:2])
    most = max(_EDGES_A_NODE * len(known), _PARALLEL)
    return [edge for _, _, edge in ranked[:most]], len(ranked) > most


def known_or_missing(browser: Browser, ids: Sequence[str]) -> list[EntityLine]:
    """Return entities by their ids.

    Raises
    ------
    Problem
        404 where there is none of an id.
    """
    found = browser.names(ids)
    if len(found) < len(set(ids)):
        raise Problem(404, "There is no entity of this id: GET /v1/entities?q=NAME finds ids.")
    return found
