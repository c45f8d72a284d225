"""How long the stages of an answer take."""

import time
from collections.abc import Mapping

__all__ = ["Watch"]


class Watch:
    """Notes how many milliseconds each stage took.

    Parameters
    ----------
    laps : dict, optional
        Stage -> milliseconds, to go on with.
    """

    def __init__(self, laps: dict[str, float] | None = None) -> None:
        self.laps = laps if laps is not None else {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Note the time since the last lap."""
        now = time.perf_counter()
        self.laps[stage] = round((now - self._last) * 1000, 3)
        self._last = now

    def add(self, laps: Mapping[str, float]) -> None:
        """Take over what another watch noted; the next lap begins now."""
        self.laps |= laps
        self._last = time.perf_counter()
