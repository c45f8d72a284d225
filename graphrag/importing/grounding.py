"""Which of another program's entities and relations the documents say: what is kept as readings, and what is not."""

import bisect
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphrag.extraction.aligning import find_all
from graphrag.importing.rebuilding import Place
from graphrag.importing.statements import Phrase, phrases, says
from graphrag.importing.stored import Store, StoredRelation
from graphrag.text import name_key, sentence_spans
from graphrag.types import Document, Span

__all__ = ["Grounded", "ground_store"]

_UNKNOWN_KINDS = frozenset({"", "unknown", "other", "none", "null"})
_RELATED = "related to"
_MOST_NAME = 300  # characters; what is longer is no name


@dataclass(slots=True)
class Grounded:
    """What the texts say of what a program found, and how much of it that is."""

    readings: list[dict[str, Any]]  # as graphrag.extraction.from_file reads them, by document and place
    entities: int = 0  # names that stand in a unit where the program found them
    entities_dropped: int = 0
    stated: int = 0  # relations that a sentence states
    related: int = 0  # relations of which a sentence says no more than both names
    joined: int = 0  # relations of which only both names stand in a unit
    relations_dropped: int = 0


@dataclass(slots=True)
class _Passage:
    """The whole sentences that a unit touches in its document, and what was found there."""

    place: Place
    text: str
    sentences: list[Span]  # of this text
    names: dict[str, str] = field(default_factory=dict)  # name -> kind
    triples: dict[tuple[str, str, str, str], None] = field(default_factory=dict)
    _found: dict[str, list[Span]] = field(default_factory=dict)

    def places_of(self, name: str) -> list[Span]:
        """Return where a name stands."""
        if name not in self._found:
            usable = name_key(name) and len(name) <= _MOST_NAME
            self._found[name] = find_all(name, self.text) if usable else []
        return self._found[name]

    def sentences_with(self, *names: str) -> Iterator[str]:
        """Yield the sentences that hold all of some names."""
        for sentence in self.sentences:
            if all(_holds(sentence, self.places_of(name)) for name in names):
                yield self.text[sentence.start : sentence.end]

    def reading(self) -> dict[str, Any]:
        """Return what was found, for the file of readings."""
        names = [[name, kind] if kind else name for name, kind in sorted(self.names.items())]
        span = [self.place.span.start, self.place.span.end]
        return {
            "id": self.place.document,
            "span": span,
            "entities": names,
            "triples": [list(triple) for triple in sorted(self.triples)],
        }


def ground_store(store: Store, documents: Sequence[Document], places: dict[str, list[Place]]) -> Grounded:
    """Hold what a program found to the texts in which it found it.

    Parameters
    ----------
    store : Store
        Its entities and relations, with the units of each.
    documents : sequence of Document
        The texts.
    places : dict
        Where each unit stands in them.
    """
    passages: dict[str, list[_Passage]] = {}
    of_document: dict[str, list[tuple[str, Place]]] = {}
    for unit, found in places.items():
        passages[unit] = []
        for place in found:
            of_document.setdefault(place.document, []).append((unit, place))
    for document in documents:
        sentences = sentence_spans(document.text)
        ends = [sentence.end for sentence in sentences]
        for unit, place in of_document.get(document.id, ()):
            passages[unit].append(_passage(document.text, sentences, ends, place))
    grounded = Grounded([])
    _ground_entities(store, passages, grounded)
    for relation in store.relations:
        _ground_relation(relation, [p for unit in relation.units for p in passages.get(unit, ())], grounded)
    every = [passage for found in passages.values() for passage in found if passage.names or passage.triples]
    every.sort(key=lambda passage: (passage.place.document, passage.place.span))
    grounded.readings = [passage.reading() for passage in every]
    return grounded


def _ground_entities(store: Store, passages: dict[str, list[_Passage]], grounded: Grounded) -> None:
    """Note each entity in the passages that say its name."""
    for entity in store.entities:
        kind = "" if entity.kind.casefold() in _UNKNOWN_KINDS else entity.kind
        said = [p for unit in entity.units for p in passages.get(unit, ()) if p.places_of(entity.name)]
        for passage in said:
            passage.names[entity.name] = kind
        grounded.entities += bool(said)
        grounded.entities_dropped += not said


def _ground_relation(relation: StoredRelation, passages: Sequence[_Passage], grounded: Grounded) -> None:
    """Note a relation as statements of the sentences that state it, or that say both names; else as two names."""
    sides = (relation.source, relation.target)
    both = [passage for passage in passages if all(passage.places_of(name) for name in sides)]
    for passage in both:
        for name in sides:
            passage.names.setdefault(name, "")
    if not both:
        grounded.relations_dropped += 1
        return
    said = list(phrases(relation.description, *sides))
    if _noted(both, said, stated=True):
        grounded.stated += 1
    elif name_key(sides[0]) != name_key(sides[1]) and _noted(
        both, [Phrase(sides[0], _RELATED, sides[1])], stated=False
    ):
        grounded.related += 1
    else:
        grounded.joined += 1


def _noted(passages: Sequence[_Passage], said: Sequence[Phrase], *, stated: bool) -> bool:
    """Note statements in all passages where they can be; tell whether there was one."""
    return sum(_note(passage, phrase, stated=stated) for phrase in said for passage in passages) > 0


def _note(passage: _Passage, phrase: Phrase, *, stated: bool) -> bool:
    """Note a statement by the first sentence that states it, or that says both of its names; tell whether one does."""
    sentences = passage.sentences_with(phrase.subject, phrase.object)
    sentence = next((s for s in sentences if not stated or says(s, phrase)), None)
    if sentence is None:
        return False
    passage.triples[(phrase.subject, phrase.words, phrase.object, sentence)] = None
    return True


def _passage(text: str, sentences: Sequence[Span], ends: Sequence[int], place: Place) -> _Passage:
    """Return the whole sentences that a unit touches; ``ends`` holds where each of the document's sentences ends."""
    touched = list(
        itertools.takewhile(
            lambda sentence: sentence.start < place.span.end, sentences[bisect.bisect_right(ends, place.span.start) :]
        )
    )
    if not touched:
        return _Passage(place, text[place.span.start : place.span.end], [])
    grown = Place(place.document, Span(touched[0].start, touched[-1].end))
    return _Passage(grown, text[grown.span.start : grown.span.end], [s.shift(-grown.span.start) for s in touched])


def _holds(sentence: Span, places: Sequence[Span]) -> bool:
    """Tell whether one of some places lies in a sentence."""
    return any(sentence.start <= place.start and place.end <= sentence.end for place in places)
