"""The graph explorer and the communities of the page, in a real browser with and without WebGL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote as percent

import pytest
from page_helpers import CHROMIUM, DRIVER, NOT_HERE, Browser, Server, served

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason=NOT_HERE)


@pytest.fixture(scope="module")
def server(sample_workspace: Path) -> Iterator[Server]:
    with served(sample_workspace) as running:
        yield running


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(window: Browser) -> Iterator[Browser]:
    """The window at the size of a desk; afterwards its console must have said nothing."""
    window.size(1280, 800)
    window.complaints()
    yield window
    assert window.complaints() == []


def identity(server: Server, name: str) -> str:
    """Return the id of the entity that is named first among those with a name."""
    return str(server.get(f"/v1/entities?q={percent(name)}&limit=1")["entities"][0]["id"])


def drawn(page: Browser) -> int:
    """Return how many pixels of the drawing's names are not empty; WebGL's own canvas cannot be read back."""
    page.until("document.querySelector('.stage canvas.sigma-nodes')")
    count = (
        "(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce("
        "(n, value, i) => n + (i % 4 === 3 && value > 0), 0))(document.querySelector('canvas.sigma-labels'))"
    )
    return int(page.js(count))


def facts_shown(page: Browser) -> list[list[str]]:
    said = "c => c.querySelector('q')?.textContent ?? c.textContent"
    found: list[list[str]] = page.js(
        f"[...document.querySelectorAll('table.data tbody tr')].map(tr => [...tr.cells].map({said}))"
    )
    return found


def facts_told(graph: dict[str, Any]) -> list[list[str]]:
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    return [
        [names[e["source"]], e["predicate"], names[e["target"]], e["when"], e["quote"]["quote"]] for e in graph["edges"]
    ]


def test_what_surrounds_an_entity_is_drawn_and_is_told_by_the_table(page: Browser, server: Server) -> None:
    start = identity(server, "French")
    graph = server.get(f"/v1/graph?entity={start}&hops=2&limit=150")
    page.open(f"{server.address}/#graph?entity={start}")
    page.until("document.querySelector('.stage canvas')")
    assert f"{len(graph['nodes'])} entities, {len(graph['edges'])} facts" in page.text(".graph-head")
    assert drawn(page) > 500
    page.click(".group button:nth-child(2)")
    page.until("document.querySelector('table.data')")
    assert sorted(facts_shown(page)) == sorted(facts_told(graph))
    assert page.js("location.hash").endswith("as=table")
    page.click("table.data .quote")
    page.until("document.querySelector('#pane mark')")
    assert page.text("#pane mark") == facts_shown(page)[0][4]


def test_an_entity_of_the_drawing_opens_its_card_also_by_keyboard(page: Browser, server: Server) -> None:
    start = identity(server, "Hillel Slovak")
    graph = server.get(f"/v1/graph?entity={start}&hops=1&limit=50")
    page.open(f"{server.address}/#graph?entity={start}&hops=1&limit=50")
    page.until("document.querySelector('.stage canvas')")
    page.js("document.querySelector('.stage .canvas').focus()")
    page.press("Right", "Enter")  # the first key goes to the start
    page.until("document.querySelector('#pane h2')")
    name = next(node["name"] for node in graph["nodes"] if node["id"] == start)
    assert page.text("#pane h2") == name
    page.press("Escape")
    page.until("document.activeElement.matches('.stage .canvas')")
    seen = set()
    for key in ("Right", "Left", "Left", "Up", "Down", "Down", "Right"):
        page.press(key)
        seen.add(page.text("#said").rpartition(",")[0])
    assert len(seen) > 1
    assert seen <= {node["name"] for node in graph["nodes"]}


def test_a_line_of_the_drawing_shows_its_sentence(page: Browser, server: Server) -> None:
    start = identity(server, "Hillel Slovak")
    graph = server.get(f"/v1/graph?entity={start}&hops=1&limit=2")
    assert len(graph["nodes"]) == 2  # so that the line between them goes through the middle of the drawing
    page.open(f"{server.address}/#graph?entity={start}&hops=1&limit=2")
    assert drawn(page) > 100
    place = (
        "(r => [r.left + r.width / 2, r.top + r.height / 2])(document.querySelector('.canvas').getBoundingClientRect())"
    )
    page.point(*page.js(place))
    page.until("document.querySelector('.under q')")
    assert page.text(".under q") in {edge["quote"]["quote"] for edge in graph["edges"]}
    page.click(".under .quote")
    page.until("document.querySelector('#pane mark')")
    assert page.text("#pane mark") == page.text(".under q")


def test_an_entity_is_found_by_name_and_another_is_added(page: Browser, server: Server) -> None:
    page.open(f"{server.address}/#graph")
    page.until("document.querySelector('.chips .chip')")
    page.click(".explore input")
    page.write("Hillel")
    page.until("document.querySelector('[role=option]')")
    page.press("Enter")
    page.until("document.querySelector('.stage canvas')")
    one = identity(server, "Hillel")
    assert page.js("location.hash") == f"#graph?entity={one}"
    page.click(".explore input")
    page.write("Cayatte")
    page.until("document.querySelector('[role=option]')")
    page.press("Down", "Enter")
    page.until("document.querySelectorAll('.starts .chip').length === 2")
    page.click(".starts button")
    page.until("document.querySelectorAll('.starts .chip').length === 1")
    assert one not in page.js("location.hash")


def test_a_shortest_path_is_drawn_step_by_step(page: Browser, server: Server) -> None:
    source, target = identity(server, "American"), identity(server, "Slovak")
    graph = server.get(f"/v1/graph?source={source}&target={target}")
    assert len(graph["edges"]) >= 2
    page.open(f"{server.address}/#graph?entity={source}")
    page.click(".explore .chooser:nth-of-type(2) input")
    page.write("Slovak")
    page.until("document.querySelector('[role=option]')")
    page.press("Enter")
    page.until("document.querySelector('.path .arrow')")
    names = page.texts(".path .box title")
    assert sorted(names) == sorted(node["name"] for node in graph["nodes"])
    assert names[0] == "American"
    assert facts_shown(page)
    assert sorted(facts_shown(page)) == sorted(facts_told(graph))
    page.click(".path .arrow")
    page.until("document.querySelector('#pane mark')")
    assert page.text("#pane mark") in {edge["quote"]["quote"] for edge in graph["edges"]}


def test_two_entities_without_a_path_are_said_to_have_none(page: Browser, server: Server) -> None:
    names = ("Under the Cards", "Paul Martin")
    source, target = (identity(server, name) for name in names)
    assert server.get(f"/v1/graph?source={source}&target={target}")["edges"] == []
    page.open(f"{server.address}/#graph?source={source}&target={target}")
    page.until("document.querySelector('.notice')")
    assert "No path" in page.text(".notice")


def test_the_largest_drawing_has_at_most_five_hundred_entities(page: Browser, server: Server) -> None:
    starts = [each["id"] for each in server.get("/v1/entities?limit=20")["entities"]]
    query = "&".join(f"entity={start}" for start in starts)
    graph = server.get(f"/v1/graph?{query}&hops=4&limit=500")
    assert 300 < len(graph["nodes"]) <= 500
    page.open(f"{server.address}/#graph?{query}&hops=4&limit=500")
    page.until("document.querySelector('.stage canvas')")
    assert f"{len(graph['nodes'])} entities" in page.text(".graph-head")
    assert ("more than are shown" in page.text(".graph-head")) == graph["truncated"]
    assert drawn(page) > 500


def test_without_webgl_the_graph_is_a_table(server: Server, tmp_path: Path) -> None:
    start = identity(server, "French")
    with Browser(tmp_path / "profile", "--disable-3d-apis") as page:
        page.size(1280, 800)
        page.open(f"{server.address}/#graph?entity={start}")
        page.until("document.querySelector('table.data')")
        assert "cannot draw with WebGL" in page.text(".notice")
        assert sorted(facts_shown(page)) == sorted(facts_told(server.get(f"/v1/graph?entity={start}&hops=2&limit=150")))


def test_communities_are_gone_down_to_a_report_and_its_quotes(page: Browser, server: Server) -> None:
    top = server.get("/v1/communities?level=0&limit=40")["communities"]
    parts = {each["id"]: server.get(f"/v1/communities/{each['id']}")["children"] for each in top[:5]}
    first = next(each for each in top if parts.get(each["id"]))
    page.open(f"{server.address}/#communities")
    page.until("document.querySelectorAll('.tree > ul > li').length === arguments[0]", len(top))
    assert page.texts(".tree > ul > li > .item a") == [each["title"] for each in top]
    page.click(f"li[data-id='{first['id']}'] .toggle")
    page.until("document.querySelector('.tree ul ul a')")
    assert page.texts(".tree ul ul a") == [each["title"] for each in parts[first["id"]]]
    page.click(".tree ul ul a")
    part = server.get(f"/v1/communities/{parts[first['id']][0]['id']}")
    page.until("document.querySelector('.report h2')?.textContent === arguments[0]", part["title"])
    assert page.js("document.activeElement.matches('.report h2')")
    assert page.text(".tree [aria-current]") == part["title"]
    assert page.text(".crumbs a:last-child") == first["title"]
    assert page.text(".summary") == part["summary"]
    findings = page.texts(".findings .said")
    assert findings == [finding["text"] for finding in part["findings"]]
    page.click(".findings li:first-child a")
    page.until("document.querySelector('#pane mark')")
    assert page.text("#pane mark") == part["findings"][0]["quotes"][0]["quote"]
    page.press("Escape")
    page.click(".report .chips .chip")
    page.until("document.querySelector('#pane .kind')")
    assert page.text("#pane h2") == part["key_entities"][0]["name"]


def test_an_overview_has_sections_and_marks_that_open_quotes(page: Browser, server: Server) -> None:
    question = "Which directors worked in Germany and elsewhere?"
    told = server.post("/v1/ask", {"question": question, "mode": "global"})
    page.open(f"{server.address}/#ask?q={question.replace(' ', '+')}&mode=global")
    page.until("document.querySelector('.why-not')")
    marks = page.js("[...document.querySelectorAll('.answer .cite')].map(a => Number(a.textContent))")
    assert marks
    assert max(marks) == len(told["citations"])
    assert page.count(".answer h3") == sum(1 for block in told["answer"].split("\n\n") if "\n" in block)
    page.click(".answer p:nth-of-type(2) .cite")
    page.until("document.querySelector('#pane mark')")
    number = int(page.text(".answer p:nth-of-type(2) .cite"))
    assert page.text("#pane mark") == told["citations"][number - 1]["quote"]
    assert page.count(".quotes > li") == min(8, len(told["citations"]))
