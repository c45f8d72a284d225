"""On which page of its document a piece of text stands."""

import re
from bisect import bisect_right
from collections.abc import Mapping

from graphrag.types import Scalar

__all__ = ["page_of"]

_START = re.compile(r"[0-9]{1,12}")  # a row may say anything under the name of the field


def page_of(metadata: Mapping[str, Scalar], offset: int) -> int | None:
    """Return the page, counted from 1, on which a character of a document's text stands.

    Parameters
    ----------
    metadata
        The document's; ``page_starts`` says where each page begins in the text.
    offset
        The character, such as the start of a quote.

    Returns
    -------
    int or None
        None for a document without pages.
    """
    said = metadata.get("page_starts")
    starts = said.split() if isinstance(said, str) else []
    if not starts or not all(_START.fullmatch(start) for start in starts):
        return None
    return max(1, bisect_right([int(start) for start in starts], offset))
