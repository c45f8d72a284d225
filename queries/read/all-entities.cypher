// Reads all entities of a graph whole, with the relationships that they begin.
// params: graph string
// returns: properties, links
// mode: read
MATCH (n:Entity {graph: $graph})
RETURN properties(n) AS properties,
       [(n)-[r:RELATES_TO|STATES|SIMILAR]->(m) WHERE r.graph = $graph | [type(r), m.id, properties(r)]] AS links
ORDER BY n.id
