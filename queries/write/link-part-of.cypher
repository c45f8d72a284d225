// Writes the PART_OF relationships of some passages, collected by where they begin.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Chunk {graph: $graph, id: row.id})
UNWIND row.links AS target
MATCH (m:Document {graph: $graph, id: target})
CREATE (n)-[:PART_OF {graph: $graph}]->(m)
