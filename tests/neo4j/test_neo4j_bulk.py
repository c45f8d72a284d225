"""The bulk export, read by Neo4j's own import tool, gives the graph that publishing gives."""

import os
import subprocess
from pathlib import Path

import pytest

from graphrag.stores.neo4j.bulk import COMMAND_FILE, export_admin, import_arguments
from graphrag.stores.neo4j.publish import publish
from graphrag.stores.neo4j.pull import pull
from graphrag.stores.neo4j.server import Server, fetch, missing_tools
from graphrag.stores.neo4j.session import Database
from graphrag.stores.neo4j.verify import compare
from graphrag.stores.workspace import Workspace

pytestmark = pytest.mark.neo4j


def test_an_imported_graph_is_the_published_one(sample_workspace: Path, tmp_path: Path) -> None:
    if missing_tools():
        pytest.skip(f"NO TEST OF NEO4J RUNS: {missing_tools()}")
    folder = tmp_path / "csv"
    with Workspace.open(sample_workspace) as store:
        counts = export_admin(store, folder, "bulk")
        digest = store.meta("digest")
        assert counts["entities"] == store.counts()["entities"]
        assert counts["RELATES_TO"] + counts["STATES"] == store.counts()["facts"]
    assert "neo4j-admin database import full" in (folder / COMMAND_FILE).read_text(encoding="utf-8")
    server = Server(tmp_path / "server")
    for name in ("home", "conf"):
        (server.folder / name).mkdir(parents=True)
    home, conf = str(server.folder / "home"), str(server.folder / "conf")
    tool = ("java", "-Xmx512m", "-cp", f"{fetch(print)}/*", "org.neo4j.cli.AdminTool")
    done = subprocess.run(
        [*tool, "database", "import", "full", *import_arguments(folder), "neo4j"],
        env={**os.environ, "NEO4J_HOME": home, "NEO4J_CONF": conf},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    address = server.start()
    try:
        with Database(address) as database, Workspace.open(sample_workspace) as store:
            assert compare(store, database, "bulk") == []
            assert not publish(store, database, "bulk").changed  # it makes constraints and indexes, and writes nothing
            assert database.read("schema/list-indexes")
            assert pull(database, "bulk", tmp_path / "pulled") == digest
    finally:
        server.stop()
