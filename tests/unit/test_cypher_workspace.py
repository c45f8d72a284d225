"""Cypher on a workspace, without a server: reading only, bounded, and from a file that can be thrown away."""

import gc
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graphrag.errors import InputError
from graphrag.stores.cypher import load_query, query_names
from graphrag.stores.embedded import _engines, run_library_query, run_read
from graphrag.stores.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "neo4j"))
from statements import HOSTILE


@pytest.fixture(scope="module")
def copied(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cypher") / "w"
    shutil.copytree(sample_workspace, path)
    return path


@pytest.fixture(scope="module")
def store(copied: Path) -> Iterator[Workspace]:
    with Workspace.open(copied) as opened:
        yield opened


def test_the_graph_is_the_workspaces(store: Workspace) -> None:
    found = dict(run_library_query(store, load_query("explore/counts"), {}).rows)
    counts = store.counts()
    assert found["documents"] == counts["documents"]
    assert found["passages"] == counts["chunks"]
    assert found["entities"] == counts["entities"]
    assert found["communities"] == counts["communities"]
    assert found["mentions"] == counts["mentions"]
    assert found["facts between entities"] + found["facts with a value"] == counts["facts"]
    entity = next(store.entities())
    table = run_read(store, "MATCH (e:Entity {id: $id}) RETURN e.name, e.kind, e.aliases, e", {"id": entity.id})
    name, kind, aliases, node = table.rows[0]
    assert (name, kind, tuple(aliases or ())) == (entity.name, entity.label, entity.aliases)
    assert node["labels"] == ["Entity"]
    assert not {"type", "title"} & set(node["properties"])  # the engine's own, not the graph's


def test_every_library_query_that_says_so_runs(store: Workspace) -> None:
    here = [name for name in query_names("explore") if "workspace" in load_query(name).runs]
    assert len(here) >= 25
    for name in here:
        query = load_query(name)
        given = {p.name: "x" for p in query.parameters if p.default is None}
        assert run_library_query(store, query, given).columns == query.returns
    with pytest.raises(InputError, match="graphrag publish"):
        run_library_query(store, load_query("explore/search-passages"), {"words": "x"})
    with pytest.raises(InputError, match="-p name=VALUE"):
        run_library_query(store, load_query("explore/neighbours"), {})


def test_no_hostile_statement_runs(store: Workspace) -> None:
    before = run_read(store, "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n), count(r)")
    for text in HOSTILE:
        with pytest.raises(InputError):
            run_read(store, text)
    assert run_read(store, "MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN count(DISTINCT n), count(r)") == before


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) WITH n LIMIT 1 RETURN 'LOAD CSV FROM \"file:///etc/passwd\" AS x'",
        "WITH 1 AS a LOAD\n CSV FROM 'file:///etc/passwd' AS x RETURN x",
        "MATCH (n) RETURN n.name FORMAT CSV",
    ],
)
def test_words_that_name_files_are_refused_wherever_they_stand(store: Workspace, text: str) -> None:
    with pytest.raises(InputError, match=r"CSV|LOAD"):
        run_read(store, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MATCH (e:Entity RETURN e", "syntax error"),
        ("RETURN $missing", "missing"),
        ("RETURN nosuch(1)", "nosuch"),
        ("RETURN range(1, 1000000000)", "limit"),
        ("MATCH (a), (b), (c) RETURN count(a.id + b.id + c.id)", "time limit|more than 5,000,000"),
    ],
)
def test_a_wrong_statement_is_told(store: Workspace, text: str, said: str) -> None:
    with pytest.raises(InputError, match=f"(?i){said}"):
        run_read(store, text, timeout=2.0)


def test_rows_and_time_are_bounded(store: Workspace) -> None:
    table = run_read(store, "MATCH (n) RETURN n.id", limit=3)
    assert (len(table.rows), table.more) == (3, True)
    assert not run_read(store, "RETURN 1", limit=1).more
    slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = -1 RETURN count(*)"
    began = time.perf_counter()
    with pytest.raises(InputError, match=r"time limit of 0\.5"):
        run_read(store, slow, timeout=0.5)
    assert time.perf_counter() - began < 5


