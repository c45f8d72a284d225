"""The page in a real browser against a real server: ask, citations, scores, why not, cards, all of it by keyboard."""

from collections.abc import Iterator
from typing import Any

import pytest
from page_helpers import CHROMIUM, DRIVER, NOT_HERE, Browser, Server, served

from graphrag.engine import GraphRAG
from graphrag.types import Document, DocumentId

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason=NOT_HERE)

QUESTION = "Where was the director of The Quiet Harbour born?"
SENTENCE = "Anna Bergson was born in Uppsala."
FILLER = "The harbour was quiet on this day and the boats 🚤 stayed at their moorings until the evening came. "
DOCUMENTS = [
    Document(
        DocumentId("films/harbour.md"),
        "The Quiet Harbour",
        "The Quiet Harbour is a 1951 film directed by Anna Bergson.",
    ),
    # The quote stands far down, after letters that JavaScript counts as two and the server as one.
    Document(DocumentId("anna"), "Anna Bergson", "Anna Bergson was a Swedish film director. " + 60 * FILLER + SENTENCE),
    Document(DocumentId("town"), "Uppsala", "Uppsala is a city in Sweden. Anna Bergson was born in Uppsala."),
    Document(DocumentId("boat"), "Rowing", "Rowing is a sport of boats and oars. Boats are rowed in many towns."),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    workspace = tmp_path_factory.mktemp("page") / "workspace"
    with GraphRAG.create(workspace) as rag:
        rag.build(DOCUMENTS, workers=1)
    with served(workspace) as running:
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


@pytest.fixture(scope="module")
def answer(server: Server) -> dict[str, Any]:
    told: dict[str, Any] = server.post("/v1/ask", {"question": QUESTION})
    assert told["answer"] == "Uppsala"
    return told


def ask(page: Browser, server: Server, question: str = QUESTION) -> None:
    page.open(server.address)
    page.click("#question")
    page.write(question)
    page.click("button.main")
    page.until("document.querySelector('.why-not')")


def test_the_answer_comes_with_its_numbered_quotes_and_the_path(
    page: Browser, server: Server, answer: dict[str, Any]
) -> None:
    ask(page, server)
    assert page.js("document.querySelector('.short-answer').firstChild.textContent") == "Uppsala"
    quotes = page.texts(".quotes q")
    assert quotes == [quote["quote"] for quote in answer["citations"]]
    marks = page.texts(".short-answer .cite")
    assert marks == [str(n) for n in range(1, len(quotes) + 1)]
    page.until("document.querySelector('.path .box')")
    titles = page.texts(".path .box title")
    assert titles == [step["name"] for step in answer["path"]]
    assert page.count(".path .arrow") == sum(step["quote"] is not None for step in answer["path"])
    live = page.js("(s => [s.ariaLive, s.closest('[aria-busy]')])(document.querySelector('.answer'))")
    assert live == ["polite", None]
    assert page.js("location.hash").startswith("#ask?q=Where+was+the+director")


def test_every_passage_shows_its_score_by_retriever(page: Browser, server: Server, answer: dict[str, Any]) -> None:
    ask(page, server)
    evidence = answer["evidence"]
    assert page.texts(".found .title") == [found["title"] for found in evidence]
    assert page.count(".found .bar.stacked") == len(evidence)
    page.click(".found summary")
    scores = ".found li:first-child .scores"
    shown = zip(page.texts(f"{scores} b"), map(float, page.texts(f"{scores} .score")), strict=True)
    assert dict(shown) == pytest.approx(evidence[0]["found_by"], abs=0.0006)
    wide = "e => e.getBoundingClientRect().width"
    widths = page.js(
        f"[...document.querySelectorAll('.found .stacked')].map(bar => [...bar.children].map({wide})"
        f".reduce((sum, width) => sum + width, 0) / ({wide})(bar))"
    )
    most = max(found["score"] for found in evidence)
    assert widths == pytest.approx([found["score"] / most for found in evidence], abs=0.03)


@pytest.mark.parametrize("number", [1, 2])
def test_a_citation_opens_its_document_at_the_quote(
    page: Browser, server: Server, answer: dict[str, Any], number: int
) -> None:
    ask(page, server)
    quote = answer["citations"][number - 1]
    page.click(f".short-answer .cite:nth-of-type({number})")
    page.until("document.querySelector('#pane .text mark')")
    assert page.text("#pane .text mark") == quote["quote"]
    assert page.count("#pane .text mark") == 1
    text = next(document.text for document in DOCUMENTS if document.id == quote["document_id"])
    assert page.text("#pane .text") == text
    page.until("document.activeElement === document.querySelector('#pane mark')")
    place = page.js(
        "(r => [r.top, r.bottom, innerHeight])(document.querySelector('#pane mark').getBoundingClientRect())"
    )
    assert 56 <= place[0] < place[1] <= place[2]
    assert f"{quote['start']}-{quote['end']}" in page.js("location.hash")


def test_a_link_to_a_quote_far_down_shows_it_and_going_back_closes_it(page: Browser, server: Server) -> None:
    start = DOCUMENTS[1].text.index(SENTENCE)
    page.open(f"{server.address}/#documents?doc=anna&at={start}-{start + len(SENTENCE)}")
    page.until("document.querySelector('#pane .text mark')")
    assert page.text("#pane .text mark") == SENTENCE
    assert page.js("document.querySelector('#pane').scrollTop") > 300
    place = page.js(
        "(r => [r.top, r.bottom, innerHeight])(document.querySelector('#pane mark').getBoundingClientRect())"
    )
    assert 56 <= place[0] < place[1] <= place[2]
    page.click(".list a")
    page.until("document.querySelector('#pane h2')?.textContent === document.querySelector('.list a').textContent")
    page.js("history.back()")
    page.until("document.querySelector('#pane .text mark')")
    page.click("#pane .close")
    page.until("document.querySelector('#pane').hidden")


def test_why_not_this_document_says_what_the_server_says(page: Browser, server: Server) -> None:
    ask(page, server)
    told = server.post("/v1/explain", {"question": QUESTION, "mode": "auto", "k": 10, "why_not": "boat"})["why_not"]
    page.click(".why-not input")
    page.write("row")
    page.until("document.querySelectorAll('.why-not [role=option]').length === 1")
    page.press("Down", "Enter")
    page.until("document.querySelector('.why a')")
    assert told["say"] in page.text(".why")
    assert page.text(".why a") == "Rowing"
    assert page.count(".why .scores li") == len(told.get("features", {}))


def test_the_ranking_is_explained_with_the_weights(page: Browser, server: Server) -> None:
    ask(page, server)
    told = server.post("/v1/explain", {"question": QUESTION})
    page.click(".ranking summary")
    page.until("document.querySelector('.ranking table')")
    rows = zip(page.texts(".weights tbody th"), map(float, page.texts(".weights .number")), strict=True)
    assert dict(rows) == pytest.approx({name: each["weight"] for name, each in told["retrievers"].items()}, abs=0.006)
    assert f"{told['candidates']} candidates" in page.text(".ranking")


def test_an_entity_has_a_card_with_facts_and_their_sentences(page: Browser, server: Server) -> None:
    found = server.get("/v1/entities?q=Anna+Bergson&limit=1")["entities"][0]
    card = server.get(f"/v1/entities/{found['id']}")
    ask(page, server)
    page.click(f".path .box[aria-label^='{card['name']}']")
    page.until("document.querySelector('#pane .statements')")
    assert page.text("#pane h2") == card["name"]
    sentences = page.texts("#pane .statements q")
    assert sentences == [quote["quote"] for fact in card["facts"][:12] for quote in fact["evidence"][:3]]
    predicates = page.js("[...document.querySelectorAll('#pane .predicate')].map(e => e.textContent.trim())")
    assert predicates == [fact["predicate"] for fact in card["facts"][:12]]
    for alias in card["aliases"]:
        assert alias in page.text("#pane")
    for community in card["communities"]:
        assert community["title"] in page.text("#pane")
    page.click("#pane .statements .quote")
    page.until("document.querySelector('#pane mark')")
    assert page.text("#pane mark") == sentences[0]


def test_the_answer_is_watched_as_it_comes_and_can_be_stopped(
    page: Browser, server: Server, answer: dict[str, Any]
) -> None:
    page.open(server.address)
    page.until("document.activeElement.id === 'question'")
    page.cdp("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": 1500, "uploadThroughput": 1e6}
    try:
        page.cdp("Network.emulateNetworkConditions", **slow)
        page.write(QUESTION)
        page.press("Enter")
        page.until("document.querySelector('.plan') && document.querySelector('.found li')")
        assert page.count(".short-answer") == 0
        assert page.js("document.querySelector('.answer').ariaBusy") == "true"
        assert page.text("button.main") == "Stop"
        page.click("button.main")
        page.until("document.querySelector('.answer .notice')")
        assert page.text(".answer .notice") == "Stopped."
        assert page.text("button.main") == "Ask"
    finally:
        page.cdp("Network.emulateNetworkConditions", **{**slow, "downloadThroughput": -1})
    page.click("button.main")
    page.until("document.querySelector('.short-answer')")
    page.until("document.querySelector('.why-not')")
    assert page.count(".found > li") == len(answer["evidence"])


def test_what_is_not_in_the_documents_is_said_so(page: Browser, server: Server) -> None:
    ask(page, server, "What is the melting point of tungsten?")
    assert page.text(".short-answer") == "Not found in these documents."
    assert page.count(".found > li") > 0


def test_mode_and_number_of_passages_are_sent_and_kept_in_the_address(page: Browser, server: Server) -> None:
    page.open(f"{server.address}/#ask?q=boats&mode=lexical&k=1")
    page.until("document.querySelector('.why-not')")
    assert page.js("[document.querySelector('#mode').value, document.querySelector('#k').value]") == ["lexical", "1"]
    assert page.count(".found > li") == 1
    page.click(".found summary")
    assert page.texts(".scores b") == ["lexical"]


def test_a_documents_list_is_searched_by_title(page: Browser, server: Server) -> None:
    page.open(f"{server.address}/#documents")
    page.until("document.querySelectorAll('.list a').length === 4")
    page.click("#find")
    page.write("quiet")
    page.until("document.querySelectorAll('.list a').length === 1")
    assert page.js("location.hash") == "#documents?q=quiet"
    page.click(".list a")
    page.until("document.querySelector('#pane .text')")
    assert page.text("#pane .text") == DOCUMENTS[0].text  # an id with a slash


# --- by keyboard alone


def tab_to(page: Browser, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is on an element, and see that each stop on the way can be seen."""
    for _ in range(most):
        page.press("Tab")
        stop = page.js(FOCUS)
        assert stop["seen"], f"the focus cannot be seen on {stop['what']}"
        if page.js("document.activeElement.matches(arguments[0])", selector):
            return
    raise AssertionError(f"{selector} is not reached with {most} tabs")


# A focus is seen by an outline, or by the border of the question's box, or by the rim of a drawn shape.
FOCUS = """(() => {
  const e = document.activeElement, style = getComputedStyle(e);
  const rim = e.querySelector?.(':scope > rect');
  const seen = e === document.body || style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2
    || e.id === 'question' || rim && parseFloat(getComputedStyle(rim).strokeWidth) >= 3;
  return { seen: Boolean(seen), what: e.outerHTML.slice(0, 120) };
})()"""


def test_all_of_it_works_by_keyboard_alone(page: Browser, server: Server, answer: dict[str, Any]) -> None:
    page.open(server.address)
    page.until("document.activeElement.id === 'question'")
    page.write(QUESTION)
    page.press("Enter")
    page.until("document.querySelector('.why-not')")
    tab_to(page, ".short-answer .cite")
    page.press("Enter")
    page.until("document.activeElement.matches('#pane mark')")
    assert page.text("#pane mark") == answer["citations"][0]["quote"]
    page.press("Escape")
    page.until("document.activeElement.matches('.short-answer .cite')")
    assert page.js("document.querySelector('#pane').hidden")
    tab_to(page, ".path .box")
    page.press("Enter")
    page.until("document.activeElement.matches('#pane h2')")
    tab_to(page, "#pane a.button")
    page.press("Enter")
    page.until("document.querySelector('.stage canvas')")
    tab_to(page, ".stage .canvas")
    page.press("Right")
    page.until("document.querySelector('#said').textContent.includes(',')")
    page.press("Left", "Up", "Enter")
    page.until("document.activeElement.matches('#pane h2')")
    page.press("Escape")
    page.until("document.activeElement.matches('.stage .canvas')")
    page.press("Shift+Tab")
    page.press("Enter")
    page.until("document.querySelector('table.data')")
    page.until("document.activeElement.matches('[name=table]')")
    page.press(*4 * ["Shift+Tab"])  # past the drawing's button and the start's chip to the number of entities
    assert page.js("document.activeElement.name") == "limit"
    page.js("document.querySelector('table.data').id = 'before'")
    page.press("Up")
    page.until("location.hash.includes('limit=50') && document.querySelector('table.data:not(#before)')")
    page.until("document.activeElement.name === 'limit'")
    tab_to(page, "table.data a")
    page.press("Enter")
    page.until("document.activeElement.matches('#pane h2')")
    tab_to(page, "#pane .statements a:not(.quote)")
    page.press("Enter")
    page.until("document.activeElement.matches('#pane h2')")
    page.press("Escape")
    page.until("document.activeElement.matches('table.data a')")


def test_the_first_stop_leads_past_the_header(page: Browser, server: Server) -> None:
    page.open(f"{server.address}/#documents")
    page.until("document.querySelector('.list a')")
    page.press("Tab", "Enter")
    assert page.js("document.activeElement.id") == "main"
    page.press("Tab")
    assert page.js("document.activeElement.id") == "find"
