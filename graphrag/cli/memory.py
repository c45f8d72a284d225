"""The memory of this process and its children, sampled while a block runs."""

import os
import threading
from pathlib import Path
from types import TracebackType

__all__ = ["PeakMemory", "megabytes_of"]

_INTERVAL = 0.25  # seconds; what lives shorter than that is not seen
_PROC = Path("/proc")


class PeakMemory:
    """Samples the proportional set size of the process tree: memory that processes share counts once.

    Attributes
    ----------
    megabytes : float or None
        The highest sum seen, in MiB; None where the system does not tell (no ``/proc``).
    """

    def __init__(self) -> None:
        self.megabytes: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        """Sample until the block ends, at least once."""
        while True:
            now = megabytes_of(os.getpid())
            if now is not None:
                self.megabytes = max(self.megabytes or 0.0, now)
            if self._stop.wait(_INTERVAL):
                return


def megabytes_of(root: int) -> float | None:
    """Return the proportional set size of a process and all its descendants in MiB, None where it is not told."""
    kilobytes = sum(filter(None, (_pss(process) for process in _tree(root))))
    return kilobytes / 1024 if kilobytes else None


def _tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [root]
    for process in found:
        for task in (_PROC / str(process) / "task").glob("*/children"):
            try:
                found.extend(int(child) for child in task.read_text().split())
            except OSError:
                continue  # it has ended meanwhile
    return found


def _pss(process: int) -> int | None:
    """Return the proportional set size of a process in KiB, or None where it is not told."""
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), None)
