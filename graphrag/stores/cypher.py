"""Cypher statements as files: the header says what a statement does, takes and returns, and is held to it.

A file under ``queries/`` begins with comment lines: sentences on what it does, then ``params`` (name, type and, after
``=``, a default), ``returns`` (columns), ``mode`` (read or write) and, for people's queries, ``runs`` (where it can
run).  The path without its ending is the name::

    // What an entity is linked to, the best supported first.
    // params: name string, limit integer = 25
    // returns: predicate, neighbour
    // mode: read
"""

import contextlib
import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrag.errors import InputError
from graphrag.resources import resource
from graphrag.stores.tokens import Token, tokens_of

__all__ = ["Parameter", "Query", "Table", "json_value", "load_query", "parse_query", "query_names"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
}
_KEYS = ("params", "returns", "mode", "runs")
_PARAMETER = re.compile(r'([a-z_]+) ([a-z]+)(?: = ("(?:[^"\\]|\\.)*"|[^,"]+))?(?:, |$)')
_WRITING = frozenset({"CREATE", "MERGE", "DELETE", "DETACH", "SET", "REMOVE", "DROP", "ALTER", "FOREACH", "LOAD"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query; ``default`` is None where it must be given."""

    name: str
    type: str
    default: Any = None


@dataclass(frozen=True, slots=True)
class Query:
    """A statement of the library."""

    name: str
    text: str  # the statement without its header
    about: str
    parameters: tuple[Parameter, ...]
    returns: tuple[str, ...]
    mode: str  # "read" or "write"
    runs: tuple[str, ...]  # "neo4j", "workspace"

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of all parameters, defaults filled in; texts of the command line become their types.

        Raises
        ------
        InputError
            A parameter is unknown, missing, or of another type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise InputError(
                    f"The query {self.name} has no parameter {name!r}; it has: {', '.join(known) or 'none'}."
                )
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            value = given.get(parameter.name, parameter.default)
            if value is None:
                raise InputError(
                    f"The query {self.name} needs the parameter {parameter.name} ({parameter.type}): give it with "
                    f"-p {parameter.name}=VALUE."
                )
            values[parameter.name] = _typed(self.name, parameter, value)
        return values


@dataclass(frozen=True, slots=True)
class Table:
    """What a statement returned, as values that JSON can hold."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool  # whether there were more rows than the limit


def json_value(value: Any) -> Any:
    """Return a single value as one that JSON can hold."""
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return str(value)
    return value


def query_names(folder: str = "") -> list[str]:
    """Return the names of all queries, or of those under a folder such as ``explore``."""
    return [name for name in _all_names() if name.startswith(f"{folder}/" if folder else "")]


@functools.cache
def _all_names() -> tuple[str, ...]:
    """Return the names of all queries."""
    base = resource("queries")
    return tuple(sorted(path.relative_to(base).with_suffix("").as_posix() for path in base.rglob("*.cypher")))


@functools.cache
def load_query(name: str) -> Query:
    """Return a query of the library, checked against its header.

    Raises
    ------
    InputError
        There is none of that name, or the file breaks the rules of :func:`parse_query`.
    """
    names = query_names()
    if name not in names:
        import difflib

        near = difflib.get_close_matches(name, [*names, *(n.rpartition("/")[2] for n in names)], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"There is no query {name!r}{hint} `graphrag cypher list` names them all.")
    return parse_query(name, Path(resource("queries"), f"{name}.cypher").read_text(encoding="utf-8"))


def parse_query(name: str, source: str) -> Query:
    """Read a query file.

    Parameters
    ----------
    name : str
        Its path without the ending, for messages.
    source : str
        The whole file.

    Raises
    ------
    InputError
        The header lacks something, a parameter is undeclared or unused, or a read query holds a clause that writes.
    """
    lines = source.splitlines()
    head = list(_leading_comments(lines))
    text = "\n".join(lines[len(head) :]).strip()
    facts: dict[str, str] = {}
    about: list[str] = []
    for line in head:
        key, colon, value = line.partition(": ")
        if colon and key in _KEYS:
            facts[key] = value.strip()
        else:
            about.append(line)
    if not about or not text or "mode" not in facts or "returns" not in facts:
        raise InputError(f"The query {name} needs a sentence, `returns`, `mode` and a statement.")
    mode = facts["mode"]
    if mode not in ("read", "write"):
        raise InputError(f"The query {name} has the mode {mode!r}; it must be read or write.")
    parameters = tuple(_parameters(name, facts.get("params", "none")))
    tokens = list(tokens_of(text))
    _check_parameters(name, {p.name for p in parameters}, tokens)
    words = {token.word for token in tokens if token.kind == "word"}
    if mode == "read" and words & _WRITING:
        raise InputError(f"The query {name} says it reads, and holds {', '.join(sorted(words & _WRITING))}.")
    runs = tuple(facts.get("runs", "neo4j").split(", "))
    returns = () if facts["returns"] == "nothing" else tuple(facts["returns"].split(", "))
    return Query(name, text, " ".join(about), parameters, returns, mode, runs)


def _leading_comments(lines: list[str]) -> Iterator[str]:
    """Yield the comment lines that a file begins with, without their marks."""
    for line in lines:
        if not line.startswith("//"):
            return
        yield line.removeprefix("//").strip()


def _parameters(name: str, said: str) -> Iterator[Parameter]:
    """Read the declared parameters."""
    if said == "none":
        return
    place = 0
    while place < len(said):
        matched = _PARAMETER.match(said, place)
        if matched is None or matched[2] not in _TYPES:
            raise InputError(f"The query {name} declares its parameters wrongly at {said[place : place + 40]!r}.")
        yield Parameter(matched[1], matched[2], None if matched[3] is None else json.loads(matched[3]))
        place = matched.end()


def _check_parameters(name: str, declared: set[str], tokens: list[Token]) -> None:
    """Refuse parameters that are used and not declared, or declared and not used."""
    used = {token.text for token in tokens if token.kind == "parameter"}
    for kind, names in (("uses the undeclared", used - declared), ("does not use the declared", declared - used)):
        if names:
            raise InputError(f"The query {name} {kind} parameter {', '.join(sorted(names))}.")


def _typed(query: str, parameter: Parameter, value: Any) -> Any:
    """Return a value as its parameter's type."""
    if isinstance(value, str) and parameter.type != "string":
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    allowed = _TYPES[parameter.type]
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise InputError(f"The parameter {parameter.name} of {query} must be of type {parameter.type}.")
    return value
