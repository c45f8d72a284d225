"""The years that facts say."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.types import Fact

if TYPE_CHECKING:
    from graphrag.communities.numbers import IntArray

__all__ = ["years_of"]

_YEAR = re.compile(r"(?<![\d.,])(1\d{3}|20\d{2})(?![\d,]|\.\d)", re.ASCII)


def years_of(facts: Sequence[Fact]) -> "IntArray":
    """Return the first and the last year that each fact says, (n_facts, 2), 0 where it says none."""
    numbers, texts = list[int](), list[str]()
    for number, fact in enumerate(facts):
        if fact.object is None:
            numbers.append(number)
            texts.append(f"{fact.when} {fact.value}\n")
        elif fact.when:
            numbers.append(number)
            texts.append(f"{fact.when}\n")
    found = [(match.start(), int(match.group())) for match in _YEAR.finditer("".join(texts))]  # all at once is faster
    years = np.zeros((len(facts), 2), dtype=np.int64)
    if found:
        at, said = np.array(found, dtype=np.int64).T
        ends = np.cumsum([len(text) for text in texts])
        said_by = np.array(numbers, dtype=np.int64)[np.searchsorted(ends, at, side="right")]
        years[said_by, 0] = np.iinfo(np.int64).max
        np.minimum.at(years[:, 0], said_by, said)
        np.maximum.at(years[:, 1], said_by, said)
    return years
