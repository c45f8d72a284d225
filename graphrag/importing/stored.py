"""What another program's folder holds, whatever program it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphrag.types import Scalar

__all__ = ["Store", "StoredDocument", "StoredEntity", "StoredRelation", "StoredUnit"]


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document; its text is empty where only its units were kept."""

    id: str
    title: str
    text: str
    source: str = ""
    metadata: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredUnit:
    """A piece of one or more documents, as the other program showed it to its LLM."""

    id: str
    documents: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class StoredEntity:
    """Something that the LLM named, and the units where it did."""

    name: str
    kind: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredRelation:
    """Two things that the LLM joined, in its own words, and the units where it did."""

    source: str
    target: str
    description: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """All of it; the units of each document in their order."""

    program: str
    documents: tuple[StoredDocument, ...]
    units: tuple[StoredUnit, ...]
    entities: tuple[StoredEntity, ...]
    relations: tuple[StoredRelation, ...]
    stripped: bool  # whether white space at the ends of units was cut off
