"""Statements for the guard: hostile ones, none of which may run, and honest ones, none of which may be refused."""

GRAPH = "sample"
"""The name of the published sample, which the tests of this folder share."""

_WRITES = """
CREATE (n:Evil)
CREATE (n:Evil {name: 'x'}) RETURN n
MERGE (n:Evil {name: 'x'}) RETURN n
MERGE (n:Evil) ON CREATE SET n.a = 1
MERGE (n:Evil) ON MATCH SET n.a = 1
MATCH (n) SET n.evil = 1
MATCH (n) SET n += {evil: 1}
MATCH (n) SET n = {}
MATCH (n) SET n:Evil
MATCH (n) SET n:$('Evil')
MATCH (n) SET n['evil'] = 1
MATCH (n) REMOVE n.name
MATCH (n) REMOVE n:Entity
MATCH (n) DELETE n
MATCH (n) DETACH DELETE n
MATCH (n) NODETACH DELETE n
MATCH ()-[r]->() DELETE r
MATCH (a), (b) CREATE (a)-[:EVIL]->(b)
MATCH (n) FOREACH (x IN [1] | SET n.evil = x)
FOREACH (x IN [1, 2] | CREATE (:Evil))
UNWIND [1, 2] AS x CREATE (:Evil {x: x})
WITH 1 AS x CREATE (:Evil {x: x}) RETURN x
MATCH (n) WITH n LIMIT 1 SET n.evil = 1 RETURN n
MATCH (n) CALL { WITH n SET n.evil = 1 } RETURN n
MATCH (n) CALL (n) { SET n.evil = 1 } RETURN n
CALL { CREATE (:Evil) } RETURN 1
CALL { CREATE (n:Evil) RETURN n } RETURN n
MATCH (n) CALL { WITH n DETACH DELETE n } IN TRANSACTIONS OF 10 ROWS
UNWIND [1] AS x CALL { WITH x CREATE (:Evil) } IN CONCURRENT TRANSACTIONS
RETURN 1 UNION CREATE (n:Evil) RETURN 1
MATCH (n) RETURN n UNION ALL MATCH (n) DETACH DELETE n RETURN n
OPTIONAL MATCH (n) SET n.evil = 1
MATCH (n:Entity) WHERE n.name = 'x' SET n.name = 'y' RETURN n.name
MATCH p = (a)-->(b) SET a.evil = 1 RETURN p
MATCH (n) WITH collect(n) AS all FOREACH (m IN all | DETACH DELETE m)
INSERT (n:Evil)
MATCH (n) INSERT (n)-[:EVIL]->(:Evil)
MATCH (n) WITH n LIMIT 1DELETE n
MATCH (n) WITH n, 1.SET n.evil = 1
MATCH (n)SET n.evil=1
MATCH (n)WITH n DETACH/**/DELETE n
MATCH (n) // RETURN n
SET n.evil = 1
MATCH (n) /* RETURN n */ SET n.evil = 1
MATCH (n) WHERE n.x = 'it\\'s' SET n.evil = 1
MATCH (n) WHERE n.x = "a'b" SET n.evil = 1
MATCH (n) WHERE n.x = '"' DELETE n RETURN '"'
MATCH (`n`) SET `n`.evil = 1
MATCH (n {`a``b`: 1}) DELETE n
MATCH (n) RETURN n; MATCH (m) DETACH DELETE m
MATCH (n) RETURN n;;CREATE (:Evil)
RETURN 1; CREATE (:Evil);
MATCH (n) SET n.evil = datetime()
MATCH (a) MERGE (a)-[:EVIL]->(a)
MATCH (n) CALL { WITH n RETURN 1 AS x UNION WITH n CREATE (:Evil) RETURN 1 AS x } RETURN x
"""

