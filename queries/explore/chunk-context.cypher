// A passage with the one before and the one after it.
// params: graph string = "main", chunk string
// returns: place, id, position, text
// mode: read
// runs: neo4j, workspace
MATCH (c:Chunk {graph: $graph, id: $chunk})
OPTIONAL MATCH (before:Chunk)-[:NEXT]->(c)
OPTIONAL MATCH (c)-[:NEXT]->(after:Chunk)
UNWIND [['before', before], ['this', c], ['after', after]] AS entry
WITH entry[0] AS place, entry[1] AS chunk
WHERE chunk IS NOT NULL
RETURN place, chunk.id AS id, chunk.position AS position, chunk.text AS text
ORDER BY position
