// What an entity is linked to by facts, in both directions, the best supported first.
// params: graph string = "main", name string, limit integer = 25
// returns: direction, predicate, neighbour, kind, confidence, sources
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
MATCH (e)-[r:RELATES_TO]-(n:Entity)
RETURN CASE WHEN startNode(r) = e THEN 'out' ELSE 'in' END AS direction, r.predicate AS predicate,
       n.name AS neighbour, n.kind AS kind, r.confidence AS confidence, size(r.chunk_ids) AS sources
ORDER BY sources DESC, confidence DESC, predicate, neighbour, direction
LIMIT $limit
