"""The page can be read and used: on a phone, in light and dark, by names for everything that can be used."""

from collections.abc import Iterator
from urllib.parse import quote as percent

import pytest
from page_helpers import CHROMIUM, DRIVER, NOT_HERE, Browser, Server, served
from page_payloads import build_hostile

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason=NOT_HERE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of documents with endless words, whose names are as bad as names can be."""
    workspace = tmp_path_factory.mktemp("looks") / "workspace"
    build_hostile(workspace)
    with served(workspace) as running:
        yield running


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


VIEWS = (
    *(
        "ask",
        "ask?q=Who+was+born+in+Rome%3F",
        "ask?q=Rome&mode=global",
        "ask?q=no+such+thing+at+all",
        "ask?card={alice}",
    ),
    *("graph", "graph?entity={alice}", "graph?entity={alice}&as=table", "graph?source={alice}&target={rome}"),
    *("communities", "communities?id={community}", "documents", "documents?doc={document}&at=0-90"),
)


@pytest.fixture(scope="module")
def addresses(server: Server) -> list[str]:
    ids = {
        "alice": server.get("/v1/entities?q=Alice&limit=1")["entities"][0]["id"],
        "rome": server.get("/v1/entities?q=Rome&limit=1")["entities"][0]["id"],
        "community": server.get("/v1/communities?limit=1")["communities"][0]["id"],
        "document": percent(server.get("/v1/documents?limit=1")["documents"][0]["id"], safe=""),
    }
    return [f"{server.address}/#{view.format(**ids)}" for view in VIEWS]


def show(page: Browser, address: str) -> None:
    """Open a view, wait until it has come to rest, and unfold all of it."""
    page.open(address)
    page.until(
        "!document.querySelector('.working, [aria-busy=true]') && document.querySelector('main').children.length > 1"
    )
    page.js("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    page.until("!document.body.textContent.includes('Looking …')")


def test_a_phone_of_360_pixels_needs_no_scrolling_sideways(
    window: Browser, server: Server, addresses: list[str]
) -> None:
    window.size(360, 740)
    for address in addresses:
        show(window, address)
        assert window.js("document.documentElement.scrollWidth") <= 360, address
        assert window.js("(p => p.hidden || p.scrollWidth <= p.clientWidth)(document.querySelector('#pane'))"), address
        assert window.check("wide(360)") == [], address
        assert window.check("small()") == [], address


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(window: Browser, server: Server, addresses: list[str], dark: bool) -> None:
    window.size(1280, 800, dark=dark)
    for address in addresses:
        show(window, address)
        assert window.check("faint()") == [], address
        paper = window.check("[light(ground(document.body))]")[0]
        assert float(paper) < 0.05 if dark else float(paper) > 0.85


def test_all_that_can_be_used_has_a_name(window: Browser, server: Server, addresses: list[str]) -> None:
    window.size(1280, 800)
    for address in addresses:
        show(window, address)
        assert window.check("nameless()") == [], address
        assert window.js("document.querySelectorAll('h1').length") == 1, address
        ids = window.js("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids)), address
