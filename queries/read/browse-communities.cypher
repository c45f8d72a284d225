// Lists the communities of a level, null for all, the most important first.
// params: graph string, level integer, offset integer, limit integer
// returns: id, level, parent, title, size, rank, names
// mode: read
MATCH (c:Community {graph: $graph})
WHERE $level IS NULL OR c.level = $level
WITH c ORDER BY coalesce(c.rank, 0.0) DESC, c.level, c.id SKIP $offset LIMIT $limit
OPTIONAL MATCH (c)-[:PARENT]->(p:Community)
RETURN c.id AS id, c.level AS level, p.id AS parent, c.title AS title, c.size AS size, coalesce(c.rank, 0.0) AS rank,
       CASE WHEN c.title IS NULL THEN COLLECT {
         MATCH (c)<-[:PARENT*0..9]-(:Community)<-[:IN_COMMUNITY]-(e:Entity)
         WITH DISTINCT e ORDER BY e.id LIMIT 3
         RETURN e.name
       } ELSE [] END AS names
ORDER BY rank DESC, level, id
