// Reads all parts of the retrieval index of a graph whole, with the relationships that they begin.
// params: graph string
// returns: properties, links
// mode: read
MATCH (n:IndexPart {graph: $graph})
RETURN properties(n) AS properties,
       [] AS links
ORDER BY n.id
