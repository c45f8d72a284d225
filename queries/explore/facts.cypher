// What is said of an entity, each fact with its sentence and its place.
// params: graph string = "main", name string, limit integer = 25
// returns: subject, predicate, object, when, confidence, quote, document, start
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
MATCH (e)-[r:RELATES_TO|STATES]->(o)
RETURN e.name AS subject, r.predicate AS predicate, o.name AS object, r.said_when AS when, r.confidence AS confidence,
       head(r.quotes) AS quote, head(r.document_ids) AS document, head(r.starts) AS start
ORDER BY confidence DESC, predicate, object
LIMIT $limit
