// Writes ABOUT relationships row by row, as a plain loop does: what publishing is measured against.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (a:Document {graph: $graph, id: row.source})
MATCH (b:Entity {graph: $graph, id: row.target})
MERGE (a)-[r:ABOUT]->(b)
SET r += row.properties
