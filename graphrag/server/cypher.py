"""Statements of clients: only such as read, bounded in time and rows."""

from collections.abc import Mapping
from typing import Any

from graphrag.engine import GraphRAG
from graphrag.stores.cypher import Table
from graphrag.stores.inprocess import run_read
from graphrag.stores.neo4j.running import run_statement
from graphrag.stores.neo4j.store import Neo4jStore
from graphrag.stores.reading import Reader

__all__ = ["run_cypher"]


def run_cypher(rag: GraphRAG, statement: str, parameters: Mapping[str, Any], rows: int, seconds: float) -> Table:
    """Run a statement on the graph that is served.

    Raises
    ------
    InputError
        It might do more than read, is wrong, or asks too much.
    MissingExtra
        A workspace is served, and the engine for it is not installed.
    """
    store: Reader = rag.store
    if isinstance(store, Neo4jStore):
        return run_statement(store.database, statement, parameters, rows=rows, seconds=seconds)
    return run_read(store, statement, parameters, limit=rows, timeout=seconds)
