"""Triples to facts: both sides resolved to entities, equal statements of different sentences joined."""

from collections import Counter, defaultdict

from graphrag.resolution.entities import Directory, entity_id
from graphrag.resolution.names import is_name_like
from graphrag.text import name_key
from graphrag.types import Chunk, DocumentId, Extraction, Fact, FactId, Quote, Triple, stable_id

__all__ = ["FactCollector"]

# Predicates whose object says what the subject is, the most telling first.
_DESCRIBING = ("instance of", "be", "occupation")


class FactCollector:
    """Collects the triples of all chunks and joins them into facts.

    Parameters
    ----------
    directory : Directory
        What each name means.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._quotes: dict[tuple[str, str, str, str], dict[Quote, float]] = defaultdict(dict)
        self._values: dict[tuple[str, str, str, str], Counter[str]] = defaultdict(Counter)
        self._whens: dict[tuple[str, str, str, str], Counter[str]] = defaultdict(Counter)

    def add(self, chunk: Chunk, extraction: Extraction, short_forms: dict[str, str]) -> None:
        """Add the triples of one chunk; a triple whose subject is no known entity is not a fact of the graph."""
        for triple in extraction.triples:
            subject = self._entity(triple.subject.text, chunk.document_id, short_forms)
            if subject is None:
                continue
            value_key = name_key(triple.object.text)
            if not value_key:
                continue
            target = self._entity(triple.object.text, chunk.document_id, short_forms)
            if target == subject:
                continue
            key = (subject, triple.predicate, target or "", "" if target else value_key)
            self._values[key][triple.object.text] += 1
            if triple.when:
                self._whens[key][triple.when] += 1
            quote = _quote(chunk, triple)
            self._quotes[key][quote] = max(triple.confidence, self._quotes[key].get(quote, 0.0))

    def _entity(self, text: str, document: DocumentId, short_forms: dict[str, str]) -> str | None:
        """Return the canonical key of the entity that a side of a triple names, None where it is a plain value."""
        key = name_key(text)
        if not is_name_like(text) and not self._directory.is_own_name(key, document):
            return None
        canonical = self._directory.resolve(key, document)
        return short_forms.get(key, canonical) if canonical in (None, key) else canonical

    def facts(self) -> list[Fact]:
        """Return all facts, ordered by id."""
        facts = []
        for key, quotes in self._quotes.items():
            subject, predicate, target, value_key = key
            # Each further independent sentence halves the doubt that is left.
            doubt = 1.0
            for confidence in quotes.values():
                doubt *= 1.0 - confidence
            facts.append(
                Fact(
                    id=FactId(stable_id("fact", subject, predicate, target, value_key)),
                    subject=entity_id(subject),
                    predicate=predicate,
                    object=entity_id(target) if target else None,
                    value=_commonest(self._values[key]),
                    when=_commonest(self._whens[key]),
                    confidence=round(1.0 - doubt, 4),
                    evidence=tuple(sorted(quotes, key=lambda quote: (quote.document_id, quote.span))),
                )
            )
        return sorted(facts, key=lambda fact: fact.id)

    def descriptions(self) -> dict[str, str]:
        """Return what each entity is said to be ("English mathematician"), by its canonical key."""
        best: dict[str, tuple[int, int, str]] = {}
        for key, values in self._values.items():
            subject, predicate, _, _ = key
            if predicate in _DESCRIBING:
                rank = (_DESCRIBING.index(predicate), -len(self._quotes[key]), _commonest(values))
                if subject not in best or rank < best[subject]:
                    best[subject] = rank
        return {subject: text for subject, (_, _, text) in best.items()}


def _quote(chunk: Chunk, triple: Triple) -> Quote:
    """Return the sentence of a triple as a checkable quote."""
    span = triple.sentence
    return Quote(chunk.document_id, chunk.id, span.shift(chunk.span.start), chunk.text[span.start : span.end])


def _commonest(counter: Counter[str]) -> str:
    """Return the commonest entry, ties by alphabet, empty where there is none."""
    return min(counter, key=lambda entry: (-counter[entry], entry)) if counter else ""
