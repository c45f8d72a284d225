// Finds the passages of the documents that have some field values; null means any.
// params: graph string, id string, title string, source string, filters list
// returns: id
// mode: read
MATCH (d:Document {graph: $graph})
WHERE ($id IS NULL OR d.id = $id) AND ($title IS NULL OR d.title = $title) AND ($source IS NULL OR d.source = $source)
  AND all(wanted IN $filters WHERE wanted IN d.filters)
MATCH (c:Chunk)-[:PART_OF]->(d)
RETURN c.id AS id
