// Writes the ABOUT relationships of some documents, collected by where they begin.
// params: graph string, batch map
// returns: nothing
// mode: write
UNWIND $batch.rows AS row
MATCH (n:Document {graph: $graph, id: row.id})
UNWIND row.links AS link
MATCH (m:Entity {graph: $graph, id: link.target})
CREATE (n)-[r:ABOUT {graph: $graph}]->(m)
SET r += link.properties
