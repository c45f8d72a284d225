"""The application: its parts, its routes, and its life."""

import signal
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from threadpoolctl import threadpool_limits

import graphrag
from graphrag.server import asking, chat, documents, graph, pages, shapes
from graphrag.server.access import Access, Principal, Reader, needs
from graphrag.server.guarding import Guard
from graphrag.server.holder import Holder
from graphrag.server.jobs import Jobs
from graphrag.server.observing import Log, Metrics
from graphrag.server.problems import TITLES, Problem, handle_problems
from graphrag.server.replies import as_json, json_response
from graphrag.server.services import Services, services_of
from graphrag.server.settings import Settings
from graphrag.server.sources import source_of
from graphrag.server.work import Threads

__all__ = ["create_app"]

_ABOUT = """Questions to a knowledge graph made of documents. Every answer cites the characters that it rests on:
`text[start:end]` of the document is the quote. Errors are problem+json with the id of the request."""

_PROBLEMS = (400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 422, 429, 500, 501, 502, 503, 504)

health = APIRouter(tags=["health"])


@health.get("/healthz", response_model=shapes.Health)
async def healthz() -> Response:
    """Say that the process is there; needs no key."""
    return json_response(b'{"status":"ok"}')


@health.get("/readyz", response_model=shapes.Health)
async def readyz(request: Request) -> Response:
    """Say whether questions are answered; needs no key."""
    if services_of(request).stopping or services_of(request).holder.generation is None:
        raise Problem(503, "The graph is not open.", {"Retry-After": "1"})
    return json_response(b'{"status":"ready"}')


@health.get(
    "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
)
async def metrics(request: Request, who: Annotated[Principal, Depends(needs("admin"))]) -> Response:
    """Return the figures for Prometheus."""
    body, kind = services_of(request).metrics.text()
    return Response(body, media_type=kind)


@health.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request, who: Reader) -> Response:
    """Return the description of all routes."""
    return json_response(as_json(request.app.openapi()))


def create_app(settings: Settings, log: Log | None = None) -> FastAPI:
    """Make the application that serves a workspace or a published graph.

    Parameters
    ----------
    settings : Settings
        What to serve, and how.
    log : Log, optional
        Where to tell of requests; stderr by default.

    Returns
    -------
    FastAPI
        It opens the graph when its lifespan begins; an error then is one of :mod:`graphrag.errors`.
    """
    log = log or Log()
    figures = Metrics()

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        own = tempfile.TemporaryDirectory(prefix="graphrag-serve-") if not settings.folder else None
        with own or nullcontext(settings.folder) as folder:
            services = _services(settings, app.state.access, log, figures, Path(folder))
            app.state.services = services
            services.holder.start()
            _hear_signals(services)
            log.write("ready", serving=settings.workspace or settings.graph)
            try:
                yield
            finally:
                services.stopping = True
                services.threads.close()
                if services.jobs is not None:
                    services.jobs.close()
                services.holder.close()
                log.write("stopped")

    app = FastAPI(
        title="hopgraph", version=graphrag.__version__, description=_ABOUT, lifespan=life,
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        responses={code: _problem(code) for code in _PROBLEMS},
    )  # fmt: skip
    app.state.access = Access(settings.keys)
    handle_problems(app)
    for part in (asking, documents, graph, chat, pages):
        app.include_router(part.router)
    app.include_router(health)
    app.add_middleware(Guard, settings=settings, log=log, metrics=figures)
    return app


def _hear_signals(services: Services) -> None:
    """Let endless responses end when the process is told to stop; what the server itself does then follows."""
    if threading.current_thread() is not threading.main_thread():
        return

    def hear(before: Any) -> Any:
        def handle(number: int, frame: Any) -> None:
            services.stopping = True
            if callable(before):
                before(number, frame)

        return handle

    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, hear(before))


def _services(settings: Settings, access: Access, log: Log, figures: Metrics, folder: Path) -> Services:
    """Make the parts of a server."""
    # One thread for BLAS for good: each search would else set and reset it, and two at a time would meddle.
    threadpool_limits(limits=1, user_api="blas")

    def say(event: str, detail: str) -> None:
        if event == "opened":
            figures.opened.inc()
        log.write(event, detail=detail or None)

    holder = Holder(source_of(settings), say)
    jobs = None
    if settings.workspace is not None:
        jobs = Jobs(Path(settings.workspace), folder, holder.refresh)
    threads = Threads(settings.threads, settings.waiting, settings.seconds)
    return Services(settings, access, holder, threads, jobs, log, figures)


def _problem(status: int) -> dict[str, Any]:
    """Return how OpenAPI describes an error."""
    schema = shapes.ProblemBody.model_json_schema()
    return {"description": TITLES[status], "content": {"application/problem+json": {"schema": schema}}}
