"""The routes of documents and of the jobs that change them."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from graphrag.engine import GraphRAG
from graphrag.rights.groups import FIELD, groups_of, may_change
from graphrag.server import shapes
from graphrag.server.access import Principal, Reader, Writer
from graphrag.server.jobs import Jobs, read_job
from graphrag.server.paging import Cursor, Limit, page
from graphrag.server.problems import Problem
from graphrag.server.replies import EVENT_STREAM, as_json, event, event_stream, json_response
from graphrag.server.services import Services, services_of
from graphrag.types import Document, stable_id

__all__ = ["router"]

router = APIRouter(tags=["documents"])

_POLL_SECONDS = 0.2
_BEAT_SECONDS = 15.0
_MOST_HIGHLIGHTS = 100


@router.get("/v1/documents", response_model=shapes.DocumentList)
async def list_documents(
    request: Request, who: Reader, q: Annotated[str, Query(max_length=200)] = "", limit: Limit = 50, cursor: Cursor = ""
) -> Response:
    """List the documents, or those whose title or id contains ``q``."""

    def say(rag: GraphRAG) -> dict[str, Any]:
        found, after = page(lambda offset, most: rag.store.browse().documents(q, offset, most), cursor, limit)
        return {"documents": [asdict(line) for line in found], "next": after}

    return await services_of(request).reply(who, say)


@router.get("/v1/documents/{id:path}", response_model=shapes.DocumentText)
async def show_document(
    request: Request,
    who: Reader,
    id: str,
    start: Annotated[tuple[int, ...], Query(max_length=_MOST_HIGHLIGHTS)] = (),
    end: Annotated[tuple[int, ...], Query(max_length=_MOST_HIGHLIGHTS)] = (),
    highlight: Annotated[
        tuple[Annotated[str, Query(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$")], ...], Query(max_length=_MOST_HIGHLIGHTS)
    ] = (),
) -> Response:
    """Return a document with the spans of its passages and of what is to be highlighted."""
    if len(start) != len(end):
        raise Problem(422, "start and end belong together: give as many of one as of the other.")
    wanted = list(zip(start, end, strict=True))
    for said in highlight:
        first, _, last = said.partition("-")
        wanted.append((int(first), int(last)))

    def say(rag: GraphRAG) -> dict[str, Any]:
        document = rag.store.document(id)
        if document is None:
            raise Problem(404, "There is no document of this id: GET /v1/documents lists them.")
        return _document_json(document, rag.store.browse().chunk_spans(document.id), wanted)

    return await services_of(request).reply(who, say)


@router.post("/v1/documents", response_model=shapes.JobAccepted, status_code=202)
async def add_documents(request: Request, who: Writer, body: shapes.DocumentsRequest) -> Response:
    """Add documents, or replace those of the same ids; the job tells when they are answered from."""
    services = services_of(request)
    jobs = _jobs(services)
    entries = [_entry(document) for document in body.documents]
    if len({entry["id"] for entry in entries}) != len(entries):
        raise Problem(422, "Two of the documents have the same id.")

    def work() -> bytes:
        _check_rights(services, who, {entry["id"]: entry["metadata"] for entry in entries})
        return _accepted(jobs, who, {"add": entries})

    return json_response(await services.threads.run(work), 202)


@router.delete("/v1/documents/{id:path}", response_model=shapes.JobAccepted, status_code=202)
async def remove_document(request: Request, who: Writer, id: str) -> Response:
    """Remove a document and all that rests on it alone."""
    services = services_of(request)
    jobs = _jobs(services)

    def work() -> bytes:
        with services.graph(who) as rag:
            if rag.store.document(id) is None:
                raise Problem(404, "There is no document of this id: GET /v1/documents lists them.")
        _check_rights(services, who, {id: None})
        return _accepted(jobs, who, {"remove": [id]})

    return json_response(await services.threads.run(work), 202)


@router.get("/v1/jobs/{id}", response_model=shapes.JobState, tags=["jobs"])
async def show_job(request: Request, who: Writer, id: str) -> Response:
    """Return how far a job is."""
    job = read_job(_jobs(services_of(request)).folder, id)
    if job is None:
        raise Problem(404, "There is no job of this id; jobs are forgotten an hour after their end.")
    return json_response(as_json(asdict(job)))


@router.get("/v1/jobs/{id}/events", tags=["jobs"], response_class=Response, responses=EVENT_STREAM)
async def follow_job(request: Request, who: Writer, id: str) -> Response:
    """Follow a job: events ``progress``, at its end ``done`` or ``error``."""
    services = services_of(request)
    folder = _jobs(services).folder
    if read_job(folder, id) is None:
        raise Problem(404, "There is no job of this id; jobs are forgotten an hour after their end.")

    async def told() -> AsyncIterator[bytes]:
        last, silent = None, 0.0
        while not services.stopping:
            job = read_job(folder, id)
            if job is None or job.over:
                break
            silent += _POLL_SECONDS
            if job != last:
                last, silent = job, 0.0
                yield event("progress", asdict(job))
            elif silent > _BEAT_SECONDS:
                silent = 0.0
                yield b": still there\n\n"
            await asyncio.sleep(_POLL_SECONDS)
        job = read_job(folder, id)
        if job is not None and job.over:
            yield event("done" if job.state == "done" else "error", asdict(job))

    return await event_stream(told())


def _document_json(
    document: Document, chunks: list[tuple[str, int, int]], wanted: list[tuple[int, int]]
) -> dict[str, Any]:
    """Return a document; highlights are cut to its text, and those outside it are left out."""
    length = len(document.text)
    spans = sorted({(max(0, a), min(length, b)) for a, b in wanted if a < b and a < length and b > 0})
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "metadata": dict(document.metadata),
        "text": document.text,
        "chunks": [{"id": identity, "start": a, "end": b} for identity, a, b in chunks],
        "highlights": [{"start": a, "end": b, "text": document.text[a:b]} for a, b in spans],
    }


def _entry(document: shapes.NewDocument) -> dict[str, Any]:
    """Return a new document for the job."""
    metadata = dict(document.metadata)
    if document.groups is not None:
        metadata[FIELD] = json.dumps(document.groups, ensure_ascii=False)
    identity = document.id or stable_id("document", document.title, document.text)
    return {"id": identity, "title": document.title, "text": document.text, "source": "", "metadata": metadata}


def _check_rights(services: Services, who: Principal, changes: dict[str, dict[str, Any] | None]) -> None:
    """Refuse changes that the groups of a key do not allow."""
    if who.groups is None:
        return
    with services.holder.use(None) as rag:
        for identity, metadata in changes.items():
            old = rag.store.document(identity)
            before = None if old is None else groups_of(old.metadata)
            if not may_change(who.groups, before, None if metadata is None else groups_of(metadata)):
                raise Problem(403, f"The groups of this key do not allow the change of {identity!r}.")


def _accepted(jobs: Jobs, who: Principal, work: dict[str, Any]) -> bytes:
    """Queue a change and return its id."""
    groups = None if who.groups is None else sorted(who.groups)
    return as_json({"job": jobs.add({**work, "groups": groups}).id})


def _jobs(services: Services) -> Jobs:
    """Return where changes are queued."""
    if services.jobs is None:
        raise Problem(501, "A published graph is served: change the documents of its workspace and publish it.")
    return services.jobs
