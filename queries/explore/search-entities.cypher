// Full-text search of entities by name and alias.
// params: graph string = "main", words string, limit integer = 10
// returns: name, kind, score, mentions
// mode: read
// runs: neo4j
CALL db.index.fulltext.queryNodes('hopgraph_entity_words', $words) YIELD node, score
WHERE node.graph = $graph
RETURN node.name AS name, node.kind AS kind, score, node.mention_count AS mentions
ORDER BY score DESC, mentions DESC, name
LIMIT $limit
