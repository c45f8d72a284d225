"""What the page must never do: run what a document says, ask another origin, keep a key."""

import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent

import pytest
from page_helpers import CHROMIUM, DRIVER, NOT_HERE, Browser, Server, served
from page_payloads import PAYLOADS, build_hostile

from graphrag.retrieval.fusion import FEATURES

browser = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason=NOT_HERE)
PAGE = Path(__file__).parents[2] / "graphrag" / "server" / "page"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("hostile") / "workspace"
    build_hostile(workspace)
    return workspace


@pytest.fixture(scope="module")
def server(hostile: Path) -> Iterator[Server]:
    with served(hostile) as running:
        yield running


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.size(1280, 800)
        yield opened


def untouched(page: Browser, server: Server) -> None:
    """See that no payload ran, made an element, broke the policy, or asked the network for anything."""
    assert page.check("foreign()") == []
    assert page.js("document.title").endswith(" · hopgraph")
    # A document or mode that does not exist is answered with an error, which Chromium notes as such; nothing else.
    assert [told for told in page.complaints() if "Failed to load resource" not in told] == []
    known = (server.address + "/", "data:,", "about:blank")
    assert [address for address in page.requested() if not address.startswith(known)] == []


@browser
def test_a_payload_as_title_text_id_source_and_metadata_is_only_shown(window: Browser, server: Server) -> None:
    window.open(f"{server.address}/#documents")
    documents = server.get("/v1/documents?limit=100")["documents"]
    assert len(documents) == len(PAYLOADS) == 60
    for document in documents:
        window.visit(f"#documents?at=0-20&doc={percent(document['id'], safe='')}")
        window.until("document.querySelector('#pane h2')?.textContent === arguments[0]", document["title"])
        assert window.texts("#pane dt") == ["Id", "Source", *document["metadata"]]
        assert window.texts("#pane dd") == [document["id"], document["source"], *document["metadata"].values()]
        assert window.text("#pane .text mark")
    untouched(window, server)


@browser
def test_a_payload_as_a_name_is_only_a_name_on_every_view(window: Browser, server: Server) -> None:
    names = server.get("/v1/entities?limit=200")["entities"]
    alice = next(each["id"] for each in names if each["name"] == "Alice Payne")
    bad = [each for each in names if re.search(r"[<>{}$`]|taken|proto", each["name"])]
    assert len(bad) >= 20, [each["name"] for each in names]
    window.open(server.address)
    for each in bad[:40]:
        window.visit(f"#graph?entity={each['id']}&hops=1&as=table&card={each['id']}")
        window.until("document.querySelector('#pane h2')?.textContent === arguments[0]", each["name"])
        window.until("document.querySelector('.starts a')?.textContent === arguments[0]", each["name"])
    window.visit(f"#graph?source={alice}&target={bad[0]['id']}")
    window.until("document.querySelector('.path .box, .notice')")
    window.visit(f"#graph?entity={alice}&hops=2&limit=300")
    window.until("document.querySelector('.stage canvas')")
    window.visit("#communities")
    window.until("document.querySelector('.tree a')")
    for community in server.get("/v1/communities?limit=20")["communities"]:
        window.visit(f"#communities?id={community['id']}")
        window.until("document.querySelector('.report h2')?.textContent === arguments[0]", community["title"])
    untouched(window, server)


@browser
@pytest.mark.parametrize("mode", ["auto", "lexical", "local", "global"])
def test_a_payload_in_an_answer_is_only_text(window: Browser, server: Server, mode: str) -> None:
    window.open(server.address)
    for payload in PAYLOADS[::6]:
        question = f"Who directed {payload}?"
        window.visit(f"#ask?mode={mode}&k=20&q={percent(question, safe='')}")
        window.until("document.querySelector('#question').value === arguments[0]", question)
        window.until("!document.querySelector('#result[aria-busy]') && document.querySelector('.why-not')")
        assert window.count(".found > li") > 0 or mode == "global"
    window.click(".why-not input")
    window.write("script")
    window.until("document.querySelector('.why-not [role=option]')")
    untouched(window, server)


@browser
def test_a_payload_in_the_address_is_only_text(window: Browser, server: Server) -> None:
    for number, payload in enumerate(PAYLOADS):
        text = percent(payload, safe="")
        fragment = f"#{text}?{text}={text}&doc={number}{text}&at={text}"
        if number % 10:
            window.visit(fragment)
        else:
            window.open(f"{server.address}/{fragment}")
        window.until("document.querySelector('.pane-body:not([aria-busy]) .notice')")
    names = ("ask?q=a&mode=", "ask?q=a&k=", "ask?card=", "graph?entity=", "graph?hops=", "communities?id=")
    for name in (*names, "graph?source=a&target="):
        window.open(f"{server.address}/#{name}{percent(PAYLOADS[0], safe='')}")
        window.until("document.querySelector('.notice, .chips .chip, .why-not')")
    untouched(window, server)


