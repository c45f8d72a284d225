"""The build report as one HTML file: data, styles and script inside, nothing loaded, nothing run but the page's own."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphrag.stores.replacing import replacing

__all__ = ["render", "write_report"]

_HERE = Path(__file__).parent


def render(data: Mapping[str, Any]) -> str:
    """Return the page for what :func:`graphrag.report.data.report_data` returns.

    The content policy allows one script and one style sheet, named by their hashes.  The data stands in a block that
    browsers do not run, with everything escaped that could end it; the script writes it as text only.
    """
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    block = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    block = block.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Build report</title>\n<style>{style}</style>\n</head>\n"
    )
    body = (
        "<body>\n<noscript>This report draws itself with a script of its own: allow scripts for this file.</noscript>\n"
        f'<main id="page"></main>\n<script type="application/json" id="data">{block}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )
    return head + body


def write_report(data: Mapping[str, Any], path: Path) -> int:
    """Write the page to a file, whole or not at all; return its size in bytes.

    Raises
    ------
    InputError
        It is a file of a workspace.
    OSError
        The file cannot be written.
    """
    text = render(data).encode("utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as place:
        place.write_bytes(text)
    return len(text)


def _hash(text: str) -> str:
    """Return the source expression by which a content policy allows an inline script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
