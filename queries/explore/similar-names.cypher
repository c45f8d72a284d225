// Entities whose names share most of their words with the name of an entity that a document is about: not merged, to review.
// params: graph string = "main", limit integer = 25
// returns: name, similar, kind, similar_kind, score
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})-[s:SIMILAR]->(o:Entity)
RETURN e.name AS name, o.name AS similar, e.kind AS kind, o.kind AS similar_kind, s.score AS score
ORDER BY score DESC, name, similar
LIMIT $limit
