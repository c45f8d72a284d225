// Locks communities, notes the digest of their relationships, and removes the old ones; new ones follow in the same transaction.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (n:Community {graph: $graph, id: row.id})
SET n.links = row.links
WITH n
MATCH (n)-[r:PARENT|CITES|IN_COMMUNITY]-()
WHERE r.graph = $graph AND (startNode(r) = n OR type(r) = 'IN_COMMUNITY')
DELETE r
