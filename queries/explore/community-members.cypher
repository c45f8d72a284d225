// The entities of a community, the most mentioned first.
// params: graph string = "main", community string, limit integer = 25
// returns: name, kind, mentions
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity)-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(c:Community {graph: $graph, id: $community})
RETURN e.name AS name, e.kind AS kind, e.mention_count AS mentions
ORDER BY mentions DESC, name
LIMIT $limit
