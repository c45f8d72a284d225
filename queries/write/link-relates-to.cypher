// Writes the RELATES_TO relationships of some entities, collected by where they begin.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Entity {graph: $graph, id: row.id})
UNWIND row.links AS link
MATCH (m:Entity {graph: $graph, id: link.target})
CREATE (n)-[r:RELATES_TO {graph: $graph}]->(m)
SET r += link.properties