_SCHEMA = """
CREATE INDEX evil FOR (n:Entity) ON (n.evil)
CREATE CONSTRAINT evil FOR (n:Entity) REQUIRE n.evil IS UNIQUE
CREATE FULLTEXT INDEX evil FOR (n:Entity) ON EACH [n.evil]
CREATE VECTOR INDEX evil FOR (n:Entity) ON n.evil
CREATE LOOKUP INDEX evil FOR (n) ON EACH labels(n)
CREATE OR REPLACE DATABASE evil
DROP INDEX hopgraph_names
DROP INDEX hopgraph_names IF EXISTS
DROP CONSTRAINT hopgraph_chunks
DROP DATABASE neo4j
CREATE DATABASE evil
STOP DATABASE neo4j
START DATABASE neo4j
ALTER DATABASE neo4j SET ACCESS READ ONLY
CREATE USER evil SET PASSWORD 'evil-evil-evil'
CREATE USER evil SET PASSWORD 'evil-evil-evil' CHANGE NOT REQUIRED
DROP USER neo4j
ALTER USER neo4j SET PASSWORD 'evil-evil-evil'
ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'
RENAME USER neo4j TO evil
GRANT ROLE admin TO evil
DENY READ {*} ON GRAPH * TO evil
REVOKE ROLE admin FROM neo4j
CREATE ROLE evil
SHOW USERS
SHOW DATABASES
SHOW SETTINGS
SHOW PROCEDURES
SHOW FUNCTIONS
SHOW TRANSACTIONS
SHOW CURRENT USER
SHOW INDEXES YIELD *
TERMINATE TRANSACTIONS 'neo4j-transaction-1'
USE system SHOW USERS
USE neo4j MATCH (n) DETACH DELETE n
CREATE ALIAS evil FOR DATABASE neo4j
ENABLE SERVER 'x'
DEALLOCATE DATABASES FROM SERVER 'x'
REALLOCATE DATABASES
DRYRUN REALLOCATE DATABASES
"""

_PROCEDURES = """
CALL db.labels()
CALL db.labels() YIELD label RETURN label
CALL db.index.fulltext.queryNodes('hopgraph_chunk_words', 'x')
CALL db.create.setNodeVectorProperty(null, 'x', [1.0])
CALL dbms.listConfig()
CALL dbms.setConfigValue('x', 'y')
CALL dbms.security.createUser('evil', 'evil')
CALL dbms.security.listUsers()
CALL dbms.components()
CALL dbms.killConnection('bolt-1')
CALL db.clearQueryCaches()
CALL db.createLabel('Evil')
CALL db.createProperty('evil')
CALL db.createRelationshipType('EVIL')
CALL db.awaitIndexes(3000)
CALL db.prepareForReplanning()
CALL db.stats.collect('QUERIES')
CALL db.schema.visualization()
CALL tx.setMetaData({evil: 1})
CALL apoc.load.json('file:///etc/passwd')
CALL apoc.load.csv('http://127.0.0.1/')
CALL apoc.load.jdbc('jdbc:x', 'y')
CALL apoc.export.csv.all('/tmp/evil.csv', {})
CALL apoc.cypher.runWrite('CREATE (:Evil)', {})
CALL apoc.cypher.doIt('CREATE (:Evil)', {}) YIELD value RETURN value
CALL apoc.periodic.commit('CREATE (:Evil)', {})
CALL apoc.systemdb.execute('SHOW USERS')
CALL apoc.trigger.add('x', 'CREATE (:Evil)', {})
CALL gds.graph.drop('x')
CALL gds.graph.export('x', {})
CALL `apoc`.`load`.`json`('file:///etc/passwd')
CALL apoc . load . json('file:///etc/passwd')
CALL /* { */ apoc.load.json('file:///etc/passwd')
MATCH (n) CALL apoc.create.setProperty(n, 'evil', 1) YIELD node RETURN node
MATCH (n) CALL db.createLabel('Evil') RETURN n
OPTIONAL CALL apoc.load.json('x') YIELD value RETURN value
RETURN apoc.cypher.runFirstColumnSingle('CREATE (:Evil)', {})
RETURN apoc.load.json('file:///etc/passwd')
RETURN apoc.util.sha1(['a'])
RETURN apoc.static.get('x')
RETURN gds.util.asNode(1)
RETURN custom.evil()
RETURN `apoc`.`util`.`sleep`(1000)
RETURN `apoc.util.sleep`(1000)
MATCH (n) WHERE apoc.label.exists(n, 'x') RETURN n
WITH apoc.map.fromPairs([]) AS m RETURN m
"""

