"""The ways to ask: what each mode weighs, and which answer with several sentences."""

from collections.abc import Mapping

__all__ = ["MODE_WEIGHTS", "OVERVIEWS"]

MODE_WEIGHTS: Mapping[str, Mapping[str, float] | None] = {
    "auto": None,
    "hybrid": {"passage": 0.8, "lexical": 0.2},
    "basic": {"passage": 1.0},
    "lexical": {"lexical": 1.0},
    "ppr": {"walk": 1.0},
    "links": {"passage": 1.0, "sentence": 1.0, "lexical": 1.0, "seed": 3.0, "link": 1.5},
    "local": None,
    "global": None,
    "drift": None,
}
"""Weights of the features in each mode; None means the recipe's own."""

OVERVIEWS = ("local", "global", "drift")  # modes that answer with several sentences
