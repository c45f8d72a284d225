// Reads all communities of a graph whole, with the relationships that belong to them.
// params: graph string
// returns: properties, links
// mode: read
MATCH (n:Community {graph: $graph})
RETURN properties(n) AS properties,
       [(n)-[r:PARENT|CITES]->(m) WHERE r.graph = $graph | [type(r), m.id, properties(r)]]
       + [(n)<-[r:IN_COMMUNITY]-(m) WHERE r.graph = $graph | [type(r), m.id, properties(r)]] AS links
ORDER BY n.id
