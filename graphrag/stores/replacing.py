"""Writing a file that a user names: whole or not at all, and over nothing that is no such file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from graphrag.errors import InputError
from graphrag.stores.schema import DATABASE_FILE, GUESTS, OWN_FILES, VIEWS_FOLDER

__all__ = ["replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file to write beside ``path``, and put it in its place once it is whole.

    A link stays one, and its target is replaced; a device or a pipe, such as ``/dev/stdout``, is written to.

    Raises
    ------
    InputError
        It is a file of a workspace.
    """
    place = path.resolve()
    if _of_workspace(place):
        raise InputError(f"The file {path} belongs to a workspace: write to another place.")
    if path.exists() and not path.is_file():
        yield path
        return
    part = place.with_name(f".{uuid4().hex}.part")  # of this process alone, and over nobody's file
    try:
        yield part
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _of_workspace(place: Path) -> bool:
    """Tell whether a file is one of a workspace, or lies in one of its folders."""
    if place.name in OWN_FILES | GUESTS and (place.parent / DATABASE_FILE).exists():
        return True
    above = zip(place.parents, place.parents[1:], strict=False)
    own = OWN_FILES | {VIEWS_FOLDER}
    return any(folder.name in own and (workspace / DATABASE_FILE).exists() for folder, workspace in above)
