// What two entities are both linked to.
// params: graph string = "main", from string, to string, limit integer = 25
// returns: neighbour, kind, first, second
// mode: read
// runs: neo4j, workspace
MATCH (a:Entity {graph: $graph, name: $from})-[r:RELATES_TO]-(n:Entity)-[s:RELATES_TO]-(b:Entity {graph: $graph, name: $to})
WHERE a <> b AND n <> a AND n <> b
RETURN n.name AS neighbour, n.kind AS kind, collect(DISTINCT r.predicate) AS first, collect(DISTINCT s.predicate) AS second
ORDER BY neighbour
LIMIT $limit
