"""From an LLM's description of a relation to a statement, where a sentence of the text says it.

Other programs keep a relation as two names and a description in the LLM's words: there is no predicate.  The words
between the two names in a sentence of the description are one ("was directed by"), and the text states it only where
one of its own sentences has these words between the same names.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from graphrag.extraction.aligning import find_all
from graphrag.text import STOP_WORDS, name_key, sentence_spans, words
from graphrag.types import Span

__all__ = ["Phrase", "phrases", "says"]

_MOST_WORDS = 8  # of a predicate
_MOST_BETWEEN = 15  # words between two names in a sentence of the text: further apart, a verb is often another's
_STEM = 5  # letters: "directed" and "director" are one word
_BREAK = re.compile(r"[.;:!?()\[\]\"“”]|,|\b(?:and|or|but|while|who|which|that|whose)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|nor|neither|without|denied|denies)\b|n['’]t\b", re.IGNORECASE)
_BY = re.compile(r"\bby\b", re.IGNORECASE)


class Phrase(NamedTuple):
    """A predicate in words, between two names."""

    subject: str
    words: str
    object: str


def phrases(description: str, source: str, target: str) -> Iterator[Phrase]:
    """Yield what a description says between the two names, in either order, each phrase once.

    Examples
    --------
    >>> list(phrases("Harbour Lights was directed by Ilse Brandt in 1962.", "ILSE BRANDT", "HARBOUR LIGHTS"))
    [Phrase(subject='HARBOUR LIGHTS', words='was directed by', object='ILSE BRANDT')]
    """
    if name_key(source) == name_key(target):
        return
    seen = set[Phrase]()
    for sentence in sentence_spans(description):
        said = description[sentence.start : sentence.end]
        for subject, start, end, other in _neighbours(find_all(source, said), find_all(target, said), source, target):
            between = " ".join(said[start:end].split())
            phrase = Phrase(subject, between, other)
            if phrase not in seen and _is_phrase(between):
                seen.add(phrase)
                yield phrase


def says(sentence: str, phrase: Phrase) -> bool:
    """Tell whether a sentence has a phrase's words between its names.

    Where the names stand the other way round, one of the two must be said by "by": "X founded Y", "Y was founded by X".
    """
    wanted = _content(phrase.words)
    subjects, others = find_all(phrase.subject, sentence), find_all(phrase.object, sentence)
    for first, start, end, _ in _neighbours(subjects, others, phrase.subject, phrase.object):
        between = sentence[start:end]
        if len(between.split()) > _MOST_BETWEEN or _NOT.search(between):
            continue
        turned = first != phrase.subject
        other_voice = bool(_BY.search(between)) != bool(_BY.search(phrase.words))
        if turned == other_voice and wanted <= _content(between):
            return True
    return False


def _neighbours(
    sources: Sequence[Span], targets: Sequence[Span], source: str, target: str
) -> Iterator[tuple[str, int, int, str]]:
    """Yield (name, where it ends, where the next one begins, that name) for names of both that follow each other."""
    places = sorted([(span, source) for span in sources] + [(span, target) for span in targets])
    for (one, name), (other, other_name) in itertools.pairwise(places):
        if name != other_name and one.end <= other.start:
            yield name, one.end, other.start, other_name


def _is_phrase(between: str) -> bool:
    """Tell whether words between two names can be a predicate."""
    few = len(between.split()) <= _MOST_WORDS
    part_of_name = between.startswith(("'", "’", "-")) or between.endswith("-")  # "X's wife", "multi-Grammy"
    telling = bool(_content(between)) and not part_of_name
    return few and telling and not _BREAK.search(between) and not _NOT.search(between)


def _content(text: str) -> set[str]:
    """Return the stems of the words that mean something."""
    return {word[:_STEM] for word in words(text) if word not in STOP_WORDS and len(word) > 1}
