// The entities with the most links by facts.
// params: graph string = "main", limit integer = 25
// returns: name, kind, links, mentions
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})
WITH e, COUNT { (e)-[:RELATES_TO]-() } AS links
RETURN e.name AS name, e.kind AS kind, links, e.mention_count AS mentions
ORDER BY links DESC, mentions DESC, name
LIMIT $limit
