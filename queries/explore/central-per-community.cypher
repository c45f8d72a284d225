// The entity with the most links inside each community of a level.
// params: graph string = "main", level integer = 0, limit integer = 25
// returns: community, title, name, links
// mode: read
// runs: neo4j, workspace
MATCH (c:Community {graph: $graph, level: $level})<-[:PARENT*0..9]-(:Community)<-[:IN_COMMUNITY]-(e:Entity)
WITH c, e, COUNT { (e)-[:RELATES_TO]-(:Entity)-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(c) } AS links
ORDER BY links DESC, e.name
WITH c, collect({name: e.name, links: links})[0] AS best
RETURN c.id AS community, c.title AS title, best.name AS name, best.links AS links
ORDER BY links DESC, community
LIMIT $limit
