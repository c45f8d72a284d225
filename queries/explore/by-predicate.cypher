// All facts of one predicate, the surest first.
// params: graph string = "main", predicate string, limit integer = 25
// returns: subject, object, confidence, quote
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})-[r:RELATES_TO {predicate: $predicate}]->(o:Entity)
RETURN e.name AS subject, o.name AS object, r.confidence AS confidence, head(r.quotes) AS quote
ORDER BY confidence DESC, subject, object
LIMIT $limit
