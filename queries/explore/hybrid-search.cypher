// Full text and vectors together: passages with some words, and passages near the best of them, by reciprocal rank.
// params: graph string = "main", words string, limit integer = 10
// returns: id, title, score, text
// mode: read
// runs: neo4j
CALL db.index.fulltext.queryNodes('hopgraph_chunk_words', $words) YIELD node, score
WHERE node.graph = $graph
WITH node ORDER BY score DESC, node.id LIMIT 50
WITH collect(node) AS found
WHERE size(found) > 0
CALL db.index.vector.queryNodes('hopgraph_chunk_vectors', 50, found[0].embedding) YIELD node, score
WHERE node.graph = $graph
WITH found, node ORDER BY score DESC, node.id
WITH found, collect(node) AS near
UNWIND found + near AS chunk
WITH DISTINCT chunk, found, near
WITH chunk, reduce(s = 0.0, i IN range(0, size(found) - 1) | s + CASE WHEN found[i] = chunk THEN 1.0 / (60 + i) ELSE 0.0 END)
          + reduce(s = 0.0, i IN range(0, size(near) - 1) | s + CASE WHEN near[i] = chunk THEN 1.0 / (60 + i) ELSE 0.0 END) AS score
RETURN chunk.id AS id, chunk.title AS title, score, chunk.text AS text
ORDER BY score DESC, id
LIMIT $limit