DOUBLED = " ".join(["WITH s + s AS s"] * 40)
BOMBS = [
    f"WITH 'xxxxxxxxxxxxxxxx' AS s {DOUBLED} RETURN size(s)",
    f"WITH range(1, 1000) AS s {DOUBLED} RETURN size(s)",
    f"WITH 'xxxxxxxxxxxxxxxx' AS s {DOUBLED} RETURN s",
    "RETURN reduce(s = 'xxxxxxxxxxxxxxxx', i IN range(1, 60) | s + s)",
    "UNWIND range(1, 4000000) AS a WITH collect(toString(a) + 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') AS s "
    "WITH s + s AS s WITH s + s AS s WITH s + s AS s WITH s + s AS s WITH s + s AS s WITH s + s AS s RETURN size(s)",
    "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH collect(a * b) AS s RETURN size(s)",
    "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = -1 RETURN count(*)",
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_ends_itself_alone(store: Workspace, text: str) -> None:
    """Whatever a statement takes, this process goes on, and so does the next statement."""
    began = time.perf_counter()
    with pytest.raises(InputError, match=r"memory|time limit|more than 5,000,000|too large|limit"):
        run_read(store, text, timeout=3.0)
    assert time.perf_counter() - began < 30
    assert run_read(store, "MATCH (d:Document) RETURN count(d)").rows == ((200,),)


def test_statements_of_many_threads_take_turns(store: Workspace) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = [f"RETURN {number} AS n" for number in range(32)]
        found = list(threads.map(lambda text: run_read(store, text).rows, asked))
    assert found == [((number,),) for number in range(32)]


def test_who_waits_longer_than_its_own_limit_is_told(store: Workspace) -> None:
    run_read(store, "RETURN 1")
    with _engines[store]._turn, pytest.raises(InputError, match="try again later"):
        run_read(store, "RETURN 1", timeout=0.1)
    assert run_read(store, "RETURN 1").rows == ((1,),)


def test_the_engine_ends_with_its_workspace(copied: Path) -> None:
    with Workspace.open(copied) as store:
        run_read(store, "RETURN 1")
        process = _engines[store]._process
        assert process is not None and process.poll() is None
    del store
    gc.collect()
    assert process.wait(10) is not None


def test_the_file_is_made_once_and_made_again_where_it_is_damaged(copied: Path) -> None:
    def ask() -> int:
        with Workspace.open(copied) as store:
            return int(run_read(store, "MATCH (d:Document) RETURN count(d)").rows[0][0])

    number = ask()
    files = list((copied / "cypher").iterdir())
    with Workspace.open(copied) as store:
        assert [file.name.split("-")[0] for file in files] == [store.meta("digest")]
    files[0].write_bytes(files[0].read_bytes()[:1000])
    assert ask() == number
    files[0].write_bytes(b"")
    (copied / "cypher" / "older.kgl").write_bytes(b"x")
    assert ask() == number
    assert list((copied / "cypher").iterdir()) == files
    shutil.rmtree(copied / "cypher")
    (copied / "cypher").write_text("in the way")  # a file that cannot be a folder: slower, not wrong
    assert ask() == number
    (copied / "cypher").unlink()


def graphrag(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = "import sys; from graphrag.cli import main; main()"
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True)


def test_on_the_command_line(copied: Path) -> None:
    to = ("-w", str(copied))
    done = graphrag("cypher", "MATCH (d:Document) RETURN count(d) AS n", *to)
    assert done.stdout.split() == ["n", "200"], done.stderr
    assert graphrag("cypher", *to, "-p", "a=two words", "MATCH (d:Document) RETURN count(d) AS n").stdout == done.stdout
    done = graphrag("cypher", "run", "hubs", "--limit", "3", "--format", "json", *to)
    assert len(json.loads(done.stdout)) == 3, done.stderr
    done = graphrag("cypher", "MATCH (d:Document) DETACH DELETE d", *to)
    assert (done.returncode, done.stdout) == (3, "")
    done = graphrag("cypher", "CREATE (:X)", "--write", *to)
    assert done.returncode == 2
    assert "--neo4j" in done.stderr


def test_without_the_engine_the_extra_is_named(copied: Path) -> None:
    program = "import sys; sys.modules['kglite'] = None; from graphrag.cli import main; main()"
    run = [sys.executable, "-c", program, "cypher", "RETURN 1", "-w", str(copied)]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 8
    assert "pip install 'hopgraph[cypher]'" in done.stderr
