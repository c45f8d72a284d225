"""The bench of publishing: two graphs written, measured and removed, nothing else touched."""

from pathlib import Path

import pytest

from graphrag.evaluation.publishing import measure_publishing
from graphrag.stores.neo4j.running import run_statement
from graphrag.stores.neo4j.session import Database
from graphrag.stores.workspace import Workspace

pytestmark = pytest.mark.neo4j


def test_both_ways_write_the_same_and_leave_nothing(database: Database, published: Path) -> None:
    stamps = "MATCH (s:GraphStamp {graph: 'sample'}) RETURN s.relationships, properties(s)"
    before = run_statement(database, stamps, {}, rows=1, seconds=10)
    with Workspace.open(published) as store:
        found = measure_publishing(store, database, questions=["Who directed Under The Cards?"])
        assert found.nodes > sum(store.counts()[kind] for kind in ("documents", "chunks", "entities", "communities"))
    assert found.relationships == before.rows[0][0]
    assert found.rows_per_second > 0
    assert found.plain_rows_per_second > 0
    assert found.search_seconds and found.search_seconds > 0
    assert found.unchanged_seconds > 0
    for seconds in (found.removed_seconds, found.added_seconds, found.changed_seconds):
        assert len(seconds) == 3 and min(seconds) > 0
    left = "MATCH (n) WHERE n.graph STARTS WITH 'bench: ' RETURN count(n)"
    assert run_statement(database, left, {}, rows=1, seconds=10).rows == ((0,),)
    assert run_statement(database, stamps, {}, rows=1, seconds=10) == before
