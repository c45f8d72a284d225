// Full-text search of the titles and summaries of communities.
// params: graph string = "main", words string, limit integer = 10
// returns: id, level, title, score, summary
// mode: read
// runs: neo4j
CALL db.index.fulltext.queryNodes('hopgraph_community_words', $words) YIELD node, score
WHERE node.graph = $graph
RETURN node.id AS id, node.level AS level, node.title AS title, score, node.summary AS summary
ORDER BY score DESC, id
LIMIT $limit
