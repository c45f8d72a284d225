// The communities that an entity belongs to, the coarsest first.
// params: graph string = "main", name string
// returns: level, id, title, size
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
MATCH (e)-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(c:Community)
RETURN c.level AS level, c.id AS id, c.title AS title, c.size AS size
ORDER BY level, id
