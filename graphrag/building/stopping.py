"""Stopping a build, and not stopping it for the collector of cycles."""

import contextlib
import gc
import signal
import threading
from collections.abc import Iterator

__all__ = ["stoppable", "uncollected"]


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Pause the collector of cycles: millions of small values make it look at them again and again, and hold none."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM stop a build as Ctrl-C does, unless the program has its own use for it."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
