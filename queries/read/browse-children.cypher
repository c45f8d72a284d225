// Lists the communities directly below one.
// params: graph string, id string
// returns: id, level, parent, title, size, rank, names
// mode: read
MATCH (c:Community)-[:PARENT]->(:Community {graph: $graph, id: $id})
OPTIONAL MATCH (c)-[:PARENT]->(p:Community)
RETURN c.id AS id, c.level AS level, p.id AS parent, c.title AS title, c.size AS size, coalesce(c.rank, 0.0) AS rank,
       CASE WHEN c.title IS NULL THEN COLLECT {
         MATCH (c)<-[:PARENT*0..9]-(:Community)<-[:IN_COMMUNITY]-(e:Entity)
         WITH DISTINCT e ORDER BY e.id LIMIT 3
         RETURN e.name
       } ELSE [] END AS names
ORDER BY level, id
