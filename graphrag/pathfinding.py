"""How a question leads to a passage: the entity it names, and the sentences that lead on from there."""

from collections.abc import Sequence

import numpy as np

from graphrag.retrieval.links import Links, links_out
from graphrag.retrieval.reader import Index
from graphrag.retrieval.search import Candidates, Query
from graphrag.stores.reading import Reader
from graphrag.types import Chunk, ChunkId, Entity, EntityId, Quote, Span, Step

__all__ = ["Paths", "quote_of"]

_LONGEST = 4  # links of a path, which is one document more

_Hop = tuple[int, int, int | None]  # entity, the chunk about it, and the chunk that names it


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
        self._mentions: dict[tuple[ChunkId, EntityId], list[int]] = {}
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

    def to(self, rows: Sequence[int]) -> list[tuple[Step, ...]]:
        """Return the path to each of some chunk rows; an empty one where words and vectors alone found it.

        What the paths pass is read from the store together.
        """
        ways = [self._way(row, self._found) or self._way(row, self._longer) for row in rows]
        steps = [step for way in ways for step in way]
        if steps:
            self._read(steps)
        return [tuple(self._step(*step) for step in way) for way in ways]

    def _way(self, row: int, parents: dict[int, tuple[int, int]]) -> list[_Hop]:
        """Return the steps that some links make from an entity of the question to a chunk row."""
        links: list[tuple[int, int]] = []  # (source chunk, entity it names)
        target, seen = row, {row}
        while target not in self._seed_of:
            link = parents.get(target)
            if link is None or link[0] in seen or len(links) == _LONGEST:
                return []
            links.append(link)
            target = link[0]
            seen.add(target)
        ends = [row, *(source for source, _ in links)]
        steps: list[_Hop] = [(self._seed_of[target], target, None)]
        for (source, entity), end in zip(reversed(links), reversed(ends[:-1]), strict=True):
            steps.append((entity, end, source))
        return steps

    def _read(self, steps: Sequence[_Hop]) -> None:
        """Read the entities and chunks of some steps, and the mentions of the chunks that name the next entity."""
        rows = sorted({entity for entity, _, _ in steps})
        self._entities = dict(zip(rows, self._store.entities(rows), strict=True))
        sources = {source for _, _, source in steps if source is not None}
        rows = sorted(sources | {end for _, end, _ in steps})
        self._chunks = dict(zip(rows, self._store.chunks(rows), strict=True))
        for mention in self._store.mentions([self._chunks[row].id for row in sorted(sources)]):
            self._mentions.setdefault((mention.chunk_id, mention.entity_id), []).append(mention.span.start)

    def _step(self, entity_row: int, chunk_row: int, source_row: int | None) -> Step:
        """Make the step to an entity and the passage about it, from the passage that names it."""
        entity = self._entities[entity_row]
        document = self._chunks[chunk_row].document_id
        quote = None if source_row is None else self._naming_sentence(self._chunks[source_row], entity.id)
        return Step(entity.id, entity.name, document, "", quote)

    def _naming_sentence(self, chunk: Chunk, entity_id: EntityId) -> Quote | None:
        """Return the first sentence of a chunk that names an entity."""
        for start in self._mentions.get((chunk.id, entity_id), ()):
            for span in chunk.sentences:
                if span.start <= start < span.end:
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
