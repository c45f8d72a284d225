"""Why a ranking is what it is, as JSON-able values: the plan, each retriever's list, each passage's way, each miss."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphrag.answering.structured import Section
from graphrag.asking import OVERVIEWS, Asker, Found
from graphrag.retrieval.fusion import FEATURES
from graphrag.stores.reading import Reader
from graphrag.types import Evidence, Quote, Step

__all__ = ["explanation_of"]

_TOP = 5


def explanation_of(
    asker: Asker,
    store: Reader,
    found: Found,
    k: int,
    mode: str,
    why_not: str | None,
    overview: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Explain a retrieval.

    Parameters
    ----------
    asker : Asker
        What made ``found``.
    store : Reader
        The same store.
    found : Found
        The retrieval.
    k : int
        Number of passages.
    mode : str
        The mode asked in; in those of overviews the passages are those that the answer cites.
    why_not : str or None
        A document id that was expected among them.
    overview : mapping, optional
        What :meth:`graphrag.asking.Asker.overview` says of a question that is answered with several sentences.
    """
    result = asker.passages(found, k)
    plan = result.plan
    cited = asker.cited(overview["sections"]) if overview is not None and mode in OVERVIEWS else None
    passages = result.passages if cited is None else cited[:k]
    explanation: dict[str, Any] = {
        "question": plan.question,
        "mode": mode,
        "kind": plan.kind,
        "names": [
            {"name": s.name, "entity_id": s.entity_id, "in_question": [s.span.start, s.span.end]} for s in plan.seeds
        ],
        "residual": plan.residual,
        "sub_questions": list(plan.sub_questions),
        "candidates": len(found.candidates.rows),
        "passages": [_passage(evidence) for evidence in passages],
        "retrievers": _retrievers(store, found),
        "timings_ms": dict(result.timings),
    }
    if overview is not None:
        explanation["overview"] = {**overview, "sections": [_section(section) for section in overview["sections"]]}
    if why_not is not None:
        explanation["why_not"] = _why_not(asker, store, found, k, why_not, cited)
    return explanation


def _section(section: Section) -> dict[str, Any]:
    """Return what is said about one community or thing, with where each sentence stands."""
    return {
        "title": section.title,
        "score": round(section.score, 4),
        "statements": [
            {
                "text": statement.text,
                "score": round(statement.score, 4),
                "community_id": statement.community,
                "quotes": [_quote(quote) for quote in statement.quotes],
            }
            for statement in section.statements
        ],
    }


def _passage(evidence: Evidence) -> dict[str, Any]:
    """Return one passage with what speaks for it."""
    return {
        "document_id": evidence.chunk.document_id,
        "chunk_id": evidence.chunk.id,
        "title": evidence.chunk.title,
        "score": evidence.score,
        "found_by": dict(sorted(evidence.found_by.items(), key=lambda item: -item[1])),
        "path": [_step(step) for step in evidence.path],
        "best_sentence": _quote(evidence.quotes[0]) if evidence.quotes else None,
    }


def _step(step: Step) -> dict[str, Any]:
    """Return one step of a path."""
    return {
        "entity": step.name,
        "entity_id": step.entity_id,
        "document_id": step.document_id,
        "sentence": _quote(step.quote) if step.quote else None,
    }


def _quote(quote: Quote) -> dict[str, Any]:
    """Return a quote."""
    return {
        "document_id": quote.document_id,
        "start": quote.span.start,
        "end": quote.span.end,
        "quote": quote.text,
    }


def _retrievers(store: Reader, found: Found) -> dict[str, Any]:
    """Return what each feature says and the passages that it ranks first."""
    lists: dict[str, Any] = {}
    for column, (name, meaning) in enumerate(FEATURES.items()):
        values = found.candidates.features[:, column]
        best = [p for p in np.argsort(-values, kind="stable")[:_TOP].tolist() if values[p] > 0]
        chunks = store.chunks(found.candidates.rows[best].tolist())
        lists[name] = {
            "meaning": meaning,
            "weight": round(float(found.weights[column]), 4),
            "top": [
                {"document_id": chunk.document_id, "title": chunk.title, "value": round(float(values[p]), 4)}
                for chunk, p in zip(chunks, best, strict=True)
            ],
        }
    return lists


