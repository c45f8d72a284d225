// Every place at which an entity is mentioned: document, offsets, and the words.
// params: graph string = "main", name string, limit integer = 25
// returns: document, chunk, start, stop, text, source
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
MATCH (c:Chunk)-[m:MENTIONS]->(e)
UNWIND range(0, m.count - 1) AS i
RETURN c.document_id AS document, c.id AS chunk, m.starts[i] AS start, m.stops[i] AS stop, m.texts[i] AS text,
       m.sources[i] AS source
ORDER BY document, start
LIMIT $limit
