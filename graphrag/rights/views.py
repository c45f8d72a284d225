"""Views: workspaces of just the documents that some readers see, beside the workspace that they come from.

Numbers, ranks, communities and summaries of a graph depend on all of its documents, so what hidden ones contribute
cannot be filtered out of an answer.  A view never had them: it is an ordinary build of the visible documents, made from
the analyses that the workspace has kept, and therefore equal to a build that never saw the others.

Views lie in the folder ``views`` of the workspace, named by the groups they show.  Groups that show the same documents
share one, and readers who see everything read the workspace itself.
"""

import contextlib
import json
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.engine import GraphRAG, recipe_of
from graphrag.errors import WorkspaceError, WorkspaceLocked
from graphrag.resolution.links import links_digest, links_of
from graphrag.rights.groups import groups_of, may_see
from graphrag.stores.lock import WriterLock
from graphrag.stores.schema import LINKS_BEFORE, LINKS_FILE, READINGS_FILE, REPLIES_FILE, VIEWS_FOLDER
from graphrag.stores.seed import drop_cache, seed_cache
from graphrag.stores.workspace import Workspace
from graphrag.types import content_digest

if TYPE_CHECKING:
    from graphrag.protocols import Progress

__all__ = ["View", "Views"]


@dataclass(frozen=True, slots=True)
class View:
    """What some readers may see, opened for asking.  The caller closes ``rag``.

    It stays what it was when it was opened.  Whoever notices that the workspace has changed opens the view anew, and
    never moves this one on: with the next state, other documents may be hidden.
    """

    rag: GraphRAG
    state: str  # the state of the workspace whose rights were looked at, as :meth:`Views.state` returns it
    current: bool  # whether it shows all that may be seen in that state; if not, :meth:`Views.refresh` is due


@dataclass(frozen=True, slots=True)
class _Visible:
    """What a state of the workspace shows to some readers."""

    documents: frozenset[str]  # ids
    everything: bool
    name: str  # of the view


class Views:
    """The views of a workspace.  Threads and processes may share them.

    Parameters
    ----------
    workspace : str or pathlib.Path
        The workspace's folder.
    """

    def __init__(self, workspace: str | Path) -> None:
        self._workspace = Path(workspace)
        self._folder = self._workspace / VIEWS_FOLDER

    def state(self) -> str:
        """Return what changes whenever a view may have to change: look at it to know whether to open views anew.

        Raises
        ------
        WorkspaceError
            There is no workspace.
        """
        with Workspace.open(self._workspace) as parent:
            return _state(parent)

    def open(self, groups: Collection[str]) -> View | None:
        """Open what readers of some groups may see; nothing is built here.

        Parameters
        ----------
        groups : collection of str
            The readers' groups; empty for the public documents alone, ``*`` for all.

        Returns
        -------
        View or None
            None where the view must be built first, with :meth:`refresh`: it is missing, or it still holds documents
            that were changed, removed or hidden since.  Never answer from the workspace itself instead.

        Raises
        ------
        WorkspaceError
            There is no workspace, or it cannot be read.
        """
        with contextlib.ExitStack() as stack:
            parent = Workspace.open(self._workspace)
            stack.callback(parent.close)
            state, visible = _state(parent), _visible(parent, groups)
            store, current = parent, True
            if not visible.everything:
                folder = self._folder / visible.name
                record, found = _record(folder), _sound(folder)
                if record is None or found is None:
                    return None
                store = found
                stack.callback(store.close)
                current = record["state"] == state
                if not current and not _all_still_there(store, parent, visible):
                    return None
            store.arrays()  # mapped now: a later build may remove them
            rag = GraphRAG(store, recipe_of(store))
            stack.pop_all()
            if store is not parent:
                parent.close()
            return View(rag, state, current)

    def refresh(
        self, groups: Collection[str], *, progress: "Progress | None" = None, workers: int | None = None
    ) -> Path:
        """Build what readers of some groups may see, or bring it up to date.

        Parameters
        ----------
        groups : collection of str
            As :meth:`open`.
        progress : Progress, optional
            Hears how far the build is.
        workers : int, optional
            Processes that extract and embed what the workspace's cache lacks, usually nothing.

        Returns
        -------
        pathlib.Path
            The view's folder, a workspace like any other; the workspace's own where all of it may be seen.

        Raises
        ------
        WorkspaceLocked
            Another process is building this view.
        WorkspaceError
            There is no workspace, or the disk fails.
        """
        with Workspace.open(self._workspace) as parent:
            visible = _visible(parent, groups)
            if visible.everything:
                return self._workspace
            folder = self._folder / visible.name
            if _is_current(folder, parent):
                return folder
            with contextlib.closing(_writable(folder)) as store:
                seed_cache(self._workspace, folder)
                _copy_decisions(parent, folder)
                _share(folder, REPLIES_FILE)
                _share(folder, READINGS_FILE)
                shown = (document for document in parent.documents() if document.id in visible.documents)
                GraphRAG(store, recipe_of(parent)).build(shown, progress=progress, workers=workers)
                # After the build: killed before this line, the view is out of date and will be looked at again.
                _note(folder, {"state": _state(parent), "groups": sorted(groups)})
                drop_cache(folder)
        return folder

    def built(self) -> list[dict[str, Any]]:
        """Return the views that are there: name, groups for which each was built, documents, and whether current."""
        found = []
        with Workspace.open(self._workspace) as parent:
            for folder in self._folders():
                record = _record(folder)
                if record is not None:
                    with Workspace.open(folder) as store:
                        documents = store.counts()["documents"]
                    current = record["state"] == _state(parent)
                    said = {"groups": record["groups"], "documents": documents, "current": current}
                    found.append({"view": folder.name, **said})
        return found

    def groups(self) -> dict[str, int]:
        """Return how many documents name each group, and under "" how many are public."""
        counts: dict[str, int] = {}
        with Workspace.open(self._workspace) as parent:
            for _, _, metadata in parent.document_notes():
                for name in groups_of(metadata) or {""}:
                    counts[name] = counts.get(name, 0) + 1
        return dict(sorted(counts.items()))

    def remove_others(self, kept: Iterable[Collection[str]]) -> int:
        """Remove the views that no readers of these groups use, and return how many there were.

        Whoever has one open reads on; a view that is being built stays until the next call.
        """
        with Workspace.open(self._workspace) as parent:
            names = {_visible(parent, groups).name for groups in kept}
        removed = 0
        for folder in self._folders():
            if folder.name in names:
                continue
            with contextlib.suppress(WorkspaceError):
                lock = WriterLock(folder)
                try:
                    _record_of(folder).unlink(missing_ok=True)
                    shutil.rmtree(folder)
                    removed += 1
                finally:
                    lock.release()
        return removed

    def _folders(self) -> list[Path]:
        """Return the folders of all views."""
        return sorted(path for path in self._folder.iterdir() if path.is_dir()) if self._folder.is_dir() else []


