// Writes parts of the retrieval index: new ones are made, known ones get these properties.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MERGE (n:IndexPart {graph: $graph, id: row.id})
SET n += row.properties
