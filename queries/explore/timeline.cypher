// The facts of an entity that carry a date, by the year that is said.
// params: graph string = "main", name string, limit integer = 25
// returns: year, predicate, other, when, quote
// mode: read
// runs: neo4j, workspace
MATCH (e:Entity {graph: $graph, name: $name})
MATCH (e)-[r:RELATES_TO|STATES]-(o)
WHERE r.said_when <> ''
WITH r, o, [part IN split(replace(replace(r.said_when, ',', ' '), '-', ' '), ' ') WHERE part =~ '[12][0-9][0-9][0-9]'] AS years
RETURN head(years) AS year, r.predicate AS predicate, o.name AS other, r.said_when AS `when`, head(r.quotes) AS quote
ORDER BY year, `when`, predicate, other
LIMIT $limit
