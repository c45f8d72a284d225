"""How a question leads to a passage: the entity it names, and the sentences that lead on from there."""

from collections.abc import Sequence

import numpy as np

from graphrag.retrieval.links import Links, links_out
from graphrag.retrieval.reader import Index
from graphrag.retrieval.search import Candidates, Query
from graphrag.stores.reading import Reader
from graphrag.types import Chunk, Entity, Quote, Span, Step

__all__ = ["Paths", "quote_of"]

_LONGEST = 4  # links of a path, which is one document more


class Paths:
    """The ways from the names of a question to passages.

    Parameters
    ----------
    store, index : Reader, Index
        Where passages and mentions are read.
    query : Query
        The question; where it names nothing that a passage is about, paths start at the best passage.
    candidates : Candidates
        What was found, with the links that led there.
    best : sequence of int
        Chunk rows, best first: a longer path leads through these.
    """

    def __init__(self, store: Reader, index: Index, query: Query, candidates: Candidates, best: Sequence[int]) -> None:
        self._store = store
        self._entities, self._chunks = dict[int, Entity](), dict[int, Chunk]()
        seeds = query.entities
        chunks, owners, _ = index.abouts(seeds)
        self._seed_of = dict(zip(chunks.tolist(), seeds[owners].tolist(), strict=True))
        if best and self._seed_of.keys().isdisjoint(best):
            own, _, _ = index.own_entities(np.array(best[:1]))
            self._seed_of |= dict(zip(best[:1], own[:1].tolist(), strict=False))
        self._found = _parents(candidates.onward) | _parents(candidates.links)
        self._longer = self._walk(index, best)

    def _walk(self, index: Index, best: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Follow links from the passages about the names, through the best passages only, and note the shortest."""
        wanted = set(best)
        reached = wanted & self._seed_of.keys()
        frontier, parents = sorted(reached), dict[int, tuple[int, int]]()
        for _ in range(_LONGEST):
            if not frontier:
                break
            rows = np.array(frontier, dtype=np.int64)
            step = _parents(links_out(index, rows, np.ones(len(rows), dtype=np.float32)))
            new = {target: link for target, link in step.items() if target in wanted and target not in reached}
            parents |= new
            reached |= new.keys()
            frontier = sorted(new)
        return parents

    def to(self, row: int) -> tuple[Step, ...]:
        """Return the path to a chunk row; empty where words and vectors alone found it."""
        return self._steps(row, self._found) or self._steps(row, self._longer)

    def _steps(self, row: int, parents: dict[int, tuple[int, int]]) -> tuple[Step, ...]:
        """Return the path that some links make."""
        hops: list[tuple[int, int]] = []  # (source chunk, entity it names)
        target, seen = row, {row}
        while target not in self._seed_of:
            link = parents.get(target)
            if link is None or link[0] in seen or len(hops) == _LONGEST:
                return ()
            hops.append(link)
            target = link[0]
            seen.add(target)
        steps = [self._step(self._seed_of[target], target, None)]
        ends = [row, *(source for source, _ in hops)]
        for (source, entity), end in zip(reversed(hops), reversed(ends[:-1]), strict=True):
            steps.append(self._step(entity, end, source))
        return tuple(steps)

    def _step(self, entity_row: int, chunk_row: int, source_row: int | None) -> Step:
        """Make the step to an entity and the passage about it, from the passage that names it."""
        entity = self._entity(entity_row)
        document = self._chunk(chunk_row).document_id
        quote = None if source_row is None else self._naming_sentence(source_row, entity.id)
        return Step(entity.id, entity.name, document, "", quote)

    def _entity(self, row: int) -> Entity:
        """Return an entity, read once: the paths of one question share most steps."""
        if row not in self._entities:
            self._entities[row] = next(self._store.entities([row]))
        return self._entities[row]

    def _chunk(self, row: int) -> Chunk:
        """Return a passage, read once."""
        if row not in self._chunks:
            self._chunks[row] = next(self._store.chunks([row]))
        return self._chunks[row]

    def _naming_sentence(self, chunk_row: int, entity_id: str) -> Quote | None:
        """Return the first sentence of a chunk that names an entity."""
        chunk = self._chunk(chunk_row)
        for mention in self._store.mentions([chunk.id]):
            if mention.entity_id == entity_id:
                for span in chunk.sentences:
                    if span.start <= mention.span.start < span.end:
                        return quote_of(chunk, span)
        return None


def _parents(links: Links) -> dict[int, tuple[int, int]]:
    """Return for each target its source and the entity that the source names."""
    sources = zip(links.source.tolist(), links.entity.tolist(), strict=True)
    return dict(zip(links.target.tolist(), sources, strict=True))


def quote_of(chunk: Chunk, span: Span) -> Quote:
    """Return a sentence of a chunk as a checkable quote."""
    text = chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]
    return Quote(chunk.document_id, chunk.id, span, text)
