// Writes values: new ones are made, known ones get these properties.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MERGE (n:Value {graph: $graph, id: row.id})
SET n += row.properties
