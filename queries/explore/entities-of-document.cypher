// The entities that a document mentions, and whether it is about them.
// params: graph string = "main", document string, limit integer = 25
// returns: name, kind, mentions, about
// mode: read
// runs: neo4j, workspace
MATCH (d:Document {graph: $graph, id: $document})<-[:PART_OF]-(:Chunk)-[m:MENTIONS]->(e:Entity)
WITH d, e, sum(m.count) AS mentions
RETURN e.name AS name, e.kind AS kind, mentions, EXISTS { (d)-[:ABOUT]->(e) } AS about
ORDER BY about DESC, mentions DESC, name
LIMIT $limit
