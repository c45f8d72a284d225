"""Communities and their reports as JSON-able values: lists, details and trees."""

from collections.abc import Iterator
from typing import Any

from graphrag.errors import InputError
from graphrag.stores.reading import Reader
from graphrag.types import Community, CommunityReport, Quote

__all__ = ["community_details", "community_rows", "community_tree", "walk"]

_MEMBERS = 50  # members that details name
_NO_REPORT = "no report: fewer than three entities"


def community_rows(store: Reader, level: int | None = None) -> list[dict[str, Any]]:
    """Return one row for each community with a report: the coarsest level first, the most important first.

    Parameters
    ----------
    store : Reader
        A finished build.
    level : int, optional
        Only this level, 0 the coarsest.
    """
    of = {community.id: community for community in store.communities()}
    rows = [_row(of[report.community_id], report) for report in store.reports()]
    wanted = [row for row in rows if level is None or row["level"] == level]
    return sorted(wanted, key=lambda row: (row["level"], -row["rank"], row["id"]))


def community_tree(store: Reader) -> list[dict[str, Any]]:
    """Return the communities with reports as nested rows: ``children`` of each, the most important first.

    A part that holds all of its whole is left out: it says the same.
    """
    of = {community.id: community for community in store.communities()}
    nodes = {report.community_id: _row(of[report.community_id], report) for report in store.reports()}
    roots: list[dict[str, Any]] = []
    for identity, node in nodes.items():
        community = of[identity]
        above = nodes.get(community.parent) if community.parent else None
        node.setdefault("children", [])
        (roots if above is None else above.setdefault("children", [])).append(node)
    return [_pruned(root) for root in sorted(roots, key=_importance)]


def community_details(store: Reader, wanted: str) -> dict[str, Any]:
    """Return all that is known of one community.

    Parameters
    ----------
    store : Reader
        A finished build.
    wanted : str
        Its id, the beginning of its id, or the whole title of its report.

    Raises
    ------
    InputError
        No community, or more than one, goes by that.
    """
    communities = list(store.communities())
    reports = {report.community_id: report for report in store.reports()}
    community = _find(communities, reports, wanted)
    report = reports.get(community.id)
    children = sorted(
        (_row(child, reports.get(child.id)) for child in communities if child.parent == community.id), key=_importance
    )
    key = report.key_entities if report is not None else ()
    shown = dict.fromkeys([*key, *community.members][:_MEMBERS])
    names = {entity.id: entity.name for entity in store.entities_by_id(list(shown))}
    return {
        **_row(community, report),
        "parent": community.parent,
        "children": children,
        "summary": report.summary if report is not None else _NO_REPORT,
        "findings": [
            {"text": finding.text, "quotes": [_quote(q) for q in finding.quotes], "facts": list(finding.facts)}
            for finding in (report.findings if report is not None else ())
        ],
        "key_entities": [names[entity] for entity in key],
        "members": [names[entity] for entity in shown],
        "documents": list(report.documents) if report is not None else [],
    }


def _find(communities: list[Community], reports: dict[Any, CommunityReport], wanted: str) -> Community:
    """Return the community that goes by an id, the beginning of one, or a title."""
    name = wanted.strip()
    exact = [c for c in communities if name in (c.id, c.id.removeprefix("community-"))]
    begins = [c for c in communities if len(name) >= 4 and c.id.removeprefix("community-").startswith(name)]
    begins += [c for c in communities if len(name) > len("community-") and c.id.startswith(name)]
    titled = [c for c in communities if c.id in reports and reports[c.id].title.casefold() == name.casefold()]
    for found in (exact, begins, titled):
        # A report that is the same on several levels is shown at the coarsest.
        if len(found) == 1 or (found and found is titled):
            return found[0]
        if found:
            raise InputError(
                f"{wanted!r} is the beginning of {len(found)} communities, such as {found[0].id} and {found[1].id}: "
                "give more of the id."
            )
    raise InputError(f"There is no community {wanted!r}: `graphrag communities list` shows ids and titles.")


def _row(community: Community, report: CommunityReport | None) -> dict[str, Any]:
    """Return the short facts of a community."""
    return {
        "id": community.id,
        "level": community.level,
        "title": report.title if report is not None else "",
        "entities": len(community.members),
        "documents_count": len(report.documents) if report is not None else 0,
        "rank": report.rank if report is not None else 0.0,
        "years": [year for year in report.when if year] if report is not None else [],
    }


def _importance(row: dict[str, Any]) -> tuple[float, int, str]:
    """Return what communities are ordered by."""
    return -row["rank"], -row["entities"], row["id"]


def _pruned(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node whose only part is not the same as itself, parts ordered by importance."""
    children = node["children"]
    while len(children) == 1 and children[0]["entities"] == node["entities"]:
        children = children[0]["children"]
    return {**node, "children": [_pruned(child) for child in sorted(children, key=_importance)]}


def _quote(quote: Quote) -> dict[str, Any]:
    """Return a quote with its place."""
    return {"document_id": quote.document_id, "start": quote.span.start, "end": quote.span.end, "quote": quote.text}


def walk(nodes: list[dict[str, Any]], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the nodes of a tree with their depth, wholes before parts."""
    for node in nodes:
        yield depth, node
        yield from walk(node["children"], depth + 1)
