"""Groups: what a document says about who may see it, and what follows for a reader.

The rule, in full: the metadata field ``groups`` of a document names groups, separated by commas or as a list.  A
document that names none is public.  A reader sees the public documents and those that name one of the reader's groups;
a reader of the group ``*`` sees all.  Names are compared exactly, after white space around them is dropped and Unicode
is normalised (NFC).
"""

import json
import unicodedata
from collections.abc import Collection, Mapping

from graphrag.types import Scalar

__all__ = ["EVERY_GROUP", "FIELD", "group_names", "groups_of", "may_change", "may_see"]

FIELD = "groups"
EVERY_GROUP = "*"
"""The group of readers that see all documents; in a document it is a name that no other reader can have."""


def group_names(value: Scalar) -> frozenset[str]:
    """Return the groups that a text names.

    Parameters
    ----------
    value : str, int, float, bool or None
        ``"a, b"``, or the JSON text ``'["a", "b"]'`` that a list in a row or front matter becomes.  Whatever else it is
        counts as a name, so that a mistake hides a document and never shows one.
    """
    if value is None:
        return frozenset()
    text = str(value).strip()
    parts: list[str] = text.split(",")
    if text.startswith("["):
        try:
            parts = [part if isinstance(part, str) else json.dumps(part) for part in json.loads(text)]
        except ValueError:
            parts = [text]
    return frozenset(name for part in parts if (name := unicodedata.normalize("NFC", part.strip())))


def groups_of(metadata: Mapping[str, Scalar]) -> frozenset[str]:
    """Return the groups that a document's metadata name; empty where the document is public.

    The field's name is read in any case and with white space around it, because "Groups" in the head of a table means
    the same and must not make its documents public.
    """
    names: frozenset[str] = frozenset()
    for name, value in metadata.items():
        if name.strip().casefold() == FIELD:
            names |= group_names(value)
    return names


def may_see(reader: Collection[str], document: Collection[str]) -> bool:
    """Tell whether a reader of some groups sees a document of some groups."""
    return not document or EVERY_GROUP in reader or not set(reader).isdisjoint(document)


def may_change(writer: Collection[str], before: Collection[str] | None, after: Collection[str] | None) -> bool:
    """Tell whether a writer of some groups may make this change of a document.

    Parameters
    ----------
    writer : collection of str
        The writer's groups.
    before : collection of str or None
        The groups of the document that is replaced or removed, None where there is none of its id.
    after : collection of str or None
        The groups of the document that takes its place, None where it is removed.

    Returns
    -------
    bool
        Whether the writer sees the document that goes, and has every group of the one that comes: nobody writes into
        a group of others.
    """
    if EVERY_GROUP in writer:
        return True
    return (before is None or may_see(writer, before)) and (after is None or set(after) <= set(writer))
