"""The resolution line: extractions of a whole corpus in, entities, mentions and facts out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphrag.resolution.document import AboutNames, DocumentFinder, Passage, PassageReader, own_names, read_texts
from graphrag.resolution.entities import Directory, Names, build_directory, commonest_of, entity_id
from graphrag.resolution.facts import descriptions, facts_of
from graphrag.resolution.linker import NameMatcher
from graphrag.resolution.links import Link, follow
from graphrag.resolution.many import make_many
from graphrag.resolution.memo import Layer, LayerWriter, Memo, MemoKeeper, Phrases, Ragged
from graphrag.resolution.names import Claim
from graphrag.text import Numbers, is_common_name
from graphrag.types import DocumentId, Entity, EntityId, EntityMention, Resolution, Span

if TYPE_CHECKING:
    from graphrag.resolution.memo import TextArray

__all__ = ["PassageReader", "Passages", "resolve"]

Passages = Callable[[], Iterable[Passage]]
"""Starts a new pass over all chunks with their extractions, ordered by document and position."""


def resolve(
    passages: Passages,
    *,
    fuzzy_threshold: float = 0.85,
    links: Sequence[Link] = (),
    reader: PassageReader | None = None,
    kept: MemoKeeper | None = None,
) -> Resolution:
    """Turn the mentions and triples of a corpus into entities and facts.

    Parameters
    ----------
    passages : callable
        Returns a fresh iterator over (chunk, extraction), the chunks of a document together and in order.  It is
        called more than once, so that nothing has to hold the corpus.
    fuzzy_threshold : float
        See :func:`graphrag.resolution.entities.build_directory`.
    links : sequence of Link
        What people decided about names.
    reader : PassageReader, optional
        What reads the texts, perhaps from memory.
    kept : MemoKeeper, optional
        What an earlier build found in the documents; it changes the time, not the result.

    Returns
    -------
    Resolution
        Canonically ordered; the same for the same set of documents.
    """
    line = _Line(passages, reader or PassageReader(), kept)
    names = line.read()
    claims = [claim for claims in names.claims.values() for claim in claims]
    claimed = {claim.key for claim in claims}
    common = {claim.key for claim in claims if claim.reason != "lead" and is_common_name(claim.name)}
    names.document_counts.update(line.say(claimed, common))
    directory = build_directory(names, fuzzy_threshold=fuzzy_threshold)
    if links:
        follow(links, directory)
    found = line.find(directory)
    if kept is not None:
        kept.memo = line.memo(directory, claimed, common)
    return _resolution(names, directory, found, line.said_names, line.numbers)


class _Line:
    """Reads, layer by layer, the documents that an earlier build did not read or read under other circumstances."""

    def __init__(self, passages: Passages, reader: PassageReader, kept: MemoKeeper | None) -> None:
        self._before = Memo() if kept is None else kept.memo
        self._layers = dict(self._before.layers)
        self._passages = passages
        self._kept = kept
        self._reader = reader
        self.numbers = Numbers(self._before.numbers)
        self._stale: set[DocumentId] | None = None  # None: all
        self._order: Sequence[DocumentId] = ()
        self._phrases: Phrases | None = None
        if kept is not None and self._before.digests:
            self._order = list(kept.digests)
            self._stale = {d for d in self._order if self._before.digests.get(d) != kept.digests[d]}

    @property
    def texts(self) -> list[str]:
        """What numbers stand for."""
        return list(self.numbers)

    @property
    def said_names(self) -> Ragged:
        """The names that mentions give."""
        return self._layers["texts"].tables["names"]

    def read(self) -> Names:
        """Read documents by themselves; return the names that all documents say and go by."""

        def read(writer: LayerWriter, document: DocumentId, chunks: Sequence[Passage]) -> None:
            read_texts(writer, document, chunks, self._reader, self.numbers)

        layer = self._renew("texts", read)
        return _names(layer, np.array(self.texts, dtype=object))

    def say(self, claimed: set[str], common: set[str]) -> dict[str, int]:
        """Look for the names that documents go by; return in how many documents each is said."""
        before = self._before
        if self._stale is not None:
            self._add_stale("said", "said", before.claimed - claimed)
            self._add_holders((claimed - before.claimed) | (common ^ before.common), common | before.common)
        self._common = common
        self._about_names = AboutNames(NameMatcher(claimed, common), self._reader)

        def say(writer: LayerWriter, document: DocumentId, chunks: Sequence[Passage]) -> None:
            keys = {match.key for chunk, _ in chunks for match in self._about_names.find(chunk)}
            writer.add(document, said=[self.numbers[key] for key in sorted(keys)])

        said = self._renew("said", say).tables["said"].columns["key"]
        texts = self.texts
        counts = np.bincount(said, minlength=len(texts))
        return {texts[number]: int(counts[number]) for number in np.flatnonzero(counts).tolist()}

    def find(self, directory: Directory) -> Layer:
        """Look for mentions and statements by what names mean."""
        all_names = NameMatcher(directory.entity_of, self._common)
        if self._stale is not None:
            self._add_changed(directory, all_names)
        finder = DocumentFinder(directory, self._about_names, all_names, self._reader)

        def find(writer: LayerWriter, document: DocumentId, chunks: Sequence[Passage]) -> None:
            finder.find(writer, document, chunks, self.numbers)

        return self._renew("found", find)

    def memo(self, directory: Directory, claimed: set[str], common: set[str]) -> Memo:
        """Return what the next build may need."""
        assert self._kept is not None
        return Memo(
            dict(self._kept.digests),
            self.numbers,
            self._layers,
            directory.entity_of,
            claimed,
            common,
            directory.apart,
        )

    def _add_changed(self, directory: Directory, all_names: NameMatcher) -> None:
        """Note the documents for which a name means something else than before."""
        before, now = self._before.meanings, directory.entity_of
        if directory.apart != self._before.apart:
            self._stale = None
            return
        changed = {key for key, canonical in now.items() if before.get(key) != canonical} | (before.keys() - now.keys())
        self._add_stale("found", "asked", changed)
        self._add_holders(changed - before.keys(), self._common, all_names)
        layer, texts = self._layers["found"], self.texts
        own = layer.tables["own"]
        keys, ptr = own.columns["key"].tolist(), own.ptr.tolist()
        for document in self._order:
            row = layer.documents.get(document)
            if row is None or [texts[key] for key in keys[ptr[row] : ptr[row + 1]]] != own_names(directory, document):
                self._note(document)

    def _note(self, document: DocumentId) -> None:
        """Note a document that has to be read, unless the corpus has it no more."""
        if self._stale is not None and self._kept is not None and document in self._kept.digests:
            self._stale.add(document)

    def _add_stale(self, layer: str, table: str, keys: Collection[str]) -> None:
        """Note the documents that have one of some keys in a table."""
        numbers = [self.numbers[key] for key in keys]
        rows = self._layers[layer].tables[table]
        documents = list(self._layers[layer].documents)
        for row in np.unique(rows.owners()[np.isin(rows.columns["key"], numbers)]).tolist():
            self._note(documents[row])

    def _add_holders(self, names: Collection[str], common: Collection[str], matcher: NameMatcher | None = None) -> None:
        """Note the documents that say one of some names; those that are common may stand in lower case.

        With what finds all names: only where it finds one of these, which may stand inside a longer name.
        """
        if not names or self._stale is None:
            return
        if self._phrases is None:
            self._phrases = Phrases(self._layers["texts"].tables["words"], self.numbers)
        texts = np.array([*self.numbers, ""], dtype=object)  # the last for BREAK
        for row in self._phrases.holders(names, common):
            document = self._order[row]
            if document not in self._stale and matcher is not None:
                found = matcher.find(self._phrases.words(row, texts))
                if not any(match.key in names for match in found):
                    continue
            self._note(document)

    def _renew(self, name: str, read: Callable[[LayerWriter, DocumentId, Sequence[Passage]], None]) -> Layer:
        """Read the documents that are to be read for a layer, and put it in place of the one before."""
        writer = LayerWriter(name)
        for document, chunks in _by_document(self._some()):
            read(writer, document, chunks)
        new = writer.layer()
        if self._stale is None:
            self._order = list(new.documents)
        layer = self._layers[name] = self._layers[name].renewed(self._order, new)
        return layer

    def _some(self) -> Iterable[Passage]:
        """Start a pass over the passages of the documents that are to be read."""
        if self._kept is None or self._stale is None:
            return self._passages()
        return self._kept.passages(self._stale) if self._stale else ()


def _by_document(passages: Iterable[Passage]) -> Iterable[tuple[DocumentId, list[Passage]]]:
    """Group consecutive passages of one document."""
    group: list[Passage] = []
    for chunk, extraction in passages:
        if group and group[0][0].document_id != chunk.document_id:
            yield group[0][0].document_id, group
            group = []
        group.append((chunk, extraction))
    if group:
        yield group[0][0].document_id, group


def _names(layer: Layer, texts: "TextArray") -> Names:
    """Return the names that documents go by and the names that mentions give."""
    claims, said = layer.tables["claims"], layer.tables["names"].columns
    keys, forms, reasons = (texts[claims.columns[name]].tolist() for name in ("key", "name", "reason"))
    made = make_many(Claim, keys, forms, claims.columns["weight"].tolist(), reasons)
    ptr = claims.ptr.tolist()
    numbers, times = np.unique(said["key"], return_counts=True)
    return Names(
        claims={document: made[ptr[row] : ptr[row + 1]] for document, row in layer.documents.items()},
        times=dict(zip(texts[numbers].tolist(), times.tolist(), strict=True)),
        forms=commonest_of(said["key"], said["surface"], texts)
        | commonest_of(claims.columns["key"], claims.columns["name"], texts),
        labels=commonest_of(said["key"], said["label"], texts),
    )


def _resolution(names: Names, directory: Directory, found: Layer, said: Ragged, numbers: Numbers) -> Resolution:
    """Put together what was found in all documents, and the names that they say."""
    texts, documents = (np.array(list(some), dtype=object) for some in (numbers, found.documents))
    mentions, statements = found.tables["mentions"], found.tables["statements"]
    sides = [statements.columns[side] for side in ("subject", "object")]
    needed = np.unique(np.concatenate([mentions.columns["entity"], *sides])).tolist()
    ids = np.empty(len(texts), dtype=object)
    ids[needed] = [entity_id(key) for key in texts[needed].tolist()]
    facts = facts_of(statements, documents, texts, ids)
    counts = np.bincount(mentions.columns["entity"], minlength=len(texts))[needed].tolist()
    entities = _entities(
        names,
        directory,
        dict(zip(texts[needed].tolist(), counts, strict=True)),
        _labels(directory, said, texts, numbers),
        descriptions(facts),
    )
    known = {entity.id for entity in entities}
    return Resolution(
        entities=tuple(entities),
        mentions=_mentions(mentions, documents, texts, ids),
        abouts=tuple(about for about in directory.abouts if about.entity_id in known),
        facts=tuple(facts),
        merges=tuple(sorted(directory.merges, key=lambda m: (m.entity_id, m.name, m.method))),
    )


def _labels(directory: Directory, said: Ragged, texts: "TextArray", numbers: Numbers) -> dict[str, str]:
    """Return the label that was given most often to the names of each entity, by its canonical key."""
    entity_of = np.arange(len(texts))
    merged = [(numbers[key], numbers[canonical]) for key, canonical in directory.entity_of.items() if key != canonical]
    for key, canonical in merged:
        entity_of[key] = canonical
    return commonest_of(entity_of[said.columns["key"]], said.columns["label"], texts)


def _mentions(table: Ragged, documents: "TextArray", texts: "TextArray", ids: "TextArray") -> tuple[EntityMention, ...]:
    """Return the mentions of all documents."""
    columns = table.columns
    entities = ids[columns["entity"]].tolist()
    chunks, said, sources = (texts[columns[name]].tolist() for name in ("chunk", "text", "source"))
    spans = make_many(Span, columns["start"].tolist(), columns["end"].tolist())
    return tuple(make_many(EntityMention, entities, chunks, documents[table.owners()].tolist(), spans, said, sources))


def _entities(
    names: Names,
    directory: Directory,
    mention_counts: Mapping[str, int],
    labels: Mapping[str, str],
    described: Mapping[EntityId, str],
) -> list[Entity]:
    """Make one entity of each canonical key that is mentioned, in a fact, or that a document is about.

    Parameters
    ----------
    names : Names
        How names are written.
    directory : Directory
        What they mean.
    mention_counts : mapping of str to int
        How often each canonical key that is mentioned or in a fact is mentioned.
    labels : mapping of str to str
        What kind of thing each canonical key is.
    described : mapping of EntityId to str
        What entities are said to be.
    """
    merged: dict[str, list[str]] = defaultdict(list)
    for key, canonical in directory.entity_of.items():
        if key != canonical:
            merged[canonical].append(key)
    lone = [key for key, canonical in directory.entity_of.items() if key == canonical]
    key_of = dict(zip(map(entity_id, lone), lone, strict=True))
    about = {about.entity_id for about in directory.abouts}
    identities = sorted(i for i, key in key_of.items() if key in mention_counts or i in about)
    keys = [key_of[identity] for identity in identities]
    forms = list(map(names.forms.get, keys, keys))
    aliases: list[tuple[str, ...]] = [()] * len(keys)
    for place, key in enumerate(keys):
        renamed = directory.renamed.get(key)
        if renamed or key in merged:
            others = sorted([*merged[key], key] if renamed else merged[key])
            aliases[place] = tuple(map(names.written_form, others))
            forms[place] = renamed or forms[place]
    return make_many(
        Entity,
        identities,
        forms,
        [labels.get(key, "") for key in keys],
        aliases,
        [described.get(identity, "") for identity in identities],
        [mention_counts.get(key, 0) for key in keys],
    )
