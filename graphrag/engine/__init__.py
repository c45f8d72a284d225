"""GraphRAG: open, build, search, ask, explain, inspect, close.  The only place that wires the parts together.

``opened`` holds a store and makes the parts that its recipe names; ``changes`` and ``questions`` are the two halves of
what can be done with them; ``facade`` puts them together and opens.
"""

from graphrag.building import BuildReport
from graphrag.engine.facade import GraphRAG
from graphrag.engine.questions import STYLES
from graphrag.engine.recipes import asked_with, recipe_of

__all__ = ["STYLES", "BuildReport", "GraphRAG", "asked_with", "recipe_of"]
