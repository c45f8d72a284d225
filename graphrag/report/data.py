"""What the build report shows, as JSON-able values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphrag.overview.listing import community_tree
from graphrag.stores.journal import stage_seconds
from graphrag.stores.workspace import Workspace
from graphrag.types import CommunityReport, Entity, Fact

__all__ = ["report_data"]

_MOST_EDGES = 20_000  # of the graph page: about 5 MB
_TOP = 15
_PROBLEMS = 100
_FUNNEL = ("documents", "chunks", "mentions", "entities", "facts", "communities", "reports")


def report_data(store: Workspace) -> dict[str, Any]:
    """Return everything that the report of a workspace shows.

    Parameters
    ----------
    store : Workspace
        A finished build.

    Returns
    -------
    dict
        Keys as :file:`page.js` reads them.  Of a large graph the best connected entities are shown, and how many
        there are in all is said.
    """
    counts = store.counts()
    entities = list(store.entities())
    facts = list(store.facts())
    problems = store.problems()
    reports = {str(report.community_id): report for report in store.reports()}
    tree = community_tree(store)
    return {
        "name": store.path.resolve().name,
        "build": {key: store.meta(key) for key in ("built", "version", "extractor", "embedder", "digest")},
        "stages": [[stage, round(seconds, 2)] for stage, seconds in stage_seconds(store.path)],
        "funnel": [[kind, counts[kind]] for kind in _FUNNEL],
        "problems": {"all": len(problems), "shown": [list(problem) for problem in problems[:_PROBLEMS]]},
        "labels": _most_common(Counter(entity.label or "no label" for entity in entities)),
        "top": [[e.name, e.mention_count] for e in sorted(entities, key=lambda e: (-e.mention_count, e.id))[:_TOP]],
        "degrees": _histogram(_degrees(facts, entities).values()),
        "sizes": _sizes(store),
        "communities": [_node(node, reports) for node in tree],
        "alone": len(entities) - sum(node["entities"] for node in tree),
        "graph": _graph(store, entities, facts),
    }


def _degrees(facts: Iterable[Fact], entities: Iterable[Entity]) -> dict[str, int]:
    """Return how many other entities facts join each entity to."""
    near: dict[str, set[str]] = {str(entity.id): set() for entity in entities}
    for fact in facts:
        if fact.object is not None and fact.object != fact.subject and fact.object in near:
            near[fact.subject].add(fact.object)
            near[fact.object].add(fact.subject)
    return {identity: len(others) for identity, others in near.items()}


def _most_common(counts: Counter[str]) -> list[list[Any]]:
    """Return the most frequent, ties by name."""
    return [[name, counts[name]] for name in sorted(counts, key=lambda name: (-counts[name], name))[:_TOP]]


def _histogram(values: Iterable[int]) -> list[list[Any]]:
    """Count values in bins that double (0, 1, 2–3, 4–7, …), from the least to the greatest that holds any."""
    bins = Counter(value.bit_length() for value in values)
    rows: list[list[Any]] = []
    for size in range(min(bins, default=0), max(bins, default=-1) + 1):
        low, high = (1 << size) >> 1, max((1 << size) - 1, 0)
        rows.append([f"{low}" if low == high else f"{low}–{high}", bins[size]])
    return rows


def _sizes(store: Workspace) -> list[dict[str, Any]]:
    """Return a histogram of the sizes of communities for each level."""
    sizes: dict[int, list[int]] = defaultdict(list)
    for community in store.communities():
        sizes[community.level].append(len(community.members))
    return [{"level": level, "bins": _histogram(sizes[level])} for level in sorted(sizes)]


def _node(node: Mapping[str, Any], reports: Mapping[str, CommunityReport]) -> dict[str, Any]:
    """Return a community of the treemap with its report."""
    report = reports[node["id"]]
    return {
        **{key: node[key] for key in ("id", "level", "title", "entities", "documents_count", "rank", "years")},
        "findings": [
            [finding.text, [[q.document_id, q.span.start, q.span.end] for q in finding.quotes]]
            for finding in report.findings
        ],
        "children": [_node(child, reports) for child in node["children"]],
    }


def _graph(store: Workspace, entities: Sequence[Entity], facts: Sequence[Fact]) -> dict[str, Any]:
    """Return the entities and facts of the graph page, each fact with a sentence that says it."""
    degrees = _degrees(facts, entities)
    joins = [f for f in facts if f.object is not None and f.object in degrees and f.object != f.subject and f.evidence]
    # A fact is as well connected as the weaker of its two sides.
    joins.sort(key=lambda f: (-min(degrees[f.subject], degrees[str(f.object)]), f.id))
    shown = joins[:_MOST_EDGES]
    known = {side for fact in shown for side in (fact.subject, fact.object)}
    nodes = [entity for entity in entities if entity.id in known]
    nodes.sort(key=lambda entity: (-degrees[entity.id], entity.id))
    row_of = {str(entity.id): row for row, entity in enumerate(nodes)}
    titles = {str(document.id): document.title for document in store.documents()}
    sentences: dict[tuple[str, int, int, str], int] = {}
    predicates: dict[str, int] = {}
    edges = []
    for fact in shown:
        quote = fact.evidence[0]
        place = (str(quote.document_id), quote.span.start, quote.span.end, quote.text)
        said = sentences.setdefault(place, len(sentences))
        predicate = predicates.setdefault(fact.predicate, len(predicates))
        edges.append([row_of[fact.subject], row_of[str(fact.object)], predicate, said])
    return {
        "names": [entity.name for entity in nodes],
        "labels": [entity.label for entity in nodes],
        "predicates": list(predicates),
        "sentences": [[titles[document], document, start, end, text] for document, start, end, text in sentences],
        "edges": edges,
        "all": {"entities": len(entities), "facts": len(joins)},
    }