def _why_not(
    asker: Asker, store: Reader, found: Found, k: int, document_id: str, cited: Sequence[Evidence] | None
) -> dict[str, Any]:
    """Say where an expected document was lost, or that it was not; ``cited`` is what an overview cites."""
    said: dict[str, Any] = {"document_id": document_id}
    if store.document(document_id) is None:
        return {**said, "class": "unknown document", "say": "The workspace has no such document."}
    rows = store.rows_where({"id": document_id})
    if found.allowed is not None and not found.allowed[rows].any():
        return {**said, "class": "filtered out", "say": "The filter excludes it."}
    if cited is not None:
        return {**said, **_cited(cited, k, document_id)}
    candidates = found.candidates
    position = {int(row): i for i, row in enumerate(candidates.rows)}
    places = {int(p): place for place, p in enumerate(found.order.tolist(), start=1)}
    mine = sorted((places[position[row]], position[row]) for row in rows if row in position)
    nearness = asker.ranks(found, rows)
    near = " and ".join(f"at rank {rank:,} by {way}" for way, rank in nearness.items())
    if not mine:
        return {
            **said,
            "class": "not in candidates",
            "say": f"It is {near}; the first 100 of each are candidates. No passage found first names what it is "
            "about or shares a rare name with it.",
            "ranks": nearness,
        }
    place, best = mine[0]
    values = dict(zip(FEATURES, candidates.features[best].tolist(), strict=True))
    features = {name: round(value, 4) for name, value in values.items() if value > 0}
    said |= {"rank": place, "ranks": nearness, "features": features}
    if place <= k:
        return {**said, "class": "returned", "say": f"It was returned at rank {place}."}
    kind, reason = _lost(values)
    short = _shortfall(found, best, k)
    say = f"It is a candidate at rank {place} of {len(candidates.rows)} ({near}); {k} were returned. {reason}"
    return {**said, "class": kind, "say": say, "short_of_the_last_returned": short}


def _cited(cited: Sequence[Evidence], k: int, document_id: str) -> dict[str, Any]:
    """Say at which rank an answer of several sentences cites a document."""
    place = next((rank for rank, item in enumerate(cited, start=1) if item.chunk.document_id == document_id), None)
    if place is None:
        return {"class": "not cited", "say": "No sentence of the answer stands in it."}
    if place <= k:
        return {"rank": place, "class": "returned", "say": f"It was returned at rank {place}."}
    say = f"It is at rank {place} of {len(cited)} passages that the answer cites; {k} were returned."
    return {"rank": place, "class": "ranked low", "say": say}


def _lost(values: Mapping[str, float]) -> tuple[str, str]:
    """Return why a candidate with these features has a low rank."""
    if values["seed"] > 0:
        return "ranked low", "The question names what it is about."
    if values["link"] > 0:
        return "ranked low", "A passage found first names what it is about."
    if values["shared"] > 0 or values["onward"] > 0:
        return "no link", "It shares a name with a passage found first, but none of those names what it is about."
    return "no mention", "It names nothing that a passage found first names too."


def _shortfall(found: Found, position: int, k: int) -> dict[str, float]:
    """Return the features by which a candidate stays behind the last passage returned, the most telling first."""
    features = found.candidates.features
    last = int(found.order[min(k, len(found.order)) - 1])
    missing = (features[last] - features[position]) * found.weights / max(float(found.weights.sum()), 1e-12)
    order = [column for column in np.argsort(-missing, kind="stable")[:3].tolist() if missing[column] > 0]
    names = list(FEATURES)
    return {names[column]: round(float(missing[column]), 4) for column in order}
