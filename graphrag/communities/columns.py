"""What reports are made of, as columns: where entities are named, what facts rest on, what documents are about.

Entities, facts and chunks go by number: entities and facts by their order, chunks by (document, position).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.numbers import distinct, id_numbers, mixed, numbers_of, runs, starts_of, summed
from graphrag.passages import Passages
from graphrag.types import About, DocumentId, Entity, EntityMention, Fact, Quote

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.communities.numbers import IntArray, Numbers

__all__ = ["Columns"]

# What "he", "she" and "they" may mean.
_PERSONAL = frozenset({"PERSON", "ORG", "NORP", "NAME", ""})


class Columns:
    """The columns of a corpus.

    Parameters
    ----------
    entities : sequence of Entity
        Ordered by id; their positions are the rows meant everywhere.
    facts : sequence of Fact
        Ordered by id.
    mentions, abouts : iterable
        In any order; those of unknown entities or chunks are passed over.
    passages : Passages
        All chunks.

    Attributes
    ----------
    row_of : dict
        Entity id -> row.
    chunks, documents : list
        Id and document of each chunk.
    number_of : dict
        Chunk id -> number.
    document : ndarray (n_chunks,)
        Equal numbers for chunks of one document.
    offset : ndarray (n_chunks,)
        Where each chunk begins in its document.
    sentences, begins, ends : ndarray
        Where the sentences of each chunk begin in the other two columns, which say where they lie in the document.
    named : tuple of ndarray
        (chunk, place, row) of every mention, in this order; ``named_starts`` where each chunk begins.
    said : tuple of ndarray
        (chunk, place, fact) of every quote of a fact, in this order; ``said_starts`` where each chunk begins.
    sides : ndarray (n_facts, 2)
        Rows of subject and object, -1 for none.
    passages : ndarray (n_entities,)
        How many chunks name each entity.
    pairs : tuple of ndarray
        (row, chunk), each once and in order, of all chunks that name an entity or say a fact about it.
    leads : ndarray
        :meth:`pair` of the entities that documents are about and their first chunks, ascending.
    documents_of : dict
        Entity row -> documents about it.
    """

    def __init__(
        self,
        entities: Sequence[Entity],
        facts: Sequence[Fact],
        mentions: Iterable[EntityMention],
        abouts: Iterable[About],
        passages: Passages,
    ) -> None:
        self.row_of = {entity.id: row for row, entity in enumerate(entities)}
        self._note_passages(passages)
        self._note_mentions(list(mentions))
        self._note_facts(facts)
        self._note_abouts(abouts)
        self.personal = np.array([entity.label in _PERSONAL for entity in entities], dtype=bool)
        self._order_pairs(len(entities))

    def _note_passages(self, passages: Passages) -> None:
        """Number the chunks and note where their sentences lie."""
        self.documents, self.chunks = passages.documents, passages.ids
        self.number_of = passages.row_of
        self._first = passages.position == 0
        self.offset = passages.offset
        self.sentences, self.begins, self.ends = passages.sentences, passages.begins, passages.ends
        # An id is that of one document, and the digest is that of all that a passage is but its place in it.
        self._own = mixed(id_numbers(passages.ids), id_numbers(passages.digests))
        number = {document: at for at, document in enumerate(dict.fromkeys(self.documents))}
        self.document = np.array([number[document] for document in self.documents], dtype=np.int64)

    def _note_mentions(self, mentions: Sequence[EntityMention]) -> None:
        """Order the mentions by place."""
        number_of, row_of = self.number_of, self.row_of
        chunk = numbers_of([mention.chunk_id for mention in mentions], number_of)
        row = numbers_of([mention.entity_id for mention in mentions], row_of)
        place = np.array([mention.span.start for mention in mentions], dtype=np.int64)
        order = np.lexsort((row, self._packed(chunk, place)))
        order = order[(chunk[order] >= 0) & (row[order] >= 0)]
        self._mentions, self._mention_order = mentions, order
        self.named = chunk[order], place[order], row[order]
        self.named_starts = starts_of(self.named[0], len(self.chunks))

    def _note_facts(self, facts: Sequence[Fact]) -> None:
        """Order the quotes of facts by place."""
        number_of, row_of = self.number_of, self.row_of
        quotes = [quote for fact in facts for quote in fact.evidence]
        chunk = numbers_of([quote.chunk_id for quote in quotes], number_of)
        place = np.array([quote.span.start for quote in quotes], dtype=np.int64)
        fact = np.repeat(np.arange(len(facts)), [len(fact.evidence) for fact in facts])
        order = np.lexsort((fact, self._packed(chunk, place)))
        order = order[chunk[order] >= 0]
        self.said = chunk[order], place[order], fact[order]
        self.said_starts = starts_of(self.said[0], len(self.chunks))
        subjects, objects = [fact.subject for fact in facts], [fact.object for fact in facts]
        self.sides = np.column_stack([numbers_of(subjects, row_of), numbers_of(objects, row_of)])

    @staticmethod
    def _packed(chunk: "IntArray", place: "IntArray") -> "IntArray":
        """Return numbers that are in the order of chunk and place."""
        return chunk * (int(place.max(initial=0)) + 1) + place

    def _note_abouts(self, abouts: Iterable[About]) -> None:
        """Note which documents are about which entities, and their first chunks."""
        first = {self.documents[number]: number for number in np.flatnonzero(self._first).tolist()}
        self.documents_of: dict[int, set[DocumentId]] = defaultdict(set)
        rows, chunks = list[int](), list[int]()
        for about in abouts:
            row = self.row_of.get(about.entity_id)
            if row is not None:
                self.documents_of[row].add(about.document_id)
                if about.document_id in first:
                    rows.append(row)
                    chunks.append(first[about.document_id])
        self.leads = distinct(self.pair(np.array(rows, dtype=np.int64), np.array(chunks, dtype=np.int64)))

    def _order_pairs(self, count: int) -> None:
        """Order the chunks by the entities that they name."""
        chunk, _, row = self.named
        named = distinct(self.pair(row, chunk))
        self.passages = np.bincount(named // max(len(self.chunks), 1), minlength=count)
        said, _, fact = self.said
        sides = [self.pair(side, said)[side >= 0] for side in self.sides[fact].T]
        pairs = distinct(np.concatenate([named, *sides]))
        self.pairs = pairs // max(len(self.chunks), 1), pairs % max(len(self.chunks), 1)
        self.is_lead = np.isin(pairs, self.leads, assume_unique=True)

    def pair(self, rows: "IntArray", chunks: "IntArray") -> "IntArray":
        """Return one number for an entity and a chunk."""
        return rows * max(len(self.chunks), 1) + chunks

    def chunk_numbers(self, entities: "Numbers", facts: "Numbers") -> "Numbers":
        """Return a number for each chunk that changes with all that its sentences give to reports.

        Rows differ from build to build, so entities and facts go by the numbers that are given for their ids.
        """
        count = len(self.chunks)
        _, place, row = self.named
        named = summed(mixed(place, entities[row], self.personal[row]), self.named_starts)
        _, said_place, fact = self.said
        said = summed(mixed(said_place, facts[fact]), self.said_starts)
        about_row, about_chunk = self.leads // max(count, 1), self.leads % max(count, 1)
        order = np.argsort(about_chunk, kind="stable")
        about = summed(mixed(entities[about_row[order]]), starts_of(about_chunk[order], count))
        return mixed(self._own, self.offset, self._first, named, said, about)

    def first_quote(self, row: int, chunks: "NDArray[np.int64]") -> Quote | None:
        """Return where one of these chunks (ascending) names an entity first, None where none does."""
        mine = runs(self.named_starts, chunks)
        found = mine[self.named[2][mine] == row]
        if not len(found):
            return None
        first = self._mentions[self._mention_order[found[0]]]
        return Quote(first.document_id, first.chunk_id, first.span, first.text)
