"""Connecting to a Neo4j database: addresses, credentials, and errors that say what to do."""

import contextlib
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from graphrag.errors import GraphRAGError, MissingExtra
from graphrag.stores.cypher import load_query

if TYPE_CHECKING:
    from neo4j import Driver

__all__ = ["Address", "Neo4jError", "check_version", "connect", "explaining", "find_address", "load_driver"]

_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_ADDRESS = re.compile(r"([a-z0-9+]+)://(?:([^@/]*)@)?[^@/\s]+/?")
_OLDEST = (5, 26)
_CONNECT_SECONDS = 5.0
_RETRY_SECONDS = 60.0  # how long a transaction is tried again after deadlocks and outages


class Neo4jError(GraphRAGError):
    """A Neo4j server cannot be reached, refuses, or does not hold what is expected."""


@dataclass(frozen=True)
class Address:
    """Where a database is, and as whom to open it.  The password is never shown."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str | None = None


def find_address(
    uri: str, ask: Callable[[str], str] | None = None, environment: Mapping[str, str] | None = None
) -> Address:
    """Add credentials to an address: from the environment, from a ``.env`` file here, or by asking.

    Parameters
    ----------
    uri : str
        ``bolt://HOST:PORT`` or any other scheme of the Neo4j driver.
    ask : callable, optional
        Asks the user for a password, given the words to show.
    environment : mapping, optional
        By default the process's own: ``NEO4J_USERNAME``, ``NEO4J_PASSWORD``, ``NEO4J_DATABASE``.

    Raises
    ------
    Neo4jError
        The address is malformed or carries a password, or no password is to be had.
    """
    matched = _ADDRESS.fullmatch(uri)
    if matched is None or matched[1] not in _SCHEMES:
        raise Neo4jError(f"This is no address of a Neo4j server; write it like bolt://127.0.0.1:7687: {_safe(uri)}")
    if matched[2] is not None:
        raise Neo4jError(
            "The address carries credentials, which others can read in the list of processes: leave them out and set "
            "NEO4J_USERNAME and NEO4J_PASSWORD in the environment or in a .env file."
        )
    known = {**_env_file(Path(".env")), **(os.environ if environment is None else environment)}
    user = known.get("NEO4J_USERNAME") or "neo4j"
    password = known.get("NEO4J_PASSWORD")
    if not password and ask is not None:
        password = ask(f"Password of {user} at {uri}")
    if not password:
        raise Neo4jError(f"No password for {uri}: set NEO4J_PASSWORD in the environment or in a .env file.")
    return Address(uri, user, password, known.get("NEO4J_DATABASE") or None)


def _safe(uri: str) -> str:
    """Return an address without what may be a password."""
    return re.sub(r"//[^/]*@", "//…@", uri)


def _env_file(path: Path) -> dict[str, str]:
    """Return the NEO4J_ variables of a ``.env`` file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found = {}
    for line in lines:
        matched = re.fullmatch(r"\s*(?:export\s+)?(NEO4J_[A-Z]+)\s*=\s*(.*?)\s*", line)
        if matched:
            value = matched[2]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[matched[1]] = value[1:-1] if quoted else value
    return found


def load_driver() -> None:
    """Load the driver without pyarrow, for a command: with it, where it is installed, it takes a third longer.

    The driver loads pyarrow for a way of giving vectors that this program has no use for.  A program that has loaded
    either by itself keeps both.
    """
    if "neo4j" in sys.modules or "pyarrow" in sys.modules:
        return
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # Python's way of saying that there is none
    try:
        with contextlib.suppress(ImportError):  # which is told by who connects
            import neo4j  # noqa: F401 - only to have it loaded
    finally:
        del sys.modules["pyarrow"]


