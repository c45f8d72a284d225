"""Small changes of wording: words without their endings, a date cut to its year."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from graphrag.answering.telling import Reached
from graphrag.lemmas import irregular_lemma
from graphrag.text import words

__all__ = ["VERSION", "shorten_year", "stem", "stems_of"]

VERSION = re.compile(r"(?<![\w.])\d+(?:\.\d+)+(?![\w.])")
"""A version of several numbers."""
_SUFFIX = re.compile(r"(?:ations?|ions?|ings?|ments?|ers?|ors?|ed|es|s|ly|e)$")
_DOUBLED = re.compile(r"([bdgmnprt])\1$")
_CODE = re.compile(r"[^\W_]+(?:[.,/+_-][^\W_]+)+")  # "4.2", "inc-101", "5,000": a word of a question, several of a text
_FINAL_Y = re.compile(r"[^aeiou]y$")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a word without its commonest endings, so that "directed" meets "director" and "led" meets "leader".

    Parameters
    ----------
    word : str
        In lower case.
    """
    base = irregular_lemma(word)
    cut = _SUFFIX.sub("", base)
    if len(cut) < 3:
        return base[:-1] if len(base) > 3 and base.endswith("s") and base[-2] != "s" else base  # "uses"
    if cut != base and _DOUBLED.search(cut):  # "planned", "winner"
        cut = cut[:-1]
    return cut[:-1] + "i" if _FINAL_Y.search(cut) else cut  # "study" meets "studied"


def stems_of(text: str) -> Iterator[str]:
    """Yield the stems of the words of a text, then its codes and numbers of several parts as a whole, in lower case."""
    yield from map(stem, words(text))
    yield from (stem(code) for code in _CODE.findall(text.lower()) if re.search(r"[\d+_]", code))


def shorten_year(value: Reached) -> Reached:
    """Cut a date to its year."""
    year = re.search(r"\d{3,4}", value.text)
    return replace(value, text=year.group()) if year else value
