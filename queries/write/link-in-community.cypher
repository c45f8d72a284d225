// Writes the IN_COMMUNITY relationships of some communities, collected by where they end.
// params: graph string, rows list
// returns: nothing
// mode: write
UNWIND $rows AS row
MATCH (n:Community {graph: $graph, id: row.id})
UNWIND row.links AS link
MATCH (m:Entity {graph: $graph, id: link.target})
CREATE (m)-[r:IN_COMMUNITY]->(n)
SET r = link.properties
