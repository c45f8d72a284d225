// Documents that mention both of two entities.
// params: graph string = "main", from string, to string, limit integer = 25
// returns: document, title
// mode: read
// runs: neo4j, workspace
MATCH (a:Entity {graph: $graph, name: $from})<-[:MENTIONS]-(:Chunk)-[:PART_OF]->(d:Document)
WITH DISTINCT d
MATCH (d)<-[:PART_OF]-(:Chunk)-[:MENTIONS]->(b:Entity {graph: $graph, name: $to})
RETURN DISTINCT d.id AS document, d.title AS title
ORDER BY document
LIMIT $limit
