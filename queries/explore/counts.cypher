// How many nodes and relationships of each kind the graph has.
// params: graph string = "main"
// returns: what, count
// mode: read
// runs: neo4j, workspace
CALL {
  MATCH (n:Document {graph: $graph}) WITH count(n) AS count RETURN 'documents' AS what, count
  UNION ALL
  MATCH (n:Chunk {graph: $graph}) WITH count(n) AS count RETURN 'passages' AS what, count
  UNION ALL
  MATCH (n:Entity {graph: $graph}) WITH count(n) AS count RETURN 'entities' AS what, count
  UNION ALL
  MATCH (n:Community {graph: $graph}) WITH count(n) AS count RETURN 'communities' AS what, count
  UNION ALL
  MATCH (:Entity {graph: $graph})-[r:RELATES_TO]->()
  WITH count(r) AS count RETURN 'facts between entities' AS what, count
  UNION ALL
  MATCH (:Entity {graph: $graph})-[r:STATES]->()
  WITH count(r) AS count RETURN 'facts with a value' AS what, count
  UNION ALL
  MATCH (:Chunk {graph: $graph})-[r:MENTIONS]->()
  WITH sum(r.count) AS count RETURN 'mentions' AS what, count
}
RETURN what, count
ORDER BY what
