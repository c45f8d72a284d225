// Notes that a graph is being published, before anything of it is written.
// params: graph string, properties map
// returns: nothing
// mode: write
MERGE (s:GraphStamp {graph: $graph})
SET s.state = 'publishing', s += $properties
