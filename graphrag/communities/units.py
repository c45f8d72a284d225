"""The units that findings are made of, as columns: sentences that can stand alone, and what they name and say."""

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from graphrag.communities.columns import Columns
from graphrag.communities.numbers import distinct, runs, starts_of
from graphrag.communities.sources import INCOMPLETE, Standings, standings_of
from graphrag.passages import Passages
from graphrag.types import ChunkId, Quote, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.communities.numbers import IntArray

__all__ = ["Place", "Units"]

Place = tuple[ChunkId, int, int]
"""What tells a unit from all others: its chunk, and the numbers of its first and last sentence there."""


class Units:
    """The units of some chunks: a sentence that stands alone, or two of which the second needs the first.

    Parameters
    ----------
    columns : Columns
        Of the corpus.
    passages : Passages
        All chunks.
    wanted : ndarray of int
        Numbers of those whose units are asked for, ascending.
    stand : callable
        How the sentences of chunks stand, perhaps from memory.

    Attributes
    ----------
    chunk, first, last, begin, end : ndarray (n_units,)
        Chunk, numbers of its first and last sentence there, and their place in the document; in this order.
    of_chunk : ndarray (n_chunks + 1,)
        Where the units of each chunk begin.
    names, facts, defines : tuple of ndarray
        Where the items of each unit begin in the second column: rows of the entities named, numbers of the facts
        supported, and rows of the entities that the document is about where the unit is the document's lead.
    """

    def __init__(
        self, columns: Columns, passages: Passages, wanted: "IntArray", stand: Standings = standings_of
    ) -> None:
        self._columns = columns
        self._passages = passages
        self._texts: dict[int, str] = {}
        stands = np.fromiter(chain.from_iterable(stand(passages, wanted.tolist())), dtype=np.int64)
        whole = stands != INCOMPLETE
        counts = np.diff(columns.sentences)[wanted]
        chunk = np.repeat(wanted, counts)
        at = runs(columns.sentences, wanted)  # of each sentence among all
        fresh = np.r_[True, chunk[1:] != chunk[:-1]][: len(chunk)]  # the first sentence of its chunk
        said = _quoted(columns, wanted, chunk, at)
        named, personal = _named(columns, wanted, chunk, at, said)
        alone = whole & (stands >= np.where(personal < 0, columns.ends[at], personal) - columns.begins[at])
        before = np.r_[False, alone[:-1]][: len(chunk)] & ~fresh
        held = np.zeros(len(chunk), dtype=bool)
        held[named[0]] = True
        of = np.flatnonzero(held & (alone | (whole & before)))  # the sentence that each unit ends with
        two = ~alone[of]
        self.chunk = chunk[of]
        self.last = at[of] - columns.sentences[self.chunk]
        self.first = self.last - two
        self.begin, self.end = columns.begins[at[of] - two], columns.ends[at[of]]
        self.of_chunk = starts_of(self.chunk, len(columns.chunks))
        self.names = _joined(*named, of, two, len(columns.row_of))
        self.facts = _joined(*said, of, two, len(columns.sides))
        self.defines = _defined(columns, named, chunk, alone & _leads(whole, chunk), of)

    def read(self, units: "IntArray") -> None:
        """Read the texts of the chunks of some units, before they are asked for a few at a time."""
        new = sorted(set(self.chunk[units].tolist()).difference(self._texts))
        if new:
            self._texts.update(zip(new, (chunk.text for chunk in self._passages.chunks(new)), strict=True))

    def naming(self, chunks: "IntArray", members: "NDArray[np.bool_]") -> "IntArray":
        """Return the units of some chunks that name a member, ascending."""
        units = runs(self.of_chunk, chunks)
        at, rows = self.expanded(self.names, units)
        return units[np.bincount(at, members[rows], len(units)) > 0]

    def numbers_of(self, places: Iterable[Place]) -> "IntArray":
        """Return the numbers of the units at some places."""
        number_of, of_chunk, last = self._columns.number_of, self.of_chunk, self.last
        found = []
        for chunk, _, end in places:
            number = number_of[chunk]
            start = of_chunk[number]
            found.append(start + np.searchsorted(last[start : of_chunk[number + 1]], end))
        return np.array(found, dtype=np.int64)

    def places(self, units: "IntArray") -> tuple[Place, ...]:
        """Return the places of some units."""
        columns = (self.chunk[units], self.first[units], self.last[units])
        chunks = self._columns.chunks
        return tuple((chunks[chunk], first, last) for chunk, first, last in zip(*map(_listed, columns), strict=True))

    def quotes(self, units: "IntArray") -> list[Quote]:
        """Return some units as their documents have them."""
        self.read(units)
        chunk = self.chunk[units]
        columns = (chunk, self._columns.offset[chunk], self.begin[units], self.end[units])
        documents, chunks, texts = self._columns.documents, self._columns.chunks, self._texts
        return [
            Quote(documents[chunk], chunks[chunk], Span(begin, end), texts[chunk][begin - offset : end - offset])
            for chunk, offset, begin, end in zip(*map(_listed, columns), strict=True)
        ]

    @staticmethod
    def expanded(items: tuple["IntArray", "IntArray"], units: "IntArray") -> tuple["IntArray", "IntArray"]:
        """Return every (position, item) of some units, of :attr:`names` and the like."""
        starts, found = items
        return np.repeat(np.arange(len(units)), starts[units + 1] - starts[units]), found[runs(starts, units)]


