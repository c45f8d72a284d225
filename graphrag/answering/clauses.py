"""The clause that something stands in: its verb, its subject, its words."""

from collections.abc import Iterator
from functools import lru_cache

from graphrag.types import ParsedSentence

__all__ = ["clause_text", "is_passive", "is_past", "subject_of", "verb_over", "way_up"]

_SUBJECTS = ("nsubj", "nsubjpass")
_DEEPEST = 25


def way_up(sentence: ParsedSentence, token: int) -> Iterator[int]:
    """Yield a token and all above it."""
    for _ in range(_DEEPEST):
        yield token
        if sentence.heads[token] == token:
            return
        token = sentence.heads[token]


def verb_over(sentence: ParsedSentence, token: int) -> int | None:
    """Return the verb whose clause a token stands in, itself where it is one; None where there is none."""
    for other in way_up(sentence, token):
        if sentence.tags[other].startswith("V") and not sentence.relations[other].startswith(
            ("aux", "amod", "compound")
        ):
            return other
    return None


def is_passive(sentence: ParsedSentence, verb: int) -> bool:
    """Tell whether a verb says what is done to its subject: "is led", "a tool written in Rust"."""
    below = [sentence.relations[t] for t, up in enumerate(sentence.heads) if up == verb and t != verb]
    if "auxpass" in below or (sentence.relations[verb] == "acl" and sentence.tags[verb] == "VBN"):
        return True
    joined = sentence.relations[verb] == "conj" and sentence.tags[verb] == "VBN" and not below.count("aux")
    return joined and is_passive(sentence, sentence.heads[verb])  # "was designed by A and built by B"


def is_past(sentence: ParsedSentence, verb: int) -> bool:
    """Tell whether a verb says what was: "opened", "was opened", not "has opened" and "will be opened"."""
    helpers = [t for t, up in enumerate(sentence.heads) if up == verb and sentence.relations[t] in ("aux", "auxpass")]
    tags = [sentence.tags[token] for token in helpers] or [sentence.tags[verb]]
    return tags == ["VBD"]


def subject_of(sentence: ParsedSentence, verb: int) -> int | None:
    """Return the subject of a verb, of a relative clause the noun that it hangs on; None where none is told."""
    for other in way_up(sentence, verb):
        own = [t for t, up in enumerate(sentence.heads) if up == other and sentence.relations[t] in _SUBJECTS]
        if own and sentence.tags[own[0]] not in ("WDT", "WP"):
            return own[0]
        if sentence.relations[other] in ("relcl", "acl"):
            return sentence.heads[other]
        if sentence.relations[other] != "conj":
            return None
    return None


@lru_cache(maxsize=1_000)
def clause_text(sentence: ParsedSentence, verb: int | None) -> str:
    """Return the words of the clause of a verb, those of clauses inside it left out."""
    return " ".join(w for token, w in enumerate(sentence.words) if verb_over(sentence, token) == verb)
