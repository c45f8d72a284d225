"""A workspace: the folder that holds one build, read from a snapshot that no later build disturbs."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphrag.errors import WorkspaceDamaged, WorkspaceError
from graphrag.stores.arrays import ArrayInfo, generation_folder, open_arrays
from graphrag.stores.checks import array_problems, content_problems
from graphrag.stores.database import Frozen, disk_problem, explaining, remove_database, unchanged
from graphrag.stores.draft import Draft
from graphrag.stores.inspection import content_digest_of, integrity_problems
from graphrag.stores.lock import WriterLock
from graphrag.stores.opening import make_database, open_database
from graphrag.stores.schema import ARRAYS_FOLDER, CACHE_FILE, DATABASE_FILE, GUESTS, OWN_FILES
from graphrag.stores.snapshot import Snapshot
from graphrag.stores.spare import has_spare, spare_problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Workspace"]


class Workspace(Snapshot):
    """One build on disk.  Made by :meth:`open` or :meth:`create`; a context manager.

    A workspace answers from the state that was committed when it was opened, until :meth:`refresh`.  Any number of
    readers go on while one writer builds.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock | None, *, fresh: bool) -> None:
        super().__init__(path / DATABASE_FILE, connection)
        self.path = path
        self._lock = lock
        self._fresh = fresh
        self._made_folder = False
        self._arrays: dict[str, NDArray[Any]] | None = None
        with explaining(self._database):
            self._db.execute("BEGIN")
            self._generation = self._last_build()  # the first read fixes the snapshot

    # --- opening and closing

    @classmethod
    def open(cls, path: str | Path, *, write: bool = False) -> "Workspace":
        """Open an existing workspace.

        Parameters
        ----------
        path : str or pathlib.Path
            The workspace's folder.
        write : bool
            Whether to hold the right to build; reading needs no right.

        Returns
        -------
        Workspace
            In its last committed state.

        Raises
        ------
        WorkspaceError
            There is no workspace, no build of it has finished, another version made it, or the disk fails.
        WorkspaceDamaged
            The database is not sound.
        WorkspaceLocked
            ``write`` is wanted and another process is writing.
        """
        folder = Path(path)
        if not (folder / DATABASE_FILE).is_file():
            if (folder / ARRAYS_FOLDER).is_dir():
                raise WorkspaceDamaged(
                    f"The file {folder / DATABASE_FILE} is missing: `graphrag doctor -w {folder}` makes it again."
                )
            raise WorkspaceError(
                f"There is no workspace at {folder}: make one with `graphrag build INPUT -w {folder}`."
            )
        lock = WriterLock(folder) if write else None
        try:
            workspace = cls(folder, open_database(folder, locked=write), lock, fresh=False)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        if workspace._generation == 0 and not write:
            workspace.close()
            raise WorkspaceError(
                f"No build of the workspace {folder} has finished yet: run `graphrag build INPUT -w {folder}` (again); "
                "what is done already is not done twice."
            )
        return workspace

    @classmethod
    def create(cls, path: str | Path) -> "Workspace":
        """Make a workspace, or open for writing the one that is there.

        Nothing is left behind when nothing was built into a new one.

        Parameters
        ----------
        path : str or pathlib.Path
            A folder that does not exist, is empty, or is a workspace.

        Raises
        ------
        WorkspaceError
            The folder holds other things, or cannot be written.
        WorkspaceLocked
            Another process is writing.
        """
        folder = Path(path)
        existed = folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in OWN_FILES | GUESTS)
        except (FileExistsError, NotADirectoryError) as error:
            raise WorkspaceError(
                f"The workspace cannot be made at {folder}, because a file stands in its place: choose another folder."
            ) from error
        except OSError as error:
            raise disk_problem(folder, error.strerror or str(error)) from error
        if foreign and not (folder / DATABASE_FILE).exists():
            raise WorkspaceError(
                f"The folder {folder} is no workspace and holds other files ({foreign[0]}): choose an empty or new one."
            )
        lock = WriterLock(folder)
        fresh = not (folder / DATABASE_FILE).exists()
        try:
            make_database(folder / DATABASE_FILE)
            workspace = cls(folder, open_database(folder, locked=True), lock, fresh=fresh)
            workspace._made_folder = not existed
            return workspace
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Close the workspace and give back the right to write; closing twice does nothing."""
        self._arrays = None
        self._db.close()
        if self._lock is not None:
            if self._fresh and self._generation == 0:
                if has_spare(self.path):
                    remove_database(self._database)  # it took the place of a lost one
                elif not (self.path / CACHE_FILE).exists():
                    self._remove()
            self._lock.release()
            self._lock = None

    def _remove(self) -> None:
        """Remove a new workspace into which nothing was built."""
        for name in sorted(OWN_FILES):
            with contextlib.suppress(OSError):
                target = self.path / name
                shutil.rmtree(target) if target.is_dir() else target.unlink()
        if self._made_folder:
            with contextlib.suppress(OSError):
                self.path.rmdir()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def writing(self) -> bool:
        """Whether it was opened for writing."""
        return self._lock is not None

    def refresh(self) -> None:
        """Move on to the state that was committed last."""
        with explaining(self._database):
            if isinstance(self._db, Frozen):  # it sees no later state
                frozen, self._db = self._db, open_database(self.path)
                frozen.close()
            else:
                self._db.execute("ROLLBACK")
            self._db.execute("BEGIN")
            generation = self._last_build()
        if generation != self._generation:
            self._arrays = None
            self._generation = generation

    def _last_build(self) -> int:
        """Return the number of the last complete build, 0 before the first."""
        return int(self.meta("generation") or 0)

    def draft(self) -> Draft:
        """Begin the next build.  Nothing of the workspace changes before the draft is committed.

        Raises
        ------
        WorkspaceError
            The workspace was not opened for writing, or the disk fails.
        """
        if self._lock is None:
            raise WorkspaceError(f"The workspace {self.path} is open for reading only: open it with write=True.")
        return Draft(self.path, committed=self.refresh)

    # --- the index, and checking

    def arrays(self) -> "Mapping[str, NDArray[Any]]":
        """Return the arrays of the index, memory-mapped and read-only, each checked against its checksum.

        Raises
        ------
        WorkspaceDamaged
            A file is missing or was changed.
        WorkspaceError
            A later build has replaced the arrays: open the workspace again.
        """
        if self._arrays is None:
            found = self._rows("SELECT name, dtype, shape, size, checksum FROM array ORDER BY name")
            infos = [
                ArrayInfo(name, dtype, tuple(json.loads(s)), size, checksum) for name, dtype, s, size, checksum in found
            ]
            folder = generation_folder(self.path, self._generation)
            try:
                self._arrays = open_arrays(folder, infos)
            except FileNotFoundError as error:
                raise WorkspaceDamaged(
                    f"The folder {folder} is missing: open the workspace again if it was built meanwhile, else run "
                    "`graphrag build` again with the same documents."
                ) from error
        return self._arrays

    def digest(self, form: int | None = None) -> str:
        """Return the digest of all content, computed from the tables: equal builds have equal digests.

        Parameters
        ----------
        form : int, optional
            How rows become bytes, see :data:`graphrag.stores.inspection.DIGEST_FORM`; by default as in the digest that
            the last build noted.
        """
        with explaining(self._database), unchanged(self._db):
            return content_digest_of(self._db, "main", form or self.meta("digest_form") or 1)

    def verify(self) -> list[str]:
        """Check the whole workspace: structure, references, content against the digest, files against checksums.

        Returns
        -------
        list of str
            One message for each thing that is wrong, naming the file; empty where all is well.
        """
        with unchanged(self._db):
            found = integrity_problems(self._db, self._database, self.meta)
        self._arrays = None
        try:
            self.arrays()
        except WorkspaceError as error:
            found.append(str(error))
        if wrong := spare_problem(self.path, self._generation, self.meta("spare")):
            found.append(wrong)
        return found

    def audit(self) -> list[str]:
        """Check all that :meth:`verify` does and, where it finds nothing, every statement against its document.

        Returns
        -------
        list of str
            One message for each thing that is wrong; see :func:`graphrag.stores.checks.content_problems`.
        """
        found = self.verify()
        if found:
            return found
        try:
            with explaining(self._database), unchanged(self._db):
                found.extend(content_problems(self._db))
        except (ValueError, TypeError) as error:
            return [f"The file {self._database} is damaged: a column holds what it should not ({error})"]
        fresh = sum(1 for _ in self._rows("SELECT 1 FROM fresh"))
        counts = self.counts()
        found.extend(array_problems(self.arrays(), {**counts, "chunks": counts["chunks"] - fresh}))
        return [f"{self._database}: {message}" for message in found]
