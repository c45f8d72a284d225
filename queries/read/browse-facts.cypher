// Reads facts by their ids.
// params: graph string, ids list
// returns: subject, type, target, properties
// mode: read
UNWIND $ids AS fact_id
WITH DISTINCT fact_id
CALL (fact_id) {
  MATCH (s:Entity)-[r:RELATES_TO {id: fact_id}]->(o:Entity)
  WHERE r.graph = $graph
  RETURN s, r, o
  UNION ALL
  MATCH (s:Entity)-[r:STATES {id: fact_id}]->(o:Value)
  WHERE r.graph = $graph
  RETURN s, r, o
}
RETURN s.id AS subject, type(r) AS type, o.id AS target, properties(r) AS properties
ORDER BY fact_id
