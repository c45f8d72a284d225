// All chains of at most three facts between two entities, the shortest first.
// params: graph string = "main", from string, to string, limit integer = 25
// returns: hops, names, predicates, quotes
// mode: read
// runs: neo4j, workspace
MATCH (a:Entity {graph: $graph, name: $from}), (b:Entity {graph: $graph, name: $to})
WHERE a <> b
MATCH path = (a)-[:RELATES_TO*1..3]-(b)
WHERE all(n IN nodes(path)[1..-1] WHERE n <> a AND n <> b)
WITH path, length(path) AS hops, [n IN nodes(path) | n.name] AS names,
     [r IN relationships(path) | r.predicate] AS predicates
RETURN hops, names, predicates, [r IN relationships(path) | head(r.quotes)] AS quotes
ORDER BY hops, names, predicates
LIMIT $limit
