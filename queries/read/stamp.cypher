// Reads the stamp of a graph.
// params: graph string
// returns: stamp
// mode: read
MATCH (s:GraphStamp {graph: $graph})
RETURN properties(s) AS stamp
