"""What reports are made of: the sentences of a corpus that can stand alone, and what they name and say."""

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.wording import is_complete, is_english, points_back, subject_pronoun
from graphrag.types import About, Chunk, ChunkId, DocumentId, Entity, EntityMention, Fact, Quote, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

__all__ = ["INCOMPLETE", "POINTS_BACK", "Sources", "Standings", "Unit", "standings"]

INCOMPLETE, POINTS_BACK = -2, -1
"""What :func:`standings` says of a sentence that cannot stand alone."""

Standings = Callable[[Chunk], Sequence[int]]
"""Returns how each sentence of a chunk stands, see :func:`standings`."""

# Longer ones are lists and citations more often than statements.
_MAX_LENGTH = 500
# What "he", "she" and "they" may mean.
_PERSONAL = frozenset({"PERSON", "ORG", "NORP", "NAME", ""})
_TITLE_ENDS = ("!", "?", "...", "…")


def standings(chunk: Chunk) -> list[int]:
    """Return how each sentence of a chunk stands, by its own words alone.

    Returns
    -------
    list of int
        Where the first personal pronoun of a complete sentence stands, or its length where it has none;
        :data:`POINTS_BACK` where it needs the sentence before it, :data:`INCOMPLETE` where it is none.
    """
    english = is_english(chunk.text)
    found = []
    for span in chunk.sentences:
        text = chunk.text[span.start - chunk.span.start : span.end - chunk.span.start]
        if len(text) > _MAX_LENGTH or not is_complete(text, english=english):
            found.append(INCOMPLETE)
        else:
            found.append(POINTS_BACK if points_back(text) else subject_pronoun(text))
    return found


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence that stands alone, or two of which the second needs the first."""

    document_id: DocumentId
    chunk_id: ChunkId
    span: Span
    text: str
    sentences: tuple[int, int]  # numbers of the first and the last one in the chunk
    names: tuple[int, ...]  # rows of the entities named, ascending
    facts: tuple[int, ...]  # rows of the facts it supports, ascending
    defines: tuple[int, ...]  # rows of the entities that the document is about, where it is the document's lead

    @property
    def place(self) -> tuple[ChunkId, int, int]:
        """What tells a unit from all others."""
        return self.chunk_id, *self.sentences

    @property
    def quote(self) -> Quote:
        """The place of the unit in its document."""
        return Quote(self.document_id, self.chunk_id, self.span, self.text)

    def overlaps(self, other: "Unit") -> bool:
        """Tell whether two units share a sentence, also one that two chunks repeat."""
        return self.document_id == other.document_id and (
            self.span.start < other.span.end and other.span.start < self.span.end
        )


class Sources:
    """The units of a corpus, by the entities that they name.

    Parameters
    ----------
    entities : sequence of Entity
        Ordered by id; their positions are the rows meant everywhere.
    facts : sequence of Fact
        Ordered by id.
    mentions, abouts : iterable
        In any order.
    standings : callable
        How the sentences of a chunk stand, perhaps from memory.
    """

    def __init__(
        self,
        entities: Sequence[Entity],
        facts: Sequence[Fact],
        mentions: Iterable[EntityMention],
        abouts: Iterable[About],
        standings: Standings = standings,
    ) -> None:
        self._standings = standings
        self.row_of = {entity.id: row for row, entity in enumerate(entities)}
        self._entities = entities
        self._facts = facts
        self._personal = [entity.label in _PERSONAL for entity in entities]
        self._first: dict[int, EntityMention] = {}
        self.documents_of: dict[int, set[DocumentId]] = defaultdict(set)
        self._about: dict[DocumentId, set[int]] = defaultdict(set)
        for about in abouts:
            if about.entity_id in self.row_of:
                self._about[about.document_id].add(self.row_of[about.entity_id])
                self.documents_of[self.row_of[about.entity_id]].add(about.document_id)
        self._named: dict[ChunkId, list[tuple[int, int]]] = defaultdict(list)
        for mention in mentions:
            self._note(mention)
        self.passages = np.bincount(
            np.array([row for named in self._named.values() for row in {row for _, row in named}], dtype=np.int64),
            minlength=len(entities),
        )
        self._said: dict[ChunkId, list[tuple[int, int, tuple[int, ...]]]] = defaultdict(list)
        row_of = self.row_of
        for number, fact in enumerate(facts):
            sides = tuple([row_of[side] for side in (fact.subject, fact.object) if side in row_of])
            for quote in fact.evidence:
                self._said[quote.chunk_id].append((quote.span.start, number, sides))
        self.units: list[Unit] = []
        self._number_chunks(len(entities))

    def _number_chunks(self, count: int) -> None:
        """Order the chunks by the entities that they name."""
        self._number_of = {chunk: number for number, chunk in enumerate(sorted({*self._named, *self._said}))}
        number_of, most = self._number_of, max(len(self._number_of), 1)
        pairs = [row * most + number_of[chunk] for chunk, named in self._named.items() for _, row in named]
        for chunk, said in self._said.items():
            pairs += [row * most + number_of[chunk] for _, _, sides in said for row in sides]
        rows, self._chunks_by_row = np.divmod(np.unique(np.array(pairs, dtype=np.int64)), most)
        self._chunk_starts = np.searchsorted(rows, np.arange(count + 1))

    def chunks_of(self, rows: "IntArray") -> "IntArray":
        """Return the numbers of the chunks that name one of ``rows``, each once, ascending."""
        return np.unique(_runs(self._chunks_by_row, self._chunk_starts, rows))

    def numbers_of(self, chunks: Iterable[ChunkId]) -> "IntArray":
        """Return the numbers of some chunks."""
        return np.array([self._number_of[chunk] for chunk in chunks], dtype=np.int64)

    def chunk_keys(self, chunks: Iterable[Chunk]) -> list[bytes]:
        """Return a digest of all that the units of each chunk are made of, by its number."""
        keys = [b""] * len(self._number_of)
        for chunk in chunks:
            number = self._number_of.get(chunk.id)
            if number is not None:
                keys[number] = self._chunk_key(chunk)
        return keys

    def _chunk_key(self, chunk: Chunk) -> bytes:
        """Return a digest of all that the units of a chunk are made of; rows differ from build to build, ids do not."""
        entities, facts = self._entities, self._facts
        named = [(at, entities[row].id, entities[row].label) for at, row in self._named.get(chunk.id, ())]
        said = [
            (at, facts[fact].id, *(entities[row].id for row in sides))
            for at, fact, sides in self._said.get(chunk.id, ())
        ]
        about = [entities[row].id for row in self._about.get(chunk.document_id, ())]
        place = (chunk.id, chunk.document_id, chunk.position, chunk.span.start, chunk.digest)
        whole = repr((place, sorted(named), sorted(said), sorted(about)))
        return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def read(self, chunks: Iterable[Chunk], wanted: "IntArray | None" = None) -> None:
        """Make the units of the chunks of these numbers, or of all.

        Parameters
        ----------
        chunks : iterable of Chunk
            All chunks, in any order.
        wanted : ndarray of int, optional
            What :meth:`chunks_of` and :meth:`numbers_of` return.
        """
        some = frozenset(self._number_of.values() if wanted is None else wanted.tolist())
        mine = [chunk for chunk in chunks if self._number_of.get(chunk.id) in some]
        for chunk in sorted(mine, key=lambda chunk: (chunk.document_id, chunk.position)):
            self.units.extend(self._units(chunk))
        self._index(len(self._entities))

    def _note(self, mention: EntityMention) -> None:
        """Remember where an entity is named."""
        row = self.row_of.get(mention.entity_id)
        if row is None:
            return
        self._named[mention.chunk_id].append((mention.span.start, row))
        known = self._first.get(row)
        if known is None or (mention.document_id, mention.span) < (known.document_id, known.span):
            self._first[row] = mention

    def first_quote(self, row: int) -> Quote | None:
        """Return where an entity is named first, None where nothing names it."""
        first = self._first.get(row)
        return None if first is None else Quote(first.document_id, first.chunk_id, first.span, first.text)

    def _units(self, chunk: Chunk) -> Iterable[Unit]:
        """Yield the units of one chunk that name an entity."""
        starts = [span.start for span in chunk.sentences]
        names: list[set[int]] = [set() for _ in starts]
        facts: list[set[int]] = [set() for _ in starts]
        first_name: dict[int, int] = {}
        for start, row in self._named.get(chunk.id, ()):
            sentence = bisect_right(starts, start) - 1
            if sentence >= 0:
                names[sentence].add(row)
                if self._personal[row]:
                    first_name[sentence] = min(first_name.get(sentence, start), start)
        for start, fact, sides in self._said.get(chunk.id, ()):
            sentence = bisect_right(starts, start) - 1
            if sentence >= 0:
                facts[sentence].add(fact)
                names[sentence].update(sides)
        alone_before = broken = False
        leads = chunk.position == 0
        stands, offset = self._standings(chunk), chunk.span.start
        for number, span in enumerate(chunk.sentences):
            whole = not broken and stands[number] != INCOMPLETE
            # "Oh!" of "Oh! Calcutta is a revue."
            broken = not whole and chunk.text.endswith(_TITLE_ENDS, span.start - offset, span.end - offset)
            alone = whole and stands[number] >= first_name.get(number, span.end) - span.start
            begin = number if alone else number - 1
            if names[number] and (alone or (whole and alone_before)):
                place = Span(chunk.sentences[begin].start, span.end)
                yield Unit(
                    document_id=chunk.document_id,
                    chunk_id=chunk.id,
                    span=place,
                    text=chunk.text[place.start - offset : place.end - offset],
                    sentences=(begin, number),
                    names=tuple(sorted(names[begin] | names[number])),
                    facts=tuple(sorted(facts[begin] | facts[number])),
                    defines=tuple(sorted(self._about[chunk.document_id] & names[number])) if alone and leads else (),
                )
            leads = leads and not whole
            alone_before = alone

    def _index(self, count: int) -> None:
        """Order the units by the entities that they name."""
        sizes = [len(unit.names) for unit in self.units]
        units = np.repeat(np.arange(len(sizes)), sizes)
        rows = np.array([row for unit in self.units for row in unit.names], dtype=np.int64)
        order = np.argsort(rows, kind="stable")
        self._by_row = units[order]
        self._starts = np.searchsorted(rows[order], np.arange(count + 1))

    def naming(self, rows: "IntArray") -> tuple["IntArray", "IntArray"]:
        """Return every (unit, row) where a unit that was read names one of ``rows``."""
        return _runs(self._by_row, self._starts, rows), np.repeat(rows, self._starts[rows + 1] - self._starts[rows])


def _runs(items: "IntArray", starts: "IntArray", rows: "IntArray") -> "IntArray":
    """Return the items of some rows, one row after the other."""
    counts = starts[rows + 1] - starts[rows]
    steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    found: IntArray = items[np.repeat(starts[rows], counts) + steps]
    return found