_FILES = """
LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line
LOAD CSV WITH HEADERS FROM 'file:///etc/passwd' AS line RETURN line
LOAD CSV FROM 'http://127.0.0.1:1/' AS line RETURN line
LOAD CSV FROM 'https://127.0.0.1:1/' AS line CREATE (:Evil {line: line})
LOAD CSV FROM 'ftp://127.0.0.1:1/' AS line RETURN line
USING PERIODIC COMMIT 500 LOAD CSV FROM 'file:///x' AS line CREATE (:Evil)
:auto LOAD CSV FROM 'file:///x' AS line RETURN line
MATCH (n) LOAD CSV FROM n.name AS line RETURN line
WITH 'file:///etc/passwd' AS url LOAD CSV FROM url AS line RETURN line
UNWIND ['file:///etc/passwd'] AS url LOAD CSV FROM url AS line RETURN line
CALL { LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line } RETURN line
RETURN 1 AS x UNION LOAD CSV FROM 'file:///etc/passwd' AS x RETURN x
MATCH (n) WITH n LOAD/**/CSV FROM 'file:///etc/passwd' AS line RETURN line
RETURN file()
RETURN linenumber()
"""

_TRICKS = r"""
EXPLAIN CREATE (:Evil)
PROFILE CREATE (:Evil)
PROFILE MATCH (n) DETACH DELETE n
CYPHER 5 CREATE (:Evil)
CYPHER runtime=slotted CREATE (:Evil)
CYPHER 25 MATCH (n) SET n.evil = 1
MATCH (n) WHERE n.name = '\u0027 SET n.evil = 1 //'
MATCH (n) WHERE n.name = '\u0027 DETACH DELETE n //' RETURN n
MATCH (n) \u0053ET n.evil = 1
\u0043REATE (:Evil)
MATCH (n:`Entity\u0060) DETACH DELETE n //`) RETURN n
MATCH (n) RETURN '\u005c' SET n.evil = 1 //'
MATCH (n) RETURN \uu0053ET
RETURN 1 /* not closed
RETURN 'not closed
RETURN "not closed
MATCH (n:`not closed) RETURN n
:param x => 1
:use system
BEGIN
COMMIT
ROLLBACK
;
/* nothing */
// nothing
"""


def _changed() -> list[str]:
    """Return the writing statements in other spellings."""
    found = []
    for line in _lines(_WRITES)[:20]:
        found.append(line.lower())
        found.append(line.replace(" ", "\n\t"))
    return found


def _lines(block: str) -> list[str]:
    """Return the statements of a block: one a line, except for one that goes on after a comment."""
    lines = [line for line in block.strip().split("\n") if line.strip()]
    joined: list[str] = []
    for line in lines:
        if joined and joined[-1].endswith("// RETURN n"):
            joined[-1] += "\n" + line
        else:
            joined.append(line)
    return joined


WRITES = _lines(_WRITES)

HOSTILE = [
    *(line for block in (_WRITES, _SCHEMA, _PROCEDURES, _FILES, _TRICKS) for line in _lines(block)),
    *_changed(),
    "",
    "   \n",
    "\ufeffCREATE (:Evil)",
    "MATCH\u00a0(n)\u2003SET\u2028n.evil = 1",
    "RETURN 1" + " " * 100_001,
]

