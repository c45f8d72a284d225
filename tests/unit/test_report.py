"""The build report: what is in it, that it says so in a real browser, and that hostile names stay names."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent

import pytest
from click.testing import CliRunner

from graphrag.cli.reporting import report
from graphrag.engine import GraphRAG
from graphrag.report.data import report_data
from graphrag.report.page import render, write_report
from graphrag.stores.journal import stage_seconds
from graphrag.stores.workspace import Workspace
from graphrag.types import Document, DocumentId

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser = pytest.mark.skipif(
    CHROMIUM is None, reason="NOT CHECKED IN A BROWSER: no Chromium here; run: sudo apt-get install chromium"
)

PAYLOADS = [
    "<script>document.title='taken'</script>",
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "<svg onload=document.title='taken'>",
    '"><b id=taken>x</b>',
    "'-document.title='taken'-'",
    "<!--<script>",
    "]]><script>document.title='taken'</script>",
    "javascript:document.title='taken'",
    "{{constructor.constructor('document.title=1')()}}",
    "<iframe src=https://example.org></iframe>",
    "<link rel=stylesheet href=https://example.org/x.css>",
    "<base href=https://example.org/>",
    "<meta http-equiv=refresh content=0;url=https://example.org>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202egnp.exe",
    "\u2028document.title='taken'\u2029",
    "\\u003cscript\\u003edocument.title='taken'",
    "`${document.title='taken'}`",
    "<a href=\"javascript:document.title='taken'\">Alice</a>",
]


@pytest.fixture(scope="module")
def data(sample_workspace: Path) -> dict[str, Any]:
    with Workspace.open(sample_workspace) as store:
        return report_data(store)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace whose names, titles, ids and sources are payloads."""
    documents = [
        Document(
            DocumentId(f"{number} {payload}"),
            payload,
            f"{payload} was directed by Alice Payne. Alice Payne was born in Rome. {payload} Rome is near Ostia.",
            source=payload,
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    workspace = tmp_path_factory.mktemp("hostile") / "ws <img src=x onerror=document.title='taken'>"
    with GraphRAG.create(workspace) as rag:
        rag.build([*documents, Document(DocumentId("empty"), "<b>", "")], workers=1)
    yield workspace


class _Page(HTMLParser):
    """The elements of a page with their attributes, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._inside):
            self.said.append(data)

    def count(self, tag: str, name: str = "", value: str = "") -> int:
        return sum(t == tag and (not name or value in (a.get(name) or "").split()) for t, a in self.elements)

    @property
    def text(self) -> str:
        return "".join(self.said)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[dict[str, Any], str], _Page]:
    """Return a function that opens a report in Chromium, fails on any message of its console, and reads the page."""

    def browse(told: dict[str, Any], fragment: str = "") -> _Page:
        path = tmp_path / "report.html"
        write_report(told, path)
        assert CHROMIUM is not None
        command = [
            CHROMIUM,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
        ]
        command += ["--enable-logging=stderr", "--virtual-time-budget=8000", "--dump-dom", path.as_uri() + fragment]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
        assert "CONSOLE" not in done.stderr, done.stderr
        page = _Page(done.stdout)
        assert page.count("body", "data-ready", "yes") == 1
        return page

    return browse


def test_the_data_are_those_of_the_workspace(sample_workspace: Path, data: dict[str, Any]) -> None:
    with Workspace.open(sample_workspace) as store:
        counts = store.counts()
        texts = {document.id: document.text for document in store.documents()}
        degrees = sum(count for _, count in data["degrees"])
    assert dict(data["funnel"]) == {kind: counts[kind] for kind in dict(data["funnel"])}
    assert degrees == counts["entities"]
    assert [stage for stage, _ in data["stages"]][:2] == ["reading", "extracting and embedding"]
    for level in data["sizes"]:
        assert sum(count for _, count in level["bins"]) > 0
    assert sum(node["entities"] for node in data["communities"]) + data["alone"] == counts["entities"]
    graph = data["graph"]
    for one, other, predicate, sentence in graph["edges"]:
        assert one != other
        assert max(one, other) < len(graph["names"])
        assert graph["predicates"][predicate]
        _, document, start, end, text = graph["sentences"][sentence]
        assert texts[document][start:end] == text


def test_the_page_allows_its_own_script_and_style_and_nothing_else(data: dict[str, Any]) -> None:
    page = render(data)
    policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[0]
    for tag in ("script", "style"):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[0]
    block = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(block[0]) == data
    elements = _Page(page).elements
    assert not [
        name for _, attributes in elements for name in attributes if name in ("src", "href") or name[:2] == "on"
    ]
    script = re.sub(r"//.*", "", re.findall(r"<script>(.*?)</script>", page, re.DOTALL)[0])
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch",
        "import(",
    ):
        assert word not in script


def test_hostile_names_cannot_leave_the_data_block(hostile: Path) -> None:
    with Workspace.open(hostile) as store:
        told = report_data(store)
    page = render(told)
    block = page.partition('id="data">')[2].partition("</script>")[0]
    assert block.isascii()
    assert json.loads(block) == told
    assert len(re.findall("<script", page)) == len(re.findall("</script", page)) == 2
    assert not re.search("<(img|svg|iframe|link|base|b)\\b", page)


@browser
def test_a_browser_shows_the_build(data: dict[str, Any], opened: Callable[..., _Page]) -> None:
    page = opened(data)
    for kind, count in data["funnel"]:
        assert kind in page.text
        assert f"{count:,}" in page.text
    assert page.count("rect", "class", "cell") == len(data["communities"]) + (data["alone"] > 0)
    assert 2 <= page.count("circle", "class", "node") <= 50


@browser
def test_a_browser_goes_down_into_a_community(data: dict[str, Any], opened: Callable[..., _Page]) -> None:
    whole = max(data["communities"], key=lambda node: len(node["children"]))
    page = opened(data, f"#community={whole['id']}")
    inside = sum(child["entities"] for child in whole["children"])
    assert page.count("rect", "class", "cell") == len(whole["children"]) + (whole["entities"] > inside)
    assert whole["title"] in page.text
    for text, _ in whole["findings"]:
        assert text in page.text


@browser
def test_a_browser_shows_five_hundred_entities_and_the_sentence_of_each_edge(
    data: dict[str, Any], opened: Callable[..., _Page]
) -> None:
    graph = data["graph"]
    one, other, predicate, sentence = graph["edges"][0]
    page = opened(data, f"#entity={percent(graph['names'][one])}&size=500")
    assert 50 < page.count("circle", "class", "node") <= 500
    assert page.count("line", "class", "hit") == page.count("line", "class", "edge") > 50
    assert f"{graph['names'][one]} — {graph['predicates'][predicate]} → {graph['names'][other]}" in page.text
    assert graph["sentences"][sentence][4] in page.text


@browser
def test_in_a_browser_hostile_names_are_only_names(hostile: Path, opened: Callable[..., _Page]) -> None:
    with Workspace.open(hostile) as store:
        told = report_data(store)
    names = told["graph"]["names"]
    assert any("<" in name for name in [*names, told["name"]])
    fragments = ["", f"#entity={percent(names[-1])}&size=500", f"#community={percent(PAYLOADS[0])}"]
    for fragment in fragments:
        page = opened(told, fragment)
        assert {tag for tag, _ in page.elements} <= {
            *(
                "html",
                "head",
                "meta",
                "title",
                "style",
                "body",
                "noscript",
                "main",
                "script",
                "h1",
                "h2",
                "h3",
                "p",
                "div",
            ),
            *(
                "section",
                "button",
                "input",
                "select",
                "option",
                "ul",
                "ol",
                "li",
                "span",
                "svg",
                "g",
                "rect",
                "text",
                "line",
            ),
            "circle",
        }
        assert page.count("script") == 2
        assert "taken" not in {attributes.get("id") for _, attributes in page.elements}
        titles = re.findall(r"Build report: (.*)", page.text)
        assert titles
        assert all(title.startswith("ws <img") for title in titles)
    assert PAYLOADS[0] in page.text


@browser
def test_a_browser_shows_an_empty_workspace(tmp_path: Path, opened: Callable[..., _Page]) -> None:
    with GraphRAG.create(tmp_path / "empty") as rag:
        rag.build([], workers=1)
    with Workspace.open(tmp_path / "empty") as store:
        page = opened(report_data(store))
    assert "There are no communities" in page.text
    told = CliRunner().invoke(report, ["-w", str(tmp_path / "empty"), "-o", str(tmp_path / "report.html")])
    assert re.search(r"report\.html: [1-9]\d* kB;", told.output)


def test_the_command_writes_a_whole_file(sample_workspace: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "report.html"
    told = CliRunner().invoke(
        report, ["-w", str(sample_workspace), "-o", str(target), "--json"], catch_exceptions=False
    )
    assert json.loads(told.output) == {"path": str(target), "bytes": target.stat().st_size}
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]
    plain = CliRunner().invoke(report, ["-w", str(sample_workspace), "-o", str(target)])
    assert "open it in a browser" in plain.output


def test_stage_times_that_are_not_known_are_none(tmp_path: Path) -> None:
    assert stage_seconds(tmp_path) == []
    (tmp_path / "cache.db").write_bytes(b"no database" * 100)
    assert stage_seconds(tmp_path) == []
