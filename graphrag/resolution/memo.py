"""What resolution reads and finds in each document, kept from build to build.

A document is read anew only where its own content changed, and its names are looked for anew only where a name that it
says came, went, or means something else.  Everything is held in columns of numbers, of which most stand for texts.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from graphrag.text import Numbers
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
    texts : list of str
        What the numbers of the columns stand for.
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
    texts: list[str] = field(default_factory=list)
    layers: dict[str, Layer] = field(default_factory=lambda: {name: Layer.empty(name) for name in _LAYERS})
    meanings: dict[str, str] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    common: set[str] = field(default_factory=set)
    apart: set[tuple[str, str]] = field(default_factory=set)

    def pack(self) -> "tuple[dict[str, NDArray[Any]], list[str]]":
        """Return everything as arrays and texts, without the texts that nothing speaks of any more."""
        numbers = Numbers(zip(self.texts, range(len(self.texts)), strict=True))
        arrays: dict[str, NDArray[Any]] = {
            "documents": np.array([(numbers[d], numbers[g]) for d, g in self.digests.items()], dtype=np.int32),
            "meanings": np.array([(numbers[k], numbers[c]) for k, c in sorted(self.meanings.items())], dtype=np.int32),
            "claimed": np.array([numbers[key] for key in sorted(self.claimed)], dtype=np.int32),
            "common": np.array([numbers[key] for key in sorted(self.common)], dtype=np.int32),
            "apart": np.array([(numbers[a], numbers[b]) for a, b in sorted(self.apart)], dtype=np.int32),
        }
        for layer in self.layers.values():
            for name, table in layer.tables.items():
                arrays |= {f"{name}.{column}": values for column, values in table.columns.items()}
                arrays[f"{name}.ptr"] = table.ptr
        spoken = np.zeros(len(numbers) + 1, dtype=bool)  # the last for BREAK
        for name in filter(_speaks, arrays):
            spoken[arrays[name]] = True
        spoken[BREAK] = False
        place = np.append(np.cumsum(spoken[:-1], dtype=np.int32) - 1, np.int32(BREAK))
        arrays.update({name: place[arrays[name]] for name in filter(_speaks, arrays)})
        texts = list(numbers)
        return arrays, [texts[number] for number in np.flatnonzero(spoken).tolist()]

    @classmethod
    def unpack(cls, arrays: "Mapping[str, NDArray[Any]]", texts: list[str]) -> "Memo":
        """Undo :meth:`pack`."""
        pairs = {
            name: [(texts[a], texts[b]) for a, b in arrays[name].reshape(-1, 2).tolist()]
            for name in ("documents", "meanings", "apart")
        }
        digests = {DocumentId(document): digest for document, digest in pairs["documents"]}
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
        claimed, common = ({texts[number] for number in arrays[name].tolist()} for name in ("claimed", "common"))
        return cls(digests, texts, layers, dict(pairs["meanings"]), claimed, common, set(pairs["apart"]))


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
        self._order = np.argsort(self._words, kind="stable")
        self._sorted = self._words[self._order]

    def holders(self, names: Iterable[str], common: Collection[str]) -> set[int]:
        """Return the rows of the documents that say one of some names.

        Parameters
        ----------
        names : iterable of str
            Name keys.
        common : collection of str
            Those that are names in lower case too.
        """
        found = [np.zeros(0, dtype=np.int64)]
        for name in names:
            said = [self._numbers.get(word) for word in name.split(" ")]
            numbers = [number for number in said if number is not None]
            if len(numbers) == len(said):
                places = self._places(numbers)
                found.append(places if name in common else places[self._opens[places] != 0])
        documents = np.searchsorted(self._ptr, np.unique(np.concatenate(found)), side="right") - 1
        return set(documents.tolist())

    def _places(self, phrase: Sequence[int]) -> "IntArray":
        """Return where a phrase begins."""
        starts = np.searchsorted(self._sorted, phrase)
        counts = np.searchsorted(self._sorted, phrase, side="right") - starts
        rarest = int(np.argmin(counts))
        first = starts[rarest]
        places = self._order[first : first + counts[rarest]] - rarest
        for step, word in enumerate(phrase):
            places = places[(places >= 0) & (places + step < len(self._words))]
            places = places[self._words[places + step] == word]
        return places


class MemoKeeper(Protocol):
    """Keeps a memo from build to build, and reads the documents that it does not hold."""

    memo: Memo
    """Of an earlier build; :func:`graphrag.resolution.resolve.resolve` puts its own in their place."""

    @property
    def digests(self) -> Mapping[DocumentId, str]:
        """A digest of all that resolution reads of each document that has passages, in row order."""

    def passages(self, documents: Collection[DocumentId]) -> Iterable[tuple[Chunk, Extraction]]:
        """Start a pass over the passages of some documents with their extractions, in row order."""
