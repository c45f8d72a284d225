// Writes the CITES relationships of some communities, collected by where they begin.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (n:Community {graph: $graph, id: row.id})
UNWIND row.links AS link
MATCH (m:Chunk {graph: $graph, id: link.target})
CREATE (n)-[r:CITES]->(m)
SET r = link.properties
