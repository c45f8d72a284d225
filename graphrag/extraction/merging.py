"""Two readings of one passage as one."""

from graphrag.types import Extraction, Mention, Span, Triple

__all__ = ["merged"]


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
    by_place = sorted(
        triples.values(), key=lambda t: (t.sentence, t.subject.span, t.predicate, t.object.span, t.object.text)
    )
    return Extraction(tuple(sorted(mentions.values(), key=lambda m: (m.span, m.label))), tuple(by_place))


def _key(triple: Triple) -> tuple[str, str, str, Span]:
    """Return what makes two triples the same statement."""
    return triple.subject.text, triple.predicate, triple.object.text, triple.sentence
