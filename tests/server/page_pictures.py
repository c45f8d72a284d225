"""Make the pictures of docs/page.md: ``python tests/server/page_pictures.py``, from the 2wiki sample."""

import tempfile
from pathlib import Path

from page_helpers import Browser, Server, served

from graphrag.engine import GraphRAG

ROOT = Path(__file__).parents[2]
QUESTION = "#ask?q=What+is+the+place+of+birth+of+the+director+of+film+Under+The+Cards%3F"
DESK, PHONE = (1280, 800), (390, 844)


def pictures(server: Server) -> list[tuple[str, tuple[int, int], bool, str, str, str]]:
    """Return name, size, dark, view, what to wait for, and what to do then."""
    answer = server.post("/v1/ask", {"question": "What is the place of birth of the director of film Under The Cards?"})
    cited = answer["citations"][1]
    at = f"&doc={cited['document_id']}&at={cited['start']}-{cited['end']}"
    french = server.get("/v1/entities?q=French&limit=1")["entities"][0]["id"]
    community = server.get("/v1/communities?level=0&limit=2")["communities"][1]["id"]
    unfold = "document.querySelector('.tree .toggle').click()"
    passages = (
        "document.querySelector('.passages').scrollIntoView(); document.querySelector('.found details').open = true"
    )
    return [
        ("ask", DESK, False, QUESTION, ".why-not", ""),
        ("citation", DESK, False, QUESTION + at, "#pane mark", ""),
        ("scores", DESK, False, QUESTION, ".why-not", passages),
        ("graph", DESK, True, f"#graph?entity={french}", ".stage canvas", ""),
        ("entity", DESK, True, f"{QUESTION}&card={answer['path'][1]['entity_id']}", "#pane .statements", ""),
        ("communities", DESK, False, f"#communities?id={community}", ".report h2", unfold),
        ("phone", PHONE, True, QUESTION, ".why-not", ""),
    ]


def main() -> None:
    """Build, serve, and write the pictures."""
    target = ROOT / "docs" / "images"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with GraphRAG.create(Path(folder) / "workspace") as rag:
            rag.build([ROOT / "data" / "samples" / "2wiki" / "corpus.json"])
        with served(Path(folder) / "workspace") as server, Browser(Path(folder) / "profile") as page:
            for name, (width, height), dark, view, wanted, then in pictures(server):
                page.size(width, height, dark=dark)
                page.open(f"{server.address}/{view}")
                page.until("document.querySelector(arguments[0])", wanted)
                page.js(f"(() => {{ {then} }})()")
                page.until("new Promise(done => setTimeout(() => done(true), 800))")
                page.picture(target / f"page-{name}.png")


if __name__ == "__main__":
    main()
