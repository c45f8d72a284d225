"""The client against a real HTTP server: cache, checks, retries, budget, secrets."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from scripted import MODEL, Fault, ScriptedServer

from graphrag.config import LLMSettings
from graphrag.errors import BudgetSpent, LLMError, RecipeError
from graphrag.llms.client import Client, Kept
from graphrag.llms.openai import OpenAICompatible
from graphrag.llms.recorded import recording
from graphrag.llms.refusals import seconds_to_wait
from graphrag.protocols import Request
from graphrag.recipe_llm import connect_llm
from graphrag.stores.database import connect
from graphrag.stores.replies import Replies

SECRET = "sk-very-secret-12345"


class City(BaseModel):
    name: str
    people: int


_OPEN: list[Client] = []


@pytest.fixture(autouse=True)
def _closing() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def connected(settings: LLMSettings, folder: Path | None, **limits: Any) -> Client:
    llm = connect_llm(settings, folder, **limits)
    _OPEN.append(llm)
    return llm


def client(server: ScriptedServer, folder: Path | None = None, **options: Any) -> Client:
    options = {"base_url": server.url, "model": MODEL, "timeout": 2.0, **options}
    limits = {key: options.pop(key) for key in ("max_cost",) if key in options}
    return connected(LLMSettings(**options), folder, **limits)


def kept(folder: Path) -> int:
    replies = Replies(folder / "llm.db")
    try:
        return len(replies)
    finally:
        replies.close()


def ask(text: str = "Which city?", shape: type[BaseModel] | None = City) -> Request:
    return Request("test", (("system", "You know cities."), ("user", text)), shape)


def test_a_reply_is_checked_and_paid_once(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = lambda body: '{"name": "Oslo", "people": 700000}'
    first = client(server, tmp_path)
    [reply] = first.complete([ask()])
    assert reply.good and reply.value == City(name="Oslo", people=700000) and not reply.cached
    assert server.requests[0]["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    # A second process, that is another connection to the same file, pays nothing.
    second = client(server, tmp_path)
    [again] = second.complete([ask()])
    assert again.cached and again.value == reply.value and len(server.requests) == 1
    assert second.usage["test"].cached == 1 and second.usage["test"].sent == 0
    # Another model's settings, another schema and another prompt are other requests.
    client(server, tmp_path, temperature=0.5).complete([ask()])
    second.complete([ask(shape=None), ask("Which town?")])
    assert len(server.requests) == 4


def test_a_batch_keeps_its_order_and_its_bound(server: ScriptedServer) -> None:
    server.seconds = 0.02
    server.answer = lambda body: body["messages"][-1]["content"].upper()
    requests = [ask(f"city {number % 20}", None) for number in range(30)]
    llm = client(server, concurrency=4)
    assert [reply.text for reply in llm.complete(requests)] == [f"CITY {number % 20}" for number in range(30)]
    assert len(server.requests) == 20  # equal requests are sent once
    assert sorted(place for place, _ in llm.replies(requests)) == list(range(30))
    assert server.most_at_once <= 4


GOOD = '{"name": "Oslo", "people": 700000}'

SHAPES = {
    "fenced": (Fault(text=f"Sure! Here it is:\n```json\n{GOOD}\n```\nAnything else?"), 1),
    "prose around": (Fault(text=f"The city is {GOOD} as you see."), 1),
    "thinking": (Fault(text=f'<think>Is it {{"name": 1}}?</think>{GOOD}'), 1),
    "trailing comma": (Fault(text=GOOD[:-1] + ",}"), 1),
    "single quotes": (Fault(text=GOOD.replace('"', "'")), 1),
    "string of json": (Fault(text=json.dumps(GOOD)), 1),
    "list of one": (Fault(text=f"[{GOOD}]"), 1),
    "byte order mark": (Fault(text="\ufeff" + GOOD), 1),
    "no end": (Fault(text=GOOD[:-1]), 2),
    "no end of a string": (Fault(text=GOOD[:10]), 2),
    "empty": (Fault(text=""), 2),
    "refusal": (Fault(text="I cannot help with that."), 2),
    "wrong keys": (Fault(text='{"city": "Oslo"}'), 2),
    "wrong types": (Fault(text='{"name": ["Oslo"], "people": "many"}'), 2),
    "nothing": (Fault(text="{}"), 2),
    "cut off": (Fault(text=GOOD[:12], finish="length"), 2),
    "no choices": (Fault(body=b'{"choices": []}'), 2),
    "null content": (Fault(body=b'{"choices": [{"message": {"content": null}}]}'), 2),
    "a page": (Fault(body=b"<html>Bad gateway</html>"), 2),
    "truncated body": (Fault(cut_after=20), 2),
    "deep": (Fault(text="[" * 5000), 2),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_broken_reply_is_mended_or_asked_for_again(name: str, server: ScriptedServer, tmp_path: Path) -> None:
    fault, requests = SHAPES[name]
    server.answer = lambda body: GOOD
    server.fault = lambda number, body: fault if number == 0 else None
    llm = client(server, tmp_path)
    [reply] = llm.complete([ask()])
    assert reply.good and reply.value == City(name="Oslo", people=700000)
    assert len(server.requests) == requests
    [again] = client(server, tmp_path).complete([ask()])
    assert again.cached and again.value == reply.value


def test_what_stays_bad_has_a_problem_and_is_not_kept(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = lambda body: '{"city": "Oslo"}'
    llm = client(server, tmp_path)
    [reply] = llm.complete([ask()])
    assert not reply.good and "name" in reply.problem and reply.value is None
    assert len(server.requests) == 2 and "name" in server.requests[1]["messages"][-1]["content"]
    assert kept(tmp_path) == 0
    usage = llm.usage["test"]
    assert (usage.requests, usage.sent, usage.bad, usage.corrected) == (1, 2, 1, 0)
    assert usage.tokens_in == server.tokens_in and usage.tokens_out == server.tokens_out


def test_retry_after_is_honoured(server: ScriptedServer) -> None:
    times: list[float] = []

    def fault(number: int, body: dict[str, Any]) -> Fault | None:
        times.append(time.monotonic())
        return Fault(429, {"Retry-After": "1"}) if number == 0 else None

    server.fault = fault
    assert client(server).complete([ask(shape=None)])[0].text == "ok"
    assert 1.0 <= times[1] - times[0] < 2.0


def test_retry_after_may_be_a_date() -> None:
    assert seconds_to_wait({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}) == 0.0
    assert seconds_to_wait({"retry-after": "2.5"}) == 2.5
    assert seconds_to_wait({"retry-after": "soon"}) is None
    assert seconds_to_wait({}) is None


def test_a_server_that_asks_for_too_much_patience_is_left(server: ScriptedServer) -> None:
    server.fault = lambda number, body: Fault(429, {"Retry-After": "86400"})
    with pytest.raises(LLMError, match="86,400 seconds"):
        client(server).complete([ask()])
    assert len(server.requests) == 1


def test_silence_ends_at_the_timeout(server: ScriptedServer) -> None:
    server.fault = lambda number, body: Fault(hang=5.0) if number == 0 else None
    started = time.monotonic()
    [reply] = client(server, timeout=0.3).complete([ask(shape=None)])
    assert reply.good and time.monotonic() - started < 3.0


def test_a_wrong_model_is_told_at_once_with_the_nearest_one(server: ScriptedServer) -> None:
    with pytest.raises(LLMError, match=f"no model 'scripted-2'.*did you mean '{MODEL}'") as caught:
        client(server, model="scripted-2", concurrency=1).complete([ask(str(number)) for number in range(20)])
    assert caught.value.exit_code == 9
    assert len(server.requests) == 1


def test_a_dead_address_is_told(tmp_path: Path) -> None:
    settings = LLMSettings(base_url="http://127.0.0.1:9/v1", model="m", attempts=2)
    with pytest.raises(LLMError, match="cannot be reached"):
        connected(settings, tmp_path).complete([ask()])


def test_an_endpoint_that_only_fails_is_given_up(server: ScriptedServer) -> None:
    server.fault = lambda number, body: Fault(500)
    with pytest.raises(LLMError, match="10 requests failed one after the other"):
        client(server, attempts=1, concurrency=2).complete([ask(str(number)) for number in range(50)])
    assert len(server.requests) <= 12


def test_one_refused_request_leaves_the_others(server: ScriptedServer) -> None:
    server.fault = lambda number, body: Fault(400) if "long" in body["messages"][-1]["content"] else None
    replies = client(server).complete([ask("short", None), ask("long", None), ask("brief", None)])
    assert [reply.good for reply in replies] == [True, False, True]


@pytest.mark.parametrize(
    ("parameter", "status", "later"),
    [
        ("response_format", 400, {"response_format": {"type": "json_object"}}),
        ("response_format", 500, {"response_format": {"type": "json_object"}}),  # as llama-cpp-python says it
        ("max_tokens", 400, {}),
        ("temperature", 422, {}),
    ],
)
def test_a_parameter_that_a_server_does_not_know_is_left_out(
    parameter: str, status: int, later: dict[str, Any], server: ScriptedServer
) -> None:
    said = json.dumps({"error": {"message": f"unsupported: {parameter}"}}).encode()
    server.answer = lambda body: GOOD
    server.fault = lambda number, body: Fault(status, body=said) if number == 0 else None
    llm = client(server, concurrency=1)
    assert all(reply.good for reply in llm.complete([ask("a"), ask("b"), ask("c")]))
    assert len(server.requests) == 4
    for body in server.requests[1:]:
        assert body.get(parameter) != server.requests[0][parameter]
        for key, value in later.items():
            assert value.items() <= body[key].items()


def test_the_key_is_sent_and_never_shown(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    server.fault = lambda number, body: Fault(401, body=f"Incorrect API key provided: {SECRET}".encode())
    caplog.set_level("DEBUG")
    settings = LLMSettings(base_url=server.url.replace("//", "//user:word@"), model=MODEL, api_key="${MY_KEY}")
    adapter = OpenAICompatible(settings.base_url, MODEL, SECRET)
    with pytest.raises(LLMError) as caught:
        connected(settings, None).complete([ask()])
    assert "401" in str(caught.value)
    shown = f"{caught.value} {caught.value!r} {adapter!r} {adapter.fingerprint} {settings!r} {settings.fingerprint}"
    shown += caplog.text
    assert SECRET not in shown and "user:word" not in str(caught.value)
    adapter.close()


def test_a_key_is_not_written_in_a_recipe() -> None:
    from graphrag.config import check_settings

    with pytest.raises(RecipeError, match=r"write \$\{NAME\}") as caught:
        check_settings({"llm": {"api_key": SECRET}})
    assert SECRET not in str(caught.value)


def test_money_is_not_spent_beyond_the_limit(server: ScriptedServer, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("scripted-*: {in: 1.0, out: 1000.0}\n", encoding="utf-8")
    server.answer = lambda body: "word " * 50
    llm = client(server, tmp_path, prices=str(prices), max_tokens=100, max_cost=1.0, concurrency=4)
    with pytest.raises(BudgetSpent, match=r"budget of 1 is spent.*--max-cost") as caught:
        llm.complete([ask(str(number), None) for number in range(100)])
    assert caught.value.exit_code == 10
    assert 0.5 < llm.usage["test"].cost <= 1.0
    # What was paid for is there: going on with more money sends only the rest.
    paid = len(server.requests)
    client(server, tmp_path, prices=str(prices), max_tokens=100, max_cost=50.0).complete(
        [ask(str(number), None) for number in range(100)]
    )
    assert len(server.requests) == 100 and paid >= 10


def test_a_limit_of_money_needs_a_price(server: ScriptedServer) -> None:
    settings = LLMSettings(base_url="https://llm.example/v1", model="unheard-of")
    with pytest.raises(RecipeError, match="needs the model's price"):
        connected(settings, None, max_cost=1.0)


def test_tokens_are_limited_too(server: ScriptedServer) -> None:
    with pytest.raises(BudgetSpent, match="tokens is spent"):
        client(server, max_total_tokens=1000, max_tokens=400).complete([ask(str(n), None) for n in range(9)])


@pytest.mark.parametrize("content", ["gpt: {in: cheap, out: 1}", "- a", "gpt: {in: -1, out: 1}", "gpt: {in: 1}", "{"])
def test_bad_prices_are_told(content: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecipeError, match="prices"):
        connected(LLMSettings(base_url="http://127.0.0.1:9/v1", model="m", prices=str(path)), None)


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "GRAPHRAG_LLM_MODEL"])
def test_nothing_set_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "GRAPHRAG_LLM_MODEL"):
        monkeypatch.delenv(variable, raising=False)
    if name != "OPENAI_BASE_URL":
        monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(LLMError, match=f"set {name}"):
        connected(LLMSettings(), None)


def test_a_stream_gives_pieces_and_is_kept(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = lambda body: "Oslo is the capital."
    pieces = list(client(server, tmp_path).stream(ask(shape=None)))
    assert len(pieces) == 4 and "".join(pieces) == "Oslo is the capital."
    assert list(client(server, tmp_path).stream(ask(shape=None))) == ["Oslo is the capital."]
    assert len(server.requests) == 1


def test_a_stream_that_breaks_off_is_told_and_not_kept(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = lambda body: "Oslo is the capital."
    server.fault = lambda number, body: Fault(cut_after=2)
    got: list[str] = []
    with pytest.raises(LLMError, match="broke off after 2 pieces"):
        got.extend(client(server, tmp_path).stream(ask(shape=None)))
    assert kept(tmp_path) == 0
    # Before the first piece it is only tried again.
    server.fault = lambda number, body: Fault(503) if number == 1 else None
    assert "".join(client(server, tmp_path).stream(ask(shape=None))) == "Oslo is the capital."


def test_recorded_replies_need_no_server(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text(recording(ask().messages, GOOD), encoding="utf-8")
    llm = connected(LLMSettings(name="recorded", recorded=str(path), model="m"), None)
    assert llm.complete([ask()])[0].value == City(name="Oslo", people=700000)
    with pytest.raises(LLMError, match="'Which town\\?'"):
        llm.complete([ask("Which town?")])


def test_an_interrupt_keeps_what_is_under_way(server: ScriptedServer, tmp_path: Path) -> None:
    server.seconds = 0.3
    llm = client(server, tmp_path, concurrency=4)
    with pytest.raises(KeyboardInterrupt):
        for _ in llm.replies([ask(str(number), None) for number in range(20)]):
            raise KeyboardInterrupt
    assert len(server.requests) <= 8
    assert kept(tmp_path) == len(server.requests)


def test_two_processes_write_one_cache(server: ScriptedServer, tmp_path: Path) -> None:
    clients = [client(server, tmp_path, concurrency=4) for _ in range(2)]
    work = [
        threading.Thread(target=llm.complete, args=([ask(f"{half}-{number}", None) for number in range(40)],))
        for half, llm in enumerate(clients)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert kept(tmp_path) == 80


def test_replies_are_opened_while_another_makes_the_file(tmp_path: Path) -> None:
    # SQLite refuses to turn such a file to a log at once, whatever its timeout: the client has to wait.
    with contextlib.closing(connect(tmp_path / "replies.db", create=True)) as other:
        other.execute("BEGIN IMMEDIATE")
        finished = threading.Timer(0.3, other.execute, ("ROLLBACK",))
        finished.start()
        replies = Replies(tmp_path / "replies.db")
        finished.join()
        replies.put("key", "stage", "model", 1, Kept("text", 1, 1, 0.1))
        replies.close()


def test_threads_that_open_a_new_file_of_replies_at_once_all_can(tmp_path: Path) -> None:
    for turn in range(20):
        path = tmp_path / f"{turn}.db"
        with ThreadPoolExecutor(8) as threads:
            opened = list(threads.map(lambda _, path=path: Replies(path), range(8)))
        opened[0].put("key", "stage", "model", 1, Kept("text", 1, 1, 0.1))
        assert all(replies.get("key") is not None for replies in opened)
        for replies in opened:
            replies.close()
