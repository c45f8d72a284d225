"""What other programs read, as ``graphrag import`` keeps it in a workspace."""

from pathlib import Path

from graphrag.errors import InputError, RecipeError
from graphrag.extraction.from_file import FromFile

__all__ = ["ImportedReadings"]


class ImportedReadings(FromFile):
    """Reads passages from the workspace's own file of imported readings, so that a workspace may be moved as a whole.

    Parameters
    ----------
    share : float
        As of :class:`graphrag.extraction.from_file.FromFile`.
    readings : pathlib.Path, optional
        The workspace's file; whoever makes the part gives it.

    Raises
    ------
    InputError
        The file is missing or damaged.
    RecipeError
        There is no workspace, or the share is wrong.
    """

    def __init__(self, share: float = 1.0, readings: Path | None = None) -> None:
        if readings is None:
            raise RecipeError("refinement: 'imported' reads a file of the workspace, and there is no workspace here")
        if not readings.is_file():
            raise InputError(
                f"The file {readings}, which holds what was imported, is missing: restore it from a backup, run "
                "`graphrag import` again, or build with `--recipe offline` to go on without it."
            )
        super().__init__(str(readings), share)

    def report(self) -> str:
        """Return nothing: what the text does not say was dropped and counted when it was imported.

        What is dropped now stands in another passage, since those of the other program are cut elsewhere.
        """
        return ""
