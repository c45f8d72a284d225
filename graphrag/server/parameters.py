"""Query parameters: one that a route does not have is most likely a misspelt one."""

import difflib

from fastapi import Request

from graphrag.server.problems import Problem

__all__ = ["refuse_unknown"]

# Programs of others send parameters of their own there.
_LENIENT = frozenset({"chat", "health"})
_LONGEST = 100


def refuse_unknown(request: Request) -> None:
    """Refuse a request with a query parameter that its route does not have.

    Raises
    ------
    Problem
        422, naming the nearest one that it has.
    """
    route = request.scope["route"]
    known = [parameter.alias for parameter in route.dependant.query_params]
    unknown = sorted(set(request.query_params) - set(known))
    if not unknown or _LENIENT.intersection(route.tags):
        return
    name = unknown[0][:_LONGEST]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif known:
        hint = f"there are: {', '.join(known)}."
    else:
        hint = "it takes none." if request.method != "POST" else "it takes none, but a JSON body."
    raise Problem(422, f"This route has no query parameter {name!r}; {hint}")
