// Writes the IN_COMMUNITY relationships of some communities, collected by where they end.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Community {graph: $graph, id: row.id})
UNWIND row.links AS target
MATCH (m:Entity {graph: $graph, id: target})
CREATE (m)-[:IN_COMMUNITY {graph: $graph}]->(n)
