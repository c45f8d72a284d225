"""Whole builds with a scripted server: faults, resumption, money, dry runs, schemas, reports."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from realistic import passage_of, reading_of, realistic
from scripted import MODEL, Fault, ScriptedServer

from graphrag import GraphRAG
from graphrag.errors import BudgetSpent, LLMError
from graphrag.types import Document, DocumentId

PARTS = Path(__file__).parents[1] / "parts"
CORPUS = Path(__file__).parents[2] / "data" / "samples" / "2wiki" / "corpus.json"


@pytest.fixture(autouse=True)
def _light_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PARTS))


def corpus(count: int = 60) -> list[Document]:
    rows = json.loads(CORPUS.read_text(encoding="utf-8"))[:count]
    return [Document(DocumentId(row["id"]), row["title"], row["text"], "corpus.json") for row in rows]


def recipe(server: ScriptedServer, folder: Path, *, reports: bool = False, **options: Any) -> str:
    """Write a recipe for the server; ``options`` are of the refiner, or of the LLM with a leading ``llm_``."""
    llm = {"base_url": server.url, "model": MODEL, "timeout": 2.0, "concurrency": 8}
    llm |= {key.removeprefix("llm_"): value for key, value in options.items() if key.startswith("llm_")}
    own = {key: value for key, value in options.items() if not key.startswith("llm_")}
    build: dict[str, Any] = {
        "extraction": {"name": "light"},
        "embedding": {"name": "light"},
        "refinement": {"name": "llm", "options": own},
    }
    if reports:
        build["reporting"] = {"name": "llm"}
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({"extends": "offline", "build": build, "llm": llm}), encoding="utf-8")
    return str(path)


def built(place: Path, name: str, documents: list[Document], **limits: Any) -> tuple[Any, dict[str, Any]]:
    """Build, and return the report and the state of the workspace."""
    with GraphRAG.create(place, recipe=name) as rag:
        rag.max_cost = limits.get("max_cost")
        report = rag.build(documents, workers=1)
        assert not rag.store.verify()
        facts = list(rag.store.facts())
        return report, {"facts": facts, "digest": report.digest, "entities": report.entities}


def test_an_llm_adds_what_it_reads_and_nothing_else(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = realistic
    report, state = built(tmp_path / "w", recipe(server, tmp_path), corpus(20))
    assert any(fact.predicate == "link to" for fact in state["facts"])
    assert any(fact.when for fact in state["facts"])
    assert report.usage["extraction"]["requests"] == len(server.requests) == report.chunks
    assert not report.problems
    again, _ = built(tmp_path / "w", recipe(server, tmp_path), corpus(20))
    assert not again.changed and len(server.requests) == report.chunks


BROKEN = {
    "fence": lambda good: Fault(text=f"Sure:\n```json\n{good}\n```"),
    "prose": lambda good: Fault(text=f"Here is what I found. {good} I hope this helps!"),
    "thinking": lambda good: Fault(text=f"<think>Let me see {{</think>{good}"),
    "trailing comma": lambda good: Fault(text=good[:-1] + ",}"),
    "string": lambda good: Fault(text=json.dumps(good)),
    "list": lambda good: Fault(text=f"[{good}]"),
    "cut": lambda good: Fault(text=good[: len(good) // 2]),
    "cut by length": lambda good: Fault(text=good[: len(good) // 3], finish="length"),
    "empty": lambda good: Fault(text=""),
    "refusal": lambda good: Fault(text="I'm sorry, but I can't help with that."),
    "other keys": lambda good: Fault(text='{"nodes": [], "edges": []}'),
    "page": lambda good: Fault(body=b"<html><body>502 Bad Gateway</body></html>"),
}


def faulty(rate_broken: float, rate_429: float, rate_hang: float, seed: int = 1) -> Any:
    """Return a fault function, and what it counted: faults that need another request by themselves."""
    shapes = list(BROKEN.values())
    counts = {"broken": 0, "429": 0, "hang": 0, "page": 0}
    asked: Counter[str] = Counter()

    def fault(number: int, body: dict[str, Any]) -> Fault | None:
        # What happens to a request hangs on its words and how often it came, not on which of 16 at once came first.
        said = json.dumps(body, sort_keys=True)
        asked[said] += 1
        dice = random.Random(f"{seed} {asked[said]} {said}")
        roll = dice.random()
        if roll < rate_429:
            counts["429"] += 1
            return Fault(429, {"Retry-After": "0.05"})
        if roll < rate_429 + rate_hang:
            counts["hang"] += 1
            return Fault(hang=1.5)
        if roll < rate_429 + rate_hang + rate_broken:
            counts["broken"] += 1
            shape = dice.choice(shapes)
            made: Fault = shape(realistic(body))
            counts["page"] += made.body is not None
            return made
        return None

    return fault, counts


def test_faults_lose_no_passage_and_leave_no_bad_reply(server: ScriptedServer, tmp_path: Path) -> None:
    documents = corpus(120)
    server.answer = realistic
    _, clean = built(tmp_path / "clean", recipe(server, tmp_path), documents)
    wanted = len(server.requests)
    server.requests.clear()

    server.fault, counts = faulty(0.30, 0.20, 0.05)
    name = recipe(server, tmp_path, llm_timeout=1.0, llm_concurrency=16)
    report, _ = built(tmp_path / "w", name, documents)
    sent = len(server.requests)
    by_themselves = counts["429"] + counts["hang"] + counts["page"]
    assert counts["broken"] > 0.2 * wanted and counts["429"] > 0.1 * wanted and counts["hang"] > 0
    assert sent - by_themselves <= 1.3 * wanted
    use = report.usage["extraction"]
    assert report.chunks == wanted and use["requests"] == wanted
    # A request that the client gave up may never have been read: at most as many as hung.
    assert sent <= use["sent"] <= sent + counts["hang"]
    unread = [message for _, message in report.problems if "could not be read a second time" in message]
    assert len(unread) == use["bad"] <= 0.05 * wanted

    # Nothing bad was kept, and nothing good is paid again: without faults only what is unread is asked for.
    server.fault = lambda number, body: None
    server.requests.clear()
    again, state = built(tmp_path / "w", name, documents)
    assert len(server.requests) == len(unread)
    assert not again.problems
    assert state["digest"] == clean["digest"]


def test_a_passage_that_stays_unread_keeps_its_first_reading_and_is_tried_again(
    server: ScriptedServer, tmp_path: Path
) -> None:
    documents = [
        Document(DocumentId("good"), "Good", "Ada Lovelace knows Charles Babbage.", "good.txt"),
        Document(DocumentId("bad"), "Bad", "Grace Hopper knows Howard Aiken.", "bad.txt"),
    ]
    server.answer = realistic
    server.fault = lambda number, body: Fault(text="no") if "Hopper" in passage_of(body) else None
    name = recipe(server, tmp_path)
    for _ in range(2):
        server.requests.clear()
        report, state = built(tmp_path / "w", name, documents)
        [(place, message)] = report.problems
        assert place == "bad" and "the first reading is used, and the next build tries again" in message
        assert {"know"} <= {fact.predicate for fact in state["facts"]}
        assert {passage_of(body)[:5] for body in server.requests} <= {"Ada L", "Grace"}
    assert all("Grace" in passage_of(body) for body in server.requests) and len(server.requests) == 2
    # A document that is added does not forget it, and one that is changed forgets it.
    with GraphRAG.create(tmp_path / "w", recipe=name) as rag:
        added = rag.add(
            [Document(DocumentId("more"), "More", "Alan Turing knows Alonzo Church.", "more.txt")], workers=1
        )
        assert [place for place, _ in added.problems] == ["bad"]
        server.fault = lambda number, body: None
        healed = rag.add(
            [Document(DocumentId("more"), "More", "Alan Turing directed Max Newman.", "more.txt")], workers=1
        )
        assert not healed.problems


def test_a_wrong_model_ends_the_build_and_leaves_the_workspace(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = realistic
    _, before = built(tmp_path / "w", recipe(server, tmp_path), corpus(5))
    with pytest.raises(LLMError, match="no model 'scripted-9'"):
        built(tmp_path / "w", recipe(server, tmp_path, llm_model="scripted-9"), corpus(12))
    with GraphRAG.open(tmp_path / "w") as rag:
        assert rag.store.counts()["documents"] == 5 and rag.store.meta("digest") == before["digest"]


def test_money_ends_a_build_and_more_money_goes_on(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = realistic
    prices = tmp_path / "prices.yaml"
    prices.write_text(f"{MODEL}: {{in: 1.0, out: 10.0}}\n", encoding="utf-8")
    name = recipe(server, tmp_path, llm_prices=str(prices), llm_concurrency=2)
    with pytest.raises(BudgetSpent, match="--max-cost"):
        built(tmp_path / "w", name, corpus(60), max_cost=0.2)
    paid = len(server.requests)
    assert 5 < paid < 50
    report, _ = built(tmp_path / "w", name, corpus(60), max_cost=5.0)
    assert len(server.requests) == report.chunks


def command(*arguments: str) -> list[str]:
    start = f"import sys; sys.path.insert(0, {str(PARTS)!r}); from graphrag.cli import main; main()"
    return [sys.executable, "-c", start, *arguments]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"model": "other"}, 9, "no model 'other'"),
        ({"base_url": "http://127.0.0.1:9/v1", "attempts": 1}, 9, "cannot be reached"),
        ({"api_key": "${NOT_SET_ANYWHERE}"}, 4, "NOT_SET_ANYWHERE"),
        ({"prompts": "/nowhere"}, 4, "no folder"),
        ({"max_total_tokens": 500}, 10, "tokens is spent"),
    ],
)
def test_exit_codes(server: ScriptedServer, tmp_path: Path, change: dict[str, Any], code: int, says: str) -> None:
    server.answer = realistic
    name = recipe(server, tmp_path, **{f"llm_{key}": value for key, value in change.items()})
    (tmp_path / "a.txt").write_text("Ada Lovelace knows Charles Babbage.", encoding="utf-8")
    run = subprocess.run(
        command("build", str(tmp_path / "a.txt"), "-w", str(tmp_path / "w"), "--recipe", name),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code
    assert says in run.stderr and "Traceback" not in run.stderr


def test_a_killed_build_pays_nothing_twice(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = realistic
    server.seconds = 0.05
    name = recipe(server, tmp_path, llm_concurrency=4)
    source = tmp_path / "corpus.json"
    rows = json.loads(CORPUS.read_text(encoding="utf-8"))[:60]
    source.write_text(json.dumps(rows), encoding="utf-8")
    arguments = ["build", str(source), "-w", str(tmp_path / "w"), "--recipe", name]
    process = subprocess.Popen(command(*arguments), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while len(server.requests) < 20 and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(0.2)
    before = len(server.requests)
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=True)
    texts = [passage_of(body) for body in server.requests]
    assert "60 documents" in done.stdout
    assert len(texts) - len(set(texts)) <= 4  # what was under way when it was killed
    assert len(texts) <= before + len(set(texts)) - (before - 4)


@pytest.mark.slow
def test_a_dry_run_asks_nothing_and_is_right(server: ScriptedServer, tmp_path: Path) -> None:
    """With the real extractor: what it reads is the graph in which reports are counted before anything is spent."""
    server.answer = realistic
    prices = tmp_path / "prices.yaml"
    prices.write_text(f"{MODEL}: {{in: 1.0, out: 4.0}}\n", encoding="utf-8")
    llm = {"base_url": server.url, "model": MODEL, "prices": str(prices)}
    name = tmp_path / "recipe.yaml"
    name.write_text(yaml.safe_dump({"extends": "llm", "llm": llm}), encoding="utf-8")

    def dry() -> dict[str, Any]:
        arguments = ["build", str(CORPUS), "-w", str(tmp_path / "w"), "--recipe", str(name), "--dry-run", "--json"]
        run = subprocess.run(command(*arguments), capture_output=True, text=True, check=True)
        made: dict[str, Any] = json.loads(run.stdout)
        return made

    estimate = dry()
    assert not server.requests
    with GraphRAG.create(tmp_path / "w", recipe=str(name)) as rag:
        usage = rag.build([CORPUS], workers=1).usage
    expected = {stage["stage"]: stage for stage in estimate["stages"]}
    assert expected.keys() == usage.keys() == {"extraction", "reports"}
    assert expected["extraction"]["requests"] == usage["extraction"]["sent"] == estimate["chunks"]
    assert estimate["documents"] == expected["extraction"]["documents"] == 200
    for stage in expected:
        assert expected[stage]["requests"] == pytest.approx(usage[stage]["sent"], rel=0.15)
        for key in ("tokens_in", "tokens_out", "cost"):
            assert expected[stage][key] == pytest.approx(usage[stage][key], rel=0.15), (stage, key)
    assert estimate["cost"] == pytest.approx(sum(use["cost"] for use in usage.values()), rel=0.15)
    assert sum(stage["requests"] for stage in dry()["stages"]) == 0


def test_replies_teach_the_next_estimate(server: ScriptedServer, tmp_path: Path) -> None:
    """A model that says twice as much as thought is expected to go on so."""
    server.answer = lambda body: realistic(body)[:-1] + ', "note": "' + "much more to say " * 200 + '"}'
    server.seconds = 0.1
    name = recipe(server, tmp_path)
    with GraphRAG.create(tmp_path / "w", recipe=name) as rag:
        rag.build(corpus(20), workers=1)
        start = time.perf_counter()
        estimate = rag.estimate(corpus(60), workers=1)
        assert time.perf_counter() - start < 30
    [stage] = estimate.stages
    server.tokens_in = server.tokens_out = 0
    with GraphRAG.create(tmp_path / "w", recipe=name) as rag:
        report = rag.build(corpus(60), workers=1)
    assert stage.requests == report.usage["extraction"]["sent"]
    assert stage.tokens_in == pytest.approx(server.tokens_in, rel=0.15)
    assert stage.tokens_out == pytest.approx(server.tokens_out, rel=0.15)
    assert stage.seconds == pytest.approx(report.seconds["refining"], rel=0.5)


def test_a_recipe_without_an_llm_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plain.yaml"
    path.write_text("extends: offline\nbuild:\n  extraction: {name: light}\n  embedding: {name: light}\n", "utf-8")
    (tmp_path / "a.txt").write_text("Ada Lovelace knows Charles Babbage.", encoding="utf-8")
    run = subprocess.run(
        command("build", str(tmp_path / "a.txt"), "-w", str(tmp_path / "w"), "--recipe", str(path), "--dry-run"),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Nothing is asked of an LLM" in run.stdout


def test_only_the_doubtful_share_is_asked(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = realistic
    report, _ = built(tmp_path / "w", recipe(server, tmp_path, share=0.25), corpus(40))
    assert len(server.requests) == -(-report.chunks // 4)
    # Another share asks only for the rest.
    built(tmp_path / "w", recipe(server, tmp_path, share=0.5), corpus(40))
    assert len(server.requests) == -(-report.chunks // 2)


def test_what_was_left_out_is_gleaned(server: ScriptedServer, tmp_path: Path) -> None:
    def answer(body: dict[str, Any]) -> str:
        whole = reading_of(passage_of(body))
        half = len(whole["relations"]) // 2
        first = "Found so far:" not in body["messages"][1]["content"]
        part = whole["relations"][:half] if first else whole["relations"][half:]
        return json.dumps({**whole, "relations": part})

    server.answer = answer
    _, once = built(tmp_path / "once", recipe(server, tmp_path), corpus(20))
    _, twice = built(tmp_path / "twice", recipe(server, tmp_path, gleanings=1), corpus(20))
    assert len(twice["facts"]) > 1.3 * len(once["facts"])
    stages = [body for body in server.requests if "Found so far:" in body["messages"][1]["content"]]
    assert 0 < len(stages) <= 20


SCHEMA = """
entities:
  Person: a human being
  Film: {description: a motion picture, attributes: [released in]}
