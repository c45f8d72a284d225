// Reads all values of a graph whole, with the relationships that they begin.
// params: graph string
// returns: properties, links
// mode: read
MATCH (n:Value {graph: $graph})
RETURN properties(n) AS properties,
       [] AS links
ORDER BY n.id
