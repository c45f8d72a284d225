// Going down from a community to those inside it.
// params: graph string = "main", community string
// returns: id, level, title, size
// mode: read
// runs: neo4j, workspace
MATCH (c:Community)-[:PARENT]->(p:Community {graph: $graph, id: $community})
RETURN c.id AS id, c.level AS level, c.title AS title, c.size AS size
ORDER BY size DESC, id
