// Removes the relationships of one type that each of some communities has.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Community {graph: $graph, id: row.id})-[r:PARENT|CITES|IN_COMMUNITY]-()
WHERE r.graph = $graph AND type(r) = row.type AND (startNode(r) = n OR type(r) = 'IN_COMMUNITY')
DELETE r
