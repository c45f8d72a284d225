"""What holds for every statement of a whole build, read straight from the database that a build leaves.

The reading here is the test's own, so that a mistake in the store's reader cannot hide one in its writer.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graphrag import GraphRAG

ROOT = Path(__file__).parents[2]

# What a build means: everything but when it was made and what was reported while reading.
CONTENT = (
    *("document", "chunk", "entity", "alias", "mention", "about", "fact", "evidence", "merge"),
    *("community", "member", "report", "array"),
)


@pytest.fixture(scope="module")
def database(sample_workspace: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(sample_workspace / "workspace.db")) as connection:
        yield connection


@pytest.fixture(scope="module")
def texts(database: sqlite3.Connection) -> dict[str, str]:
    """Return the text of each document by id."""
    return dict(database.execute("SELECT id, text FROM document"))


@pytest.fixture(scope="module")
def corpus(samples: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads((samples / "2wiki" / "corpus.json").read_text(encoding="utf-8"))
    return rows


def test_documents_are_the_rows_of_the_corpus(texts: dict[str, str], corpus: list[dict[str, str]]) -> None:
    assert texts == {row["id"]: row["text"] for row in corpus}


def test_chunks_are_pieces_of_their_documents_and_leave_nothing_out(
    database: sqlite3.Connection, texts: dict[str, str]
) -> None:
    covered = dict.fromkeys(texts, 0)
    query = (
        "SELECT document.id, start, stop, chunk.text FROM chunk JOIN document ON document.row = document ORDER BY 1, 2"
    )
    for document, start, stop, text in database.execute(query):
        assert texts[document][start:stop] == text
        assert not texts[document][covered[document] : start].strip(), f"{document}: text before {start} is in no chunk"
        covered[document] = stop
    for document, stop in covered.items():
        assert not texts[document][stop:].strip(), f"{document}: text after {stop} is in no chunk"


def test_sentences_are_pieces_of_their_chunks_in_order(database: sqlite3.Connection, texts: dict[str, str]) -> None:
    count = 0
    query = "SELECT document.id, start, stop, sentences FROM chunk JOIN document ON document.row = document"
    for document, start, stop, sentences in database.execute(query):
        ends = [start + offset for offset in json.loads(sentences)]
        assert ends == sorted(ends)
        assert start <= ends[0] and ends[-1] <= stop
        for first, last in zip(ends[::2], ends[1::2], strict=True):
            sentence = texts[document][first:last]
            assert sentence and sentence == sentence.strip()
            count += 1
    assert count > 400


def test_mentions_quote_their_document(database: sqlite3.Connection, texts: dict[str, str]) -> None:
    query = """
        SELECT document.id, mention.start, mention.stop, mention.text, chunk.start, chunk.stop
        FROM mention JOIN chunk ON chunk.row = mention.chunk JOIN document ON document.row = chunk.document
    """
    rows = database.execute(query).fetchall()
    assert len(rows) > 1000
    for document, start, stop, text, first, last in rows:
        assert texts[document][start:stop] == text != ""
        assert first <= start < stop <= last


def test_facts_quote_the_sentences_that_say_them(database: sqlite3.Connection, texts: dict[str, str]) -> None:
    query = """
        SELECT fact.id, document.id, evidence.start, evidence.stop, evidence.text
        FROM fact LEFT JOIN evidence ON evidence.fact = fact.row
        LEFT JOIN chunk ON chunk.row = evidence.chunk LEFT JOIN document ON document.row = chunk.document
    """
    rows = database.execute(query).fetchall()
    assert len(rows) > 200
    for fact, document, start, stop, text in rows:
        assert document is not None, f"{fact} rests on nothing"
        assert texts[document][start:stop] == text != ""


def test_findings_of_reports_quote_their_documents(database: sqlite3.Connection, texts: dict[str, str]) -> None:
    facts = {name for (name,) in database.execute("SELECT id FROM fact")}
    entities = {name for (name,) in database.execute("SELECT id FROM entity")}
    count = 0
    for findings, keys, documents in database.execute("SELECT findings, key_entities, documents FROM report"):
        assert set(json.loads(keys)) <= entities
        assert set(json.loads(documents)) <= texts.keys()
        for _, quotes, said in json.loads(findings):
            assert quotes, "a finding rests on nothing"
            assert set(said) <= facts
            for document, _, start, stop, quote in quotes:
                assert texts[document][start:stop] == quote != ""
                count += 1
    assert count > 20
    # A community of one or two entities says no more than its entities: it has no report.
    sizes = database.execute(
        "SELECT community, count(*) FROM member GROUP BY community HAVING count(*) >= 3"
    ).fetchall()
    reports = {community for (community,) in database.execute("SELECT community FROM report")}
    assert reports == {community for community, _ in sizes} != set()


def test_mention_counts_and_communities_agree_with_their_rows(database: sqlite3.Connection) -> None:
    wrong = database.execute(
        "SELECT name FROM entity WHERE mention_count <> (SELECT count(*) FROM mention WHERE entity = entity.row)"
    ).fetchall()
    assert wrong == []
    nested = """
        SELECT count(*) FROM member AS child JOIN community ON community.row = child.community
        WHERE parent IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM member WHERE member.community = community.parent AND member.entity = child.entity)
    """
    assert database.execute(nested).fetchone() == (0,)


def test_answers_and_passages_quote_their_documents(
    sample_workspace: Path, samples: Path, texts: dict[str, str]
) -> None:
    questions = json.loads((samples / "2wiki" / "questions.json").read_text(encoding="utf-8"))
    with GraphRAG.open(sample_workspace) as rag:
        for question in questions:
            answer = rag.ask(question["question"])
            quotes = [*answer.citations, *(step.quote for step in answer.path if step.quote is not None)]
            quotes += [quote for evidence in answer.evidence for quote in evidence.quotes]
            quotes += [step.quote for evidence in answer.evidence for step in evidence.path if step.quote is not None]
            for quote in quotes:
                assert texts[quote.document_id][quote.span.start : quote.span.end] == quote.text != ""
            assert answer.citations or not answer.found
            for evidence in answer.evidence:
                chunk = evidence.chunk
                assert texts[chunk.document_id][chunk.span.start : chunk.span.end] == chunk.text


def content(workspace: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of the tables that say what a build made."""
    with closing(sqlite3.connect(workspace / "workspace.db")) as connection:
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in CONTENT}


