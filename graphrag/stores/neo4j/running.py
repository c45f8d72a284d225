"""Running people's statements and the library's queries for people: bounded in time and rows."""

from collections.abc import Mapping
from typing import Any

from graphrag.stores.cypher import Query, Table, json_value
from graphrag.stores.guard import check_plan, check_statement
from graphrag.stores.neo4j.connection import explaining
from graphrag.stores.neo4j.session import Database

__all__ = ["run_query", "run_statement"]


def run_query(database: Database, query: Query, given: Mapping[str, Any], *, rows: int, seconds: float) -> Table:
    """Run a query of the library.

    Parameters
    ----------
    database : Database
        Where to run it.
    query : Query
        A reading query.
    given : mapping
        Values of its parameters; the others take their defaults.
    rows : int
        The most rows to return.
    seconds : float
        The longest it may take.

    Raises
    ------
    InputError
        A parameter is missing, unknown, or of another type.
    Neo4jError
        The server fails, or the time is over.
    """
    return _run(database, query.text, query.bind(given), rows, seconds, write=query.mode == "write")


def run_statement(
    database: Database, text: str, given: Mapping[str, Any], *, rows: int, seconds: float, write: bool = False
) -> Table:
    """Run a user's statement; without ``write`` only after three checks that it reads.

    Parameters are those of :func:`run_query`.

    Raises
    ------
    InputError
        The statement might do more than read.
    Neo4jError
        The server refuses it, fails, or the time is over.
    """
    if not write:
        check_statement(text)
        with explaining(database.address), database.session("READ") as session:
            from neo4j import Query as Statement

            # EXPLAIN plans and does not run; a statement that begins with other words was refused above.
            planned = session.run(Statement("EXPLAIN " + text, timeout=seconds), dict(given)).consume()
        check_plan(planned.plan)
    return _run(database, text, given, rows, seconds, write=write)


def _run(
    database: Database, text: str, parameters: Mapping[str, Any], rows: int, seconds: float, *, write: bool
) -> Table:
    """Run a statement in one transaction that the server ends when its time is over."""
    from neo4j import Query as Statement

    with explaining(database.address), database.session("WRITE" if write else "READ", fetch=rows + 1) as session:
        # Some drivers want a literal here; this text was read by the guard, or may write.
        result = session.run(Statement(text, timeout=seconds), dict(parameters))  # type: ignore[arg-type, unused-ignore]
        columns = tuple(result.keys())
        records = [tuple(_plain(value) for value in record.values()) for record in result.fetch(rows + 1)]
        result.consume()
    return Table(columns, tuple(records[:rows]), len(records) > rows)


def _plain(value: Any) -> Any:
    """Return a value of Neo4j as one that JSON can hold."""
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": _properties(value)}
    if isinstance(value, Relationship):
        return {"type": value.type, "properties": _properties(value)}
    if isinstance(value, Path):
        return {"nodes": [_plain(n) for n in value.nodes], "relationships": [_plain(r) for r in value.relationships]}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return json_value(value)


def _properties(thing: Any) -> dict[str, Any]:
    """Return the properties of a node or relationship, long vectors shortened to a word."""
    return {
        key: f"{len(value)} numbers" if key == "embedding" else _plain(value) for key, value in sorted(thing.items())
    }