relations:
  - [Film, directed by, Person]
"""


def test_a_schema_is_enforced_and_the_rest_kept_apart(server: ScriptedServer, tmp_path: Path) -> None:
    schema = tmp_path / "schema.yaml"
    schema.write_text(SCHEMA, encoding="utf-8")
    text = "Metropolis was directed by Fritz Lang. Metropolis came out in 1927. Fritz Lang lived in Berlin."
    server.answer = lambda body: json.dumps(
        {
            "entities": [
                {"name": "Metropolis", "type": "film"},
                {"name": "Fritz Lang", "type": "Person"},
                {"name": "Berlin", "type": "City"},
            ],
            "relations": [
                {"subject": "Metropolis", "predicate": "Directed by", "object": "Fritz Lang", "quote": "", "when": ""},
                {"subject": "Metropolis", "predicate": "released in", "object": "1927", "quote": "", "when": ""},
                {"subject": "Fritz Lang", "predicate": "directed by", "object": "Metropolis", "quote": "", "when": ""},
                {"subject": "Fritz Lang", "predicate": "lived in", "object": "Berlin", "quote": "", "when": ""},
            ],
        }
    )
    report, state = built(
        tmp_path / "w",
        recipe(server, tmp_path, schema=str(schema)),
        [Document(DocumentId("m"), "Metropolis", text, "m.txt")],
    )
    facts = {(fact.predicate, fact.value) for fact in state["facts"]}
    assert facts == {("directed by", "Fritz Lang"), ("released in", "1927")}
    asked = server.requests[0]["messages"][0]["content"]
    assert "Film: a motion picture" in asked and "Film | directed by | Person" in asked
    lines = [json.loads(line) for line in (tmp_path / "w" / "off-schema.jsonl").read_text("utf-8").splitlines()]
    assert sorted(line["kind"] for line in lines) == ["entity", "relation", "relation"]
    assert {line["document"] for line in lines} == {"m"}
    assert report.documents == 1
    path = tmp_path / "w" / "off-schema.jsonl"
    whole = path.read_text("utf-8")
    path.write_text(whole[:-20], "utf-8")  # as a process leaves it that is killed while it writes
    with GraphRAG.create(tmp_path / "w") as rag:
        rag.add([Document(DocumentId("n"), "Nosferatu", "Nosferatu was directed by Friedrich Murnau.", "n.txt")])
    kept = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line for line in kept if line["document"] == "m"] == lines[:-1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no entities"),
        ("entities: {A: x}\nrelations: [[A, b]]", "not \\[source, type, target\\]"),
        ("entities: {A: x}\nrelations: [[A, b, C]]", "'C'"),
        ("entities: {A: {colour: x}}", "'A'"),
        ("entities: {A: {attributes: x}}", "attributes of 'A'"),
        ("entities: {A: x}\nrules: []", "'rules'"),
        ("entities: {A", "not YAML"),
    ],
)
def test_a_bad_schema_is_told(content: str, says: str, server: ScriptedServer, tmp_path: Path) -> None:
    from graphrag.errors import RecipeError

    schema = tmp_path / "schema.yaml"
    schema.write_text(content, encoding="utf-8")
    with pytest.raises(RecipeError, match=says):
        built(tmp_path / "w", recipe(server, tmp_path, schema=str(schema)), corpus(1))


def test_reports_are_checked_and_only_changed_ones_paid_again(server: ScriptedServer, tmp_path: Path) -> None:
    server.answer = realistic
    name = recipe(server, tmp_path, reports=True)
    report, _ = built(tmp_path / "w", name, corpus(40))
    with GraphRAG.open(tmp_path / "w") as rag:
        written = [r for r in rag.store.reports() if r.made_by == "llm-1"]
        assert len(written) == report.reports > 3
        for one in written:
            assert one.findings and all(finding.quotes for finding in one.findings)
            assert not any("Napoleon" in finding.text for finding in one.findings)
    use = report.usage["reports"]
    server.requests.clear()
    more, _ = built(tmp_path / "w", name, corpus(41))
    asked = [body for body in server.requests if "The group:" in body["messages"][1]["content"]]
    assert len(asked) == more.usage["reports"]["sent"] < use["sent"] / 2
    assert more.usage["reports"]["cached"] > 0


def test_reports_without_a_usable_reply_stay_as_they_were_and_are_tried_again(
    server: ScriptedServer, tmp_path: Path
) -> None:
    server.answer = realistic
    server.fault = lambda number, body: None if "<passage>" in body["messages"][1]["content"] else Fault(text="no")
    name = recipe(server, tmp_path, reports=True)
    report, _ = built(tmp_path / "w", name, corpus(30))
    with GraphRAG.open(tmp_path / "w") as rag:
        assert {r.made_by for r in rag.store.reports()} == {"extractive-2"}
        assert rag.store.meta("unwritten") == report.reports
    server.fault = lambda number, body: None
    again, _ = built(tmp_path / "w", name, corpus(30))
    with GraphRAG.open(tmp_path / "w") as rag:
        assert {r.made_by for r in rag.store.reports()} == {"llm-1"}
    assert again.changed