def _visible(parent: Workspace, groups: Collection[str]) -> _Visible:
    """Return what readers of some groups see.

    A view is named by all groups of which nothing is hidden: they are the same exactly where the documents are.
    """
    shown: set[str] = set()
    named: set[str] = set()
    hidden: set[str] = set()
    everything = True
    for identity, _, metadata in parent.document_notes():
        document = groups_of(metadata)
        named |= document
        if may_see(groups, document):
            shown.add(identity)
        else:
            everything = False
            hidden |= document
    return _Visible(frozenset(shown), everything, content_digest("view", *sorted(named - hidden)))


def _all_still_there(view: Workspace, parent: Workspace, visible: _Visible) -> bool:
    """Tell whether every document of a view is in the workspace, unchanged, and may still be seen."""
    there = {identity: digest for identity, digest, _ in parent.document_notes() if identity in visible.documents}
    return all(there.get(identity) == digest for identity, digest, _ in view.document_notes())


def _state(store: Workspace) -> str:
    """Return a digest of all that a build of some of the documents depends on."""
    parts = [json.dumps(store.meta(key), sort_keys=True) for key in ("digest", "fresh", "links", "recipe", "version")]
    return content_digest(*parts)


def _copy_decisions(parent: Workspace, folder: Path) -> None:
    """Give a view what people decided about names, without what a build that is under way is to follow."""
    links, before = parent.path / LINKS_FILE, parent.path / LINKS_BEFORE
    if before.exists() and links_digest(links_of(before)) == (parent.meta("links") or ""):
        links = before
    (folder / LINKS_FILE).unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(links, folder / LINKS_FILE)


def _share(folder: Path, name: str) -> None:
    """Let a view use a file of the workspace: replies of LLMs, to which it may add, or imported readings."""
    with contextlib.suppress(FileExistsError):
        (folder / name).symlink_to(Path("..", "..", name))


def _record_of(folder: Path) -> Path:
    """Return the file that says which state of the workspace a view shows."""
    return folder.with_name(f"{folder.name}.json")


def _record(folder: Path) -> dict[str, Any] | None:
    """Return which state a view shows, None where it was never finished."""
    try:
        record = json.loads(_record_of(folder).read_text(encoding="utf-8"))
        return record if isinstance(record["state"], str) and isinstance(record["groups"], list) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(folder: Path, record: dict[str, Any]) -> None:
    """Write which state a view shows."""
    path = _record_of(folder)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    beside.replace(path)


def _is_current(folder: Path, parent: Workspace) -> bool:
    """Tell whether a view shows the workspace's present state."""
    record, store = _record(folder), _sound(folder)
    if store is None:
        return False
    store.close()
    return record is not None and record["state"] == _state(parent)


def _sound(folder: Path) -> Workspace | None:
    """Open a view for reading; None where it is missing or damaged, or of another version."""
    try:
        store = Workspace.open(folder)
    except WorkspaceError:
        return None
    try:
        store.arrays()
    except WorkspaceError:
        store.close()
        return None
    return store


def _writable(folder: Path) -> Workspace:
    """Open a view for building; one that is damaged is thrown away, because it can be made again.

    Raises
    ------
    WorkspaceLocked
        Another process is building it.
    """
    try:
        return Workspace.create(folder)
    except WorkspaceLocked:
        raise
    except WorkspaceError:
        shutil.rmtree(folder, ignore_errors=True)
        return Workspace.create(folder)
