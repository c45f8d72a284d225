"""All that a server holds, as a value to compare before and after."""

import hashlib

from graphrag.stores.neo4j.session import Database


def fingerprint(database: Database) -> list[object]:
    """Return what hostile statements would change: every node and relationship, indexes, users."""
    found: list[object] = []
    with database.session("READ") as session:
        for everything in (
            "MATCH (n) RETURN elementId(n), labels(n), properties(n)",
            "MATCH (a)-[r]->(b) RETURN elementId(r), elementId(a), elementId(b), type(r), properties(r)",
        ):
            rows = sorted(repr([*ids, sorted(properties.items())]) for *ids, properties in session.run(everything))
            found += [len(rows), hashlib.blake2b("\n".join(rows).encode()).hexdigest()]
        found.append(session.run("SHOW INDEXES YIELD name RETURN name ORDER BY name").values())
    users = database.driver.execute_query("SHOW USERS YIELD user RETURN user", database_="system").records
    return [*found, [record.values() for record in users]]
