// Lists the documents that name an entity, those about it first.
// params: graph string, id string, limit integer
// returns: id, title
// mode: read
MATCH (e:Entity {graph: $graph, id: $id})
CALL (e) {
  MATCH (e)<-[:MENTIONS]-(:Chunk)-[:PART_OF]->(d:Document)
  RETURN d
  UNION
  MATCH (e)<-[:ABOUT]-(d:Document)
  RETURN d
}
OPTIONAL MATCH (d)-[a:ABOUT]->(e)
RETURN d.id AS id, d.title AS title
ORDER BY coalesce(a.weight, 0.0) DESC, id LIMIT $limit
