// Notes what was published, once all of it is written.
// params: graph string, properties map
// returns: nothing
// mode: write
MERGE (s:GraphStamp {graph: $graph})
SET s = $properties, s.graph = $graph, s.state = 'complete'
