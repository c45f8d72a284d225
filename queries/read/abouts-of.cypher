// Reads which documents are about some entities.
// params: graph string, ids list
// returns: document, entity, weight, reason
// mode: read
UNWIND $ids AS wanted
MATCH (e:Entity {graph: $graph, id: wanted})<-[r:ABOUT]-(d:Document)
WHERE r.graph = $graph
RETURN d.id AS document, e.id AS entity, r.weight AS weight, r.reason AS reason
ORDER BY document, entity
