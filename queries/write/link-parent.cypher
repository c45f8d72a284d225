// Writes the PARENT relationships of some communities, collected by where they begin.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Community {graph: $graph, id: row.id})
UNWIND row.links AS target
MATCH (m:Community {graph: $graph, id: target})
CREATE (n)-[:PARENT {graph: $graph}]->(m)
