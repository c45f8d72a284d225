// Names that were taken for one entity, the least sure first: to review.
// params: graph string = "main", limit integer = 25
// returns: entity, name, into, method, score
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})
WHERE e.merged_names IS NOT NULL
UNWIND range(0, size(e.merged_names) - 1) AS i
RETURN e.name AS entity, e.merged_names[i] AS name, e.merged_into[i] AS into, e.merge_methods[i] AS method,
       e.merge_scores[i] AS score
ORDER BY score, entity, name
LIMIT $limit
