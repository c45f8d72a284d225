"""The page on Neo4j names every query with what it takes and returns."""

from pathlib import Path

from graphrag.stores.cypher import load_query, query_names

PAGE = (Path(__file__).parents[2] / "docs" / "neo4j.md").read_text(encoding="utf-8")


def test_every_exploration_query_is_on_the_page() -> None:
    lines = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
    for name in query_names("explore"):
        query = load_query(name)
        line = lines[name.removeprefix("explore/")]
        assert query.about in line
        for word in (*query.returns, *(p.name for p in query.parameters if p.name not in ("graph", "limit"))):
            assert f"`{word}`" in line, (name, word)
