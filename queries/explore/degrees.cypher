// How many entities have how many links by facts.
// params: graph string = "main"
// returns: degree, entities
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})
WITH COUNT { (e)-[:RELATES_TO]-() } AS degree
RETURN degree, count(*) AS entities
ORDER BY degree
