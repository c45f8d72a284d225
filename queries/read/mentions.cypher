// Reads where passages mention entities.
// params: graph string, ids list
// returns: chunk, document, entity, places
// mode: read
UNWIND $ids AS wanted
MATCH (c:Chunk {graph: $graph, id: wanted})-[r:MENTIONS]->(e:Entity)
WHERE r.graph = $graph
RETURN c.id AS chunk, c.document_id AS document, e.id AS entity, properties(r) AS places
