// Locks entities, notes the digest of their relationships, and removes the old ones; new ones follow in the same transaction.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Entity {graph: $graph, id: row.id})
SET n.links = row.links
WITH n
MATCH (n)-[r:RELATES_TO|STATES|SIMILAR]->()
WHERE r.graph = $graph
DELETE r
