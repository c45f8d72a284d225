"""Recipes: YAML files that become typed, checked settings, each value with the file it came from.

A recipe has two mappings, ``build`` and ``ask``; it may extend one parent, say what it needs, and carry a benchmark.
Secrets are never written in a recipe: an option's value is ``${NAME}``, which is read from the environment only when
the part is made, so neither a stored recipe nor a fingerprint holds it.
"""

from graphrag.config.files import Setting, load_recipe, recipe_names, trace_recipe
from graphrag.config.settings import (
    MODES,
    AskSettings,
    Bench,
    BenchData,
    BuildSettings,
    Chunking,
    Communities,
    LLMSettings,
    Mode,
    PartSettings,
    Recipe,
    ResolutionSettings,
    check_settings,
)

__all__ = [
    "MODES",
    "AskSettings",
    "Bench",
    "BenchData",
    "BuildSettings",
    "Chunking",
    "Communities",
    "LLMSettings",
    "Mode",
    "PartSettings",
    "Recipe",
    "ResolutionSettings",
    "Setting",
    "check_settings",
    "load_recipe",
    "recipe_names",
    "trace_recipe",
]
