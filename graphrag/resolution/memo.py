"""What resolution reads and finds in each document, kept from build to build.

A document is read anew only where its own content changed, and its names are looked for anew only where a name that it
says came, went, or means something else.  Everything is held in columns of numbers, of which most stand for texts.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from graphrag.text import Numbers, Words
from graphrag.types import Chunk, DocumentId, Extraction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    TextArray = NDArray[np.object_]  # of str

__all__ = ["BREAK", "Layer", "LayerWriter", "Memo", "MemoKeeper", "Phrases", "Ragged"]

BREAK = -1
"""Stands between the words of two passages, across which no name goes."""

# Layer -> table -> columns.  Each layer of a document is good as long as what it rests on is as it was: its texts rest
# on the document alone, what it says of names that documents go by on these, what was found on what all names mean.
_LAYERS: dict[str, dict[str, tuple[str, ...]]] = {
    "texts": {
        "names": ("key", "surface", "label"),
        "claims": ("key", "name", "reason", "weight"),
        "words": ("word", "opens"),  # whether it may open a name: it is not in lower case
    },
    "said": {"said": ("key",)},
    "found": {
        "asked": ("key",),  # all names whose meaning was asked for
        "own": ("key",),  # what the document goes by, its anchor first
        "mentions": ("chunk", "start", "end", "entity", "text", "source"),
        "statements": (
            *("fact", "subject", "predicate", "object", "value", "when"),
            *("chunk", "position", "start", "end", "sentence", "confidence"),
        ),
    },
}
_FLOATS = frozenset({"weight", "confidence"})
_NO_PAIRS = np.zeros((0, 2), dtype=np.int32)
_PLAIN = frozenset({"opens", "start", "end", "position", *_FLOATS})  # columns of numbers that mean themselves


@dataclass(frozen=True, slots=True)
class Ragged:
    """Columns whose rows belong to documents: those of document ``d`` are ``ptr[d]:ptr[d + 1]``."""

    ptr: "IntArray"
    columns: "dict[str, NDArray[Any]]"

    @classmethod
    def of_rows(cls, sizes: Sequence[int], rows: "array[float]", names: Sequence[str]) -> "Ragged":
        """Make columns of rows that stand one after the other."""
        table = np.frombuffer(rows, dtype=np.float64).reshape(-1, len(names))
        columns = {name: table[:, i].astype(_dtype(name)) for i, name in enumerate(names)}
        return cls(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), columns)

    def joined(self, other: "Ragged") -> "Ragged":
        """Return the documents of both."""
        columns = {name: np.concatenate([column, other.columns[name]]) for name, column in self.columns.items()}
        return Ragged(np.concatenate([self.ptr, other.ptr[1:] + self.ptr[-1]]), columns)

    def take(self, documents: "IntArray") -> "Ragged":
        """Return some documents, in the order asked for."""
        counts = np.diff(self.ptr)[documents]
        ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = np.repeat(self.ptr[documents] - ptr[:-1], counts) + np.arange(ptr[-1])
        return Ragged(ptr, {name: column[rows] for name, column in self.columns.items()})

    def owners(self) -> "IntArray":
        """Return the document of each row."""
        return np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr))


def _dtype(column: str) -> type[np.generic]:
    """Return the type of a column."""
    return np.float64 if column in _FLOATS else np.int8 if column == "opens" else np.int32


@dataclass(frozen=True, slots=True)
class Layer:
    """Tables of the same documents."""

    documents: dict[DocumentId, int]
    tables: dict[str, Ragged]

    @classmethod
    def empty(cls, name: str) -> "Layer":
        """Return a layer without documents."""
        return LayerWriter(name).layer()

    def renewed(self, order: Sequence[DocumentId], new: "Layer") -> "Layer":
        """Return documents in the order asked for: the new ones, and from here those that are not among them."""
        first = len(self.documents)
        known, fresh = self.documents, new.documents
        rows = np.array([first + fresh[d] if d in fresh else known[d] for d in order], dtype=np.int64)
        tables = {name: table.joined(new.tables[name]).take(rows) for name, table in self.tables.items()}
        return Layer({document: row for row, document in enumerate(order)}, tables)


class LayerWriter:
    """Collects what was found in one document after the other."""

    def __init__(self, name: str) -> None:
        self._columns = _LAYERS[name]
        self._documents: dict[DocumentId, int] = {}
        self._rows: dict[str, array[float]] = {table: array("d") for table in self._columns}
        self._sizes: dict[str, list[int]] = {table: [] for table in self._columns}

    def add(self, document: DocumentId, **rows: Sequence[float]) -> None:
        """Add a document: of each table the values of its rows, one row after the other."""
        self._documents[document] = len(self._documents)
        for table, values in rows.items():
            self._rows[table].extend(values)
            self._sizes[table].append(len(values) // len(self._columns[table]))

    def layer(self) -> Layer:
        """Return what was collected."""
        tables = {n: Ragged.of_rows(self._sizes[n], self._rows[n], names) for n, names in self._columns.items()}
        return Layer(self._documents, tables)


@dataclass(slots=True)
class Memo:
    """All that resolution found in a corpus, and what names meant when it did.

    Attributes
    ----------
    digests : dict
        Document -> digest of all that was read of it.
    numbers : Numbers
        Of the texts that the numbers of the columns stand for.
    layers : dict
        "texts", "said" and "found", each of the same documents.
    meanings : dict
        Name key -> canonical key.
    claimed, common : set of str
        Name keys that documents go by, and those of them that are names in lower case too.
    apart : set
        As in :class:`graphrag.resolution.entities.Directory`.
    """

    digests: dict[DocumentId, str] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)
    layers: dict[str, Layer] = field(default_factory=lambda: {name: Layer.empty(name) for name in _LAYERS})
    meanings: dict[str, str] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    common: set[str] = field(default_factory=set)
    apart: set[tuple[str, str]] = field(default_factory=set)

    @property
    def texts(self) -> list[str]:
        """What the numbers stand for."""
        return list(self.numbers)

    def pack(self) -> "tuple[dict[str, NDArray[Any]], list[str]]":
        """Return everything as arrays and texts, without the texts that nothing speaks of any more."""
        arrays: dict[str, NDArray[Any]] = {
            "documents": self._numbered(self.digests, self.digests.values()),
            "meanings": self._numbered(self.meanings, self.meanings.values()),
            "claimed": np.sort(self._numbered(self.claimed)[:, 0]),
            "common": np.sort(self._numbered(self.common)[:, 0]),
            "apart": self._numbered(*zip(*sorted(self.apart), strict=True)) if self.apart else _NO_PAIRS,
        }
        for layer in self.layers.values():
            for name, table in layer.tables.items():
                arrays |= {f"{name}.{column}": values for column, values in table.columns.items()}
                arrays[f"{name}.ptr"] = table.ptr
        spoken = np.zeros(len(self.numbers) + 1, dtype=bool)  # the last for BREAK
        for name in filter(_speaks, arrays):
            spoken[arrays[name]] = True
        spoken[BREAK] = False
        place = np.append(np.cumsum(spoken[:-1], dtype=np.int32) - 1, np.int32(BREAK))
        arrays.update({name: place[arrays[name]] for name in filter(_speaks, arrays)})
        return arrays, list(compress(self.numbers, spoken.tolist()))

    def _numbered(self, *columns: Collection[str]) -> "NDArray[np.int32]":
        """Return columns of texts, all of one length, as columns of numbers."""
        number = self.numbers.__getitem__
        return np.array([list(map(number, column)) for column in columns], dtype=np.int32).T

    @classmethod
    def unpack(cls, arrays: "Mapping[str, NDArray[Any]]", texts: list[str]) -> "Memo":
        """Undo :meth:`pack`."""
        text = texts.__getitem__
        pairs = {
            name: [list(map(text, column)) for column in arrays[name].reshape(-1, 2).T.tolist()]
            for name in ("documents", "meanings", "apart")
        }
        digests = dict(zip(map(DocumentId, pairs["documents"][0]), pairs["documents"][1], strict=True))
        rows = {document: row for row, document in enumerate(digests)}
        layers = {
            layer: Layer(
                rows,
                {
                    name: Ragged(arrays[f"{name}.ptr"], {column: arrays[f"{name}.{column}"] for column in columns})
                    for name, columns in tables.items()
                },
            )
            for layer, tables in _LAYERS.items()
        }
        numbers = Numbers(zip(texts, range(len(texts)), strict=True))
        meanings = dict(zip(*pairs["meanings"], strict=True))
        claimed, common = (set(map(text, arrays[name].tolist())) for name in ("claimed", "common"))
        return cls(digests, numbers, layers, meanings, claimed, common, set(zip(*pairs["apart"], strict=True)))


def _speaks(name: str) -> bool:
    """Tell whether an array holds numbers of texts."""
    column = name.rpartition(".")[2]
    return column != "ptr" and column not in _PLAIN


class Phrases:
    """Finds the documents that say a name.

    Parameters
    ----------
    words : Ragged
        The words of each document.
    numbers : mapping of str to int
        The number of each word.
    """

    def __init__(self, words: Ragged, numbers: Mapping[str, int]) -> None:
        self._words = np.append(words.columns["word"], np.int32(BREAK))
        self._opens = words.columns["opens"]
        self._ptr = words.ptr
        self._numbers = numbers

    def holders(self, names: Iterable[str], common: Collection[str]) -> set[int]:
        """Return the rows of the documents that say one of some names.

        Parameters
        ----------
        names : iterable of str
            Name keys.
        common : collection of str
            Those that are names in lower case too.
        """
        phrases = {}
        for name in names:
            said = [self._numbers.get(word) for word in name.split(" ")]
            if None not in said:
                phrases[name] = np.array(said, dtype=self._words.dtype)  # of one type, or each search makes them so
        if not phrases:
            return set()
        wanted = np.zeros(len(self._numbers) + 1, dtype=bool)  # the last for BREAK
        wanted[np.concatenate(list(phrases.values()))] = True
        places = np.flatnonzero(wanted[self._words])
        places = places[np.argsort(self._words[places], kind="stable")]
        words = self._words[places]
        found = []
        for name, phrase in phrases.items():
            begins = self._begins(phrase, places, words)
            found.append(begins if name in common else begins[self._opens[begins] != 0])
        documents = np.searchsorted(self._ptr, np.unique(np.concatenate(found)), side="right") - 1
        return set(documents.tolist())

    def words(self, row: int, texts: "TextArray") -> Words:
        """Return the words of a document, passage by passage, with a word that no name has in between.

        Parameters
        ----------
        row : int
            The row of the document.
        texts : array of str
            What the numbers of words stand for, an empty text last.
        """
        place = slice(self._ptr[row], self._ptr[row + 1])
        folded = texts[self._words[place]].tolist()
        counted = range(len(folded))
        return Words(folded, counted, counted, np.flatnonzero(self._opens[place]).tolist())

    def _begins(self, phrase: "NDArray[np.int32]", places: "IntArray", words: "NDArray[np.int32]") -> "IntArray":
        """Return where a phrase begins, by the places of its words, ordered by word."""
        starts = np.searchsorted(words, phrase)
        counts = np.searchsorted(words, phrase, side="right") - starts
        rarest = int(np.argmin(counts))
        first = starts[rarest]
        begins = places[first : first + counts[rarest]] - rarest
        for step, word in enumerate(phrase.tolist()):
            begins = begins[(begins >= 0) & (begins + step < len(self._words))]
            begins = begins[self._words[begins + step] == word]
        return begins


class MemoKeeper(Protocol):
    """Keeps a memo from build to build, and reads the documents that it does not hold."""

    memo: Memo
    """Of an earlier build; :func:`graphrag.resolution.resolve.resolve` puts its own in their place."""

    @property
    def digests(self) -> Mapping[DocumentId, str]:
        """A digest of all that resolution reads of each document that has passages, in row order."""

    def passages(self, documents: Collection[DocumentId]) -> Iterable[tuple[Chunk, Extraction]]:
        """Start a pass over the passages of some documents with their extractions, in row order."""
