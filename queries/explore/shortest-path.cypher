// The shortest chain of facts between two entities, with the sentence behind each step.
// params: graph string = "main", from string, to string
// returns: hops, names, predicates, quotes
// mode: read
// runs: neo4j, workspace
MATCH (a:Entity {graph: $graph, name: $from}), (b:Entity {graph: $graph, name: $to})
WHERE a <> b
MATCH path = shortestPath((a)-[:RELATES_TO*1..6]-(b))
RETURN length(path) AS hops, [n IN nodes(path) | n.name] AS names,
       [r IN relationships(path) | r.predicate] AS predicates,
       [r IN relationships(path) | head(r.quotes)] AS quotes
ORDER BY hops
LIMIT 1
