"""How a function of :mod:`graphrag.client.calls` becomes a method of a client."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["like"]

Method = TypeVar("Method", bound=Callable[..., Any])


def like(route: Callable[..., Any]) -> Callable[[Method], Method]:
    """Give a method the name, parameters and docstring of the function that makes its call, for ``help``."""

    def named(method: Method) -> Method:
        myself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        parameters = [myself, *inspect.signature(route).parameters.values()]
        method.__name__ = method.__qualname__ = route.__name__
        method.__doc__ = route.__doc__
        method.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what ``inspect`` looks for
        return method

    return named
