"""Knowledge-graph retrieval for question answering, offline and with checkable citations."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphrag.engine import GraphRAG

__all__ = ["GraphRAG", "__version__"]
__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """Load the engine when it is first asked for, so that ``import graphrag`` stays fast."""
    if name == "GraphRAG":
        from graphrag.engine import GraphRAG

        return GraphRAG
    raise AttributeError(f"module 'graphrag' has no attribute {name!r}")