@pytest.mark.slow
def test_order_workers_and_hash_seed_change_nothing(
    sample_workspace: Path, corpus: list[dict[str, str]], tmp_path: Path
) -> None:
    shuffled = list(corpus)
    random.Random(20).shuffle(shuffled)
    assert shuffled != corpus
    path = tmp_path / "corpus.json"
    path.write_text(json.dumps(shuffled), encoding="utf-8")
    program = "from graphrag.cli import main; main()"
    command = [sys.executable, "-c", program, "build", path, "-w", tmp_path / "workspace", "--workers", "1"]
    environment = dict(os.environ, PYTHONHASHSEED="77", PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    first, second = content(sample_workspace), content(tmp_path / "workspace")
    for table in CONTENT:
        assert first[table] == second[table], f"table {table} differs"


def test_a_missing_document_changes_only_what_it_says(
    database: sqlite3.Connection, corpus: list[dict[str, str]], tmp_path: Path
) -> None:
    """Ids are stable: without one document, the entities, facts and chunks of unrelated documents keep their ids."""
    gone = "Moredun Creek"
    rest = [row for row in corpus if row["title"] != gone]
    assert len(rest) == len(corpus) - 1
    path = tmp_path / "corpus.json"
    path.write_text(json.dumps(rest), encoding="utf-8")
    with GraphRAG.create(tmp_path / "workspace") as rag:
        rag.build([path])
    with closing(sqlite3.connect(tmp_path / "workspace" / "workspace.db")) as other:
        for table, mostly in (("document", 0.99), ("chunk", 0.99), ("entity", 0.98), ("fact", 0.98)):
            before = {name for (name,) in database.execute(f"SELECT id FROM {table}")}
            after = {name for (name,) in other.execute(f"SELECT id FROM {table}")}
            assert len(before & after) >= mostly * len(before), f"{table} ids are not stable"
            assert before - after, f"{table} kept everything of the missing document"
