"""Names to entities: exact key, alias, and blocked fuzzy match, every merge recorded.

An *anchor* is the entity that a document is about.  Names that only that document claims become its aliases; a name
that several documents claim ("Mercury") stays an entity of its own, about all of them, because text alone does not
say which is meant.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Levenshtein

from graphrag.resolution.blocks import alike
from graphrag.resolution.names import Claim
from graphrag.resolution.similar import similar_abouts
from graphrag.text import STOP_WORDS, name_key, numbers
from graphrag.types import About, DocumentId, EntityId, Merge, stable_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphrag.resolution.memo import TextArray

    IntArray = NDArray[np.int64]

__all__ = ["Directory", "Meanings", "Names", "build_directory", "commonest_of"]

# Labels of spaCy that are values, not things: they never become entities.
VALUE_LABELS = frozenset({"DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL", "LANGUAGE"})
_ARTICLES = ("the ", "a ", "an ")
_MAX_ALIAS_DOCUMENTS = 4


@dataclass(slots=True)
class Names:
    """All names of a corpus, collected before entities are made of them.

    Attributes
    ----------
    claims : dict
        Document id to the names it goes by, strongest first.
    times : dict
        Name key to how often it is mentioned.
    forms : dict
        Name key to how it is written: as documents that go by it write it, else its commonest form in text.
    labels : dict
        Name key to the label that was given to it most often.
    document_counts : Counter
        Claimed name key to the number of documents that say it.
    """

    claims: dict[DocumentId, Sequence[Claim]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    document_counts: Counter[str] = field(default_factory=Counter)

    def written_form(self, key: str) -> str:
        """Return how a name is written; the key where nobody writes it."""
        return self.forms.get(key, key)


class Meanings(dict[str, str | None]):
    """What name keys mean inside one document: canonical keys, None where a name is unknown.

    Parameters
    ----------
    directory : Directory
        What names mean everywhere.
    document : DocumentId
        The document.
    short_forms : mapping of str to str
        What bare surnames and first names mean there, where they mean nothing of their own.
    """

    def __init__(self, directory: "Directory", document: DocumentId, short_forms: Mapping[str, str]) -> None:
        super().__init__()
        self._directory = directory
        self._document = document
        self._short_forms = short_forms

    def __missing__(self, key: str) -> str | None:
        canonical = self._directory.resolve(key, self._document)
        if canonical is None or canonical == key:
            canonical = self._short_forms.get(key, canonical)
        self[key] = canonical
        return canonical

    def is_own_name(self, key: str) -> bool:
        """Tell whether the document goes by a name."""
        return self._directory.is_own_name(key, self._document)


@dataclass(slots=True)
class Directory:
    """Which entity each name key stands for.

    Attributes
    ----------
    entity_of : dict
        Name key to the key of its entity (its canonical key).
    anchors : dict
        Document id to the canonical key of the entity it is about.
    own_names : dict
        Document id to the name keys that, inside that document, mean its anchor.
    abouts : list
        All "document is about entity" links.
    merges : list
        All merges of names into entities.
    renamed : dict
        Canonical key to what people decided that the entity is called.
    apart : set
        (name key, canonical key) that people decided are not one, also not as a short form inside a document.
    """

    entity_of: dict[str, str]
    anchors: dict[DocumentId, str]
    own_names: dict[DocumentId, frozenset[str]]
    abouts: list[About]
    merges: list[Merge]
    renamed: dict[str, str] = field(default_factory=dict)
    apart: set[tuple[str, str]] = field(default_factory=set)

    def is_own_name(self, key: str, document: DocumentId) -> bool:
        """Tell whether a document goes by a name, also where the name comes with an article."""
        own = self.own_names.get(document)
        return own is not None and (key in own or without_article(key) in own)

    def resolve(self, key: str, document: DocumentId) -> str | None:
        """Return the canonical key that ``key`` means inside ``document``, or None where it is unknown."""
        if self.is_own_name(key, document):
            return self.anchors[document]
        return self.entity_of.get(key) or self.entity_of.get(without_article(key))


def commonest_of(keys: "IntArray", entries: "IntArray", texts: "TextArray") -> dict[str, str]:
    """Return the commonest entry of each key; ties by alphabet.

    Parameters
    ----------
    keys, entries : array of int
        Keys, some more than once, each with an entry.
    texts : array of str
        What these numbers stand for.
    """
    pairs, times = np.unique(keys * np.int64(len(texts) + 1) + entries, return_counts=True)
    keys, entries = np.divmod(pairs, len(texts) + 1)
    several = np.unique(entries[np.bincount(keys)[keys] > 1]).tolist()  # most keys have one entry
    rank = np.zeros(len(texts), dtype=np.int64)
    rank[sorted(several, key=texts.__getitem__)] = np.arange(len(several))
    order = np.lexsort((rank[entries], -times, keys))
    best = order[np.flatnonzero(np.diff(keys, prepend=-1))]
    return dict(zip(texts[keys[best]].tolist(), texts[entries[best]].tolist(), strict=True))


@lru_cache(maxsize=100_000)
def entity_id(canonical_key: str) -> EntityId:
    """Return the id of the entity with this canonical key."""
    return EntityId(stable_id("entity", canonical_key))


def build_directory(names: Names, *, fuzzy_threshold: float = 0.85) -> Directory:
    """Decide which names are one entity.

    Parameters
    ----------
    names : Names
        All names of the corpus.
    fuzzy_threshold : float
        Least similarity (1 - normalised Levenshtein distance) of two differing words for two names to merge.

    Returns
    -------
    Directory
        Depends on the names alone, not on the order in which they were collected.
    """
    anchors = {document: claims[0].key for document, claims in names.claims.items() if claims}
    entity_of: dict[str, str] = {key: key for key in anchors.values()}
    merges: list[Merge] = []
    abouts, own_names = _follow_claims(names, anchors, entity_of, merges)
    plain = [key for key in names.times if key not in entity_of]
    entity_of.update((key, key) for key in plain)
    for key, target, score in _fuzzy_pairs(plain, entity_of, names, fuzzy_threshold):
        if entity_of[key] == key and entity_of[target] != key:
            _merge(entity_of, merges, key, names.written_form(key), entity_of[target], "fuzzy", score)
    _shorten(entity_of)
    for key, document, weight in similar_abouts((key for key in plain if entity_of[key] == key), _documents_of(names)):
        abouts[entity_of[key], document] = Claim(key, key, weight, "similar name")
    about_list = [
        About(entity_id(key), document, claim.weight, claim.reason)
        for (key, document), claim in sorted(abouts.items(), key=lambda item: item[0])
    ]
    return Directory(entity_of, anchors, own_names, about_list, merges)


def _follow_claims(
    names: Names, anchors: Mapping[DocumentId, str], entity_of: dict[str, str], merges: list[Merge]
) -> tuple[dict[tuple[str, DocumentId], Claim], dict[DocumentId, frozenset[str]]]:
    """Decide about the names that documents claim; return by which claims they are about what, and their own names."""
    abouts: dict[tuple[str, DocumentId], Claim] = {}
    own_names: dict[DocumentId, frozenset[str]] = {}
    claimants: dict[str, set[str]] = defaultdict(set)
    for document, anchor in anchors.items():
        for claim in names.claims[document]:
            claimants[claim.key].add(anchor)
    for document in sorted(anchors):
        anchor = anchors[document]
        title_words = set(anchor.split())
        own = {anchor}
        for claim in names.claims[document]:
            if claim.key not in entity_of or claim.key == anchor:
                akin = claim.reason != "lead" or bool(title_words & set(claim.key.split()))
                if claimants[claim.key] == {anchor} and akin and _is_safe_alias(names, claim):
                    _merge(entity_of, merges, claim.key, claim.name, anchor, "alias", claim.weight)
                else:
                    entity_of.setdefault(claim.key, claim.key)
                if akin:
                    own.add(claim.key)
            about = (entity_of[claim.key], document)
            if about not in abouts or abouts[about].weight < claim.weight:
                abouts[about] = claim
        own_names[document] = frozenset(own)
    return abouts, own_names


def _documents_of(names: Names) -> dict[str, list[tuple[DocumentId, float]]]:
    """Return the documents that go by each name, with weights."""
    documents: dict[str, list[tuple[DocumentId, float]]] = defaultdict(list)
    for document, claims in names.claims.items():
        for claim in claims:
            documents[claim.key].append((document, claim.weight))
    return documents


def _is_safe_alias(names: Names, claim: Claim) -> bool:
    """Tell whether a name that only one document claims may stand for it in all other documents too.

    A name that many other documents say ("March" of the film "March (2001 film)", "New York" of a railway) most
    likely means something else there.  It still links to the document; it only does not become its alias.
    """
    elsewhere = names.document_counts[claim.key]
    return elsewhere <= _MAX_ALIAS_DOCUMENTS or (claim.reason == "title" and " " in claim.key)


def _merge(
    entity_of: dict[str, str], merges: list[Merge], key: str, name: str, into: str, method: str, score: float
) -> None:
    """Make ``key`` a name of the entity ``into`` and record it; a key merged into itself is no merge."""
    if entity_of.get(key) != into:
        entity_of[key] = into
        merges.append(Merge(entity_id(into), name, into, method, round(score, 4)))


def _shorten(entity_of: dict[str, str]) -> None:
    """Let every key point at the end of its chain of merges."""
    for key in entity_of:
        target = entity_of[key]
        while entity_of[target] != target:
            target = entity_of[target]
        entity_of[key] = target


def _fuzzy_pairs(
    plain: list[str], entity_of: Mapping[str, str], names: Names, threshold: float
) -> Iterable[tuple[str, str, float]]:
    """Yield (name, name to merge it into, similarity) for names that differ by a slip in one word.

    The rarer form merges into the commoner one.  Only names that no document goes by are ever merged away.
    """
    plain_set = set(plain)
    best: dict[str, tuple[float, str]] = {}
    for some in alike(entity_of):
        for a, word_a in some:
            if a not in plain_set:
                continue
            for b, word_b in some:
                score = Levenshtein.normalized_similarity(word_a, word_b, score_cutoff=threshold)
                if score and a != b and (score, b) > best.get(a, (0.0, "")) and _may_merge(a, b, names):
                    best[a] = (score, b)
    for a, (score, b) in sorted(best.items()):
        yield a, b, score


def _may_merge(a: str, b: str, names: Names) -> bool:
    """Tell whether a name may merge into another that differs from it by a slip."""
    return numbers(a) == numbers(b) and _outranks(b, a, names) and _labels_agree(names, a, b)


def _outranks(b: str, a: str, names: Names) -> bool:
    """Tell whether ``b`` is the better name: one that a document goes by, or the commoner one, or the first."""
    return b not in names.times or (names.times[b], a) > (names.times[a], b)


def _labels_agree(names: Names, a: str, b: str) -> bool:
    """Tell whether two names are known to be of one kind."""
    label = names.labels.get(a, "")
    return bool(label) and label == names.labels.get(b, "")


def without_article(key: str) -> str:
    """Return a name key without an article at its front, unless only stop words would be left ("The Who")."""
    if not key.startswith(_ARTICLES):
        return key
    rest = key.partition(" ")[2]
    return key if STOP_WORDS.issuperset(rest.split()) else rest


@lru_cache(maxsize=100_000)
def key_of_mention(text: str, label: str) -> str:
    """Return the name key of a mention that may become an entity, or an empty string."""
    if label in VALUE_LABELS:
        return ""
    key = without_article(name_key(text))
    parts = key.split()
    tells = len(key) > 1 and not all(part in STOP_WORDS or part.isdigit() for part in parts)
    return key if tells else ""
