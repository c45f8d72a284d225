// Writes MENTIONS relationships row by row, as a plain loop does: what publishing is measured against.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (a:Chunk {graph: $graph, id: row.source})
MATCH (b:Entity {graph: $graph, id: row.target})
MERGE (a)-[r:MENTIONS]->(b)
SET r += row.properties