def connect(address: Address) -> "Driver":
    """Open a driver and check that the server answers, lets us in, and is new enough.

    Raises
    ------
    Neo4jError
        The server is down, refuses the credentials, has no such database, or is older than 5.26.
    MissingExtra
        The driver is not installed.
    """
    try:
        from neo4j import GraphDatabase
    except ImportError as error:
        raise MissingExtra("The Neo4j driver is not installed: pip install neo4j") from error
    # What the driver tries again is told by the error in the end, not by the log on stderr.
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    with explaining(address):
        driver = GraphDatabase.driver(
            address.uri,
            auth=(address.user, address.password),
            connection_timeout=_CONNECT_SECONDS,
            connection_acquisition_timeout=_CONNECT_SECONDS + 2,
            max_transaction_retry_time=_RETRY_SECONDS,
            retry_delay_multiplier=1.3,  # the driver's 2 ends in waits of more than a minute
            notifications_min_severity="OFF",
        )
        try:
            check_version(address, driver.get_server_info().agent)
            driver.execute_query(load_query("read/ping").text, database_=address.database, routing_="r")
        except BaseException:
            driver.close()
            raise
    return driver


def check_version(address: Address, agent: str) -> None:
    """Refuse a server that is older than 5.26.

    Parameters
    ----------
    agent : str
        What the server says it is, such as ``Neo4j/5.26.30``.
    """
    version = re.search(r"(\d+)\.(\d+)", agent)
    if version and (int(version[1]), int(version[2])) < _OLDEST:
        raise Neo4jError(
            f"The server at {address.uri} is {agent}, and 5.26 or newer is needed: upgrade it, or start a private one "
            "with `graphrag neo4j start -w WORKSPACE`."
        )


@contextlib.contextmanager
def explaining(address: Address) -> Iterator[None]:
    """Turn what the driver raises into errors that say what happened and what to do."""
    from neo4j.exceptions import AuthError, ClientError, DriverError, ServiceUnavailable, TransientError
    from neo4j.exceptions import Neo4jError as ServerError

    try:
        yield
    except AuthError as error:
        raise Neo4jError(
            f"The server at {address.uri} refuses the user {address.user}: check NEO4J_USERNAME and NEO4J_PASSWORD "
            f"({error.code or 'no code'})."
        ) from error
    except ClientError as error:
        raise Neo4jError(_client_problem(address, error.code or "", error.message or "")) from error
    except TransientError as error:
        raise Neo4jError(
            f"The server at {address.uri} was too busy for too long ({error.code}): run the command again; it goes on "
            "where it was."
        ) from error
    except ServerError as error:
        raise Neo4jError(f"The server at {address.uri} failed: {error.message} ({error.code}).") from error
    except (ServiceUnavailable, DriverError, OSError) as error:
        raise Neo4jError(
            f"The server at {address.uri} does not answer: start it (a private one: `graphrag neo4j start -w "
            f"WORKSPACE`) and run the command again; it goes on where it was. ({_first_line(error)})"
        ) from error


def _client_problem(address: Address, code: str, message: str) -> str:
    """Say what a refused statement means for the user."""
    if "DatabaseNotFound" in code:
        return (
            f"The server at {address.uri} has no database {address.database!r}: check NEO4J_DATABASE, or leave it out."
        )
    if "ReadOnly" in code:
        return (
            f"The database at {address.uri} is for reading only ({code}): publish to another one, or have it opened "
            "for writing."
        )
    if "Security.Forbidden" in code or "Statement.AccessMode" in code:
        return (
            f"The user {address.user} may not do this on {address.uri}: {message} Give the user the right, or use "
            "another one."
        )
    if "ConstraintValidationFailed" in code:
        return (
            f"The database at {address.uri} has a constraint of its own that the graph breaks: {message} Use another "
            "database."
        )
    if "TransactionTimedOut" in code:
        return f"The statement took longer than its time limit on {address.uri}: narrow it, or raise the limit."
    return f"The server at {address.uri} refuses a statement: {message} ({code})"


def _first_line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return str(error).strip().split("\n")[0][:200] or type(error).__name__
