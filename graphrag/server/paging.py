"""Pages of lists: how many, and from where on."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

__all__ = ["Cursor", "Limit", "page"]

Line = TypeVar("Line")

Limit = Annotated[int, Query(ge=1, le=200, description="The most things on a page.")]
Cursor = Annotated[
    str, Query(pattern=r"^([0-9]{1,9})?$", description="`next` of the page before; nothing for the first.")
]


def page(read: Callable[[int, int], Sequence[Line]], cursor: str, limit: int) -> tuple[Sequence[Line], str | None]:
    """Return a page and the cursor of the next; a new build between two pages may move what is on them.

    Parameters
    ----------
    read : callable
        Takes an offset and a limit.
    cursor : str
        From where on.
    limit : int
        How many.
    """
    offset = int(cursor or 0)
    found = read(offset, limit + 1)
    return found[:limit], str(offset + limit) if len(found) > limit else None
