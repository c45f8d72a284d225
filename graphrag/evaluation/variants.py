"""Questions as people type them: all in lower case, or with a slip in a name."""

import hashlib
from collections.abc import Callable, Mapping

from graphrag.text import STOP_WORDS, word_spans

__all__ = ["VARIANTS", "with_a_typo"]

_LEAST_LETTERS = 5


def with_a_typo(question: str) -> str:
    """Return a question with two neighbouring letters swapped, or one left out, in its longest capitalised word.

    The slip spares the first and the last letter; which one it is depends on the text alone.  A question without a
    capitalised word of five letters is returned as it is; its first word does not count, because any question opens
    with a capital.
    """
    names = [
        span
        for span in word_spans(question)[1:]
        if question[span.start].isupper()
        and span.end - span.start >= _LEAST_LETTERS
        and question[span.start : span.end].isalpha()
        and question[span.start : span.end].lower() not in STOP_WORDS
    ]
    if not names:
        return question
    span = max(names, key=lambda name: (name.end - name.start, -name.start))
    draw = int.from_bytes(hashlib.blake2b(question.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little")
    word = question[span.start : span.end]
    swaps = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
    if draw % 2 and swaps:
        i = swaps[draw // 2 % len(swaps)]
        slip = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    else:
        i = 1 + draw // 2 % (len(word) - 2)
        slip = word[:i] + word[i + 1 :]
    return question[: span.start] + slip + question[span.end :]


VARIANTS: Mapping[str, Callable[[str], str]] = {"lower case": str.lower, "one typo": with_a_typo}
"""How questions are asked otherwise."""
