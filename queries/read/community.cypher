// Reads a community with its report.
// params: graph string, id string
// returns: properties
// mode: read
MATCH (c:Community {graph: $graph, id: $id})
RETURN properties(c) AS properties
