// How many nodes and relationships of each kind the graph has.
// params: graph string = "main"
// returns: what, count
// mode: read
// runs: neo4j
CALL {
  WITH $graph AS name MATCH (n:Document {graph: name}) RETURN 'documents' AS what, count(n) AS count
  UNION ALL
  WITH $graph AS name MATCH (n:Chunk {graph: name}) RETURN 'passages' AS what, count(n) AS count
  UNION ALL
  WITH $graph AS name MATCH (n:Entity {graph: name}) RETURN 'entities' AS what, count(n) AS count
  UNION ALL
  WITH $graph AS name MATCH (n:Community {graph: name}) RETURN 'communities' AS what, count(n) AS count
  UNION ALL
  WITH $graph AS name MATCH (:Entity {graph: name})-[r:RELATES_TO]->() RETURN 'facts between entities' AS what, count(r) AS count
  UNION ALL
  WITH $graph AS name MATCH (:Entity {graph: name})-[r:STATES]->() RETURN 'facts with a value' AS what, count(r) AS count
  UNION ALL
  WITH $graph AS name MATCH (:Chunk {graph: name})-[r:MENTIONS]->() RETURN 'mentions' AS what, sum(r.count) AS count
}
RETURN what, count
ORDER BY what
