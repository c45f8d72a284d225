// Entities whose documents are about much the same, by the vectors of their passages.
// params: graph string = "main", name string, limit integer = 10
// returns: name, kind, score
// mode: read
// runs: neo4j
MATCH (e:Entity {graph: $graph, name: $name})
WHERE e.embedding IS NOT NULL
CALL db.index.vector.queryNodes('hopgraph_entity_vectors', $limit * 5 + 50, e.embedding) YIELD node, score
WHERE node.graph = $graph AND node <> e
RETURN node.name AS name, node.kind AS kind, max(score) AS score
ORDER BY score DESC, name
LIMIT $limit
