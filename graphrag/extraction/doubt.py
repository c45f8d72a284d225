"""How much a passage has that the extractor without an LLM may have missed: what an LLM is best spent on."""

import math
from collections.abc import Iterable

from graphrag.text import sentence_spans
from graphrag.types import Chunk, Extraction, Span

__all__ = ["doubt", "most_doubtful"]

_VALUES = frozenset("DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL LANGUAGE".split())


def doubt(chunk: Chunk, extraction: Extraction) -> float:
    """Return how many names of a passage may stand in statements that were not read.

    Each name counts 1 in a sentence of which no statement was read, and one minus the confidence of the surest
    statement elsewhere; a name whose kind is not known counts half more.
    """
    spans = [span.shift(-chunk.span.start) for span in chunk.sentences] or sentence_spans(chunk.text)
    sure: dict[Span, float] = {}
    for triple in extraction.triples:
        sure[triple.sentence] = max(triple.confidence, sure.get(triple.sentence, 0.0))
    total = 0.0
    for mention in extraction.mentions:
        if mention.label in _VALUES:
            continue
        inside = next((s for s in spans if s.start <= mention.span.start < s.end), None)
        open_part = 1.0 - (sure.get(inside, 0.0) if inside else 0.0)
        total += open_part + (0.5 if mention.label == "NAME" else 0.0)
    return total


def most_doubtful(passages: Iterable[tuple[Chunk, Extraction]], share: float) -> set[str]:
    """Return the digests of the share of all contents that have the most doubt; ties by digest.

    Parameters
    ----------
    passages : iterable of (Chunk, Extraction)
        All passages.
    share : float
        Between 0 and 1, of the passages of different content; rounded up.
    """
    if share >= 1.0:
        return {chunk.digest for chunk, _ in passages}
    doubts = {chunk.digest: doubt(chunk, extraction) for chunk, extraction in passages}
    ranked = sorted(doubts, key=lambda digest: (-doubts[digest], digest))
    return set(ranked[: math.ceil(share * len(ranked))])
