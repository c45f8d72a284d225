// Writes PART_OF relationships row by row, as a plain loop does: what publishing is measured against.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (a:Chunk {graph: $graph, id: row.source})
MATCH (b:Document {graph: $graph, id: row.target})
MERGE (a)-[r:PART_OF]->(b)
SET r += row.properties
