"""Running the library's queries on one graph of a database."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from graphrag.stores.cypher import load_query
from graphrag.stores.neo4j.connection import Address, Neo4jError, connect, explaining

__all__ = ["Database"]

T = TypeVar("T")

_FETCH = 2000  # rows that the server sends at a time


class Database:
    """An open database.  A context manager.

    Parameters
    ----------
    address : Address
        Where it is, and as whom to open it.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.driver = connect(address)

    def close(self) -> None:
        """Close all connections; closing twice does nothing."""
        self.driver.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def read(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run a reading query in a managed transaction and return its rows."""
        query = load_query(name)
        if query.mode != "read":
            raise Neo4jError(f"The query {name} writes.")
        with explaining(self.address), self.session("READ") as session:
            rows: list[dict[str, Any]] = session.execute_read(lambda tx: tx.run(query.text, parameters).data())
        return rows

    def stream(self, name: str, **parameters: Any) -> Iterator[Sequence[Any]]:
        """Yield the rows of a reading query as they come; nothing holds them all."""
        query = load_query(name)
        with explaining(self.address), self.session("READ") as session:
            for record in session.run(query.text, parameters):
                yield record.values()

    def write(self, steps: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Run writing queries in order in one managed transaction, again after deadlocks and outages."""
        texts = [(load_query(name).text, parameters) for name, parameters in steps]

        def work(transaction: Any) -> None:
            for text, parameters in texts:
                transaction.run(text, parameters).consume()

        self.transact(work)

    def transact(self, work: Callable[[Any], T]) -> T:
        """Do some work in one managed transaction, which it is handed; again after deadlocks and outages."""
        with explaining(self.address), self.session("WRITE") as session:
            done: T = session.execute_write(work)
        return done

    def rehearse(self, work: Callable[[Any], T]) -> T:
        """Do some work in a transaction, which it is handed, and take it back."""
        with explaining(self.address), self.session("WRITE") as session, session.begin_transaction() as transaction:
            done = work(transaction)
            transaction.rollback()
        return done

    def define(self, name: str) -> None:
        """Run a schema statement, which wants a transaction of its own."""
        self.write([(name, {})])

    def plan(self, names: Iterable[str], graph: str) -> None:
        """Let the server plan queries on a graph as it is now, which it keeps for when they are run."""
        values: Mapping[str, Any] = {"string": graph, "integer": 1, "list": [], "map": {}}
        queries = [load_query(name) for name in names]

        def work(transaction: Any) -> None:
            for query in queries:
                given = {p.name: values[p.type] for p in query.parameters}
                transaction.run(f"EXPLAIN {query.text}", given).consume()

        self.transact(work)

    def session(self, mode: str, fetch: int = _FETCH) -> Any:
        """Open a session; in the mode ``READ`` the server itself refuses to write."""
        return self.driver.session(
            database=self.address.database, default_access_mode=mode, fetch_size=fetch, bookmarks=None
        )
