// How often each predicate is used, between entities and with values.
// params: graph string = "main", limit integer = 25
// returns: predicate, facts, subjects
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})-[r:RELATES_TO|STATES]->()
RETURN r.predicate AS predicate, count(r) AS facts, count(DISTINCT e) AS subjects
ORDER BY facts DESC, predicate
LIMIT $limit
