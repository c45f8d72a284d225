// Writes IN_COMMUNITY relationships row by row, as a plain loop does: what publishing is measured against.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (a:Entity {graph: $graph, id: row.source})
MATCH (b:Community {graph: $graph, id: row.target})
MERGE (a)-[r:IN_COMMUNITY]->(b)
SET r += row.properties
