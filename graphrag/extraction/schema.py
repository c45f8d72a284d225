"""A user's schema: which kinds of things and relations an LLM is to look for, and to which its replies are held."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from graphrag.errors import RecipeError
from graphrag.types import content_digest

__all__ = ["FREE", "EntityKind", "Schema", "load_schema"]

_ANY = "*"
_FREE_GUIDE = (
    "Types are your choice; prefer person, organization, place, work, event, product, date and concept. Predicates are "
    "your choice."
)


@dataclass(frozen=True, slots=True)
class EntityKind:
    """A kind of thing."""

    name: str
    description: str
    attributes: tuple[str, ...]  # what has a value instead of another thing: "founded on", "revenue"


@dataclass(frozen=True)
class Schema:
    """Kinds of things, and relations between them; without kinds everything is allowed."""

    kinds: Mapping[str, EntityKind]  # by name in lower case
    relations: frozenset[tuple[str, str, str]]  # (source kind, type, target kind), in lower case; "*" is any kind
    types: Mapping[str, str]  # relation or attribute in lower case -> as the schema writes it
    guide: str

    @property
    def digest(self) -> str:
        """Digest of all that the schema says."""
        return content_digest(self.guide, repr(sorted(self.relations)))

    def allows_kind(self, kind: str) -> bool:
        """Tell whether things of a kind are wanted."""
        return not self.kinds or kind.strip().casefold() in self.kinds

    def allows(self, source: str, predicate: str, target: str | None) -> bool:
        """Tell whether a relation is wanted; ``target`` is None where the object is a plain value.

        Parameters
        ----------
        source, target : str
            Kinds, in any case.
        predicate : str
            The relation's type, or an attribute.
        """
        if not self.kinds:
            return True
        source, predicate = source.casefold(), predicate.strip().casefold()
        kind = self.kinds.get(source)
        if kind is not None and predicate in (attribute.casefold() for attribute in kind.attributes):
            return True
        if target is None:
            return False
        return any((a, predicate, b) in self.relations for a in (source, _ANY) for b in (target.casefold(), _ANY))


FREE = Schema({}, frozenset(), {}, _FREE_GUIDE)


def load_schema(path: str) -> Schema:
    """Return the schema of a YAML file; of an empty path, the one that allows everything.

    Raises
    ------
    RecipeError
        The file cannot be read or says what no schema can.
    """
    if not path:
        return FREE
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The schema {path!r} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"The schema {path!r} is not YAML: {error}.") from error
    try:
        return _schema_of(data)
    except (ValueError, TypeError, AttributeError) as error:
        raise RecipeError(
            f"The schema {path!r} is wrong ({error}): write `entities:` with a name and a description each, and "
            "`relations:` as a list of [source, type, target]."
        ) from error


def _schema_of(data: Any) -> Schema:
    """Read a schema from plain values."""
    if not isinstance(data, dict) or not data.get("entities"):
        raise ValueError("it has no entities")
    if unknown := data.keys() - {"entities", "relations"}:
        raise ValueError(f"unknown key {sorted(map(str, unknown))[0]!r}")
    entities = data["entities"]
    if isinstance(entities, list):
        entities = dict.fromkeys(entities)
    kinds = {str(name).casefold(): _kind_of(str(name), said) for name, said in entities.items()}
    relations: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for entry in data.get("relations") or []:
        if not (isinstance(entry, list) and len(entry) == 3 and all(isinstance(part, str) for part in entry)):
            raise ValueError(f"the relation {entry!r} is not [source, type, target]")
        for kind in (entry[0], entry[2]):
            if kind != _ANY and kind.casefold() not in kinds:
                raise ValueError(f"the relation {entry!r} names {kind!r}, which is no entity of the schema")
        relations[entry[0].casefold(), entry[1].casefold(), entry[2].casefold()] = (entry[0], entry[1], entry[2])
    types = {kind: name for (_, kind, _), (_, name, _) in relations.items()}
    types |= {attribute.casefold(): attribute for kind in kinds.values() for attribute in kind.attributes}
    return Schema(kinds, frozenset(relations), types, _guide(list(kinds.values()), list(relations.values())))


def _kind_of(name: str, said: Any) -> EntityKind:
    """Read one kind: nothing, its description, or a mapping with description and attributes."""
    if said is None or isinstance(said, str):
        return EntityKind(name, said or "", ())
    if not isinstance(said, dict) or said.keys() - {"description", "attributes"}:
        raise ValueError(f"the entity {name!r} has a description and attributes, and nothing else")
    attributes = said.get("attributes") or []
    if not isinstance(attributes, list) or not all(isinstance(attribute, str) for attribute in attributes):
        raise ValueError(f"the attributes of {name!r} are not a list of names")
    return EntityKind(name, str(said.get("description") or ""), tuple(attributes))


def _guide(kinds: list[EntityKind], relations: list[tuple[str, str, str]]) -> str:
    """Say to the LLM what is wanted."""
    lines = ["Only these types of entities are wanted:"]
    for kind in kinds:
        lines.append(f"- {kind.name}" + (f": {kind.description}" if kind.description else ""))
        if kind.attributes:
            lines.append(f"  with the attributes {', '.join(kind.attributes)}, written as relations to their values")
    if relations:
        lines.append("Only these relations are wanted, with these words as predicates:")
        lines += [f"- {source} | {name} | {target}" for source, name, target in relations]
    return "\n".join(lines)
