// The pairs of entities that are linked by the most facts.
// params: graph string = "main", limit integer = 25
// returns: subject, object, facts, predicates
// mode: read
// runs: neo4j, workspace
MATCH (a:Entity {graph: $graph})-[r:RELATES_TO]->(b:Entity)
WHERE a <> b
WITH a, b, count(r) AS facts, collect(DISTINCT r.predicate) AS predicates
RETURN a.name AS subject, b.name AS object, facts, predicates
ORDER BY facts DESC, subject, object
LIMIT $limit
