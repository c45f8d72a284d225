"""Parts of the graph to be drawn: the surroundings of entities, and the shortest path between two."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from graphrag.graph.layout import layout
from graphrag.jsonable import quote_json
from graphrag.server.problems import Problem
from graphrag.stores.browsing import Browser, Edge, EntityLine

__all__ = ["graph_json", "known_or_missing"]

_EDGES_A_NODE = 4  # drawn at most, on average: more is ink, not information
_PARALLEL = 5  # facts between the same two entities on a path


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
