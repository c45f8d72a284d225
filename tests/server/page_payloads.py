"""Sixty texts that run as a program, or ask another machine, where a page takes them for more than a text."""

from pathlib import Path

from graphrag.engine import GraphRAG
from graphrag.types import Document, DocumentId

TAKEN = "window.taken=1"

PAYLOADS = [
    f"<script>{TAKEN}</script>",
    f"</script><script>{TAKEN}</script>",
    f"</title><script>{TAKEN}</script>",
    f"</textarea><script>{TAKEN}</script>",
    f"</style><script>{TAKEN}</script>",
    f"--><script>{TAKEN}</script>",
    f"<!--<script>{TAKEN}//--></script>",
    f"]]><script>{TAKEN}</script>",
    f"<ScRiPt>{TAKEN}</sCrIpT>",
    f"<script/x>{TAKEN}</script>",
    f"<script src=data:,{TAKEN}></script>",
    "<script src=https://example.org/x.js></script>",
    "<script type=module src=//example.org/x.js></script>",
    f"<<script>{TAKEN}//<</script>",
    f"<scr<script>ipt>{TAKEN}</scr</script>ipt>",
    f"%3Cscript%3E{TAKEN}%3C/script%3E",
    f"&lt;script&gt;{TAKEN}&lt;/script&gt;",
    f"&#60;script&#62;{TAKEN}&#60;/script&#62;",
    f"\\u003cscript\\u003e{TAKEN}\\u003c/script\\u003e",
    f"\\x3cscript\\x3e{TAKEN}\\x3c/script\\x3e",
    f'<img src=x onerror="{TAKEN}">',
    f"<img src=x onerror={TAKEN}//",
    f"<img/src/onerror={TAKEN}>",
    f'"><img src=x onerror={TAKEN}>',
    f"'><img src=x onerror={TAKEN}>",
    f"`><img src=x onerror={TAKEN}>",
    "<img src=https://example.org/beacon.png>",
    "<img srcset=https://example.org/beacon.png>",
    f"<svg onload={TAKEN}>",
    f"<svg/onload={TAKEN}>",
    f"<svg><script>{TAKEN}</script></svg>",
    f"<svg><animate onbegin={TAKEN} attributeName=x></svg>",
    "<svg><use href=https://example.org/x.svg#a></svg>",
    f"<svg><a xlink:href='javascript:{TAKEN}'><text>x</text></a></svg>",
    f"<math><mtext></mtext><mglyph><style></math><img src onerror={TAKEN}>",
    f"<body onload={TAKEN}>",
    f"<input autofocus onfocus={TAKEN}>",
    f"<select autofocus onfocus={TAKEN}>",
    f"<details open ontoggle={TAKEN}>",
    f"<video><source onerror={TAKEN}></video>",
    f"<audio src=x onerror={TAKEN}>",
    f"<marquee onstart={TAKEN}>",
    f"<div style=animation-name:x onanimationstart={TAKEN}>",
    "<style>@import 'https://example.org/x.css';</style>",
    "<style>body{background:url(https://example.org/x)}</style>",
    "<link rel=stylesheet href=https://example.org/x.css>",
    "<link rel=prefetch href=https://example.org/>",
    "<base href=https://example.org/>",
    "<meta http-equiv=refresh content=0;url=https://example.org>",
    "<iframe src=https://example.org></iframe>",
    f"<iframe srcdoc='<script>parent.{TAKEN}</script>'></iframe>",
    f"<object data='javascript:{TAKEN}'></object>",
    "<embed src=https://example.org>",
    f"<form action='javascript:{TAKEN}'><button>x</button></form>",
    f"<a href='javascript:{TAKEN}'>Alice</a>",
    f"javascript:{TAKEN}",
    f"{{{{constructor.constructor('{TAKEN}')()}}}}",
    f"${{{TAKEN}}}`${{{TAKEN}}}`",
    "__proto__",
    f"\u202e\u2028{TAKEN}\u2029\u0000'-{TAKEN}-'",
]


def build_hostile(workspace: Path) -> None:
    """Build a workspace whose titles, texts, ids, sources, metadata and names are payloads."""
    with GraphRAG.create(workspace) as rag:
        rag.build([*map(_document, range(len(PAYLOADS)), PAYLOADS)], workers=1)


def _document(number: int, payload: str) -> Document:
    """Return a document that is nothing but one payload and what makes a name of it."""
    told = f"{payload} was directed by Alice Payne. Alice Payne was born in Rome. {payload} Rome is near Ostia."
    metadata = {payload: payload, "note": payload}
    return Document(
        DocumentId(f"{number} {payload}"), payload, f"{told} {'w' * 400}", source=payload, metadata=metadata
    )
