// The entity with the most links inside each community of a level.
// params: graph string = "main", level integer = 0, limit integer = 25
// returns: community, title, name, links
// mode: read
// runs: neo4j
MATCH (c:Community {graph: $graph, level: $level})<-[:IN_COMMUNITY]-(e:Entity)
OPTIONAL MATCH (e)-[r:RELATES_TO]-(o:Entity)-[:IN_COMMUNITY]->(c)
WITH c, e, count(DISTINCT r) AS links
ORDER BY links DESC, e.name
WITH c, collect({name: e.name, links: links})[0] AS best
RETURN c.id AS community, c.title AS title, best.name AS name, best.links AS links
ORDER BY links DESC, community
LIMIT $limit
