// The documents that are about an entity, and why that is thought.
// params: graph string = "main", name string
// returns: document, title, weight, reason
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
MATCH (d:Document)-[a:ABOUT]->(e)
RETURN d.id AS document, d.title AS title, a.weight AS weight, a.reason AS reason
ORDER BY weight DESC, document
