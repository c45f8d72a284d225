// Passages that are nearest to a passage, by vector.
// params: graph string = "main", chunk string, limit integer = 10
// returns: id, title, score, text
// mode: read
// runs: neo4j
MATCH (c:Chunk {graph: $graph, id: $chunk})
CALL db.index.vector.queryNodes('hopgraph_chunk_vectors', $limit * 5 + 50, c.embedding) YIELD node, score
WHERE node.graph = $graph AND node <> c
RETURN node.id AS id, node.title AS title, score, node.text AS text
ORDER BY score DESC, id
LIMIT $limit
