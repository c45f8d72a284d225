// Writes the NEXT relationships of some passages, collected by where they begin.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Chunk {graph: $graph, id: row.id})
UNWIND row.links AS target
MATCH (m:Chunk {graph: $graph, id: target})
CREATE (n)-[:NEXT {graph: $graph}]->(m)
