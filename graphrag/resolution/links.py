"""Decisions of people about names: which are one entity, which are not, and what an entity is called.

They are lines of a file of three columns, separated by tabs, that can be kept under version control::

    same	Jonny Doe	John Doe       the first is a name of the second
    apart	Mercury	Mercury (planet)   the first is no name of the second
    name	John Doe	John H. Doe    the entity is called so

Lines are followed from the first to the last, so a later one may take an earlier one back.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from graphrag.errors import InputError
from graphrag.resolution.entities import Directory, entity_id, without_article
from graphrag.text import name_key
from graphrag.types import About, DocumentId, EntityId, Merge, content_digest

__all__ = ["KINDS", "Link", "follow", "links_digest", "links_of", "links_text", "read_link_file", "read_links"]

KINDS = {"same": "merge", "apart": "split", "name": "rename"}
"""What a line says, and the command that writes it."""

_HEAD = "# Decisions about names; `graphrag entities` writes them, and builds follow them from the first to the last.\n"


@dataclass(frozen=True, slots=True)
class Link:
    """One decision."""

    kind: str  # a key of KINDS
    name: str
    other: str


def read_links(text: str, where: str) -> list[Link]:
    """Read decisions.

    Parameters
    ----------
    text : str
        The file's text.
    where : str
        The file's name, for messages.

    Raises
    ------
    InputError
        A line is not a decision; the message names it.
    """
    links = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 3 or parts[0] not in KINDS or not name_key(parts[1]) or not name_key(parts[2]):
            raise InputError(
                f"{where}, line {number}: {line!r} is no decision: write same, apart or name, a name, and another "
                "name, with tabs between them."
            )
        links.append(Link(*parts))
    return links


def read_link_file(path: Path) -> list[Link]:
    """Read the decisions of a file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Raises
    ------
    InputError
        It is not there, is not UTF-8, or a line is not a decision.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: name one of lines as in links.tsv.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The file {path} is not UTF-8 ({error}): save it as UTF-8.") from error
    return read_links(text, str(path))


def links_of(path: Path) -> list[Link]:
    """Return what :func:`read_link_file` does, and no decisions where there is no such file."""
    return read_link_file(path) if path.exists() else []


def links_text(links: Iterable[Link]) -> str:
    """Return decisions as the text of their file; a name that a document breaks over lines is written on one."""
    rows = ((link.kind, " ".join(link.name.split()), " ".join(link.other.split())) for link in links)
    return _HEAD + "".join("\t".join(row) + "\n" for row in rows)


def links_digest(links: Iterable[Link]) -> str:
    """Return a digest of decisions, empty where there are none."""
    said = [part for link in links for part in (link.kind, link.name, link.other)]
    return content_digest(*said) if said else ""


def follow(links: Iterable[Link], directory: Directory) -> None:
    """Change a directory as people have decided.

    Parameters
    ----------
    links : iterable of Link
        The decisions; names that no document says are passed over.
    directory : Directory
        Changed in place.
    """
    follower = _Follower(directory)
    for link in links:
        key, other = (_key(name, directory) for name in (link.name, link.other))
        if link.kind == "name":
            follower.rename(key, link.other)
        elif link.kind == "same":
            follower.join(key, other, link.name)
        else:
            follower.part(key, other)
    follower.finish()


def _key(name: str, directory: Directory) -> str:
    """Return the key by which a directory knows a name: perhaps without its article."""
    key = name_key(name)
    return key if key in directory.entity_of else without_article(key)


class _Follower:
    """Follows decisions one by one."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._keys: dict[str, list[str]] = defaultdict(list)
        for key, canonical in directory.entity_of.items():
            self._keys[canonical].append(key)
        self._moved: dict[EntityId, EntityId] = {}

    def rename(self, key: str, name: str) -> None:
        """Call an entity by another name."""
        canonical = self._directory.entity_of.get(key)
        if canonical is not None:
            self._directory.renamed[canonical] = name

    def join(self, key: str, into: str, name: str) -> None:
        """Make all names of one entity names of another."""
        directory = self._directory
        source, target = directory.entity_of.get(key), directory.entity_of.get(into)
        if source is None or target is None or source == target:
            return
        for moved in self._keys.pop(source):
            directory.entity_of[moved] = target
            self._keys[target].append(moved)
        directory.anchors.update({d: target for d, anchor in directory.anchors.items() if anchor == source})
        old, new = entity_id(source), entity_id(target)
        self._moved = {a: new if b == old else b for a, b in self._moved.items()} | {old: new}
        self._moved.pop(new, None)
        directory.merges = [
            replace(merge, entity_id=new, into=target) if merge.entity_id == old else merge
            for merge in directory.merges
        ]
        directory.merges.append(Merge(new, name, target, "user", 1.0))
        directory.apart.discard((key, target))

    def part(self, key: str, other: str) -> None:
        """Make a name an entity of its own, in all documents."""
        directory = self._directory
        canonical = directory.entity_of.get(key)
        directory.apart.add((key, directory.entity_of.get(other, other)))
        if canonical is None or canonical != directory.entity_of.get(other):
            return
        lone = key if key != canonical else other
        if lone == canonical:
            return  # one name, written in two ways
        directory.entity_of[lone] = lone
        self._keys[canonical].remove(lone)
        self._keys[lone].append(lone)
        self._moved.pop(entity_id(lone), None)
        for document, anchor in directory.anchors.items():
            if anchor == canonical:
                directory.own_names[document] -= {lone}
        entity = entity_id(canonical)
        directory.merges = [m for m in directory.merges if m.entity_id != entity or name_key(m.name) != lone]

    def finish(self) -> None:
        """Let what documents are about follow the entities; of two links of a document to one, the stronger stays."""
        best: dict[tuple[EntityId, DocumentId], About] = {}
        for about in self._directory.abouts:
            about = replace(about, entity_id=self._moved.get(about.entity_id, about.entity_id))
            known = best.get((about.entity_id, about.document_id))
            if known is None or (known.weight, known.reason) < (about.weight, about.reason):
                best[about.entity_id, about.document_id] = about
        self._directory.abouts = [about for _, about in sorted(best.items())]
