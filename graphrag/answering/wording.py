"""Small changes of wording: a word without its ending, a date cut to its year."""

import re
from dataclasses import replace
from functools import lru_cache

from graphrag.answering.telling import Reached

__all__ = ["shorten_year", "stem"]

_SUFFIX = re.compile(r"(?:ations?|ions?|ings?|ments?|ers?|ors?|ed|es|s|ly|e)$")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a word without its commonest endings, so that "directed" meets "director"."""
    cut = _SUFFIX.sub("", word)
    return cut if len(cut) >= 3 else word


def shorten_year(value: Reached) -> Reached:
    """Cut a date to its year."""
    year = re.search(r"\d{3,4}", value.text)
    return replace(value, text=year.group()) if year else value
