// Lists the graphs of a database.
// params: none
// returns: graph, state, digest, built
// mode: read
MATCH (s:GraphStamp)
RETURN s.graph AS graph, s.state AS state, s.digest AS digest, s.built AS built
ORDER BY graph
