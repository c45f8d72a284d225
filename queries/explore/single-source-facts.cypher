// Facts between entities that only one document supports, the least sure first.
// params: graph string = "main", limit integer = 25
// returns: subject, predicate, object, confidence, document, quote
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph})-[r:RELATES_TO]->(o:Entity)
WHERE all(d IN r.document_ids WHERE d = head(r.document_ids))
RETURN e.name AS subject, r.predicate AS predicate, o.name AS object, r.confidence AS confidence,
       head(r.document_ids) AS document, head(r.quotes) AS quote
ORDER BY confidence, subject, predicate, object
LIMIT $limit
