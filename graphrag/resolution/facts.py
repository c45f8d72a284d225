"""Triples to facts: both sides resolved to entities, equal statements of different sentences joined."""

from dataclasses import dataclass, field
from operator import attrgetter

from graphrag.resolution.entities import Meanings, commonest, count, entity_id
from graphrag.resolution.names import is_name_like
from graphrag.text import name_key
from graphrag.types import Chunk, ChunkId, DocumentId, Extraction, Fact, FactId, Quote, Span, stable_id

__all__ = ["FactCollector"]

# Predicates whose object says what the subject is, the most telling first.
_DESCRIBING = ("instance of", "be", "occupation")


@dataclass(slots=True)
class _Statement:
    """A fact so far: how its object and its time are written, and the sentences that say it."""

    values: dict[str, int] = field(default_factory=dict)
    whens: dict[str, int] = field(default_factory=dict)
    # (document, start, end, position of the chunk, chunk, text of the sentence) -> the surest reading of it
    quotes: dict[tuple[DocumentId, int, int, int, ChunkId, str], float] = field(default_factory=dict)


class FactCollector:
    """Collects the triples of all chunks and joins them into facts."""

    def __init__(self) -> None:
        # (subject, predicate, object that is an entity, key of an object that is none) -> what is said of it
        self._statements: dict[tuple[str, str, str, str], _Statement] = {}

    def add(self, chunk: Chunk, extraction: Extraction, meanings: Meanings) -> None:
        """Add the triples of one chunk; a triple whose subject is no known entity is not a fact of the graph."""
        for triple in extraction.triples:
            value = triple.object.text
            value_key = name_key(value)
            subject, target = _entity(triple.subject.text, meanings), _entity(value, meanings)
            if subject is None or not value_key or target == subject:
                continue
            key = (subject, triple.predicate, target or "", "" if target else value_key)
            statement = self._statements.get(key)
            if statement is None:
                statement = self._statements[key] = _Statement()
            count(statement.values, value)
            if triple.when:
                count(statement.whens, triple.when)
            span, offset = triple.sentence, chunk.span.start
            sentence = chunk.text[span.start : span.end]
            place = (chunk.document_id, offset + span.start, offset + span.end, chunk.position, chunk.id, sentence)
            statement.quotes[place] = max(triple.confidence, statement.quotes.get(place, 0.0))

    def facts(self) -> list[Fact]:
        """Return all facts, ordered by id."""
        facts = []
        for (subject, predicate, target, value_key), statement in self._statements.items():
            # Each further independent sentence halves the doubt that is left.
            doubt = 1.0
            for confidence in statement.quotes.values():
                doubt *= 1.0 - confidence
            evidence = [
                Quote(document, chunk, Span(start, end), text)
                for document, start, end, _, chunk, text in sorted(statement.quotes)
            ]
            facts.append(
                Fact(
                    id=FactId(stable_id("fact", subject, predicate, target, value_key)),
                    subject=entity_id(subject),
                    predicate=predicate,
                    object=entity_id(target) if target else None,
                    value=commonest(statement.values),
                    when=commonest(statement.whens),
                    confidence=round(1.0 - doubt, 4),
                    evidence=tuple(evidence),
                )
            )
        return sorted(facts, key=attrgetter("id"))

    def descriptions(self) -> dict[str, str]:
        """Return what each entity is said to be ("English mathematician"), by its canonical key."""
        best: dict[str, tuple[int, int, str]] = {}
        for (subject, predicate, _, _), statement in self._statements.items():
            if predicate in _DESCRIBING:
                rank = (_DESCRIBING.index(predicate), -len(statement.quotes), commonest(statement.values))
                if subject not in best or rank < best[subject]:
                    best[subject] = rank
        return {subject: text for subject, (_, _, text) in best.items()}


def _entity(text: str, meanings: Meanings) -> str | None:
    """Return the canonical key of the entity that a side of a triple names, None where it is a plain value."""
    key = name_key(text)
    return meanings[key] if is_name_like(text) or meanings.is_own_name(key) else None
