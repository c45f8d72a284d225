"""The page at ``/`` and its assets: files of the package, under a strict content policy."""

import mimetypes
import re
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from graphrag.server.problems import Problem

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_FOLDER = Path(str(files("graphrag.server"))) / "page"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,9}")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@router.api_route("/", methods=["GET", "HEAD"])
async def page() -> Response:
    """Return the page."""
    return _file("index.html")


@router.api_route("/assets/{name:path}", methods=["GET", "HEAD"])
async def asset(name: str) -> Response:
    """Return a file that the page needs."""
    return _file(f"assets/{name}")


def _file(name: str) -> Response:
    """Return a file of the page."""
    path = _FOLDER / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Problem(404, "There is no such page.")
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(path, media_type=kind, headers=_HEADERS)
