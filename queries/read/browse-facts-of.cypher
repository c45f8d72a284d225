// Reads the facts of an entity, the best supported first.
// params: graph string, id string, limit integer
// returns: subject, type, target, properties
// mode: read
MATCH (e:Entity {graph: $graph, id: $id})-[r:RELATES_TO|STATES]-()
WHERE r.graph = $graph
RETURN startNode(r).id AS subject, type(r) AS type, endNode(r).id AS target, properties(r) AS properties
ORDER BY size(r.quotes) DESC, r.confidence DESC, r.id LIMIT $limit
