// Entities that connect communities: linked by facts to the most other communities of a level.
// params: graph string = "main", level integer = 0, limit integer = 25
// returns: name, kind, communities, links
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(own:Community {level: $level})
MATCH (e)-[r:RELATES_TO]-(o:Entity)-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(other:Community {level: $level})
WHERE own <> other
RETURN e.name AS name, e.kind AS kind, count(DISTINCT other) AS communities, count(DISTINCT r) AS links
ORDER BY communities DESC, links DESC, name
LIMIT $limit
