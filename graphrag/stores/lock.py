"""One writer per workspace: an advisory lock that dies with its process."""

import contextlib
import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from graphrag.errors import WorkspaceError, WorkspaceLocked
from graphrag.stores.schema import LOCK_FILE

__all__ = ["WriterLock", "no_writer"]


class WriterLock:
    """Holds the right to write to a workspace until it is released or the process ends, however it ends.

    The lock is the kernel's (``flock``), not the file's existence: a killed writer leaves nothing to clean up.  The
    file says who holds it, for the message that a second writer gets.

    Parameters
    ----------
    folder : pathlib.Path
        The workspace's folder; it must exist.

    Raises
    ------
    WorkspaceLocked
        Another process, or another part of this one, is writing.
    WorkspaceError
        The lock file cannot be made or locked here.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK_FILE
        self._signed = False
        try:
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {folder} cannot be written ({error.strerror}): check the folder's permissions and "
                "that its disk is not read-only."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(self._file)
            self.release()
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise _locked(folder, holder) from error
            raise WorkspaceError(
                f"The workspace {folder} cannot be locked ({error.strerror}): keep it on a local disk."
            ) from error
        self._sign()
        self._signed = True

    def _sign(self) -> None:
        """Write into the lock file who holds it; a full disk is no reason to refuse the lock itself."""
        if self._file is not None:
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            note = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": now})
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, note.encode(), 0)

    def release(self) -> None:
        """Give the right to write back; the file stays, since removing it would race with the next writer."""
        if self._file is not None:
            if self._signed:  # or who only looks would be taken for who wrote last
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


@contextlib.contextmanager
def no_writer(folder: Path) -> Iterator[None]:
    """Run a block that looks at a workspace while nobody writes to it; no right to write is needed.

    Raises
    ------
    WorkspaceLocked
        Another process, or another part of this one, is writing.
    """
    try:
        file = os.open(folder / LOCK_FILE, os.O_RDONLY)
    except OSError:  # nobody has ever written here, or this user may not see who does
        yield
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise _locked(folder, _holder(file)) from error
        yield
    finally:
        os.close(file)


def _locked(folder: Path, holder: str) -> WorkspaceLocked:
    """Return the error for a workspace that somebody writes to."""
    return WorkspaceLocked(
        f"The workspace {folder} is being written by {holder}: wait until it has finished, or stop it."
    )


def _holder(file: int) -> str:
    """Say who holds the lock, as far as the lock file tells."""
    try:
        note = json.loads(os.pread(file, 4096, 0))
        return f"process {int(note['pid'])} on {note['host']} since {note['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
