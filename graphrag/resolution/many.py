"""Makes many values of a frozen class at once, column by column: half the time of one after the other."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import repeat
from typing import Any, TypeVar, cast

__all__ = ["make_many"]

T = TypeVar("T")


def make_many(kind: type[T], first: Sequence[Any], *others: Iterable[Any]) -> list[T]:
    """Return values of a data class with slots that does nothing when it is made but hold its fields.

    Parameters
    ----------
    kind : type
        The class.
    first, *others : iterable
        The values of each of its fields, in the order of the fields.
    """
    made = list(map(object.__new__, repeat(kind, len(first))))
    for field, column in zip(fields(cast(Any, kind)), (first, *others), strict=True):
        # What the class itself does for each field of each value, without a call of Python.
        deque(map(getattr(kind, field.name).__set__, made, column), maxlen=0)
    return made
