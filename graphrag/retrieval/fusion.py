"""One score for each candidate: a weighted sum of its features, the weights few, documented and never negative."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphrag.errors import RecipeError
from graphrag.resources import resource
from graphrag.retrieval.reader import FloatRows

__all__ = ["FEATURES", "default_weights", "fuse", "weight_vector"]

FEATURES: Mapping[str, str] = {
    "passage": "cosine of the passage with the question, scaled and squared",
    "sentence": "cosine of its best sentence with the question",
    "lexical": "BM25 of the passage",
    "seed": "the passage is about an entity that the question names",
    "link": "a hop passage names what the passage is about",
    "target": "link, times how well the passage answers the rest of the question",
    "shared": "rarity of an entity that it shares with a hop passage",
    "residual": "cosine of its best sentence with the question without its names",
    "onward": "a sentence of it names a rare entity of a hop passage and answers the rest of the question",
    "walk": "reciprocal rank by personalised PageRank",
    "context": "cosine of the passage with the question without its names",
    "clause": "cosine of its best sentence with the clause of the question that it fits best",
    "clause_passage": "cosine of the passage with the clause of the question that it fits best",
    "bridge": "the lesser of link and shared: a hop passage both names it and has a rare entity in common with it",
}
"""What each feature says.  All are scaled to 0…1 over the candidates of one question, but link, target and onward
(0…2).  A hop passage is one of the six best by similarities and names."""


def default_weights() -> dict[str, float]:
    """Return the shipped weights.  Their file says on what data they were fitted and by which command."""
    data: dict[str, Any] = json.loads((resource("pipelines") / "weights.json").read_text(encoding="utf-8"))
    return {name: float(value) for name, value in data["weights"].items()}


def weight_vector(weights: Mapping[str, float]) -> FloatRows:
    """Return weights in the order of :data:`FEATURES`, shipped ones where ``weights`` names none.

    Raises
    ------
    RecipeError
        A weight has an unknown name or is negative.
    """
    unknown = sorted(set(weights) - set(FEATURES))
    if unknown:
        raise RecipeError(f"ask.weights names {unknown[0]!r}, which is no feature; features: {', '.join(FEATURES)}")
    negative = sorted(name for name, value in weights.items() if value < 0)
    if negative:
        raise RecipeError(f"ask.weights.{negative[0]} is negative; weights are 0 or more")
    merged = default_weights() | dict(weights)
    return np.array([merged[name] for name in FEATURES], dtype=np.float32)


def fuse(features: FloatRows, weights: FloatRows) -> FloatRows:
    """Return the score (n,) of candidates with ``features`` (n, len(FEATURES)); 1 is a full mark on every feature."""
    scores: FloatRows = features @ weights / max(float(weights.sum()), 1e-12)
    return scores
