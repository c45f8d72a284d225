// Removes the relationships of one type that each of some communities has.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (n:Community {graph: $graph, id: row.id})-[r:PARENT|CITES|IN_COMMUNITY]-()
WHERE r.graph = $graph AND type(r) = row.type AND (startNode(r) = n OR type(r) = 'IN_COMMUNITY')
DELETE r
