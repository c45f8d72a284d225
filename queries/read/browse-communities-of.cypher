// Lists the communities of an entity, the coarsest first.
// params: graph string, id string
// returns: id, level, parent, title, size, rank, names
// mode: read
MATCH (:Entity {graph: $graph, id: $id})-[:IN_COMMUNITY]->(:Community)-[:PARENT*0..9]->(c:Community)
WITH DISTINCT c
OPTIONAL MATCH (c)-[:PARENT]->(p:Community)
RETURN c.id AS id, c.level AS level, p.id AS parent, c.title AS title, c.size AS size, coalesce(c.rank, 0.0) AS rank,
       CASE WHEN c.title IS NULL THEN COLLECT {
         MATCH (c)<-[:PARENT*0..9]-(:Community)<-[:IN_COMMUNITY]-(e:Entity)
         WITH DISTINCT e ORDER BY e.id LIMIT 3
         RETURN e.name
       } ELSE [] END AS names
ORDER BY level, id
