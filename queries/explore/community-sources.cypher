// The passages that the report of a community cites.
// params: graph string = "main", community string
// returns: chunk, document, title, text
// mode: read
// runs: neo4j, workspace
MATCH (c:Community {graph: $graph, id: $community})-[:CITES]->(p:Chunk)
RETURN p.id AS chunk, p.document_id AS document, p.title AS title, p.text AS text
ORDER BY document, p.position
