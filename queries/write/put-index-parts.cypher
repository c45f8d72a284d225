// Writes parts of the retrieval index: new ones are made, known ones get these properties.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MERGE (n:IndexPart {graph: $graph, id: row.id})
SET n += row.properties
