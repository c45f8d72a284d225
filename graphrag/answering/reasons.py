"""Whether a text can say why something happened."""

import re

from graphrag.answering.wording import stem
from graphrag.text import words
from graphrag.types import ParsedSentence

__all__ = ["gives_cause", "is_cause"]

_CAUSE = re.compile(r"\b(?:because(?: of)?|due to|owing to|as a result of)\b", re.IGNORECASE)


def is_cause(sentence: str, start: int, verb: str) -> bool:
    """Tell whether a part of a sentence may be why something happened, as far as the sentence says why anything did.

    Parameters
    ----------
    sentence : str
    start : int
        Where the part begins in it.
    verb : str
        Stem of the verb for what happened: where it stands behind "because", the sentence says what came of it.
    """
    said = _CAUSE.search(sentence)
    if said is None:
        return True
    before, after = (
        {stem(word) for word in words(part)} for part in (sentence[: said.start()], sentence[said.end() :])
    )
    return start >= said.end() and (not verb or verb in before or verb not in after)


def gives_cause(sentence: ParsedSentence, token: int) -> bool:
    """Tell whether a part of a sentence stands behind a word for a reason: "because", "due to", "as", "since"."""
    told = _CAUSE.search(sentence.text)
    if told is not None and told.end() <= sentence.starts[token]:
        return True
    return any(
        word.lower() in ("as", "since") and sentence.relations[mark] == "mark" and mark < token
        for mark, word in enumerate(sentence.words)
    )