HONEST = [
    "MATCH (n) RETURN count(n)",
    "MATCH (n) RETURN count(n);",
    "match (e:Entity) return e.name limit 5",
    "MATCH (e:Entity {graph: 'sample'}) RETURN e.name AS name ORDER BY name SKIP 2 LIMIT 3",
    "MATCH (e:Entity) WHERE e.name STARTS WITH 'A' RETURN e.name",
    "MATCH (e:Entity) WHERE e.name ENDS WITH 'a' OR e.name CONTAINS 'b' RETURN e.name",
    "MATCH (e:Entity) WHERE e.name =~ '(?i)a.*' RETURN e.name",
    "MATCH (e:Entity)-[r:RELATES_TO]->(o) RETURN e.name, r.predicate, o.name",
    "MATCH (e:Entity)-[r:RELATES_TO|STATES]->(o) RETURN type(r), count(*)",
    "MATCH (e:Entity)-[r]-(o) RETURN DISTINCT type(r)",
    "MATCH p = (a:Entity)-[:RELATES_TO*1..2]->(b) RETURN length(p), [n IN nodes(p) | n.name] LIMIT 10",
    "MATCH p = shortestPath((a:Entity)-[:RELATES_TO*..4]-(b:Community)) RETURN p LIMIT 1",
    "MATCH p = allShortestPaths((a:Chunk)-[*..3]-(b:Document)) RETURN length(p) LIMIT 5",
    "MATCH (a:Entity) ((x)-[:RELATES_TO]->(y)){1,2} (b:Entity) RETURN a.name, b.name LIMIT 5",
    "MATCH p = SHORTEST 1 (a:Chunk)-[:MENTIONS]->+(b:Entity) RETURN length(p) LIMIT 5",
    "OPTIONAL MATCH (n:Nothing) RETURN n",
    "MATCH (c:Chunk) OPTIONAL MATCH (c)-[:NEXT]->(d) RETURN c.id, d.id LIMIT 5",
    "UNWIND [1, 2, 3] AS x RETURN x * x AS square",
    "UNWIND range(1, 10) AS x WITH x WHERE x % 2 = 0 RETURN collect(x)",
    "WITH 1 AS a, 2 AS b RETURN a + b, a - b, a * b, a / b, a ^ b",
    "RETURN 1",
    "RETURN 1.5e3, 0x1F, 1_000, .5 + 2.0",
    "RETURN 'its' + \"said\", 'a\\'b', 'SET n.x = 1; DELETE n'",
    "RETURN 'CREATE (:Evil)' AS text",
    'RETURN "MATCH (n) DETACH DELETE n" AS text',
    "RETURN '/* not a comment */', '// neither'",
    "MATCH (n) /* SET n.x = 1 */ RETURN count(n) // DELETE n",
    "MATCH (n:`Entity`) RETURN n.`name` LIMIT 1",
    "MATCH (n) RETURN n.`odd ``name``` LIMIT 1",
    "MATCH (`set`:Entity) RETURN `set`.name LIMIT 1",
    "MATCH (n:Create) RETURN n",
    "MATCH (n:Set|Delete) RETURN n",
    "MATCH ()-[r:MERGE]->() RETURN count(r)",
    "MATCH (n) RETURN n.create, n.set, n.delete LIMIT 1",
    "RETURN {set: 1, delete: 2, create: 3} AS map",
    "MATCH (d:Document) RETURN d.title, size(d.text) ORDER BY size(d.text) DESC LIMIT 5",
    "MATCH (e:Entity) RETURN e.kind, count(*) AS n ORDER BY n DESC",
    "MATCH (e:Entity) RETURN avg(e.mention_count), max(e.mention_count), stDev(e.mention_count)",
    "MATCH (e:Entity) RETURN percentileCont(e.mention_count, 0.5)",
    "MATCH (e:Entity) WITH e ORDER BY e.mention_count DESC LIMIT 3 RETURN collect(e.name)",
    "MATCH (e:Entity) WHERE EXISTS { (e)-[:RELATES_TO]->() } RETURN count(e)",
    "MATCH (e:Entity) WHERE NOT (e)-[:RELATES_TO]-() RETURN count(e)",
    "MATCH (e:Entity) RETURN e.name, COUNT { (e)-[:RELATES_TO]-() } AS degree ORDER BY degree DESC LIMIT 3",
    "MATCH (e:Entity) RETURN e.name, COLLECT { MATCH (e)-[:RELATES_TO]->(o) RETURN o.name } AS others LIMIT 3",
    "MATCH (e:Entity) CALL { WITH e MATCH (e)-[:RELATES_TO]->(o) RETURN count(o) AS n } RETURN e.name, n LIMIT 3",
    "MATCH (e:Entity) CALL (e) { MATCH (e)-[:RELATES_TO]->(o) RETURN count(o) AS n } RETURN e.name, n LIMIT 3",
    "CALL { MATCH (n) RETURN count(n) AS n } RETURN n",
    "MATCH (e:Entity) RETURN e.name AS name UNION MATCH (d:Document) RETURN d.title AS name",
    "RETURN 1 AS x UNION ALL RETURN 2 AS x",
    "MATCH (e:Entity) RETURN [(e)-[:RELATES_TO]->(o) | o.name] AS names LIMIT 3",
    "MATCH (e:Entity) RETURN CASE WHEN e.mention_count > 3 THEN 'often' ELSE 'rarely' END AS how, count(*)",
    "RETURN CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END",
    "RETURN reduce(total = 0, x IN [1, 2, 3] | total + x)",
    "RETURN any(x IN [1, 2] WHERE x > 1), all(x IN [1] WHERE x > 0), none(x IN [] WHERE x)",
    "RETURN date('2026-11-21'), datetime('2026-11-21T10:00:00Z'), duration('P1D'), time('10:00')",
    "RETURN date.truncate('year', date('2026-11-21')), duration.between(date('2020-01-01'), date('2026-01-01'))",
    "RETURN point({x: 1, y: 2}), point.distance(point({x: 0, y: 0}), point({x: 3, y: 4}))",
    "MATCH (c:Chunk) WITH c LIMIT 1 MATCH (d:Chunk) RETURN vector.similarity.cosine(c.embedding, d.embedding) LIMIT 3",
    "RETURN toUpper('a'), toLower('B'), trim(' c '), split('a,b', ','), replace('a', 'a', 'b'), substring('abc', 1)",
    "RETURN coalesce(null, 1), toInteger('1'), toFloat('1.5'), toString(1), toBoolean('true')",
    "MATCH (n) RETURN labels(n), keys(n), elementId(n) LIMIT 1",
    "MATCH (c:Community {level: 0})<-[:IN_COMMUNITY]-(e) RETURN c.title, count(e) ORDER BY count(e) DESC LIMIT 3",
    "MATCH (e:Entity) WITH e, rand() AS r RETURN e.name ORDER BY r LIMIT 1",
    "MATCH (e:Entity) WHERE e.mention_count IN [1, 2] AND e.name IS NOT NULL XOR e.kind IS NULL RETURN count(e)",
    "MATCH (e:Entity) RETURN e {.name, .kind, extra: 1} LIMIT 1",
    "MATCH (e:Entity) WHERE e.name = 'Zoë \\u00e9' RETURN e",
    "MATCH (e:Entity) WHERE e.name = '🙂 名前 مرحبا' RETURN e",
    "MATCH (c:Chunk) WHERE c.text CONTAINS 'load csv from' OR c.text CONTAINS 'call db.labels()' RETURN c.id",
    "MATCH (a:Entity), (b:Entity) WHERE a.id < b.id AND a.kind = b.kind RETURN a.name, b.name LIMIT 3",
    "MATCH (e:Entity) USING SCAN e:Entity WHERE e.kind = 'PERSON' RETURN count(e)",
]
