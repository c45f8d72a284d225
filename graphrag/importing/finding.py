"""Which program wrote a folder, and where in it the files are."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from graphrag.errors import InputError
from graphrag.importing import lightrag, microsoft
from graphrag.importing.stored import Store

__all__ = ["read_store"]


class _Reader(NamedTuple):
    """How the folders of one program are known and read."""

    program: str
    wanted: tuple[str, ...]
    wrote: Callable[[Path], bool]
    read: Callable[[Path], Store]


_READERS = (
    _Reader(microsoft.PROGRAM, microsoft.WANTED, microsoft.wrote, microsoft.read),
    _Reader(lightrag.PROGRAM, lightrag.WANTED, lightrag.wrote, lightrag.read),
)
# The folder itself, else one of its folders; early versions of Microsoft GraphRAG wrote output/<time>/artifacts.
_PLACES = ("*", "output/*/artifacts", "*/artifacts")


def read_store(folder: Path) -> Store:
    """Read what another program left in a folder, or in one folder below it.

    Parameters
    ----------
    folder : pathlib.Path
        The output of Microsoft GraphRAG, the working directory of LightRAG or nano-graphrag, or the folder around it.

    Raises
    ------
    InputError
        No such program wrote it, several did, or a file is missing or damaged.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}: name the one that Microsoft GraphRAG or LightRAG wrote.")
    found = _readers_of(folder)
    if not found:
        inside = sorted({path for pattern in _PLACES for path in folder.glob(pattern) if path.is_dir()})
        found = [pair for path in inside for pair in _readers_of(path)]
    if not found:
        wanted = "; ".join(f"for {reader.program}: {', '.join(reader.wanted)}" for reader in _READERS)
        raise InputError(f"Nothing to import was found in {folder} or its folders. Looked for: {wanted}.")
    if len(found) > 1:
        places = ", ".join(f"{path} ({reader.program})" for path, reader in found)
        raise InputError(f"The folder {folder} holds more than one thing to import: {places}. Name one of them.")
    path, reader = found[0]
    return reader.read(path)


def _readers_of(folder: Path) -> list[tuple[Path, _Reader]]:
    """Return who can read a folder."""
    return [(folder, reader) for reader in _READERS if reader.wrote(folder)]
