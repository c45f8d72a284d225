"""What a server says of itself: JSON lines in its log, figures for Prometheus.  Neither holds questions or keys."""

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from typing import IO, Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["Log", "Metrics"]

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 1.0, 2.5, 10.0, 30.0)


class Log:
    """Writes one JSON object a line.

    Parameters
    ----------
    stream : text stream, optional
        Where to; stderr by default.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream

    def take_over(self, library: str) -> None:
        """Write what a library logs from now on, warnings and worse."""
        logger = logging.getLogger(library)
        logger.handlers = [_Lines(self, library)]
        logger.propagate = False

    def write(self, event: str, **fields: Any) -> None:
        """Write a line; fields that are None are left out."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, "pid": os.getpid()}
        line |= {name: value for name, value in fields.items() if value is not None}
        stream = self._stream or sys.stderr
        stream.write(json.dumps(line, ensure_ascii=True) + "\n")  # ASCII: no line of a client's making
        stream.flush()


class _Lines(logging.Handler):
    """Hands what a library says through Python's logging to the log."""

    def __init__(self, log: Log, event: str) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._event = event

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self._log.write(self._event, level=record.levelname.lower(), detail=record.getMessage()[:2000])


class Metrics:
    """Figures of one server; those of all its worker processes where they share a folder."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        several = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        if several:
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]  # it has no types
        own = None if several else self._registry
        self.requests = Counter(
            "graphrag_requests", "Requests by route and status.", ("method", "route", "status"), registry=own
        )
        self.seconds = Histogram(
            "graphrag_request_seconds", "Duration of requests by route.", ("route",), buckets=_BUCKETS, registry=own
        )
        self.in_flight = Gauge(
            "graphrag_in_flight", "Requests that are worked on.", registry=own, multiprocess_mode="livesum"
        )
        self.opened = Counter("graphrag_builds_opened", "Builds that were opened for asking.", registry=own)
        self.started = Gauge(
            "graphrag_start_seconds", "When the server started, seconds since 1970.", registry=own,
            multiprocess_mode="min",
        )  # fmt: skip
        self.started.set(time.time())

    def text(self) -> tuple[bytes, str]:
        """Return all figures in Prometheus' text format, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
