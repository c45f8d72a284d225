"""From another program's folder to a workspace: its documents are built, with what it read as a second reading."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.config import PartSettings
from graphrag.engine import GraphRAG
from graphrag.errors import InputError, RecipeError, WorkspaceDamaged
from graphrag.importing.finding import read_store
from graphrag.importing.grounding import Grounded, ground_store
from graphrag.importing.rebuilding import Assembled, assemble
from graphrag.stores.schema import READINGS_FILE

if TYPE_CHECKING:
    from graphrag.building import BuildReport
    from graphrag.config import Recipe
    from graphrag.protocols import Progress

__all__ = ["Imported", "import_folder"]

_READER = "imported"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken over, what was not, and the build."""

    program: str
    documents: int
    rebuilt: int  # documents of which the program kept only pieces
    entities: int
    entities_dropped: int  # the text does not say their names
    stated: int  # relations that a sentence states: facts
    related: int  # relations of which a sentence says no more than both names: facts of the predicate "related to"
    joined: int  # relations of which only a longer text says both names: links
    relations_dropped: int  # the text does not say both names
    problems: tuple[tuple[str, str], ...]  # document, what is wrong with it
    report: "BuildReport"


def import_folder(
    folder: str | Path,
    workspace: str | Path,
    *,
    recipe: str | None = None,
    progress: "Progress | None" = None,
    workers: int | None = None,
) -> Imported:
    """Add what Microsoft GraphRAG or LightRAG left in a folder to a workspace, which is made where it is missing.

    A document whose id the workspace holds takes the place of the old one, with what was imported of it before.

    Parameters
    ----------
    folder : str or pathlib.Path
        The output of Microsoft GraphRAG or the working directory of LightRAG.
    workspace : str or pathlib.Path
        A folder that does not exist, is empty, or is a workspace.
    recipe : str, optional
        A shipped recipe's name or a YAML file; by default the workspace's own, else ``offline``.
    progress, workers
        As of :meth:`graphrag.GraphRAG.build`.

    Raises
    ------
    InputError
        The folder holds nothing to import, or a file of it cannot be read.
    RecipeError
        The recipe reads passages a second time in another way.
    WorkspaceError
        The workspace cannot be written.
    """
    store = read_store(Path(folder))
    assembled = assemble(store)
    if not assembled.documents:
        raise InputError(f"The folder {folder} of {store.program} holds no text: there is nothing to import.")
    grounded = ground_store(store, assembled.documents, assembled.places)
    with GraphRAG.create(workspace, recipe=recipe) as rag:
        rag.recipe = _with_readings(rag.recipe)
        with _kept(Path(workspace) / READINGS_FILE, assembled, grounded):
            report = rag.add(assembled.documents, progress=progress, workers=workers)
    return Imported(
        store.program,
        len(assembled.documents),
        assembled.rebuilt,
        grounded.entities,
        grounded.entities_dropped,
        grounded.stated,
        grounded.related,
        grounded.joined,
        grounded.relations_dropped,
        tuple(assembled.problems),
        report,
    )


def _with_readings(recipe: "Recipe") -> "Recipe":
    """Return a recipe that reads passages a second time from what was imported."""
    second = recipe.build.refinement
    if second is not None and second.name != _READER:
        raise RecipeError(
            f"The recipe {recipe.name} reads passages a second time by {second.name!r}, so that what is imported would "
            "not be read: import into a new workspace, or name another recipe."
        )
    if second is not None:
        return recipe
    build = recipe.build.model_copy(update={"refinement": PartSettings(name=_READER)})
    return recipe.model_copy(update={"build": build})


@contextlib.contextmanager
def _kept(path: Path, assembled: Assembled, grounded: Grounded) -> Iterator[None]:
    """Keep readings in a workspace, instead of those that it has of the same documents; not where the build fails."""
    before = path.read_bytes() if path.exists() else None
    new = {document.id for document in assembled.documents}
    others = [reading for reading in _readings(path, before) if reading.get("id") not in new]
    lines = ",\n".join(json.dumps(reading, ensure_ascii=False) for reading in others + grounded.readings)
    _write(path, f"[\n{lines}\n]\n".encode())
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink(missing_ok=True)
        else:
            _write(path, before)
        raise


def _readings(path: Path, data: bytes | None) -> list[dict[str, Any]]:
    """Return the readings that a workspace holds."""
    if data is None:
        return []
    try:
        readings = json.loads(data)
        if not isinstance(readings, list) or not all(isinstance(reading, dict) for reading in readings):
            raise ValueError("it is no list of readings")
    except (ValueError, RecursionError) as error:
        raise WorkspaceDamaged(
            f"The file {path} of what was imported before cannot be read ({error}): restore it from a backup, or "
            "remove it and import all folders again."
        ) from error
    return readings


def _write(path: Path, data: bytes) -> None:
    """Write a file as a whole or not at all."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