def _listed(column: "IntArray") -> list[int]:
    """Return a column as a list."""
    found: list[int] = column.tolist()
    return found


def _quoted(columns: Columns, wanted: "IntArray", owner: "IntArray", at: "IntArray") -> tuple["IntArray", "IntArray"]:
    """Return the (sentence, fact) of each quote of a fact."""
    mine = runs(columns.said_starts, wanted)
    chunk, place, fact = (column[mine] for column in columns.said)
    sentence = _holding(columns.begins[at], owner, chunk, place)
    return sentence[sentence >= 0], fact[sentence >= 0]


def _named(
    columns: Columns, wanted: "IntArray", owner: "IntArray", at: "IntArray", said: tuple["IntArray", "IntArray"]
) -> tuple[tuple["IntArray", "IntArray"], "IntArray"]:
    """Return the (sentence, row) of each name and each side of a fact, and where each sentence first names a person.

    The latter is -1 where it names none.
    """
    mine = runs(columns.named_starts, wanted)
    chunk, place, row = (column[mine] for column in columns.named)
    sentence = _holding(columns.begins[at], owner, chunk, place)
    sentence, row, place = sentence[sentence >= 0], row[sentence >= 0], place[sentence >= 0]
    first = np.full(len(at), -1, dtype=np.int64)
    personal = np.flatnonzero(columns.personal[row])[::-1]
    first[sentence[personal]] = place[personal]  # of several values the last stays, which is the first place
    sentences, rows = [sentence], [row]
    for side in columns.sides[said[1]].T:
        sentences.append(said[0][side >= 0])
        rows.append(side[side >= 0])
    return (np.concatenate(sentences), np.concatenate(rows)), first


def _leads(whole: "NDArray[np.bool_]", owner: "IntArray") -> "NDArray[np.bool_]":
    """Tell which sentences have no whole one before them in their chunk."""
    seen: IntArray = np.cumsum(whole) - whole
    return np.asarray(seen == seen[np.searchsorted(owner, owner)])


def _defined(
    columns: Columns,
    named: tuple["IntArray", "IntArray"],
    owner: "IntArray",
    leads: "NDArray[np.bool_]",
    of: "IntArray",
) -> tuple["IntArray", "IntArray"]:
    """Return what each unit defines: rows that its document is about, named where it leads the document."""
    sentence, row = (column[leads[named[0]]] for column in named)
    about = np.isin(columns.pair(row, owner[sentence]), columns.leads)
    none = np.zeros(len(of), dtype=bool)
    return _joined(sentence[about], row[about], of, none, len(columns.row_of))


def _holding(begins: "IntArray", owner: "IntArray", chunk: "IntArray", place: "IntArray") -> "IntArray":
    """Return which sentence holds each place of a chunk, -1 where it lies before the chunk's first."""
    if not len(begins):
        return np.full(len(chunk), -1, dtype=np.int64)
    step = int(max(begins.max(), place.max(initial=0))) + 1
    found = np.searchsorted(owner * step + begins, chunk * step + place, side="right") - 1
    return np.where((found >= 0) & (owner[found] == chunk), found, -1)


def _joined(
    sentence: "IntArray", item: "IntArray", of: "IntArray", two: "NDArray[np.bool_]", count: int
) -> tuple["IntArray", "IntArray"]:
    """Return the items of the sentences of each unit, each once and ascending, and where those of each begin."""
    order = np.argsort(sentence, kind="stable")
    starts = starts_of(sentence[order], int(of.max(initial=-1)) + 1)
    both = np.concatenate([of, of[two] - 1])
    owner = np.concatenate([np.arange(len(of)), np.flatnonzero(two)])
    mine = runs(starts, both)
    pairs = distinct(np.repeat(owner, np.diff(starts)[both]) * max(count, 1) + item[order][mine])
    return starts_of(pairs // max(count, 1), len(of)), pairs % max(count, 1)
