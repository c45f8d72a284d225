"""From words to places: entities and statements that an LLM or a file names are found in the text, or dropped.

Whatever reads a passage in words of its own is held to the text here: a name that the text does not say, and a
statement that no sentence of it supports, become no part of the graph, and are counted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphrag.extraction.aligning import find_all, find_quote
from graphrag.extraction.dates import is_date
from graphrag.extraction.merging import distinct
from graphrag.extraction.predicates import oriented
from graphrag.lemmas import verb_lemma
from graphrag.text import STOP_WORDS, name_key, sentence_spans
from graphrag.types import Chunk, Extraction, Mention, Span, Term, Triple

__all__ = ["Claim", "Dropped", "Named", "ground", "predicate_of"]

Dropped = Counter[str]
"""Why something was dropped -> how often."""

# What an LLM calls the kinds of things -> what the extractor calls them.
_LABELS = {
    "PERSON": "PERSON", "PEOPLE": "PERSON", "CHARACTER": "PERSON", "ORGANIZATION": "ORG", "ORGANISATION": "ORG",
    "COMPANY": "ORG", "INSTITUTION": "ORG", "ORG": "ORG", "LOCATION": "LOC", "PLACE": "GPE", "GEO": "GPE",
    "COUNTRY": "GPE", "CITY": "GPE", "STATE": "GPE", "GPE": "GPE", "LOC": "LOC", "EVENT": "EVENT",
    "WORK": "WORK_OF_ART", "WORK OF ART": "WORK_OF_ART", "FILM": "WORK_OF_ART", "BOOK": "WORK_OF_ART",
    "SONG": "WORK_OF_ART", "PRODUCT": "PRODUCT", "DATE": "DATE", "TIME": "DATE", "NUMBER": "CARDINAL",
    "QUANTITY": "QUANTITY", "MONEY": "MONEY", "PERCENT": "PERCENT", "LANGUAGE": "LANGUAGE", "NATIONALITY": "NORP",
    "GROUP": "NORP", "": "NAME",
}  # fmt: skip
_PRONOUN = re.compile(r"\b(?:he|she|it|they|his|her|hers|its|their|him|them|this|these|who|whose|which)\b", re.I)
_AUXILIARY = frozenset("is are was were be been being has have had will would can could may might does do did".split())
_NUMBER = re.compile(r"[\W\d]*\d[\W\d]*\Z")
# A statement whose sentence had to be guessed from where its sides stand is less sure than one that is quoted.
_QUOTED, _BOTH_SIDES, _ONE_SIDE = 0.85, 0.75, 0.6


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a reader says the text names."""

    name: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a reader says the text states."""

    subject: str
    predicate: str
    object: str
    quote: str = ""  # the words that state it; empty where the reader does not say
    when: str = ""


def ground(
    chunk: Chunk,
    first: Extraction,
    names: Iterable[Named],
    claims: Iterable[Claim],
    dropped: Dropped,
    predicates: Mapping[str, str] | None = None,
) -> Extraction:
    """Return what a reader says of a chunk, as far as the chunk says it.

    Parameters
    ----------
    chunk : Chunk
        The text.
    first : Extraction
        The extractor's reading: its kinds of names are taken where the reader gives none.
    names : iterable of Named
        What the reader says is named.
    claims : iterable of Claim
        What the reader says is stated.
    dropped : Counter
        Grows by what had to be dropped.
    predicates : mapping, optional
        Predicates that are kept as they are, from any spelling to the one to use: those of a schema.

    Returns
    -------
    Extraction
        Spans count from the chunk's start and ``chunk.text[span.start:span.end]`` is what they are said to be.
    """
    grounding = _Grounding(chunk, first)
    for named in names:
        grounding.add_name(named, dropped)
    triples = [t for claim in claims if (t := grounding.triple(claim, dropped, predicates or {})) is not None]
    mentions = sorted(grounding.mentions.values(), key=lambda m: (m.span, m.label, m.text))
    return Extraction(tuple(mentions), distinct(triples))


class _Grounding:
    """One chunk and where its names stand."""

    def __init__(self, chunk: Chunk, first: Extraction) -> None:
        self._text = chunk.text
        spans = [span.shift(-chunk.span.start) for span in chunk.sentences] or sentence_spans(chunk.text)
        self._sentences = spans
        self._title = chunk.title
        self._first = {mention.span: mention.label for mention in first.mentions}
        self._kinds = {name_key(mention.text): mention.label for mention in first.mentions}
        self._places: dict[str, list[Span]] = {}
        self.mentions: dict[Span, Mention] = {}

    def add_name(self, named: Named, dropped: Dropped) -> None:
        """Note all places of a name."""
        spans = self._where(named.name)
        if not spans:
            dropped["names that the text does not say"] += 1
        for span in spans:
            said = " ".join(self._text[span.start : span.end].split())
            self.mentions.setdefault(span, Mention(span, said, self._label(named, span)))

    def triple(self, claim: Claim, dropped: Dropped, predicates: Mapping[str, str]) -> Triple | None:
        """Return a claim as a triple of the sentence that states it."""
        subject, target = claim.subject.strip(), claim.object.strip()
        if not name_key(subject) or not name_key(target) or not claim.predicate.strip():
            dropped["statements that lack a side"] += 1
            return None
        found = self._sentence(claim, subject, target)
        if found is None:
            dropped["statements that no sentence supports"] += 1
            return None
        sentence, sureness = found
        sides = (self._term(subject, sentence), self._term(target, sentence))
        if sides[0] is None or sides[1] is None:
            dropped["statements with a side that the text does not say"] += 1
            return None
        when = find_quote(claim.when, self._text) if claim.when.strip() else None
        if claim.when.strip() and when is None:
            dropped["dates that the text does not say"] += 1
        known = predicates.get(claim.predicate.strip().casefold())
        name, turned = (known, False) if known else predicate_of(claim.predicate, is_date(target))
        one, other = (sides[1], sides[0]) if turned else (sides[0], sides[1])
        return Triple(one, name, other, sentence, self._text[when.start : when.end] if when else "", sureness)

    # --- places

    def _where(self, name: str) -> list[Span]:
        """Return all places of a name in the chunk."""
        if name not in self._places:
            self._places[name] = find_all(name, self._text) if name_key(name) else []
        return self._places[name]

    def _sentence(self, claim: Claim, subject: str, target: str) -> tuple[Span, float] | None:
        """Return the sentence that states a claim, and how sure that is.

        A quotation decides.  Without one it is a sentence that names both sides, else the first that names the object,
        if the chunk names the subject before, or the document is about it.
        """
        if claim.quote.strip():
            quote = find_quote(claim.quote, self._text)
            return (self._around(quote), _QUOTED) if quote else None
        subjects, targets = self._where(subject), self._where(target)
        for sentence in self._sentences:
            if _within(subjects, sentence) and _within(targets, sentence):
                return sentence, _BOTH_SIDES
        if subjects or self._is_title(subject):
            for sentence in self._sentences:
                if _within(targets, sentence):
                    return sentence, _ONE_SIDE
        return None

    def _around(self, quote: Span) -> Span:
        """Return the sentences that a quotation touches, as one span."""
        touched = [s for s in self._sentences if s.start < quote.end and quote.start < s.end]
        if not touched:
            return quote
        return Span(min(touched[0].start, quote.start), max(touched[-1].end, quote.end))

    def _term(self, name: str, sentence: Span) -> Term | None:
        """Return a side of a claim: the name, and where the sentence says it or stands for it.

        Coreference: a side may be named in full while the sentence has a part of the name or a pronoun; then the name
        stands in the chunk before, or is the document's title.
        """
        within = _within(self._where(name), sentence)
        if within:
            said = self._text[within[0].start : within[0].end]
            return Term(within[0], " ".join(said.split()))
        before = [span for span in self._where(name) if span.start < sentence.end]
        if not before and not self._is_title(name):
            return None
        stands_for = self._part(name, sentence) or _pronoun(self._text, sentence)
        span = stands_for or (before[-1] if before else None)
        return None if span is None else Term(span, name)

    def _part(self, name: str, sentence: Span) -> Span | None:
        """Return where a sentence says one telling word of a name, the last word first."""
        for word in reversed(name.split()):
            if len(word) > 2 and word.casefold() not in STOP_WORDS and word[:1].isupper():
                span = find_quote(word, self._text, sentence.start, sentence.end)
                if span is not None:
                    return span
        return None

    def _is_title(self, name: str) -> bool:
        """Tell whether a name is the document's title, but for what is in brackets."""
        return bool(self._title) and name_key(name) in (name_key(self._title), name_key(self._title.partition("(")[0]))

    def _label(self, named: Named, span: Span) -> str:
        """Return the kind of a name: the reader's, else the extractor's, else what its form tells."""
        said = self._text[span.start : span.end]
        if is_date(said):
            return "DATE"
        if _NUMBER.match(said):
            return "CARDINAL"
        if named.kind.strip():
            kind = " ".join(named.kind.upper().replace("_", " ").split())
            return _LABELS.get(kind, kind)
        return self._first.get(span) or self._kinds.get(name_key(said)) or "NAME"


