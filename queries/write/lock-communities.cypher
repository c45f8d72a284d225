// Locks communities, notes the digest of their relationships, and lists those that they have by type.
// params: graph string, batch map
// returns: id, type, targets, properties
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Community {graph: $graph, id: row.id})
SET n.links = row.links
WITH n
MATCH (n)-[r:PARENT|CITES|IN_COMMUNITY]-(m)
WHERE r.graph = $graph AND (startNode(r) = n OR type(r) = 'IN_COMMUNITY')
RETURN n.id AS id, type(r) AS type, collect(m.id) AS targets, max(size(keys(r))) AS properties
