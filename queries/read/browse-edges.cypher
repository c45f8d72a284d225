// Lists the facts that join some entities with others.
// params: graph string, ids list, limit integer
// returns: fact, subject, object
// mode: read
UNWIND $ids AS wanted
MATCH (e:Entity {graph: $graph, id: wanted})-[r:RELATES_TO]-(o:Entity)
WHERE r.graph = $graph AND e <> o
WITH DISTINCT r
RETURN r.id AS fact, startNode(r).id AS subject, endNode(r).id AS object
ORDER BY fact LIMIT $limit
