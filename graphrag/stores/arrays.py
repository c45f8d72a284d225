"""Arrays beside the database: written once, checked before they are mapped into memory, never changed.

Each generation of arrays is a folder of ``.npy`` files.  The database says which generation is valid and what each
file must contain, so a half-written generation is never looked at.
"""

import contextlib
import hashlib
import io
import os
import re
import shutil
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from graphrag.errors import WorkspaceDamaged
from graphrag.stores.schema import ARRAYS_FOLDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["ArrayInfo", "generation_folder", "open_arrays", "remove_generations", "sync_folder", "write_arrays"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LARGE = 2**26  # bytes; files above this are checked in pieces
_PIECE = 2**24
_BLOCK = 2**18  # read or written at a time, small enough for the processor's cache


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """What a file of an array must contain."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    size: int  # bytes of the file
    checksum: str  # of the file, see _checksum


def generation_folder(workspace: Path, generation: int) -> Path:
    """Return where the arrays of a generation lie."""
    return workspace / ARRAYS_FOLDER / f"{generation:08d}"


def write_arrays(folder: Path, arrays: "Mapping[str, Array]") -> list[ArrayInfo]:
    """Write a generation of arrays and wait until the disk has them.

    Parameters
    ----------
    folder : pathlib.Path
        Made anew; what a killed build may have left there is removed.
    arrays : mapping
        Name (lower-case letters, digits, underscores) to array of numbers.

    Returns
    -------
    list of ArrayInfo
        One for each array, ordered by name.

    Raises
    ------
    ValueError
        A name or an array that does not belong here: a mistake in the program.
    OSError
        The disk is full or cannot be written.
    """
    for name, array in arrays.items():
        if not _NAME.fullmatch(name) or array.dtype.hasobject:
            raise ValueError(f"array {name!r} of type {array.dtype} cannot be stored")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ThreadPoolExecutor(max_workers=4) as threads:  # one is hashed and copied while others wait for the disk
        infos = list(threads.map(lambda name: _write(folder / f"{name}.npy", arrays[name]), sorted(arrays)))
    sync_folder(folder)
    sync_folder(folder.parent)
    return infos


def _write(path: Path, array: "Array") -> ArrayInfo:
    """Write one array and take its checksum on the way, so that gigabytes need not be read again."""
    header, data = _file_of(array)
    size, done = len(header) + len(data), 0
    whole, crc = _blake2b(), 0
    with path.open("wb") as file:
        for block in _blocks(header, data):
            file.write(block)
            done += len(block)
            if size <= _LARGE:
                whole.update(block)
                continue
            crc = zlib.crc32(block, crc)
            if done % _PIECE == 0 or done == size:
                whole.update(crc.to_bytes(4, "little"))
                crc = 0
        file.flush()
        os.fsync(file.fileno())
    return ArrayInfo(path.stem, array.dtype.str, array.shape, size, whole.hexdigest())


def _file_of(array: "Array") -> tuple[bytes, memoryview]:
    """Return the header of an array's file, as numpy.save writes it, and its elements as bytes, without a copy."""
    import numpy as np

    array = np.ascontiguousarray(array).reshape(array.shape)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return header.getvalue(), array.reshape(-1).view(np.uint8).data


def _blocks(header: bytes, data: memoryview) -> Iterator[bytes | memoryview]:
    """Yield a file in blocks, of which a whole number makes a piece of the checksum."""
    first = _BLOCK - len(header)
    yield header + data[:first]
    for start in range(first, len(data), _BLOCK):
        yield data[start : start + _BLOCK]


def open_arrays(folder: Path, infos: Sequence[ArrayInfo]) -> "dict[str, Array]":
    """Map the arrays of a generation into memory, read-only, after checking each against its checksum.

    Parameters
    ----------
    folder : pathlib.Path
        The generation's folder.
    infos : sequence of ArrayInfo
        What the database says the folder contains.

    Returns
    -------
    dict
        Name to array.

    Raises
    ------
    WorkspaceDamaged
        A file is missing or is not what was written; the message names it.
    FileNotFoundError
        The whole generation is gone, because a writer has removed it since.
    """
    if infos and not folder.is_dir():
        raise FileNotFoundError(folder)
    with ThreadPoolExecutor(max_workers=4) as threads:  # hashing leaves the interpreter's lock
        list(threads.map(lambda info: _check(folder, info), infos))
    return {info.name: _map(folder, info) for info in infos}


# numpy reads a header by Python's parser, which in 3.11 fails now and then in two threads of a process.
_PARSING = threading.Lock()
_ADVICE = "run `graphrag build` again with the same documents; what is unchanged is not computed again."


def _check(folder: Path, info: ArrayInfo) -> None:
    """Compare one file with its size and checksum."""
    path = folder / f"{info.name}.npy"
    try:
        sound = path.stat().st_size == info.size and _checksum(path) == info.checksum
    except OSError as error:
        raise WorkspaceDamaged(f"The file {path} cannot be read ({error}): {_ADVICE}") from error
    if not sound:
        raise WorkspaceDamaged(f"The file {path} does not match its checksum: {_ADVICE}")


def _map(folder: Path, info: ArrayInfo) -> "Array":
    """Map one checked file."""
    import numpy as np

    path = folder / f"{info.name}.npy"
    try:
        # numpy cannot map an array without elements.
        mode: Literal["r"] | None = "r" if 0 not in info.shape else None
        with _PARSING:
            array: Array = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise WorkspaceDamaged(f"The file {path} cannot be read ({error}): {_ADVICE}") from error
    if array.dtype.str != info.dtype or array.shape != info.shape:
        raise WorkspaceDamaged(f"The file {path} holds another array than the database says: {_ADVICE}")
    return array


def _checksum(path: Path) -> str:
    """Return the blake2b of a file; of a large one, the blake2b of the CRC-32 of each of its pieces.

    What is guarded against is damage, not malice, and opening has to read gigabytes: a CRC is several times as fast,
    finds every error burst of up to 32 bits, and misses one in four billion of all others.
    """
    size = path.stat().st_size
    if size <= _LARGE:
        with path.open("rb") as file:
            return hashlib.file_digest(file, _blake2b).hexdigest()
    with ThreadPoolExecutor(max_workers=4) as threads:
        pieces = threads.map(lambda start: _piece_crc(path, start), range(0, size, _PIECE))
        whole = _blake2b(b"".join(crc.to_bytes(4, "little") for crc in pieces))
    return whole.hexdigest()


def _blake2b(data: bytes = b"") -> "hashlib.blake2b":
    """Return the hash that all checksums end in."""
    return hashlib.blake2b(data, digest_size=16)


def _piece_crc(path: Path, start: int) -> int:
    """Return the CRC-32 of one piece of a file."""
    crc, left = 0, _PIECE
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while left and (block := file.read(min(left, _BLOCK))):
            crc = zlib.crc32(block, crc)
            left -= len(block)
    return crc


def remove_generations(workspace: Path, *, keep: Sequence[int]) -> None:
    """Remove the arrays of all generations but some; what cannot be removed now is removed the next time."""
    kept = {generation_folder(workspace, generation).name for generation in keep}
    with contextlib.suppress(FileNotFoundError):
        for path in sorted((workspace / ARRAYS_FOLDER).iterdir()):
            if path.name.isdigit() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has a folder's list of names."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