def predicate_of(phrase: str, before_date: bool = False) -> tuple[str, bool]:
    """Return the predicate that a phrase of plain English means, and whether its sides change places.

    Examples
    --------
    >>> predicate_of("was directed by")
    ('directed by', False)
    >>> predicate_of("directed")
    ('directed by', True)
    >>> predicate_of("is the wife of")
    ('spouse', True)
    """
    words = [word for word in phrase.casefold().replace("_", " ").split() if word not in ("the", "a", "an")]
    while len(words) > 1 and words[0] in _AUXILIARY:
        words = words[1:]
    if not words:
        return "be", False
    if words[0] in _AUXILIARY:
        return verb_lemma(words[0]), False
    plain = " ".join(words)
    lemma = " ".join([verb_lemma(words[0]), *words[1:]])
    if before_date and words[-1] == "in":
        lemma = " ".join([*lemma.split()[:-1], "on"])
    for form in (plain, lemma):
        name, turned = oriented(form)
        if name != form or turned:
            return name, turned
    return lemma, False


def _within(spans: Sequence[Span], sentence: Span) -> list[Span]:
    """Return the spans that lie in a sentence."""
    return [span for span in spans if sentence.start <= span.start and span.end <= sentence.end]


def _pronoun(text: str, sentence: Span) -> Span | None:
    """Return the first pronoun of a sentence."""
    found = _PRONOUN.search(text, sentence.start, sentence.end)
    return Span(*found.span()) if found else None
