// Entities that no fact links to anything, the most mentioned first.
// params: graph string = "main", limit integer = 25
// returns: name, kind, mentions
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})
WHERE NOT (e)-[:RELATES_TO|STATES]-()
RETURN e.name AS name, e.kind AS kind, e.mention_count AS mentions
ORDER BY mentions DESC, name
LIMIT $limit
