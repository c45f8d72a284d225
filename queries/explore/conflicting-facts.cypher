// Subjects for which one predicate that should have one object has several.
// params: graph string = "main", predicate string = "born in", limit integer = 25
// returns: subject, objects, quotes
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})-[r:RELATES_TO {predicate: $predicate}]->(o:Entity)
WITH e, collect(DISTINCT o.name) AS objects, collect(head(r.quotes)) AS quotes
WHERE size(objects) > 1
RETURN e.name AS subject, objects, quotes
ORDER BY size(objects) DESC, subject
LIMIT $limit
