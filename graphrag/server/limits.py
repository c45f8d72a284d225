"""What keys have used of their limits: counted in files, so that all workers of a server and its next run share it."""

import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from graphrag.server.keys import Key

__all__ = ["Limits"]

_DAY = 86_400
_MINUTE = 60.0


class Limits:
    """Counts the requests and tokens of keys in a folder beside the file of keys.  Threads and processes may share it.

    The rate is held by the generic cell rate algorithm (ITU-T I.371): a key may use its requests of one minute at once
    and then gets them back evenly.  Budgets are of a day in UTC.

    Parameters
    ----------
    path : str or pathlib.Path
        The file of keys; the folder is called the same with ``.use`` at its end.
    clock : callable
        Returns seconds since 1970.
    """

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = Path(path).with_name(f"{Path(path).name}.use")
        self._clock = clock

    def spend(self, key: Key, *, requests: int = 1, tokens: int = 0) -> float:
        """Count what a key uses, unless that is too much; tokens are counted after they were used.

        Returns
        -------
        float
            0.0 where it was counted, else the seconds after which it may be asked for again.
        """
        if key.requests_per_minute is None and key.requests_per_day is None and key.tokens_per_day is None:
            return 0.0
        self._folder.mkdir(mode=0o700, exist_ok=True)
        file = os.open(self._folder / key.id, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            now = self._clock()
            use = _read(file, int(now // _DAY))
            wait = _wait(key, use, now, requests)
            if wait == 0.0:
                _count(key, use, now, requests, tokens)
                text = json.dumps(asdict(use)).encode()
                os.pwrite(file, text, 0)
                os.ftruncate(file, len(text))
            return wait
        finally:
            os.close(file)


@dataclass(slots=True)
class _Use:
    """What a key has used."""

    day: int  # since 1970, UTC
    free: float = 0.0  # when the requests of its minute are all back, in seconds since 1970
    requests: int = 0  # today
    tokens: int = 0  # today


def _read(file: int, day: int) -> _Use:
    """Return what a key has used, beginning a new day where one has begun."""
    try:
        use = _Use(**json.loads(os.pread(file, 4096, 0)))
        return use if use.day == day else _Use(day, float(use.free))
    except (ValueError, TypeError):  # a new file, or one that a full disk cut off
        return _Use(day)


def _wait(key: Key, use: _Use, now: float, requests: int) -> float:
    """Return the seconds after which the key may go on, 0.0 where it may now."""
    if requests == 0:
        return 0.0
    requests_over = key.requests_per_day is not None and use.requests + requests > key.requests_per_day
    tokens_over = key.tokens_per_day is not None and use.tokens >= key.tokens_per_day
    if requests_over or tokens_over:
        return (use.day + 1) * _DAY - now
    if key.requests_per_minute is None:
        return 0.0
    used_up = max(use.free, now) + requests * _MINUTE / key.requests_per_minute - now
    return max(0.0, used_up - _MINUTE - 1e-6)


def _count(key: Key, use: _Use, now: float, requests: int, tokens: int) -> None:
    """Note what was used."""
    use.requests += requests
    use.tokens += tokens
    if key.requests_per_minute is not None:
        use.free = max(use.free, now) + requests * _MINUTE / key.requests_per_minute
