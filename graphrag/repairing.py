"""The doctor of a workspace: finds damage, drift and half-finished work, and repairs what can be derived.

The documents are the one thing that cannot be derived; they stand in ``workspace.db`` and in a second copy beside the
arrays.  As long as one of the two is what its digests say, everything else is made again from it, and the result must
have the digest that was noted.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import graphrag
from graphrag.building import build
from graphrag.config import Recipe, check_settings, load_recipe
from graphrag.errors import InputError, RecipeError, WorkspaceDamaged, WorkspaceError
from graphrag.pool import Local
from graphrag.protocols import Progress, Refiner
from graphrag.registry import create as create_part
from graphrag.resolution.links import links_of
from graphrag.stores.database import explaining
from graphrag.stores.lock import WriterLock, no_writer
from graphrag.stores.migrating import migrate, old_version
from graphrag.stores.salvage import (
    Salvaged,
    check_cache,
    finish_repair,
    leftovers,
    salvage,
    start_repair,
    stopped_build,
)
from graphrag.stores.schema import (
    ARRAYS_FOLDER,
    CACHE_FILE,
    DATABASE_FILE,
    LINKS_FILE,
    READINGS_FILE,
    REPAIR_FOLDER,
    SCHEMA_VERSION,
)
from graphrag.stores.workspace import Workspace
from graphrag.types import Document

__all__ = ["Ailment", "examine"]


@dataclass(frozen=True, slots=True)
class Ailment:
    """One thing that is not as it should be, and what became of it."""

    kind: str  # "damage", "leftover", "stopped" or "mismatch"
    what: str
    done: str  # what was done about it, or what to do
    cured: bool


def examine(
    folder: Path,
    *,
    repair: bool = True,
    rebuild: bool = False,
    accept_loss: bool = False,
    progress: Progress | None = None,
) -> list[Ailment]:
    """Look for everything that can be wrong with a workspace, and repair what can be derived.

    Parameters
    ----------
    folder : pathlib.Path
        The workspace.
    repair : bool
        Whether to repair; false: only look, without a right to write.
    rebuild : bool
        Whether to build again with the installed version and models, where others made the workspace.
    accept_loss : bool
        Whether to go on with the documents that can still be read, where some are lost.
    progress : Progress, optional
        Hears of the stages of a rebuild.

    Returns
    -------
    list of Ailment
        Empty where all is well.

    Raises
    ------
    WorkspaceError
        There is no workspace, or it cannot be written.
    WorkspaceLocked
        Somebody is writing to it.
    """
    if not any((folder / name).exists() for name in (DATABASE_FILE, CACHE_FILE, ARRAYS_FOLDER, REPAIR_FOLDER)):
        raise WorkspaceError(f"There is no workspace at {folder}: make one with `graphrag build INPUT -w {folder}`.")
    with _undisturbed(folder, repair=repair):
        found = list(_unfinished(folder, repair=repair))
        if not (folder / DATABASE_FILE).is_file() and not salvage(folder).documents:
            raise WorkspaceError(
                f"The file {folder / DATABASE_FILE} is missing, and there is no second copy of the documents: restore "
                f"the folder from a backup, or run `graphrag build INPUT -w {folder}`; what cache.db holds is not "
                "computed again."
            )
        found.extend(_cache(folder, repair=repair))
        found.extend(_decisions(folder))
        version = 0 if repair else old_version(folder / DATABASE_FILE)
        if version:
            found.append(_old_schema(version))
        elif trouble := _trouble(folder, repair=repair):
            found.append(_rebuilt(folder, trouble, repair=repair, accept_loss=accept_loss, progress=progress))
    damaged = any(ailment.kind == "damage" and not ailment.cured for ailment in found)
    if not damaged and not version and (mismatch := _mismatch(folder)):
        found.append(_renewed(folder, mismatch, rebuild=rebuild and repair, progress=progress))
    return found


@contextlib.contextmanager
def _undisturbed(folder: Path, *, repair: bool) -> Iterator[None]:
    """Keep others from writing meanwhile; who only looks needs no right to write."""
    if not repair:
        with no_writer(folder):
            yield
        return
    lock = WriterLock(folder)
    try:
        yield
    finally:
        lock.release()


def _old_schema(version: int) -> Ailment:
    """Name a database that only looking cannot examine, for it would have to be changed first."""
    what = f"The database has schema {version}, and this version reads {SCHEMA_VERSION}: it was not examined."
    todo = "The next command that may write brings it up to date, and keeps a copy of it as it is."
    return Ailment("mismatch", what, todo, False)


def _unfinished(folder: Path, *, repair: bool) -> Iterator[Ailment]:
    """Finish a repair that was killed, and name what killed builds left."""
    if repair and finish_repair(folder):
        yield Ailment("stopped", "A repair was stopped midway.", "It was finished.", True)
    stopped = stopped_build(folder)
    if stopped is not None:
        stage, started = stopped
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(started))
        what = f"A build was stopped while {stage}, which began at {when}; the workspace is as it was before it"
        new = _new_documents(folder)
        what += f", but for {new:,} new document{'s' if new > 1 else ''} that can be found already." if new else "."
        todo = "Run the same command again to go on: what was analysed is kept."
        yield Ailment("stopped", what, todo, False)
    for what in leftovers(folder, _generation(folder), repair=repair):
        yield Ailment("leftover", f"{what}.", "It was removed." if repair else "It can be removed.", repair)


def _new_documents(folder: Path) -> int:
    """Return how many documents can be found and are no part of the graph yet."""
    with contextlib.suppress(WorkspaceError), Workspace.open(folder) as workspace:
        return len({chunk.document_id for chunk, _ in workspace.fresh()})
    return 0


def _generation(folder: Path) -> int:
    """Return the number of the last finished build, 0 where none can be read."""
    try:
        with Workspace.open(folder) as workspace:
            return int(workspace.meta("generation") or 0)
    except (WorkspaceError, ValueError, TypeError):
        return int(salvage(folder).meta.get("generation") or 0)


def _cache(folder: Path, *, repair: bool) -> Iterator[Ailment]:
    """Name damaged analyses."""
    todo = "They were forgotten; a build that needs them computes them again." if repair else "They can be forgotten."
    for what in check_cache(folder, repair=repair):
        yield Ailment("damage", what, todo, repair)


def _decisions(folder: Path) -> Iterator[Ailment]:
    """Name decisions about names that cannot be read: no build goes on before they are mended."""
    try:
        links_of(folder / LINKS_FILE)
    except InputError as error:
        yield Ailment("damage", str(error), "Mend it by hand: what people decided cannot be derived.", False)


def _trouble(folder: Path, *, repair: bool) -> list[str]:
    """Return what is wrong with the finished build, which a repair brings to the present layout first."""
    try:
        if repair:
            with explaining(folder / DATABASE_FILE):
                migrate(folder, locked=True)  # here, because opening it would wait for the doctor's own lock
        with Workspace.open(folder) as workspace:
            return workspace.audit()
    except WorkspaceDamaged as error:
        return [str(error)]
    except WorkspaceError as error:
        # A flipped bit of the header looks like another version or an empty file; the notes tell.
        if salvage(folder).meta.get("version") == graphrag.__version__:
            return [str(error)]
        raise


def _rebuilt(
    folder: Path, trouble: list[str], *, repair: bool, accept_loss: bool, progress: Progress | None
) -> Ailment:
    """Make everything again from the documents, if they are whole."""
    more = f" ({len(trouble) - 1:,} more)" if len(trouble) > 1 else ""
    what = f"{trouble[0]}{more}"
    saved = salvage(folder)
    if not saved.complete and not (accept_loss and saved.documents):
        return Ailment("damage", what, _loss(folder, saved), False)
    if not repair:
        return Ailment("damage", what, "It can be made again: all documents are whole.", False)
    recipe = _recipe(saved.meta, folder)
    place = start_repair(folder)
    with Workspace.create(place) as workspace:
        digest = _build(workspace, folder, saved.documents, recipe, progress)
    if digest == saved.meta.get("digest"):
        done = f"Everything was made again from the {len(saved.documents):,} documents, to the same digest {digest}."
    elif saved.complete:
        done = (
            f"Everything was made again from the {len(saved.documents):,} documents; the digest is now {digest}, "
            f"because {_why_another(saved.meta)}."
        )
    else:
        done = f"Everything was made again from the {len(saved.documents):,} documents that could be read."
    finish_repair(folder, ready=True)
    return Ailment("damage", what, done, True)


def _why_another(meta: Mapping[str, Any]) -> str:
    """Return why the same documents may have another digest now."""
    if meta.get("fresh"):
        return "new documents became part of the graph"
    return "another version or another model made the workspace"


def _build(
    workspace: Workspace,
    folder: Path,
    documents: Sequence[Document],
    recipe: Recipe,
    progress: Progress | None,
    *,
    keep: bool = False,
) -> str:
    """Build documents, or these and those that the workspace holds, by what is kept in a folder; return the digest."""
    settings = recipe.build
    report = build(
        documents,
        workspace,
        extractor=settings.extraction.part("extractor"),
        embedder=settings.embedding.part("embedder"),
        settings=settings,
        progress=progress,
        notes={"recipe": recipe.model_dump(mode="json")},
        keep=keep,
        links=links_of(folder / LINKS_FILE),
        refiner=_refiner(recipe, folder),
    )
    return report.digest


def _refiner(recipe: Recipe, folder: Path) -> Refiner | None:
    """Return what reads passages a second time from a file; an LLM is not asked."""
    part = recipe.build.refinement
    if part is None or part.name not in ("from_file", "imported"):
        return None
    return cast("Refiner", create_part(part.part("refiner"), readings=folder / READINGS_FILE))


def _loss(folder: Path, saved: Salvaged) -> str:
    """Say what cannot be repaired."""
    shown = "; ".join(saved.broken[:10]) or "the note of which documents there were"
    more = f" and {len(saved.broken) - 10:,} more" if len(saved.broken) > 10 else ""
    return (
        f"It cannot be repaired from itself, because this is lost: {shown}{more}. {len(saved.documents):,} documents "
        f"are whole. Run `graphrag build INPUT -w {folder}` with the documents after deleting {DATABASE_FILE}, or "
        "`graphrag doctor --accept-loss` to go on with those that are whole."
    )


def _recipe(meta: Mapping[str, Any], folder: Path) -> Recipe:
    """Return the recipe of a workspace; the default one where that is lost."""
    stored = meta.get("recipe")
    if not isinstance(stored, dict):
        return load_recipe()
    return check_settings(stored, where=f"the recipe stored in {folder}")


def _mismatch(folder: Path) -> str:
    """Return what made the workspace and is no longer installed so, empty where all is."""
    with Workspace.open(folder) as workspace:
        meta = workspace.meta
        if not meta("version"):
            return ""
        settings = _recipe({"recipe": meta("recipe")}, folder).build
        said = []
        if meta("version") != graphrag.__version__:
            said.append(f"version {meta('version')} of graphrag made it, {graphrag.__version__} is installed")
        try:
            makers = Local(settings.extraction.part("extractor"), settings.embedding.part("embedder")).makers
        except RecipeError as error:
            return f"The parts that made the workspace cannot be made here: {error}"
        for name, now in (("extractor", makers.extractor), ("embedder", makers.embedder)):
            if meta(name) != now:
                said.append(f"the {name} {meta(name)!r} made it, {now!r} is installed")
    return f"The workspace is sound, but {'; '.join(said)}." if said else ""


def _renewed(folder: Path, mismatch: str, *, rebuild: bool, progress: Progress | None) -> Ailment:
    """Build again with what is installed, if that is wanted."""
    if not rebuild:
        return Ailment("mismatch", mismatch, "Run `graphrag doctor --rebuild` to build its documents again.", False)
    with Workspace.open(folder, write=True) as workspace:
        recipe = _recipe({"recipe": workspace.meta("recipe")}, folder)
        digest = _build(workspace, folder, [], recipe, progress, keep=True)
    return Ailment("mismatch", mismatch, f"Its documents were built again; the digest is {digest}.", True)