@browser
def test_the_network_log_would_show_another_origin(window: Browser, server: Server) -> None:
    window.open(server.address)
    window.complaints(), window.requested()
    window.js("fetch('https://example.org/x').catch(() => {}) && null")
    window.js("document.body.setAttribute('style', 'color:red')")
    told = " ".join(window.complaints())
    assert "example.org" in told
    assert "style-src" in told


# --- the key, and a server that is gone


@browser
def test_a_key_is_asked_for_and_kept_in_the_tab_alone(hostile: Path, window: Browser, tmp_path: Path) -> None:
    keys = pytest.importorskip("graphrag.server.keys")
    _, word = keys.add_key(tmp_path / "keys.json", "reader")
    with served(hostile, "--keys", str(tmp_path / "keys.json")) as guarded:
        window.open(f"{guarded.address}/#documents")
        window.until("document.querySelector('#key-dialog').open")
        assert "asks for a key" in window.text("#key-say")
        window.write("wrong")
        window.press("Enter")
        window.until("document.querySelector('#key-say').textContent.includes('does not accept')")
        window.write(word)
        window.press("Enter")
        window.until("document.querySelector('.list a')")
        assert not window.js("document.querySelector('#key-dialog').open")
        kept = window.js(
            "[JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie, location.href]"
        )
        assert [word in each for each in kept] == [True, False, False, False]
        assert word not in window.js("document.documentElement.outerHTML")
        assert [u for u in window.requested() if word in u] == []
        window.open(f"{guarded.address}/#ask?q=Who+was+born+in+Rome%3F")
        window.until("document.querySelector('.why-not')")
        window.click("#key-button")
        window.click("#key-dialog [value=forget]")
        window.until("document.querySelector('#key-dialog').open && sessionStorage.length === 0")
        window.press("Escape")
        guarded.stop()
        window.click("button.main")
        window.until("document.querySelector('.answer .notice')")
        assert "does not answer" in window.text(".answer .notice")
    window.complaints()


# --- the files


class _Tags(HTMLParser):
    """The tags of a file with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def own() -> list[Path]:
    return [path for path in sorted((PAGE / "assets").rglob("*")) if path.is_file() and path.parent.name != "vendor"]


def test_the_modules_never_parse_text_as_html_nor_as_a_program() -> None:
    scripts = [path for path in own() if path.suffix == ".js"]
    assert len(scripts) > 10
    parsers = (
        r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|DOMParser|createContextualFragment|document\.write|srcdoc"
    )
    programs = r"\beval\b|new Function|setTimeout\(['\"`]|\"style\"|localStorage|document\.cookie"
    for path in scripts:
        code = path.read_text(encoding="utf-8")
        assert not re.search(f"{parsers}|{programs}", code), path.name
        assert re.findall(r"https?://[^\"' ]+", code) in ([], ["http://www.w3.org/2000/svg"]), path.name
    for path in own():
        if path.suffix == ".css":
            assert not re.search(r"url\(|@import", path.read_text(encoding="utf-8")), path.name


def test_every_retriever_has_its_words_and_colour_on_the_page() -> None:
    code = (PAGE / "assets" / "bars.js").read_text(encoding="utf-8")
    known = set(re.findall(r"^  (\w+): \[\"", code, re.MULTILINE))
    assert known == {*FEATURES, "local"}  # the mode local has a score of its own


def test_the_page_has_no_script_or_style_inside_and_nothing_from_elsewhere() -> None:
    elements: list[tuple[str, dict[str, Any]]] = _Tags((PAGE / "index.html").read_text(encoding="utf-8")).found
    for tag, attributes in elements:
        assert tag != "style"
        assert not {name for name in attributes if name == "style" or name.startswith("on")}
        for name in ("src", "href"):
            if value := attributes.get(name):
                assert value.startswith(("assets/", "#", "openapi.json")), value
                assert not value.startswith("assets/") or (PAGE / value).is_file(), value
    assert sum(tag == "script" for tag, _ in elements) == 1


def test_what_is_vendored_is_what_its_origin_says() -> None:
    vendor = PAGE / "assets" / "vendor"
    origin = (vendor / "ORIGIN.md").read_text(encoding="utf-8")
    for path in sorted(vendor.iterdir()):
        if path.name != "ORIGIN.md":
            assert f"`{path.name}`" in origin
            assert hashlib.sha256(path.read_bytes()).hexdigest() in origin, f"{path.name} is not what ORIGIN.md says"
    bundle = (vendor / "graph.js").read_text(encoding="utf-8")
    for word in ("eval(", "new Function", "innerHTML", "importScripts", "new Worker", "XMLHttpRequest", "fetch("):
        assert word not in bundle
