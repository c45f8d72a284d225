// Entities that are mentioned in the same passages as an entity, the most often first.
// params: graph string = "main", name string, limit integer = 25
// returns: name, kind, passages
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
MATCH (e)<-[:MENTIONS]-(c:Chunk)-[:MENTIONS]->(o:Entity)
WHERE o <> e
RETURN o.name AS name, o.kind AS kind, count(DISTINCT c) AS passages
ORDER BY passages DESC, name
LIMIT $limit
