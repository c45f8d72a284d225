// Writes values: new ones are made, known ones get these properties.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MERGE (n:Value {graph: $graph, id: row.id})
SET n += row.properties
