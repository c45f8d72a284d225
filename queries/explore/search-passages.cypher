// Full-text search of passages; the words may use Lucene's operators.
// params: graph string = "main", words string, limit integer = 10
// returns: id, title, score, text
// mode: read
// runs: neo4j
CALL db.index.fulltext.queryNodes('hopgraph_chunk_words', $words) YIELD node, score
WHERE node.graph = $graph
RETURN node.id AS id, node.title AS title, score, node.text AS text
ORDER BY score DESC, id
LIMIT $limit
