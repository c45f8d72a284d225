// The graphs that this database holds.
// params: graph string = "main"
// returns: graph, state, built, digest, chosen
// mode: read
// runs: neo4j, workspace
MATCH (s:GraphStamp)
RETURN s.graph AS graph, s.state AS state, s.built AS built, s.digest AS digest, s.graph = $graph AS chosen
ORDER BY graph
