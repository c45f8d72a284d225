"""When a sentence holds: now, no longer, or in a year that a question names."""

import re
from dataclasses import dataclass

from graphrag.answering.clauses import clause_text, is_passive, verb_over
from graphrag.types import ParsedSentence

__all__ = ["Moment", "holds", "moment_of"]

_YEAR = r"(?:1\d{3}|20\d{2})"
_MONTH = (
    r"(?:(?:early|late|mid|the|end|of|about|around|spring|summer|autumn|winter|\d{1,2}|[A-Z][a-z]{2,8}\.?)[\s-]+){0,3}"
)
_SPAN = re.compile(
    rf"\b(?i:from|between)\s+{_MONTH}({_YEAR})\s+(?:to|and|until|till)\s+{_MONTH}({_YEAR})|({_YEAR})\s?[-–]\s?({_YEAR})"
)
_UNTIL = re.compile(rf"\b(?i:until|till)\s+{_MONTH}({_YEAR})")
_SINCE = re.compile(
    rf"\b(?i:since)\s+{_MONTH}({_YEAR})|\b(?:became|appointed|elected|took over|replaced|succeeded)\b.*\bin\s({_YEAR})"
)
_THEN = re.compile(r"\b(?:since|after) then\b|\bsince\b", re.IGNORECASE)
_NOW = re.compile(r"\b(?:since|today|now|nowadays|currently|current|presently|incumbent|still)\b", re.IGNORECASE)
_NO_MORE = re.compile(
    r"\b(?:former|formerly|previous|previously|once|originally|initially|at first|earlier|no longer|retired|resigned"
    r"|predecessor|(?:was|were) first \w+(?:ed|en|t))\b|\bex-|\bbefore (?:him|her|it|them|that|this)\b",
    re.IGNORECASE,
)
_AT_FIRST = re.compile(r"\b(?:was|were) (?:first|at first|originally|initially|formerly|previously) \w+(?:ed|en|t)\b")
_ORDERED = re.compile(
    r"\b(?:former\w*|previous\w*|first|original\w*|last|initial\w*|early|earli\w+|once|old|ex-\w+|second|third|ever)\b",
    re.IGNORECASE,
)
_BEFORE_NOW = ("former", "formerly", "previous", "previously")
_FOLLOWED = ("succeeded", "succeeds", "replaced", "replaces", "followed", "follows")
_SUBJECTS = ("nsubj", "nsubjpass")
_ALWAYS, _NEVER = -9999, 9999


@dataclass(frozen=True, slots=True)
class Moment:
    """When a question asks about: now, a former time, or a year; none of them where it does not tell."""

    now: bool = False
    person: bool = False  # of someone: who holds a post is told with "since" and "today"
    before: bool = False
    year: int | None = None


def moment_of(question: ParsedSentence) -> Moment:
    """Return when a question asks about: now by its verb, a former time by its words, or a year in the past."""
    said = {word.lower() for word in question.words}
    if said.intersection(_BEFORE_NOW):
        return Moment(before=True)
    years = re.findall(rf"(?<![\d.,]){_YEAR}(?![\d.,]*\d)", question.text)
    tense = _tense(question)
    if tense == "VBD":
        return Moment(year=int(years[0])) if len(years) == 1 else Moment()
    now = bool(tense) and not years and not _ORDERED.search(question.text)
    return Moment(now=now, person=now and "who" in map(str.lower, question.words[:2]))


def _tense(question: ParsedSentence) -> str:
    """Return the tag of the first finite verb of a question that opens with its question word; else nothing."""
    if not question.tags or not any(tag.startswith("W") for tag in question.tags[:2]):
        return ""
    finite = [token for token, tag in enumerate(question.tags) if tag in ("VBZ", "VBP", "VBD", "MD")]
    if any(question.tags[token] == "VBD" for token in finite):
        return "VBD" if question.tags[finite[0]] == "VBD" else ""
    now = finite and question.tags[finite[0]] != "MD" and question.words[finite[0]].lower() not in ("has", "have")
    return question.tags[finite[0]] if now else ""


def holds(moment: Moment, sentence: ParsedSentence, token: int, before: str) -> float:
    """Return how well a part of a sentence suits the moment asked about: above 0 it holds then, below it does not.

    Parameters
    ----------
    moment : Moment
    sentence : ParsedSentence
    token : int
        The part, by its first noun.
    before : str
        The sentence before it, to which "since then" points.
    """
    if moment == Moment():
        return 0.0
    verb = verb_over(sentence, token)
    said = clause_text(sentence, verb)
    past = verb is not None and _finite(sentence, verb) == "VBD"
    gone = _is_followed(sentence, token)
    ended = gone or _NO_MORE.search(said) is not None or (past and bool(_SPAN.search(said) or _UNTIL.search(said)))
    if moment.before:
        return 2.0 if ended else -2.0
    if moment.now and not moment.person:
        return -3.0 if _AT_FIRST.search(said) else 0.0
    if moment.now:
        if ended:
            return -3.0
        return 1.0 if _NOW.search(said) else 0.0 if not past else -0.5
    period = _period(said, before)
    if period is None:
        return -1.0 if _NOW.search(said) or (verb is not None and _finite(sentence, verb) in ("VBZ", "VBP")) else 0.0
    return 2.0 if period[0] <= (moment.year or 0) <= period[1] else -3.0


def _finite(sentence: ParsedSentence, verb: int) -> str:
    """Return the tag of the finite form of a verb, that of its helper where it has one."""
    below = [t for t, up in enumerate(sentence.heads) if up == verb and sentence.relations[t].startswith("aux")]
    finite = [sentence.tags[t] for t in below if sentence.tags[t] in ("VBZ", "VBP", "VBD", "MD")]
    return (finite or [sentence.tags[verb]])[0]


def _is_followed(sentence: ParsedSentence, token: int) -> bool:
    """Tell whether another came after what stands here: "X was succeeded by Y", "Y, who replaced X"."""
    while sentence.relations[token] in ("compound", "appos", "conj", "poss"):
        token = sentence.heads[token]
    above = sentence.heads[token]
    if sentence.words[above].lower() not in _FOLLOWED:
        return False
    return sentence.relations[token] == ("nsubjpass" if is_passive(sentence, above) else "dobj")


def _period(said: str, before: str) -> tuple[int, int] | None:
    """Return the first and last year in which a clause holds; None where it tells none."""
    if span := _SPAN.search(said):
        first, last = [int(year) for year in span.groups() if year]
        return first, last
    if until := _UNTIL.search(said):
        return _ALWAYS, int(until[1])
    if since := _SINCE.search(said):
        return int(since[1] or since[2]), _NEVER
    years = re.findall(rf"\b{_YEAR}\b", before) if _THEN.search(said) else []
    return (int(years[-1]), _NEVER) if years else None
