"""Starting and stopping a server: one process, or several on one address."""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from dataclasses import replace
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from graphrag.errors import GraphRAGError
from graphrag.server.app import create_app
from graphrag.server.observing import Log
from graphrag.server.settings import Settings, settings_from_json
from graphrag.server.sources import source_of

__all__ = ["serve"]

_ENVIRONMENT = "GRAPHRAG_SERVE"  # the settings, for worker processes
_GRACE_SECONDS = 5  # beyond the deadline of a request
_LOOK_SECONDS = 1.0
_MOST_CONNECTIONS = 1024  # of one process; each costs memory before it has asked anything


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests that are being answered are answered to their end.

    Raises
    ------
    GraphRAGError
        The graph cannot be opened, or the address cannot be used.
    """
    log = Log()
    _hear_signals()
    source_of(settings).open(None, lambda _: None).close()  # an error is one line here
    with tempfile.TemporaryDirectory(prefix="graphrag-serve-") as folder:
        settings = replace(settings, folder=folder)
        try:
            place = _bound(settings)
        except OSError as error:
            raise GraphRAGError(
                f"The address {settings.host}:{settings.port} cannot be used ({error.strerror}): choose another with "
                "--host and --port."
            ) from error
        host, port = place.getsockname()[:2]
        log.write("listening", address=f"http://{f'[{host}]' if ':' in host else host}:{port}")
        if settings.workers == 1:
            log.take_over("uvicorn")
            uvicorn.Server(_config(create_app(settings, log), settings)).run([place])
            return
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        os.environ[_ENVIRONMENT] = settings.as_json()
        Multiprocess(_config("graphrag.server.running:worker_app", settings), sockets=[place]).run()


def _hear_signals() -> None:
    """Let a signal end the process without an error, its folder removed.

    This holds before uvicorn listens to signals, and after: it raises the signal again when all is done.  A thread that
    has overrun its deadline, and cannot be stopped, does not keep the process.
    """

    def end(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)  # one is enough: a second must not disturb the tidying
        late = threading.Timer(_GRACE_SECONDS, os._exit, [0])
        late.daemon = True
        late.start()
        sys.exit(0)

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        signal.signal(number, end)


def worker_app() -> Any:
    """Make the application of a worker process."""
    log = Log()
    log.take_over("uvicorn")
    threading.Thread(target=_follow, args=(os.getppid(),), name="parent", daemon=True).start()
    return create_app(settings_from_json(os.environ[_ENVIRONMENT]), log)


def _follow(parent: int) -> None:
    """End this process in order when its parent is gone: killed, it could not tell its workers."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    """Return how uvicorn is to serve."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=10,
        timeout_worker_healthcheck=30,  # a worker that starts on a busy machine is not dead
        limit_concurrency=_MOST_CONNECTIONS,
        backlog=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=int(settings.seconds) + _GRACE_SECONDS,
        h11_max_incomplete_event_size=64 * 1024,
    )


def _bound(settings: Settings) -> socket.socket:
    """Return a socket that listens: who connects before the application is there waits, and is not refused."""
    host = "127.0.0.1" if settings.host == "localhost" else settings.host.strip("[]")
    place = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((host, settings.port))
        place.listen(_MOST_CONNECTIONS)
    except BaseException:
        place.close()
        raise
    place.set_inheritable(True)
    return place
