// Facts that the most documents support.
// params: graph string = "main", limit integer = 25
// returns: subject, predicate, object, documents, confidence
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})-[r:RELATES_TO]->(o:Entity)
UNWIND r.document_ids AS document
WITH e, r, o, count(DISTINCT document) AS documents
RETURN e.name AS subject, r.predicate AS predicate, o.name AS object, documents, r.confidence AS confidence
ORDER BY documents DESC, confidence DESC, subject, predicate, object
LIMIT $limit
