"""What a passage states, each statement once: of one reading, and of two as one."""

from collections.abc import Iterable

from graphrag.types import Extraction, Mention, Span, Triple

__all__ = ["distinct", "merged"]


def distinct(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """Return triples ordered by place, each statement of a sentence once, the surest."""
    best: dict[tuple[str, str, str, Span], Triple] = {}
    for triple in triples:
        key = _key(triple)
        if key not in best or best[key].confidence < triple.confidence:
            best[key] = triple
    return _by_place(best.values())


def merged(better: Extraction, first: Extraction) -> Extraction:
    """Return a reading with what another one adds to it.

    Parameters
    ----------
    better : Extraction
        Kept as it is.
    first : Extraction
        Its mentions are added where the better one has none, its triples where the better one does not state the same.
    """
    mentions: dict[Span, Mention] = {mention.span: mention for mention in first.mentions}
    mentions |= {mention.span: mention for mention in better.mentions}
    triples: dict[tuple[str, str, str, Span], Triple] = {_key(triple): triple for triple in first.triples}
    triples |= {_key(triple): triple for triple in better.triples}
    return Extraction(tuple(sorted(mentions.values(), key=lambda m: (m.span, m.label))), _by_place(triples.values()))


def _key(triple: Triple) -> tuple[str, str, str, Span]:
    """Return what makes two triples the same statement."""
    return triple.subject.text, triple.predicate, triple.object.text, triple.sentence


def _by_place(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """Return triples in the order of their sentences and sides."""
    return tuple(sorted(triples, key=lambda t: (t.sentence, t.subject.span, t.predicate, t.object.span, t.object.text)))
