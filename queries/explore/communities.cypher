// The communities of a level with their titles and sizes, the most important first; level 0 is the coarsest.
// params: graph string = "main", level integer = 0, limit integer = 25
// returns: id, title, size, rank, summary
// mode: read
// runs: neo4j, workspace
MATCH (c:Community {graph: $graph, level: $level})
RETURN c.id AS id, c.title AS title, c.size AS size, c.rank AS rank, c.summary AS summary
ORDER BY coalesce(rank, -1.0) DESC, size DESC, id
LIMIT $limit
